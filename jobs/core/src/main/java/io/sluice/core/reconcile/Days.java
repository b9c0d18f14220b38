package io.sluice.core.reconcile;

import io.sluice.schema.Micros;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** Days of UTC, and microseconds since the epoch. */
final class Days {
    private Days() {}

    static long start(LocalDate day) {
        return Micros.of(day.atStartOfDay(ZoneOffset.UTC).toInstant());
    }

    static boolean contains(LocalDate day, long micros) {
        return micros >= start(day) && micros < start(day.plusDays(1));
    }
}
