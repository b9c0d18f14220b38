package io.sluice.otlp;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.common.v1.KeyValueList;
import io.sluice.schema.Texts;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads one body. Attributes, which are nearly all of it, are read by code of their own; everything else by the
 * messages' descriptors.
 */
final class OtlpJsonReader {
    private static final Set<String> HEX_FIELDS = Set.of("trace_id", "span_id", "parent_span_id");
    private static final BigInteger MAX_UNSIGNED_LONG =
            BigInteger.ONE.shiftLeft(Long.SIZE).subtract(BigInteger.ONE);
    /** The longest exact decimal of a double has more digits, but nobody writes them. */
    private static final int MAX_NUMBER_CHARS = 64;

    private final JsonParser parser;
    private final Map<Descriptor, Map<String, FieldDescriptor>> fields;

    OtlpJsonReader(JsonParser parser, Map<Descriptor, Map<String, FieldDescriptor>> fields) {
        this.parser = parser;
        this.fields = fields;
    }

    void readRequest(Message.Builder request) throws OtlpFormatException {
        next();
        boolean recognized = readMessage(request);
        if (!recognized) {
            // Unknown fields are let pass, but what has no other was meant for somebody else, and 200 would lose it.
            throw new OtlpFormatException(
                    "", "an object with unknown fields only", "an object with the field " + names(request));
        }
        if (next() != null) {
            throw new OtlpFormatException("", "more after the object", "one JSON object");
        }
    }

    /** The parser's own messages may quote content, so they end here. */
    private @Nullable JsonToken next() throws OtlpFormatException {
        try {
            return parser.nextToken();
        } catch (IOException e) {
            throw notJson(e);
        }
    }

    private void skip() throws OtlpFormatException {
        try {
            parser.skipChildren();
        } catch (IOException e) {
            throw notJson(e);
        }
    }

    private String currentText() throws OtlpFormatException {
        try {
            return parser.getText();
        } catch (IOException e) {
            throw notJson(e);
        }
    }

    private String currentName() throws OtlpFormatException {
        try {
            return parser.currentName();
        } catch (IOException e) {
            throw notJson(e);
        }
    }

    private OtlpFormatException notJson(IOException e) {
        if (e instanceof StreamConstraintsException) {
            return new OtlpFormatException(
                    path(), "too deep, or a number or key too long", "at most " + OtlpJson.MAX_DEPTH + " levels");
        }
        return new OtlpFormatException(
                path(), "not JSON at byte " + parser.currentLocation().getByteOffset(), "JSON, UTF-8");
    }

    private String path() {
        return parser.getParsingContext().pathAsPointer().toString();
    }

    private OtlpFormatException unexpected(String expected) throws OtlpFormatException {
        return new OtlpFormatException(path(), shape(), expected);
    }

