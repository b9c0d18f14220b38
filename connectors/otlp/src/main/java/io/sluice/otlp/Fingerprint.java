package io.sluice.otlp;

import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.codec.digest.MurmurHash3;
import org.jspecify.annotations.Nullable;

/**
 * Deterministic 128-bit ids (Murmur3): the same parts give the same id on every machine and in every release.
 *
 * <p>Not cryptographic. Whoever can choose parts that collide can as well send the same parts twice, and the
 * organization is a part of every id. Not thread-safe; reused to save allocation.
 */
final class Fingerprint {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private byte[] bytes = new byte[512];
    private int length;

    Fingerprint start() {
        length = 0;
        return this;
    }

    /** Length first, so that no two lists of parts have the same bytes; null differs from empty. */
    Fingerprint add(@Nullable String part) {
        if (part == null) {
            return add(-1L);
        }
        byte[] utf8 = part.getBytes(StandardCharsets.UTF_8);
        add(utf8.length);
        reserve(utf8.length);
        System.arraycopy(utf8, 0, bytes, length, utf8.length);
        length += utf8.length;
        return this;
    }

    Fingerprint add(long part) {
        reserve(Long.BYTES);
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            bytes[length++] = (byte) (part >>> shift);
        }
        return this;
    }

    Fingerprint add(Sum attributes) {
        return add(attributes.low).add(attributes.high);
    }

    private void reserve(int more) {
        if (more > bytes.length - length) {
            bytes = Arrays.copyOf(bytes, Math.toIntExact(Math.max(2L * bytes.length, (long) length + more)));
        }
    }

    /** 32 lower-case hexadecimal digits. */
    String hex() {
        long[] hash = hash();
        byte[] digits = new byte[32];
        for (int i = 0; i < 16; i++) {
            digits[i] = HEX[(int) (hash[0] >>> (60 - 4 * i)) & 0xf];
            digits[16 + i] = HEX[(int) (hash[1] >>> (60 - 4 * i)) & 0xf];
        }
        return new String(digits, StandardCharsets.ISO_8859_1);
    }

    private long[] hash() {
        return MurmurHash3.hash128x64(bytes, 0, length, 0);
    }

    /** Of a set of attributes, whatever their order: the sum of their hashes. */
    static final class Sum {
        private long low;
        private long high;

        void clear() {
            low = 0;
            high = 0;
        }

        void set(Sum other) {
            low = other.low;
            high = other.high;
        }
    }

    /**
     * Adds up the hashes of attributes. The records of a request have most attributes in common, in the same places, so
     * the hash of the one that was last seen in a place is kept.
     */
    static final class Adder {
        private static final int PLACES = 64;

        private final Fingerprint fingerprint = new Fingerprint();
        private final KeyValue[] seen = new KeyValue[PLACES];
        private final long[] lows = new long[PLACES];
        private final long[] highs = new long[PLACES];

        Adder() {
            Arrays.fill(seen, KeyValue.getDefaultInstance());
        }

        void add(List<KeyValue> attributes, Sum sum) {
            for (int i = 0; i < attributes.size(); i++) {
                KeyValue attribute = attributes.get(i);
                if (i < PLACES && isSameText(attribute, seen[i])) {
                    sum.low += lows[i];
                    sum.high += highs[i];
                    continue;
                }
                long[] hash = fingerprint
                        .start()
                        .add(attribute.getKey())
                        .add(Values.text(attribute.getValue()))
                        .hash();
                sum.low += hash[0];
                sum.high += hash[1];
                if (i < PLACES) {
                    seen[i] = attribute;
                    lows[i] = hash[0];
                    highs[i] = hash[1];
                }
            }
        }

        private static boolean isSameText(KeyValue a, KeyValue b) {
            AnyValue value = a.getValue();
            return value.getValueCase() == AnyValue.ValueCase.STRING_VALUE
                    && b.getValue().getValueCase() == AnyValue.ValueCase.STRING_VALUE
                    && value.getStringValue().equals(b.getValue().getStringValue())
                    && a.getKey().equals(b.getKey());
        }
    }
}
