package io.sluice.sql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.flink.types.Row;
import org.jspecify.annotations.Nullable;

/** Values of rows, as text and as JSON. */
final class Cells {
    static final String NULL = "NULL";

    private Cells() {}

    /** In one line, and without what could command a terminal: names come from telemetry. */
    static String text(@Nullable Object value) {
        if (value == null) {
            return NULL;
        }
        String text = value instanceof BigDecimal number
                ? number.toPlainString()
                : value instanceof Row
                                || value instanceof Map
                                || value.getClass().isArray()
                        ? json(value).toString()
                        : value.toString();
        return text.replaceAll("[\\p{Cntrl}\\p{Cf}\\p{Cs}]", "?");
    }

    /** Several lines: what EXPLAIN and SHOW CREATE answer. */
    static String lines(String text) {
        return text.lines().map(Cells::text).collect(Collectors.joining(System.lineSeparator()));
    }

    static JsonNode json(@Nullable Object value) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        if (value == null) {
            return nodes.nullNode();
        }
        if (value instanceof Boolean bool) {
            return nodes.booleanNode(bool);
        }
        if (value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return nodes.numberNode(((Number) value).longValue());
        }
        if (value instanceof BigDecimal number) {
            return nodes.numberNode(number);
        }
        if (value instanceof Double || value instanceof Float) {
            return nodes.numberNode(((Number) value).doubleValue());
        }
        if (value instanceof Row row) {
            return json(row);
        }
        if (value instanceof Map<?, ?> map) {
            ObjectNode object = nodes.objectNode();
            Map<String, Object> sorted = new TreeMap<>();
            map.forEach((key, entry) -> sorted.put(String.valueOf(key), entry));
            sorted.forEach((key, entry) -> object.set(key, json(entry)));
            return object;
        }
        if (value.getClass().isArray()) {
            ArrayNode array = nodes.arrayNode();
            for (int i = 0; i < Array.getLength(value); i++) {
                array.add(json(Array.get(value, i)));
            }
            return array;
        }
        return nodes.textNode(value.toString());
    }

    private static JsonNode json(Row row) {
        Set<String> names = row.getFieldNames(true);
        if (names == null) {
            ArrayNode array = JsonNodeFactory.instance.arrayNode();
            for (int i = 0; i < row.getArity(); i++) {
                array.add(json(row.getField(i)));
            }
            return array;
        }
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        names.forEach(name -> object.set(name, json(row.getField(name))));
        return object;
    }
}
