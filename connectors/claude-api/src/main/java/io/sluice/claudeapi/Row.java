package io.sluice.claudeapi;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.schema.ReportedRow;
import io.sluice.schema.Texts;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One row as it is read. What upstream adds one day is kept: an unknown text is a dimension, an unknown whole number a
 * count, anything else an attribute.
 */
final class Row {
    private static final int LONGEST_TEXT = 4096;
    private static final String CREATION = "cache_creation";

    final ReportedRow.Builder to = ReportedRow.newBuilder();
    private final SortedMap<String, String> dimensions = new TreeMap<>();
    // In order, so that the same content has the same bytes.
    private final Map<String, Long> counts = new TreeMap<>();
    private final Map<String, String> attributes = new TreeMap<>();

    SortedMap<String, String> dimensions() {
        return dimensions;
    }

    /** @param from with the fields that every row has */
    ReportedRow build(ReportedRow.Builder from) {
        return to.setOrgId(from.getOrgId())
                .setRowId(from.getRowId())
                .setReport(from.getReport())
                .setAdapter(from.getAdapter())
                .setStartingAt(from.getStartingAt())
                .setEndingAt(from.getEndingAt())
                .setFetchedAt(from.getFetchedAt())
                .setRefreshedAt(from.getRefreshedAt())
                .setProduct(dimensions.get("product"))
                .setModel(dimensions.get("model"))
                .setDimensions(dimensions)
                .setCounts(counts)
                .setAttributes(attributes)
                .build();
    }

    void dimension(String name, String value) {
        dimensions.put(name, Texts.cut(Texts.wellFormed(value), LONGEST_TEXT));
    }

    void attribute(String name, JsonNode value) {
        String text = value.isValueNode() ? value.asText() : value.toString();
        attributes.put(name, Texts.cut(Texts.wellFormed(text), LONGEST_TEXT));
    }

    void count(String name, long value) {
        counts.put(name, value);
    }

    /** @param name null and absent: nobody in particular */
    void actor(@Nullable String name) {
        if (name != null && to.getActor() == null) {
            String text = Texts.cut(Texts.wellFormed(name), LONGEST_TEXT);
            to.setActor(text.indexOf('@') > 0 ? text.toLowerCase(Locale.ROOT) : text);
        }
    }

    /** The figures of a usage or cost report. */
    void measuresOf(ReportedRow row) {
        to.setRequests(row.getRequests())
                .setInputTokens(row.getInputTokens())
                .setOutputTokens(row.getOutputTokens())
                .setCacheReadTokens(row.getCacheReadTokens())
                .setCacheCreationTokens(row.getCacheCreationTokens())
                .setCacheCreation5mTokens(row.getCacheCreation5mTokens())
                .setCacheCreation1hTokens(row.getCacheCreation1hTokens())
                .setTotalTokens(row.getTotalTokens())
                .setWebSearchRequests(row.getWebSearchRequests())
                .setCostMicros(row.getCostMicros())
                .setListCostMicros(row.getListCostMicros());
    }

