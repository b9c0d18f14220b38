package io.sluice.otlp;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * OTLP/JSON to the messages that OTLP/protobuf has, and responses back. Thread-safe.
 *
 * <p>The encoding is the JSON mapping of protobuf with the deviations of OTLP (specification 1.11, "JSON Protobuf
 * Encoding"): trace and span ids are hexadecimal, enum values are integers, keys are lowerCamelCase only, unknown keys
 * are ignored. 64-bit integers may be text or numbers, special doubles are {@code "NaN"}, {@code "Infinity"},
 * {@code "-Infinity"}, {@code null} is the default. Lone surrogates become U+FFFD. Of a key sent twice the last value
 * stays; lists are joined.
 *
 * <p>Input is bounded in depth here ({@link #MAX_DEPTH}) and in size by the caller.
 */
public final class OtlpJson {
    /** Objects and lists within each other; a value may hold about 40 lists within each other. */
    public static final int MAX_DEPTH = 150;

    static final JsonFactory JSON = JsonFactory.builder()
            .configure(JsonFactory.Feature.INTERN_FIELD_NAMES, false)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    /** Fields by their JSON name, of every message that a request can hold. */
    private static final Map<Descriptor, Map<String, FieldDescriptor>> FIELDS = fields(List.of(
            ExportLogsServiceRequest.getDescriptor(),
            ExportMetricsServiceRequest.getDescriptor(),
            ExportTraceServiceRequest.getDescriptor()));

    private OtlpJson() {}

    /** Body of {@code POST /v1/logs}, UTF-8. */
    public static ExportLogsServiceRequest logs(byte[] json) throws OtlpFormatException {
        ExportLogsServiceRequest.Builder request = ExportLogsServiceRequest.newBuilder();
        read(json, request);
        return request.build();
    }

    /** Body of {@code POST /v1/metrics}, UTF-8. */
    public static ExportMetricsServiceRequest metrics(byte[] json) throws OtlpFormatException {
        ExportMetricsServiceRequest.Builder request = ExportMetricsServiceRequest.newBuilder();
        read(json, request);
        return request.build();
    }

    /** Body of {@code POST /v1/traces}, UTF-8. */
    public static ExportTraceServiceRequest traces(byte[] json) throws OtlpFormatException {
        ExportTraceServiceRequest.Builder request = ExportTraceServiceRequest.newBuilder();
        read(json, request);
        return request.build();
    }

    private static void read(byte[] json, Message.Builder request) throws OtlpFormatException {
        try (JsonParser parser = JSON.createParser(json)) {
            new OtlpJsonReader(parser, FIELDS).readRequest(request);
        } catch (OtlpFormatException e) {
            throw e;
        } catch (IOException e) {
            // The first bytes are of no encoding that JSON may have. The parser's message may quote content.
            throw new OtlpFormatException("", "not JSON at byte 0", "JSON, UTF-8");
        }
    }

    private static Map<Descriptor, Map<String, FieldDescriptor>> fields(List<Descriptor> roots) {
        Map<Descriptor, Map<String, FieldDescriptor>> fields = new HashMap<>();
        roots.forEach(root -> collect(root, fields));
        return fields;
    }

    private static void collect(Descriptor message, Map<Descriptor, Map<String, FieldDescriptor>> fields) {
        if (fields.containsKey(message)) {
            return;
        }
        Map<String, FieldDescriptor> byName = new HashMap<>();
        fields.put(message, byName);
        for (FieldDescriptor field : message.getFields()) {
            byName.put(field.getJsonName(), field);
            if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
                collect(field.getMessageType(), fields);
            }
        }
    }

    /** {@code {}}, or {@code {"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"…"}}}. */
    public static byte[] toJson(ExportLogsServiceResponse response) {
        return partialSuccess(
                response.hasPartialSuccess(),
                "rejectedLogRecords",
                response.getPartialSuccess().getRejectedLogRecords(),
                response.getPartialSuccess().getErrorMessage());
    }

    /** As for logs, with {@code rejectedDataPoints}. */
    public static byte[] toJson(ExportMetricsServiceResponse response) {
        return partialSuccess(
                response.hasPartialSuccess(),
                "rejectedDataPoints",
                response.getPartialSuccess().getRejectedDataPoints(),
                response.getPartialSuccess().getErrorMessage());
    }

    /** As for logs, with {@code rejectedSpans}. */
    public static byte[] toJson(ExportTraceServiceResponse response) {
        return partialSuccess(
                response.hasPartialSuccess(),
                "rejectedSpans",
                response.getPartialSuccess().getRejectedSpans(),
                response.getPartialSuccess().getErrorMessage());
    }

    private static byte[] partialSuccess(boolean present, String name, long rejected, String message) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator out = JSON.createGenerator(bytes)) {
            out.writeStartObject();
            if (present) {
                out.writeObjectFieldStart("partialSuccess");
                if (rejected != 0) {
                    out.writeStringField(name, Long.toString(rejected));
                }
                if (!message.isEmpty()) {
                    out.writeStringField("errorMessage", message);
                }
                out.writeEndObject();
            }
            out.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("memory cannot fail to be written", e);
        }
        return bytes.toByteArray();
    }
}
