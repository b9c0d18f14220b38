package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import io.sluice.schema.Index;
import io.sluice.testing.ElasticsearchServer;
import io.sluice.testing.KafkaServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** REST over documents written by hand, with a real Elasticsearch. */
class RestITCase {
    /** Requests; more than ten searches for the shortest page find. */
    private static final int CROWD = 1100;

    @TempDir
    static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static KafkaServer kafka;

    @SuppressWarnings("NullAway.Init")
    private static ElasticsearchServer elasticsearch;

    @SuppressWarnings("NullAway.Init")
    private static RunningServer running;

    /** Stands in for Flink's REST address. */
    @SuppressWarnings("NullAway.Init")
    private static HttpServer flink;

    /** By path and query, with ' for ". */
    private static final Map<String, String> flinkAnswers = new ConcurrentHashMap<>();

    @SuppressWarnings("NullAway.Init")
    private static String acme;

    @SuppressWarnings("NullAway.Init")
    private static String other;

    @BeforeAll
    static void start() throws Exception {
        kafka = KafkaServer.start();
        elasticsearch = TestElastic.empty();
        Path password = Files.writeString(folder.resolve("password"), elasticsearch.password());
        running = new RunningServer(
                        kafka.bootstrapServers(),
                        folder,
                        Map.of(
                                Setting.FLINK_URL, flink(),
                                Setting.ELASTICSEARCH_URL, elasticsearch.url().toString(),
                                Setting.ELASTICSEARCH_PASSWORD_FILE, password.toString()))
                .awaitKafka();
        acme = running.token("acme", "read:analytics");
        commitOffsets();
        other = running.token("other", "read:analytics");
        emptyBeforeTheFirstDocument();
        TestElastic.createIndices(elasticsearch);
        cells();
        events();
        ledger();
        deadLetters();
        write(Index.JOB_PROGRESS, "spend", json -> json.put("job", "spend").put("watermark", "2026-11-20T10:00:00Z"));
        elastic("POST", "/_refresh", "");
    }

    @AfterAll
    static void stop() throws Exception {
        running.close();
        flink.stop(0);
        kafka.close();
    }

