package io.sluice.otlp;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Prints a message as OTLP/JSON, choosing at random among the spellings that the encoding allows. */
final class OtlpJsonPrinter {
    private final Random random;

    OtlpJsonPrinter(Random random) {
        this.random = random;
    }

    byte[] print(Message message) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator out = new JsonFactory().createGenerator(bytes)) {
            write(message, out);
        }
        return bytes.toByteArray();
    }

    private void write(Message message, JsonGenerator out) throws IOException {
        out.writeStartObject();
        writeUnknown(out);
        for (Map.Entry<FieldDescriptor, Object> entry : message.getAllFields().entrySet()) {
            FieldDescriptor field = entry.getKey();
            out.writeFieldName(field.getJsonName());
            if (field.isRepeated()) {
                out.writeStartArray();
                for (Object element : (List<?>) entry.getValue()) {
                    write(field, element, out);
                }
                out.writeEndArray();
            } else {
                write(field, entry.getValue(), out);
            }
            writeUnknown(out);
        }
        out.writeEndObject();
    }

    private void writeUnknown(JsonGenerator out) throws IOException {
        switch (random.nextInt(8)) {
            case 0 -> {
                out.writeObjectFieldStart("time_unix_nano");
                out.writeArrayFieldStart("key");
                out.writeNull();
                out.writeEndArray();
                out.writeEndObject();
            }
            case 1 -> out.writeStringField("notOfThisVersion", "x");
            case 2 -> out.writeNullField("droppedAttributesCount");
            default -> {}
        }
    }

    private void write(FieldDescriptor field, Object value, JsonGenerator out) throws IOException {
        switch (field.getType()) {
            case MESSAGE, GROUP -> write((Message) value, out);
            case STRING -> out.writeString((String) value);
            case BOOL -> out.writeBoolean((boolean) value);
            case DOUBLE -> out.writeNumber((double) value); // NaN and infinities are quoted
            case FLOAT -> out.writeNumber((float) value);
            case ENUM -> out.writeNumber(((EnumValueDescriptor) value).getNumber());
            case BYTES -> out.writeString(text(field, (ByteString) value));
            case UINT32, FIXED32 -> writeInteger(Integer.toUnsignedString((int) value), out);
            case UINT64, FIXED64 -> writeInteger(Long.toUnsignedString((long) value), out);
            case INT32, SINT32, SFIXED32, INT64, SINT64, SFIXED64 -> writeInteger(value.toString(), out);
        }
    }

    private void writeInteger(String digits, JsonGenerator out) throws IOException {
        if (random.nextBoolean()) {
            out.writeString(digits);
        } else {
            out.writeNumber(digits);
        }
    }

    private String text(FieldDescriptor field, ByteString value) {
        if (List.of("trace_id", "span_id", "parent_span_id").contains(field.getName())) {
            HexFormat hex =
                    random.nextBoolean() ? HexFormat.of() : HexFormat.of().withUpperCase();
            return hex.formatHex(value.toByteArray());
        }
        Base64.Encoder base64 = random.nextBoolean() ? Base64.getEncoder() : Base64.getUrlEncoder();
        return (random.nextBoolean() ? base64 : base64.withoutPadding()).encodeToString(value.toByteArray());
    }
}
