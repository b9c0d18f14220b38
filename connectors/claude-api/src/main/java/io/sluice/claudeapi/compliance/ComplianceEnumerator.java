package io.sluice.claudeapi.compliance;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.SimpleVersionedSerialization;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.jspecify.annotations.Nullable;

/** Gives the organization to the one reader that is in use: the budget upstream is of all requests. */
final class ComplianceEnumerator implements SplitEnumerator<ComplianceSplit, ComplianceEnumerator.State> {
    /**
     * What a checkpoint has.
     *
     * @param known organizations that were ever begun
     * @param unassigned those of them that no reader has
     */
    record State(Set<String> known, List<ComplianceSplit> unassigned) {}

    private final SplitEnumeratorContext<ComplianceSplit> context;
    private final Set<String> known;
    private final List<ComplianceSplit> unassigned;

    ComplianceEnumerator(SplitEnumeratorContext<ComplianceSplit> context, State restored, ComplianceSplit fresh) {
        this.context = context;
        known = new TreeSet<>(restored.known());
        unassigned = new ArrayList<>(restored.unassigned());
        if (known.add(fresh.splitId())) {
            unassigned.add(fresh);
        }
    }

    @Override
    public void start() {}

    @Override
    public void handleSplitRequest(int subtaskId, @Nullable String requesterHostname) {}

    @Override
    public void addSplitsBack(List<ComplianceSplit> splits, int subtaskId) {
        unassigned.addAll(splits);
        assign();
    }

    @Override
    public void addReader(int subtaskId) {
        assign();
    }

    private void assign() {
        if (context.registeredReaders().containsKey(0)) {
            unassigned.forEach(split -> context.assignSplit(split, 0));
            unassigned.clear();
        }
    }

    @Override
    public State snapshotState(long checkpointId) {
        return new State(Set.copyOf(known), List.copyOf(unassigned));
    }

    @Override
    public void close() {}

    /** In checkpoints. What a version has written, every later one reads. */
    static final class StateSerializer implements SimpleVersionedSerializer<State> {
        private static final int VERSION = 1;

        private final ComplianceSplitSerializer splits = new ComplianceSplitSerializer();

        @Override
        public int getVersion() {
            return VERSION;
        }

        @Override
        public byte[] serialize(State state) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeInt(state.known().size());
            for (String id : new TreeSet<>(state.known())) {
                out.writeUTF(id);
            }
            out.writeInt(state.unassigned().size());
            for (ComplianceSplit split : state.unassigned()) {
                byte[] encoded = SimpleVersionedSerialization.writeVersionAndSerialize(splits, split);
                out.writeInt(encoded.length);
                out.write(encoded);
            }
            return bytes.toByteArray();
        }

        @Override
        public State deserialize(int version, byte[] serialized) throws IOException {
            if (version != VERSION) {
                throw new IOException("enumerator: version " + version + " (expected: 1 to " + VERSION + ")");
            }
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized));
            Set<String> known = new TreeSet<>();
            for (int i = in.readInt(); i > 0; i--) {
                known.add(in.readUTF());
            }
            List<ComplianceSplit> unassigned = new ArrayList<>();
            for (int i = in.readInt(); i > 0; i--) {
                unassigned.add(
                        SimpleVersionedSerialization.readVersionAndDeSerialize(splits, in.readNBytes(in.readInt())));
            }
            return new State(known, unassigned);
        }
    }
}