    private static String flink() throws IOException {
        flink = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        flink.createContext("/", exchange -> {
            String answer = flinkAnswers.getOrDefault(exchange.getRequestURI().toString(), "{'errors': ['not found']}");
            byte[] body = answer.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        flink.start();
        return "http://127.0.0.1:" + flink.getAddress().getPort();
    }

    /** As the spend job does with every checkpoint. */
    private static void commitOffsets() throws Exception {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (int partition = 0; partition < 4; partition++) {
            offsets.put(new TopicPartition("tokens", partition), new OffsetAndMetadata(0));
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.alterConsumerGroupOffsets("sluice-spend", offsets).all().get(30, TimeUnit.SECONDS);
        }
    }

    private static String elastic(String method, String path, String body) throws IOException, InterruptedException {
        return TestElastic.send(elasticsearch, method, path, body);
    }

    private static void write(Index index, String id, Consumer<ObjectNode> fields)
            throws IOException, InterruptedException {
        ObjectNode document = RunningServer.JSON.createObjectNode();
        fields.accept(document);
        elastic("PUT", "/" + index.indexName() + "/_doc/" + id, document.toString());
    }

    private static void cell(String org, String hour, String user, String model, long micros, Consumer<ObjectNode> more)
            throws IOException, InterruptedException {
        String id = String.join("-", org, hour.replace(":", ""), user.replace("@", "-at-"), model);
        write(Index.SPEND_CELLS, id, json -> {
            json.put("org_id", org)
                    .put("starting_at", hour)
                    .put("user", user)
                    .put("team", "platform")
                    .put("model", model)
                    .put("product", "claude-code")
                    .put("basis", "events")
                    .put("spend_micros", micros)
                    .put("requests", 1)
                    .put("input_tokens", 10)
                    .put("output_tokens", 20)
                    .put("cache_read_tokens", 30)
                    .put("cache_creation_tokens", 40)
                    .put("empty", false);
            more.accept(json);
        });
    }

    private static void cells() throws IOException, InterruptedException {
        cell("acme", "2026-11-01T00:00:00Z", "alice@example.com", "opus", 100, json -> {});
        cell("acme", "2026-11-01T01:00:00Z", "alice@example.com", "opus", 50, json -> {});
        cell("acme", "2026-11-01T01:00:00Z", "alice@example.com", "haiku", 7, json -> {
            json.put("skill", "pdf").put("terminal", "vscode").put("remote", true);
        });
        // A Sunday and the Monday after it.
        cell("acme", "2026-11-08T23:00:00Z", "bob@example.com", "opus", 1000, json -> {});
        cell("acme", "2026-11-09T00:00:00Z", "bob@example.com", "opus", 2000, json -> {});
        cell("acme", "2026-11-10T00:00:00Z", "carol@example.com", "opus", 5, json -> {
            json.put("basis", "counters");
            json.remove("requests");
        });
        // The month before, an emptied document, and one that came down to nothing.
        cell("acme", "2026-10-31T23:00:00Z", "alice@example.com", "opus", 9, json -> {});
        cell("acme", "2026-12-01T00:00:00Z", "ghost@example.com", "opus", 77, json -> json.put("empty", true));
        cell("acme", "2026-11-11T00:00:00Z", "zero@example.com", "opus", 0, json -> {
            for (String sum : List.of(
                    "requests", "input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens")) {
                json.put(sum, 0);
            }
        });
        cell("other", "2026-09-01T00:00:00Z", "mallory@example.com", "opus", 12345, json -> {});
    }

    /** A report by telemetry of a request of its own; what a test needs otherwise it says. */
    private static ObjectNode report(String org, String eventId, String occurredAt, String user, long micros) {
        return RunningServer.JSON
                .createObjectNode()
                .put("org_id", org)
                .put("event_id", eventId)
                .put("request_id", "request-of-" + eventId)
                .put("sidechain", false)
                .put("occurred_at", occurredAt)
                .put("received_at", "2026-11-02T00:00:00Z")
                .put("source", "otlp-logs")
                .put("session_id", "session")
                .put("user", user)
                .put("team", "platform")
                .put("model", "opus")
                .put("product", "claude-code")
                .put("cost_basis", "reported-micros")
                .put("reported_micros", micros)
                .put("priced_micros", micros)
                .put("unknown_model", false)
                .put("spend_micros", micros)
                .put("input_tokens", 10)
                .put("output_tokens", 20)
                .put("cache_read_tokens", 30)
                .put("cache_creation_tokens", 40);
    }

    /** The same by a session file, which knows no cost and no client request id. */
    private static ObjectNode line(String org, String eventId, String occurredAt, String user, long micros) {
        ObjectNode line = report(org, eventId, occurredAt, user, micros)
                .put("source", "session-file")
                .put("cost_basis", "priced");
        line.remove("reported_micros");
        return line;
    }

    private static void index(Iterable<ObjectNode> reports) throws IOException, InterruptedException {
        StringBuilder bulk = new StringBuilder();
        for (ObjectNode report : reports) {
            bulk.append("{\"create\":{\"_index\":\"")
                    .append(Index.SPEND_EVENTS.indexName())
                    .append("\"}}\n")
                    .append(report)
                    .append('\n');
        }
        String answer = elastic("POST", "/_bulk", bulk.toString());
        assertThat(RunningServer.JSON.readTree(answer).path("errors").asBoolean(true))
                .as(answer)
                .isFalse();
    }

    private static void events() throws IOException, InterruptedException {
        List<ObjectNode> reports = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            String at = "2026-11-01T00:00:0" + i / 2 + ".000Z";
            reports.add(report("acme", "event-" + i, at, "alice@example.com", 10 + i)
                    .put("session_id", "session-" + i % 2));
        }
        reports.add(report("other", "event-other", "2026-11-01T00:00:00Z", "mallory@example.com", 9)
                .put("request_id", "r1"));
        index(reports);
        index(severalReportsOfOneRequest());
        index(advisors());
        index(unknownModels());
        index(crowd());
    }

    private static List<ObjectNode> severalReportsOfOneRequest() throws IOException, InterruptedException {
        String alice = "alice@example.com";
        cell("twice", "2026-11-01T00:00:00Z", alice, "opus", 500 + 70 + 30 + 40 + 8, json -> {});
        return List.of(
                // Telemetry and two lines of a streaming response.
                report("twice", "otlp-1", "2026-11-01T00:00:01.000200Z", alice, 500)
                        .put("request_id", "r1")
                        .put("client_request_id", "c1"),
                line("twice", "line-1", "2026-11-01T00:00:01.000100Z", alice, 480)
                        .put("request_id", "r1")
                        .put("message_id", "m1"),
                line("twice", "line-1a", "2026-11-01T00:00:01.000000Z", alice, 100)
                        .put("request_id", "r1")
                        .put("message_id", "m1")
                        .put("output_tokens", 1),
                // Telemetry that does not know the request id, and a report that knows both.
                withoutRequestId(report("twice", "guest-2", "2026-11-01T00:00:02Z", alice, 70))
                        .put("client_request_id", "c2"),
                line("twice", "line-2", "2026-11-01T00:00:02Z", alice, 60)
                        .put("request_id", "r2")
                        .put("client_request_id", "c2"),
                // A side question repeats its parent's message, with more output.
                line("twice", "main-3", "2026-11-01T00:00:03Z", alice, 30)
                        .put("request_id", "r3")
                        .put("message_id", "m3"),
                line("twice", "replay-3", "2026-11-01T00:00:04Z", alice, 99)
                        .put("request_id", "r3-replay")
                        .put("message_id", "m3")
                        .put("output_tokens", 999)
                        .put("sidechain", true),
                // A resumed session repeats the line under its own id.
                report("twice", "otlp-4", "2026-11-01T00:00:05Z", alice, 40).put("request_id", "r4"),
                line("twice", "resumed-4", "2026-11-01T00:00:05Z", alice, 40)
                        .put("request_id", "r4")
                        .put("session_id", "resumed"),
                // The two ends know the request by one alias each; the middle connects them.
                withoutRequestId(report("twice", "end-5", "2026-11-01T00:00:06Z", alice, 7))
                        .put("client_request_id", "c5")
                        .put("session_id", "end"),
                line("twice", "middle-5", "2026-11-01T00:00:06Z", alice, 7)
                        .put("request_id", "r5")
                        .put("client_request_id", "c5"),
                line("twice", "middle-5a", "2026-11-01T00:00:06Z", alice, 7)
                        .put("request_id", "r5")
                        .put("message_id", "m5"),
                withoutRequestId(report("twice", "best-5", "2026-11-01T00:00:06Z", alice, 8))
                        .put("message_id", "m5")
                        .put("output_tokens", 21));
    }

    /** Telemetry has an advisor's cost within the request's; a session file tells the advisor's tokens besides. */
    private static List<ObjectNode> advisors() throws IOException, InterruptedException {
        String alice = "alice@example.com";
        cell("advised", "2026-11-01T00:00:00Z", alice, "opus", 500 + 40 + 60, json -> {});
        return List.of(
                withoutRequestId(report("advised", "otlp-1", "2026-11-01T00:00:01Z", alice, 500))
                        .put("client_request_id", "c1"),
                report("advised", "otlp-1a", "2026-11-01T00:00:01Z", alice, 500)
                        .put("request_id", "r1")
                        .put("client_request_id", "c1")
                        .put("output_tokens", 1),
                line("advised", "line-1", "2026-11-01T00:00:01Z", alice, 480)
                        .put("request_id", "r1")
                        .put("message_id", "m1"),
                advisor(line("advised", "advisor-1", "2026-11-01T00:00:01Z", alice, 90), "r1", "m1")
                        .put("session_id", "file"),
                advisor(line("advised", "advisor-1-fork", "2026-11-01T00:00:02Z", alice, 90), "r1", "m1"),
                // Only a file knows of these.
                line("advised", "line-2", "2026-11-01T00:00:03Z", alice, 40)
                        .put("request_id", "r2")
                        .put("message_id", "m2"),
                advisor(line("advised", "advisor-2", "2026-11-01T00:00:03Z", alice, 60), "r2", "m2")
                        .put("session_id", "file"));
    }

    private static List<ObjectNode> unknownModels() {
        String alice = "alice@example.com";
        List<ObjectNode> reports = new ArrayList<>();
        for (String org : List.of("unpriced", "unpriced-too")) {
            reports.addAll(List.of(
                    line(org, "a", "2026-11-01T00:00:03Z", alice, 30),
                    line(org, "b", "2026-11-01T00:00:01Z", alice, 40).put("request_id", "r"),
                    line(org, "b-fork", "2026-11-01T00:00:05.500Z", alice, 40).put("request_id", "r"),
                    withoutRequestId(line(org, "c", "2026-11-01T00:00:04Z", alice, 50))));
        }
        reports.forEach(report -> report.put("model", "new").put("unknown_model", true));
        reports.add(line("unpriced", "d", "2026-11-02T00:00:00Z", alice, 1_000)
                .put("model", "newer")
                .put("source", "api")
                .put("unknown_model", true));
        reports.add(line("unpriced", "known", "2026-11-03T00:00:00Z", alice, 5));
        reports.add(report("unpriced", "reported", "2026-11-03T00:00:00Z", alice, 7)
                .put("model", "newest")
                .put("unknown_model", true));
        return reports;
    }

    private static ObjectNode advisor(ObjectNode line, String requestId, String messageId) {
        return line.put("request_id", requestId + ":advisor:0")
                .put("message_id", messageId + ":advisor:0")
                .put("advised_request_id", requestId)
                .put("advised_message_id", messageId);
    }

    private static ObjectNode withoutRequestId(ObjectNode report) {
        report.remove("request_id");
        return report;
    }

    /** Of each request a line, and after all the lines what telemetry says. */
    private static List<ObjectNode> crowd() {
        List<ObjectNode> reports = new ArrayList<>();
        for (int i = 0; i < CROWD; i++) {
            reports.add(line("crowd", "line-" + i, "2026-11-01T00:00:0" + i % 5 + "Z", "bob@example.com", 1)
                    .put("request_id", "r" + i));
            reports.add(report("crowd", "otlp-" + i, "2026-11-01T00:01:0" + i % 5 + "Z", "bob@example.com", 2)
                    .put("request_id", "r" + i));
        }
        return reports;
    }

    private static void ledger() throws IOException, InterruptedException {
        write(
                Index.LEDGER,
                "acme-1",
                json -> json.put("org_id", "acme")
                        .put("source", "otlp-logs")
                        .put("hour", "2026-11-01T00:00:00Z")
                        .put("received", 10)
                        .put("accepted", 7)
                        .put("duplicate", 2)
                        .put("rejected", 1));
        write(
                Index.LEDGER,
                "acme-2",
                json -> json.put("org_id", "acme")
                        .put("source", "otlp-traces")
                        .put("hour", "2026-11-01T01:00:00Z")
                        .put("received", 3)
                        .put("ignored", 3));
        write(
                Index.LEDGER,
                "other-1",
                json -> json.put("org_id", "other")
                        .put("source", "otlp-logs")
                        .put("hour", "2026-11-01T01:00:00Z")
                        .put("received", 3)
                        .put("accepted", 2));
    }

    private static void deadLetters() throws IOException, InterruptedException {
        for (int i = 0; i < 3; i++) {
            int number = i;
            write(
                    Index.DEAD_LETTERS,
                    "acme-" + i,
                    json -> json.put("org_id", "acme")
                            .put("event_id", "dead-" + number)
                            .put("received_at", "2026-11-01T00:00:0" + number + "Z")
                            .put("source", "otlp-logs")
                            .put("reason", number == 0 ? "number-out-of-range" : "organization-mismatch")
                            .put("message", "input_tokens: -5 (expected: 0 or more)"));
        }
    }

    private static void emptyBeforeTheFirstDocument() throws IOException, InterruptedException {
        JsonNode spend = running.json("/v1/spend?group_by[]=user", acme);
        assertThat(spend.path("data")).isEmpty();
        assertThat(spend.path("has_more").asBoolean()).isFalse();
        assertThat(spend.path("watermark").isNull()).isTrue();
        assertThat(spend.path("starting_at").isNull()).isTrue();
        assertThat(running.json("/v1/spend/events", acme).path("data")).isEmpty();
        JsonNode ledger = running.json("/v1/ledger", acme);
        assertThat(ledger.path("balanced").asBoolean()).isTrue();
        assertThat(ledger.path("totals").path("received").asLong(-1)).isZero();
        assertThat(ledger.path("warnings").toString()).isEqualTo("[]");
        assertThat(running.json("/v1/dead-letters", acme).path("data")).isEmpty();
        HttpResponse<String> home = running.send(HttpRequest.newBuilder(URI.create(running.rest("/"))));
        assertThat(home.body()).contains("No data yet");
    }

    private static List<String> rows(JsonNode answer, String... path) {
        return StreamSupport.stream(answer.path("data").spliterator(), false)
                .map(row -> {
                    List<String> cells = new ArrayList<>();
                    for (String field : path) {
                        cells.add(row.at("/" + field).asText());
                    }
                    return String.join(" ", cells);
                })
                .toList();
    }

    @Test
    void theNewestMonthByUser() throws Exception {
        JsonNode answer = running.json("/v1/spend?group_by[]=user", acme);
        assertThat(answer.toString()).isEqualTo("""
                        {"data":[\
                        {"starting_at":"2026-11-01T00:00:00Z","ending_at":"2026-12-01T00:00:00Z",\
                        "group":{"user":"alice@example.com"},"spend_micros":157,"requests":3,\
                        "tokens":{"input":30,"output":60,"cache_read":90,"cache_write":120}},\
                        {"starting_at":"2026-11-01T00:00:00Z","ending_at":"2026-12-01T00:00:00Z",\
                        "group":{"user":"bob@example.com"},"spend_micros":3000,"requests":2,\
                        "tokens":{"input":20,"output":40,"cache_read":60,"cache_write":80}},\
                        {"starting_at":"2026-11-01T00:00:00Z","ending_at":"2026-12-01T00:00:00Z",\
                        "group":{"user":"carol@example.com"},"spend_micros":5,"requests":null,\
                        "tokens":{"input":10,"output":20,"cache_read":30,"cache_write":40}}],\
                        "has_more":false,"next_page":null,"watermark":"2026-11-20T10:00:00Z","period":"month",\
                        "starting_at":"2026-11-01T00:00:00Z","ending_at":"2026-12-01T00:00:00Z"}""");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "period=month&starting_at=2026-01-01; 2026-10-01T00:00:00Z 2026-11-01T00:00:00Z 9, 2026-11-01T00:00:00Z"
                        + " 2026-12-01T00:00:00Z 3162",
                "period=week&starting_at=2026-11-02; 2026-11-02T00:00:00Z 2026-11-09T00:00:00Z 1000,"
                        + " 2026-11-09T00:00:00Z 2026-11-16T00:00:00Z 2005",
                "period=day&starting_at=2026-11-01&ending_at=2026-11-09; 2026-11-01T00:00:00Z 2026-11-02T00:00:00Z 157,"
                        + " 2026-11-08T00:00:00Z 2026-11-09T00:00:00Z 1000",
                "period=hour&ending_at=2026-11-01T00:30:00Z; 2026-10-31T23:00:00Z 2026-11-01T00:00:00Z 9,"
                        + " 2026-11-01T00:00:00Z 2026-11-01T01:00:00Z 100",
                // Rows are cut to the range.
                "period=month&starting_at=2026-11-09&ending_at=2026-11-10; 2026-11-09T00:00:00Z 2026-11-10T00:00:00Z 2000",
                "user=bob@example.com&user=carol@example.com; 2026-11-01T00:00:00Z 2026-12-01T00:00:00Z 3005",
                "user=nobody@example.com; ''",
            })
    void periodsAndFilters(String query, String expected) throws Exception {
        JsonNode answer = running.json("/v1/spend?" + query, acme);
        assertThat(String.join(", ", rows(answer, "starting_at", "ending_at", "spend_micros")))
                .isEqualTo(expected);
    }

