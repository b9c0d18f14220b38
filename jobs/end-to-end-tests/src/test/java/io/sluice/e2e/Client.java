package io.sluice.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Somebody with a token of an organization. Asks again until there is an answer, as a client does while processes come back. */
final class Client {
    static final String LIMITS = "/v1/organizations/spend_limits";
    private static final Set<Integer> ASK_AGAIN = Set.of(429, 502, 503, 504);
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final long BACKOFF_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    /**
     * A billable request that somebody made.
     *
     * @param at microseconds, of whole milliseconds
     * @param exact whether the cost is said in millionths, which goes before a fraction
     */
    record Usage(String user, long at, long micros, String request, boolean exact) {}

    record Answer(int status, JsonNode body) {
        JsonNode is(int expected) {
            if (status != expected) {
                throw new AssertionError("status: " + status + " (expected: " + expected + ") " + body);
            }
            return body;
        }
    }

    private final URI rest;
    private final URI otlp;
    private final String organization;
    private final String token;
    private final AtomicLong sequence = new AtomicLong();

    Client(URI rest, URI otlp, String organization, String token) {
        this.rest = rest;
        this.otlp = otlp;
        this.organization = organization;
        this.token = token;
    }

    String organization() {
        return organization;
    }

    /** @param body with ' for " */
    Answer send(String method, String path, String body) throws InterruptedException, IOException {
        return send(rest.resolve(path), method, body.replace('\'', '"'));
    }

    private Answer send(URI uri, String method, String body) throws InterruptedException, IOException {
        HttpRequest request = HttpRequest.newBuilder(uri)
                .timeout(Duration.ofSeconds(20))
                .header("authorization", "Bearer " + token)
                .header("content-type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
                if (!ASK_AGAIN.contains(response.statusCode()) || System.nanoTime() > deadline) {
                    return new Answer(
                            response.statusCode(),
                            response.body().isEmpty()
                                    ? MissingNode.getInstance()
                                    : RunningStack.JSON.readTree(response.body()));
                }
            } catch (IOException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
            }
            LockSupport.parkNanos(BACKOFF_NANOS);
        }
    }

    JsonNode ok(String method, String path, String body) throws Exception {
        return send(method, path, body).is(200);
    }

    JsonNode get(String path) throws Exception {
        return ok("GET", path, "");
    }

    /** @param path with a ? */
    List<JsonNode> all(String path) throws Exception {
        List<JsonNode> rows = new ArrayList<>();
        String page = "";
        while (true) {
            JsonNode answer = get(path + page);
            answer.path("data").forEach(rows::add);
            String next = answer.path("next_page").asText("");
            if (!answer.path("has_more").asBoolean()) {
                return rows;
            }
            page = "&page=" + next;
        }
    }

    /** Id of somebody new. */
    String user(String name) throws Exception {
        return send("POST", "/v1/users", "{'user_name': '" + name + "'}")
                .is(201)
                .path("id")
                .asText();
    }

    /** Id of a new group. */
    String group(String name) throws Exception {
        return send("POST", "/v1/groups", "{'name': '" + name + "'}")
                .is(201)
                .path("id")
                .asText();
    }

    void join(String groupId, String userId) throws Exception {
        JsonNode unused = ok("POST", "/v1/groups/" + groupId + "/members", "{'user_ids': ['" + userId + "']}");
    }

    /** Which alerts there are. */
    List<JsonNode> alerts(String status) throws Exception {
        return all("/v1/alerts?kind=spend_threshold&limit=1000&status=" + status);
    }

    List<JsonNode> whatIf() throws Exception {
        List<JsonNode> rows = new ArrayList<>();
        JsonNode answer = ok("POST", "/v1/caps/what-if", "{'limit': 10000}");
        if (answer.path("has_more").asBoolean()) {
            throw new AssertionError("more than are shown: " + answer.path("summary"));
        }
        answer.path("data").forEach(rows::add);
        return rows;
    }

    /** What everybody has spent since a time, as the ledger has it. */
    long spent(Instant since) throws Exception {
        String from = since.toString().substring(0, "2026-11-01".length());
        return all("/v1/spend?period=day&limit=1000&starting_at=" + from).stream()
                .mapToLong(row -> row.path("spend_micros").asLong())
                .sum();
    }

    /** Sends telemetry, byte for byte as often as it is said; what is not acknowledged once more. */
    void report(List<Usage> events, int times) throws Exception {
        report(events, times, Map.of());
    }

    /** @param more attributes of each record */
    void report(List<Usage> events, int times, Map<String, String> more) throws Exception {
        ObjectNode body = RunningStack.JSON.createObjectNode();
        ObjectNode ofResource = body.putArray("resourceLogs").addObject();
        attribute(ofResource.putObject("resource").putArray("attributes"), "service.name", "claude-code");
        ObjectNode ofScope = ofResource.putArray("scopeLogs").addObject();
        ofScope.putObject("scope").put("name", "com.anthropic.claude_code.events");
        ArrayNode records = ofScope.putArray("logRecords");
        events.forEach(event -> {
            ArrayNode attributes = record(records.addObject(), event);
            more.forEach((key, value) -> attribute(attributes, key, value));
        });
        for (int i = 0; i < times; i++) {
            JsonNode answer =
                    send(otlp.resolve("/v1/logs"), "POST", body.toString()).is(200);
            if (answer.at("/partialSuccess/rejectedLogRecords").asLong() != 0) {
                throw new AssertionError("rejected: " + answer);
            }
        }
    }

    /** Reports what somebody asked. */
    void prompt(String session, String text) throws Exception {
        prompt(session, "dev@example.com", "message of " + session, text);
    }

    void prompt(String session, String user, String message, String text) throws Exception {
        ObjectNode body = RunningStack.JSON.createObjectNode();
        ArrayNode attributes = body.putArray("resourceLogs")
                .addObject()
                .putArray("scopeLogs")
                .addObject()
                .putArray("logRecords")
                .addObject()
                .putArray("attributes");
        attribute(attributes, "event.name", "user_prompt");
        attribute(attributes, "session.id", session);
        attribute(attributes, "user.email", user);
        attribute(attributes, "message.uuid", message);
        attribute(attributes, "prompt", text);
        send(otlp.resolve("/v1/logs"), "POST", body.toString()).is(200);
    }

    /** Its attributes. */
    private ArrayNode record(ObjectNode json, Usage event) {
        json.put("timeUnixNano", Long.toString(event.at * 1_000));
        json.putObject("body").put("stringValue", "claude_code.api_request");
        ArrayNode attributes = json.putArray("attributes");
        attribute(attributes, "event.name", "api_request");
        attribute(
                attributes,
                "event.timestamp",
                Instant.ofEpochMilli(event.at / 1_000).toString());
        attribute(attributes, "session.id", "session of " + event.user);
        attribute(attributes, "user.email", event.user);
        attribute(attributes, "request_id", event.request);
        attribute(attributes, "model", "claude-sonnet-4-5");
        attributes
                .addObject()
                .put("key", "event.sequence")
                .putObject("value")
                .put("intValue", Long.toString(sequence.incrementAndGet()));
        if (event.exact) {
            attributes
                    .addObject()
                    .put("key", "cost_usd_micros")
                    .putObject("value")
                    .put("intValue", Long.toString(event.micros));
        } else {
            attributes.addObject().put("key", "cost_usd").putObject("value").put("doubleValue", event.micros / 1e6);
        }
        return attributes;
    }

    private static void attribute(ArrayNode attributes, String key, @Nullable String value) {
        attributes.addObject().put("key", key).putObject("value").put("stringValue", value);
    }
}
