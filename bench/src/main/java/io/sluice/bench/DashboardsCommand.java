package io.sluice.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.testing.GrafanaQuery;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How long each panel of the dashboards takes, from Grafana's request to the server's answer. */
@Command(
        name = "dashboards",
        description =
                "Each panel of the dashboards for Grafana over an organization's rows and cells in Elasticsearch, asked"
                        + " through the server as Grafana asks, one after the other; then each dashboard at once.")
final class DashboardsCommand extends BenchCommand {
    /** The time range begins within the first day: Elasticsearch remembers answers whose range holds everything. */
    static final Duration FIRST_HOURS = Duration.ofHours(12);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BULK_CHARS = 2_000_000;
    private static final String SEARCH = "/v1/elasticsearch/_msearch";

    @Option(names = "--users", paramLabel = "N", description = "Users (default: ${DEFAULT-VALUE}).")
    int users = 1_000;

    @Option(names = "--days", paramLabel = "N", description = "Days that they work (default: ${DEFAULT-VALUE}).")
    int days = 90;

    @Option(names = "--seed", paramLabel = "N", description = "Of the load (default: ${DEFAULT-VALUE}).")
    long seed = 42;

    @Option(
            names = "--dashboards",
            paramLabel = "DIR",
            description = "Folder of the dashboards (default: ${DEFAULT-VALUE}).")
    Path dashboards = Path.of("docker/grafana/dashboards");

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final StringBuilder bulk = new StringBuilder();
    private long documents;

    @Override
    String benchmark() {
        return "dashboards";
    }

    @Override
    Report measure(Workspace workspace, Progress progress) throws Exception {
        progress.step("Kafka, Elasticsearch, server");
        Broker broker = Broker.start(workspace);
        try (Elastic elastic = Elastic.start(workspace)) {
            Map<String, String> settings = new HashMap<>(elastic.settings());
            settings.put("SLUICE_DEFAULT_ORGANIZATION", DashboardsLoad.ORGANIZATION);
            settings.put("SLUICE_RATE_LIMIT_PER_MINUTE", "0");
            Receiver receiver = Receiver.start(workspace, broker, settings);
            progress.done("ready");
            DashboardsLoad load = load(elastic, progress);
            String token = Files.readString(workspace.folder("server").resolve("admin.token"))
                    .strip();
            return measure(new Panels(receiver, token), load, progress);
        }
    }

    private DashboardsLoad load(Elastic elastic, Progress progress) throws IOException, InterruptedException {
        progress.step("load");
        long started = System.nanoTime();
        DashboardsLoad load = new DashboardsLoad(users, days, seed, (index, document) -> {
            bulk.append("{\"index\":{\"_index\":\"")
                    .append(index.indexName())
                    .append("\"}}\n")
                    .append(document)
                    .append('\n');
            documents++;
            if (bulk.length() > BULK_CHARS) {
                write(elastic);
            }
        });
        for (int day = 0; day < load.days(); day++) {
            load.day(day);
            progress.at((double) day / load.days());
        }
        write(elastic);
        elastic.send("POST", "/_refresh", "");
        progress.done(String.format("%,d documents, %d s", documents, (System.nanoTime() - started) / 1_000_000_000));
        return load;
    }

    private void write(Elastic elastic) {
        try {
            String answer = elastic.send("POST", "/_bulk?filter_path=errors", bulk.toString());
            if (!answer.contains("\"errors\":false")) {
                throw new IOException("a document is refused: " + answer);
            }
            bulk.setLength(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException(e));
        }
    }

    private Report measure(Panels panels, DashboardsLoad load, Progress progress) throws Exception {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("users", users);
        facts.put("days", days);
        facts.put("documents", documents);
        Map<String, JsonNode> all = GrafanaQuery.dashboards(dashboards);
        panels.check(all, load);
        List<Long> everything = new ArrayList<>();
        for (Map.Entry<String, JsonNode> dashboard : all.entrySet()) {
            progress.step(dashboard.getKey());
            List<JsonNode> asking = new ArrayList<>();
            for (JsonNode panel : dashboard.getValue().path("panels")) {
                if (!panels.requests(panel, 0).isEmpty()) {
                    asking.add(panel);
                }
            }
            // One round does not count, of all of them.
            long[][] nanos = new long[asking.size()][rounds];
            long[] together = new long[rounds];
            for (int round = -1; round < rounds; round++) {
                for (int i = 0; i < asking.size(); i++) {
                    long took = panels.ask(panels.requests(asking.get(i), round));
                    if (round >= 0) {
                        nanos[i][round] = took;
                        everything.add(took);
                    }
                }
                List<HttpRequest> whole = new ArrayList<>();
                for (JsonNode panel : asking) {
                    whole.addAll(panels.requests(panel, rounds + 1 + round));
                }
                long took = panels.ask(whole);
                if (round >= 0) {
                    together[round] = took;
                }
            }
            for (int i = 0; i < asking.size(); i++) {
                facts.put(
                        dashboard.getKey() + ": " + asking.get(i).path("title").asText(),
                        Percentiles.upToTheLongest(nanos[i]));
            }
            facts.put(dashboard.getKey() + ", all panels at once", Percentiles.upToTheLongest(together));
            progress.done("p95 of a panel at most "
                    + Arrays.stream(nanos)
                            .mapToDouble(
                                    each -> Percentiles.upToTheLongest(each).getOrDefault("p95_ms", 0.0))
                            .max()
                            .orElse(0)
                    + " ms");
        }
        facts.put(
                "any panel",
                Percentiles.upToTheLongest(
                        everything.stream().mapToLong(Long::longValue).toArray()));
        return new Report(benchmark(), "panels/s", List.of(), Map.of(), facts);
    }

