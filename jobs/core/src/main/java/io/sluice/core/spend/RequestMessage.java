package io.sluice.core.spend;

/**
 * What happens to a report at one request.
 *
 * @param receivedAtMicros when the record came that made this happen
 */
public record RequestMessage(Id request, Kind kind, Report report, long receivedAtMicros) {
    public enum Kind {
        /** A record arrived. */
        RECORD,
        /** The same report, better known (its user): takes the place of the earlier one, and is no record. */
        CORRECTION,
        /** The report belongs to another request: as if it had never been here. */
        WITHDRAWAL
    }

    private static final Kind[] KINDS = Kind.values();

    /** As a row: request, kind, receivedAtMicros; the report; its dimensions. */
    public void write(RowWriter row) {
        putHead(row, request, kind, receivedAtMicros);
        report.write(row);
        byte[] dimensions = report.cell().encoded();
        if (dimensions == null) {
            row.putVarlong(0);
        } else {
            row.putBlock(dimensions);
        }
    }

    public static void putHead(RowWriter row, Id request, Kind kind, long receivedAtMicros) {
        row.putId(request);
        row.putByte(kind.ordinal());
        row.putLong(receivedAtMicros);
    }

    public static RequestMessage read(RowReader row) {
        Id request = row.readId();
        Kind kind = kind(row.readByte());
        long receivedAt = row.readLong();
        Report report = Report.read(row);
        byte[] dimensions = row.readBlock();
        return new RequestMessage(
                request, kind, dimensions.length == 0 ? report : report.withDimensions(dimensions), receivedAt);
    }

    public static Kind kind(int ordinal) {
        return KINDS[ordinal];
    }
}
