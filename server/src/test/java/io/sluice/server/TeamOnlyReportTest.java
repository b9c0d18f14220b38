package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.codemetrics.Metric;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TeamOnlyReportTest {
    private static final long FIRST_UNSETTLED = LocalDate.parse("2026-11-01").toEpochDay();

    private static CodeMetricsQuery query(@Nullable String from, @Nullable String to) {
        return new CodeMetricsQuery(
                List.of(Metric.PROMPTS),
                Period.DAY,
                from == null ? null : Instant.parse(from + "T00:00:00Z"),
                to == null ? null : Instant.parse(to + "T00:00:00Z"),
                List.of(),
                Map.of(),
                100,
                null);
    }

    @ParameterizedTest
    @CsvSource({
        ", , 2026-10-01, 2026-11-01",
        "2026-09-03, 2026-12-01, 2026-09-03, 2026-12-01",
        "2026-10-30, , 2026-10-30, 2026-11-01",
        "2026-11-20, , 2026-11-20, 2026-11-20",
        ", 2026-10-30, 2025-10-29, 2026-10-30",
    })
    void theRangeDependsOnNobodysWork(@Nullable String from, @Nullable String to, String start, String end) {
        assertThat(TeamOnlyReport.withRange(query(from, to), FIRST_UNSETTLED)).isEqualTo(query(start, end));
    }

    @Test
    void aRangeIsAYearAtMost() {
        assertThatThrownBy(() -> TeamOnlyReport.withRange(query("2025-01-01", "2026-11-01"), FIRST_UNSETTLED))
                .hasMessageContaining("starting_at: 2025-01-01T00:00:00Z (expected: at most 366 days before");
    }
}
