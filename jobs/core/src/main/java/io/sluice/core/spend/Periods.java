package io.sluice.core.spend;

import java.time.Duration;

/** When a period is open and when it closes. All UTC. */
public final class Periods {
    private static final long MICROS_PER_HOUR = Duration.ofHours(1).toSeconds() * 1_000_000;

    /** Year 10000. */
    private static final long END_OF_TIME_MICROS = 253_402_300_800_000_000L;

    private static final long MILLIS_PER_DAY = Duration.ofDays(1).toMillis();

    private Periods() {}

    /**
     * Checks a time that a record carries.
     *
     * @throws ArithmeticException it is before 1970 or after 9999, where no record is, and where sums of times overflow
     */
    public static void check(String field, long epochMicros) {
        if (!isTime(epochMicros)) {
            throw new ArithmeticException(
                    field + ": " + epochMicros + " (expected: epoch microseconds from 1970 to 9999)");
        }
    }

    /** From 1970 to 9999. */
    public static boolean isTime(long epochMicros) {
        return epochMicros >= 0 && epochMicros < END_OF_TIME_MICROS;
    }

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
        return yearMonthOfDay(Math.floorDiv(epochMicros, 24 * MICROS_PER_HOUR));
    }

    /** @param yearMonth for example 202611 */
    public static long monthStartMicros(int yearMonth) {
        return hourStartMicros(firstDay(yearMonth / 100, yearMonth % 100) * 24);
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
        int year = yearMonth / 100;
        int month = yearMonth % 100;
        long days = month == 12 ? firstDay(year + 1, 1) : firstDay(year, month + 1);
        return days * MILLIS_PER_DAY + openAfterEnd.toMillis();
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

    /*
     * The calendar, by arithmetic: it is asked several times for every record, and java.time checks and allocates.
     * Years are counted from March, so that the day that comes and goes is the last one.
     */

    /** Days since the epoch of the first of a month. */
    private static long firstDay(int year, int month) {
        long y = month <= 2 ? year - 1L : year;
        long m = (month + 9) % 12;
        long era = Math.floorDiv(y, 400L);
        long yearOfEra = y - era * 400;
        long dayOfYear = (153 * m + 2) / 5;
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468;
    }

    private static int yearMonthOfDay(long epochDay) {
        long shifted = epochDay + 719_468;
        long era = Math.floorDiv(shifted, 146_097L);
        long dayOfEra = shifted - era * 146_097;
        long yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        long dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        long m = (5 * dayOfYear + 2) / 153;
        long month = m < 10 ? m + 3 : m - 9;
        long year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
        return (int) (year * 100 + month);
    }
}
