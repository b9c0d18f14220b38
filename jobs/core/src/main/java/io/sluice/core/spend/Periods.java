package io.sluice.core.spend;

import java.time.Duration;
import java.time.LocalDate;

/** When a period is open and when it closes. All UTC. */
public final class Periods {
    private static final long MICROS_PER_HOUR = Duration.ofHours(1).toSeconds() * 1_000_000;

    private Periods() {}

    /** Hours since the epoch. */
    public static long hour(long epochMicros) {
        return Math.floorDiv(epochMicros, MICROS_PER_HOUR);
    }

    public static long hourStartMicros(long hour) {
        return Math.multiplyExact(hour, MICROS_PER_HOUR);
    }

    /**
     * When the month of an instant closes: its end plus the time that late records are waited for. The month is the
     * longest period, so that an hour, a day, a week and a month always hold the same records. (A week across two
     * months stays open, for each of its days, as long as that day's month.)
     *
     * @return epoch milliseconds; a record received at or after it is late
     */
    public static long monthClosesAtMillis(long epochMicros, Duration openAfterEnd) {
        return closesAtMillis(yearMonth(epochMicros), openAfterEnd);
    }

    /**
     * Late: received when the month of the record had been closed. A property of the record, whatever the job's
     * progress. Imports and bundled captures are exempt.
     */
    public static boolean isLate(
            long occurredAtMicros, long receivedAtMicros, boolean historical, Duration openAfterEnd) {
        return !historical && receivedWhenClosed(occurredAtMicros, receivedAtMicros, openAfterEnd);
    }

    /** See {@link Cell#importedIn}. */
    public static int importedIn(
            long occurredAtMicros, long receivedAtMicros, boolean historical, Duration openAfterEnd) {
        if (!historical || !receivedWhenClosed(occurredAtMicros, receivedAtMicros, openAfterEnd)) {
            return 0;
        }
        return yearMonth(receivedAtMicros);
    }

    /** For example 202611. */
    public static int yearMonth(long epochMicros) {
        LocalDate date = date(epochMicros);
        return date.getYear() * 100 + date.getMonthValue();
    }

    /**
     * Until when what is known about a record is held: until no record that is not late can belong with it. For an
     * import the month of receipt counts as well.
     *
     * @return epoch milliseconds, to be compared with the watermark of receipt
     */
    public static long heldUntilMillis(
            long occurredAtMicros, long receivedAtMicros, boolean historical, Duration openAfterEnd) {
        long closes = monthClosesAtMillis(occurredAtMicros, openAfterEnd);
        return historical ? Math.max(closes, monthClosesAtMillis(receivedAtMicros, openAfterEnd)) : closes;
    }

    /** Until when a cell can change: its month is closed, or that of the import which it holds. */
    public static long cellHeldUntilMillis(Cell cell, Duration openAfterEnd) {
        if (cell.importedIn() == 0) {
            return monthClosesAtMillis(hourStartMicros(cell.hour()), openAfterEnd);
        }
        return closesAtMillis(cell.importedIn(), openAfterEnd);
    }

    /** @param yearMonth for example 202611 */
    public static long closesAtMillis(int yearMonth, Duration openAfterEnd) {
        long days =
                LocalDate.of(yearMonth / 100, yearMonth % 100, 1).plusMonths(1).toEpochDay();
        return Duration.ofDays(days).plus(openAfterEnd).toMillis();
    }

    /**
     * The month with whose closing a record is forgotten, see {@link #heldUntilMillis}.
     *
     * @return for example 202611
     */
    public static int heldMonth(long occurredAtMicros, long receivedAtMicros, boolean historical) {
        int month = yearMonth(occurredAtMicros);
        return historical ? Math.max(month, yearMonth(receivedAtMicros)) : month;
    }

    private static boolean receivedWhenClosed(long occurredAtMicros, long receivedAtMicros, Duration openAfterEnd) {
        return Math.floorDiv(receivedAtMicros, 1000) >= monthClosesAtMillis(occurredAtMicros, openAfterEnd);
    }

    private static LocalDate date(long epochMicros) {
        return LocalDate.ofEpochDay(Math.floorDiv(epochMicros, 24 * MICROS_PER_HOUR));
    }
}
