package io.sluice.core.spend;

import java.util.Arrays;

/** Reads what {@link RowWriter} wrote, from front to back. */
public final class RowReader {
    private byte[] bytes = new byte[0];
    private int position;
    private int end;

    public RowReader() {}

    public RowReader(byte[] bytes) {
        open(bytes, 0, bytes.length);
    }

    public void open(byte[] from, int offset, int length) {
        bytes = from;
        position = offset;
        end = offset + length;
    }

    public boolean hasMore() {
        return position < end;
    }

    public byte[] array() {
        return bytes;
    }

    public int position() {
        return position;
    }

    public int readByte() {
        return bytes[position++];
    }

    public int readInt() {
        int value = RowWriter.intAt(bytes, position);
        position += 4;
        return value;
    }

    public long readLong() {
        long value = RowWriter.longAt(bytes, position);
        position += 8;
        return value;
    }

    public Id readId() {
        long hi = readLong();
        return new Id(hi, readLong());
    }

    public long readVarlong() {
        byte first = bytes[position];
        if (first >= 0) {
            position++;
            return (first >>> 1) ^ -(first & 1);
        }
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            long b = bytes[position++];
            value |= (b & 0x7F) << shift;
            if (b >= 0) {
                return (value >>> 1) ^ -(value & 1);
            }
        }
        throw new IllegalArgumentException("variable-length number of more than 10 bytes");
    }

    /** The length of a block; its bytes begin at {@link #position()}, and are to be skipped or read next. */
    public int readLength() {
        long length = readVarlong();
        if (length < 0 || length > end - position) {
            throw new IllegalArgumentException(
                    "block of " + length + " bytes (expected: 0 to " + (end - position) + ")");
        }
        return (int) length;
    }

    public void skip(int count) {
        position += count;
    }

    public byte[] readBlock() {
        int length = readLength();
        byte[] block = Arrays.copyOfRange(bytes, position, position + length);
        position += length;
        return block;
    }

    public static long longAt(byte[] bytes, int offset) {
        return RowWriter.longAt(bytes, offset);
    }

    public static int intAt(byte[] bytes, int offset) {
        return RowWriter.intAt(bytes, offset);
    }
}
