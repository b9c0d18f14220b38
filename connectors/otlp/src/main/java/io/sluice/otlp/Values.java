package io.sluice.otlp;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Attribute values as text and numbers. Claude Code's types changed over time, so every type is taken for every other. */
final class Values {
    private static final JsonFactory JSON = new JsonFactory();

    private Values() {}

    /** Lists and maps as JSON, bytes as base64, no value (and values of profiles) as empty text. */
    static String text(AnyValue value) {
        return switch (value.getValueCase()) {
            case STRING_VALUE -> value.getStringValue();
            case INT_VALUE -> Long.toString(value.getIntValue());
            case DOUBLE_VALUE -> Double.toString(value.getDoubleValue());
            case BOOL_VALUE -> value.getBoolValue() ? "true" : "false";
            case ARRAY_VALUE, KVLIST_VALUE -> json(value);
            case BYTES_VALUE ->
                Base64.getEncoder().encodeToString(value.getBytesValue().toByteArray());
            case STRING_VALUE_STRINDEX, VALUE_NOT_SET -> "";
        };
    }

    /**
     * A number of any type: integer, double, boolean (1 and 0), or text that holds one.
     *
     * @return null: no number. May be NaN or infinite.
     */
    static @Nullable Double number(AnyValue value) {
        return switch (value.getValueCase()) {
            case INT_VALUE -> (double) value.getIntValue();
            case DOUBLE_VALUE -> value.getDoubleValue();
            case BOOL_VALUE -> value.getBoolValue() ? 1.0 : 0.0;
            case STRING_VALUE -> parse(value.getStringValue());
            case ARRAY_VALUE, KVLIST_VALUE, BYTES_VALUE, STRING_VALUE_STRINDEX, VALUE_NOT_SET -> null;
        };
    }

    private static @Nullable Double parse(String text) {
        if (text.equals("NaN") || text.equals("Infinity") || text.equals("-Infinity")) {
            return Double.valueOf(text);
        }
        if (text.isEmpty() || text.length() > 64) {
            return null;
        }
        for (int i = 0; i < text.length(); i++) {
            // Java alone would also take "1d" and hexadecimal fractions.
            if ("0123456789+-.eE".indexOf(text.charAt(i)) < 0) {
                return null;
            }
        }
        try {
            return Double.valueOf(text);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** Nothing was sent: no value, or an empty text. */
    static boolean isAbsent(@Nullable AnyValue value) {
        if (value == null) {
            return true;
        }
        return switch (value.getValueCase()) {
            case STRING_VALUE -> value.getStringValue().isEmpty();
            case STRING_VALUE_STRINDEX, VALUE_NOT_SET -> true;
            case INT_VALUE, DOUBLE_VALUE, BOOL_VALUE, ARRAY_VALUE, KVLIST_VALUE, BYTES_VALUE -> false;
        };
    }

    /** For messages: the kind and size of a value, never the value. */
    static String shape(AnyValue value) {
        return switch (value.getValueCase()) {
            case STRING_VALUE -> "text of " + value.getStringValue().length() + " characters";
            case INT_VALUE -> "an integer";
            case DOUBLE_VALUE -> "a double";
            case BOOL_VALUE -> "a boolean";
            case ARRAY_VALUE -> "a list of " + value.getArrayValue().getValuesCount();
            case KVLIST_VALUE -> "a map of " + value.getKvlistValue().getValuesCount();
            case BYTES_VALUE -> value.getBytesValue().size() + " bytes";
            case STRING_VALUE_STRINDEX, VALUE_NOT_SET -> "nothing";
        };
    }

    private static String json(AnyValue value) {
        StringWriter out = new StringWriter();
        try (JsonGenerator generator = JSON.createGenerator(out)) {
            write(value, generator);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString();
    }

    /** Depth is bounded by the parsers: 100 messages in protobuf, {@link OtlpJson#MAX_DEPTH} levels in JSON. */
    private static void write(AnyValue value, JsonGenerator out) throws IOException {
        switch (value.getValueCase()) {
            case STRING_VALUE -> out.writeString(value.getStringValue());
            case INT_VALUE -> out.writeNumber(value.getIntValue());
            case DOUBLE_VALUE -> out.writeNumber(value.getDoubleValue());
            case BOOL_VALUE -> out.writeBoolean(value.getBoolValue());
            case ARRAY_VALUE -> {
                out.writeStartArray();
                for (AnyValue element : value.getArrayValue().getValuesList()) {
                    write(element, out);
                }
                out.writeEndArray();
            }
            case KVLIST_VALUE -> {
                out.writeStartObject();
                for (KeyValue entry : value.getKvlistValue().getValuesList()) {
                    out.writeFieldName(entry.getKey());
                    write(entry.getValue(), out);
                }
                out.writeEndObject();
            }
            case BYTES_VALUE -> out.writeBinary(value.getBytesValue().toByteArray());
            case STRING_VALUE_STRINDEX, VALUE_NOT_SET -> out.writeNull();
        }
    }
}
