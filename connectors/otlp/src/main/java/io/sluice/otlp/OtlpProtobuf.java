package io.sluice.otlp;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.ExtensionRegistryLite;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * OTLP requests in protobuf. The result is that of the generated parser, but for unknown fields; attributes that a
 * record has in common with the one before it, which is most of them, are parsed once and are the same object.
 *
 * <p>Field numbers: {@code opentelemetry/proto/logs/v1/logs.proto}.
 */
public final class OtlpProtobuf {
    private static final ExtensionRegistryLite NO_EXTENSIONS = ExtensionRegistryLite.getEmptyRegistry();
    private static final int PLACES = 64;

    private final byte[] bytes;
    private final CodedInputStream in;

    /** By place among the attributes of a log record: the last one that was parsed there, and its bytes. */
    private final @Nullable KeyValue[] seen = new @Nullable KeyValue[PLACES];

    private final int[] seenFrom = new int[PLACES];
    private final int[] seenTo = new int[PLACES];

    private OtlpProtobuf(byte[] bytes) {
        this.bytes = bytes;
        this.in = CodedInputStream.newInstance(bytes);
    }

    /** @throws InvalidProtocolBufferException as {@link ExportLogsServiceRequest#parseFrom(byte[])} */
    public static ExportLogsServiceRequest logs(byte[] bytes) throws InvalidProtocolBufferException {
        try {
            return new OtlpProtobuf(bytes).request();
        } catch (InvalidProtocolBufferException e) {
            throw e;
        } catch (IOException e) {
            throw new InvalidProtocolBufferException(e);
        }
    }

    private ExportLogsServiceRequest request() throws IOException {
        ExportLogsServiceRequest.Builder request = ExportLogsServiceRequest.newBuilder();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == 10) {
                int outer = in.pushLimit(in.readRawVarint32());
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
                case 10 -> merge(logs.getResourceBuilder());
                case 18 -> {
                    int outer = in.pushLimit(in.readRawVarint32());
                    logs.addScopeLogs(scopeLogs());
                    in.popLimit(outer);
                }
                case 26 -> logs.setSchemaUrl(in.readStringRequireUtf8());
                default -> skip(tag);
            }
        }
        return logs.build();
    }

    private ScopeLogs scopeLogs() throws IOException {
        ScopeLogs.Builder logs = ScopeLogs.newBuilder();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case 10 -> merge(logs.getScopeBuilder());
                case 18 -> {
                    int outer = in.pushLimit(in.readRawVarint32());
                    logs.addLogRecords(logRecord());
                    in.popLimit(outer);
                }
                case 26 -> logs.setSchemaUrl(in.readStringRequireUtf8());
                default -> skip(tag);
            }
        }
        return logs.build();
    }

    private LogRecord logRecord() throws IOException {
        LogRecord.Builder log = LogRecord.newBuilder();
        int place = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case 9 -> log.setTimeUnixNano(in.readFixed64());
                case 16 -> log.setSeverityNumberValue(in.readEnum());
                case 26 -> log.setSeverityText(in.readStringRequireUtf8());
                case 42 -> merge(log.getBodyBuilder());
                case 50 -> log.addAttributes(attribute(place++));
                case 56 -> log.setDroppedAttributesCount(in.readUInt32());
                case 69 -> log.setFlags(in.readFixed32());
                case 74 -> log.setTraceId(in.readBytes());
                case 82 -> log.setSpanId(in.readBytes());
                case 89 -> log.setObservedTimeUnixNano(in.readFixed64());
                case 98 -> log.setEventName(in.readStringRequireUtf8());
                default -> skip(tag);
            }
        }
        return log.build();
    }

    private KeyValue attribute(int place) throws IOException {
        int size = in.readRawVarint32();
        int from = in.getTotalBytesRead();
        if (place < PLACES && size >= 0 && size <= in.getBytesUntilLimit()) {
            KeyValue known = seen[place];
            if (known != null && Arrays.equals(bytes, from, from + size, bytes, seenFrom[place], seenTo[place])) {
                in.skipRawBytes(size);
                return known;
            }
        }
        int outer = in.pushLimit(size);
        KeyValue attribute = KeyValue.parser().parsePartialFrom(in, NO_EXTENSIONS);
        in.checkLastTagWas(0);
        in.popLimit(outer);
        if (place < PLACES) {
            seen[place] = attribute;
            seenFrom[place] = from;
            seenTo[place] = from + size;
        }
        return attribute;
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
