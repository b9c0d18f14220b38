package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Codec;
import io.sluice.schema.DirectoryOrganization;
import io.sluice.schema.DirectoryVersion;
import io.sluice.schema.Topic;
import io.sluice.testing.KafkaServer;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server's part of a trace, at a receiver of OTLP, and what records on Kafka carry of it. */
class TracesITCase {
    private static final String HEADER = "traceparent";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @Test
    void everySampledRecordHasATraceFromReceiptToKafka() throws Exception {
        List<Span> spans = new CopyOnWriteArrayList<>();
        List<String> keys = new CopyOnWriteArrayList<>();
        HttpServer receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/v1/traces", exchange -> {
            try (exchange;
                    InputStream body = new GZIPInputStream(exchange.getRequestBody())) {
                keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("api-key")));
                ExportTraceServiceRequest.parseFrom(body).getResourceSpansList().stream()
                        .flatMap(resource -> resource.getScopeSpansList().stream())
                        .forEach(scope -> spans.addAll(scope.getSpansList()));
                exchange.sendResponseHeaders(200, -1);
            }
        });
        receiver.start();
        Path headers = java.nio.file.Files.writeString(folder.resolve("headers"), "api-key: not-a-real-one\n");
        try (KafkaServer kafka = KafkaServer.start();
                RunningServer running = new RunningServer(
                                kafka.bootstrapServers(),
                                folder,
                                Map.of(
                                        Setting.OTLP_TRACES_URL,
                                        "http://127.0.0.1:"
                                                + receiver.getAddress().getPort() + "/v1/traces",
                                        Setting.OTLP_TRACES_HEADERS_FILE,
                                        headers.toString(),
                                        Setting.OTLP_TRACES_ONE_IN,
                                        "1"))
                        .awaitKafka()) {
            String token = running.token("default", "admin");
            send(running, token);
            Map<String, String> carried = carried(kafka);
            assertThat(carried).isNotEmpty();
            Map<String, List<Span>> named = traces(spans, carried.values());
            carried.forEach((event, traceparent) -> {
                String[] parts = traceparent.split("-");
                List<Span> trace = Objects.requireNonNull(named.get(parts[1]), event);
                Span receive = only(trace, "sluice.receive");
                Span publish = only(trace, "sluice.publish");
                assertThat(trace).hasSize(2);
                assertThat(receive.getParentSpanId().isEmpty()).isTrue();
                assertThat(publish.getParentSpanId()).isEqualTo(receive.getSpanId());
                assertThat(HexFormat.of().formatHex(publish.getSpanId().toByteArray()))
                        .as("what the record carries")
                        .isEqualTo(parts[2]);
                assertThat(receive.getAttributesList().stream()
                                .map(each -> each.getValue().getStringValue()))
                        .containsExactlyInAnyOrder(event, "default");
                assertThat(publish.getStartTimeUnixNano()).isEqualTo(receive.getEndTimeUnixNano());
                assertThat(publish.getEndTimeUnixNano()).isGreaterThanOrEqualTo(publish.getStartTimeUnixNano());
            });

            // An event's name would join what these modes keep apart: then traces have times only.
            long version = 0;
            for (String mode : List.of("pseudonymous", "team-only", "of a version to come")) {
                version++;
                hide(kafka, mode, version);
                DirectoryStack.await(() -> running.json("/v1/organization", token)
                        .path("analytics_privacy")
                        .asText()
                        .equals(mode));
                spans.clear();
                send(running, token);
                Map<String, List<Span>> hidden = traces(spans, carried.values());
                carried.forEach((event, traceparent) -> {
                    List<Span> trace =
                            Objects.requireNonNull(hidden.get(traceparent.split("-")[1]), event);
                    assertThat(only(trace, "sluice.receive").getAttributesList())
                            .as(mode)
                            .isEmpty();
                    assertThat(only(trace, "sluice.publish").getAttributesList())
                            .as(mode)
                            .extracting(KeyValue::getKey)
                            .containsExactlyInAnyOrder("messaging.system", "messaging.destination.name");
                });
            }
            assertThat(keys).containsOnly("not-a-real-one");
        } finally {
            receiver.stop(0);
        }
    }

    private static void send(RunningServer running, String token) throws Exception {
        byte[] logs;
        try (InputStream in =
                Objects.requireNonNull(TracesITCase.class.getResourceAsStream("/claude-code/accept/001-logs.json"))) {
            logs = in.readAllBytes();
        }
        assertThat(running.send(HttpRequest.newBuilder(URI.create(running.otlp("/v1/logs")))
                                .header("content-type", "application/json")
                                .header("x-sluice-historical", "true")
                                .header("authorization", "Bearer " + token)
                                .POST(HttpRequest.BodyPublishers.ofByteArray(logs)))
                        .statusCode())
                .isEqualTo(200);
    }

    /** By id, as soon as all that records carry are there to their end. */
    private static Map<String, List<Span>> traces(List<Span> spans, Collection<String> carried) throws Exception {
        DirectoryStack.await(() -> carried.stream()
                .allMatch(traceparent -> spans.stream()
                        .anyMatch(span -> span.getName().equals("sluice.publish")
                                && traceparent.contains(HexFormat.of()
                                        .formatHex(span.getSpanId().toByteArray())))));
        return spans.stream()
                .collect(Collectors.groupingBy(
                        span -> HexFormat.of().formatHex(span.getTraceId().toByteArray())));
    }

    private static Span only(List<Span> trace, String name) {
        List<Span> found =
                trace.stream().filter(span -> span.getName().equals(name)).toList();
        assertThat(found).as(name).hasSize(1);
        return found.get(0);
    }

    /** As the server does when somebody sets the privacy of analytics. */
    private static void hide(KafkaServer kafka, String mode, long version) throws Exception {
        DirectoryVersion organization = DirectoryVersion.newBuilder()
                .setOrgId("default")
                .setKind("organization")
                .setId("default")
                .setVersion(version)
                .setEffectiveAt(version)
                .setRecordedAt(version)
                .setCreatedAt(1)
                .setSource("admin")
                .setOrganization(DirectoryOrganization.newBuilder()
                        .setAnalyticsPrivacy(mode)
                        .build())
                .build();
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new StringSerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(
                            Topic.DIRECTORY.topicName(),
                            Topic.versionKey("default", "organization", "default", version),
                            Codec.encode(organization)))
                    .get(30, TimeUnit.SECONDS);
        }
    }

    /** {@code traceparent} of the activity on the topic, by event. */
    private static Map<String, String> carried(KafkaServer kafka) throws Exception {
        Map<String, String> carried = new HashMap<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(Topic.ACTIVITY.topicName()).stream()
                    .map(each -> new TopicPartition(each.topic(), each.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream()
                    .anyMatch(each -> consumer.position(each) < Objects.requireNonNull(ends.get(each)))) {
                for (ConsumerRecord<byte[], byte[]> each : consumer.poll(Duration.ofMillis(100))) {
                    carried.put(
                            ActivityEvent.getDecoder().decode(each.value()).getEventId(),
                            new String(each.headers().lastHeader(HEADER).value()));
                }
            }
        }
        return carried;
    }
}
