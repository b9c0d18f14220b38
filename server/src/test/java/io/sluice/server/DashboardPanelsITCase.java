package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.Index;
import io.sluice.server.DirectoryStack.Client;
import io.sluice.testing.GrafanaQuery;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every panel of every dashboard in {@code docker/grafana}, asked as Grafana asks, at a real server: it is not empty, and its
 * numbers are those of the documents that were written.
 */
class DashboardPanelsITCase {
    private static final String NAMED = "panels-named";
    private static final String HIDDEN = "panels-hidden";
    private static final String TEAMS = "panels-teams";
    private static final String EMPTY = "panels-empty";
    private static final long FROM = Instant.parse("2026-11-20T00:00:00Z").toEpochMilli();
    private static final long TO = Instant.parse("2026-11-26T00:00:00Z").toEpochMilli();
    private static final double SECONDS = 60;
    private static final Path DASHBOARDS = Path.of("../docker/grafana/dashboards");

    @TempDir
    static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static DirectoryStack stack;

    @SuppressWarnings("NullAway.Init")
    private static RunningServer running;

    /** What was written of each organization, by index as dashboards name it. */
    private static final Map<String, List<JsonNode>> DOCUMENTS = new HashMap<>();

    private static final Map<String, String> TOKENS = new HashMap<>();

    @SuppressWarnings("NullAway.Init")
    private static PrometheusText before;

    @SuppressWarnings("NullAway.Init")
    private static PrometheusText after;

    /** A panel of a dashboard. */
    record Panel(String dashboard, JsonNode json) {
        String title() {
            return json.path("title").asText();
        }

        Stream<JsonNode> targets() {
            return DashboardFilter.list(json.path("targets")).stream();
        }

        @Override
        public String toString() {
            return dashboard + ": " + title();
        }
    }

    static Stream<Panel> panels() {
        return GrafanaQuery.dashboards(DASHBOARDS).entrySet().stream()
                .flatMap(dashboard -> DashboardFilter.list(dashboard.getValue().path("panels")).stream()
                        .map(panel -> new Panel(dashboard.getKey(), panel)));
    }

    static Stream<Panel> ofElasticsearch() {
        return panels().filter(panel -> panel.targets().anyMatch(GrafanaQuery::isElasticsearch));
    }

    static Stream<Panel> ofPrometheus() {
        return panels().filter(panel -> panel.targets().anyMatch(GrafanaQuery::isPrometheus))
                // Of Flink, see FlinkMetricsITCase.
                .filter(panel -> panel.targets()
                        .noneMatch(target -> target.path("expr").asText().contains("flink_")));
    }

    @BeforeAll
    static void start() throws Exception {
        stack = DirectoryStack.shared(folder);
        running = stack.server(new MovableClock(), Map.of(Setting.METRICS_REFRESH_SECONDS, "1"));
        for (String organization : List.of(NAMED, HIDDEN, TEAMS)) {
            write(organization);
        }
        TestElastic.send(stack.elasticsearch, "POST", "/_refresh", "");
        for (String organization : List.of(NAMED, HIDDEN, TEAMS, EMPTY)) {
            TOKENS.put(organization, running.token(organization, "admin"));
        }
        for (Map.Entry<String, String> mode :
                Map.of(HIDDEN, "pseudonymous", TEAMS, "team-only").entrySet()) {
            Client.of(running, mode.getKey())
                    .send("PATCH", "/v1/organization", "{'analytics_privacy': '" + mode.getValue() + "'}")
                    .is(200);
        }
        before = scrapeWith("sluice_records_received_total{source=\"otlp-logs\"} 30.0");
        put(NAMED, "ledger", "more", "{'source': 'otlp-logs', 'hour': '2026-11-24T10:00:00Z', 'received': 12}");
        TestElastic.send(stack.elasticsearch, "POST", "/_refresh", "");
        after = scrapeWith("sluice_records_received_total{source=\"otlp-logs\"} 42.0");
    }