    /** The kind of the current value, never the value. */
    private String shape() throws OtlpFormatException {
        JsonToken token = parser.currentToken();
        if (token == null) {
            return "nothing";
        }
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "a list";
            case VALUE_STRING -> "text of " + currentText().length() + " characters";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            case VALUE_NULL -> "null";
            case END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE -> "nothing";
        };
    }

    private String names(Message.Builder message) {
        return String.join(
                " or ",
                Objects.requireNonNull(fields.get(message.getDescriptorForType()))
                        .keySet());
    }

    /** Returns whether it has a known field, or none at all. */
    private boolean readMessage(Message.Builder message) throws OtlpFormatException {
        expectObject();
        boolean known = false;
        boolean unknown = false;
        Map<String, FieldDescriptor> byName = Objects.requireNonNull(fields.get(message.getDescriptorForType()));
        while (next() == JsonToken.FIELD_NAME) {
            FieldDescriptor field = byName.get(currentName());
            JsonToken token = next();
            known |= field != null;
            unknown |= field == null;
            if (field == null || token == JsonToken.VALUE_NULL) {
                skip();
            } else if (field.isRepeated()) {
                expectArray();
                while (next() != JsonToken.END_ARRAY) {
                    message.addRepeatedField(field, value(field, message));
                }
            } else {
                message.setField(field, value(field, message));
            }
        }
        return known || !unknown;
    }

    private Object value(FieldDescriptor field, Message.Builder message) throws OtlpFormatException {
        return switch (field.getJavaType()) {
            case MESSAGE -> {
                if (field.getMessageType() == KeyValue.getDescriptor()) {
                    yield readKeyValue();
                }
                if (field.getMessageType() == AnyValue.getDescriptor()) {
                    yield readAnyValue();
                }
                Message.Builder inner = message.newBuilderForField(field);
                readMessage(inner);
                yield inner.build();
            }
            case STRING -> readText();
            case BOOLEAN -> readBoolean();
            case DOUBLE -> readDouble();
            case FLOAT -> (float) readDouble();
            case ENUM -> field.getEnumType().findValueByNumberCreatingIfUnknown(readEnum());
            case INT ->
                isUnsigned(field)
                        ? (int) readInteger(0, 0xFFFF_FFFFL)
                        : (int) readInteger(Integer.MIN_VALUE, Integer.MAX_VALUE);
            case LONG -> isUnsigned(field) ? readUnsignedLong() : readInteger(Long.MIN_VALUE, Long.MAX_VALUE);
            case BYTE_STRING -> HEX_FIELDS.contains(field.getName()) ? readHex() : readBase64();
        };
    }

    private static boolean isUnsigned(FieldDescriptor field) {
        return switch (field.getType()) {
            case UINT32, FIXED32, UINT64, FIXED64 -> true;
            case INT32,
                    SINT32,
                    SFIXED32,
                    INT64,
                    SINT64,
                    SFIXED64,
                    DOUBLE,
                    FLOAT,
                    BOOL,
                    STRING,
                    BYTES,
                    ENUM,
                    MESSAGE,
                    GROUP -> false;
        };
    }

    private KeyValue readKeyValue() throws OtlpFormatException {
        expectObject();
        KeyValue.Builder attribute = KeyValue.newBuilder();
        while (next() == JsonToken.FIELD_NAME) {
            String name = currentName();
            JsonToken token = next();
            if (token == JsonToken.VALUE_NULL) {
                continue;
            }
            switch (name) {
                case "key" -> attribute.setKey(readText());
                case "value" -> attribute.setValue(readAnyValue());
                case "keyStrindex" -> attribute.setKeyStrindex((int) readInteger(Integer.MIN_VALUE, Integer.MAX_VALUE));
                default -> skip();
            }
        }
        return attribute.build();
    }

    private AnyValue readAnyValue() throws OtlpFormatException {
        expectObject();
        AnyValue.Builder value = AnyValue.newBuilder();
        while (next() == JsonToken.FIELD_NAME) {
            String name = currentName();
            JsonToken token = next();
            if (token == JsonToken.VALUE_NULL) {
                continue;
            }
            switch (name) {
                case "stringValue" -> value.setStringValue(readText());
                case "boolValue" -> value.setBoolValue(readBoolean());
                case "intValue" -> value.setIntValue(readInteger(Long.MIN_VALUE, Long.MAX_VALUE));
                case "doubleValue" -> value.setDoubleValue(readDouble());
                case "bytesValue" -> value.setBytesValue(readBase64());
                case "stringValueStrindex" ->
                    value.setStringValueStrindex((int) readInteger(Integer.MIN_VALUE, Integer.MAX_VALUE));
                case "arrayValue" -> value.setArrayValue(readArrayValue());
                case "kvlistValue" -> value.setKvlistValue(readKeyValueList());
                default -> skip();
            }
        }
        return value.build();
    }

    private ArrayValue readArrayValue() throws OtlpFormatException {
        expectObject();
        ArrayValue.Builder list = ArrayValue.newBuilder();
        while (next() == JsonToken.FIELD_NAME) {
            boolean values = currentName().equals("values");
            if (next() == JsonToken.VALUE_NULL) {
                continue;
            }
            if (!values) {
                skip();
                continue;
            }
            expectArray();
            while (next() != JsonToken.END_ARRAY) {
                list.addValues(readAnyValue());
            }
        }
        return list.build();
    }

    private KeyValueList readKeyValueList() throws OtlpFormatException {
        expectObject();
        KeyValueList.Builder list = KeyValueList.newBuilder();
        while (next() == JsonToken.FIELD_NAME) {
            boolean values = currentName().equals("values");
            if (next() == JsonToken.VALUE_NULL) {
                continue;
            }
            if (!values) {
                skip();
                continue;
            }
            expectArray();
            while (next() != JsonToken.END_ARRAY) {
                list.addValues(readKeyValue());
            }
        }
        return list.build();
    }

    private void expectObject() throws OtlpFormatException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw unexpected("an object");
        }
    }

    private void expectArray() throws OtlpFormatException {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw unexpected("a list");
        }
    }

    private String readText() throws OtlpFormatException {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw unexpected("text");
        }
        return Texts.wellFormed(currentText());
    }

    private boolean readBoolean() throws OtlpFormatException {
        return switch (parser.currentToken()) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> throw unexpected("true or false");
        };
    }

    private int readEnum() throws OtlpFormatException {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            throw unexpected("an enum value as an integer");
        }
        return (int) readInteger(Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    private long readInteger(long min, long max) throws OtlpFormatException {
        BigInteger big = null;
        long value = 0;
        if (isSmallInteger()) {
            value = smallInteger();
        } else {
            big = bigInteger("an integer, or text that holds one");
            if (big.bitLength() < Long.SIZE) {
                value = big.longValue();
                big = null;
            }
        }
        if (big != null || value < min || value > max) {
            throw new OtlpFormatException(path(), "an integer out of range", min + " to " + max);
        }
        return value;
    }

    /** Unsigned, as protobuf keeps it in a long. */
    private long readUnsignedLong() throws OtlpFormatException {
        String expected = "0 to " + MAX_UNSIGNED_LONG;
        if (isSmallInteger()) {
            long value = smallInteger();
            if (value >= 0) {
                return value;
            }
        } else {
            BigInteger value = bigInteger("an integer of 0 or more, or text that holds one");
            if (value.signum() >= 0 && value.compareTo(MAX_UNSIGNED_LONG) <= 0) {
                return value.longValue();
            }
        }
        throw new OtlpFormatException(path(), "an integer out of range", expected);
    }

    private boolean isSmallInteger() throws OtlpFormatException {
        try {
            return parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                    && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
        } catch (IOException e) {
            throw notJson(e);
        }
    }

    private long smallInteger() throws OtlpFormatException {
        try {
            return parser.getLongValue();
        } catch (IOException e) {
            throw notJson(e);
        }
    }

    /** Also of {@code 1.0} and {@code 1e3}, as the JSON mapping of protobuf allows. */
    private BigInteger bigInteger(String expected) throws OtlpFormatException {
        BigDecimal decimal = decimal(expected);
        if (decimal.signum() == 0) {
            return BigInteger.ZERO;
        }
        // Before the digits of an exponent like 1e999999999 or 1e-999999999 are written out.
        if (Math.abs((long) decimal.scale()) > MAX_NUMBER_CHARS) {
            throw new OtlpFormatException(path(), "a number out of range", expected);
        }
        try {
            return decimal.toBigIntegerExact();
        } catch (ArithmeticException e) {
            throw new OtlpFormatException(path(), "a fraction", expected);
        }
    }

    private BigDecimal decimal(String expected) throws OtlpFormatException {
        switch (parser.currentToken()) {
            case VALUE_STRING, VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {}
            default -> throw unexpected(expected);
        }
        String text = currentText();
        if (text.length() > MAX_NUMBER_CHARS) {
            throw unexpected(expected);
        }
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException e) {
            throw unexpected(expected);
        }
    }

    private double readDouble() throws OtlpFormatException {
        String expected = "a number, or \"NaN\", \"Infinity\", \"-Infinity\"";
        double value;
        switch (parser.currentToken()) {
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                try {
                    value = parser.getDoubleValue();
                } catch (IOException e) {
                    throw notJson(e);
                }
            }
            case VALUE_STRING -> {
                switch (currentText()) {
                    case "NaN" -> {
                        return Double.NaN;
                    }
                    case "Infinity" -> {
                        return Double.POSITIVE_INFINITY;
                    }
                    case "-Infinity" -> {
                        return Double.NEGATIVE_INFINITY;
                    }
                    default -> value = decimal(expected).doubleValue();
                }
            }
            default -> throw unexpected(expected);
        }
        if (Double.isInfinite(value)) {
            throw new OtlpFormatException(path(), "a number out of range", expected);
        }
        return value;
    }

    private ByteString readHex() throws OtlpFormatException {
        String expected = "bytes as hexadecimal text";
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw unexpected(expected);
        }
        try {
            return ByteString.copyFrom(HexFormat.of().parseHex(currentText()));
        } catch (IllegalArgumentException e) {
            throw unexpected(expected);
        }
    }

    /** Of either alphabet, padded or not, as the JSON mapping of protobuf allows. */
    private ByteString readBase64() throws OtlpFormatException {
        String expected = "bytes as base64 text";
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw unexpected(expected);
        }
        try {
            return ByteString.copyFrom(
                    Base64.getDecoder().decode(currentText().replace('-', '+').replace('_', '/')));
        } catch (IllegalArgumentException e) {
            throw unexpected(expected);
        }
    }
}
