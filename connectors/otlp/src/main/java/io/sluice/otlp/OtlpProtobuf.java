package io.sluice.otlp;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.ExtensionRegistryLite;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.opentelemetry.proto.resource.v1.Resource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * OTLP requests in protobuf. The result is that of the generated parser, but for unknown fields; attributes that a
 * record has in common with the one before it, which is most of them, are parsed once and are the same object.
 *
 * <p>Field numbers: {@code logs.proto}, {@code metrics.proto}, {@code common.proto} and {@code resource.proto} of
 * {@code opentelemetry/proto}.
 */
public final class OtlpProtobuf {
    private static final ExtensionRegistryLite NO_EXTENSIONS = ExtensionRegistryLite.getEmptyRegistry();

    private final byte[] bytes;
    private final CodedInputStream in;
    private final Places ofResources = new Places();
    private final Places ofRecords = new Places();
    /** Of the record that is read. */
    private final List<KeyValue> attributes = new ArrayList<>();

    private InstrumentationScope scope = InstrumentationScope.getDefaultInstance();
    private byte[] scopeBytes = {};

    /** By place among attributes: the last one that was parsed there, and its bytes. */
    private static final class Places {
        private static final int COUNT = 64;

        private final @Nullable KeyValue[] seen = new @Nullable KeyValue[COUNT];
        private final int[] from = new int[COUNT];
        private final int[] to = new int[COUNT];
    }

    private OtlpProtobuf(byte[] bytes) {
        this.bytes = bytes;
        this.in = CodedInputStream.newInstance(bytes);
    }

    /** @throws InvalidProtocolBufferException as {@link ExportLogsServiceRequest#parseFrom(byte[])} */
    public static ExportLogsServiceRequest logs(byte[] bytes) throws InvalidProtocolBufferException {
        try {
            return new OtlpProtobuf(bytes).logs();
        } catch (InvalidProtocolBufferException e) {
            throw e;
        } catch (IOException e) {
            throw new InvalidProtocolBufferException(e);
        }
    }

    /** @throws InvalidProtocolBufferException as {@link ExportMetricsServiceRequest#parseFrom(byte[])} */
    public static ExportMetricsServiceRequest metrics(byte[] bytes) throws InvalidProtocolBufferException {
        try {
            return new OtlpProtobuf(bytes).metrics();
        } catch (InvalidProtocolBufferException e) {
            throw e;
        } catch (IOException e) {
            throw new InvalidProtocolBufferException(e);
        }
    }

