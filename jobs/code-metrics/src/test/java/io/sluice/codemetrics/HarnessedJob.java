package io.sluice.codemetrics;

import io.sluice.core.spend.Id;
import io.sluice.runtime.AfterCheckpointOperator;
import io.sluice.runtime.Bundle;
import io.sluice.runtime.ControlTopic;
import io.sluice.runtime.KeyedValue;
import io.sluice.runtime.StrictEnvironment;
import io.sluice.schema.ActiveUsers;
import io.sluice.schema.CodeMetricRow;
import io.sluice.schema.Codec;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.jspecify.annotations.Nullable;

/**
 * The operators of the job, connected as in {@link CodeMetricsJob#define}, with real state. What it writes goes to a store
 * that, like Elasticsearch, takes a document only with a higher version than it has.
 */
final class HarnessedJob {
    private static final Duration OPEN_AFTER_END = Duration.ofDays(35);
    private static final Tracing TRACING = new Tracing(null, null, 1);
    private static final Duration KNOWN_AFTER_CLOSE = Duration.ofDays(400);
    private static final int KEY_GROUPS = StrictEnvironment.MAX_PARALLELISM;

    /** Documents that outlive the job. */
    static final class Store {
        final Map<String, CodeMetricRow> rows = new HashMap<>();
        final Map<String, ActiveUsers> activeUsers = new HashMap<>();

        void row(KeyedValue value) throws IOException {
            CodeMetricRow row = Codec.of(CodeMetricRow.class).decode(Objects.requireNonNull(value.value()));
            rows.merge(row.getRowId(), row, (old, now) -> now.getVersion() > old.getVersion() ? now : old);
        }

        void people(KeyedValue value) throws IOException {
            ActiveUsers users = Codec.of(ActiveUsers.class).decode(Objects.requireNonNull(value.value()));
            activeUsers.merge(
                    new String(value.key(), StandardCharsets.UTF_8),
                    users,
                    (old, now) -> now.getVersion() > old.getVersion() ? now : old);
        }
    }

    /** All that a checkpoint has. */
    record Checkpoint(Map<String, OperatorSubtaskState> states) {}

    private final Store store;
    private final ControlTopic directory;
    private final long cacheWeight;
    private final int mostExact;
    private final Map<Topic, OneInputStreamOperatorTestHarness<byte[], Bundle>> readers = new HashMap<>();
    private KeyedTwoInputStreamOperatorTestHarness<Id, Bundle, byte[], KeyedValue> sessions;
    private KeyedOneInputStreamOperatorTestHarness<Id, Bundle, KeyedValue> activeUsers;
    private OneInputStreamOperatorTestHarness<KeyedValue, KeyedValue> sessionsTold;
    private OneInputStreamOperatorTestHarness<KeyedValue, KeyedValue> activeUsersTold;
    private long checkpoints;

    HarnessedJob(Store store, ControlTopic directory, long cacheWeight, int mostExact, @Nullable Checkpoint from)
            throws Exception {
        this.store = store;
        this.directory = directory;
        this.cacheWeight = cacheWeight;
        this.mostExact = mostExact;
        for (Topic topic : List.of(Topic.ACTIVITY, Topic.COUNTERS, Topic.USAGE)) {
            readers.put(
                    topic,
                    opened(
                            new OneInputStreamOperatorTestHarness<>(
                                    new FactOperator(topic, OPEN_AFTER_END, TRACING), KEY_GROUPS, 1, 0),
                            null,
                            ""));
        }
        sessions = opened(
                new KeyedTwoInputStreamOperatorTestHarness<>(
                        new SessionOperator(directory, OPEN_AFTER_END, KNOWN_AFTER_CLOSE, cacheWeight, TRACING),
                        Bundle::key,
                        null,
                        TypeInformation.of(Id.class),
                        KEY_GROUPS,
                        1,
                        0),
                from,
                "sessions");
        activeUsers = opened(
                new KeyedOneInputStreamOperatorTestHarness<>(
                        new ActiveUsersOperator(mostExact, OPEN_AFTER_END, KNOWN_AFTER_CLOSE),
                        Bundle::key,
                        TypeInformation.of(Id.class),
                        KEY_GROUPS,
                        1,
                        0),
                from,
                "active-users");
        sessionsTold = opened(
                new OneInputStreamOperatorTestHarness<>(new AfterCheckpointOperator(true), KEY_GROUPS, 1, 0),
                from,
                "sessions-told");
        activeUsersTold = opened(
                new OneInputStreamOperatorTestHarness<>(new AfterCheckpointOperator(true), KEY_GROUPS, 1, 0),
                from,
                "active-users-told");
        sessionsTold.setProcessingTime(1);
        activeUsersTold.setProcessingTime(1);
        write();
    }

