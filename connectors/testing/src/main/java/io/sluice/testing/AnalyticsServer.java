package io.sluice.testing;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Anthropic's usage, cost, Claude Code and Enterprise analytics reports on loopback, over a set of facts: the same paths,
 * parameters, shapes, errors and limits of requests. Facts become known, change and go with the clock; data is refreshed
 * every so often, and cursors of before are then gone. It misbehaves when it is told to.
 */
public final class AnalyticsServer implements AutoCloseable {
    /** What becomes of a request instead of what should. */
    public enum Mischief {
        /** 429 with {@link #RETRY_AFTER}. */
        RATE_LIMITED,
        /** 500. */
        ERROR,
        /** 529; not JSON. */
        OVERLOADED,
        /** No answer until the server is closed. */
        SLOW,
        /** The connection is cut. */
        RESET,
        /** The page before the one that is asked for once more; of a first page nothing. */
        REPEATED_PAGE,
        /** 410 for a cursor; of a first page nothing. */
        EXPIRED_CURSOR
    }

    /** Of {@link Mischief#RATE_LIMITED}. */
    public static final Duration RETRY_AFTER = Duration.ofSeconds(7);

    private static final String ANALYTICS = "/v1/organizations/analytics/";
    private static final int ANALYTICS_PER_MINUTE = 60;
    private static final int ADMIN_PER_MINUTE = 100;
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Clock clock;
    private final Set<String> absent = new HashSet<>();
    private final Deque<Mischief> mischief = new ArrayDeque<>();
    private final Deque<Instant> analytics = new ArrayDeque<>();
    private final Deque<Instant> admin = new ArrayDeque<>();
    private final List<String> requests = new ArrayList<>();
    private final AnalyticsAnswers answers;
    private final String key;
    private Duration refresh = Duration.ofHours(4);
    private int overLimit;
    private int percent;
    private Random random = new Random(0);

    private AnalyticsServer(String key, Clock clock) throws IOException {
        this.key = key;
        this.clock = clock;
        answers = new AnalyticsAnswers();
        server = LoopbackHttp.create();
        server.setExecutor(threads);
        server.createContext("/", this::handle);
    }

    /**
     * Starts on a free port.
     *
     * @param key the one that is accepted
     * @param clock of the facts, the refreshes and the limits of requests
     */
    public static AnalyticsServer start(String key, Clock clock) throws IOException {
        AnalyticsServer started = new AnalyticsServer(key, clock);
        started.server.start();
        return started;
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    public synchronized void addUsage(Collection<UsageFact> facts) {
        answers.usage.addAll(facts);
    }

    public synchronized void addCoding(Collection<CodingFact> facts) {
        answers.coding.addAll(facts);
    }

    /** Such an API is answered 404: the last part of its path, for example {@code analytics/usage}. */
    public synchronized void without(String path) {
        absent.add("/v1/organizations/" + path);
    }

    /** It is there again. */
    public synchronized void with(String path) {
        absent.remove("/v1/organizations/" + path);
    }

    /** At most so many rows on a page, whatever is asked for. */
    public synchronized void pagesOf(int rows) {
        answers.mostRows = rows;
    }

    public synchronized void refreshEvery(Duration time) {
        refresh = time;
    }

    /** One after the other, of the next requests. */
    public synchronized void misbehave(Mischief... next) {
        mischief.addAll(List.of(next));
    }

    /** Of so many of a hundred requests, by chance; 0: of none. */
    public synchronized void misbehave(long seed, int ofAHundred) {
        random = new Random(seed);
        percent = ofAHundred;
    }

    /** In order of arrival: {@code GET path?query → 200}. */
    public synchronized List<String> requests() {
        return List.copyOf(requests);
    }

    /** Requests that came too fast. */
    public synchronized int overLimit() {
        return overLimit;
    }

    /** The state of the data that is answered from now on. */
    public synchronized Instant refreshedAt() {
        long step = refresh.toMillis();
        return Instant.ofEpochMilli(Math.floorDiv(clock.millis(), step) * step);
    }

    private void handle(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().readAllBytes();
        Mischief how;
        AnalyticsAnswers.Answer answer;
        synchronized (this) {
            how = next();
            answer = answer(exchange, how);
            requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " → "
                    + (how == Mischief.RESET || how == Mischief.SLOW ? how : answer.status()));
            if (answer.status() == 429) {
                exchange.getResponseHeaders().set("retry-after", Long.toString(RETRY_AFTER.toSeconds()));
            }
        }
        if (how == Mischief.SLOW) {
            awaitClosing();
        } else if (how != Mischief.RESET) {
            byte[] bytes = answer.status() == 529
                    ? "<html>busy</html>".getBytes(StandardCharsets.UTF_8)
                    : JSON.writeValueAsBytes(answer.body());
            exchange.sendResponseHeaders(answer.status(), bytes.length);
            exchange.getResponseBody().write(bytes);
        }
        exchange.close();
    }

    private @Nullable Mischief next() {
        Mischief next = mischief.poll();
        if (next == null && random.nextInt(100) < percent) {
            next = Mischief.values()[random.nextInt(Mischief.values().length)];
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

    private AnalyticsAnswers.Answer answer(HttpExchange exchange, @Nullable Mischief how) {
        String path = exchange.getRequestURI().getPath();
        boolean ofAnalytics = path.startsWith(ANALYTICS);
        if (!place(ofAnalytics ? analytics : admin, ofAnalytics ? ANALYTICS_PER_MINUTE : ADMIN_PER_MINUTE)) {
            overLimit++;
            return error(429, "rate_limit_error", "too many requests within a minute");
        }
        if (how == Mischief.RATE_LIMITED) {
            return error(429, "rate_limit_error", "too many requests");
        }
        if (how == Mischief.ERROR || how == Mischief.RESET || how == Mischief.SLOW) {
            return error(500, "api_error", "something went wrong");
        }
        if (how == Mischief.OVERLOADED) {
            return error(529, "overloaded_error", "busy");
        }
        if (!key.equals(exchange.getRequestHeaders().getFirst("x-api-key"))
                || exchange.getRequestHeaders().getFirst("anthropic-version") == null) {
            return error(401, "authentication_error", "invalid x-api-key");
        }
        if (!exchange.getRequestMethod().equals("GET") || absent.contains(path)) {
            return error(404, "not_found_error", "no such thing");
        }
        String beta = exchange.getRequestHeaders().getFirst("anthropic-beta");
        return answers.get(
                path,
                new AnalyticsQuery(exchange.getRequestURI().getRawQuery(), String.valueOf(beta)),
                clock.instant(),
                refreshedAt(),
                how);
    }

    private boolean place(Deque<Instant> lastMinute, int most) {
        Instant now = clock.instant();
        while (!lastMinute.isEmpty() && !lastMinute.peekFirst().isAfter(now.minus(MINUTE))) {
            lastMinute.pollFirst();
        }
        if (lastMinute.size() >= most) {
            return false;
        }
        lastMinute.addLast(now);
        return true;
    }

    static AnalyticsAnswers.Answer error(int status, String type, String message) {
        ObjectNode body = JSON.createObjectNode().put("type", "error");
        body.putObject("error").put("type", type).put("message", message);
        return new AnalyticsAnswers.Answer(status, body.put("request_id", "req_011Example"));
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
