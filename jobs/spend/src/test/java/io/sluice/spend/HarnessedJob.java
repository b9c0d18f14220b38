package io.sluice.spend;

import io.sluice.core.spend.Alias;
import io.sluice.core.spend.Contribution;
import io.sluice.core.spend.LedgerChange;
import io.sluice.core.spend.RequestMessage;
import io.sluice.core.spend.SessionInput;
import io.sluice.schema.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.util.OutputTag;

/**
 * The functions of the job, connected as in {@link SpendJob#define}, with real state, driven record by record. What it
 * writes goes to a store that, like Elasticsearch, takes a document only with a higher version than it has.
 */
final class HarnessedJob {
    private static final Duration OPEN_AFTER_END = Duration.ofDays(35);

    /** Documents that outlive the job. */
    static final class Store {
        final Map<String, CellUpdate> cells = new HashMap<>();
        final Map<String, LedgerRow> ledger = new HashMap<>();

        private void write(CellUpdate update) {
            cells.merge(
                    Documents.cellId(update.cell()), update, (old, now) -> now.version() > old.version() ? now : old);
        }

        private void write(LedgerRow row) {
            ledger.merge(Documents.ledgerId(row), row, (old, now) -> now.version() > old.version() ? now : old);
        }
    }

    private final Store store;
    private final OneInputStreamOperatorTestHarness<byte[], RequestMessage> usage =
            new OneInputStreamOperatorTestHarness<>(new ProcessOperator<>(new ReadUsage(OPEN_AFTER_END)));
    private final OneInputStreamOperatorTestHarness<byte[], Once> counters =
            new OneInputStreamOperatorTestHarness<>(new ProcessOperator<>(new ReadCounters(OPEN_AFTER_END)));
    private final OneInputStreamOperatorTestHarness<byte[], Once> activity =
            new OneInputStreamOperatorTestHarness<>(new ProcessOperator<>(new ReadActivity(OPEN_AFTER_END)));
    private final Stage<Once, SessionInput> once = new Stage<>(OnceFunction::new, Once::key);
    private final Stage<SessionInput, RequestMessage> sessions =
            new Stage<>(() -> new SessionFunction(OPEN_AFTER_END), SessionInput::key);
    private final Stage<Alias.Message, RequestMessage> aliases = new Stage<>(AliasFunction::new, Alias.Message::key);
    private final Stage<RequestMessage, Contribution> requests =
            new Stage<>(RequestFunction::new, RequestMessage::identity);
    private final Stage<Contribution, CellUpdate> cube =
            new Stage<>(() -> new CubeFunction(OPEN_AFTER_END), contribution -> Documents.cellId(contribution.cell()));
    private final Stage<LedgerChange, LedgerRow> ledger =
            new Stage<>(LedgerFunction::new, change -> change.source() + change.hour());
    private final List<Stage<?, ?>> stages = List.of(once, sessions, aliases, requests, cube, ledger);

    HarnessedJob(Store store) throws Exception {
        this.store = store;
        usage.open();
        counters.open();
        activity.open();
    }

    void process(SpendScenario.Input input) throws Exception {
        if (input.topic() == Topic.USAGE) {
            for (RequestMessage message : read(usage, input.value())) {
                request(message);
            }
            for (Alias.Message message : side(usage, Tags.ALIASES)) {
                alias(message);
            }
            for (SessionInput session : side(usage, Tags.SESSIONS)) {
                session(session);
            }
            ledger(side(usage, Tags.LEDGER));
        } else {
            var reader = input.topic() == Topic.COUNTERS ? counters : activity;
            for (Once record : read(reader, input.value())) {
                for (SessionInput session : once.process(record)) {
                    session(session);
                }
            }
            ledger(side(reader, Tags.LEDGER));
            ledger(once.side(Tags.LEDGER));
        }
    }

    private void session(SessionInput input) throws Exception {
        for (RequestMessage message : sessions.process(input)) {
            request(message);
        }
        for (Alias.Message message : sessions.side(Tags.ALIASES)) {
            alias(message);
        }
        for (Contribution contribution : sessions.side(Tags.CONTRIBUTIONS)) {
            contribute(contribution);
        }
        ledger(sessions.side(Tags.LEDGER));
    }

    private void alias(Alias.Message message) throws Exception {
        for (RequestMessage request : aliases.process(message)) {
            request(request);
        }
    }

    private void request(RequestMessage message) throws Exception {
        for (Contribution contribution : requests.process(message)) {
            contribute(contribution);
        }
        requests.side(Tags.DOCUMENTS);
        ledger(requests.side(Tags.LEDGER));
    }

    private void contribute(Contribution contribution) throws Exception {
        Contribution settled = contribution.settled(OPEN_AFTER_END);
        if (settled != null) {
            cube.process(settled).forEach(store::write);
        }
    }

    private void ledger(List<LedgerChange> changes) throws Exception {
        for (LedgerChange change : changes) {
            ledger.process(change).forEach(store::write);
        }
    }

    private static <O> List<O> read(OneInputStreamOperatorTestHarness<byte[], O> reader, byte[] value)
            throws Exception {
        reader.processElement(new StreamRecord<>(value));
        List<O> out = new ArrayList<>(reader.extractOutputValues());
        reader.getOutput().clear();
        return out;
    }

    private static <T> List<T> side(OneInputStreamOperatorTestHarness<?, ?> reader, OutputTag<T> tag) {
        var queue = reader.getSideOutput(tag);
        List<T> out = new ArrayList<>();
        if (queue != null) {
            queue.forEach(record -> out.add(record.getValue()));
            queue.clear();
        }
        return out;
    }

    void watermark(long millis) throws Exception {
        for (Stage<?, ?> stage : stages) {
            stage.watermark(millis);
        }
    }

    int stateEntries() {
        return stages.stream().mapToInt(Stage::stateEntries).sum();
    }

    List<OperatorSubtaskState> snapshot() throws Exception {
        List<OperatorSubtaskState> states = new ArrayList<>();
        for (Stage<?, ?> stage : stages) {
            states.add(stage.snapshot());
        }
        return states;
    }

    void restore(List<OperatorSubtaskState> states) throws Exception {
        for (int i = 0; i < states.size(); i++) {
            stages.get(i).restore(states.get(i));
        }
    }

    void close() throws Exception {
        usage.close();
        counters.close();
        activity.close();
        for (Stage<?, ?> stage : stages) {
            stage.close();
        }
    }
}