    @AfterAll
    static void stop() throws Exception {
        running.close();
    }

    private static PrometheusText scrapeWith(String line) throws Exception {
        DirectoryStack.await(() -> scrape().contains(line + "\n"));
        return new PrometheusText(scrape());
    }

    private static String scrape() throws Exception {
        return running.get("/metrics", Objects.requireNonNull(TOKENS.get(NAMED)))
                .body();
    }

    private static void write(String organization) throws Exception {
        int id = 0;
        for (String[] document : documents(organization)) {
            put(organization, document[0], String.valueOf(id++), document[1]);
        }
    }

    private static void put(String organization, String index, String id, String fields) throws Exception {
        ObjectNode document = (ObjectNode) RunningServer.JSON.readTree(fields.replace('\'', '"'));
        document.put("org_id", organization);
        if (index.equals("spend") || index.equals("code-metrics")) {
            document.put("empty", false).put("remote", false);
        }
        Index real = DashboardIndex.of(index).index();
        TestElastic.send(
                stack.elasticsearch,
                "PUT",
                "/" + real.indexName() + "/_doc/" + organization + "-" + index + "-" + id,
                document.toString());
        DOCUMENTS
                .computeIfAbsent(organization + ' ' + index, key -> new ArrayList<>())
                .add(document);
    }

