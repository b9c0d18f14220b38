package io.sluice.reported;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.sluice.claudeapi.Reported;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.schema.Codec;
import io.sluice.schema.Index;
import io.sluice.schema.Micros;
import io.sluice.schema.ReportedDay;
import io.sluice.schema.ReportedRow;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Map;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/** Rows and days as documents, by the mappings of {@link Index}. The version is the time of the reading. */
final class Documents implements FlatMapFunction<Reported, DocumentWrite> {
    private static final long serialVersionUID = 1L;

    private static final JsonFactory JSON = new JsonFactory();

    @FunctionalInterface
    private interface Fields {
        void write(JsonGenerator json) throws IOException;
    }

    @Override
    public void flatMap(Reported reported, Collector<DocumentWrite> out) throws IOException {
        switch (reported.kind()) {
            case ROW -> out.collect(row(Codec.of(ReportedRow.class).decode(reported.value())));
            case DAY ->
                out.collect(day(reported.key(), Codec.of(ReportedDay.class).decode(reported.value())));
            case DEAD_LETTER -> {} // the job of the ledger makes the documents of all dead letters
        }
    }

    private static DocumentWrite row(ReportedRow row) {
        return document(Index.REPORTED, row.getRowId(), row.getFetchedAt(), json -> {
            json.writeStringField("org_id", row.getOrgId());
            json.writeStringField("row_id", row.getRowId());
            common(json, row.getReport(), row.getAdapter(), row.getStartingAt(), row.getEndingAt());
            json.writeStringField("fetched_at", time(row.getFetchedAt()));
            time(json, "refreshed_at", row.getRefreshedAt());
            json.writeBooleanField("gone", row.getGone());
            if (row.getGone()) {
                return;
            }
            text(json, "actor", row.getActor());
            text(json, "product", row.getProduct());
            text(json, "model", row.getModel());
            map(json, "dimensions", row.getDimensions());
            number(json, "requests", row.getRequests());
            json.writeNumberField("input_tokens", row.getInputTokens());
            json.writeNumberField("output_tokens", row.getOutputTokens());
            json.writeNumberField("cache_read_tokens", row.getCacheReadTokens());
            json.writeNumberField("cache_creation_tokens", row.getCacheCreationTokens());
            json.writeNumberField("cache_creation_5m_tokens", row.getCacheCreation5mTokens());
            json.writeNumberField("cache_creation_1h_tokens", row.getCacheCreation1hTokens());
            number(json, "total_tokens", row.getTotalTokens());
            json.writeNumberField("web_search_requests", row.getWebSearchRequests());
            number(json, "cost_micros", row.getCostMicros());
            number(json, "list_cost_micros", row.getListCostMicros());
            number(json, "sessions", row.getSessions());
            number(json, "lines_added", row.getLinesAdded());
            number(json, "lines_removed", row.getLinesRemoved());
            number(json, "commits", row.getCommits());
            number(json, "pull_requests", row.getPullRequests());
            number(json, "tool_actions_accepted", row.getToolActionsAccepted());
            number(json, "tool_actions_rejected", row.getToolActionsRejected());
            map(json, "counts", row.getCounts());
            map(json, "attributes", row.getAttributes());
        });
    }

    private static DocumentWrite day(String id, ReportedDay day) {
        return document(Index.REPORTED_DAYS, id, day.getFetchedAt(), json -> {
            json.writeStringField("org_id", day.getOrgId());
            common(json, day.getReport(), day.getAdapter(), day.getStartingAt(), day.getEndingAt());
            json.writeStringField("fetched_at", time(day.getFetchedAt()));
            time(json, "refreshed_at", day.getRefreshedAt());
            json.writeStringField("first_fetched_at", time(day.getFirstFetchedAt()));
            json.writeNumberField("rows", day.getRows());
            json.writeNumberField("rejected", day.getRejected());
            number(json, "cost_micros", day.getCostMicros());
            number(json, "list_cost_micros", day.getListCostMicros());
            number(json, "first_cost_micros", day.getFirstCostMicros());
            number(json, "first_list_cost_micros", day.getFirstListCostMicros());
            json.writeBooleanField("incomplete", day.getIncomplete());
        });
    }

    private static void common(JsonGenerator json, String report, String adapter, long start, long end)
            throws IOException {
        json.writeStringField("report", report);
        json.writeStringField("adapter", adapter);
        json.writeStringField("starting_at", time(start));
        json.writeStringField("ending_at", time(end));
    }

    private static String time(long micros) {
        return Micros.toInstant(micros).toString();
    }

    private static void time(JsonGenerator json, String field, @Nullable Long micros) throws IOException {
        if (micros != null) {
            json.writeStringField(field, time(micros));
        }
    }

    private static void text(JsonGenerator json, String field, @Nullable String value) throws IOException {
        if (value != null) {
            json.writeStringField(field, value);
        }
    }

    private static void number(JsonGenerator json, String field, @Nullable Long value) throws IOException {
        if (value != null) {
            json.writeNumberField(field, value);
        }
    }

    private static void map(JsonGenerator json, String field, Map<String, ?> values) throws IOException {
        json.writeObjectFieldStart(field);
        for (Map.Entry<String, ?> entry : values.entrySet()) {
            if (entry.getValue() instanceof Long number) {
                json.writeNumberField(entry.getKey(), number);
            } else {
                json.writeStringField(entry.getKey(), String.valueOf(entry.getValue()));
            }
        }
        json.writeEndObject();
    }

    private static DocumentWrite document(Index index, String id, long version, Fields fields) {
        StringWriter text = new StringWriter(512);
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            fields.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new DocumentWrite(index.indexName(), id, version, text.toString());
    }
}