    /** A row of a usage or cost report, whatever the generation: only the names that it uses differ. */
    void usageOrCost(JsonNode node, LocalDate day) throws UnreadableRow {
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            member(field.getKey(), field.getValue(), day);
        }
        actor(dimensions.get("account_id"));
        actor(dimensions.get("service_account_id"));
        actor(dimensions.get("api_key_id"));
    }

    private void member(String name, JsonNode value, LocalDate day) throws UnreadableRow {
        if (value.isNull()) {
            return;
        }
        switch (name) {
            case "starting_at" -> requireDay(name, value, day);
            case "ending_at" -> {}
            case "actor" -> actor(value);
            case "group", "usage", "cost" -> {
                for (Map.Entry<String, JsonNode> field : value.properties()) {
                    member(field.getKey(), field.getValue(), day);
                }
            }
            case "amount" -> to.setCostMicros(Amount.micros(name, value));
            case "list_amount" -> to.setListCostMicros(Amount.micros(name, value));
            case "currency" -> requireDollars(name, value);
            case "requests" -> to.setRequests(whole(name, value));
            case "uncached_input_tokens" -> to.setInputTokens(whole(name, value));
            case "output_tokens" -> to.setOutputTokens(whole(name, value));
            case "cache_read_input_tokens" -> to.setCacheReadTokens(whole(name, value));
            case "total_tokens" -> to.setTotalTokens(whole(name, value));
            case CREATION -> cacheCreation(value);
            case "server_tool_use" -> serverTools(value);
            default -> other(name, value);
        }
    }

    private void cacheCreation(JsonNode value) throws UnreadableRow {
        long fiveMinutes = member(value, CREATION, "ephemeral_5m_input_tokens");
        long oneHour = member(value, CREATION, "ephemeral_1h_input_tokens");
        to.setCacheCreation5mTokens(fiveMinutes)
                .setCacheCreation1hTokens(oneHour)
                .setCacheCreationTokens(Math.addExact(fiveMinutes, oneHour));
    }

    private void serverTools(JsonNode value) throws UnreadableRow {
        for (Map.Entry<String, JsonNode> field : value.properties()) {
            String name = "server_tool_use." + field.getKey();
            if (field.getKey().equals("web_search_requests")) {
                to.setWebSearchRequests(whole(name, field.getValue()));
            } else {
                other(name, field.getValue());
            }
        }
    }

    private void other(String name, JsonNode value) throws UnreadableRow {
        if (value.isTextual() || value.isBoolean()) {
            dimension(name, value.asText());
        } else if (value.isIntegralNumber()) {
            count(name, whole(name, value));
        } else if (!value.isNull()) {
            attribute(name, value);
        }
    }

    /** Who: by text, or an object whose ids tell people apart and whose names do not. */
    void actor(JsonNode value) throws UnreadableRow {
        if (value.isTextual()) {
            dimension("actor", value.asText());
            actor(value.asText());
            return;
        }
        if (!value.isObject()) {
            throw new UnreadableRow("wrong-shape", "actor", Amount.shape(value), "an object or text");
        }
        String id = null;
        String email = null;
        for (Map.Entry<String, JsonNode> field : value.properties()) {
            String name = "actor." + field.getKey();
            if (field.getValue().isNull()) {
                continue;
            }
            switch (field.getKey()) {
                case "user_id", "id", "api_key_id" -> {
                    id = field.getValue().asText();
                    dimension("actor.id", id);
                }
                case "api_key_name" -> {
                    id = field.getValue().asText();
                    dimension(name, id);
                }
                case "email", "email_address" ->
                    email = field.getValue().asText().toLowerCase(Locale.ROOT);
                case "type" -> dimension(name, field.getValue().asText());
                default -> attribute(name, field.getValue());
            }
        }
        if (id == null && email == null) {
            throw new UnreadableRow("missing-field", "actor", "without id, e-mail and key name", "one of them");
        }
        if (email != null) {
            if (id == null) {
                dimension("actor.email", email);
            } else {
                attributes.put("actor.email", email);
            }
        }
        actor(email == null ? id : email);
    }

    static void requireDay(String name, JsonNode value, LocalDate day) throws UnreadableRow {
        try {
            String text = value.asText();
            LocalDate start = text.length() == "2026-01-01".length()
                    ? LocalDate.parse(text)
                    : OffsetDateTime.parse(text)
                            .withOffsetSameInstant(ZoneOffset.UTC)
                            .toLocalDate();
            if (start.equals(day)) {
                return;
            }
        } catch (DateTimeException e) {
            throw new UnreadableRow("wrong-shape", name, Amount.shape(value), "a time");
        }
        throw new UnreadableRow("number-out-of-range", name, "another day", "the day that was asked for");
    }

    static void requireDollars(String name, JsonNode value) throws UnreadableRow {
        if (!value.asText().equals("USD")) {
            throw new UnreadableRow("unknown-value", name, Amount.shape(value), "USD");
        }
    }

    /** Absent and null are 0. */
    static long member(JsonNode node, String path, String name) throws UnreadableRow {
        JsonNode value = node.path(name);
        return value.isMissingNode() || value.isNull() ? 0 : whole(path + "." + name, value);
    }

    static long whole(String name, JsonNode value) throws UnreadableRow {
        if (!value.isIntegralNumber() && !(value.isNumber() && hasNoFraction(value))) {
            throw new UnreadableRow("wrong-shape", name, Amount.shape(value), "a whole number");
        }
        // Sums over a day of all rows have to stay within 64 bits.
        if (!value.canConvertToLong() || value.longValue() < 0 || value.longValue() > Long.MAX_VALUE / 1_000_000) {
            throw new UnreadableRow("number-out-of-range", name, "a number", "0 to " + Long.MAX_VALUE / 1_000_000);
        }
        return value.longValue();
    }

    private static boolean hasNoFraction(JsonNode value) {
        return value.canConvertToLong()
                && value.decimalValue().stripTrailingZeros().scale() <= 0;
    }
}
