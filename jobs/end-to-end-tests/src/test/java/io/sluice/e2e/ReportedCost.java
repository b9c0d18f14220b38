package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.testing.AnalyticsServer;
import io.sluice.testing.UsageFact;
import io.sluice.testing.UsageFact.Tokens;
import io.sluice.testing.UsageFact.What;
import io.sluice.testing.UsageFact.Who;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;

/** What the stack does with a key: what Anthropic reports is in the reconciliation, and the key nowhere. */
final class ReportedCost implements AutoCloseable {
    private static final String KEY = "sk-ant-admin01-end-to-end";

    // A whole day that upstream surely has.
    private final LocalDate day = LocalDate.now(ZoneOffset.UTC).minusDays(3);
    private final Path key;
    private final AnalyticsServer anthropic;

    /** @param folder for the file with the key */
    ReportedCost(Path folder) throws IOException {
        key = Files.writeString(folder.resolve("anthropic.key"), KEY + "\n");
        anthropic = AnalyticsServer.start(KEY, Clock.systemUTC());
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
    }

    /** For a stack that reads it. */
    Cli settings(Cli cli) {
        return cli.with("REPORTED_KEY_FILE", key.toString())
                .with("REPORTED_URL", anthropic.url().toString())
                .with("REPORTED_FROM", day.toString());
    }

    void check(RunningStack stack) throws Exception {
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

    @Override
    public void close() {
        anthropic.close();
    }
}
