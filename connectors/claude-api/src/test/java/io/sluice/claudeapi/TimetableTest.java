package io.sluice.claudeapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.schema.Micros;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimetableTest {
    private static final LocalDate DAY = LocalDate.of(2026, 11, 20);

    private static ReportSplit readAt(String time) {
        ReportSplit split = new ReportSplit("acme", Report.COST, DAY.plusDays(100));
        DayState state = new DayState();
        state.readAt = Micros.of(Instant.parse(time));
        split.days.put(DAY, state);
        return split;
    }

    @ParameterizedTest
    @CsvSource({"COST, 2026-11-21T04:00:00Z", "CLAUDE_CODE, 2026-11-21T01:00:00Z", "USERS, 2026-11-21T10:00:00Z"})
    void aDayIsReadWhenItIsExpectedToBeThere(Report report, Instant at) {
        ReportSplit split = new ReportSplit("acme", report, DAY);
        assertThat(Timetable.next(split, Set.of(), Map.of())).isEqualTo(new Timetable.Due(DAY, at));
        Instant later = at.plusSeconds(3600);
        assertThat(Timetable.next(split, Set.of(), Map.of(DAY, later))).isEqualTo(new Timetable.Due(DAY, later));
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-21T04:00:00Z, 2026-11-21T08:00:00Z",
        "2026-11-23T23:59:00Z, 2026-11-24T03:59:00Z",
        "2026-11-24T00:00:00Z, 2026-11-25T00:00:00Z",
        "2026-12-20T00:00:00Z, 2026-12-21T00:00:00Z"
    })
    void andAgainOftenAndThenDaily(String readAt, Instant again) {
        assertThat(Timetable.next(readAt(readAt), Set.of(), Map.of())).isEqualTo(new Timetable.Due(DAY, again));
    }

    @Test
    void whatACrashHasCutOffIsReadAtOnce() {
        ReportSplit split = new ReportSplit("acme", Report.COST, DAY.plusDays(1));
        split.days.put(DAY, new DayState());
        assertThat(Timetable.next(split, Set.of(), Map.of())).isEqualTo(new Timetable.Due(DAY, Instant.EPOCH));
        assertThat(Timetable.next(split, Set.of(DAY), Map.of()).day()).isEqualTo(DAY.plusDays(1));
    }

    @ParameterizedTest
    @CsvSource({"2026-12-20T23:59:59Z, false", "2026-12-21T00:00:00Z, true"})
    void forTheLastTimeAfterThirtyDays(Instant readAt, boolean last) {
        assertThat(Timetable.isFinal(DAY, readAt)).isEqualTo(last);
    }
}
