package io.sluice.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Anthropic's Spend Limits API on loopback, as far as limits of single users go: the same paths, shapes and errors, 60
 * requests a minute for all of them together. It misbehaves when it is told to.
 */
public final class SpendLimitsServer implements AutoCloseable {
    /** What becomes of the next request instead of what should. */
    public enum Mischief {
        /** 429, whatever came before, with {@link #RETRY_AFTER}. */
        RATE_LIMITED,
        /** 500. */
        ERROR,
        /** 529, as upstream answers when it has too much to do; not JSON. */
        OVERLOADED,
        /** Done, and the answer comes when the server is closed. */
        SLOW,
        /** Not done; the connection is cut. */
        RESET,
        /** Done; the connection is cut before the answer. */
        DONE_AND_RESET
    }

    /** Of {@link Mischief#RATE_LIMITED}. */
    public static final Duration RETRY_AFTER = Duration.ofSeconds(7);

    private static final int MOST_PER_MINUTE = 60;
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final String PATH = "/v1/organizations/spend_limits";
    private static final ObjectMapper JSON = new ObjectMapper();

    private record Answer(int status, ObjectNode body) {}

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final String key;
    private final Clock clock;
    private final Set<String> unknownUsers = new ConcurrentSkipListSet<>();
    private final Deque<Mischief> mischief = new ArrayDeque<>();
    private final Deque<Instant> lastMinute = new ArrayDeque<>();
    private final Map<String, String> limits = new TreeMap<>();
    private final List<String> requests = new ArrayList<>();

    private SpendLimitsServer(String key, Clock clock) throws IOException {
        this.key = key;
        this.clock = clock;
        server = LoopbackHttp.create();
        server.setExecutor(threads);
        server.createContext("/", this::handle);
    }

