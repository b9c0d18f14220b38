package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.Span;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Topic;
import io.sluice.testing.KafkaServer;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
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
            byte[] logs;
            try (InputStream in = Objects.requireNonNull(
                    TracesITCase.class.getResourceAsStream("/claude-code/accept/001-logs.json"))) {
                logs = in.readAllBytes();
            }
            assertThat(running.send(HttpRequest.newBuilder(URI.create(running.otlp("/v1/logs")))
                                    .header("content-type", "application/json")
                                    .header("x-sluice-historical", "true")
                                    .header("authorization", "Bearer " + running.token("default", "admin"))
                                    .POST(HttpRequest.BodyPublishers.ofByteArray(logs)))
                            .statusCode())
                    .isEqualTo(200);
            Map<String, String> carried = carried(kafka);
            assertThat(carried).isNotEmpty();
            DirectoryStack.await(() -> spans.stream()
                            .filter(span -> span.getName().equals("sluice.publish"))
                            .count()
                    >= carried.size());
            Map<String, List<Span>> traces = spans.stream()
                    .collect(Collectors.groupingBy(
                            span -> HexFormat.of().formatHex(span.getTraceId().toByteArray())));
            carried.forEach((event, traceparent) -> {
                String[] parts = traceparent.split("-");
                List<Span> trace = Objects.requireNonNull(traces.get(parts[1]), event);
                assertThat(trace)
                        .extracting(Span::getName)
                        .containsExactlyInAnyOrder("sluice.receive", "sluice.publish");
                Span receive = trace.stream()
                        .filter(span -> span.getName().equals("sluice.receive"))
                        .findFirst()
                        .orElseThrow();
                Span publish = trace.stream()
                        .filter(span -> span != receive)
                        .findFirst()
                        .orElseThrow();
                assertThat(receive.getParentSpanId().isEmpty()).isTrue();
                assertThat(publish.getParentSpanId()).isEqualTo(receive.getSpanId());
                assertThat(HexFormat.of().formatHex(publish.getSpanId().toByteArray()))
                        .as("what the record carries")
                        .isEqualTo(parts[2]);
                assertThat(receive.getAttributesList().stream()
                                .map(each -> each.getValue().getStringValue()))
                        .contains(event, "default");
                assertThat(publish.getStartTimeUnixNano()).isEqualTo(receive.getEndTimeUnixNano());
                assertThat(publish.getEndTimeUnixNano()).isGreaterThanOrEqualTo(publish.getStartTimeUnixNano());
            });
            assertThat(keys).containsOnly("not-a-real-one");
        } finally {
            receiver.stop(0);
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
