package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.schema.Codec;
import io.sluice.schema.DirectoryVersion;
import io.sluice.schema.SpendMonth;
import io.sluice.schema.Topic;
import io.sluice.testing.ElasticsearchServer;
import io.sluice.testing.KafkaServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** Kafka and Elasticsearch, and as many servers on them as a test wants. */
final class DirectoryStack implements AutoCloseable {
    private static @Nullable DirectoryStack shared;

    final KafkaServer kafka;
    final ElasticsearchServer elasticsearch;
    private final Path folder;

    DirectoryStack(Path folder) throws Exception {
        this(folder, KafkaServer.start(), TestElastic.empty());
        TestElastic.createIndices(elasticsearch);
    }

    private DirectoryStack(Path folder, KafkaServer kafka, ElasticsearchServer elasticsearch) {
        this.folder = folder;
        this.kafka = kafka;
        this.elasticsearch = elasticsearch;
    }

    /**
     * On one Kafka and Elasticsearch for all classes of this JVM, since starting them takes most of the time. They end with the
     * JVM, so it is not to be closed; organizations are to be those of one class.
     */
    static synchronized DirectoryStack shared(Path folder) throws Exception {
        DirectoryStack first = shared;
        if (first == null) {
            DirectoryStack started = new DirectoryStack(folder, KafkaServer.start(), ElasticsearchServer.start());
            TestElastic.createIndices(started.elasticsearch);
            Runtime.getRuntime().addShutdownHook(new Thread(started::closeQuietly));
            shared = started;
            return started;
        }
        return new DirectoryStack(folder, first.kafka, first.elasticsearch);
    }

    private void closeQuietly() {
        try {
            close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    RunningServer server(Clock clock) throws Exception {
        return server(clock, Map.of());
    }

    RunningServer server(Clock clock, Map<Setting, String> more) throws Exception {
        Path password = Files.writeString(folder.resolve("password"), elasticsearch.password());
        Map<Setting, String> settings = new EnumMap<>(Setting.class);
        settings.put(Setting.ELASTICSEARCH_URL, elasticsearch.url().toString());
        settings.put(Setting.ELASTICSEARCH_PASSWORD_FILE, password.toString());
        settings.put(Setting.RATE_LIMIT_PER_MINUTE, "0");
        settings.put(Setting.INGEST_RATE_LIMIT_PER_MINUTE, "0");
        settings.putAll(more);
        return new RunningServer(kafka.bootstrapServers(), folder, settings, clock).awaitKafka();
    }

    /** As the spend job tells it. */
    void spent(String organization, String label, int month, long version, long... days) throws Exception {
        spent(SpendMonth.newBuilder()
                .setOrgId(organization)
                .setSubjectType("user")
                .setSubject(label)
                .setMonth(month)
                .setVersion(version)
                .setDayMicros(Arrays.stream(days).boxed().toList())
                .build());
    }

    /** The same of any subject. */
    void spent(SpendMonth sums) throws Exception {
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new StringSerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(
                            Topic.BUDGETS.topicName(),
                            sums.getOrgId()
                                    + '|'
                                    + sums.getSubjectType()
                                    + '|'
                                    + sums.getSubject()
                                    + '|'
                                    + sums.getMonth(),
                            Codec.encode(sums)))
                    .get(30, TimeUnit.SECONDS);
        }
    }

    /** An answer of a server. */
    record Answer(int status, String etag, JsonNode body) {
        String id() {
            return body.path("id").asText();
        }

        String message() {
            return body.path("error").path("message").asText(body.path("detail").asText());
        }

        Answer is(int expected) {
            assertThat(status).as("%s", body).isEqualTo(expected);
            return this;
        }
    }

    /** Somebody with a token of an organization, at one server. */
    static final class Client {
        private final RunningServer running;
        private final String token;
        private final String contentType;

        private Client(RunningServer running, String token, String contentType) {
            this.running = running;
            this.token = token;
            this.contentType = contentType;
        }

        static Client of(RunningServer running, String organization) throws Exception {
            return new Client(running, running.token(organization, "admin"), "application/json");
        }

        static Client scim(RunningServer running, String organization) throws Exception {
            return new Client(running, running.token(organization, "scim"), "application/scim+json");
        }

        /**
         * @param body with ' for "
         * @param headers names and values
         */
        Answer send(String method, String path, String body, String... headers) throws Exception {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(running.rest(path)))
                    .header("authorization", "Bearer " + token)
                    .header("content-type", contentType)
                    .method(method, HttpRequest.BodyPublishers.ofString(body.replace('\'', '"')));
            for (int i = 0; i < headers.length; i += 2) {
                request.header(headers[i], headers[i + 1]);
            }
            HttpResponse<String> response = running.send(request);
            return new Answer(
                    response.statusCode(),
                    response.headers().firstValue("etag").orElse(""),
                    response.body().isEmpty()
                            ? RunningServer.JSON.nullNode()
                            : RunningServer.JSON.readTree(response.body()));
        }

        Answer get(String path) throws Exception {
            return send("GET", path, "").is(200);
        }

        Answer post(String path, String body) throws Exception {
            return send("POST", path, body).is(201);
        }
    }

    /**
     * One field of each element, as text.
     *
     * @param answer a list, or what has one as its {@code data}
     */
    static List<String> texts(JsonNode answer, String pointer) {
        JsonNode list = answer.isArray() ? answer : answer.path("data");
        return StreamSupport.stream(list.spliterator(), false)
                .map(each -> each.at(pointer).asText())
                .toList();
    }

    /** All at the same moment, each in a thread of its own. */
    static <T> List<T> atOnce(int threads, IntFunction<Callable<T>> tasks) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            CountDownLatch begin = new CountDownLatch(1);
            List<Future<T>> running = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                Callable<T> task = tasks.apply(i);
                running.add(executor.submit(() -> {
                    begin.await();
                    return task.call();
                }));
            }
            begin.countDown();
            List<T> results = new ArrayList<>();
            for (Future<T> each : running) {
                results.add(each.get(120, TimeUnit.SECONDS));
            }
            return results;
        } finally {
            executor.shutdownNow();
        }
    }

    /** Tries until it is so; the limit is generous since machines differ. */
    static void await(Callable<Boolean> condition) throws Exception {
        Instant limit = Instant.now().plus(Duration.ofSeconds(100));
        while (!condition.call()) {
            if (Instant.now().isAfter(limit)) {
                throw new AssertionError("not so after 100 s");
            }
        }
    }

    /** An organization's versions on the topic, as often as they are there, by kind and id, in order of version. */
    static Map<String, List<DirectoryVersion>> versions(RunningServer running, String organization) {
        Map<String, List<DirectoryVersion>> versions = new TreeMap<>();
        running.records(Topic.DIRECTORY, DirectoryVersion.getDecoder()).stream()
                .map(Map.Entry::getValue)
                .filter(version -> version.getOrgId().equals(organization))
                .forEach(version -> versions.computeIfAbsent(
                                version.getKind() + ' ' + version.getId(), document -> new ArrayList<>())
                        .add(version));
        versions.values().forEach(each -> each.sort(Comparator.comparingLong(DirectoryVersion::getVersion)));
        return versions;
    }

    @Override
    public void close() throws IOException {
        kafka.close(); // Elasticsearch ends with the JVM.
    }
}
