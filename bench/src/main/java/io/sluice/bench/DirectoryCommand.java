package io.sluice.bench;

import io.sluice.schema.Codec;
import io.sluice.schema.DirectoryVersion;
import io.sluice.schema.Index;
import io.sluice.schema.Topic;
import io.sluice.testing.ElasticsearchServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How long an identity provider's first sync takes, and what a single change and a token cost. */
@Command(
        name = "directory",
        description = "The first sync of an identity provider by SCIM, with real Kafka and Elasticsearch; then, on what"
                + " it made: how soon a change of a user can be read from the topic, as jobs do, how long the change of"
                + " one member of a large group takes, and what a token adds to a request. One round.")
final class DirectoryCommand extends BenchCommand {
    private static final String ORGANIZATION = "bench";
    private static final int MEMBERS_OF_A_GROUP = 25;
    private static final int MEMBERS_AT_ONCE = 1_000;

    @Option(names = "--users", paramLabel = "N", description = "Users (default: ${DEFAULT-VALUE}).")
    int users = 50_000;

    @Option(
            names = "--groups",
            paramLabel = "N",
            description = "Groups of " + MEMBERS_OF_A_GROUP + " members, and a large one (default: ${DEFAULT-VALUE}).")
    int groups = 2_000;

    @Option(
            names = "--large-group",
            paramLabel = "N",
            description = "Members of the large group (default: ${DEFAULT-VALUE}).")
    int largeGroup = 20_000;

    @Option(names = "--changes", paramLabel = "N", description = "Single changes (default: ${DEFAULT-VALUE}).")
    int changes = 1_000;

    @Option(
            names = "--connections",
            paramLabel = "N",
            description = "Requests at a time during the sync (default: ${DEFAULT-VALUE}).")
    int connections = 8;

    @Override
    String benchmark() {
        return "directory";
    }

    @Override
    Report measure(Workspace workspace, Progress progress) throws Exception {
        progress.step("Kafka, Elasticsearch, server");
        Broker broker = Broker.start(workspace);
        try (ElasticsearchServer elasticsearch = ElasticsearchServer.start()) {
            createIndex(elasticsearch);
            Path password = Files.writeString(workspace.folder().resolve("password"), elasticsearch.password());
            Receiver receiver = Receiver.start(
                    workspace,
                    broker,
                    Map.of(
                            "SLUICE_ELASTICSEARCH_URL",
                            elasticsearch.url().toString(),
                            "SLUICE_ELASTICSEARCH_PASSWORD_FILE",
                            password.toString()));
            String admin = Files.readString(workspace.folder("server").resolve("admin.token"))
                    .strip();
            ScimClient scim = ScimClient.of(receiver.restPort(), admin, ORGANIZATION);
            progress.done("ready");
            return measure(scim, broker, receiver, admin, progress);
        }
    }

    private Report measure(ScimClient scim, Broker broker, Receiver receiver, String admin, Progress progress)
            throws Exception {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("users", users);
        facts.put("groups", groups + 1);
        facts.put("connections", connections);
        double cpu = receiver.cpuSeconds();
        long started = System.nanoTime();
        progress.step("sync");
        List<String> ids = new ArrayList<>(
                inParallel(users, i -> scim.createUser("user" + i + "@example.com", "Department " + i % 40)));
        double usersSeconds = secondsSince(started);
        List<String> groupIds = inParallel(groups, i -> {
            String id = scim.createGroup("Group " + i);
            List<String> members = new ArrayList<>();
            for (int member = 0; member < Math.min(MEMBERS_OF_A_GROUP, users); member++) {
                members.add(ids.get((i * MEMBERS_OF_A_GROUP + member) % users));
            }
            scim.addMembers(id, members);
            return id;
        });
        String large = scim.createGroup("Everyone");
        int members = Math.min(largeGroup, users);
        for (int from = 0; from < members; from += MEMBERS_AT_ONCE) {
            scim.addMembers(large, ids.subList(from, Math.min(members, from + MEMBERS_AT_ONCE)));
        }
        double seconds = secondsSince(started);
        double cpuSeconds = receiver.cpuSeconds() - cpu;
        progress.done(Math.round(seconds) + " s");
        check("users", scim.total("/Users"), users);
        check("groups", scim.total("/Groups"), groupIds.size() + 1L);
        check("members of the large group", scim.members(large), members);
        facts.put("sync_seconds", Math.round(seconds * 10) / 10.0);
        facts.put("users_seconds", Math.round(usersSeconds * 10) / 10.0);

        progress.step("single changes");
        facts.put("change_to_topic_ms", Percentiles.millis(changesToTopic(scim, broker, ids)));
        facts.put("large_group_patch_ms", Percentiles.millis(largeGroupPatches(scim, large, ids)));
        check("members of the large group", scim.members(large), members);
        long[][] tokens = tokenCost(receiver, admin);
        facts.put("request_without_token_ms", Percentiles.millis(tokens[0]));
        facts.put("request_with_token_ms", Percentiles.millis(tokens[1]));
        facts.put("token_adds_ms", (Percentiles.of(tokens[1], 50) - Percentiles.of(tokens[0], 50)) / 1_000 / 1e3);
        progress.done("done");
        Measure sync = new Measure(users + groups + 1.0, seconds, cpuSeconds);
        return new Report(benchmark(), "documents/s", List.of(), Map.of("sync", List.of(sync)), facts);
    }

