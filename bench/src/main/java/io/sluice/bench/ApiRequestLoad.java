package io.sluice.bench;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.resource.v1.Resource;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** Exports of {@code api_request} events that happen now, of users of {@link UsageLoad}. */
final class ApiRequestLoad {
    private static final DateTimeFormatter TIMESTAMP = DateTimeFormatter.ofPattern(
                    "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private static final Resource CLIENT = Resource.newBuilder()
            .addAttributes(attribute("service.name", "claude-code"))
            .addAttributes(attribute("service.version", "2.1.328"))
            .addAttributes(attribute("os.type", "linux"))
            .addAttributes(attribute("host.arch", "amd64"))
            .build();
    private static final InstrumentationScope SCOPE = InstrumentationScope.newBuilder()
            .setName("com.anthropic.claude_code.events")
            .setVersion("2.1.328")
            .build();

    /** What all events of a user have in common. */
    private final LogRecord[] ofUser;

    private final long[] sequence;
    private final long seed;
    private long made;

    ApiRequestLoad(long seed, int users) {
        this.seed = seed;
        ofUser = new LogRecord[users];
        sequence = new long[users];
        for (int user = 0; user < users; user++) {
            ofUser[user] = ofUser(user, Mix.of(seed ^ Mix.of(user)));
        }
    }

    private static LogRecord ofUser(int user, long person) {
        return LogRecord.newBuilder()
                .setBody(AnyValue.newBuilder().setStringValue("claude_code.api_request"))
                .addAllAttributes(List.of(
                        attribute("user.id", hex(Mix.of(person + 1)) + hex(Mix.of(person + 2))),
                        attribute("session.id", hex(person) + hex(Mix.of(person))),
                        attribute("app.version", "2.1.328"),
                        attribute("user.email", UsageLoad.email(user)),
                        attribute("terminal.type", "vscode"),
                        attribute("event.name", "api_request"),
                        attribute("prompt.id", hex(Mix.of(person + 3))),
                        attribute("model", "claude-sonnet-4-5"),
                        attribute("input_tokens", 100),
                        attribute("output_tokens", 200),
                        attribute("cache_read_tokens", 30_000),
                        attribute("cache_creation_tokens", 1_000),
                        attribute("duration_ms", 2_000),
                        attribute("speed", "normal"),
                        attribute("query_source", "repl_main_thread")))
                .build();
    }

    private static KeyValue attribute(String key, String value) {
        return KeyValue.newBuilder()
                .setKey(key)
                .setValue(AnyValue.newBuilder().setStringValue(value))
                .build();
    }

    private static KeyValue attribute(String key, long value) {
        return KeyValue.newBuilder()
                .setKey(key)
                .setValue(AnyValue.newBuilder().setIntValue(value))
                .build();
    }

    private static String hex(long value) {
        return String.format(Locale.ROOT, "%016x", value);
    }

    /** The next request of a user. */
    LogRecord event(int user, long costMicros) {
        Instant now = Instant.now();
        return ofUser[user].toBuilder()
                .setTimeUnixNano(now.toEpochMilli() * 1_000_000)
                .setObservedTimeUnixNano(now.toEpochMilli() * 1_000_000)
                .addAttributes(attribute("event.timestamp", TIMESTAMP.format(now)))
                .addAttributes(attribute("event.sequence", sequence[user]++))
                .addAttributes(attribute("request_id", "req_011" + hex(Mix.of(seed + made++))))
                .addAttributes(attribute("cost_usd_micros", costMicros))
                .build();
    }

    /** Head and body of an export over HTTP. */
    static ByteBuffer export(List<LogRecord> events) {
        byte[] body = ExportLogsServiceRequest.newBuilder()
                .addResourceLogs(ResourceLogs.newBuilder()
                        .setResource(CLIENT)
                        .addScopeLogs(ScopeLogs.newBuilder().setScope(SCOPE).addAllLogRecords(events)))
                .build()
                .toByteArray();
        byte[] head = ("POST /v1/logs HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-protobuf\r\n"
                        + "content-length: " + body.length + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(head.length + body.length)
                .put(head)
                .put(body)
                .flip();
    }
}
