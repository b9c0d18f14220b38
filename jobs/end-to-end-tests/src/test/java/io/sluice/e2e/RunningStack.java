package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.schema.Alert;
import io.sluice.schema.CapVersion;
import io.sluice.schema.Codec;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** The whole stack, running, without limits of rates. */
final class RunningStack implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final long FIRST_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long LAST_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(400);

    private final Path data;
    private final Cli cli;
    private final Client operator;

    private RunningStack(Path data, Cli cli) throws IOException {
        this.data = data;
        this.cli = cli;
        String token = Files.readString(data.resolve("admin.token")).strip();
        operator = new Client(url("REST_PORT"), url("OTLP_HTTP_PORT"), "default", token);
    }

    static RunningStack start() throws Exception {
        return start(cli -> {});
    }

    /** @param settings given more of them */
    static RunningStack start(Consumer<Cli> settings) throws Exception {
        // As root, Elasticsearch runs as another user, who must be able to get there.
        Path data = Files.createTempDirectory("sluice-e2e-");
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx--x--x"));
        Cli cli = new Cli(data).with("RATE_LIMIT_PER_MINUTE", "0").with("INGEST_RATE_LIMIT_PER_MINUTE", "0");
        settings.accept(cli);
        List<String> said = Collections.synchronizedList(new ArrayList<>());
        JsonNode places = cli.start(said::add, "up", "--detach", "--json").json(300);
        assertThat(places.path("console").asText()).as("%s", said).isNotEmpty();
        return new RunningStack(data, cli);
    }

    private URI url(String port) {
        return URI.create("http://127.0.0.1:" + cli.setting(port));
    }

    /** An administrator of the operator's organization. */
    Client operator() {
        return operator;
    }

    JsonNode status() throws Exception {
        return cli.status();
    }

    /** Logs, checkpoints, and whatever Flink was told, that have a text in them, byte for byte. */
    List<Path> filesWith(String text) throws IOException {
        return filesWith(text, List.of("logs", "flink", "run", "checkpoints"));
    }

    /** Everything that the stack has written, byte for byte. */
    List<Path> anyFilesWith(String text) throws IOException {
        return filesWith(text, List.of(""));
    }

    private List<Path> filesWith(String text, List<String> folders) throws IOException {
        List<Path> found = new ArrayList<>();
        for (String folder : folders) {
            Files.walkFileTree(data.resolve(folder), new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) throws IOException {
                    try {
                        if (Files.readString(path, StandardCharsets.ISO_8859_1).contains(text)) {
                            found.add(path);
                        }
                    } catch (NoSuchFileException e) {
                        // an older checkpoint, which a newer one has replaced
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
                    if (e instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw e;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path path, @Nullable IOException e) throws IOException {
                    if (e == null || e instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw e;
                }
            });
        }
        return found;
    }

    /** What a search of Elasticsearch finds, at its source. */
    JsonNode found(String index, String query) throws Exception {
        String password =
                Files.readString(data.resolve("elasticsearch.password")).strip();
        String credentials =
                Base64.getEncoder().encodeToString(("sluice:" + password).getBytes(StandardCharsets.UTF_8));
        HttpRequest request = HttpRequest.newBuilder(url("ELASTICSEARCH_PORT").resolve("/" + index + "/_search"))
                .header("authorization", "Basic " + credentials)
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"size\": 10000, \"query\": " + query + "}"))
                .build();
        HttpResponse<byte[]> response =
                HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofByteArray());
        return JSON.readTree(response.body()).path("hits").path("hits");
    }

    /** An administrator of an organization of its own. */
    Client organization(String id) throws Exception {
        return organization(id, "enterprise");
    }

    Client organization(String id, String plan) throws Exception {
        operator.ok("PUT", "/v1/organizations/" + id, "{'plan': '" + plan + "', 'name': '" + id + "'}");
        String token = operator.send(
                        "POST", "/v1/tokens", "{'name': 'test', 'organization': '" + id + "', 'scopes': ['admin']}")
                .is(201)
                .path("token")
                .asText();
        return new Client(url("REST_PORT"), url("OTLP_HTTP_PORT"), id, token);
    }

    Optional<ProcessHandle> process(String name) throws IOException {
        return process(data, name);
    }

    /** As the supervisor wrote it down; empty: it is not running now. A status would start a JVM each time. */
    static Optional<ProcessHandle> process(Path data, String name) throws IOException {
        try {
            String text = Files.readString(data.resolve("run").resolve(name + ".json"));
            return ProcessHandle.of(JSON.readTree(text).path("pid").asLong()).filter(ProcessHandle::isAlive);
        } catch (NoSuchFileException e) {
            return Optional.empty(); // between its end and its next start
        }
    }

    private String bootstrapServers() {
        return "127.0.0.1:" + cli.setting("KAFKA_PORT");
    }

    /** As if it had been accepted then: REST lets no limit begin long ago. */
    void publish(CapVersion version) throws Exception {
        String key = String.join(
                "|", version.getOrgId(), version.getKind(), version.getId(), Long.toString(version.getVersion()));
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers()), new StringSerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(Topic.CAPS.topicName(), key, Codec.encode(version)))
                    .get(30, TimeUnit.SECONDS);
        }
    }

    /** All that was ever told, of each partition in order. */
    List<Alert> alertsOnTopic() throws Exception {
        List<Alert> alerts = new ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrapServers()),
                new StringDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(Topic.ALERTS.topicName()).stream()
                    .map(each -> new TopicPartition(each.topic(), each.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            until(() -> "the topic is read", Duration.ofSeconds(60), () -> {
                for (var each : consumer.poll(Duration.ofMillis(100))) {
                    alerts.add(Codec.of(Alert.class).decode(each.value()));
                }
                return partitions.stream()
                        .allMatch(each -> consumer.position(each) >= Objects.requireNonNull(ends.get(each)));
            });
        }
        return alerts;
    }

    /** Asks again until it is so, less often after a while: asking takes the processor from what is waited for. */
    static void until(Supplier<String> what, Duration patience, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + patience.toNanos();
        long pause = FIRST_POLL_NANOS;
        while (!condition.call()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + patience + ": " + what.get());
            }
            LockSupport.parkNanos(pause);
            pause = Math.min(2 * pause, LAST_POLL_NANOS);
        }
    }

    @Override
    public void close() throws Exception {
        cli.run("down");
        delete(data);
    }

    static void delete(Path folder) throws IOException {
        try (var paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Collections.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
