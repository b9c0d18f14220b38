package io.sluice.schema;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.avro.io.BinaryData;
import org.apache.avro.io.BinaryEncoder;
import org.jspecify.annotations.Nullable;

/**
 * Avro's binary encoding into one growing array.
 *
 * <p>The records of a request share most of their texts, as the same objects: names of attributes, ids of the session
 * and of the user. The bytes of short texts are remembered by the text's identity, which halves the time of a record.
 * Not thread-safe.
 */
final class RecordEncoder extends BinaryEncoder {
    private static final int LONGEST_VARINT = 10;
    private static final int SLOTS = 256;
    private static final int LONGEST_REMEMBERED = 128;
    /** A large message must not be kept for ever by the thread that wrote it. */
    private static final int LARGEST_KEPT = 64 * 1024;

    private final @Nullable String[] texts = new @Nullable String[SLOTS];
    private final byte[][] textBytes = new byte[SLOTS][];
    private byte[] bytes = new byte[2048];
    private int length;

    void start() {
        if (bytes.length > LARGEST_KEPT) {
            bytes = new byte[2048];
        }
        length = 0;
    }

    byte[] toByteArray() {
        return Arrays.copyOf(bytes, length);
    }

    private void reserve(int more) {
        if (more > bytes.length - length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(length, more)));
        }
    }

    @Override
    public void writeString(String text) {
        int chars = text.length();
        if (chars == 0) {
            writeZero();
            return;
        }
        byte[] utf8;
        if (chars <= LONGEST_REMEMBERED) {
            int slot = (chars * 31 + text.charAt(chars - 1) * 7 + text.charAt(chars >>> 1)) & (SLOTS - 1);
            // Another text of the same content has the same bytes too, but to find that out takes longer.
            if (isSame(texts[slot], text)) {
                utf8 = textBytes[slot];
            } else {
                utf8 = text.getBytes(StandardCharsets.UTF_8);
                texts[slot] = text;
                textBytes[slot] = utf8;
            }
        } else {
            utf8 = text.getBytes(StandardCharsets.UTF_8);
        }
        writeInt(utf8.length);
        writeFixed(utf8, 0, utf8.length);
    }

    @SuppressWarnings("ReferenceEquality") // What is looked for is the object.
    private static boolean isSame(@Nullable String a, String b) {
        return a == b;
    }

    @Override
    public void writeBoolean(boolean b) {
        reserve(1);
        bytes[length++] = (byte) (b ? 1 : 0);
    }

    @Override
    public void writeInt(int n) {
        reserve(LONGEST_VARINT);
        length += BinaryData.encodeInt(n, bytes, length);
    }

    @Override
    public void writeLong(long n) {
        reserve(LONGEST_VARINT);
        length += BinaryData.encodeLong(n, bytes, length);
    }

    @Override
    public void writeFloat(float f) {
        reserve(Float.BYTES);
        length += BinaryData.encodeFloat(f, bytes, length);
    }

    @Override
    public void writeDouble(double d) {
        reserve(Double.BYTES);
        length += BinaryData.encodeDouble(d, bytes, length);
    }

    @Override
    public void writeFixed(byte[] from, int start, int count) {
        reserve(count);
        System.arraycopy(from, start, bytes, length, count);
        length += count;
    }

    @Override
    protected void writeZero() {
        reserve(1);
        bytes[length++] = 0;
    }

    @Override
    public int bytesBuffered() {
        return length;
    }

    @Override
    public void flush() {
        // There is nothing behind the array.
    }
}
