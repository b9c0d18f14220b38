package io.sluice.otlp;

import io.sluice.schema.Micros;

/** Moments as microseconds since the epoch, UTC. */
final class Times {
    private Times() {}

    /**
     * @param nanos unsigned, as OTLP's fixed64
     */
    static long ofNanos(long nanos) {
        return Long.divideUnsigned(nanos, 1_000);
    }

    static void check(String field, long micros, long receivedMicros) throws Rejection {
        if (micros > receivedMicros + Limits.AHEAD_MICROS) {
            throw new Rejection(
                    RejectReason.TIMESTAMP_IN_FUTURE,
                    field,
                    Micros.toInstant(micros).toString(),
                    "at most 10 minutes after " + Micros.toInstant(receivedMicros));
        }
        if (micros < Limits.OLDEST_MICROS) {
            throw new Rejection(
                    RejectReason.TIMESTAMP_TOO_OLD,
                    field,
                    Micros.toInstant(micros).toString(),
                    "not before " + Micros.toInstant(Limits.OLDEST_MICROS));
        }
    }
}
