package io.sluice.spend;

import io.sluice.core.spend.Id;
import io.sluice.core.spend.LedgerChange;
import io.sluice.core.spend.PriceBook;
import io.sluice.core.spend.SessionInput;
import io.sluice.core.spend.Sheet;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.runtime.Bundle;
import io.sluice.runtime.ControlTopic;
import io.sluice.runtime.StrictEnvironment;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.jspecify.annotations.Nullable;

/**
 * The operators of the job, connected as in {@link SpendJob#define}, with real state, driven record by record. What it
 * writes goes to a store that, like Elasticsearch, takes a document only with a higher version than it has.
 */
final class HarnessedJob {
    private static final Duration OPEN_AFTER_END = Duration.ofDays(35);
    private static final int FILTER_BYTES = 1 << 10; // small: it is often mistaken

    /** Documents that outlive the job. */
    static final class Store {
        final Map<String, Sheet.Update> cells = new HashMap<>();
        final Map<String, LedgerRow> ledger = new HashMap<>();
        final Map<String, DocumentWrite> reports = new HashMap<>();

        private void write(Sheet.Update update) {
            cells.merge(update.cell().documentId(), update, (old, now) -> now.version() > old.version() ? now : old);
        }

        private void write(LedgerRow row) {
            ledger.merge(Documents.ledgerId(row), row, (old, now) -> now.version() > old.version() ? now : old);
        }

        private void write(DocumentWrite document) {
            reports.merge(document.id(), document, (old, now) -> now.version() > old.version() ? now : old);
        }
    }

    private final Store store;
    private final Random random;
    private final PriceBook prices = PriceBook.bundled();
    private final Stage<Bundle> usage;
    private final Stage<SessionInput> counters;
    private final Stage<SessionInput> activity;
    private final Stage<Bundle> sessions;
    private final Stage<Bundle> clients;
    private final Stage<Bundle> aliases;
    private final Stage<Bundle> requests;
    private final Instances<Sheet.Update> cube;
    private final Stage<LedgerRow> ledger;
    private final List<Stage<?>> stages;
    private long newestEpoch = System.currentTimeMillis();

    /**
     * @param random decides how long rows linger
     * @param cacheWeight of each cache; small: values come and go
     */
    HarnessedJob(Store store, Random random, long cacheWeight) throws Exception {
        this(store, random, cacheWeight, values -> {});
    }

    /** @param directory what is on the topic when the job starts */
    HarnessedJob(Store store, Random random, long cacheWeight, ControlTopic directory) throws Exception {
        this.store = store;
        this.random = random;
        usage = new Stage<>(() -> reader(new UsageOperator(OPEN_AFTER_END, true)));
        counters = new Stage<>(() -> reader(new ProcessOperator<>(new ReadCounters(OPEN_AFTER_END))));
        activity = new Stage<>(() -> reader(new ProcessOperator<>(new ReadActivity(OPEN_AFTER_END))));
        sessions = new Stage<>(() -> made(() -> new KeyedTwoInputStreamOperatorTestHarness<>(
                new SessionOperator(OPEN_AFTER_END, true, FILTER_BYTES, cacheWeight),
                Bundle::key,
                SessionInput::key,
                TypeInformation.of(Id.class),
                StrictEnvironment.MAX_PARALLELISM,
                1,
                0)));
        clients = new Stage<>(() -> keyed(new ClientAliasOperator(OPEN_AFTER_END, FILTER_BYTES)));
        aliases = new Stage<>(() -> keyed(new AliasOperator(OPEN_AFTER_END, FILTER_BYTES)));
        requests = new Stage<>(() -> keyed(new RequestOperator(OPEN_AFTER_END, FILTER_BYTES)));
        cube = Instances.ofTwoInputs(
                () -> new CubeOperator(directory, OPEN_AFTER_END, Duration.ofMinutes(10), cacheWeight, false));
        ledger = new Stage<>(() -> made(() -> new KeyedOneInputStreamOperatorTestHarness<>(
                new KeyedProcessOperator<>(new LedgerFunction()),
                LedgerChange::scope,
                Types.LONG,
                StrictEnvironment.MAX_PARALLELISM,
                1,
                0)));
        stages = List.of(usage, counters, activity, sessions, clients, aliases, requests, ledger);
    }

    /** A version of the directory comes by the input. */
    void directory(byte[] version) throws Exception {
        cube.control(new Control(Topic.DIRECTORY.topicName(), version));
        deliver(false);
    }

    private interface Making<T> {
        T make() throws Exception;
    }

