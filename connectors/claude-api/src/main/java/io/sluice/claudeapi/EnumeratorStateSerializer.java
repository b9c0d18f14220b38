package io.sluice.claudeapi;

import io.sluice.claudeapi.ReportEnumerator.State;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.core.io.SimpleVersionedSerialization;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** The enumerator in checkpoints. What a version has written, every later one reads. */
final class EnumeratorStateSerializer implements SimpleVersionedSerializer<State> {
    private static final int VERSION = 1;

    private final ReportSplitSerializer splits = new ReportSplitSerializer();

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
        for (ReportSplit split : state.unassigned()) {
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
        List<ReportSplit> unassigned = new ArrayList<>();
        for (int i = in.readInt(); i > 0; i--) {
            unassigned.add(SimpleVersionedSerialization.readVersionAndDeSerialize(splits, in.readNBytes(in.readInt())));
        }
        return new State(known, unassigned);
    }
}
