package io.sluice.core.spend;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Appends fields to a byte array that grows. Read back by {@link RowReader}. */
public final class RowWriter {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private byte[] bytes;
    private int length;

    public RowWriter(int capacity) {
        bytes = new byte[capacity];
    }

    private void reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }

    public void putByte(int value) {
        reserve(1);
        bytes[length++] = (byte) value;
    }

    public void putInt(int value) {
        reserve(4);
        INT.set(bytes, length, value);
        length += 4;
    }

    public void putLong(long value) {
        reserve(8);
        LONG.set(bytes, length, value);
        length += 8;
    }

    public void putId(Id id) {
        putLong(id.hi());
        putLong(id.lo());
    }

    /** Any number; short for those near zero. */
    public void putVarlong(long value) {
        reserve(10);
        long rest = (value << 1) ^ (value >> 63);
        if ((rest & ~0x7FL) == 0) {
            bytes[length++] = (byte) rest;
            return;
        }
        while ((rest & ~0x7FL) != 0) {
            bytes[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
    }

    public void putBytes(byte[] from, int offset, int count) {
        reserve(count);
        System.arraycopy(from, offset, bytes, length, count);
        length += count;
    }

    /** Bytes with their length. */
    public void putBlock(byte[] from, int offset, int count) {
        putVarlong(count);
        putBytes(from, offset, count);
    }

    public void putBlock(byte[] from) {
        putBlock(from, 0, from.length);
    }

    public int length() {
        return length;
    }

    /** The array written to; only the first {@link #length} bytes count, and only until the next write. */
    public byte[] array() {
        return bytes;
    }

    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, length);
    }

    public void clear() {
        length = 0;
    }

    void removeFirst(int count) {
        length -= count;
        System.arraycopy(bytes, count, bytes, 0, length);
    }

    static long longAt(byte[] bytes, int offset) {
        return (long) LONG.get(bytes, offset);
    }

    static int intAt(byte[] bytes, int offset) {
        return (int) INT.get(bytes, offset);
    }
}
