package io.sluice.sql;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.otlp.Decoded;
import io.sluice.otlp.OtlpContext;
import io.sluice.otlp.OtlpDecoder;
import io.sluice.otlp.OtlpJson;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Codec;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.Topic;
import io.sluice.schema.UsageEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * What the topics hold in tests: what real clients sent, decoded by the real decoder, all of it twice; and the records of
 * {@code records.jsonl}.
 */
final class Input {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path CAPTURES = Path.of("../connectors/otlp/src/test/resources/claude-code");
    private static final Instant RECEIVED = Instant.parse("2026-11-24T08:00:00Z");
    private static final int PARTITIONS = 2;

    private final KafkaProducer<byte[], byte[]> producer;
    private final List<Future<?>> sent = new ArrayList<>();

    private Input(KafkaProducer<byte[], byte[]> producer) {
        this.producer = producer;
    }

    static void createTopics(String kafka) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka))) {
            admin.createTopics(Arrays.stream(Topic.values())
                            .map(topic ->
                                    new NewTopic(topic.topicName(), PARTITIONS, (short) 1).configs(topic.settings()))
                            .toList())
                    .all()
                    .get();
        }
    }

    static void send(String kafka) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer(kafka)) {
            Input input = new Input(producer);
            for (int time = 0; time < 2; time++) {
                for (String capture : List.of("accept", "denied", "mcp", "errors", "cumulative")) {
                    input.capture(CAPTURES.resolve(capture));
                }
            }
            input.records();
            for (Future<?> one : input.sent) {
                one.get();
            }
        }
    }

    static KafkaProducer<byte[], byte[]> producer(String kafka) {
        return new KafkaProducer<>(
                // One request at a time: a topic that has just been made may refuse the first one and take the second,
                // and
                // then never takes the first.
                Map.of("bootstrap.servers", kafka, "max.in.flight.requests.per.connection", 1),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private void capture(Path folder) throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                OtlpContext context = new OtlpContext("acme", Set.of(), RECEIVED, true);
                if (file.toString().endsWith("-logs.json")) {
                    send(OtlpDecoder.decode(OtlpJson.logs(Files.readAllBytes(file)), context));
                } else if (file.toString().endsWith("-metrics.json")) {
                    send(OtlpDecoder.decode(OtlpJson.metrics(Files.readAllBytes(file)), context));
                }
            }
        }
    }

    private void send(Decoded decoded) {
        assertThat(decoded.deadLetters()).isEmpty();
        for (UsageEvent event : decoded.usage()) {
            send(Topic.USAGE, Topic.sessionKey(event.getOrgId(), event.getSessionId(), null), Codec.encode(event));
        }
        for (CounterPoint point : decoded.counters()) {
            send(Topic.COUNTERS, Topic.sessionKey(point.getOrgId(), point.getSessionId(), null), Codec.encode(point));
        }
        for (ActivityEvent event : decoded.activity()) {
            send(Topic.ACTIVITY, Topic.sessionKey(event.getOrgId(), event.getSessionId(), null), Codec.encode(event));
        }
        for (ContentEvent event : decoded.content()) {
            String key = Topic.contentKey(event.getOrgId(), event.getConversationId(), event.getMessageId());
            send(Topic.CONTENT, key, Codec.encode(event));
        }
    }

    private void records() throws Exception {
        Path file = Path.of("src/test/resources/io/sluice/sql/records.jsonl");
        for (String line : Files.readAllLines(file)) {
            JsonNode json = JSON.readTree(line);
            Topic topic = Arrays.stream(Topic.values())
                    .filter(candidate ->
                            candidate.topicName().equals(json.path("topic").asText()))
                    .findFirst()
                    .orElseThrow();
            String key = json.path("key").isTextual() ? json.path("key").asText() : null;
            send(topic, key, json.path("value").isNull() ? null : Codec.encode(record(json)));
        }
    }

    private static SpecificRecordBase record(JsonNode json) throws ClassNotFoundException, IOException {
        Class<?> type = Class.forName("io.sluice.schema." + json.path("record").asText());
        Schema schema = SpecificData.getForClass(type).getSchema(type);
        return (SpecificRecordBase) value(schema, json.path("value"), "value");
    }

    /** As generated classes hold it. Of a time, text in ISO 8601. */
    private static Object value(Schema schema, JsonNode json, String name) throws IOException {
        return switch (schema.getType()) {
            case RECORD -> {
                SpecificRecordBase record =
                        (SpecificRecordBase) SpecificData.get().newRecord(null, schema);
                json.fieldNames()
                        .forEachRemaining(field ->
                                assertThat(schema.getField(field)).as(field).isNotNull());
                for (Schema.Field field : schema.getFields()) {
                    record.put(field.pos(), field(field, json.get(field.name())));
                }
                yield record;
            }
            case UNION -> value(schema.getTypes().get(1), json, name);
            case STRING -> json.asText();
            case LONG ->
                json.isTextual()
                        ? ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse(json.asText()))
                        : json.asLong();
            case INT -> json.asInt();
            case DOUBLE -> json.asDouble();
            case BOOLEAN -> json.asBoolean();
            case ENUM -> SpecificData.get().createEnum(json.asText(), schema);
            case ARRAY -> {
                List<Object> list = new ArrayList<>();
                for (JsonNode element : json) {
                    list.add(value(schema.getElementType(), element, name));
                }
                yield list;
            }
            case MAP -> {
                Map<String, Object> map = new HashMap<>();
                for (Map.Entry<String, JsonNode> entry : json.properties()) {
                    map.put(entry.getKey(), value(schema.getValueType(), entry.getValue(), name));
                }
                yield map;
            }
            case BYTES, FIXED, FLOAT, NULL -> throw new IOException(name + ": " + schema);
        };
    }

    private static @Nullable Object field(Schema.Field field, @Nullable JsonNode json) throws IOException {
        if (json == null) {
            return SpecificData.get().getDefaultValue(field);
        }
        return json.isNull() ? null : value(field.schema(), json, field.name());
    }

    private void send(Topic topic, @Nullable String key, byte @Nullable [] value) {
        byte[] encoded = key == null ? null : key.getBytes(StandardCharsets.UTF_8);
        sent.add(producer.send(new ProducerRecord<>(topic.topicName(), encoded, value)));
    }
}
