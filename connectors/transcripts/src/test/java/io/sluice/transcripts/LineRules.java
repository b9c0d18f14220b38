package io.sluice.transcripts;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The rules of the widely used tool, written a second time and differently: line by line over all files in the order of
 * their paths, each line either new or a copy of a known one.
 */
final class LineRules {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<Entry> entries = new ArrayList<>();
    /** Positions of entries by message id. */
    private final Map<String, List<Integer>> known = new HashMap<>();

    private record Entry(
            String message, String request, boolean side, boolean speed, Instant at, String model, Tokens tokens) {
        boolean isCopyOf(Entry other) {
            return message.equals(other.message) && request.equals(other.request);
        }
    }

    static Map<DayModel, Tokens> totals(SortedMap<String, byte[]> files) {
        LineRules rules = new LineRules();
        files.values()
                .forEach(bytes ->
                        new String(bytes, StandardCharsets.UTF_8).lines().forEach(rules::line));
        Map<DayModel, Tokens> totals = new TreeMap<>(Comparator.comparing(DayModel::toString));
        for (Entry entry : rules.entries) {
            if (!entry.model.startsWith("<synthetic>")) {
                totals.merge(
                        new DayModel(entry.at.toString().substring(0, 10), entry.model), entry.tokens, Tokens::plus);
            }
        }
        return totals;
    }

    private void line(String text) {
        JsonNode line;
        try {
            line = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            return;
        }
        JsonNode reported = line.path("type").asText().equals("progress")
                ? line.path("data").path("message")
                : line;
        JsonNode message = reported.path("message");
        JsonNode usage = message.path("usage");
        if (!usage.isObject()) {
            return;
        }
        String session = line.path("sessionId").asText();
        String id = message.path("id").asText();
        add(reported, session, id, message.path("model").asText(), usage);
        int advisor = 0;
        for (JsonNode iteration : usage.path("iterations")) {
            if (iteration.path("type").asText().equals("advisor_message")) {
                add(
                        reported,
                        session,
                        id.isEmpty() ? "" : id + ":advisor:" + advisor++,
                        iteration.path("model").asText(),
                        iteration);
            }
        }
    }

    private void add(JsonNode line, String session, String message, String model, JsonNode usage) {
        JsonNode split = usage.path("cache_creation");
        Tokens tokens = new Tokens(
                usage.path("input_tokens").asLong(),
                usage.path("output_tokens").asLong(),
                usage.path("cache_read_input_tokens").asLong(),
                split.isObject()
                        ? split.path("ephemeral_5m_input_tokens").asLong()
                                + split.path("ephemeral_1h_input_tokens").asLong()
                        : usage.path("cache_creation_input_tokens").asLong());
        String request = line.path("requestId").asText();
        if (request.isEmpty() && !message.startsWith("msg_")) {
            // No id to rely on: session and time stand in.
            request = session + line.path("timestamp").asText();
        }
        Entry entry = new Entry(
                message,
                request,
                line.path("isSidechain").asBoolean(),
                usage.has("speed"),
                Instant.parse(line.path("timestamp").asText()),
                usage.path("speed").asText().equals("fast") ? model + "-fast" : model,
                tokens);
        int copy = message.isEmpty() ? -1 : find(entry);
        if (copy < 0) {
            known.computeIfAbsent(message, id -> new ArrayList<>()).add(entries.size());
            entries.add(entry);
        } else if (better(entry, entries.get(copy))) {
            entries.set(copy, entry);
        }
    }

    private int find(Entry entry) {
        List<Integer> sameMessage = known.getOrDefault(entry.message, List.of());
        for (int i : sameMessage) {
            if (entry.isCopyOf(entries.get(i))) {
                return i;
            }
        }
        for (int i : sameMessage) {
            if (entry.side || entries.get(i).side) {
                return i;
            }
        }
        return -1;
    }

    private static boolean better(Entry entry, Entry known) {
        if (entry.side != known.side) {
            return known.side;
        }
        if (entry.tokens.total() != known.tokens.total()) {
            return entry.tokens.total() > known.tokens.total();
        }
        return entry.speed && !known.speed;
    }
}
