package io.sluice.core.spend;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * The 128-bit Murmur3 hash that stands for an identity in state and between operators. Of n identities two are the same
 * with a probability below n²/2^129. A client could make two of its own ids collide, which gains it no more than sending
 * one id twice; the organization is hashed along, so that it cannot reach another's.
 */
public record Id(long hi, long lo) implements Comparable<Id> {
    /** What is identified. Different kinds never share a hash. */
    public enum Kind {
        REQUEST,
        CLIENT_REQUEST,
        MESSAGE,
        EVENT,
        SESSION,
        INSTALLATION
    }

    /** In a row. */
    public static final int BYTES = 16;

    /** Ids are spread over 2^17 buckets. Fixed for the life of all state. */
    public static final int BUCKET_BITS = 17;

    private static final Hasher128 HASHER = Hashing.murmur3_128();

    public static Id of(byte[] bytes, int offset, int length) {
        HashValue128 hash = HASHER.hashBytesTo128Bits(bytes, offset, length);
        return new Id(hash.getMostSignificantBits(), hash.getLeastSignificantBits());
    }

    public static Id of(Kind kind, String orgId, String id) {
        RowWriter row = new RowWriter(64);
        byte[] org = orgId.getBytes(StandardCharsets.UTF_8);
        byte[] bytes = id.getBytes(StandardCharsets.UTF_8);
        return of(row, kind, org, 0, org.length, bytes, 0, bytes.length);
    }

    /** @param scratch is overwritten */
    static Id of(
            RowWriter scratch,
            Kind kind,
            byte[] org,
            int orgOffset,
            int orgLength,
            byte[] id,
            int idOffset,
            int idLength) {
        scratch.clear();
        scratch.putByte(kind.ordinal());
        scratch.putVarlong(orgLength);
        scratch.putBytes(org, orgOffset, orgLength);
        scratch.putBytes(id, idOffset, idLength);
        return of(scratch.array(), 0, scratch.length());
    }

    /** 64 bits that stand for the id of a report among the reports of one request. */
    static long shortHash(byte[] bytes, int offset, int length) {
        return HASHER.hashBytesToLong(bytes, offset, length);
    }

    /** 22 characters, safe in URLs. */
    public String text() {
        RowWriter row = new RowWriter(16);
        row.putId(this);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(row.toByteArray());
    }

    /** Some id that stands for all ids of the same bucket; in the same key group as they are. */
    public Id bucket() {
        return new Id(hi & -1L << (64 - BUCKET_BITS), 0);
    }

    /** The number of the bucket. Fixed, since Flink's key groups depend on it, and enough for hash tables. */
    @Override
    public int hashCode() {
        return (int) (hi >>> (64 - BUCKET_BITS));
    }

    /** The same identity, moved to the bucket of another id. */
    public Id inBucketOf(Id other) {
        return new Id(other.bucket().hi | hi >>> BUCKET_BITS, lo);
    }

    /** What a record has by itself takes several times as long, and each event compares several. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Id that && that.hi == hi && that.lo == lo;
    }

    @Override
    public int compareTo(Id other) {
        int order = Long.compare(hi, other.hi);
        return order != 0 ? order : Long.compare(lo, other.lo);
    }
}