    /** Two teams, three people, two days, spend of nobody who is known; and a month before, which is in no panel. */
    private static List<String[]> documents(String organization) {
        List<String[]> documents = new ArrayList<>();
        String[][] people = {
            {"alice@example.com", "platform", "github.com/example/app", "claude-opus-4-5", "2026-11-23", "vscode"},
            {"bob@example.com", "data", "github.com/example/etl", "claude-haiku-4-5", "2026-11-24", "iTerm.app"},
            {"carol@example.com", "data", "github.com/example/app", "claude-opus-4-5", "2026-11-24", "vscode"},
            {"dave@example.com", "data", "github.com/example/old", "claude-opus-4-5", "2026-10-01", "vscode"}
        };
        for (int i = 0; i < people.length; i++) {
            String[] who = people[i];
            int n = i + 1;
            documents.add(new String[] {
                "spend",
                "{'starting_at': '" + who[4] + "T09:00:00Z', 'user': '" + who[0] + "', 'team': '" + who[1]
                        + "', 'repository': '" + who[2] + "', 'model': '" + who[3]
                        + "', 'product': 'claude-code', 'mcp_server': 'tracker-" + n % 2 + "', 'terminal': '" + who[5]
                        + "', 'basis': 'events', 'requests': " + 3 * n + ", 'input_tokens': " + 10 * n
                        + ", 'output_tokens': " + 20 * n + ", 'cache_read_tokens': " + 300 * n
                        + ", 'cache_creation_tokens': " + 40 * n + ", 'spend_micros': " + 1_250_000L * n + "}"
            });
            String common = "{'starting_at': '" + who[4] + "T09:00:00Z', 'session_id': 's" + n + "', 'user': '" + who[0]
                    + "', 'team': '" + who[1] + "', 'repository': '" + who[2] + "', 'terminal': '" + who[5]
                    + "', 'product': 'claude-code', 'app_version': '2.1." + n + "', ";
            documents.add(new String[] {
                "code-metrics",
                common + "'sessions_started': " + n + ", 'session_days': 1, 'prompts': " + 4 * n
                        + ", 'active_user_micros': " + 1_500_000L * n + ", 'active_cli_micros': " + 7_000_000L * n
                        + ", 'lines_added': " + 40 * n + ", 'lines_removed': " + 3 * n + ", 'commits': " + 2 * n
                        + ", 'pull_requests': " + n + ", 'events_seen': 9, 'events_missing': 1}"
            });
            documents.add(new String[] {
                "code-metrics",
                common + "'tool': '" + (i % 2 == 0 ? "Edit" : "Write") + "', 'language': '"
                        + (i % 2 == 0 ? "Java" : "Python") + "', 'accepted_config': " + 5 * n
                        + ", 'accepted_hook': 1, 'accepted_user_permanent': 2, 'accepted_user_temporary': " + 3 * n
                        + ", 'accepted_other': 1, 'rejected_config': 1, 'rejected_hook': 1, 'rejected_user_abort': " + n
                        + ", 'rejected_user_reject': 2, 'rejected_other': 1, 'tool_succeeded': " + 8 * n
                        + ", 'tool_failed': " + n + ", 'tool_duration_ms': [" + "20, 20]}"
            });
            documents.add(new String[] {
                "code-metrics",
                common + "'tool': 'mcp_tool', 'mcp_server': 'tracker', 'accepted_config': 100, 'tool_succeeded': "
                        + 2 * n + ", 'tool_failed': 1, 'mcp_connected': " + n
                        + ", 'mcp_failed': 1, 'tool_duration_ms': 20}"
            });
            documents.add(new String[] {
                "code-metrics",
                common + "'model': '" + who[3] + "', 'api_requests': " + 30 * n + ", 'api_duration_ms': [900, 900]}"
            });
            documents.add(new String[] {"code-metrics", common + "'status': '529', 'api_errors': " + n + "}"});
            documents.add(new String[] {
                "code-metrics", common + "'skill': 'review-" + n + "', 'skill_activations': " + n + "}"
            });
            documents.add(
                    new String[] {"code-metrics", common + "'agent': 'Explore', 'subagent_runs': " + 2 * n + "}"});
            documents.add(new String[] {"code-metrics", common + "'mode': 'plan', 'mode_changes': " + n + "}"});
        }
        documents.add(new String[] {
            "spend",
            "{'starting_at': '2026-11-24T09:00:00Z', 'user': 'unattributed', 'team': 'data', 'model':"
                    + " 'claude-haiku-4-5', 'product': 'claude-code', 'basis': 'events', 'requests': 1, 'spend_micros':"
                    + " 500000}"
        });
        for (String[] day : new String[][] {{"2026-11-23", "1"}, {"2026-11-24", "2"}}) {
            documents.add(active("day", day[0], "organization", organization, day[1]));
        }
        documents.add(active("day", "2026-11-23", "team", "platform", "1"));
        documents.add(active("day", "2026-11-24", "team", "data", "2"));
        documents.add(active("week", "2026-11-23", "organization", organization, "3"));
        documents.add(active("month", "2026-11-01", "organization", organization, "3"));
        for (String[] alert :
                new String[][] {{"50", "resolved"}, {"80", "firing"}, {"80", "firing"}, {"100", "firing"}}) {
            documents.add(new String[] {
                "alerts",
                "{'id': 'a', 'kind': 'spend_threshold', 'status': '" + alert[1] + "', 'user': 'alice@example.com',"
                        + " 'threshold': " + alert[0] + ", 'at': '2026-11-24T09:30:00Z'}"
            });
        }
        documents.add(new String[] {
            "ledger",
            "{'source': 'otlp-logs', 'hour': '2026-11-23T09:00:00Z', 'received': 30, 'accepted': 20, 'duplicate': 4,"
                    + " 'rejected': 3, 'late': 1, 'ignored': 1, 'erased': 0, 'superseded': 1}"
        });
        documents.add(new String[] {
            "ledger",
            "{'source': 'otlp-metrics', 'hour': '2026-11-24T10:00:00Z', 'received': 7, 'accepted': 6, 'duplicate': 1}"
        });
        for (String reason : List.of("number-out-of-range", "number-out-of-range", "not-json")) {
            documents.add(new String[] {
                "dead-letters",
                "{'event_id': 'e', 'received_at': '2026-11-24T10:20:00Z', 'source': 'otlp-logs', 'reason': '" + reason
                        + "', 'message': 'a: b (expected: c)'}"
            });
        }
        return documents;
    }

