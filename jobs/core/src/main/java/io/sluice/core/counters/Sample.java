package io.sluice.core.counters;

/** A point of a monotonic sum, as it was sent. Times are microseconds since the epoch. */
public interface Sample {
    /** Start of the interval (start, time] that the point claims to cover. */
    long startMicros();

    long timeMicros();

    /** Its value, in whole units of a size that the reader chose. */
    long exact();

    /** Whether it claims to count from its start, and not from the point before it. */
    boolean cumulative();
}
