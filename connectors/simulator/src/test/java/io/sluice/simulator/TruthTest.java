package io.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.sluice.simulator.SpendKey.Dimension;
import io.sluice.simulator.Truth.Group;
import io.sluice.simulator.Truth.Period;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TruthTest {
    private static final SpendTotals ONE = new SpendTotals(10, 1L, 1, 2, 3, 4);
    private static final SpendTotals COUNTED = new SpendTotals(5, null, 1, 1, 1, 1);

    @Test
    void rollsUpByAnySubsetAndPeriod() {
        Truth truth = new Truth();
        truth.add(batch(key("a@example.com", null, "2026-11-20T09:00:00Z"), ONE, false));
        truth.add(batch(key("a@example.com", "ledger", "2026-11-20T10:00:00Z"), ONE, false));
        truth.add(batch(key("b@example.com", null, "2026-11-21T10:00:00Z"), COUNTED, false));
        Instant friday = Instant.parse("2026-11-20T00:00:00Z");
        Instant saturday = Instant.parse("2026-11-21T00:00:00Z");

        assertThat(truth.rollUp(Period.DAY, Set.of(Dimension.USER)))
                .isEqualTo(Map.of(
                        new Group(friday, Map.of(Dimension.USER, "a@example.com")),
                        new SpendTotals(20, 2L, 2, 4, 6, 8),
                        new Group(saturday, Map.of(Dimension.USER, "b@example.com")),
                        COUNTED));
        assertThat(truth.rollUp(Set.of(Dimension.MCP_SERVER)))
                .isEqualTo(Map.of(
                        Map.of(), new SpendTotals(15, 1L, 2, 3, 4, 5), Map.of(Dimension.MCP_SERVER, "ledger"), ONE));
        assertThat(truth.total()).isEqualTo(new SpendTotals(25, 2L, 3, 5, 7, 9));
    }

    @Test
    void duplicatesAreSentButSpendNothing() {
        Truth truth = new Truth();
        Batch batch = batch(key("a@example.com", null, "2026-11-20T09:00:00Z"), ONE, false);
        truth.add(batch);
        truth.add(batch.again(batch.sentAt().plusSeconds(1)));
        assertThat(truth.total()).isEqualTo(ONE);
        assertThat(truth.recordsSent(Signal.LOGS)).isEqualTo(6);
        assertThat(truth.distinctRecords(Signal.LOGS)).isEqualTo(3);
        assertThat(truth.recordsSent(Signal.METRICS)).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "HOUR, 2026-11-22T23:00:00Z",
        "DAY, 2026-11-22T00:00:00Z",
        "WEEK, 2026-11-16T00:00:00Z",
        "MONTH, 2026-11-01T00:00:00Z"
    })
    void periodsAreThoseOfUtc(Period period, Instant start) {
        assertThat(period.startOf(Instant.parse("2026-11-22T23:00:00Z"))).isEqualTo(start);
    }

    private static SpendKey key(String user, @Nullable String mcpServer, String hour) {
        return new SpendKey(
                user, "platform", "claude-opus-4-5", "claude-code", null, mcpServer, null, Instant.parse(hour));
    }

    private static Batch batch(SpendKey key, SpendTotals totals, boolean duplicate) {
        return new Batch(
                Signal.LOGS,
                key.user(),
                key.hour(),
                ExportLogsServiceRequest.getDefaultInstance(),
                3,
                Map.of(key, totals),
                duplicate);
    }
}