    private static String[] active(String period, String day, String dimension, String value, String users) {
        return new String[] {
            "active-users",
            "{'period': '" + period + "', 'starting_at': '" + day + "T00:00:00Z', 'dimension': '" + dimension
                    + "', 'value': '" + value + "', 'users': " + users + ", 'approximate': false}"
        };
    }

    private static JsonNode ask(String organization, String index, ObjectNode search) throws Exception {
        HttpResponse<String> answer = running.send(HttpRequest.newBuilder(
                        URI.create(running.rest(DashboardRoutes.BASE + "/_msearch?max_concurrent_shard_requests=5")))
                .header("authorization", "Bearer " + TOKENS.get(organization))
                .POST(HttpRequest.BodyPublishers.ofString(GrafanaQuery.lines(index, search))));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return RunningServer.JSON.readTree(answer.body()).at("/responses/0");
    }

    private static Map<String, Double> numbers(String organization, JsonNode target, Map<String, String> variables)
            throws Exception {
        JsonNode response =
                ask(organization, GrafanaQuery.index(target), GrafanaQuery.search(target, FROM, TO, variables));
        assertThat(response.path("error").isMissingNode())
                .as("%s: %s", target, response)
                .isTrue();
        return GrafanaQuery.numbers(target, response.path("aggregations"));
    }

    private static Map<String, Double> truth(String organization, JsonNode target, Map<String, String> variables) {
        List<JsonNode> documents = DOCUMENTS.getOrDefault(organization + ' ' + GrafanaQuery.index(target), List.of());
        return new DashboardTruth(documents, target).numbers(FROM, TO, variables);
    }

    /** Percentiles are told within 1 %. */
    private static double tolerance(JsonNode target, double value) {
        return target.at("/metrics/0/type").asText().equals("percentiles") ? value / 100 : 1e-9;
    }

    /** The same numbers, but for buckets in which there is nothing. */
    private static void assertSame(JsonNode target, Map<String, Double> shown, Map<String, Double> truth) {
        truth.forEach((path, value) -> assertThat(shown.getOrDefault(path, Double.NaN))
                .as(path)
                .isCloseTo(value, offset(tolerance(target, value))));
        Set<String> more = new HashSet<>(shown.keySet());
        more.removeAll(truth.keySet());
        assertThat(more).allMatch(path -> Objects.requireNonNull(shown.get(path)) == 0);
    }

    @ParameterizedTest
    @MethodSource("ofElasticsearch")
    void showsWhatWasWritten(Panel panel) throws Exception {
        for (JsonNode target :
                panel.targets().filter(GrafanaQuery::isElasticsearch).toList()) {
            Map<String, Double> truth = truth(NAMED, target, Map.of());
            assertThat(truth.values()).as("%s: not empty", panel).anyMatch(value -> value != 0);
            assertSame(target, numbers(NAMED, target, Map.of()), truth);
        }
    }

    @ParameterizedTest
    @MethodSource("ofElasticsearch")
    void keepsToWhatIsChosen(Panel panel) throws Exception {
        Map<String, String> chosen = Map.of(
                "team", "(\"data\")",
                "model", "(\"claude-opus-4-5\" OR \"claude-haiku-4-5\")",
                "user", "(\"carol@example.com\")",
                "repository", "(\"github.com\\/example\\/app\")");
        // The other side of the comparison does not know of escapes.
        Map<String, String> plain = new HashMap<>(chosen);
        plain.put("repository", "(\"github.com/example/app\")");
        for (JsonNode target :
                panel.targets().filter(GrafanaQuery::isElasticsearch).toList()) {
            assertSame(target, numbers(NAMED, target, chosen), truth(NAMED, target, plain));
        }
    }