    /** Asks the server for panels. */
    private final class Panels {
        private final Receiver receiver;
        private final String token;
        private final long from = DashboardsLoad.START.plus(FIRST_HOURS).toEpochMilli();
        private final long to = DashboardsLoad.START.plus(Duration.ofDays(days)).toEpochMilli() - 1;

        Panels(Receiver receiver, String token) {
            this.receiver = receiver;
            this.token = token;
        }

        /**
         * What Grafana sends for a panel: a request for each data source. None: it is Prometheus' alone.
         *
         * @param round each has a time range of its own, so that no answer is remembered
         */
        List<HttpRequest> requests(JsonNode panel, int round) {
            Map<String, StringBuilder> bodies = new LinkedHashMap<>();
            for (JsonNode target : panel.path("targets")) {
                if (GrafanaQuery.isElasticsearch(target)) {
                    ObjectNode search = GrafanaQuery.search(target, from + 1 + round, to, Map.of());
                    bodies.computeIfAbsent(GrafanaQuery.index(target), index -> new StringBuilder())
                            .append(GrafanaQuery.lines(GrafanaQuery.index(target), search));
                }
            }
            return bodies.values().stream()
                    .map(body -> HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + receiver.restPort() + SEARCH))
                            .header("authorization", "Bearer " + token)
                            .header("content-type", "application/x-ndjson")
                            .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                            .build())
                    .toList();
        }

        /** Sends all at once; nanoseconds until the last answer is there. */
        long ask(List<HttpRequest> requests) throws Exception {
            long started = System.nanoTime();
            List<String> bodies = new ArrayList<>();
            requests.stream()
                    .map(request -> http.sendAsync(request, HttpResponse.BodyHandlers.ofString()))
                    .toList()
                    .forEach(answer -> bodies.add(answer.join().body()));
            long took = System.nanoTime() - started;
            for (String body : bodies) {
                JsonNode responses = JSON.readTree(body).path("responses");
                for (JsonNode response : responses) {
                    if (response.path("status").asInt() != 200) {
                        throw new IncorrectException("a panel is answered " + response);
                    }
                }
                if (responses.isEmpty()) {
                    throw new IncorrectException("a panel is answered " + body);
                }
            }
            return took;
        }

        /** Spend and prompts, shown by two panels, are what was written. */
        void check(Map<String, JsonNode> all, DashboardsLoad load) throws Exception {
            check(sum(panel(all, "organization", "Spend")), load.spendUsd());
            check(sum(panel(all, "adoption", "Prompts")), load.prompts());
        }

        private void check(double shown, double expected) throws IncorrectException {
            if (Math.abs(shown - expected) > 1e-6 * expected) {
                throw new IncorrectException("a panel shows " + shown + " (expected: " + expected + ")");
            }
        }

        private double sum(JsonNode panel) throws IOException, InterruptedException {
            JsonNode target = panel.path("targets").path(0);
            JsonNode answer = JSON.readTree(http.send(requests(panel, -1).get(0), HttpResponse.BodyHandlers.ofString())
                    .body());
            return GrafanaQuery.numbers(target, answer.at("/responses/0/aggregations")).values().stream()
                    .mapToDouble(Double::doubleValue)
                    .sum();
        }

        private static JsonNode panel(Map<String, JsonNode> all, String dashboard, String title) throws IOException {
            JsonNode board = all.get(dashboard);
            if (board != null) {
                for (JsonNode panel : board.path("panels")) {
                    if (panel.path("title").asText().equals(title)) {
                        return panel;
                    }
                }
            }
            throw new IOException(dashboard + ": no panel " + title);
        }
    }
}
