package io.sluice.elasticsearch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** Keeps documents by version as Elasticsearch does, and answers each bulk request as the script says. */
final class ScriptedElasticsearch implements AutoCloseable {
    /** A line pair of a bulk request. */
    record Write(String id, long version, String json) {}

    /** A document, and how often it was changed. */
    record Stored(long version, String json, int changes) {}

    /** How one request is answered. */
    interface Step {
        void answer(ScriptedElasticsearch server, HttpExchange exchange, List<Write> writes) throws IOException;
    }

    private static final ObjectMapper JSON = new ObjectMapper();

    final Map<String, Stored> documents = new ConcurrentHashMap<>();
    final AtomicInteger requests = new AtomicInteger();
    final Queue<Integer> batchSizes = new ConcurrentLinkedQueue<>();
    final Queue<String> violations = new ConcurrentLinkedQueue<>();
    private final Queue<Step> script = new ConcurrentLinkedQueue<>();
    private final Step otherwise;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;

    /**
     * @param port 0: any
     * @param otherwise for the requests after the scripted ones
     */
    ScriptedElasticsearch(int port, Step otherwise, Step... first) throws IOException {
        this.otherwise = otherwise;
        script.addAll(List.of(first));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/_bulk", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            List<Write> writes = read(new String(body, StandardCharsets.UTF_8));
            batchSizes.add(writes.size());
            requests.incrementAndGet();
            Step step = script.poll();
            (step == null ? otherwise : step).answer(this, exchange, writes);
        } catch (RuntimeException e) {
            violations.add(e.toString());
            throw e;
        }
    }

    private List<Write> read(String body) throws IOException {
        if (!body.endsWith("\n")) {
            violations.add("the last line does not end");
        }
        List<String> lines = body.lines().toList();
        List<Write> writes = new ArrayList<>();
        for (int i = 0; i < lines.size(); i += 2) {
            JsonNode action = JSON.readTree(lines.get(i)).path("index");
            if (!action.path("version_type").asText().equals("external")) {
                violations.add("version_type: " + action);
            }
            writes.add(new Write(
                    action.path("_id").asText(), action.path("version").asLong(), lines.get(i + 1)));
        }
        if (writes.stream().map(Write::id).distinct().count() != writes.size()) {
            violations.add("a document twice in one request");
        }
        return writes;
    }

    /** Takes everything. */
    static final Step STORE = refusing(id -> false, 0, "");

    /** Takes everything, but the answer never comes. */
    static final Step NO_ANSWER = (server, exchange, writes) -> {
        writes.forEach(server::put);
        server.awaitClosing();
    };

    /** Takes everything; the answer begins in time, but never ends. */
    static final Step NO_END = (server, exchange, writes) -> {
        writes.forEach(server::put);
        beginAnswer(exchange);
        server.awaitClosing();
    };

    /** Takes everything; the answer breaks off. */
    static final Step BREAK_OFF = (server, exchange, writes) -> {
        writes.forEach(server::put);
        beginAnswer(exchange); // Then closed with bytes owed, which closes the connection.
    };

    /** Takes everything but some documents, which are refused. */
    static Step refusing(Predicate<String> refused, int status, String errorType) {
        return (server, exchange, writes) -> {
            List<String> items = new ArrayList<>();
            for (Write write : writes) {
                if (refused.test(write.id())) {
                    items.add("""
                            {"index":{"status":%d,"error":{"type":"%s","reason":"quotes 'CONTENT'"}}}""".formatted(status, errorType));
                } else {
                    items.add("{\"index\":{\"status\":%d}}".formatted(server.put(write)));
                }
            }
            answer(exchange, 200, "{\"items\":[" + String.join(",", items) + "]}");
        };
    }

    /** Refuses the request, and takes nothing. */
    static Step status(int status) {
        return (server, exchange, writes) -> answer(exchange, status, "{\"error\":{\"type\":\"scripted\"}}");
    }

    /** Refuses requests of more documents than that, or with that one. */
    static Step tooLargeAbove(int count, String tooLarge) {
        return (server, exchange, writes) -> {
            boolean large = writes.size() > count
                    || writes.stream().anyMatch(write -> write.id().equals(tooLarge));
            (large ? status(413) : STORE).answer(server, exchange, writes);
        };
    }

    /** Answers 200 with this. */
    static Step text(String body) {
        return (server, exchange, writes) -> answer(exchange, 200, body);
    }

    private int put(Write write) {
        int[] status = new int[1];
        documents.compute(write.id(), (id, old) -> {
            if (old != null && old.version() >= write.version()) {
                status[0] = 409;
                return old;
            }
            status[0] = old == null ? 201 : 200;
            return new Stored(write.version(), write.json(), old == null ? 1 : old.changes() + 1);
        });
        return status[0];
    }

    void awaitClosing() {
        try {
            closing.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void beginAnswer(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 1_000);
        exchange.getResponseBody().write("{\"items\":[".getBytes(StandardCharsets.UTF_8));
        exchange.getResponseBody().flush();
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
