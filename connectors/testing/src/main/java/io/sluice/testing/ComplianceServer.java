package io.sluice.testing;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sluice.testing.ComplianceQuery.Refusal;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Anthropic's Compliance API on loopback, over {@link ComplianceFacts}: the same paths, parameters, both schemes of paging,
 * errors, scopes, deletions and budget of requests. Facts appear, come late, grow and go with the clock. It misbehaves when
 * it is told to.
 */
public final class ComplianceServer implements AutoCloseable {
    /** What becomes of a request instead of what should. */
    public enum Mischief {
        /** 429 with {@link #RETRY_AFTER}. */
        RATE_LIMITED,
        /** 429 that does not say how long. */
        RATE_LIMITED_IN_SILENCE,
        /** 500. */
        ERROR,
        /** 500 that is not to be tried again. */
        ERROR_FOR_GOOD,
        /** 502; not JSON. */
        BAD_GATEWAY,
        /** 503. */
        UNAVAILABLE,
        /** 529. */
        OVERLOADED,
        /** No answer until the server is closed. */
        SLOW,
        /** The page before the one that is asked for once more; of a first page nothing. */
        REPEATED_PAGE,
        /** Every row of the page twice. */
        REPEATED_ROWS,
        /** 400 for a cursor; of a first page nothing. */
        EXPIRED_CURSOR,
        /** Bytes of a file that are not those that its sum is of; of anything else nothing. */
        DAMAGED_BYTES,
        /** 404. */
        ABSENT,
        /** 403 of this alone: not for a scope. */
        REFUSED
    }

    /**
     * One request.
     *
     * @param key what it was sent with
     * @param status that it was answered with; 0: with none
     */
    public record Request(Instant at, String method, String target, String key, int status) {}

    /** Of {@link Mischief#RATE_LIMITED}. */
    public static final Duration RETRY_AFTER = Duration.ofSeconds(7);

    /** What a key may have. */
    public static final Set<String> ALL_SCOPES = Set.of(
            "read:compliance_activities",
            "read:compliance_user_data",
            "delete:compliance_user_data",
            "read:compliance_org_data");

    /** Requests a minute, of all keys together. */
    public static final int PER_MINUTE = 600;

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final int TOO_MANY = 429;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** @param body null: no JSON */
    @SuppressWarnings("ArrayRecordComponent") // Carried, never compared.
    private record Answer(int status, @Nullable ObjectNode body, byte[] bytes) {
        Answer(int status, ObjectNode body) {
            this(status, body, new byte[0]);
        }
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Clock clock;
    private final ComplianceAnswers answers;
    private final Map<String, Set<String>> keys = new HashMap<>();
    private final Deque<Mischief> mischief = new ArrayDeque<>();
    private final Deque<Instant> lastMinute = new ArrayDeque<>();
    private final List<Request> requests = new ArrayList<>();
    private final Map<String, Mischief> ofPaths = new HashMap<>();
    private List<Mischief> byChance = List.of();
    private int percent;
    private Random random = new Random(0);

    private ComplianceServer(String key, Clock clock, ComplianceFacts facts) throws IOException {
        this.clock = clock;
        answers = new ComplianceAnswers(facts);
        keys.put(key, ALL_SCOPES);
        server = LoopbackHttp.create();
        server.setExecutor(threads);
        server.createContext("/", this::handle);
    }

