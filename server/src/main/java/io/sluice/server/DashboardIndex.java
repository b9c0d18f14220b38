package io.sluice.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.schema.Index;
import java.util.Arrays;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What dashboards may ask, by the name that they ask for. Labels are named one by one, so that a new field of an index is
 * not shown before somebody has thought about it; numbers are counts and are all there.
 */
enum DashboardIndex {
    SPEND(
            Index.SPEND_CELLS,
            "starting_at",
            null,
            "user team team_source model product repository mcp_server skill terminal remote basis"),
    CODE_METRICS(
            Index.CODE_METRICS,
            "starting_at",
            null,
            "user team team_source product repository terminal app_version remote model tool language mcp_server skill"
                    + " agent status mode channels"),
    ACTIVE_USERS(Index.ACTIVE_USERS, "starting_at", null, "period dimension value approximate"),
    /** How many, and of what kind: about whom is in {@code /v1/alerts}. */
    ALERTS(Index.ALERTS, "at", Scope.READ_SPEND_LIMITS, "kind status scope_type period threshold cause late"),
    LEDGER(Index.LEDGER, "hour", null, "source"),
    DEAD_LETTERS(Index.DEAD_LETTERS, "received_at", null, "source reason field");

    private static final String MICROS = "_micros";

    private final Index index;
    private final String time;
    private final @Nullable Scope scope;
    private final Map<String, DashboardField> fields;

    DashboardIndex(Index index, String time, @Nullable Scope scope, String labels) {
        this.index = index;
        this.time = time;
        this.scope = scope;
        this.fields = Collections.unmodifiableMap(fields(index, time, Set.of(labels.split(" "))));
    }

    private static Map<String, DashboardField> fields(Index index, String time, Set<String> labels) {
        Map<String, DashboardField> fields = new TreeMap<>();
        for (Map.Entry<String, JsonNode> property : mappings(index).properties()) {
            String source = property.getKey();
            String type = property.getValue().path("type").asText();
            DashboardField field = null;
            if (source.equals(time)) {
                field = new DashboardField(source, source, DashboardField.Kind.TIME);
            } else if (labels.contains(source)) {
                field = new DashboardField(
                        source, source, source.equals("user") ? DashboardField.Kind.PERSON : label(type));
            } else if (type.equals("long")) {
                field = number(index, source);
            }
            if (field != null) {
                fields.put(field.name(), field);
            }
        }
        if (!fields.keySet().containsAll(labels)) {
            throw new IllegalStateException(index + ": has not all of " + labels);
        }
        return fields;
    }

    private static DashboardField.Kind label(String type) {
        return switch (type) {
            case "keyword" -> DashboardField.Kind.LABEL;
            case "boolean" -> DashboardField.Kind.FLAG;
            case "integer" -> DashboardField.Kind.WHOLE;
            default -> throw new IllegalStateException(type + ": no kind of label (expected: one of them)");
        };
    }

    private static DashboardField number(Index index, String source) {
        if (!source.endsWith(MICROS)) {
            return new DashboardField(source, source, DashboardField.Kind.NUMBER);
        }
        String unit = index == Index.CODE_METRICS ? "_seconds" : "_usd";
        return new DashboardField(source.replace(MICROS, unit), source, DashboardField.Kind.MILLIONTHS);
    }

    private static JsonNode mappings(Index index) {
        try {
            return new ObjectMapper().readTree(index.template()).at("/template/mappings/properties");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(index + ": its template is not JSON", e);
        }
    }

    /** @throws Refusal NOT_FOUND for whatever is not exactly the name of one: lists, wildcards, real indices */
    static DashboardIndex of(String name) {
        return Arrays.stream(values())
                .filter(each -> each.parameter().equals(name))
                .findFirst()
                .orElseThrow(() -> new Refusal(
                        Refusal.Kind.NOT_FOUND,
                        "index",
                        "index: no such index (expected: one of "
                                + Arrays.stream(values())
                                        .map(DashboardIndex::parameter)
                                        .collect(Collectors.joining(", "))
                                + ")"));
    }

    String parameter() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    Index index() {
        return index;
    }

    /** Name of the field of time. */
    String time() {
        return time;
    }

    /** What a token needs besides {@code read:analytics}; null: nothing. */
    @Nullable
    Scope scope() {
        return scope;
    }

    /** By name. */
    Map<String, DashboardField> fields() {
        return fields;
    }

    /** @throws Refusal INVALID for a field that the index does not have, or does not show */
    DashboardField field(JsonNode name) {
        DashboardField field = name.isTextual() ? fields.get(name.asText()) : null;
        if (field == null) {
            throw Refusal.invalid("field", name.toString(), "one of " + String.join(", ", fields.keySet()));
        }
        return field;
    }
}