    /** By hand, so that the comparison above cannot be wrong in the same way on both sides. */
    @Test
    void someNumbersByHand() throws Exception {
        Map<String, Double> expected = new HashMap<>();
        expected.put("organization: Spend", 1.25 + 2.5 + 3.75 + 0.5);
        expected.put("organization: Most people in a day", 2.0);
        expected.put("spend: Spend a request", 8.0 / 19);
        expected.put("spend: Alerts that fire", 3.0);
        expected.put("spend: Cache reads", 300.0 / 350);
        expected.put("adoption: Active time of people", 9.0);
        expected.put("outcomes: Cost per commit", 8.0 / 12);
        expected.put("outcomes: Cost per added line", 8.0 / 240);
        expected.put("tools: Tool calls", 48.0 + 6 + 12 + 3);
        expected.put("tools: API error rate", 6.0 / (6 + 180));
        expected.put("pipeline: Dead letters", 3.0);
        Map<String, Double> shown = new HashMap<>();
        for (Panel panel : panels().toList()) {
            if (expected.containsKey(panel.toString())) {
                shown.put(panel.toString(), stat(panel));
            }
        }
        expected.forEach((panel, value) ->
                assertThat(shown.getOrDefault(panel, Double.NaN)).as(panel).isCloseTo(value, offset(1e-9)));
    }

    /** The one number of a panel: its expression, or its calculation over the visible series. */
    private static double stat(Panel panel) throws Exception {
        Map<String, Double> values = new HashMap<>();
        double shown = Double.NaN;
        for (JsonNode target : panel.targets().toList()) {
            String id = target.path("refId").asText();
            double value;
            switch (target.path("type").asText()) {
                case "reduce" -> {
                    assertThat(target.path("reducer").asText()).isEqualTo("sum");
                    value = Objects.requireNonNull(
                            values.get(target.path("expression").asText()));
                }
                case "math" ->
                    value = DashboardFormula.of(
                                    target.path("expression").asText().replace("$", "params."), values.keySet())
                            .value(values)
                            .orElseThrow();
                default -> value = calculated(panel, numbers(NAMED, target, Map.of()));
            }
            values.put(id, value);
            if (!target.path("hide").asBoolean()) {
                shown = value;
            }
        }
        return shown;
    }

    private static double calculated(Panel panel, Map<String, Double> numbers) {
        Stream<Double> visible = numbers.entrySet().stream()
                .filter(number -> number.getKey().endsWith("/1"))
                .map(Map.Entry::getValue);
        return panel.json().at("/options/reduceOptions/calcs/0").asText().equals("max")
                ? visible.reduce(0.0, Math::max)
                : visible.reduce(0.0, Double::sum);
    }

    @ParameterizedTest
    @MethodSource("ofPrometheus")
    void everyMetricAndLabelIsInTheScrape(Panel panel) {
        for (JsonNode target :
                panel.targets().filter(GrafanaQuery::isPrometheus).toList()) {
            assertThat(after.evaluate(target.path("expr").asText(), before, SECONDS)
                            .values())
                    .as("%s", panel)
                    .isNotEmpty()
                    .noneMatch(value -> value.isNaN());
        }
    }

    @Test
    void numbersOfTheScrape() {
        Map<String, Map<Map<String, String>, Double>> expected = Map.of(
                "sluice_telemetry_complete", Map.of(Map.of(), 0.9),
                "sum(claude_cost_usage_total)", Map.of(Map.of(), 8.0),
                "claude_code_active_users{period=\"week\"}", Map.of(Map.of("period", "week"), 3.0),
                "claude_code_active_users{period=\"month\"}", Map.of(Map.of("period", "month"), 3.0),
                "sum(claude_code_edit_decisions_total{decision=\"accept\"}) / sum(claude_code_edit_decisions_total)",
                        Map.of(Map.of(), 60.0 / (60 + 21)),
                "sum by (source) (rate(sluice_records_received_total[$__rate_interval]))",
                        Map.of(Map.of("source", "otlp-logs"), 12 / SECONDS, Map.of("source", "otlp-metrics"), 0.0),
                "sum(sluice_metrics_dropped_label_values)", Map.of(Map.of(), 0.0));
        Set<String> compared = new TreeSet<>();
        ofPrometheus()
                .flatMap(Panel::targets)
                .filter(GrafanaQuery::isPrometheus)
                .forEach(target -> {
                    String expression = target.path("expr").asText();
                    Map<Map<String, String>, Double> numbers = after.evaluate(expression, before, SECONDS);
                    if (expression.equals("sluice_metrics_snapshot_age_seconds")) {
                        assertThat(numbers.values()).allMatch(age -> age >= 0);
                    } else {
                        assertThat(expected).containsKey(expression);
                        assertThat(numbers).as(expression).isEqualTo(expected.get(expression));
                        compared.add(expression);
                    }
                });
        assertThat(compared).isEqualTo(expected.keySet());
    }

