package io.sluice.core.spend;

/**
 * One point of a cost or token counter.
 *
 * @param value delta: what was added in (start, time]; cumulative: what was added since start
 * @param receivedHour hour of receipt, hours since the epoch
 */
public record Point(
        String eventId, long startMicros, long timeMicros, double value, boolean cumulative, long receivedHour) {}
