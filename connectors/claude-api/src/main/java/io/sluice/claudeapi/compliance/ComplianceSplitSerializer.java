package io.sluice.claudeapi.compliance;

import io.sluice.claudeapi.RowId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.jspecify.annotations.Nullable;

/** Splits in checkpoints. What a version has written, every later one reads. */
final class ComplianceSplitSerializer implements SimpleVersionedSerializer<ComplianceSplit> {
    private static final int VERSION = 2;

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    public byte[] serialize(ComplianceSplit split) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        write(out, split.orgId);
        write(out, split.activities);
        write(out, split.chats);
        write(out, split.projects);
        writeTimes(out, split.knownActivities);
        out.writeInt(split.knownChats.all().size());
        for (Map.Entry<RowId, ChatMark> entry : split.knownChats.all().entrySet()) {
            out.writeLong(entry.getKey().high());
            out.writeLong(entry.getKey().low());
            out.writeLong(entry.getValue().updatedAt());
            out.writeLong(entry.getValue().readAt());
            out.writeLong(entry.getValue().about());
            out.writeLong(entry.getValue().newest());
        }
        out.writeLong(split.chatsForgottenUntil);
        writeTimes(out, split.knownDocuments);
        write(out, split.urgentChats);
        write(out, split.otherChats);
        write(out, split.pendingProjects);
        writeTimes(out, split.knownFiles);
        write(out, split.filesOfChats);
        write(out, split.filesOfProjects);
        write(out, split.directory);
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, @Nullable String text) throws IOException {
        if (text == null) {
            out.writeInt(-1);
            return;
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static void write(DataOutputStream out, Walk[] walks) throws IOException {
        out.writeInt(walks.length);
        for (Walk walk : walks) {
            out.writeLong(walk.reached);
            out.writeLong(walk.from);
            out.writeLong(walk.to);
            write(out, walk.cursor);
            out.writeBoolean(walk.running);
            out.writeLong(walk.nextAt);
        }
    }

    private static void writeTimes(DataOutputStream out, Known<Long> known) throws IOException {
        out.writeInt(known.all().size());
        for (Map.Entry<RowId, Long> entry : known.all().entrySet()) {
            out.writeLong(entry.getKey().high());
            out.writeLong(entry.getKey().low());
            out.writeLong(entry.getValue());
        }
    }

    private static void write(DataOutputStream out, LinkedHashMap<String, Task> tasks) throws IOException {
        out.writeInt(tasks.size());
        for (Task task : tasks.values()) {
            write(out, task.id);
            out.writeLong(task.since);
            out.writeLong(task.updatedAt);
            out.writeLong(task.begunAt);
            write(out, task.cursor);
            out.writeLong(task.newest);
            out.writeInt(task.limit);
            out.writeLong(task.notBefore);
            out.writeInt(task.failures);
        }
    }

    private static void write(DataOutputStream out, KnownDirectory directory) throws IOException {
        out.writeLong(directory.newest);
        out.writeInt(directory.all().size());
        for (Map.Entry<DirectoryList, LinkedHashMap<String, Long>> list :
                directory.all().entrySet()) {
            write(out, list.getKey());
            out.writeInt(list.getValue().size());
            for (String id : list.getValue().keySet()) {
                write(out, id);
            }
        }
    }

    private static void write(DataOutputStream out, DirectoryList list) throws IOException {
        write(out, list.kind().text());
        write(out, list.parent());
        write(out, list.organization());
    }

    @Override
    public ComplianceSplit deserialize(int version, byte[] serialized) throws IOException {
        if (version < 1 || version > VERSION) {
            throw new IOException("split: version " + version + " (expected: 1 to " + VERSION + ")");
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized));
        ComplianceSplit split = new ComplianceSplit(String.valueOf(text(in)), walks(in), walks(in), walks(in));
        readTimes(in, split.knownActivities);
        for (int i = in.readInt(); i > 0; i--) {
            RowId id = new RowId(in.readLong(), in.readLong());
            ChatMark unused =
                    split.knownChats.put(id, new ChatMark(in.readLong(), in.readLong(), in.readLong(), in.readLong()));
        }
        split.chatsForgottenUntil = in.readLong();
        readTimes(in, split.knownDocuments);
        readTasks(in, split.urgentChats);
        readTasks(in, split.otherChats);
        readTasks(in, split.pendingProjects);
        if (version > 1) {
            readTimes(in, split.knownFiles);
            readTasks(in, split.filesOfChats);
            readTasks(in, split.filesOfProjects);
            read(in, split.directory);
        }
        return split;
    }

    private static @Nullable String text(DataInputStream in) throws IOException {
        int length = in.readInt();
        return length < 0 ? null : new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    private static Walk[] walks(DataInputStream in) throws IOException {
        Walk[] walks = new Walk[in.readInt()];
        for (int i = 0; i < walks.length; i++) {
            Walk walk = Walk.from(in.readLong(), 0);
            walk.from = in.readLong();
            walk.to = in.readLong();
            walk.cursor = text(in);
            walk.running = in.readBoolean();
            walk.nextAt = in.readLong();
            walks[i] = walk;
        }
        return walks;
    }

    private static void readTimes(DataInputStream in, Known<Long> known) throws IOException {
        for (int i = in.readInt(); i > 0; i--) {
            RowId id = new RowId(in.readLong(), in.readLong());
            Long unused = known.put(id, in.readLong());
        }
    }

    private static void read(DataInputStream in, KnownDirectory directory) throws IOException {
        directory.newest = in.readLong();
        for (int lists = in.readInt(); lists > 0; lists--) {
            DirectoryList list = list(in);
            for (int entries = in.readInt(); entries > 0; entries--) {
                directory.put(list, String.valueOf(text(in)), KnownDirectory.UNKNOWN);
            }
        }
    }

    private static DirectoryList list(DataInputStream in) throws IOException {
        DirectoryList.Kind kind =
                DirectoryList.Kind.valueOf(String.valueOf(text(in)).toUpperCase(Locale.ROOT));
        return new DirectoryList(kind, text(in), text(in));
    }

    private static void readTasks(DataInputStream in, LinkedHashMap<String, Task> tasks) throws IOException {
        for (int i = in.readInt(); i > 0; i--) {
            String id = String.valueOf(text(in));
            long since = in.readLong();
            long updatedAt = in.readLong();
            long begunAt = in.readLong();
            String cursor = text(in);
            long newest = in.readLong();
            Task task = new Task(id, in.readInt());
            task.since = since;
            task.updatedAt = updatedAt;
            task.begunAt = begunAt;
            task.cursor = cursor;
            task.newest = newest;
            task.notBefore = in.readLong();
            task.failures = in.readInt();
            tasks.put(id, task);
        }
    }
}