    /**
     * Starts on a free port.
     *
     * @param key the one that is accepted
     * @param clock of the limit of requests
     */
    public static SpendLimitsServer start(String key, Clock clock) throws IOException {
        SpendLimitsServer started = new SpendLimitsServer(key, clock);
        started.server.start();
        return started;
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** One after the other, of the next requests. */
    public synchronized void misbehave(Mischief... next) {
        mischief.addAll(List.of(next));
    }

    /** Such a user is answered 404. */
    public void forget(String userId) {
        unknownUsers.add(userId);
    }

    /** Cents, or {@code null} for unlimited, by user and period: {@code user_1 monthly}. */
    public synchronized Map<String, String> limits() {
        return new TreeMap<>(limits);
    }

    /** In order of arrival, those that were turned away too: {@code POST user_1 monthly 500 → 200}. */
    public synchronized List<String> requests() {
        return List.copyOf(requests);
    }

    private void handle(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        boolean slow = false;
        boolean cut = false;
        Answer answer;
        synchronized (this) {
            Mischief how = mischief.poll();
            slow = how == Mischief.SLOW;
            cut = how == Mischief.RESET || how == Mischief.DONE_AND_RESET;
            answer = how == null || slow || how == Mischief.DONE_AND_RESET ? answer(exchange, body) : misbehaved(how);
            requests.add(text(exchange, body) + " → " + (cut ? "cut" : Integer.toString(answer.status())));
            if (answer.status() == 429) {
                exchange.getResponseHeaders()
                        .set(
                                "retry-after",
                                Long.toString(how == null ? untilFree().toSeconds() : RETRY_AFTER.toSeconds()));
            }
        }
        if (slow) {
            awaitClosing();
        }
        if (!cut) {
            byte[] bytes = answer.status() == 529
                    ? "<html>busy</html>".getBytes(StandardCharsets.UTF_8)
                    : JSON.writeValueAsBytes(answer.body());
            exchange.sendResponseHeaders(answer.status(), bytes.length);
            exchange.getResponseBody().write(bytes);
        }
        exchange.close();
    }

    private void awaitClosing() {
        try {
            closing.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Answer misbehaved(Mischief how) {
        return switch (how) {
            case RATE_LIMITED -> error(429, "rate_limit_error", "too many requests");
            case ERROR -> error(500, "api_error", "something went wrong");
            case OVERLOADED -> error(529, "overloaded_error", "busy");
            default -> new Answer(0, JSON.createObjectNode());
        };
    }

    private static Answer error(int status, String type, String message) {
        ObjectNode body = JSON.createObjectNode().put("type", "error");
        body.putObject("error").put("type", type).put("message", message);
        return new Answer(status, body);
    }

    /** Seconds, rounded up. */
    private Duration untilFree() {
        Instant oldest = lastMinute.isEmpty() ? clock.instant() : lastMinute.peekFirst();
        return Duration.ofSeconds(
                Duration.between(clock.instant(), oldest.plus(MINUTE)).toSeconds() + 1);
    }

    private Answer answer(HttpExchange exchange, byte[] body) throws IOException {
        Instant now = clock.instant();
        while (!lastMinute.isEmpty() && !lastMinute.peekFirst().isAfter(now.minus(MINUTE))) {
            lastMinute.pollFirst();
        }
        if (lastMinute.size() >= MOST_PER_MINUTE) {
            return error(429, "rate_limit_error", "60 requests a minute");
        }
        lastMinute.addLast(now);
        if (!key.equals(exchange.getRequestHeaders().getFirst("x-api-key"))
                || exchange.getRequestHeaders().getFirst("anthropic-version") == null) {
            return error(401, "authentication_error", "invalid x-api-key");
        }
        URI uri = exchange.getRequestURI();
        return switch (exchange.getRequestMethod()) {
            case "POST" -> uri.getPath().equals(PATH) ? put(JSON.readTree(body)) : absent();
            case "DELETE" -> uri.getPath().startsWith(PATH + "/spl_") ? delete(id(uri)) : absent();
            case "GET" -> uri.getPath().equals(PATH + "/effective") ? effective(uri) : absent();
            default -> absent();
        };
    }

    private static Answer absent() {
        return error(404, "not_found_error", "no such thing");
    }

    private static String id(URI uri) {
        return uri.getPath().substring(PATH.length() + 1);
    }

    private static String key(String userId, String period) {
        return userId + " " + period;
    }

    private static String limitId(String userId, String period) {
        return "spl_" + userId + "." + period;
    }

    private Answer put(JsonNode body) {
        String userId = body.at("/scope/user_id").asText();
        String period = body.path("period").asText("monthly");
        JsonNode amount = body.path("amount");
        boolean valid = body.at("/scope/type").asText().equals("user")
                && Set.of("daily", "weekly", "monthly").contains(period)
                && (amount.isNull() || amount.isTextual() && amount.asText().matches("\\d+"));
        if (!valid) {
            return error(400, "invalid_request_error", "scope, amount or period");
        }
        if (unknownUsers.contains(userId)) {
            return error(404, "not_found_error", "no such user");
        }
        limits.put(key(userId, period), amount.isNull() ? "null" : amount.asText());
        return new Answer(
                200, JSON.createObjectNode().put("type", "spend_limit").put("id", limitId(userId, period)));
    }

    private Answer delete(String id) {
        int dot = id.lastIndexOf('.');
        String of = dot < 0 ? "" : key(id.substring("spl_".length(), dot), id.substring(dot + 1));
        return limits.remove(of) == null
                ? absent()
                : new Answer(200, JSON.createObjectNode().put("id", id).put("type", "spend_limit_deleted"));
    }

    /** Of one user and period: without a limit of their own, that of the organization. */
    private Answer effective(URI uri) {
        String userId = parameter(uri, "user_ids[]");
        String period = parameter(uri, "period[]");
        String own = limits.get(key(userId, period));
        ObjectNode answer = JSON.createObjectNode().putNull("next_page");
        ObjectNode row = answer.putArray("data").addObject();
        row.putObject("scope").put("type", "user").put("user_id", userId);
        row.put("period", period).put("currency", "USD");
        row.put("amount", own == null ? "100000" : own.equals("null") ? null : own);
        row.putObject("source").put("type", own == null ? "organization" : "user");
        row.put("spend_limit_id", own == null ? "spl_organization" : limitId(userId, period));
        return new Answer(200, answer);
    }

    private static String parameter(URI uri, String name) {
        for (String pair : String.valueOf(uri.getRawQuery()).split("&")) {
            String[] parts = URLDecoder.decode(pair, StandardCharsets.UTF_8).split("=", 2);
            if (parts.length == 2 && parts[0].equals(name)) {
                return parts[1];
            }
        }
        return "";
    }

    private static String text(HttpExchange exchange, byte[] body) throws IOException {
        URI uri = exchange.getRequestURI();
        return switch (exchange.getRequestMethod()) {
            case "POST" -> {
                JsonNode json = JSON.readTree(body);
                yield "POST " + json.at("/scope/user_id").asText() + " "
                        + json.path("period").asText() + " "
                        + json.path("amount").asText();
            }
            case "GET" -> "GET " + parameter(uri, "user_ids[]") + " " + parameter(uri, "period[]");
            default -> exchange.getRequestMethod() + " " + id(uri);
        };
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
