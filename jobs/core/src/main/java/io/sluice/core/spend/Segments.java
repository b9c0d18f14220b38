package io.sluice.core.spend;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How the directory cuts the time of a user (one label) into segments, each with one cost team. A segment is named by
 * its start, epoch microseconds; 0 is the time before the first one, of which the directory knows nothing. Immutable.
 */
public final class Segments {
    public static final Segments NONE = of(new long[0]);

    /** How long a version of the directory may be on its way at the very worst. */
    private static final long MOST_DELAY_MICROS = 3_600_000_000L;

    private final long[] starts;
    private final long[] knownSince;
    private final @Nullable String[] teams;

    /**
     * @param starts above 0, ascending
     * @param knownSince when each start became known, epoch microseconds
     * @param teams of each segment; null: none
     */
    public Segments(long[] starts, long[] knownSince, @Nullable String[] teams) {
        this.starts = starts;
        this.knownSince = knownSince;
        this.teams = teams;
    }

    /** Without teams. */
    static Segments of(long[] starts) {
        return new Segments(starts, new long[starts.length], new @Nullable String[starts.length]);
    }

    public int count() {
        return starts.length;
    }

    public long start(int index) {
        return starts[index];
    }

    /** The segment that holds an instant. */
    public long at(long micros) {
        // From the end: nearly every event is of the newest segment.
        for (int i = starts.length - 1; i >= 0; i--) {
            if (starts[i] <= micros) {
                return starts[i];
            }
        }
        return 0;
    }

    /** Null: none, or there is no such segment. */
    public @Nullable String team(long segment) {
        int index = Arrays.binarySearch(starts, segment);
        return index < 0 ? null : teams[index];
    }

    /** The segment before; 0 if there is none. */
    long before(long segment) {
        return at(segment - 1);
    }

    /** Whether a record received at this time may have been booked when the start of the segment was not known yet. */
    boolean mayBeNewTo(long segment, long receivedAtMicros) {
        int index = Arrays.binarySearch(starts, segment);
        return index >= 0 && receivedAtMicros < knownSince[index] + MOST_DELAY_MICROS;
    }

    /** The starts of those that share time with [from, to). */
    long[] startsIn(long from, long to) {
        int first = 0;
        while (first + 1 < starts.length && starts[first + 1] <= from) {
            first++;
        }
        int end = starts.length;
        while (end > first && starts[end - 1] >= to) {
            end--;
        }
        return Arrays.copyOfRange(starts, first, end);
    }

    /** Also the teams; not since when they are known. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Segments that && Arrays.equals(starts, that.starts) && Arrays.equals(teams, that.teams);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(starts) + Arrays.hashCode(teams);
    }

    @Override
    public String toString() {
        return Arrays.toString(starts) + Arrays.toString(teams);
    }
}
