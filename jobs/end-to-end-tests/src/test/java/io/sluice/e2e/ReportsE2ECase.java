package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.testing.AnalyticsServer;
import io.sluice.testing.UsageFact;
import io.sluice.testing.UsageFact.Tokens;
import io.sluice.testing.UsageFact.What;
import io.sluice.testing.UsageFact.Who;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stack with a key, as its users run it: what Anthropic reports is in the reconciliation, and the key nowhere. */
class ReportsE2ECase {
    private static final String KEY = "sk-ant-admin01-end-to-end";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @Test
    void theReportedCostOfADayIsReconciled() throws Exception {
        // A whole day that upstream surely has.
        LocalDate day = LocalDate.now(ZoneOffset.UTC).minusDays(3);
        Path key = Files.writeString(folder.resolve("anthropic.key"), KEY + "\n");
        try (AnalyticsServer anthropic = AnalyticsServer.start(KEY, Clock.systemUTC())) {
            anthropic.addUsage(List.of(new UsageFact(
                    day,
                    Who.user("user_01", "dev@example.com"),
                    What.of("claude_code", "claude-opus-5-5"),
                    new Tokens(1, 2, 3, 4, 5, 6),
                    7,
                    new BigDecimal("80"),
                    new BigDecimal("100"),
                    Instant.now().minus(Duration.ofDays(2)),
                    null)));
            try (RunningStack stack = RunningStack.start(cli -> cli.with("REPORTED_KEY_FILE", key.toString())
                    .with("REPORTED_URL", anthropic.url().toString())
                    .with("REPORTED_FROM", day.toString()))) {
                String question = "/v1/reconciliation?starting_date=" + day + "&ending_date=" + day.plusDays(1);
                Client admin = stack.operator();
                RunningStack.until(
                        () -> "the day's cost is reported",
                        Duration.ofMinutes(3),
                        () -> admin.get(question)
                                        .path("data")
                                        .path(0)
                                        .path("reported_micros")
                                        .asLong()
                                == 800_000);
                JsonNode answer = admin.get(question);
                JsonNode reconciled = answer.path("data").path(0);
                assertThat(reconciled.path("difference_micros").asLong()).isEqualTo(-800_000);
                assertThat(answer.path("hint").isNull()).isTrue();
                assertThat(stack.status().path("reads_reports").asBoolean()).isTrue();
                assertThat(stack.filesWith("default|cost"))
                        .as("the state of the source in a checkpoint")
                        .anyMatch(path -> path.toString().contains("/checkpoints/sluice-reported/"));
                assertThat(stack.filesWith(KEY)).isEmpty();
            }
        }
    }
}