    /**
     * Starts on a free port.
     *
     * @param key that has all scopes
     * @param clock of the facts and the budget of requests
     */
    public static ComplianceServer start(String key, Clock clock, ComplianceFacts facts) throws IOException {
        ComplianceServer started = new ComplianceServer(key, clock, facts);
        started.server.start();
        return started;
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Another key; without scopes: one that is not accepted any more. */
    public synchronized void key(String key, Set<String> scopes) {
        if (scopes.isEmpty()) {
            keys.remove(key);
        } else {
            keys.put(key, scopes);
        }
    }

    /** At most so many rows on a page, whatever is asked for. */
    public synchronized void pagesOf(int rows) {
        answers.mostRows = rows;
    }

    /** One after the other, of the next requests. */
    public synchronized void misbehave(Mischief... next) {
        mischief.addAll(List.of(next));
    }

    /** Of so many of a hundred requests, by chance; 0: of none. */
    public synchronized void misbehave(long seed, int ofAHundred, Mischief... ways) {
        random = new Random(seed);
        percent = ofAHundred;
        byChance = List.of(ways);
    }

    /**
     * Of all requests with a path that ends so.
     *
     * @param how null: no more
     */
    public synchronized void misbehaveAt(String path, @Nullable Mischief how) {
        if (how == null) {
            ofPaths.remove(path);
        } else {
            ofPaths.put(path, how);
        }
    }

    /** No cursor that was given out before is accepted any more. */
    public synchronized void expireCursors() {
        answers.cursors.expire(clock.instant());
    }

    /** Somebody else's requests, which are of the same budget. */
    public synchronized void spend(int others) {
        for (int i = 0; i < others; i++) {
            lastMinute.addLast(clock.instant());
        }
    }

    /** In order of arrival. */
    public synchronized List<Request> requests() {
        return List.copyOf(requests);
    }

    /** The most requests that came within any minute. */
    public synchronized int mostWithinAMinute() {
        int most = 0;
        int first = 0;
        for (int last = 0; last < requests.size(); last++) {
            while (!requests.get(first).at().isAfter(requests.get(last).at().minus(MINUTE))) {
                first++;
            }
            most = Math.max(most, last - first + 1);
        }
        return most;
    }

    private void handle(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().readAllBytes();
        Mischief how;
        Answer answer;
        synchronized (this) {
            how = next(exchange.getRequestURI().getPath());
            answer = answer(exchange, how);
            requests.add(new Request(
                    clock.instant(),
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    String.valueOf(key(exchange)),
                    how == Mischief.SLOW ? 0 : answer.status()));
            exchange.getResponseHeaders().set("request-id", "req_" + requests.size());
        }
        if (how == Mischief.SLOW) {
            awaitClosing();
        } else {
            byte[] bytes = answer.body() == null ? answer.bytes() : JSON.writeValueAsBytes(answer.body());
            exchange.sendResponseHeaders(answer.status(), bytes.length);
            exchange.getResponseBody().write(bytes);
        }
        exchange.close();
    }

    private @Nullable Mischief next(String path) {
        for (Map.Entry<String, Mischief> each : ofPaths.entrySet()) {
            if (path.endsWith(each.getKey())) {
                return each.getValue();
            }
        }
        Mischief next = mischief.poll();
        if (next == null && random.nextInt(100) < percent) {
            next = byChance.get(random.nextInt(byChance.size()));
        }
        return next;
    }

    private void awaitClosing() {
        try {
            closing.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static @Nullable String key(HttpExchange exchange) {
        String key = exchange.getRequestHeaders().getFirst("x-api-key");
        String bearer = exchange.getRequestHeaders().getFirst("authorization");
        return key == null && bearer != null ? bearer.replaceFirst("^Bearer ", "") : key;
    }

    private Answer answer(HttpExchange exchange, @Nullable Mischief how) {
        Set<String> scopes = keys.get(String.valueOf(key(exchange)));
        if (scopes == null) {
            return error(401, "authentication_error", "The API key provided is invalid or has been revoked.");
        }
        boolean placed = place();
        budget(exchange.getResponseHeaders());
        if (!placed || how == Mischief.RATE_LIMITED || how == Mischief.RATE_LIMITED_IN_SILENCE) {
            if (how != Mischief.RATE_LIMITED_IN_SILENCE) {
                Duration wait = placed
                        ? RETRY_AFTER
                        : Duration.between(clock.instant(), free()).plusSeconds(1);
                exchange.getResponseHeaders().set("retry-after", Long.toString(wait.toSeconds()));
            }
            return error(TOO_MANY, "rate_limit_error", "Too many requests.");
        }
        if (how != null) {
            switch (how) {
                case ERROR, SLOW:
                    return error(500, "api_error", "Something went wrong.");
                case ERROR_FOR_GOOD:
                    exchange.getResponseHeaders().set("x-should-retry", "false");
                    return error(500, "api_error", "Something went wrong.");
                case BAD_GATEWAY:
                    return new Answer(502, null, "<html>busy</html>".getBytes(StandardCharsets.UTF_8));
                case ABSENT:
                    return error(404, "not_found_error", "Not found.");
                case REFUSED:
                    return error(403, "permission_error", "Not this one.");
                case UNAVAILABLE:
                    return error(503, "overloaded_error", "Unavailable.");
                case OVERLOADED:
                    return error(529, "overloaded_error", "Overloaded.");
                default: // of the page that is answered
            }
        }
        String path = exchange.getRequestURI().getPath();
        try {
            if (!path.startsWith(ComplianceAnswers.BASE)) {
                throw Refusal.absent("Not found.");
            }
            ComplianceFacts.Content content =
                    answers.content(exchange.getRequestMethod(), path, clock.instant(), scopes);
            if (content != null) {
                return content(content, exchange.getResponseHeaders(), how);
            }
            return new Answer(
                    200,
                    answers.answer(
                            exchange.getRequestMethod(),
                            path,
                            new ComplianceQuery(exchange.getRequestURI().getRawQuery()),
                            clock.instant(),
                            how,
                            scopes));
        } catch (Refusal e) {
            return error(e.status, e.type, String.valueOf(e.getMessage()));
        }
    }

    private static Answer content(ComplianceFacts.Content content, Headers headers, @Nullable Mischief how) {
        byte[] bytes = content.bytes().clone();
        headers.set("content-type", content.type());
        headers.set("content-disposition", "attachment; filename*=utf-8''file");
        headers.set("content-md5", Base64.getEncoder().encodeToString(md5(bytes)));
        if (how == Mischief.DAMAGED_BYTES && bytes.length > 0) {
            bytes[0]++;
        }
        return new Answer(200, null, bytes);
    }

    private static byte[] md5(byte[] bytes) {
        try {
            return MessageDigest.getInstance("MD5").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    private boolean place() {
        Instant now = clock.instant();
        while (!lastMinute.isEmpty() && !lastMinute.peekFirst().isAfter(now.minus(MINUTE))) {
            lastMinute.pollFirst();
        }
        if (lastMinute.size() >= PER_MINUTE) {
            return false;
        }
        lastMinute.addLast(now);
        return true;
    }

    private Instant free() {
        return lastMinute.isEmpty() ? clock.instant() : lastMinute.peekFirst().plus(MINUTE);
    }

    private void budget(Headers headers) {
        headers.set("anthropic-ratelimit-requests-limit", Integer.toString(PER_MINUTE));
        headers.set("anthropic-ratelimit-requests-remaining", Integer.toString(PER_MINUTE - lastMinute.size()));
        headers.set("anthropic-ratelimit-requests-reset", free().toString());
    }

    private static Answer error(int status, String type, String message) {
        ObjectNode body = JSON.createObjectNode();
        body.putObject("error").put("type", type).put("message", message);
        return new Answer(status, body);
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
