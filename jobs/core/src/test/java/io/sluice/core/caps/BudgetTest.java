package io.sluice.core.caps;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BudgetTest {
    private static final long NOW = History.at("2026-11-25T16:40:00Z");

    private static Budget budget(@Nullable Long amount, long included, long spent) {
        Limit limit = new Limit(CapScope.USER, "u1", "c1", 1, amount, History.DEFAULT, included);
        Spend spend = new Spend();
        spend.add(NOW, spent);
        return Budget.of(CapPeriod.MONTHLY, NOW, new LimitVersion(0, limit, false), spend, 75);
    }

    @ParameterizedTest
    @CsvSource({
        // amount, included, spent, state, remaining
        "100, 0, 74, ALLOWED, 26",
        "100, 0, 75, WARNING, 25",
        "100, 0, 99, WARNING, 1",
        "100, 0, 100, STOPPED, 0",
        "100, 0, 130, STOPPED, 0",
        "100, 50, 120, ALLOWED, 30",
        "100, 50, 125, WARNING, 25",
        "100, 50, 150, STOPPED, 0",
        "0, 0, 0, STOPPED, 0",
        "0, 50, 20, STOPPED, 30",
        ", 0, 1000000, ALLOWED, "
    })
    void whatIsLeft(@Nullable Long amount, long included, long spent, Budget.State state, @Nullable Long remaining) {
        Budget budget = budget(amount, included, spent);
        assertThat(budget.state()).isEqualTo(state);
        assertThat(budget.remainingMicros()).isEqualTo(remaining);
        assertThat(budget.spentMicros()).isEqualTo(spent);
    }

    @Test
    void periodsBeginAndEndInUtc() {
        assertThat(CapPeriod.DAILY.start(NOW)).isEqualTo(History.at("2026-11-25T00:00:00Z"));
        assertThat(CapPeriod.DAILY.end(CapPeriod.DAILY.start(NOW))).isEqualTo(History.at("2026-11-26T00:00:00Z"));
        assertThat(CapPeriod.WEEKLY.start(NOW)).isEqualTo(History.at("2026-11-23T00:00:00Z"));
        assertThat(CapPeriod.WEEKLY.start(History.at("2026-11-23T00:00:00Z")))
                .isEqualTo(History.at("2026-11-23T00:00:00Z"));
        assertThat(CapPeriod.WEEKLY.end(History.at("2026-11-23T00:00:00Z")))
                .isEqualTo(History.at("2026-11-30T00:00:00Z"));
        assertThat(CapPeriod.MONTHLY.start(NOW)).isEqualTo(History.at("2026-11-01T00:00:00Z"));
        assertThat(budget(1L, 0, 0).resetsAt()).isEqualTo(History.at("2026-12-01T00:00:00Z"));
        assertThat(CapPeriod.MONTHLY.start(History.at("1969-12-31T23:59:59Z")))
                .isEqualTo(History.at("1969-12-01T00:00:00Z"));
    }

    @Test
    void theStrictestDecides() {
        Budget allowed = budget(100L, 0, 0);
        Budget warning = budget(100L, 0, 80);
        Budget stopped = budget(100L, 0, 100);
        assertThat(Budget.strictest(List.of(allowed, warning))).isSameAs(warning);
        assertThat(Budget.strictest(List.of(stopped, warning))).isSameAs(stopped);
        assertThat(Budget.strictest(List.of(stopped, budget(0L, 0, 0)))).isSameAs(stopped);
    }
}