    private ExportLogsServiceRequest logs() throws IOException {
        ExportLogsServiceRequest.Builder request = ExportLogsServiceRequest.newBuilder();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == 10) {
                int outer = begin();
                request.addResourceLogs(resourceLogs());
                in.popLimit(outer);
            } else {
                skip(tag);
            }
        }
        return request.build();
    }

    private ResourceLogs resourceLogs() throws IOException {
        ResourceLogs.Builder logs = ResourceLogs.newBuilder();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case 10 -> resource(logs.getResourceBuilder());
                case 18 -> {
                    int outer = begin();
                    logs.addScopeLogs(scopeLogs());
                    in.popLimit(outer);
                }
                case 26 -> logs.setSchemaUrl(text());
                default -> skip(tag);
            }
        }
        return logs.build();
    }

    private ScopeLogs scopeLogs() throws IOException {
        ScopeLogs.Builder logs = ScopeLogs.newBuilder();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case 10 -> logs.setScope(scope(logs.getScope()));
                case 18 -> {
                    int outer = begin();
                    logs.addLogRecords(logRecord());
                    in.popLimit(outer);
                }
                case 26 -> logs.setSchemaUrl(text());
                default -> skip(tag);
            }
        }
        return logs.build();
    }

    private LogRecord logRecord() throws IOException {
        LogRecord.Builder log = LogRecord.newBuilder();
        attributes.clear();
        int place = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case 9 -> log.setTimeUnixNano(in.readFixed64());
                case 16 -> log.setSeverityNumberValue(in.readEnum());
                case 26 -> log.setSeverityText(text());
                case 42 -> body(log);
                case 50 -> attributes.add(attribute(ofRecords, place++));
                case 56 -> log.setDroppedAttributesCount(in.readUInt32());
                case 69 -> log.setFlags(in.readFixed32());
                case 74 -> log.setTraceId(in.readBytes());
                case 82 -> log.setSpanId(in.readBytes());
                case 89 -> log.setObservedTimeUnixNano(in.readFixed64());
                case 98 -> log.setEventName(text());
                default -> skip(tag);
            }
        }
        return log.addAllAttributes(attributes).build();
    }

    private void body(LogRecord.Builder log) throws IOException {
        // The event's name, in most cases; the length is only looked at, so that the general way can begin with it.
        int from = in.getTotalBytesRead() + 1;
        int size = in.getBytesUntilLimit() > 0 ? bytes[from - 1] : 0;
        AnyValue simple =
                log.hasBody() || size < 2 || size >= in.getBytesUntilLimit() ? null : simpleValue(from, from + size);
        if (simple == null) {
            merge(log.getBodyBuilder());
        } else {
            in.skipRawBytes(size + 1);
            log.setBody(simple);
        }
    }

    private ExportMetricsServiceRequest metrics() throws IOException {
        ExportMetricsServiceRequest.Builder request = ExportMetricsServiceRequest.newBuilder();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == 10) {
                int outer = begin();
                request.addResourceMetrics(resourceMetrics());
                in.popLimit(outer);
            } else {
                skip(tag);
            }
        }
        return request.build();
    }

    private ResourceMetrics resourceMetrics() throws IOException {
        ResourceMetrics.Builder metrics = ResourceMetrics.newBuilder();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case 10 -> resource(metrics.getResourceBuilder());
                case 18 -> {
                    int outer = begin();
                    metrics.addScopeMetrics(scopeMetrics());
                    in.popLimit(outer);
                }
                case 26 -> metrics.setSchemaUrl(text());
                default -> skip(tag);
            }
        }
        return metrics.build();
    }

    private ScopeMetrics scopeMetrics() throws IOException {
        ScopeMetrics.Builder metrics = ScopeMetrics.newBuilder();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case 10 -> metrics.setScope(scope(metrics.getScope()));
                case 18 -> {
                    int outer = begin();
                    metrics.addMetrics(metric());
                    in.popLimit(outer);
                }
                case 26 -> metrics.setSchemaUrl(text());
                default -> skip(tag);
            }
        }
        return metrics.build();
    }

    private Metric metric() throws IOException {
        Metric.Builder metric = Metric.newBuilder();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case 10 -> metric.setName(text());
                case 18 -> metric.setDescription(text());
                case 26 -> metric.setUnit(text());
                case 42 -> merge(metric.getGaugeBuilder());
                case 58 -> sum(metric.getSumBuilder());
                case 74 -> merge(metric.getHistogramBuilder());
                case 82 -> merge(metric.getExponentialHistogramBuilder());
                case 90 -> merge(metric.getSummaryBuilder());
                case 98 -> merge(metric.addMetadataBuilder());
                default -> skip(tag);
            }
        }
        return metric.build();
    }

    private void sum(Sum.Builder sum) throws IOException {
        int outer = begin();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case 10 -> {
                    int around = begin();
                    sum.addDataPoints(point());
                    in.popLimit(around);
                }
                case 16 -> sum.setAggregationTemporalityValue(in.readEnum());
                case 24 -> sum.setIsMonotonic(in.readBool());
                default -> skip(tag);
            }
        }
        in.popLimit(outer);
    }

    private NumberDataPoint point() throws IOException {
        NumberDataPoint.Builder point = NumberDataPoint.newBuilder();
        attributes.clear();
        int place = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case 17 -> point.setStartTimeUnixNano(in.readFixed64());
                case 25 -> point.setTimeUnixNano(in.readFixed64());
                case 33 -> point.setAsDouble(in.readDouble());
                case 42 -> merge(point.addExemplarsBuilder());
                case 49 -> point.setAsInt(in.readSFixed64());
                case 58 -> attributes.add(attribute(ofRecords, place++));
                case 64 -> point.setFlags(in.readUInt32());
                default -> skip(tag);
            }
        }
        return point.addAllAttributes(attributes).build();
    }

    /**
     * All records of a client have the same scope.
     *
     * @param before what was sent of it already
     */
    private InstrumentationScope scope(InstrumentationScope before) throws IOException {
        byte[] sent = in.readByteArray();
        if (before.equals(InstrumentationScope.getDefaultInstance())) {
            if (!Arrays.equals(sent, scopeBytes)) {
                scope = InstrumentationScope.parseFrom(sent);
                scopeBytes = sent;
            }
            return scope;
        }
        return before.toBuilder().mergeFrom(sent).build();
    }

    private void resource(Resource.Builder resource) throws IOException {
        int outer = begin();
        int place = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case 10 -> resource.addAttributes(attribute(ofResources, place++));
                case 16 -> resource.setDroppedAttributesCount(in.readUInt32());
                case 26 -> merge(resource.addEntityRefsBuilder());
                default -> skip(tag);
            }
        }
        in.popLimit(outer);
    }

    private KeyValue attribute(Places places, int place) throws IOException {
        int size = in.readRawVarint32();
        int from = in.getTotalBytesRead();
        if (size < 0 || size > in.getBytesUntilLimit() || place >= Places.COUNT) {
            return parsed(size);
        }
        int to = from + size;
        KeyValue known = places.seen[place];
        if (known != null && Arrays.equals(bytes, from, to, bytes, places.from[place], places.to[place])) {
            in.skipRawBytes(size);
            return known;
        }
        KeyValue attribute = simple(from, to, known, places.from[place]);
        if (attribute == null) {
            attribute = parsed(size);
        } else {
            in.skipRawBytes(size);
        }
        places.seen[place] = attribute;
        places.from[place] = from;
        places.to[place] = to;
        return attribute;
    }

    private KeyValue parsed(int size) throws IOException {
        int outer = in.pushLimit(size);
        KeyValue attribute = KeyValue.parser().parsePartialFrom(in, NO_EXTENSIONS);
        in.checkLastTagWas(0);
        in.popLimit(outer);
        return attribute;
    }

    /**
     * An attribute as every client writes it: a short name, then a value that is a short text or a number, both in
     * ASCII. At half the cost of the generated parser.
     *
     * @param known the attribute before it in this place, which may have the same name
     * @return null: written in another way
     */
    private @Nullable KeyValue simple(int from, int to, @Nullable KeyValue known, int knownFrom) {
        if (to - from < 6 || bytes[from] != 10) {
            return null;
        }
        int nameFrom = from + 2;
        int nameTo = nameFrom + bytes[from + 1];
        // A length of two bytes has a negative first one, and a value's length has to be the rest.
        if (nameTo < nameFrom || to - nameTo < 4 || bytes[nameTo] != 18 || bytes[nameTo + 1] != to - nameTo - 2) {
            return null;
        }
        AnyValue value = simpleValue(nameTo + 2, to);
        if (value == null) {
            return null;
        }
        KeyValue.Builder attribute = KeyValue.newBuilder().setValue(value);
        if (known != null && Arrays.equals(bytes, from, nameTo, bytes, knownFrom, knownFrom + nameTo - from)) {
            return attribute.setKey(known.getKey()).build();
        }
        return isAscii(nameFrom, nameTo)
                ? attribute.setKey(ascii(nameFrom, nameTo)).build()
                : null;
    }

    private @Nullable AnyValue simpleValue(int from, int to) {
        int start = from + 1;
        switch (bytes[from]) {
            case 10 -> {
                int textFrom = start + 1;
                return bytes[start] == to - textFrom && isAscii(textFrom, to)
                        ? AnyValue.newBuilder()
                                .setStringValue(ascii(textFrom, to))
                                .build()
                        : null;
            }
            case 24 -> {
                long number = 0;
                for (int i = start; i < to && i - start < 9; i++) {
                    number |= (bytes[i] & 0x7fL) << (7 * (i - start));
                    if (bytes[i] >= 0) {
                        return i + 1 == to
                                ? AnyValue.newBuilder().setIntValue(number).build()
                                : null;
                    }
                }
                return null;
            }
            case 33 -> {
                return to - start == Double.BYTES
                        ? AnyValue.newBuilder()
                                .setDoubleValue(ByteBuffer.wrap(bytes)
                                        .order(ByteOrder.LITTLE_ENDIAN)
                                        .getDouble(start))
                                .build()
                        : null;
            }
            default -> {
                return null;
            }
        }
    }

    private boolean isAscii(int from, int to) {
        int all = 0;
        for (int i = from; i < to; i++) {
            all |= bytes[i];
        }
        return all >= 0;
    }

    private String ascii(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private String text() throws IOException {
        int size = in.readRawVarint32();
        int from = in.getTotalBytesRead();
        in.skipRawBytes(size);
        if (isAscii(from, from + size)) {
            return ascii(from, from + size);
        }
        ByteString utf8 = ByteString.copyFrom(bytes, from, size);
        if (!utf8.isValidUtf8()) {
            throw new InvalidProtocolBufferException("Protocol message had invalid UTF-8.");
        }
        return utf8.toStringUtf8();
    }

    private int begin() throws IOException {
        return in.pushLimit(in.readRawVarint32());
    }

    /** A message that is sent in parts is the sum of them. */
    private void merge(MessageLite.Builder message) throws IOException {
        in.readMessage(message, NO_EXTENSIONS);
    }

    private void skip(int tag) throws IOException {
        if (!in.skipField(tag)) {
            // The end of a group that did not begin.
            in.checkLastTagWas(0);
        }
    }
}
