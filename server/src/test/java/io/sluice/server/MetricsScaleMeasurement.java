package io.sluice.server;

import com.linecorp.armeria.client.ClientFactory;
import io.sluice.schema.Index;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Measures scrapes and snapshots of an organization of 10,000 users in 300 teams, 20 days, 800,000 documents. Not part of the
 * build, since times prove nothing there: {@code mvn verify -pl server -am -Dit.test=MetricsScaleMeasurement …}.
 */
class MetricsScaleMeasurement {
    private static final String ORGANIZATION = "scale";
    private static final int USERS = 10_000;
    private static final int USERS_OF_A_BULK = 2_500;
    private static final int DAYS = 20;
    private static final int SCRAPES = 1_000;
    private static final List<String> TOOLS = List.of("Edit", "Bash", "Read", "Write", "Grep", "mcp__a__b");
    private static final List<String> MODELS = List.of("claude-opus-4-5", "claude-haiku-4-5", "claude-sonnet-4-5");

    @Test
    void scrapes(@TempDir Path folder) throws Exception {
        DirectoryStack stack = DirectoryStack.shared(folder);
        HttpClient http = HttpClient.newHttpClient();
        for (int day = 1; day <= DAYS; day++) {
            for (int from = 0; from < USERS; from += USERS_OF_A_BULK) {
                write(http, stack, documents(day, from));
            }
        }
        TestElastic.send(stack.elasticsearch, "POST", "/_refresh", "");
        try (RunningServer running = stack.server(new MovableClock(), Map.of(Setting.METRICS_REFRESH_SECONDS, "1"))) {
            String token = running.token(ORGANIZATION, "read:analytics");
            DirectoryStack.await(
                    () -> running.get("/metrics", token).body().contains("claude_code_prompts_total 600000.0"));
            List<Long> micros = new ArrayList<>();
            for (int i = 0; i < SCRAPES; i++) {
                long begin = System.nanoTime();
                running.get("/metrics", token);
                micros.add((System.nanoTime() - begin) / 1_000);
            }
            Collections.sort(micros);
            System.out.printf(
                    "Scrape, microseconds: p50 %d, p99 %d, longest %d; %d bytes%n",
                    micros.get(SCRAPES / 2),
                    micros.get(SCRAPES * 99 / 100),
                    micros.get(SCRAPES - 1),
                    running.get("/metrics", token).body().length());
        }
        snapshots(stack, folder);
    }

    /** Each of another range of 19 of the days, since Elasticsearch remembers answers, also of ranges that hold all. */
    private static void snapshots(DirectoryStack stack, Path folder) {
        ExportQuestions questions = new ExportQuestions(new Elastic(
                Settings.of(Map.of(
                        Setting.ELASTICSEARCH_URL,
                        stack.elasticsearch.url().toString(),
                        Setting.ELASTICSEARCH_PASSWORD_FILE,
                        folder.resolve("password").toString())),
                ClientFactory.ofDefault()));
        for (int i = 0; i < 10; i++) {
            long begin = System.nanoTime();
            questions
                    .ask(ORGANIZATION, Instant.parse("2026-11-01T10:00:00Z").plusSeconds(i), Instant.EPOCH)
                    .join();
            System.out.printf("Snapshot, milliseconds: %d%n", (System.nanoTime() - begin) / 1_000_000);
        }
    }

    private static String documents(int day, int firstUser) {
        StringBuilder bulk = new StringBuilder();
        for (int user = firstUser; user < firstUser + USERS_OF_A_BULK; user++) {
            String common = "{'org_id': '" + ORGANIZATION + "', 'empty': false, 'starting_at': '2026-11-"
                    + (day < 10 ? "0" : "") + day + "T09:00:00Z', 'user': 'u" + user + "@example.com', 'team': 'team-"
                    + user % 300 + "', 'team_source': 'directory', 'product': 'claude-code', ";
            for (int i = 0; i < 3; i++) {
                action(bulk, Index.CODE_METRICS)
                        .append(common)
                        .append("'remote': false, 'session_id': 's")
                        .append(user)
                        .append("', 'tool': '")
                        .append(TOOLS.get((user + i) % TOOLS.size()))
                        .append("', 'prompts': 1, 'tool_succeeded': 5, 'accepted_config': 1, 'events_seen': 9}\n");
            }
            action(bulk, Index.SPEND_CELLS)
                    .append(common)
                    .append("'model': '")
                    .append(MODELS.get(user % MODELS.size()))
                    .append("', 'basis': 'events', 'requests': 1, 'input_tokens': 10, 'output_tokens': 20,"
                            + " 'cache_read_tokens': 30, 'cache_creation_tokens': 40, 'spend_micros': 1000}\n");
        }
        return bulk.toString().replace('\'', '"');
    }

    private static StringBuilder action(StringBuilder bulk, Index index) {
        return bulk.append("{'index': {'_index': '").append(index.indexName()).append("'}}\n");
    }

    private static void write(HttpClient http, DirectoryStack stack, String bulk) throws Exception {
        String credentials = "elastic:" + stack.elasticsearch.password();
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(stack.elasticsearch.url() + "/_bulk"))
                        .header("content-type", "application/x-ndjson")
                        .header(
                                "authorization",
                                "Basic "
                                        + Base64.getEncoder()
                                                .encodeToString(credentials.getBytes(StandardCharsets.UTF_8)))
                        .POST(HttpRequest.BodyPublishers.ofString(bulk))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200 || answer.body().contains("\"errors\":true")) {
            throw new AssertionError(answer.statusCode() + " of a bulk request");
        }
    }
}
