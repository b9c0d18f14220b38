package io.sluice.codemetrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.codemetrics.Measure;
import io.sluice.core.codemetrics.SessionRows;
import io.sluice.schema.CodeMetricRow;
import io.sluice.schema.Codec;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.Topic;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Recorded runs that came after the rules, which one of them, two terminals at a time, then changed: delta and cumulative points, with and without session ids, and a session
 * that was resumed in two terminals at a time.
 */
class HeldOutCapturesTest {
    private static final int ORDERS = 5;

    private static List<Long> totals(List<Recorded.Value> values, long seed) throws Exception {
        List<Recorded.Value> shuffled = new ArrayList<>(values);
        Random random = new Random(seed);
        Collections.shuffle(shuffled, random);
        shuffled.addAll(shuffled.subList(0, values.size() / 3)); // sent again
        Collections.shuffle(shuffled, random);
        HarnessedJob.Store store = new HarnessedJob.Store();
        HarnessedJob job = new HarnessedJob(store, read -> {}, 10, 100, null);
        for (Recorded.Value value : shuffled) {
            job.process(value);
        }
        job.checkpoint(true);
        job.close();
        Collection<CodeMetricRow> rows = store.rows.values();
        return List.of(
                sum(rows, Measure.SESSIONS_STARTED, false),
                sum(rows, Measure.ACCEPTED_CONFIG, true),
                sum(rows, Measure.REJECTED_CONFIG, true),
                sum(rows, Measure.COMMITS, false),
                sum(rows, Measure.LINES_ADDED, false),
                sum(rows, Measure.LINES_REMOVED, false));
    }

    private static long sum(Collection<CodeMetricRow> rows, Measure measure, boolean edits) {
        return rows.stream()
                .filter(row -> !edits || row.getTool() != null && SessionRows.EDIT_TOOLS.contains(row.getTool()))
                .mapToLong(row -> (Long) row.get(measure.field()))
                .sum();
    }

    // What the client's own counters of each process come to, added up by hand.
    @ParameterizedTest
    @CsvSource({
        "edits,                       1, 4, 0, 2, 18, 4",
        "edits-cumulative,            1, 4, 0, 2, 18, 4",
        "edits-no-session,            1, 4, 0, 2, 18, 4",
        "edits-no-session-cumulative, 1, 4, 0, 2, 18, 4",
        "refused,                     1, 0, 2, 0,  0, 0",
        "two-terminals,               3, 8, 2, 4, 26, 12",
    })
    void whateverArrivesTheTotalsAreTheClients(
            String run, long started, long accepted, long rejected, long commits, long added, long removed)
            throws Exception {
        List<Long> truth = List.of(started, accepted, rejected, commits, added, removed);
        for (long seed = 1; seed <= ORDERS; seed++) {
            assertThat(totals(Recorded.telemetry(run, true, true), seed))
                    .as("%s, both, order %d: started, accepted, rejected, commits, added, removed", run, seed)
                    .isEqualTo(truth);
            assertThat(totals(Recorded.telemetry(run, false, true), seed))
                    .as("%s, counters, order %d", run, seed)
                    .isEqualTo(truth);
            // Events do not tell lines.
            assertThat(totals(Recorded.telemetry(run, true, false), seed).subList(0, 4))
                    .as("%s, events, order %d", run, seed)
                    .isEqualTo(truth.subList(0, 4));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "edits,         erin@example.com, 4, 0, 18, 4",
        "refused,       ivan@example.com, 0, 2,  0, 0",
        "two-terminals, judy@example.com, 8, 2, 26, 12",
    })
    void sessionFilesSayTheSame(String run, String email, long accepted, long rejected, long added, long removed)
            throws Exception {
        List<Recorded.Value> file = Recorded.file(run + "/session", email);
        List<Recorded.Value> all = new ArrayList<>(file);
        all.addAll(Recorded.telemetry(run, true, true));
        for (List<Recorded.Value> values : List.of(file, all)) {
            List<Long> totals = totals(values, 1);
            assertThat(List.of(totals.get(1), totals.get(2), totals.get(4), totals.get(5)))
                    .as("%s: accepted, rejected, added, removed", run)
                    .containsExactly(accepted, rejected, added, removed);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "edits,         erin@example.com, 4, 0, 2, 18, 4",
        "refused,       ivan@example.com, 0, 2, 0,  0, 0",
        "two-terminals, judy@example.com, 8, 2, 4, 26, 12",
    })
    void nothingTwiceWhereCountersNameNoSession(
            String run, String email, long accepted, long rejected, long commits, long added, long removed)
            throws Exception {
        for (boolean events : new boolean[] {false, true}) {
            List<Recorded.Value> all = new ArrayList<>(Recorded.file(run + "/session", email));
            for (Recorded.Value value : Recorded.telemetry(run, events, true)) {
                all.add(value.topic() == Topic.COUNTERS ? withoutSession(value) : value);
            }
            for (long seed = 1; seed <= ORDERS; seed++) {
                List<Long> totals = totals(all, seed);
                assertThat(totals.subList(1, totals.size()))
                        .as("%s, order %d: accepted, rejected, commits, added, removed", run, seed)
                        .containsExactly(accepted, rejected, commits, added, removed);
            }
        }
    }

    private static Recorded.Value withoutSession(Recorded.Value counter) throws Exception {
        CounterPoint point = Codec.of(CounterPoint.class).decode(counter.bytes());
        return new Recorded.Value(
                Topic.COUNTERS,
                Codec.encode(CounterPoint.newBuilder(point).setSessionId(null).build()));
    }
}
