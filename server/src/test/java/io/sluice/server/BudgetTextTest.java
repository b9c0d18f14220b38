package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.caps.Budget;
import io.sluice.core.caps.CapPeriod;
import io.sluice.core.caps.CapScope;
import io.sluice.core.caps.Limit;
import io.sluice.schema.Micros;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BudgetTextTest {
    private static final long NOVEMBER = Micros.of(Instant.parse("2026-11-01T00:00:00Z"));

    static Limit limit(CapScope scope, @Nullable String scopeId, @Nullable Long amountMicros, long includedMicros) {
        return new Limit(scope, scopeId, "cap", 1, amountMicros, List.of(50, 100), includedMicros);
    }

    static Budget month(@Nullable Limit limit, long spentMicros, Budget.State state) {
        return new Budget(CapPeriod.MONTHLY, NOVEMBER, limit, spentMicros, state);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            nullValues = "none",
            value = {
                // amount, included, spent, state, line
                "50000000; 0; 12344999; ALLOWED; Budget: $12.34 of $50.00 this month, $37.66 left, allowed",
                // What is spent and what is left are never more than there is.
                "50000000; 0; 12345000; ALLOWED; Budget: $12.35 of $50.00 this month, $37.65 left, allowed",
                "50000000; 20000000; 60000000; WARNING; Budget: $60.00 of $70.00 this month, $10.00 left, warning",
                "50000000; 0; 52100000; STOPPED; Budget: $52.10 of $50.00 this month, $0.00 left, stopped until"
                        + " 2026-12-01 00:00 UTC",
                "0; 0; 0; STOPPED; Budget: $0.00 of $0.00 this month, $0.00 left, stopped until 2026-12-01 00:00 UTC",
                "none; 0; 12000; ALLOWED; Budget: $0.01 this month, no limit, allowed",
                "none; 0; -20000; ALLOWED; Budget: -$0.02 this month, no limit, allowed",
            })
    void aLine(@Nullable Long amount, long included, long spent, Budget.State state, String line) {
        Limit limit = limit(CapScope.USER, "usr_1", amount, included);
        assertThat(BudgetText.line(month(limit, spent, state), state)).isEqualTo(line);
        if (amount == null) {
            assertThat(BudgetText.line(month(null, spent, state), state)).isEqualTo(line);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            nullValues = "none",
            value = {
                // scope, id, amount, included, explanation
                "USER; usr_1; 50000000; 0; You have spent $51.00 this month. Your monthly limit is $50.00, set for you.",
                "GROUP; grp_1; 50000000; 0; You have spent $51.00 this month. Your monthly limit is $50.00, set for each"
                        + " member of the group Name of grp_1.",
                "GROUP_POOL; grp_1; 50000000; 0; All members of the group Name of grp_1 together: spent $51.00 this month of a"
                        + " monthly limit of $50.00.",
                "SEAT_TIER; premium; 30000000; 20000000; You have spent $51.00 this month. Your seat includes $20.00, and"
                        + " your monthly limit beyond that is $30.00, set for each seat of the tier premium.",
                "ORGANIZATION; none; 0; 0; You have spent $51.00 this month. Your monthly limit is $0.00 beyond what your"
                        + " seat includes, set for each member of the organization.",
                "ORGANIZATION_TOTAL; none; 50000000; 0; The whole organization: spent $51.00 this month of a monthly limit of"
                        + " $50.00.",
            })
    void whereALimitComesFromAndWhenItResets(
            CapScope scope, @Nullable String id, long amount, long included, String text) {
        assertThat(BudgetText.explanation(
                        month(limit(scope, id, amount, included), 51_000_000, Budget.State.STOPPED),
                        group -> "Name of " + group))
                .isEqualTo(text + " It resets at 2026-12-01 00:00 UTC.");
    }

    /** It must not look like the user's own. */
    @Test
    void linesOfWhatIsShared() {
        Limit total = limit(CapScope.ORGANIZATION_TOTAL, null, 50_000_000L, 0);
        assertThat(BudgetText.line(month(total, 40_000_000, Budget.State.WARNING), Budget.State.WARNING))
                .isEqualTo("Budget of the organization: $40.00 of $50.00 this month, $10.00 left, warning");
        Limit pool = limit(CapScope.GROUP_POOL, "grp_1", 50_000_000L, 0);
        assertThat(BudgetText.line(month(pool, 40_000_000, Budget.State.WARNING), Budget.State.WARNING))
                .isEqualTo("Budget of your group: $40.00 of $50.00 this month, $10.00 left, warning");
    }

    @ParameterizedTest
    @CsvSource({
        "DAILY, 2026-11-25T00:00:00Z, today, daily, 2026-11-26",
        "WEEKLY, 2026-11-23T00:00:00Z, this week, weekly, 2026-11-30",
    })
    void otherPeriods(CapPeriod period, Instant start, String current, String name, String end) {
        Budget budget = new Budget(
                period, Micros.of(start), limit(CapScope.USER, "u", 1_000_000L, 0), 900_000, Budget.State.WARNING);
        assertThat(BudgetText.line(budget, Budget.State.WARNING))
                .isEqualTo("Budget: $0.90 of $1.00 " + current + ", $0.10 left, warning");
        assertThat(BudgetText.explanation(budget, group -> group))
                .isEqualTo("You have spent $0.90 " + current + ". Your " + name
                        + " limit is $1.00, set for you. It resets at " + end + " 00:00 UTC.");
    }

    /** Others give them, and a terminal shows them. */
    @Test
    void namesHaveNoControlCharactersAndAnEnd() {
        String text = BudgetText.explanation(
                month(limit(CapScope.GROUP, "g", 1_000_000L, 0), 0, Budget.State.WARNING),
                group -> "\u001b[2J\r\n" + "x".repeat(500));
        assertThat(text).contains("the group  [2J  xxx").contains("x….").doesNotContainPattern("\\p{Cntrl}");
        assertThat(text).hasSizeLessThan(300);
    }
}