    @Test
    void severalGroupsAndMissingValues() throws Exception {
        JsonNode answer = running.json("/v1/spend?group_by[]=user&group_by[]=skill&group_by[]=organization", acme);
        assertThat(rows(answer, "group/user", "group/skill", "group/organization", "spend_micros"))
                .containsExactly(
                        "alice@example.com null acme 150",
                        "alice@example.com pdf acme 7",
                        "bob@example.com null acme 3000",
                        "carol@example.com null acme 5");
        assertThat(answer.at("/data/0/group/skill").isNull()).isTrue();
        answer = running.json("/v1/spend?group_by[]=terminal", acme);
        assertThat(rows(answer, "group/terminal", "spend_micros")).containsExactly("null 3155", "vscode 7");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 100})
    void pagesAddUpToTheWhole(int limit) throws Exception {
        String query = "/v1/spend?period=hour&starting_at=2026-10-01&group_by[]=user&group_by[]=skill&limit=";
        List<String> whole = rows(running.json(query + 1000, acme), "starting_at", "group/user", "group/skill");
        assertThat(whole).hasSize(7);
        List<String> paged = new ArrayList<>();
        String page = "";
        do {
            JsonNode answer = running.json(query + limit + page, acme);
            assertThat(answer.path("data").size()).isLessThanOrEqualTo(limit);
            assertThat(answer.path("has_more").asBoolean())
                    .isEqualTo(!answer.path("next_page").isNull());
            paged.addAll(rows(answer, "starting_at", "group/user", "group/skill"));
            page = answer.path("has_more").asBoolean()
                    ? "&page=" + URLEncoder.encode(answer.path("next_page").asText(), StandardCharsets.UTF_8)
                    : "";
        } while (!page.isEmpty());
        assertThat(paged).isEqualTo(whole);
    }

    @Test
    void nobodySeesAnotherOrganization() throws Exception {
        JsonNode spend = running.json("/v1/spend?group_by[]=user", other);
        assertThat(rows(spend, "starting_at", "group/user", "spend_micros"))
                .containsExactly("2026-09-01T00:00:00Z mallory@example.com 12345");
        assertThat(running.json("/v1/spend?user=alice@example.com&starting_at=2020-01-01", other)
                        .path("data"))
                .isEmpty();
        assertThat(rows(running.json("/v1/spend/events", other), "event_id")).containsExactly("event-other");
        assertThat(running.json("/v1/dead-letters", other).path("data")).isEmpty();
        assertThat(rows(running.json("/v1/ledger", other), "received")).containsExactly("3");
        // The administrator of the installation, too, reads its own organization only.
        assertThat(running.json("/v1/spend", running.adminToken()).path("data")).isEmpty();
    }

    @Test
    void theEventsBehindANumber() throws Exception {
        JsonNode first = running.json("/v1/spend/events?user=alice@example.com&limit=3", acme);
        assertThat(rows(first, "event_id", "occurred_at", "spend_micros"))
                .containsExactly(
                        "event-0 2026-11-01T00:00:00.000Z 10",
                        "event-1 2026-11-01T00:00:00.000Z 11",
                        "event-2 2026-11-01T00:00:01.000Z 12");
        assertThat(first.at("/data/0").has("org_id")).isFalse();
        assertThat(first.at("/data/0/copies").asInt()).isEqualTo(1);
        JsonNode second = running.json(
                "/v1/spend/events?user=alice@example.com&limit=3&page="
                        + first.path("next_page").asText(),
                acme);
        assertThat(rows(second, "event_id")).containsExactly("event-3", "event-4");
        assertThat(second.path("has_more").asBoolean()).isFalse();
        assertThat(rows(running.json("/v1/spend/events?session=session-1", acme), "event_id"))
                .containsExactly("event-1", "event-3");
        assertThat(rows(
                        running.json(
                                "/v1/spend/events?starting_at=2026-11-01T00:00:01Z&ending_at=2026-11-01T00:00:02Z",
                                acme),
                        "event_id"))
                .containsExactly("event-2", "event-3");
    }

    @Test
    void ofTheReportsOfARequestTheBestIsListed() throws Exception {
        String twice = running.token("twice", "read:analytics");
        JsonNode events = running.json("/v1/spend/events?user=alice@example.com", twice);
        assertThat(rows(events, "event_id", "copies"))
                .containsExactly("otlp-1 3", "guest-2 2", "main-3 2", "otlp-4 2", "best-5 4");
        long listed = 0;
        for (JsonNode event : events.path("data")) {
            listed += event.path("spend_micros").asLong();
        }
        JsonNode spend = running.json("/v1/spend?user=alice@example.com", twice);
        assertThat(listed).isEqualTo(spend.at("/data/0/spend_micros").asLong());
    }

    @Test
    void anAdvisorsCostIsListedOnce() throws Exception {
        String advised = running.token("advised", "read:analytics");
        JsonNode events = running.json("/v1/spend/events", advised);
        assertThat(rows(events, "event_id", "copies", "spend_micros", "cost_basis"))
                .containsExactly(
                        "advisor-1 2 0 within-advised",
                        "otlp-1 3 500 reported-micros",
                        "advisor-2 1 60 priced",
                        "line-2 1 40 priced");
        // The request's reports are found also where only its advisor's answer was asked for.
        assertThat(rows(running.json("/v1/spend/events?session=file", advised), "event_id", "copies", "spend_micros"))
                .containsExactly("advisor-1 2 0", "advisor-2 1 60");
        JsonNode spend = running.json("/v1/spend", advised);
        assertThat(spend.at("/data/0/spend_micros").asLong()).isEqualTo(600);
    }

    /** The report that counts is in another session than the one asked for. */
    @ParameterizedTest
    @ValueSource(strings = {"resumed", "end"})
    void whatIsCountedElsewhereIsNotListed(String session) throws Exception {
        String twice = running.token("twice", "read:analytics");
        JsonNode events = running.json("/v1/spend/events?session=" + session, twice);
        assertThat(events.path("data")).isEmpty();
        assertThat(events.path("has_more").asBoolean(true)).isFalse();
    }

    private static JsonNode post(String token, String path, String body) throws Exception {
        HttpResponse<String> response = running.send(HttpRequest.newBuilder(URI.create(running.rest(path)))
                .header("authorization", "Bearer " + token)
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.replace('\'', '"'))));
        assertThat(response.statusCode()).as(response.body()).isBetween(200, 201);
        return RunningServer.JSON.readTree(response.body());
    }

    /** What was known of a person at a time, whatever was changed since. */
    @Test
    void teamsAndGroupsAreThoseOfTheTime() throws Exception {
        String token = running.token("moving", "read:analytics", "read:directory", "write:directory");
        JsonNode lee = post(token, "/v1/users", "{'user_name': 'lee@example.com', 'team': 'red'}");
        String id = lee.path("id").asText();
        String group =
                post(token, "/v1/groups", "{'name': 'On call'}").path("id").asText();
        post(token, "/v1/groups/" + group + "/members", "{'user_ids': ['" + id + "']}");
        Instant moved = Instant.parse(post(token, "/v1/users/" + id + "/team", "{'team': 'blue'}")
                .path("effective_at")
                .asText());
        HttpResponse<String> left =
                running.send(HttpRequest.newBuilder(URI.create(running.rest("/v1/groups/" + group + "/members/" + id)))
                        .header("authorization", "Bearer " + token)
                        .DELETE());
        assertThat(left.statusCode()).isEqualTo(200);

        Instant created = Instant.parse(lee.path("created_at").asText());
        String name = "lee@example.com";
        index(List.of(
                report("moving", "t1", created.minusMillis(1).toString(), name, 1)
                        .put("team", "of-telemetry"),
                report("moving", "t2", created.toString(), name, 2).put("team", "of-telemetry"),
                report("moving", "t3", moved.minusNanos(1000).toString(), name, 3),
                report("moving", "t4", moved.toString(), name, 4).put("team", "of-telemetry")));
        elastic("POST", "/_refresh", "");
        assertThat(rows(running.json("/v1/spend/events", token), "event_id", "team", "team_source"))
                .containsExactly(
                        "t1 of-telemetry telemetry", "t2 red directory", "t3 red directory", "t4 blue directory");

        String groups = "/v1/users/" + id + "/groups";
        assertThat(rows(running.json(groups, token), "id")).isEmpty();
        assertThat(rows(running.json(groups + "?at=" + moved, token), "id", "name"))
                .containsExactly(group + " On call");
        assertThat(rows(running.json(groups + "?at=" + created, token), "id")).isEmpty();
    }

    @Test
    void oneRequestIdInTwoOrganizationsIsTwoRequests() throws Exception {
        assertThat(rows(running.json("/v1/spend/events", other), "event_id", "copies"))
                .containsExactly("event-other 1");
    }

    @ParameterizedTest
    @ValueSource(ints = {50, 999, 1000})
    void pagesOverDuplicatesHaveEveryRequestOnce(int limit) throws Exception {
        String crowd = running.token("crowd", "read:analytics");
        List<String> listed = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        String page = "";
        do {
            JsonNode answer = running.json("/v1/spend/events?limit=" + limit + page, crowd);
            sizes.add(answer.path("data").size());
            listed.addAll(rows(answer, "occurred_at", "event_id", "copies"));
            page = answer.path("has_more").asBoolean()
                    ? "&page=" + answer.path("next_page").asText()
                    : "";
        } while (!page.isEmpty());
        assertThat(listed)
                .hasSize(CROWD)
                .doesNotHaveDuplicates()
                .isSorted()
                .allMatch(row -> row.matches(".* otlp-\\d+ 2"));
        // Short pages end after ten searches of a hundred, even if all they found are lines that do not count.
        assertThat(sizes.get(0)).isEqualTo(limit == 50 ? 0 : limit);
        assertThat(sizes.subList(1, sizes.size() - 1)).allMatch(size -> size == limit);
    }

    @Test
    void theLedgerWarnsOfModelsWithoutPrice() throws Exception {
        String unpriced = running.token("unpriced", "read:analytics");
        String newer = "{\"kind\":\"unknown-model\",\"model\":\"newer\",\"requests\":1,\"spend_micros\":1000,"
                + "\"first_seen\":\"2026-11-02T00:00:00Z\",\"last_seen\":\"2026-11-02T00:00:00Z\"}";
        assertThat(running.json("/v1/ledger", unpriced).path("warnings").toString())
                .isEqualTo("[" + newer
                        + ",{\"kind\":\"unknown-model\",\"model\":\"new\",\"requests\":3,\"spend_micros\":160,"
                        + "\"first_seen\":\"2026-11-01T00:00:01Z\",\"last_seen\":\"2026-11-01T00:00:05.500Z\"}]");
        assertThat(running.json("/v1/ledger?source=api", unpriced)
                        .path("warnings")
                        .toString())
                .isEqualTo("[" + newer + "]");
        assertThat(running.json("/v1/ledger", acme).path("warnings").toString()).isEqualTo("[]");
    }

    @Test
    void theLedgerAddsUp() throws Exception {
        JsonNode ledger = running.json("/v1/ledger", acme);
        assertThat(ledger.at("/data/0").toString())
                .isEqualTo("{\"source\":\"otlp-traces\",\"hour\":\"2026-11-01T01:00:00Z\",\"received\":3,\"ignored\":3,"
                        + "\"accepted\":0,\"duplicate\":0,\"rejected\":0,\"late\":0,\"erased\":0,\"superseded\":0}");
        assertThat(ledger.path("totals").toString())
                .isEqualTo("{\"received\":13,\"accepted\":7,\"duplicate\":2,\"rejected\":1,\"late\":0,\"ignored\":3,"
                        + "\"erased\":0,\"superseded\":0}");
        assertThat(ledger.path("balanced").asBoolean()).isTrue();
        assertThat(running.json("/v1/ledger?source=otlp-logs", acme)
                        .at("/totals/received")
                        .asLong())
                .isEqualTo(10);
        assertThat(running.json("/v1/ledger", other).path("balanced").asBoolean(true))
                .isFalse();
    }

    @Test
    void deadLettersNewestFirst() throws Exception {
        assertThat(rows(running.json("/v1/dead-letters", acme), "event_id"))
                .containsExactly("dead-2", "dead-1", "dead-0");
        assertThat(rows(running.json("/v1/dead-letters?reason=number-out-of-range", acme), "event_id", "message"))
                .containsExactly("dead-0 input_tokens: -5 (expected: 0 or more)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "/v1/spend?period=year; 400; invalid_request_error; period",
                "/v1/spend?page=abc; 400; invalid_request_error; page",
                "/v1/spend?groupby=user; 400; invalid_request_error; groupby",
                "/v1/spend/events?limit=1001; 400; invalid_request_error; limit",
                "/v1/tokens; 403; permission_error; ''",
                "/v1/nothing; 404; not_found_error; ''",
            })
    void errorsHaveOneShape(String path, int status, String type, String field) throws Exception {
        HttpResponse<String> response = running.get(path, acme);
        assertThat(response.statusCode()).isEqualTo(status);
        JsonNode error = RunningServer.JSON.readTree(response.body()).path("error");
        assertThat(error.path("type").asText()).isEqualTo(type);
        assertThat(error.path("field").asText("")).isEqualTo(field);
        assertThat(error.path("message").asText()).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/spend", "/v1/spend/events", "/v1/ledger", "/v1/dead-letters", "/v1/tokens"})
    void withoutATokenThereIsNothing(String path) throws Exception {
        HttpResponse<String> response = running.send(HttpRequest.newBuilder(URI.create(running.rest(path))));
        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(response.body()).contains("authentication_error");
        assertThat(response.headers().firstValue("www-authenticate")).contains("Bearer");
    }

    @Test
    void anotherMethodIsNotAllowed() throws Exception {
        HttpResponse<String> response = running.post("/v1/spend", acme, "{}");
        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(RunningServer.JSON
                        .readTree(response.body())
                        .at("/error/type")
                        .asText())
                .isEqualTo("invalid_request_error");
    }

    @Test
    void tokensAreShownOnceAndManagedByTheirOrganization() throws Exception {
        JsonNode admin = running.createToken("team-a", "admin");
        String secret = admin.path("token").asText();
        HttpResponse<String> created = running.post(
                "/v1/tokens",
                secret,
                "{\"name\": \"laptop\", \"scopes\": [\"ingest\"], \"organization_ids\": [\"x\"]}");
        assertThat(created.statusCode()).isEqualTo(201);
        JsonNode token = RunningServer.JSON.readTree(created.body());
        assertThat(token.path("organization").asText()).isEqualTo("team-a");
        assertThat(token.path("token").asText()).matches("sluice_[A-Za-z0-9_-]{43}");

        HttpResponse<String> foreign = running.post(
                "/v1/tokens", secret, "{\"name\": \"x\", \"organization\": \"team-b\", \"scopes\": [\"ingest\"]}");
        assertThat(foreign.statusCode()).isEqualTo(403);

        JsonNode own = running.json("/v1/tokens", secret);
        assertThat(rows(own, "name", "organization")).containsExactly("test team-a", "laptop team-a");
        assertThat(own.toString()).doesNotContain("sluice_").doesNotContain("sha256");
        assertThat(rows(running.json("/v1/tokens", running.adminToken()), "organization"))
                .contains("default", "team-a", "acme");

        HttpRequest.Builder revokeForeign = HttpRequest.newBuilder(
                        URI.create(running.rest("/v1/tokens/" + token.path("id").asText())))
                .DELETE();
        assertThat(running.send(revokeForeign
                                .copy()
                                .header("authorization", "Bearer " + running.token("team-b", "admin")))
                        .statusCode())
                .isEqualTo(404);
        HttpResponse<String> revoked = running.send(revokeForeign.copy().header("authorization", "Bearer " + secret));
        assertThat(revoked.statusCode()).isEqualTo(200);
        assertThat(RunningServer.JSON
                        .readTree(revoked.body())
                        .path("revoked_at")
                        .isTextual())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{\"name\": \"\", \"scopes\": [\"ingest\"]}; name",
                "{\"name\": 7, \"scopes\": [\"ingest\"]}; name",
                "{\"name\": \"\\ud800\", \"scopes\": [\"ingest\"]}; name",
                "{\"name\": \"x\"}; scopes",
                "{\"name\": \"x\", \"scopes\": [\"everything\"]}; scopes",
                "{\"name\": \"x\", \"scopes\": \"ingest\"}; scopes",
                "{\"name\": \"x\", \"scopes\": [\"ingest\"], \"organization\": \"a|b\"}; organization",
                "{\"name\": \"x\", \"scopes\": [\"ingest\"], \"organisation\": \"a\"}; organisation",
                "[]; ''",
                "{\"name\"; ''",
            })
    void tokensThatCannotBe(String body, String field) throws Exception {
        HttpResponse<String> response = running.post("/v1/tokens", running.adminToken(), body);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(RunningServer.JSON
                        .readTree(response.body())
                        .at("/error/field")
                        .asText("")
                        .replace("null", ""))
                .isEqualTo(field);
    }

    @Test
    void aFormOfAForeignPageIsRefused() throws Exception {
        HttpResponse<String> response = running.send(HttpRequest.newBuilder(URI.create(running.rest("/v1/tokens")))
                .header("authorization", "Bearer " + running.adminToken())
                .header("content-type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString("{\"name\": \"x\", \"scopes\": [\"admin\"]}")));
        assertThat(response.statusCode()).isEqualTo(415);
    }

    @Test
    void thePageNeedsNoTokenHereAndRunsNoScript() throws Exception {
        HttpResponse<String> page = running.send(HttpRequest.newBuilder(URI.create(running.rest("/"))));
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("content-security-policy").orElseThrow())
                .startsWith("default-src 'none'; style-src 'sha256-")
                .doesNotContain("unsafe");
        assertThat(page.body())
                .contains("organization <b>default</b>")
                .contains("OTEL_EXPORTER_OTLP_ENDPOINT=" + running.otlp(""))
                .doesNotContain("<script");
        assertThat(running.get("/", acme).body()).contains("alice@example.com</td><td class=\"n\">0.000157");
        HttpResponse<String> proxied = running.send(
                HttpRequest.newBuilder(URI.create(running.rest("/"))).header("x-forwarded-for", "192.0.2.7"));
        assertThat(proxied.statusCode()).isEqualTo(401);
        assertThat(proxied.headers().firstValue("www-authenticate").orElseThrow())
                .startsWith("Basic ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                // Of one name the job that was started last counts.
                "[{'name':'spend','state':'FAILED','start-time':1},{'name':'spend','state':'RUNNING','start-time':2}];"
                        + " 200; up",
                "[{'name':'spend','state':'RUNNING','start-time':1},{'name':'spend','state':'FAILED','start-time':2}];"
                        + " 503; down",
                "[]; 503; down",
                "[{'name':'spend','state':'RUNNING'},{'name':'sluice-reported','state':'FAILED'}]; 200; up",
                "[{'name':'spend','state':'FAILED'},{'name':'sluice-reported','state':'RUNNING'}]; 503; down",
            })
    void healthNamesEachComponent(String jobs, int status, String flinkStatus) throws Exception {
        flinkAnswers.put("/jobs/overview", "{'jobs':" + jobs + "}");
        HttpResponse<String> response = running.send(HttpRequest.newBuilder(URI.create(running.rest("/health"))));
        JsonNode health = RunningServer.JSON.readTree(response.body());
        assertThat(health.at("/components/kafka/status").asText()).isEqualTo("up");
        assertThat(health.at("/components/elasticsearch/status").asText()).isEqualTo("up");
        assertThat(health.at("/components/flink/status").asText()).isEqualTo(flinkStatus);
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(health.path("status").asText()).isEqualTo(status == 200 ? "up" : "down");
        // The group has committed offset 0 of the topic tokens, which is not empty.
        assertThat(health.at("/lag/tokens").asLong()).isPositive();
    }

    /** That reports cannot be read is told, and nothing is down by it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "FAILED; 0; the job of reports is not running",
                "RUNNING; 3; 3 reports of Anthropic cannot be read",
                "RUNNING; 0; ''"
            })
    void healthTellsOfReportsThatCannotBeRead(String state, String failing, String message) throws Exception {
        flinkAnswers.put(
                "/jobs/overview",
                "{'jobs':[{'jid':'f00d','name':'sluice-reported','state':'" + state
                        + "'},{'jid':'beef','name':'sluice-spend','state':'RUNNING'}]}");
        flinkAnswers.put(
                "/jobs/f00d",
                "{'vertices':[{'id':'cafe','name':'other'},{'id':'d00f','name':'Source: reported-source -> Sink'}]}");
        flinkAnswers.put(
                "/jobs/f00d/vertices/d00f/metrics?get=0.Source__reported-source.reports-failing",
                "[{'id':'0.Source__reported-source.reports-failing','value':'" + failing + "'}]");
        HttpResponse<String> response = running.send(HttpRequest.newBuilder(URI.create(running.rest("/health"))));
        assertThat(response.statusCode()).isEqualTo(200);
        JsonNode component = RunningServer.JSON.readTree(response.body()).at("/components/flink");
        assertThat(component.path("status").asText()).isEqualTo("up");
        assertThat(component.path("message").asText()).isEqualTo(message);
        assertThat(component.at("/jobs/sluice-reported").asText()).isEqualTo(state);
    }

    @Test
    void servesItsDescription() throws Exception {
        HttpResponse<String> response = running.send(HttpRequest.newBuilder(URI.create(running.rest("/openapi.json"))));
        assertThat(RunningServer.JSON.readTree(response.body()).path("openapi").asText())
                .isEqualTo("3.1.0");
    }
}