    private static void check(String what, long found, long expected) throws IncorrectException {
        if (found != expected) {
            throw new IncorrectException(what + ": " + found + " (expected: " + expected + ")");
        }
    }

    private static double secondsSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e9;
    }

    private interface Task {
        String run(int index) throws Exception;
    }

    private List<String> inParallel(int count, Task task) throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(connections);
        try {
            List<Callable<String>> tasks = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int index = i;
                tasks.add(() -> task.run(index));
            }
            List<String> results = new ArrayList<>();
            for (Future<String> each : threads.invokeAll(tasks)) {
                results.add(each.get());
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }

    /** From before the request is sent until a reader of the topic has the version, nanoseconds. */
    private long[] changesToTopic(ScimClient scim, Broker broker, List<String> ids) throws Exception {
        long[] nanos = new long[changes];
        Codec<DirectoryVersion> codec = Codec.of(DirectoryVersion.class);
        ExecutorService sender = Executors.newSingleThreadExecutor();
        try (KafkaConsumer<String, byte[]> reader = broker.reader(broker.ends(Topic.DIRECTORY))) {
            reader.poll(Duration.ofMillis(200));
            for (int i = 0; i < changes; i++) {
                String id = ids.get(i * 7 % ids.size());
                String title = "Title " + i;
                long sent = System.nanoTime();
                Future<?> request = sender.submit(() -> {
                    scim.patchUser(id, "title", title);
                    return true;
                });
                long deadline = sent + Duration.ofSeconds(30).toNanos();
                while (nanos[i] == 0) {
                    if (System.nanoTime() > deadline) {
                        throw new IncorrectException("a change did not come to the topic within 30 s");
                    }
                    for (ConsumerRecord<String, byte[]> record : reader.poll(Duration.ofMillis(100))) {
                        DirectoryVersion version = codec.decode(record.value());
                        if (version.getId().equals(id)
                                && version.getUser() != null
                                && version.getUser().getResource().contains('"' + title + '"')) {
                            nanos[i] = System.nanoTime() - sent;
                        }
                    }
                }
                request.get();
            }
        } finally {
            sender.shutdownNow();
        }
        return nanos;
    }

    private long[] largeGroupPatches(ScimClient scim, String group, List<String> ids)
            throws IOException, InterruptedException, IncorrectException {
        long[] nanos = new long[changes];
        for (int i = 0; i < changes; i++) {
            List<String> member = List.of(ids.get(i / 2 * 3 % Math.min(largeGroup, ids.size())));
            long sent = System.nanoTime();
            if (i % 2 == 0) {
                scim.removeMembers(group, member);
            } else {
                scim.addMembers(group, member);
            }
            nanos[i] = System.nanoTime() - sent;
        }
        if (changes % 2 == 1) {
            scim.addMembers(group, List.of(ids.get(changes / 2 * 3 % Math.min(largeGroup, ids.size()))));
        }
        return nanos;
    }

    /** The same request without and with a token, in turn: an empty export over loopback. */
    private long[][] tokenCost(Receiver receiver, String token)
            throws IOException, InterruptedException, IncorrectException {
        int times = 5_000;
        long[][] nanos = new long[2][times];
        HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        for (int i = -times / 5; i < times; i++) {
            for (int with = 0; with < 2; with++) {
                HttpRequest.Builder request = HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + receiver.port() + "/v1/logs"))
                        .header("content-type", "application/x-protobuf")
                        .POST(HttpRequest.BodyPublishers.noBody());
                if (with == 1) {
                    request.header("authorization", "Bearer " + token);
                }
                HttpRequest ready = request.build();
                long sent = System.nanoTime();
                int status =
                        http.send(ready, HttpResponse.BodyHandlers.discarding()).statusCode();
                long took = System.nanoTime() - sent;
                if (status != 200) {
                    throw new IncorrectException("export: status " + status + " (expected: 200)");
                }
                if (i >= 0) {
                    nanos[with][i] = took;
                }
            }
        }
        return nanos;
    }

    private static void createIndex(ElasticsearchServer elasticsearch)
            throws IOException, InterruptedException, IncorrectException {
        String credentials = Base64.getEncoder()
                .encodeToString(
                        (ElasticsearchServer.USER + ":" + elasticsearch.password()).getBytes(StandardCharsets.UTF_8));
        HttpClient http = HttpClient.newHttpClient();
        String name = Index.DIRECTORY.indexName();
        put(http, elasticsearch.url() + "/_index_template/" + name, credentials, Index.DIRECTORY.template());
        put(http, elasticsearch.url() + "/" + name, credentials, "{}");
    }

    private static void put(HttpClient http, String url, String credentials, String body)
            throws IOException, InterruptedException, IncorrectException {
        int status = http.send(
                        HttpRequest.newBuilder(URI.create(url))
                                .header("authorization", "Basic " + credentials)
                                .header("content-type", "application/json")
                                .PUT(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
        if (status != 200) {
            throw new IncorrectException(url + ": status " + status + " (expected: 200)");
        }
    }
}