    private static <T> T made(Making<T> making) {
        try {
            return making.make();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static <I, O> AbstractStreamOperatorTestHarness<O> reader(OneInputStreamOperator<I, O> operator) {
        return made(() -> new OneInputStreamOperatorTestHarness<>(operator, StrictEnvironment.MAX_PARALLELISM, 1, 0));
    }

    private static <O> AbstractStreamOperatorTestHarness<O> keyed(OneInputStreamOperator<Bundle, O> operator) {
        return made(() -> new KeyedOneInputStreamOperatorTestHarness<>(
                operator, Bundle::key, TypeInformation.of(Id.class), StrictEnvironment.MAX_PARALLELISM, 1, 0));
    }

    void process(SpendScenario.Input input) throws Exception {
        switch (input.topic()) {
            case USAGE -> usage.process(input.value());
            case COUNTERS -> counters.process(input.value());
            case ACTIVITY -> activity.process(input.value());
            default -> throw new IllegalArgumentException(input.topic().topicName());
        }
        deliver(false);
    }

    /** Hands on what operators have put out; what lingers in them now and then, or all of it. */
    private void deliver(boolean all) throws Exception {
        for (Stage<?> stage : stages) {
            if (all || random.nextBoolean()) {
                stage.flush();
            }
            if (stage == usage) {
                for (Bundle bundle : usage.take(Tags.SESSIONS)) {
                    sessions.process(bundle);
                }
                for (byte[] report : usage.take(Tags.REPORTS)) {
                    store.write(document(report));
                }
            }
            for (SessionInput input : stage == counters ? counters.take() : List.<SessionInput>of()) {
                sessions.processSecond(input);
            }
            for (SessionInput input : stage == activity ? activity.take() : List.<SessionInput>of()) {
                sessions.processSecond(input);
            }
            for (DocumentWrite document : stage.take(Tags.DOCUMENTS)) {
                store.write(document);
            }
            for (Bundle bundle : stage.take(Tags.CLIENTS)) {
                clients.process(bundle);
            }
            for (Bundle bundle : stage.take(Tags.ALIASES)) {
                aliases.process(bundle);
            }
            for (Bundle bundle : stage.take(Tags.CELLS)) {
                cube.process(bundle);
            }
            if (stage == usage || stage == sessions || stage == clients || stage == aliases) {
                for (Object bundle : stage.take()) {
                    requests.process((Bundle) bundle);
                }
            }
            for (Bundle bundle : stage == requests ? requests.take() : List.<Bundle>of()) {
                cube.process(bundle);
            }
            for (LedgerChange change : stage.take(Tags.LEDGER)) {
                ledger.process(change);
            }
        }
        if (all || random.nextBoolean()) {
            cube.flush();
        }
        cube.take().forEach(store::write);
        ledger.take().forEach(store::write);
    }

    private DocumentWrite document(byte[] report) {
        try {
            return Documents.report(report, null, 1, prices);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** To be called at the end, as for a checkpoint. */
    void settle() throws Exception {
        deliver(true);
    }

    void watermark(long millis) throws Exception {
        deliver(true);
        for (Stage<?> stage : stages) {
            stage.watermark(millis);
        }
        cube.watermark(millis);
        deliver(true);
    }

    int stateEntries() {
        return stages.subList(3, stages.size()).stream()
                        .mapToInt(Stage::stateEntries)
                        .sum()
                + cube.stateEntries();
    }

    List<OperatorSubtaskState> snapshot() throws Exception {
        deliver(true);
        List<OperatorSubtaskState> states = new ArrayList<>();
        for (Stage<?> stage : stages) {
            states.add(stage.snapshot());
        }
        states.add(cube.snapshot());
        return states;
    }

    /** @param states null: from nothing */
    void restore(@Nullable List<OperatorSubtaskState> states) throws Exception {
        restore(states, 1);
    }

    /** @param cubes parallelism of the cube from now on */
    void restore(@Nullable List<OperatorSubtaskState> states, int cubes) throws Exception {
        // Attempts are milliseconds apart in earnest; here an attempt may be over within one.
        newestEpoch = Math.max(newestEpoch + 1, System.currentTimeMillis());
        while (states == null && System.currentTimeMillis() <= newestEpoch) {
            Thread.onSpinWait();
        }
        for (int i = 0; i < stages.size(); i++) {
            stages.get(i).restore(states == null ? null : states.get(i));
        }
        cube.restore(states == null ? null : states.get(stages.size()), cubes);
    }

    void close() throws Exception {
        for (Stage<?> stage : stages) {
            stage.close();
        }
        cube.close();
    }
}
