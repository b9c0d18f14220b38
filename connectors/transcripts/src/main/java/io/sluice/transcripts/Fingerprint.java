package io.sluice.transcripts;

import java.util.Arrays;
import java.util.HexFormat;
import org.apache.commons.codec.digest.MurmurHash3;
import org.jspecify.annotations.Nullable;

/**
 * Deterministic ids of 128 bits (Murmur3): the same parts give the same id on every machine and in every release.
 *
 * <p>Not cryptographic. Whoever can choose parts that collide can as well send the same parts twice, and the
 * organization is a part of every id. Not thread-safe; reused to save allocation.
 */
final class Fingerprint {
    private static final HexFormat HEX = HexFormat.of();

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
        int chars = part.length();
        add((long) chars);
        reserve(3L * chars);
        byte[] to = bytes;
        int at = length;
        for (int i = 0; i < chars; i++) {
            char c = part.charAt(i);
            if (c < 0x80) {
                to[at++] = (byte) c;
            } else {
                to[at++] = (byte) (0x80 | c >>> 12);
                to[at++] = (byte) (c >>> 6);
                to[at++] = (byte) c;
            }
        }
        length = at;
        return this;
    }

    Fingerprint add(byte[] part, int from, int partLength) {
        add((long) partLength);
        reserve(partLength);
        System.arraycopy(part, from, bytes, length, partLength);
        length += partLength;
        return this;
    }

    Fingerprint add(long part) {
        reserve(Long.BYTES);
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            bytes[length++] = (byte) (part >>> shift);
        }
        return this;
    }

    private void reserve(long more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.toIntExact(Math.max(2L * bytes.length, length + more)));
        }
    }

    /** 32 lower-case hexadecimal digits. */
    String hex() {
        long[] hash = MurmurHash3.hash128x64(bytes, 0, length, 0);
        return HEX.toHexDigits(hash[0]) + HEX.toHexDigits(hash[1]);
    }
}