    private static <O, H extends AbstractStreamOperatorTestHarness<O>> H opened(
            H harness, @Nullable Checkpoint from, String name) throws Exception {
        OperatorSubtaskState state = from == null ? null : from.states.get(name);
        if (state != null) {
            harness.initializeState(state);
        }
        harness.open();
        return harness;
    }

    /** Crashes, and starts again. */
    HarnessedJob restarted(@Nullable Checkpoint from) throws Exception {
        close();
        return new HarnessedJob(store, directory, cacheWeight, mostExact, from);
    }

    void process(Recorded.Value value) throws Exception {
        OneInputStreamOperatorTestHarness<byte[], Bundle> reader = readers.get(value.topic());
        if (reader == null) {
            throw new IllegalArgumentException(value.topic().topicName());
        }
        reader.processElement(value.bytes(), 0);
    }

    void directory(byte[] version) throws Exception {
        sessions.processElement2(new StreamRecord<>(version));
    }

    void watermark(long millis) throws Exception {
        deliver();
        sessions.processWatermark1(new Watermark(millis));
        sessions.processWatermark2(new Watermark(millis));
    }

    private void deliver() throws Exception {
        for (OneInputStreamOperatorTestHarness<byte[], Bundle> reader : readers.values()) {
            reader.prepareSnapshotPreBarrier(checkpoints);
            for (Bundle bundle : reader.extractOutputValues()) {
                sessions.processElement1(new StreamRecord<>(bundle));
            }
            reader.getOutput().clear();
        }
        var came = sessions.getSideOutput(Tags.PRESENCES);
        if (came != null) {
            for (StreamRecord<Bundle> bundle : came) {
                activeUsers.processElement(bundle.getValue(), 0);
            }
            came.clear();
        }
    }

    /** @param completes and is known to have: else the results have to wait */
    Checkpoint checkpoint(boolean completes) throws Exception {
        checkpoints++;
        deliver();
        sessions.prepareSnapshotPreBarrier(checkpoints);
        deliver();
        hand(sessions, sessionsTold, activeUsers);
        activeUsers.prepareSnapshotPreBarrier(checkpoints);
        hand(activeUsers, activeUsersTold);
        Map<String, OperatorSubtaskState> states = new HashMap<>();
        states.put("sessions", sessions.snapshot(checkpoints, checkpoints));
        states.put("active-users", activeUsers.snapshot(checkpoints, checkpoints));
        states.put("sessions-told", sessionsTold.snapshot(checkpoints, checkpoints));
        states.put("active-users-told", activeUsersTold.snapshot(checkpoints, checkpoints));
        if (completes) {
            sessionsTold.notifyOfCompletedCheckpoint(checkpoints);
            activeUsersTold.notifyOfCompletedCheckpoint(checkpoints);
        }
        write();
        return new Checkpoint(states);
    }

    /** @param watermarksOf what gets the watermarks besides */
    @SafeVarargs
    private static void hand(
            AbstractStreamOperatorTestHarness<KeyedValue> from,
            OneInputStreamOperatorTestHarness<KeyedValue, KeyedValue> to,
            OneInputStreamOperatorTestHarness<Bundle, KeyedValue>... watermarksOf)
            throws Exception {
        List<Object> elements = List.copyOf(from.getOutput());
        from.getOutput().clear();
        for (Object element : elements) {
            if (element instanceof StreamRecord<?> record) {
                to.processElement((KeyedValue) record.getValue(), 0);
            } else if (element instanceof Watermark mark) {
                to.processWatermark(mark);
                for (var each : watermarksOf) {
                    each.processWatermark(mark);
                }
            } else if (element instanceof WatermarkStatus status) {
                to.processWatermarkStatus(status);
                for (var each : watermarksOf) {
                    each.processWatermarkStatus(status);
                }
            } else {
                throw new IllegalStateException("handed on: " + element + " (expected: a record, or of its time)");
            }
        }
    }

    private void write() throws Exception {
        for (KeyedValue value : sessionsTold.extractOutputValues()) {
            store.row(value);
        }
        sessionsTold.getOutput().clear();
        for (KeyedValue value : activeUsersTold.extractOutputValues()) {
            store.people(value);
        }
        activeUsersTold.getOutput().clear();
    }

    int stateEntries() {
        return sessions.numKeyedStateEntries()
                + sessions.numEventTimeTimers()
                + activeUsers.numKeyedStateEntries()
                + activeUsers.numEventTimeTimers();
    }

    void close() throws Exception {
        for (OneInputStreamOperatorTestHarness<byte[], Bundle> reader : readers.values()) {
            reader.close();
        }
        sessions.close();
        activeUsers.close();
        sessionsTold.close();
        activeUsersTold.close();
    }
}
