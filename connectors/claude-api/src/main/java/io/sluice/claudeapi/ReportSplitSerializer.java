package io.sluice.claudeapi;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.LocalDate;
import java.util.Locale;
import java.util.Map;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.jspecify.annotations.Nullable;

/** Splits in checkpoints. What a version has written, every later one reads. */
final class ReportSplitSerializer implements SimpleVersionedSerializer<ReportSplit> {
    private static final int VERSION = 1;

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    public byte[] serialize(ReportSplit split) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeUTF(split.orgId());
        out.writeUTF(split.report().text());
        out.writeLong(split.next.toEpochDay());
        out.writeLong(split.newestReadAt);
        out.writeInt(split.days.size());
        for (Map.Entry<LocalDate, DayState> entry : split.days.entrySet()) {
            out.writeLong(entry.getKey().toEpochDay());
            DayState day = entry.getValue();
            out.writeLong(day.firstReadAt);
            out.writeLong(day.readAt);
            writeNullable(out, day.firstCost);
            writeNullable(out, day.firstListCost);
            out.writeInt(day.known.size());
            for (Map.Entry<RowId, Long> row : day.known.entrySet()) {
                out.writeLong(row.getKey().high());
                out.writeLong(row.getKey().low());
                out.writeLong(row.getValue());
            }
        }
        return bytes.toByteArray();
    }

    @Override
    public ReportSplit deserialize(int version, byte[] serialized) throws IOException {
        if (version != VERSION) {
            throw new IOException("split: version " + version + " (expected: 1 to " + VERSION + ")");
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized));
        String orgId = in.readUTF();
        Report report = Report.valueOf(in.readUTF().toUpperCase(Locale.ROOT));
        ReportSplit split = new ReportSplit(orgId, report, LocalDate.ofEpochDay(in.readLong()));
        split.newestReadAt = in.readLong();
        int days = in.readInt();
        for (int i = 0; i < days; i++) {
            DayState day = new DayState();
            split.days.put(LocalDate.ofEpochDay(in.readLong()), day);
            day.firstReadAt = in.readLong();
            day.readAt = in.readLong();
            day.firstCost = readNullable(in);
            day.firstListCost = readNullable(in);
            int rows = in.readInt();
            for (int row = 0; row < rows; row++) {
                RowId id = new RowId(in.readLong(), in.readLong());
                day.known.put(id, in.readLong());
            }
        }
        return split;
    }

    private static void writeNullable(DataOutputStream out, @Nullable Long value) throws IOException {
        out.writeBoolean(value != null);
        if (value != null) {
            out.writeLong(value);
        }
    }

    private static @Nullable Long readNullable(DataInputStream in) throws IOException {
        return in.readBoolean() ? Long.valueOf(in.readLong()) : null;
    }
}