    @ParameterizedTest
    @MethodSource("ofElasticsearch")
    void underPseudonymsNobodyIsNamed(Panel panel) throws Exception {
        for (JsonNode target :
                panel.targets().filter(GrafanaQuery::isElasticsearch).toList()) {
            JsonNode response =
                    ask(HIDDEN, GrafanaQuery.index(target), GrafanaQuery.search(target, FROM, TO, Map.of()));
            assertThat(response.toString()).doesNotContain("alice", "bob", "carol", "example.com\"", "error");
            // Under whatever names, it is the same numbers.
            assertThat(sorted(GrafanaQuery.numbers(target, response.path("aggregations"))))
                    .usingElementComparator(
                            (a, b) -> Math.abs(a - b) <= tolerance(target, b) ? 0 : Double.compare(a, b))
                    .isEqualTo(sorted(truth(HIDDEN, target, Map.of())));
        }
    }

    private static List<Double> sorted(Map<String, Double> numbers) {
        return numbers.values().stream().filter(value -> value != 0).sorted().toList();
    }

    @ParameterizedTest
    @MethodSource("ofElasticsearch")
    void forTeamsOnlyItIsRefused(Panel panel) throws Exception {
        for (JsonNode target :
                panel.targets().filter(GrafanaQuery::isElasticsearch).toList()) {
            JsonNode response = ask(TEAMS, GrafanaQuery.index(target), GrafanaQuery.search(target, FROM, TO, Map.of()));
            assertThat(response.at("/error/reason").asText()).contains("tell of teams of 5 people or more only");
            assertThat(response.path("aggregations").isMissingNode()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("ofElasticsearch")
    void anotherOrganizationSeesNothing(Panel panel) throws Exception {
        for (JsonNode target :
                panel.targets().filter(GrafanaQuery::isElasticsearch).toList()) {
            assertThat(numbers(EMPTY, target, Map.of()).values()).allMatch(value -> value == 0);
        }
    }

    @Test
    void variablesOfferWhatThereIs() throws Exception {
        Map<String, Set<String>> offered = new HashMap<>();
        for (String organization : List.of(NAMED, HIDDEN, EMPTY)) {
            for (JsonNode dashboard : GrafanaQuery.dashboards(DASHBOARDS).values()) {
                for (JsonNode variable : dashboard.at("/templating/list")) {
                    JsonNode response = ask(
                            organization,
                            GrafanaQuery.index(variable),
                            GrafanaQuery.choices(variable.path("query").asText(), FROM, TO));
                    Set<String> choices = new TreeSet<>();
                    response.at("/aggregations/1/buckets")
                            .forEach(bucket -> choices.add(bucket.path("key").asText()));
                    offered.put(organization + ' ' + variable.path("name").asText(), choices);
                }
            }
        }
        assertThat(offered.get(NAMED + " team")).containsExactly("data", "platform");
        assertThat(offered.get(NAMED + " model")).containsExactly("claude-haiku-4-5", "claude-opus-4-5");
        assertThat(offered.get(NAMED + " user"))
                .containsExactly("alice@example.com", "bob@example.com", "carol@example.com", "unattributed");
        assertThat(offered.get(HIDDEN + " user")).hasSize(4).noneMatch(name -> name.contains("@"));
        assertThat(offered.get(EMPTY + " team")).isEmpty();
    }
}
