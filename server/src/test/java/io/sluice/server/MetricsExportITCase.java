package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.sluice.schema.Index;
import io.sluice.server.DirectoryStack.Client;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exported metrics at real servers. Each test has an organization of its own. */
class MetricsExportITCase {
    @TempDir
    static Path folder;

    private static final AtomicInteger IDS = new AtomicInteger();

    @SuppressWarnings("NullAway.Init")
    private static DirectoryStack stack;

    @SuppressWarnings("NullAway.Init")
    private static RunningServer running;

    @BeforeAll
    static void start() throws Exception {
        stack = DirectoryStack.shared(folder);
        running = stack.server(new MovableClock(), Map.of(Setting.METRICS_REFRESH_SECONDS, "1"));
    }

    @AfterAll
    static void stop() throws Exception {
        running.close();
    }

    private static void write(Index index, String organization, String fields) throws Exception {
        TestElastic.send(
                stack.elasticsearch,
                "PUT",
                "/" + index.indexName() + "/_doc/exported-" + IDS.incrementAndGet() + "?refresh=true",
                ("{'org_id': '" + organization + "', " + fields + "}").replace('\'', '"'));
    }

    private static void row(String organization, String day, String fields) throws Exception {
        write(
                Index.CODE_METRICS,
                organization,
                "'empty': false, 'starting_at': '" + day
                        + "T09:00:00Z', 'session_id': 's', 'user': 'alice@example.com',"
                        + " 'team': 'platform', 'team_source': 'directory', 'product': 'claude-code', 'remote': false, "
                        + fields);
    }

    private static void cell(String organization, String day, String team, String model, long micros) throws Exception {
        write(
                Index.SPEND_CELLS,
                organization,
                "'empty': false, 'starting_at': '" + day + "T09:00:00Z', 'user': 'alice@example.com', 'team': '" + team
                        + "', 'model': '" + model + "', 'product': 'claude-code', 'basis': 'events', 'requests': 1,"
                        + " 'input_tokens': 10, 'output_tokens': 20, 'cache_read_tokens': 30,"
                        + " 'cache_creation_tokens': 40, 'spend_micros': " + micros);
    }

    private static void fill(String organization) throws Exception {
        row(organization, "2026-10-31", "'prompts': 1000, 'commits': 1000");
        row(
                organization,
                "2026-11-23",
                "'sessions_started': 1, 'prompts': 3, 'events_seen': 9, 'events_missing': 1, 'commits': 2,"
                        + " 'lines_added': 40, 'active_user_micros': 1500000");
        row(
                organization,
                "2026-11-24",
                "'tool': 'Edit', 'prompts': 1, 'accepted_user_temporary': 3, 'accepted_config': 5,"
                        + " 'rejected_user_reject': 1, 'tool_succeeded': 8");
        row(organization, "2026-11-24", "'tool': 'run-alices-script', 'tool_failed': 1");
        row(organization, "2026-11-24", "'status': '529', 'api_errors': 4");
        cell(organization, "2026-11-23", "platform", "claude-opus-4-5", 500_000);
        cell(organization, "2026-11-24", "data", "claude-haiku-4-5", 20_000);
        write(
                Index.ACTIVE_USERS,
                organization,
                "'period': 'week', 'starting_at': '2026-11-23T00:00:00Z', 'dimension': 'organization', 'value': '"
                        + organization + "', 'users': 2, 'approximate': false");
        write(
                Index.LEDGER,
                organization,
                "'source': 'otlp-logs', 'hour': '2026-11-23T09:00:00Z', 'received': 10, 'accepted': 8, 'duplicate': 2");
    }

