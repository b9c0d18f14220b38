package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Groups of sums as Elasticsearch answers them. */
final class ExportFigures {
    private final List<JsonNode> cells = new ArrayList<>();
    private final List<JsonNode> rows = new ArrayList<>();
    private final List<JsonNode> errors = new ArrayList<>();
    private final List<JsonNode> records = new ArrayList<>();
    private final ArrayNode people = RunningServer.JSON.createArrayNode();

    private static ObjectNode group(String field, @Nullable String key) {
        ObjectNode group = RunningServer.JSON.createObjectNode();
        group.putObject("key").put(field, key);
        return group;
    }

    private static ObjectNode with(ObjectNode group, String field, double value) {
        group.putObject(field).put("value", value);
        return group;
    }

    ExportFigures cell(@Nullable String team, @Nullable String model, long micros) {
        ObjectNode cell = group("team", team);
        ((ObjectNode) cell.path("key")).put("model", model);
        with(cell, "spend_micros", micros);
        with(cell, "input_tokens", 1);
        with(cell, "output_tokens", 2);
        with(cell, "cache_read_tokens", 4);
        cells.add(with(cell, "cache_creation_tokens", 8));
        return this;
    }

    ExportFigures row(@Nullable String tool, String measure, double value) {
        rows.add(with(group("tool", tool), measure, value));
        return this;
    }

    ExportFigures error(@Nullable String status, double value) {
        errors.add(with(group("status", status), "api_errors", value));
        return this;
    }

    ExportFigures records(String source, String outcome, double value) {
        records.add(with(group("source", source), outcome, value));
        return this;
    }

    ExportFigures people(String period, String startingAt, long users) {
        people.addObject()
                .putObject("_source")
                .put("period", period)
                .put("starting_at", startingAt)
                .put("users", users);
        return this;
    }

    List<JsonNode> cells() {
        return cells;
    }

    ExportQuestions.Answers answers() {
        return new ExportQuestions.Answers(cells, rows, errors, records, people);
    }
}
