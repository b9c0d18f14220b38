package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.Codec;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A server on free ports, and what tests ask of it. */
final class RunningServer implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final Path adminTokenFile;
    private final String bootstrapServers;
    final SluiceServer server;

    /** @param settings besides ports, Kafka and the folder of the admin token */
    RunningServer(String bootstrapServers, Path folder, Map<Setting, String> settings) throws IOException {
        this(bootstrapServers, folder, settings, Clock.systemUTC());
    }

    RunningServer(String bootstrapServers, Path folder, Map<Setting, String> settings, Clock clock) throws IOException {
        Map<Setting, String> all = new EnumMap<>(Setting.class);
        all.put(Setting.REST_PORT, "0");
        all.put(Setting.OTLP_HTTP_PORT, "0");
        all.put(Setting.OTLP_GRPC_PORT, "0");
        all.put(Setting.KAFKA_BOOTSTRAP_SERVERS, bootstrapServers);
        all.put(Setting.DATA_DIR, folder.toString());
        all.put(Setting.ELASTICSEARCH_URL, "http://127.0.0.1:1");
        all.put(Setting.FLINK_URL, "http://127.0.0.1:1");
        all.putAll(settings);
        this.bootstrapServers = bootstrapServers;
        this.adminTokenFile = folder.resolve("admin.token");
        this.server = SluiceServer.start(Settings.of(all), clock);
    }

    RunningServer awaitKafka() throws Exception {
        server.kafka().prepared().get(60, TimeUnit.SECONDS);
        server.directory().loaded().get(60, TimeUnit.SECONDS);
        server.capsLoaded().get(60, TimeUnit.SECONDS);
        server.erasuresLoaded().get(60, TimeUnit.SECONDS);
        return this;
    }

    String adminToken() throws IOException {
        return Files.readString(adminTokenFile).strip();
    }

    String rest(String path) {
        return "http://127.0.0.1:" + server.restPort() + path;
    }

    String otlp(String path) {
        return "http://127.0.0.1:" + server.otlpHttpPort() + path;
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.timeout(Duration.ofSeconds(30)).build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<byte[]> sendForBytes(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.timeout(Duration.ofSeconds(30)).build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    HttpResponse<String> get(String path, String token) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(rest(path))).header("authorization", "Bearer " + token));
    }

    /** Answer of a GET that has to succeed. */
    JsonNode json(String path, String token) throws IOException, InterruptedException {
        HttpResponse<String> response = get(path, token);
        if (response.statusCode() != 200) {
            throw new AssertionError(path + ": " + response.statusCode() + " " + response.body());
        }
        return JSON.readTree(response.body());
    }

    /** POST /v1/tokens by the operator. */
    JsonNode createToken(String organization, String... scopes) throws IOException, InterruptedException {
        ObjectNode body = JSON.createObjectNode().put("name", "test").put("organization", organization);
        ArrayNode list = body.putArray("scopes");
        for (String scope : scopes) {
            list.add(scope);
        }
        HttpResponse<String> response = post("/v1/tokens", adminToken(), body.toString());
        if (response.statusCode() != 201) {
            throw new AssertionError(response.statusCode() + " " + response.body());
        }
        return JSON.readTree(response.body());
    }

    /** The secret of a new token. */
    String token(String organization, String... scopes) throws IOException, InterruptedException {
        return createToken(organization, scopes).path("token").asText();
    }

    HttpResponse<String> post(String path, String token, String json) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(rest(path)))
                .header("authorization", "Bearer " + token)
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    HttpRequest.Builder export(Signal signal, String contentType, byte[] body) {
        return HttpRequest.newBuilder(URI.create(otlp(signal.path())))
                .header("content-type", contentType)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    }

    /** As a job does it. */
    void publish(Topic topic, String key, SpecificRecordBase record) throws Exception {
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers), new StringSerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(topic.topicName(), key, Codec.encode(record)))
                    .get(30, TimeUnit.SECONDS);
        }
    }

    /** Everything on a topic, by key. */
    <T> List<Map.Entry<String, T>> records(Topic topic, BinaryMessageDecoder<T> decoder) {
        List<Map.Entry<String, T>> records = new ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrapServers, "enable.auto.commit", false),
                new StringDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic.topicName()).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.getOrDefault(p, 0L))) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    records.add(Map.entry(record.key(), decoder.decode(record.value())));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return records;
    }

    @Override
    public void close() {
        server.close();
    }
}