    private static String scrape(RunningServer server, String token) throws Exception {
        HttpResponse<String> answer = server.get("/metrics", token);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    private static String await(RunningServer server, String token, String line) throws Exception {
        DirectoryStack.await(() -> scrape(server, token).contains(line + "\n"));
        return scrape(server, token);
    }

    @Test
    void prometheusGetsTheFiguresOfTheMonth() throws Exception {
        fill("scraped");
        String token = running.token("scraped", "read:analytics");
        String text = await(running, token, "claude_code_prompts_total 4.0");
        assertThat(text.lines())
                .contains(
                        "# TYPE claude_code_prompts_total counter",
                        "claude_code_sessions_total 1.0",
                        "claude_code_commits_total 2.0",
                        "claude_code_lines_total{type=\"added\"} 40.0",
                        "claude_code_active_time_seconds_total{type=\"user\"} 1.5",
                        "claude_code_edit_decisions_total{decision=\"accept\",source=\"person\"} 3.0",
                        "claude_code_edit_decisions_total{decision=\"accept\",source=\"other\"} 5.0",
                        "claude_code_edit_decisions_total{decision=\"reject\",source=\"person\"} 1.0",
                        "claude_code_tool_calls_total{outcome=\"success\",tool=\"Edit\"} 8.0",
                        "claude_code_tool_calls_total{outcome=\"failure\",tool=\"other\"} 1.0",
                        "claude_code_api_errors_total{status=\"529\"} 4.0",
                        "claude_code_active_users{period=\"week\"} 2.0",
                        "claude_cost_usage_total{gen_ai_request_model=\"claude-opus-4-5\",team=\"platform\"} 0.5",
                        "claude_token_usage_total{gen_ai_provider_name=\"anthropic\",gen_ai_request_model="
                                + "\"claude-opus-4-5\",gen_ai_token_type=\"input\"} 80.0",
                        "claude_api_tokens_total{claude_token_class=\"input\",gen_ai_request_model="
                                + "\"claude-opus-4-5\"} 10.0",
                        "sluice_records_received_total{source=\"otlp-logs\"} 10.0",
                        "sluice_records_total{outcome=\"duplicate\",source=\"otlp-logs\"} 2.0",
                        "sluice_telemetry_complete 0.9");
        assertThat(text)
                .contains("sluice_metrics_snapshot_age_seconds ")
                .doesNotContain("alice")
                .doesNotContain("script");
        HttpResponse<String> open = running.send(HttpRequest.newBuilder(URI.create(running.rest("/metrics")))
                .header("authorization", "Bearer " + token)
                .header("accept", "application/openmetrics-text; version=1.0.0"));
        assertThat(open.headers().firstValue("content-type").orElse("")).startsWith("application/openmetrics-text");
        assertThat(open.body()).endsWith("# EOF\n").contains("claude_code_prompts_total 4.0");
    }

    @Test
    void anotherOrganizationSeesItsOwn() throws Exception {
        fill("mine");
        row("theirs", "2026-11-24", "'prompts': 77");
        String theirs = running.token("theirs", "read:analytics");
        await(running, running.token("mine", "read:analytics"), "claude_code_prompts_total 4.0");
        assertThat(await(running, theirs, "claude_code_prompts_total 77.0"))
                .contains("sluice_organization=\"theirs\"")
                .doesNotContain("mine")
                .doesNotContain("claude_cost_usage_total{");
    }

    @Test
    void teamsOnlyMeansNoFigures() throws Exception {
        fill("private");
        String token = running.token("private", "read:analytics");
        await(running, token, "claude_code_prompts_total 4.0");
        Client.of(running, "private")
                .send("PATCH", "/v1/organization", "{'analytics_privacy': 'team-only'}")
                .is(200);
        assertThat(scrape(running, token).lines().filter(line -> !line.startsWith("#")))
                .isNotEmpty()
                .allMatch(line ->
                        line.startsWith("sluice_metrics_snapshot_age_seconds ") || line.startsWith("target_info{"));
    }

    @Test
    void aMonthBeginsAnew() throws Exception {
        fill("months");
        MovableClock clock = new MovableClock();
        try (RunningServer own = stack.server(clock, Map.of(Setting.METRICS_REFRESH_SECONDS, "1"))) {
            String token = own.token("months", "read:analytics");
            await(own, token, "claude_code_prompts_total 4.0");
            row("months", "2026-12-02", "'prompts': 1");
            clock.advance(Duration.ofDays(8));
            assertThat(await(own, token, "claude_code_prompts_total 1.0"))
                    .doesNotContain("claude_cost_usage_total{")
                    .contains("claude_code_active_users{period=\"week\"} 0.0");
        }
    }

    @Test
    void withoutElasticsearchOnlyTheAgeIsTold(@TempDir Path own) throws Exception {
        try (RunningServer alone =
                new RunningServer(stack.kafka.bootstrapServers(), own, Map.of(Setting.METRICS_REFRESH_SECONDS, "1"))) {
            alone.server.kafka().prepared().get(60, TimeUnit.SECONDS);
            DirectoryStack.await(() -> alone.get("/metrics", alone.adminToken()).statusCode() == 200);
            assertThat(scrape(alone, alone.adminToken()).lines().filter(line -> !line.startsWith("#")))
                    .allMatch(line ->
                            line.startsWith("sluice_metrics_snapshot_age_seconds ") || line.startsWith("target_info{"))
                    .hasSize(2);
        }
    }

    @Test
    void collectorsGetDeltasAndCumulativeSums() throws Exception {
        fill("pushed");
        try (OtlpReceiver cumulative = new OtlpReceiver();
                OtlpReceiver delta = new OtlpReceiver()) {
            Map<Setting, String> settings = new EnumMap<>(Setting.class);
            settings.put(Setting.METRICS_REFRESH_SECONDS, "1");
            settings.put(Setting.OTLP_PUSH_INTERVAL_SECONDS, "1");
            settings.put(Setting.OTLP_PUSH_ORGANIZATION, "pushed");
            settings.put(Setting.OTLP_PUSH_URL, cumulative.url());
            settings.put(Setting.OTLP_PUSH_DELTA_URL, delta.url());
            settings.put(
                    Setting.OTLP_PUSH_DELTA_HEADERS_FILE,
                    Files.writeString(folder.resolve("push-headers"), "api-key: k")
                            .toString());
            try (RunningServer pushing = stack.server(new MovableClock(), settings)) {
                DirectoryStack.await(() -> cumulative.newest("claude.code.prompts") == 4
                        && delta.metrics().stream()
                                .anyMatch(metric -> metric.getName().equals("claude.code.active_users")));
                for (int more = 1; more <= 3; more++) {
                    row("pushed", "2026-11-25", "'prompts': " + more + ", 'lines_added': 7");
                    cell("pushed", "2026-11-25", "platform", "claude-opus-4-5", 1_000_000);
                    int prompts = 4 + more * (more + 1) / 2;
                    DirectoryStack.await(() -> cumulative.newest("claude.code.prompts") == prompts);
                }
                DirectoryStack.await(() -> delta.sumOfAll("claude.code.prompts") >= 6
                        && delta.sumOfAll("claude.cost.usage") > 2.99
                        && delta.sumOfAll("claude.code.lines") >= 21
                        && cumulative.newest("claude.cost.usage") > 3.51
                        && cumulative.newest("claude.code.lines") == 61);
            }
            assertThat(delta.sumOfAll("claude.code.prompts"))
                    .as("what came since the server started")
                    .isEqualTo(cumulative.newest("claude.code.prompts") - 4);
            assertThat(delta.sumOfAll("claude.cost.usage"))
                    .isCloseTo(cumulative.newest("claude.cost.usage") - 0.52, offset(1e-9));
            assertThat(delta.sumOfAll("claude.code.lines")).isEqualTo(cumulative.newest("claude.code.lines") - 40);
            assertThat(delta.temporalities()).containsExactly(AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA);
            assertThat(cumulative.temporalities())
                    .containsExactly(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE);
            assertThat(delta.keys).containsExactly("k");
            assertThat(cumulative.keys).containsExactly("null");
            assertThat(cumulative.shapes())
                    .containsEntry("claude.code.prompts {prompt}", "[]")
                    .containsEntry("claude.code.active_time s", "[type]")
                    .containsEntry("claude.cost.usage {USD}", "[gen_ai.request.model, team]")
                    .containsEntry(
                            "claude.token.usage {token}",
                            "[gen_ai.provider.name, gen_ai.request.model, gen_ai.token.type]")
                    .containsEntry("sluice.records {record}", "[outcome, source]");
            assertThat(delta.shapes().keySet()).isEqualTo(cumulative.shapes().keySet());
            assertThat(cumulative.metrics().stream().filter(Metric::hasSum))
                    .allMatch(metric -> metric.getSum().getIsMonotonic());
            assertThat(List.copyOf(cumulative.requests).toString())
                    .contains("sluice.organization")
                    .doesNotContain("alice");
        }
    }
}
