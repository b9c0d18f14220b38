package io.sluice.transcripts;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Lines of a stream, ended by LF, without copies. A line above the bound is skipped, not kept. One stream after another. */
final class Lines {
    private static final int INITIAL_BYTES = 256 * 1024;
    /** What a file with a huge line leaves behind for the next files. */
    private static final int KEPT_BYTES = 4 << 20;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final long LINE_FEEDS = ONES * '\n';

    private final int maxBytes;
    private InputStream in = InputStream.nullInputStream();
    private byte[] buffer;
    /** Bytes [next, end) of the buffer are read but not yet part of a line. */
    private int next;

    private int end;
    private int start;
    private int length;
    private long number;
    private boolean ended;
    private boolean tooLong;

    Lines(int maxBytes) {
        this.maxBytes = maxBytes;
        buffer = new byte[Math.min(INITIAL_BYTES, maxBytes + 1)];
    }

    void open(InputStream stream) {
        in = stream;
        next = 0;
        end = 0;
        start = 0;
        length = 0;
        number = 0;
        if (buffer.length > KEPT_BYTES) {
            buffer = new byte[INITIAL_BYTES];
        }
    }

    /** Moves to the next line; false: there is none. */
    boolean advance() throws IOException {
        start = next;
        tooLong = false;
        int searched = next;
        while (true) {
            int lineFeed = indexOfLineFeed(searched);
            if (lineFeed >= 0) {
                ended = true;
                return line(lineFeed, lineFeed + 1);
            }
            searched = end;
            if (end - start > maxBytes) {
                tooLong = true;
                end = start;
                searched = start;
            }
            int moved = makeRoom();
            searched -= moved;
            int read = in.read(buffer, end, buffer.length - end);
            if (read < 0) {
                ended = false;
                return (end > start || tooLong) && line(end, end);
            }
            end += read;
        }
    }

    private boolean line(int lineEnd, int following) {
        length = lineEnd - start;
        tooLong |= length > maxBytes;
        next = following;
        number++;
        return true;
    }

    /** Returns by how much the kept bytes moved towards the start of the buffer. */
    private int makeRoom() {
        if (end < buffer.length) {
            return 0;
        }
        int moved = start;
        int kept = end - start;
        byte[] to = kept <= buffer.length / 2
                ? buffer
                : new byte[(int) Math.min(2L * buffer.length, Math.max(maxBytes + 1L, buffer.length))];
        System.arraycopy(buffer, start, to, 0, kept);
        buffer = to;
        start = 0;
        end = kept;
        return moved;
    }

    private int indexOfLineFeed(int from) {
        int at = from;
        for (; at <= end - Long.BYTES; at += Long.BYTES) {
            // A byte of x is zero exactly where the text has a line feed; the subtraction carries into its high bit.
            long x = (long) LONGS.get(buffer, at) ^ LINE_FEEDS;
            long found = (x - ONES) & ~x & HIGH_BITS;
            if (found != 0) {
                return at + (Long.numberOfTrailingZeros(found) >>> 3);
            }
        }
        for (; at < end; at++) {
            if (buffer[at] == '\n') {
                return at;
            }
        }
        return -1;
    }

    /** Valid until the next advance. */
    byte[] buffer() {
        return buffer;
    }

    int start() {
        return start;
    }

    /** Without the LF. 0 if too long. */
    int length() {
        return tooLong ? 0 : length;
    }

    /** 1 is the first. */
    long number() {
        return number;
    }

    /** By an LF; only the last line may be without. */
    boolean ended() {
        return ended;
    }

    boolean tooLong() {
        return tooLong;
    }

    /** Only white space, or the NUL bytes that a crash can leave behind. */
    boolean blank() {
        for (int i = start; i < start + length(); i++) {
            if (buffer[i] > ' ' || buffer[i] < 0) {
                return false;
            }
        }
        return !tooLong;
    }
}
