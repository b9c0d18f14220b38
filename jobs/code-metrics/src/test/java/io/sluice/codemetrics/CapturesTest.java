package io.sluice.codemetrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.codemetrics.Measure;
import io.sluice.schema.CodeMetricRow;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Recorded runs of the real client: what it counted itself, whatever of it arrives, and in whatever order. */
class CapturesTest {
    private static final Set<String> EDIT_TOOLS = Set.of("Edit", "MultiEdit", "Write", "NotebookEdit");

    private record Totals(Collection<CodeMetricRow> rows) {
        long of(Measure measure) {
            return of(measure, row -> true);
        }

        /** Of tools that edit: events tell of other tools, too. */
        long edits(Measure measure) {
            return of(measure, row -> row.getTool() != null && EDIT_TOOLS.contains(row.getTool()));
        }

        long of(Measure measure, Predicate<CodeMetricRow> which) {
            return rows.stream()
                    .filter(which)
                    .mapToLong(row -> (Long) row.get(measure.field()))
                    .sum();
        }
    }

    private static Totals totals(List<Recorded.Value> values, long seed) throws Exception {
        List<Recorded.Value> shuffled = new ArrayList<>(values);
        shuffled.addAll(values.subList(0, values.size() / 2)); // sent again
        Collections.shuffle(shuffled, new Random(seed));
        HarnessedJob.Store store = new HarnessedJob.Store();
        HarnessedJob job = new HarnessedJob(store, read -> {}, 10, 100, null);
        for (Recorded.Value value : shuffled) {
            job.process(value);
        }
        job.checkpoint(true);
        job.close();
        return new Totals(store.rows.values());
    }

    // What the counters of each run come to by hand.
    @ParameterizedTest
    @CsvSource({
        "accept,         1, 7, 1, 2, 0, 1, 382000",
        "denied,         1, 0, 0, 0, 1, 0, 300000",
        "mcp,            1, 0, 0, 0, 0, 0, 200000",
        "errors,         1, 0, 0, 0, 0, 0, 1716000",
        "cumulative,     1, 9, 0, 3, 0, 0, 8493000",
        "resume,         5, 3, 0, 4, 0, 0, 4313000",
        "blocked-prompt, 1, 0, 0, 0, 0, 0, 1126000",
        "protobuf,       1, 3, 0, 1, 0, 0, 3912000",
        "grpc,           1, 6, 0, 2, 0, 0, 3545000",
    })
    void countersAndEventsSayTheSame(
            String run, long started, long added, long removed, long accepted, long rejected, long commits, long active)
            throws Exception {
        for (long seed = 1; seed <= 3; seed++) {
            Totals both = totals(Recorded.telemetry(run, true, true), seed);
            Totals counters = totals(Recorded.telemetry(run, false, true), seed);
            Totals events = totals(Recorded.telemetry(run, true, false), seed);
            for (Totals each : List.of(both, counters, events)) {
                assertThat(List.of(
                                each.of(Measure.SESSIONS_STARTED),
                                each.edits(Measure.ACCEPTED_CONFIG),
                                each.edits(Measure.REJECTED_CONFIG),
                                each.of(Measure.COMMITS)))
                        .as("%s, seed %d: started, accepted, rejected, commits", run, seed)
                        .containsExactly(started, accepted, rejected, commits);
            }
            for (Totals each : List.of(both, counters)) {
                assertThat(List.of(
                                each.of(Measure.LINES_ADDED),
                                each.of(Measure.LINES_REMOVED),
                                each.of(Measure.ACTIVE_CLI_MICROS)))
                        .as("%s, seed %d: added, removed, active", run, seed)
                        .containsExactly(added, removed, active);
            }
            assertThat(both.of(Measure.EVENTS_MISSING)).as(run).isZero();
            assertThat(both.of(Measure.EVENTS_COUNTERS_DIFFERENCE)).as(run).isZero();
            assertThat(both.of(Measure.PROMPTS)).as(run).isEqualTo(events.of(Measure.PROMPTS));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "accept, 5ce97f93-768a-48fb-a236-9b8fea877312, alice@example.com",
        "denied, 2ded9c1b-0aa7-4d2f-b9ae-e18bf1d0c514, bob@example.com",
        "mcp,    e8808d06-ad66-4464-9d4c-a703e4d20bc6, carol@example.com",
        "errors, 4df1ceca-f5aa-4157-80ed-276750f3d82c, dave@example.com",
    })
    void sessionFilesSayTheSameAndNothingTwice(String run, String session, String email) throws Exception {
        List<Recorded.Value> file = Recorded.file(session, email);
        List<Recorded.Value> telemetry = Recorded.telemetry(run, true, true);
        List<Recorded.Value> all = new ArrayList<>(telemetry);
        all.addAll(file);
        Totals byTelemetry = totals(telemetry, 1);
        for (Totals each : List.of(totals(file, 2), totals(all, 3))) {
            for (Measure measure : List.of(
                    Measure.SESSIONS_STARTED,
                    Measure.SESSION_DAYS,
                    Measure.PROMPTS,
                    Measure.LINES_ADDED,
                    Measure.LINES_REMOVED,
                    Measure.ACCEPTED_CONFIG,
                    Measure.REJECTED_CONFIG,
                    Measure.TOOL_SUCCEEDED,
                    Measure.TOOL_FAILED,
                    Measure.API_REQUESTS)) {
                assertThat(each.of(measure)).as(run + ' ' + measure.field()).isEqualTo(byTelemetry.of(measure));
            }
        }
    }

    @Test
    void whatIsKnownOfARunIsInItsRows() throws Exception {
        Totals mcp = totals(Recorded.telemetry("mcp", true, true), 1);
        assertThat(mcp.of(Measure.TOOL_SUCCEEDED, row -> "ledger".equals(row.getMcpServer())))
                .isEqualTo(1);
        assertThat(mcp.of(Measure.REJECTED_CONFIG, row -> "ledger".equals(row.getMcpServer())))
                .isEqualTo(1);
        assertThat(mcp.of(Measure.MCP_CONNECTED)).isEqualTo(1);
        assertThat(mcp.rows).allSatisfy(row -> {
            assertThat(row.getUser()).isEqualTo("carol@example.com");
            assertThat(row.getTeam()).isEqualTo("platform");
            assertThat(row.getRepository()).isEqualTo("https://git.example.com/acme/billing");
            assertThat(row.getAppVersion()).isEqualTo("2.1.328");
        });
        Totals accept = totals(Recorded.telemetry("accept", true, true), 1);
        assertThat(accept.of(Measure.ACCEPTED_CONFIG, row -> "Python".equals(row.getLanguage())))
                .isEqualTo(2);
        assertThat(accept.of(Measure.LINES_ADDED, row -> "claude-opus-4-5".equals(row.getModel())))
                .isEqualTo(7);
        assertThat(accept.rows.stream().flatMap(row -> row.getToolDurationMs().stream()))
                .containsExactlyInAnyOrder(12L, 6L, 44L);
        assertThat(accept.rows.stream().flatMap(row -> row.getApiDurationMs().stream()))
                .containsExactlyInAnyOrder(51L, 19L, 33L, 15L);
        Totals errors = totals(Recorded.telemetry("errors", true, true), 1);
        assertThat(errors.of(Measure.API_REQUESTS)).isEqualTo(1);
    }
}
