package io.sluice.core.codemetrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Actor;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.Temporality;
import io.sluice.schema.UsageEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FactReaderTest {
    private static final Map<String, String> TOLD = Map.of("terminal.type", "xterm", "ccr.session.id", "c1");

    private static List<Origin> origins(@Nullable String terminal, boolean remote, Map<String, String> attributes) {
        List<Fact> facts = new ArrayList<>();
        FactReader.of(
                ActivityEvent.newBuilder()
                        .setOrgId("acme")
                        .setEventId("a")
                        .setOccurredAt(1)
                        .setReceivedAt(2)
                        .setSource("otlp-logs")
                        .setActor(new Actor())
                        .setName("user_prompt")
                        .setProduct("claude-code")
                        .setTerminal(terminal)
                        .setRemote(remote)
                        .setAttributes(attributes)
                        .build(),
                facts::add);
        facts.add(FactReader.of(UsageEvent.newBuilder()
                .setOrgId("acme")
                .setEventId("u")
                .setOccurredAt(1)
                .setReceivedAt(2)
                .setSource("otlp-logs")
                .setActor(new Actor())
                .setModel("m")
                .setProduct("claude-code")
                .setTerminal(terminal)
                .setRemote(remote)
                .setAttributes(attributes)
                .build()));
        Fact counted = FactReader.of(CounterPoint.newBuilder()
                .setOrgId("acme")
                .setEventId("c")
                .setOccurredAt(1)
                .setReceivedAt(2)
                .setStartAt(0)
                .setSource("otlp-metrics")
                .setActor(new Actor())
                .setMetric("claude_code.commit.count")
                .setSeriesId("s")
                .setTemporality(Temporality.DELTA)
                .setValue(1)
                .setProduct("claude-code")
                .setTerminal(terminal)
                .setRemote(remote)
                .setAttributes(attributes)
                .build());
        assertThat(counted).isNotNull();
        facts.add(counted);
        return facts.stream().map(Fact::origin).toList();
    }

    @Test
    void everyRecordSaysItsTerminalAndWhetherItRanInTheCloud() {
        assertThat(origins("vscode", true, Map.of())).hasSize(3).allSatisfy(origin -> {
            assertThat(origin.terminal()).isEqualTo("vscode");
            assertThat(origin.remote()).isTrue();
        });
        assertThat(origins(null, false, Map.of())).hasSize(3).allSatisfy(origin -> {
            assertThat(origin.terminal()).isNull();
            assertThat(origin.remote()).isFalse();
        });
    }

    /** The topics hold them for ever. */
    @Test
    void recordsOfEarlierSchemasSayItByTheirAttributes() {
        assertThat(origins(null, false, TOLD)).hasSize(3).allSatisfy(origin -> {
            assertThat(origin.terminal()).isEqualTo("xterm");
            assertThat(origin.remote()).isTrue();
        });
    }
}
