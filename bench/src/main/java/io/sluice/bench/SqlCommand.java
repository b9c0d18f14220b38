package io.sluice.bench;

import io.sluice.spend.SpendOptions;
import io.sluice.sql.Session;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The view spend of SQL in relation to the spend job on the same topic. */
@Command(
        name = "sql",
        description =
                "The view spend of SQL (batch) in relation to the spend job, on the same topic. The view leaves out "
                        + "rules of the ledger that the load has no use for.")
final class SqlCommand extends BenchCommand {
    /** As SQL names the source of the topic; the number differs by query. */
    private static final String SOURCE = "usage[";

    private static final List<String> AMOUNTS = List.of(
            "spend_micros", "requests", "input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens");

    @Option(names = "--events", paramLabel = "N", description = "Records on the topic (default: ${DEFAULT-VALUE}).")
    long events = 5_000_000;

    @Option(names = "--users", paramLabel = "N", description = "Users (default: ${DEFAULT-VALUE}).")
    int users = 10_000;

    @Option(names = "--seed", paramLabel = "N", description = "Of the load (default: ${DEFAULT-VALUE}).")
    long seed = 42;

    @Override
    String benchmark() {
        return "sql";
    }

    @Override
    Report measure(Workspace workspace, Progress progress) throws Exception {
        // As for the benchmark spend.
        Map<String, String> jobOptions = new LinkedHashMap<>();
        jobOptions.put(SpendOptions.CACHED_CELLS.key(), "1000000");
        jobOptions.put(SpendOptions.FILTER_SIZE.key(), "16m");
        jobOptions.put(SpendOptions.CAPS.key(), "false");
        Broker broker = Broker.start(workspace);
        Truth truth = UsageTopic.load(new UsageLoad.Options(seed, events, users, 0), broker, progress, event -> {});
        try (BenchCluster cluster = new BenchCluster(workspace, jobOptions);
                Session session = session(broker, workspace)) {
            SpendRuns runs = new SpendRuns(broker, cluster, truth, progress);
            AtomicLong cells = new AtomicLong();
            Map<String, List<Measure>> measures = Rounds.run(
                    List.of(
                            new Rounds.Variant("spend", () -> runs.spend(jobOptions)),
                            new Rounds.Variant("sql", () -> query(session, truth, cells))),
                    rounds,
                    progress);
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("events", truth.received());
            facts.put("mean_bytes", Math.round(truth.meanBytes()));
            facts.put("users", users);
            facts.put("cells", cells.get());
            facts.put("parallelism", BenchCluster.PARALLELISM);
            return Report.of(benchmark(), "events/s", "spend", measures, facts);
        }
    }

    /** With what the spend job has. */
    private static Session session(Broker broker, Workspace workspace) throws Exception {
        Session session = new Session(
                broker.servers(),
                Map.of(
                        "parallelism.default", Integer.toString(BenchCluster.PARALLELISM),
                        "taskmanager.numberOfTaskSlots", Integer.toString(BenchCluster.PARALLELISM),
                        "taskmanager.memory.managed.size", "512m",
                        "io.tmp.dirs", workspace.folder("sql").toString(),
                        "metrics.reporters", "bench",
                        "metrics.reporter.bench.factory.class", RecordCounters.class.getName()));
        session.execute("CREATE TEMPORARY FUNCTION cell_weight AS '" + CellWeight.class.getName() + "'");
        return session;
    }

    /** Sums of all cells, plain and weighted. */
    private static String sql() {
        String dimensions =
                "starting_at, org_id, `user`, team, model, product, repository, mcp_server, skill, terminal, remote";
        return "SELECT COUNT(*), "
                + AMOUNTS.stream().map(amount -> "SUM(" + amount + ")").collect(Collectors.joining(", "))
                + IntStream.range(0, AMOUNTS.size())
                        .mapToObj(i -> ", SUM(" + AMOUNTS.get(i) + " * cell_weight(" + i + ", " + dimensions + "))")
                        .collect(Collectors.joining())
                + " FROM spend";
    }

    private static Measure query(Session session, Truth truth, AtomicLong cells) throws Exception {
        AtomicLong first = new AtomicLong(System.nanoTime());
        double cpuBefore = Cpu.seconds();
        TableResult result = ((Session.Answer.Rows) session.execute(sql())).result();
        Thread watch = new Thread(() -> awaitFirst(first), "first-record");
        watch.start();
        Row row;
        try (CloseableIterator<Row> rows = result.collect()) {
            row = rows.next();
        } finally {
            watch.interrupt();
            watch.join();
        }
        Measure measure =
                new Measure(truth.received(), (System.nanoTime() - first.get()) / 1e9, Cpu.seconds() - cpuBefore);
        check(row, truth);
        cells.set((long) row.getFieldAs(0));
        return measure;
    }

    /** The start of job and consumer is not part of the figure, as it is not for the spend job. */
    private static void awaitFirst(AtomicLong first) {
        try {
            while (RecordCounters.received(SOURCE) == 0) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
            first.set(System.nanoTime());
        } catch (InterruptedException e) {
            // So few that they were never seen: then the start is part of it.
        }
    }

    private static void check(Row row, Truth truth) throws IncorrectException {
        int fields = AMOUNTS.size();
        long[] totals = new long[fields];
        long[] weighted = new long[fields];
        for (int i = 0; i < fields; i++) {
            totals[i] = row.getFieldAs(1 + i);
            weighted[i] = row.getFieldAs(1 + fields + i);
        }
        String difference = Sums.of(totals, weighted).differenceFrom(truth.cells());
        if (difference != null) {
            throw new IncorrectException("sql: " + difference);
        }
    }
}
