package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.schema.Index;
import io.sluice.server.DirectoryStack.Client;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The endpoint of Grafana's data source, at real servers. Each test has an organization of its own; ' stands for ". */
class DashboardRoutesITCase {
    private static final String SEARCH = DashboardRoutes.BASE + "/_msearch";
    private static final String BY_USER =
            "{'aggs': {'2': {'terms': {'field': 'user', 'order': {'_key': 'asc'}}, 'aggs':"
                    + " {'1': {'sum': {'field': 'spend_usd'}}}}}}";

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
        running = stack.server(new MovableClock());
    }

    @AfterAll
    static void stop() throws Exception {
        running.close();
    }

    private static void cell(String organization, String user, String team, long micros) throws Exception {
        TestElastic.send(
                stack.elasticsearch,
                "PUT",
                "/" + Index.SPEND_CELLS.indexName() + "/_doc/dashboards-" + IDS.incrementAndGet() + "?refresh=true",
                ("{'org_id': '" + organization + "', 'empty': false, 'starting_at': '2026-11-23T09:00:00Z', 'user': '"
                                + user + "', 'team': '" + team + "', 'model': 'opus', 'basis': 'events', 'requests': 1,"
                                + " 'spend_micros': " + micros + "}")
                        .replace('\'', '"'));
    }

    private static void alert(String organization) throws Exception {
        TestElastic.send(
                stack.elasticsearch,
                "PUT",
                "/" + Index.ALERTS.indexName() + "/_doc/dashboards-" + IDS.incrementAndGet() + "?refresh=true",
                ("{'org_id': '" + organization + "', 'id': 'a', 'kind': 'spend_threshold', 'status': 'firing', 'user':"
                                + " 'alice@example.com', 'threshold': 80, 'amount_micros': 5000000, 'at':"
                                + " '2026-11-24T09:00:00Z'}")
                        .replace('\'', '"'));
    }

    private static HttpResponse<String> send(String token, String lines) throws Exception {
        return running.send(HttpRequest.newBuilder(URI.create(running.rest(SEARCH)))
                .header("authorization", "Bearer " + token)
                .header("content-type", "application/x-ndjson")
                .POST(HttpRequest.BodyPublishers.ofString(lines.replace('\'', '"'))));
    }

    private static JsonNode responses(String token, String... searches) throws Exception {
        StringBuilder lines = new StringBuilder();
        for (String search : searches) {
            lines.append(search).append('\n');
        }
        HttpResponse<String> answer = send(token, lines.toString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return RunningServer.JSON.readTree(answer.body()).path("responses");
    }

    private static JsonNode response(String token, String index, String search) throws Exception {
        return responses(token, "{'index': '" + index + "'}", search).path(0);
    }

    private static List<String> buckets(JsonNode response) {
        List<String> buckets = new ArrayList<>();
        response.at("/aggregations/2/buckets")
                .forEach(bucket -> buckets.add(bucket.path("key").asText()
                        + ' '
                        + bucket.path("1").path("value").asDouble()));
        return buckets;
    }

    /** What Grafana asks when the data source is saved, and when a panel is edited. */
    @Test
    void grafanaFindsWhatItLooksFor() throws Exception {
        String token = running.token("dash-found", "read:analytics");
        // Without the slash, and following redirects, as Grafana does.
        HttpResponse<String> version = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build()
                .send(
                        HttpRequest.newBuilder(URI.create(running.rest(DashboardRoutes.BASE)))
                                .header("authorization", "Bearer " + token)
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(version.statusCode()).isEqualTo(200);
        assertThat(RunningServer.JSON
                        .readTree(version.body())
                        .at("/version/number")
                        .asText())
                .isEqualTo("8.19.0");
        assertThat(running.get(DashboardRoutes.BASE + "/_cluster/health?wait_for_status=yellow", token)
                        .body())
                .containsAnyOf("green", "yellow");
        JsonNode mapping = RunningServer.JSON.readTree(
                running.get(DashboardRoutes.BASE + "/spend/_mapping", token).body());
        assertThat(mapping.at("/spend/mappings/properties/spend_usd/type").asText())
                .isEqualTo("double");
        JsonNode fields =
                RunningServer.JSON.readTree(running.get(DashboardRoutes.BASE + "/alerts/_field_caps?fields=at", token)
                        .body());
        assertThat(fields.path("fields").toString()).startsWith("{\"at\":{\"date\":{");
        HttpResponse<String> none = running.get(DashboardRoutes.BASE + "/sluice-directory/_mapping", token);
        assertThat(none.statusCode()).isEqualTo(404);
        assertThat(RunningServer.JSON
                        .readTree(none.body())
                        .at("/error/root_cause/0/reason")
                        .asText())
                .startsWith("index: no such index (expected: one of spend, ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "'query': {'term': {'late': 'no'}} | late: no (expected: true or false)",
                "'query': {'term': {'threshold': 80.5}} | threshold: 80.5 (expected: a whole number)",
                "'query': {'query_string': {'query': 'threshold:all'}} | threshold: all (expected: a whole number)",
                "'query': {'term': {'threshold': 2147483648}} | threshold: 2147483648 (expected: a whole number)",
                "'aggs': {'1': {'date_histogram': {'field': 'at', 'fixed_interval': '1d', 'min_doc_count': 1,"
                        + " 'time_zone': 'CEST'}}}"
                        + " | time_zone: CEST (expected: a zone such as Europe/Berlin, +01:00 or UTC)",
                "'aggs': {'1': {'date_histogram': {'field': 'at', 'fixed_interval': '1d', 'min_doc_count': 1,"
                        + " 'offset': '25h'}}}"
                        + " | offset: 25h (expected: a number of ms, s, m, h or d, with + or -, less than the interval)"
            })
    void valuesThatThereCannotBe(String search, String reason) throws Exception {
        JsonNode response = response(running.token("dash-values", "admin"), "alerts", "{" + search + "}");
        assertThat(response.path("status").asInt()).as("%s", response).isEqualTo(400);
        assertThat(response.at("/error/reason").asText()).isEqualTo(reason);
    }

    @Test
    void tooManyGroupsAreTheFaultOfWhoAsks() throws Exception {
        cell("dash-groups", "alice@example.com", "platform", 1);
        cell("dash-groups", "alice@example.com", "data", 1);
        String histogram = "{'date_histogram': {'field': 'starting_at', 'fixed_interval': '1d'";
        // 10,000 days for each of seven filters.
        StringBuilder filters = new StringBuilder();
        for (int i = 0; i < 7; i++) {
            filters.append(i == 0 ? "" : ", ").append("'").append(i).append("': {'match_all': {}}");
        }
        JsonNode response = response(
                running.token("dash-groups", "admin"),
                "spend",
                "{'query': {'range': {'starting_at': {'gte': 1764000000000, 'lte': 1864000000000}}}, 'aggs': {'1':"
                        + " {'filters': {'filters': {" + filters + "}}, 'aggs': {'2': " + histogram
                        + ", 'extended_bounds': {'min': 1000000000000, 'max': 1864000000000}}}}}}}");
        assertThat(response.path("status").asInt()).as("%s", response).isEqualTo(400);
        assertThat(response.at("/error/reason").asText()).startsWith("search: too many groups for one answer");
    }

    @Test
    void anOrganizationSeesItsOwnWhateverItAsks() throws Exception {
        cell("dash-own", "alice@example.com", "platform", 1_500_000);
        cell("dash-other", "eve@example.com", "secret-team", 7_000_000);
        String token = running.token("dash-own", "read:analytics");
        assertThat(buckets(response(token, "spend", BY_USER))).containsExactly("alice@example.com 1.5");
        for (String query : List.of(
                "{'bool': {'should': [{'match_all': {}}, {'exists': {'field': 'team'}}]}}",
                "{'bool': {'must_not': [{'term': {'team': 'platform'}}]}}",
                "{'query_string': {'query': 'team:secret-team'}}")) {
            HttpResponse<String> answer = send(
                    token, "{'index': 'spend'}\n" + BY_USER.replaceFirst("\\{", "{'query': " + query + ", ") + "\n");
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).doesNotContain("eve", "secret", "error");
        }
        JsonNode refused = response(token, "spend", "{'aggs': {'1': {'global': {}}}}");
        assertThat(refused.path("status").asInt()).isEqualTo(400);
        assertThat(refused.at("/error/reason").asText()).startsWith("aggs: global (expected: ");
    }

    @Test
    void oneRefusedSearchLeavesTheOthers() throws Exception {
        cell("dash-mixed", "alice@example.com", "platform", 2_000_000);
        String token = running.token("dash-mixed", "read:analytics");
        JsonNode responses = responses(
                token, "{'index': 'spend,caps'}", BY_USER, "{'index': 'spend'}", BY_USER, "{'index': 'spend'}", "{'a");
        assertThat(responses.path(0).path("status").asInt()).isEqualTo(404);
        assertThat(buckets(responses.path(1))).containsExactly("alice@example.com 2.0");
        assertThat(responses.path(2).at("/error/reason").asText()).startsWith("body: a line is not JSON");
        assertThat(send(token, "{'index': 'spend'}").statusCode()).isEqualTo(400);
        assertThat(send(token, "").statusCode()).isEqualTo(400);
    }

    /** What the server lets through, Elasticsearch takes: else its refusal would look like a fault of the server. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "'query': {'terms': {'threshold': ['80', 2147483647, -2147483648]}}",
                "'query': {'query_string': {'query': 'late:false AND NOT threshold:(50 OR 100) AND kind:\\\"x\\\"'}}",
                "'query': {'terms': {'late': [true, 'false']}}",
                "'query': {'terms': {'kind': ['', '*', 'a b']}}",
                "'query': {'range': {'at': {'gt': 0, 'lte': 9000000000000}}}",
                "'query': {'range': {'amount_usd': {'gt': -999999999999999, 'lte': 999999999999999}}}",
                "'query': {'range': {'at': {'gte': 2, 'lte': 1}}}",
                "'query': {'range': {'at': {}}}",
                "'aggs': {'1': {'date_histogram': {'field': 'at', 'fixed_interval': '1ms', 'min_doc_count': 1}}}",
                "'aggs': {'1': {'date_histogram': {'field': 'at', 'fixed_interval': '36525d', 'min_doc_count': 1}}}",
                "'aggs': {'1': {'date_histogram': {'field': 'at', 'fixed_interval': '007h', 'min_doc_count': 1}}}",
                "'aggs': {'1': {'date_histogram': {'field': 'at', 'calendar_interval': '1q', 'min_doc_count': 1,"
                        + " 'offset': '-89d', 'time_zone': 'America/St_Johns', 'format': 'epoch_millis'}}}",
                "'aggs': {'1': {'date_histogram': {'field': 'at', 'fixed_interval': '1d', 'min_doc_count': 1,"
                        + " 'offset': '+86399999ms', 'time_zone': '-18:00'}}}",
                "'aggs': {'1': {'date_histogram': {'field': 'at', 'fixed_interval': '1d', 'min_doc_count': 1,"
                        + " 'offset': '-00h', 'time_zone': 'UTC+1'}}}",
                "'aggs': {'1': {'percentiles': {'field': 'amount_usd', 'percents': [0, 100, '50']}}}",
                "'aggs': {'1': {'terms': {'field': 'threshold', 'min_doc_count': 999999999999999}}}",
                "'aggs': {'1': {'terms': {'field': 'late'}}}",
                "'query': {'range': {'at': {'gte': 0, 'lt': 500}}}, 'aggs': {'1': {'date_histogram': {'field': 'at',"
                        + " 'calendar_interval': '1y', 'extended_bounds': {'min': 0, 'max': 9000000000000}}}}"
            })
    void elasticsearchTakesWhatIsLetThrough(String search) throws Exception {
        alert("dash-let-through");
        JsonNode response = response(running.token("dash-let-through", "admin"), "alerts", "{" + search + "}");
        assertThat(response.path("status").asInt()).as("%s", response).isEqualTo(200);
    }

    @Test
    void everySearchOfACallCounts() throws Exception {
        String[] searches = new String[2 * DashboardRoutes.MOST_SEARCHES];
        for (int i = 0; i < searches.length; i += 2) {
            searches[i] = "{'index': 'spend'}";
            searches[i + 1] = BY_USER;
        }
        try (RunningServer limited = stack.server(new MovableClock(), Map.of(Setting.RATE_LIMIT_PER_MINUTE, "5"))) {
            String token = limited.token("dash-rate", "read:analytics");
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(limited.rest(SEARCH)))
                    .header("authorization", "Bearer " + token)
                    .POST(HttpRequest.BodyPublishers.ofString(
                            String.join("\n", searches).replace('\'', '"') + "\n"));
            List<Integer> statuses = new ArrayList<>();
            RunningServer.JSON
                    .readTree(limited.send(request).body())
                    .path("responses")
                    .forEach(response -> statuses.add(response.path("status").asInt()));
            assertThat(statuses).hasSize(DashboardRoutes.MOST_SEARCHES);
            assertThat(statuses.subList(0, 5)).containsOnly(200);
            assertThat(statuses.subList(5, statuses.size())).containsOnly(429);
            assertThat(limited.send(request).statusCode()).isEqualTo(429);
        }
        String token = running.token("dash-rate", "read:analytics");
        String lines = String.join("\n", searches) + "\n";
        assertThat(send(token, lines).statusCode()).isEqualTo(200);
        HttpResponse<String> tooMany = send(token, lines + "{'index': 'spend'}\n" + BY_USER);
        assertThat(tooMany.statusCode()).isEqualTo(400);
        assertThat(tooMany.body()).contains("body: 42 lines (expected: 1 to 20 pairs");
    }

    private static long searchesOfCodeMetrics() throws Exception {
        JsonNode cache = RunningServer.JSON
                .readTree(TestElastic.send(
                        stack.elasticsearch, "GET", "/" + Index.CODE_METRICS.indexName() + "/_stats/request_cache", ""))
                .at("/_all/primaries/request_cache");
        assertThat(cache.path("miss_count").isNumber()).isTrue();
        return cache.path("hit_count").asLong() + cache.path("miss_count").asLong();
    }

    @Test
    void namesBehindPseudonymsAreReadOnceACall() throws Exception {
        String organization = "dash-once";
        for (String user : List.of("ann", "bea", "cat")) {
            cell(organization, user + "@example.com", "platform", 1_000_000);
        }
        // A shard without documents is not asked.
        TestElastic.send(
                stack.elasticsearch,
                "PUT",
                "/" + Index.CODE_METRICS.indexName() + "/_doc/dashboards-once?refresh=true",
                "{\"org_id\": \"" + organization + "\", \"user\": \"ann@example.com\"}");
        Client.of(running, organization)
                .send("PATCH", "/v1/organization", "{'analytics_privacy': 'pseudonymous'}")
                .is(200);
        String token = running.token(organization, "read:analytics");
        List<String> told = buckets(response(token, "spend", BY_USER));
        List<String> searches = new ArrayList<>();
        for (String each : told) {
            searches.add("{'index': 'spend'}");
            searches.add(BY_USER.replaceFirst(
                    "\\{", "{'query': {'term': {'user': '" + each.substring(0, each.indexOf(' ')) + "'}}, "));
        }
        long before = searchesOfCodeMetrics();
        List<String> found = new ArrayList<>();
        responses(token, searches.toArray(new String[0])).forEach(each -> found.addAll(buckets(each)));
        assertThat(found).hasSize(3).isEqualTo(told);
        assertThat(searchesOfCodeMetrics() - before).isEqualTo(1);
    }

    @Test
    void alertsNeedTheirScope() throws Exception {
        alert("dash-alerts");
        String search =
                "{'aggs': {'2': {'terms': {'field': 'threshold'}, 'aggs': {'1': {'max': {'field': 'amount_usd'}}}}}}";
        assertThat(response(running.token("dash-alerts", "read:analytics"), "alerts", search)
                        .at("/error/reason")
                        .asText())
                .contains("expected: a token with the scope read:spend_limits too");
        assertThat(buckets(response(running.token("dash-alerts", "admin"), "alerts", search)))
                .containsExactly("80 5.0");
    }

    @Test
    void pseudonymsInAnswersAndFilters() throws Exception {
        String organization = "dash-hidden";
        for (String user : List.of("ann", "bea", "cat", "dan")) {
            cell(organization, user + "@example.com", "platform", 1_000_000);
        }
        Client admin = Client.of(running, organization);
        admin.send("PATCH", "/v1/organization", "{'analytics_privacy': 'pseudonymous'}")
                .is(200);
        String token = running.token(organization, "read:analytics");
        List<String> told = buckets(response(token, "spend", BY_USER));
        assertThat(told).hasSize(4).isSorted().noneMatch(each -> each.contains("@"));
        List<String> ofApi =
                DirectoryStack.texts(admin.get("/v1/spend?group_by=user").body(), "/group/user");
        assertThat(told.stream().map(each -> each.substring(0, each.indexOf(' '))))
                .containsExactlyInAnyOrderElementsOf(ofApi);
        String someone = ofApi.get(0);
        assertThat(buckets(response(
                        token,
                        "spend",
                        BY_USER.replaceFirst(
                                "\\{", "{'query': {'query_string': {'query': 'user:\\\\\"" + someone + "\\\\\"'}}, "))))
                .containsExactly(someone + " 1.0");
        assertThat(buckets(response(
                        token,
                        "spend",
                        BY_USER.replaceFirst("\\{", "{'query': {'term': {'user': 'ann@example.com'}}, "))))
                .isEmpty();
    }

    /** 800 people times 90 days are more buckets than Elasticsearch answers. */
    @Test
    void whoIsShownByDayMayBeFewOfMany() throws Exception {
        String organization = "dash-many";
        StringBuilder bulk = new StringBuilder();
        for (int i = 0; i < 800; i++) {
            bulk.append("{'index': {}}\n{'org_id': '" + organization + "', 'empty': false, 'starting_at':"
                    + " '2026-11-23T09:00:00Z', 'user': 'user" + i + "@example.com', 'spend_micros': " + 1_000_000L * i
                    + "}\n");
        }
        TestElastic.send(
                stack.elasticsearch,
                "POST",
                "/" + Index.SPEND_CELLS.indexName() + "/_bulk?refresh=true",
                bulk.toString().replace('\'', '"'));
        Client.of(running, organization)
                .send("PATCH", "/v1/organization", "{'analytics_privacy': 'pseudonymous'}")
                .is(200);
        String token = running.token(organization, "read:analytics");
        String range = "'query': {'range': {'starting_at': {'gte': 1788000000000, 'lte': 1795690000000}}}";
        String sum = "'1': {'sum': {'field': 'spend_usd'}}";
        JsonNode response = response(
                token,
                "spend",
                "{" + range
                        + ", 'aggs': {'2': {'terms': {'field': 'user', 'size': 3, 'order': {'1': 'desc'}}, 'aggs': {"
                        + sum + ", '3': {'date_histogram': {'field': 'starting_at', 'fixed_interval': '1d',"
                        + " 'extended_bounds': {'min': 1788000000000, 'max': 1795690000000}}, 'aggs': {" + sum
                        + "}}}}}}");
        List<String> told = buckets(response);
        assertThat(told)
                .noneMatch(each -> each.contains("@"))
                .extracting(each -> each.substring(each.indexOf(' ')))
                .containsExactly(" 799.0", " 798.0", " 797.0");
        for (JsonNode person : response.at("/aggregations/2/buckets")) {
            assertThat(person.at("/3/buckets")).hasSize(90);
            double days = 0;
            for (JsonNode day : person.at("/3/buckets")) {
                days += day.at("/1/value").asDouble();
            }
            assertThat(days).isEqualTo(person.at("/1/value").asDouble());
        }
    }

    @Test
    void teamsOnlyIsRefused() throws Exception {
        cell("dash-teams", "alice@example.com", "platform", 1);
        Client.of(running, "dash-teams")
                .send("PATCH", "/v1/organization", "{'analytics_privacy': 'team-only'}")
                .is(200);
        String token = running.token("dash-teams", "admin");
        for (DashboardIndex index : DashboardIndex.values()) {
            JsonNode response = response(token, index.parameter(), "{'size': 0}");
            assertThat(response.path("status").asInt()).isEqualTo(403);
            assertThat(response.at("/error/root_cause/0/reason").asText())
                    .contains("tell of teams of 5 people or more only", "/v1/code-metrics by team");
        }
    }
}
