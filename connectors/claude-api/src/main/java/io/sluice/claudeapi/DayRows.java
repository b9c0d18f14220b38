package io.sluice.claudeapi;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.Micros;
import io.sluice.schema.ReportedRow;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rows of one report of one day, as they are read page by page. */
final class DayRows {
    static final String SOURCE = "claude-api";

    /** Reads one row. */
    @FunctionalInterface
    interface Reader {
        void read(JsonNode node, Row row) throws UnreadableRow;
    }

    private final String orgId;
    private final String report;
    private final String adapter;
    private final LocalDate day;
    private final long fetchedAt;
    private @Nullable Long refreshedAt;
    private boolean incomplete;
    private final Map<RowId, ReportedRow> rows = new HashMap<>();
    private final Map<RowId, DeadLetter> letters = new HashMap<>();

    /** @param fetchedAt microseconds since the epoch */
    DayRows(String orgId, String report, String adapter, LocalDate day, long fetchedAt) {
        this.orgId = orgId;
        this.report = report;
        this.adapter = adapter;
        this.day = day;
        this.fetchedAt = fetchedAt;
    }

    /** Of the same day, and empty. */
    DayRows another() {
        DayRows rows = new DayRows(orgId, report, adapter, day, fetchedAt);
        rows.refreshedAt(refreshedAt);
        return rows;
    }

    LocalDate day() {
        return day;
    }

    String adapter() {
        return adapter;
    }

    long fetchedAt() {
        return fetchedAt;
    }

    @Nullable
    Long refreshedAt() {
        return refreshedAt;
    }

    /** Null: upstream does not say. */
    void refreshedAt(@Nullable Long micros) {
        refreshedAt = micros;
    }

    boolean incomplete() {
        return incomplete;
    }

    /** Upstream has left rows out. */
    void setIncomplete() {
        incomplete = true;
    }

    Map<RowId, ReportedRow> rows() {
        return rows;
    }

    Map<RowId, DeadLetter> letters() {
        return letters;
    }

    /** One row of a page: the same row twice is one, a row that cannot be read is a dead letter. */
    void read(JsonNode node, Reader reader) {
        Row row = new Row();
        try {
            reader.read(node, row);
            put(node, row);
        } catch (UnreadableRow e) {
            reject(node, e);
        }
    }

    private void put(JsonNode node, Row row) {
        List<String> identity = new ArrayList<>(List.of(orgId, report, adapter, day.toString()));
        row.dimensions().forEach((name, value) -> {
            identity.add(name);
            identity.add(value);
        });
        RowId id = RowId.of(identity);
        ReportedRow read = row.build(ReportedRow.newBuilder()
                .setOrgId(orgId)
                .setRowId(id.text())
                .setReport(report)
                .setAdapter(adapter)
                .setStartingAt(start(day))
                .setEndingAt(start(day.plusDays(1)))
                .setFetchedAt(fetchedAt)
                .setRefreshedAt(refreshedAt));
        ReportedRow before = rows.put(id, read);
        if (before != null && !before.equals(read)) {
            reject(
                    node,
                    new UnreadableRow(
                            "ambiguous-row", "dimensions", "those of another row", "a row of its own for each"));
        }
    }

    private void reject(JsonNode node, UnreadableRow problem) {
        RowId id = RowId.of(List.of(orgId, report, adapter, day.toString(), "rejected", node.toString()));
        letters.put(
                id,
                DeadLetter.newBuilder()
                        .setOrgId(orgId)
                        .setEventId(id.text())
                        .setReceivedAt(fetchedAt)
                        .setSource(SOURCE)
                        .setReason(problem.reason())
                        .setField(problem.field())
                        .setMessage(problem.getMessage())
                        .setName(adapter)
                        .build());
    }

    static long start(LocalDate day) {
        return Micros.of(day.atStartOfDay(ZoneOffset.UTC).toInstant());
    }
}
