package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.core.codemetrics.FactReader;
import io.sluice.core.codemetrics.RowDocument;
import io.sluice.core.codemetrics.SessionFacts;
import io.sluice.core.codemetrics.SessionRows;
import io.sluice.core.spend.Segments;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Actor;
import io.sluice.schema.CodeMetricRow;
import io.sluice.schema.Index;
import io.sluice.server.DirectoryStack.Client;
import java.io.StringWriter;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Code metrics at real servers, over rows as the job writes them. Each test has an organization of its own. */
class CodeMetricsITCase {
    private static final String METRICS = "/v1/code-metrics";

    @TempDir
    static Path folder;

    /** A Wednesday, November 25, 2026. */
    private static final MovableClock CLOCK = new MovableClock();

    private static final AtomicInteger IDS = new AtomicInteger();

    @SuppressWarnings("NullAway.Init")
    private static DirectoryStack stack;

    @SuppressWarnings("NullAway.Init")
    private static RunningServer running;

    @BeforeAll
    static void start() throws Exception {
        stack = DirectoryStack.shared(folder);
        running = stack.server(CLOCK);
    }

    @AfterAll
    static void stop() throws Exception {
        running.close();
    }

    /** A row of a session at work; ' stands for ". */
    private static void row(String organization, String day, String user, String team, String fields) throws Exception {
        write(
                Index.CODE_METRICS,
                "{'org_id': '" + organization + "', 'empty': false, 'starting_at': '" + day
                        + (day.length() == 10 ? "T09:00:00Z" : "") + "', 'session_id': 's-" + Math.abs(user.hashCode())
                        + day + "', 'user': '"
                        + user + "', 'team': '" + team + "', 'team_source': 'directory', 'product': 'claude-code',"
                        + " 'remote': false, 'last_at': '" + day.substring(0, 10) + "T09:30:00Z', " + fields + "}");
    }

    private static void cell(String organization, String day, String user, String team, String model, long micros)
            throws Exception {
        write(
                Index.SPEND_CELLS,
                "{'org_id': '" + organization + "', 'empty': false, 'starting_at': '" + day + "T09:00:00Z', 'user': '"
                        + user + "', 'team': '" + team + "', 'model': '" + model
                        + "', 'terminal': 'vscode', 'product': 'claude-code', 'basis': 'events', 'requests': 1, 'input_tokens': 10,"
                        + " 'output_tokens': 20, 'cache_read_tokens': 30, 'cache_creation_tokens': 40, 'spend_micros': "
                        + micros + "}");
    }

    private static void active(
            String organization, String period, String day, String dimension, String value, long users)
            throws Exception {
        write(
                Index.ACTIVE_USERS,
                "{'org_id': '" + organization + "', 'period': '" + period + "', 'starting_at': '" + day
                        + "T00:00:00Z', 'dimension': '" + dimension + "', 'value': '" + value + "', 'users': " + users
                        + ", 'approximate': false}");
    }

    private static void write(Index index, String document) throws Exception {
        TestElastic.send(
                stack.elasticsearch,
                "PUT",
                "/" + index.indexName() + "/_doc/code-metrics-" + IDS.incrementAndGet() + "?refresh=true",
                document.replace('\'', '"'));
    }

    private static JsonNode get(Client client, String path) throws Exception {
        return client.get(path).is(200).body();
    }

    private static List<String> strings(JsonNode list) {
        List<String> strings = new ArrayList<>();
        list.forEach(each -> strings.add(each.asText()));
        return strings;
    }

    private static double metric(JsonNode row, String name) {
        return row.path("metrics").path(name).asDouble(Double.NaN);
    }

    private static void twoPeople(String organization) throws Exception {
        row(
                organization,
                "2026-11-23",
                "alice@example.com",
                "platform",
                "'sessions_started': 1, 'session_days': 1, 'session_hours': 1, 'session_months': 1, 'prompts': 3,"
                        + " 'events_seen': 9, 'events_missing': 1, 'commits': 2, 'terminal': 'vscode',"
                        + " 'app_version': '2.1.300', 'channels': ['events'],"
                        + " 'active_minutes': ['2026-11-23T09:00:00Z', '2026-11-23T09:01:00Z']");
        row(
                organization,
                "2026-11-23",
                "alice@example.com",
                "platform",
                "'tool': 'Edit', 'language': 'Java', 'accepted_user_temporary': 3, 'accepted_config': 5,"
                        + " 'rejected_user_reject': 1, 'tool_succeeded': 8, 'tool_duration_ms': [10, 20, 30],"
                        + " 'terminal': 'vscode'");
        row(
                organization,
                "2026-11-23",
                "alice@example.com",
                "platform",
                "'tool': 'Bash', 'accepted_config': 4, 'tool_failed': 1, 'terminal': 'vscode'");
        row(
                organization,
                "2026-11-23",
                "alice@example.com",
                "platform",
                "'model': 'claude-opus-4-5', 'lines_added': 40, 'lines_removed': 4, 'api_requests': 5,"
                        + " 'terminal': 'vscode'");
        row(
                organization,
                "2026-11-24",
                "bob@example.com",
                "data",
                "'sessions_started': 2, 'session_days': 1, 'session_hours': 1, 'session_months': 1, 'prompts': 1,"
                        + " 'session_days_counters_only': 1, 'channels': ['session-file'],"
                        + " 'active_minutes': ['2026-11-24T09:00:00Z']");
        cell(organization, "2026-11-23", "alice@example.com", "platform", "claude-opus-4-5", 500_000);
        cell(organization, "2026-11-24", "bob@example.com", "data", "claude-haiku-4-5", 20_000);
        active(organization, "day", "2026-11-23", "organization", organization, 1);
        active(organization, "day", "2026-11-24", "organization", organization, 1);
        active(organization, "month", "2026-11-01", "organization", organization, 2);
    }

    @Test
    void figuresAreSumsOfRowsAndCells() throws Exception {
        twoPeople("figures");
        Client admin = Client.of(running, "figures");
        JsonNode answer = get(
                admin,
                METRICS + "?period=month&metric[]=prompts,accept_rate,accept_rate_by_person,edits_accepted,"
                        + "tool_calls_accepted,tool_success_rate,tool_duration_p50,spend,cost_per_commit,"
                        + "cost_per_accepted_line,active_users,sessions_active,sessions_started,input_tokens,"
                        + "peak_concurrent_sessions");
        assertThat(answer.path("data")).hasSize(1);
        JsonNode month = answer.path("data").path(0);
        assertThat(month.path("starting_at").asText()).isEqualTo("2026-11-01T00:00:00Z");
        Map<String, Double> expected = new LinkedHashMap<>();
        expected.put("prompts", 4.0);
        expected.put("accept_rate", 0.888888889);
        expected.put("accept_rate_by_person", 0.75);
        expected.put("edits_accepted", 8.0);
        expected.put("tool_calls_accepted", 12.0);
        expected.put("tool_success_rate", 0.888888889);
        expected.put("tool_duration_p50", 20.0);
        expected.put("spend", 0.52);
        expected.put("cost_per_commit", 0.26);
        expected.put("cost_per_accepted_line", 0.013);
        expected.put("active_users", 2.0);
        expected.put("sessions_active", 2.0);
        expected.put("sessions_started", 3.0);
        expected.put("input_tokens", 20.0);
        expected.put("peak_concurrent_sessions", 1.0);
        expected.forEach(
                (name, value) -> assertThat(metric(month, name)).as(name).isEqualTo(value));
        assertThat(answer.path("approximate")).isEmpty();
        JsonNode alone = get(admin, METRICS + "?period=month&metric[]=peak_concurrent_sessions");
        assertThat(metric(alone.path("data").path(0), "peak_concurrent_sessions"))
                .isEqualTo(1.0);
        assertThat(answer.path("coverage").path("complete").asDouble()).isEqualTo(0.9);
        assertThat(answer.path("coverage").path("session_days_counters_only").asLong())
                .isEqualTo(1);
    }

    private static final String DAY = "2026-11-23T09:00:00Z";

    /** What the job makes of the events of a session: each {@code name attribute=value …}, a minute after the one before. */
    private static void session(String organization, String user, String... events) throws Exception {
        SessionFacts facts = new SessionFacts();
        SessionFacts.Subject subject = new SessionFacts.Subject(organization, "session-of-" + user, false);
        long at = Instant.parse(DAY).getEpochSecond() * 1_000_000;
        for (int i = 0; i < events.length; i++) {
            String[] words = events[i].split(" ", -1);
            Map<String, String> attributes = new HashMap<>();
            for (String word : List.of(words).subList(1, words.length)) {
                attributes.put(word.substring(0, word.indexOf('=')), word.substring(word.indexOf('=') + 1));
            }
            FactReader.of(
                    ActivityEvent.newBuilder()
                            .setOrgId(organization)
                            .setEventId(user + i)
                            .setOccurredAt(at + i * 60_000_000L)
                            .setReceivedAt(at + i * 60_000_000L)
                            .setSource("otlp-logs")
                            .setActor(Actor.newBuilder().setEmail(user).build())
                            .setSessionId(subject.id())
                            .setSequence((long) i)
                            .setName(words[0])
                            .setProduct("claude-code")
                            .setAttributes(attributes)
                            .build(),
                    fact -> facts.add(subject, fact));
        }
        for (CodeMetricRow row :
                SessionRows.of(facts, account -> Segments.NONE).rows().values()) {
            StringWriter text = new StringWriter();
            try (JsonGenerator json = RunningServer.JSON.createGenerator(text)) {
                json.writeStartObject();
                RowDocument.write(row, json);
                json.writeEndObject();
            }
            write(Index.CODE_METRICS, text.toString());
        }
    }

    /** Of alice and bob, who both use tools, only alice edits and reviews; carol only asks. */
    private static void threePeople(String organization) throws Exception {
        session(
                organization,
                "alice@example.com",
                "user_prompt",
                "tool_decision tool_name=Edit tool_use_id=a1 decision=accept source=config",
                "tool_result tool_name=Edit tool_use_id=a1 success=true",
                "tool_result tool_name=Bash tool_use_id=a2 success=true",
                "skill_activated skill.name=review");
        session(
                organization,
                "bob@example.com",
                "user_prompt",
                "tool_result tool_name=Bash tool_use_id=b1 success=true",
                "tool_result tool_name=Bash tool_use_id=b2 success=false");
        session(organization, "carol@example.com", "user_prompt");
    }

    /** By value of the dimension, "" for those without. */
    private static Map<String, List<Double>> byGroup(JsonNode answer, String dimension, String... metrics) {
        Map<String, List<Double>> groups = new TreeMap<>();
        for (JsonNode line : answer.path("data")) {
            groups.put(
                    line.path("group").path(dimension).asText(""),
                    Stream.of(metrics).map(name -> metric(line, name)).toList());
        }
        return groups;
    }

    @Test
    void peopleAndSessionsAreCountedByWhatWasDone() throws Exception {
        threePeople("by-label");
        Client admin = Client.of(running, "by-label");
        String both = METRICS + "?metric[]=active_users,sessions_active";
        JsonNode byTool = get(admin, both + "&group_by[]=tool");
        assertThat(byGroup(byTool, "tool", "active_users", "sessions_active"))
                .containsEntry("Edit", List.of(1.0, 1.0))
                .containsEntry("Bash", List.of(2.0, 2.0))
                .containsEntry("", List.of(3.0, 3.0));
        assertThat(strings(byTool.path("approximate"))).containsExactlyInAnyOrder("active_users", "sessions_active");
        assertThat(byGroup(get(admin, both + "&skill=review&group_by[]=user"), "user", "active_users"))
                .containsExactly(Map.entry("alice@example.com", List.of(1.0)));
        JsonNode month = get(admin, both + "&period=month&tool=Edit&tool=Bash");
        assertThat(byGroup(month, "", "active_users", "sessions_active")).containsValue(List.of(2.0, 2.0));

        JsonNode whole = get(admin, both + ",peak_concurrent_sessions,tool_calls");
        assertThat(byGroup(whole, "", "active_users", "sessions_active", "peak_concurrent_sessions", "tool_calls"))
                .as("not once more by the rows with labels")
                .containsValue(List.of(0.0, 3.0, 3.0, 4.0)); // the job's own count of people is not there
        assertThat(byGroup(
                        get(admin, both + "&group_by[]=app_version"), "app_version", "active_users", "sessions_active"))
                .containsValue(List.of(3.0, 3.0));
        assertThat(get(admin, METRICS + "/active_users/explain").path("behind")).hasSize(3);
        assertThat(get(admin, METRICS + "/sessions_active/explain?tool=Edit").path("behind"))
                .hasSize(1);

        assertThat(month.path("coverage").path("events_seen").asLong())
                .as("of whole sessions")
                .isEqualTo(9);
        assertThat(month.path("coverage")).isEqualTo(whole.path("coverage"));
        assertThat(admin.send("GET", METRICS + "?metric[]=peak_concurrent_sessions&tool=Edit", "")
                        .is(400)
                        .message())
                .isEqualTo("tool: Edit (expected: no filter by what was done in a session with"
                        + " peak_concurrent_sessions, which counts whole sessions)");
    }

    @Test
    void thoseWithoutARepositoryAreCountedToo() throws Exception {
        threePeople("nowhere");
        row("nowhere", "2026-11-23", "dan@example.com", "data", "'repository': 'billing'");
        active("nowhere", "day", "2026-11-23", "repository", "billing", 1);
        Client admin = Client.of(running, "nowhere");
        JsonNode answer = get(admin, METRICS + "?metric[]=active_users&group_by[]=repository");
        assertThat(byGroup(answer, "repository", "active_users"))
                .containsExactlyInAnyOrderEntriesOf(Map.of("", List.of(3.0), "billing", List.of(1.0)));
        assertThat(strings(answer.path("approximate"))).containsExactly("active_users");
    }

    @Test
    void anInstallationIsNoSession() throws Exception {
        threePeople("peaks");
        write(
                Index.CODE_METRICS,
                "{'org_id': 'peaks', 'empty': false, 'starting_at': '2026-11-23T09:00:00Z', 'user': 'dan@example.com',"
                        + " 'team': 'data', 'product': 'claude-code', 'active_minutes': ['2026-11-23T09:00:00Z'],"
                        + " 'last_at': '2026-11-23T09:00:30Z'}");
        JsonNode answer = get(Client.of(running, "peaks"), METRICS + "?metric[]=peak_concurrent_sessions");
        assertThat(metric(answer.path("data").path(0), "peak_concurrent_sessions"))
                .isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({"user", "team", "tool", "language", "terminal", "model", "app_version"})
    void everyBreakdownAddsUpToTheTotal(String dimension) throws Exception {
        String organization = "adds-" + dimension.replace('_', '-');
        twoPeople(organization);
        Client admin = Client.of(running, organization);
        double prompts = 0;
        double accepted = 0;
        double lines = 0;
        for (JsonNode row : get(admin, METRICS + "?metric[]=prompts,edits_accepted,lines_added&group_by[]=" + dimension)
                .path("data")) {
            prompts += metric(row, "prompts");
            accepted += metric(row, "edits_accepted");
            lines += metric(row, "lines_added");
        }
        assertThat(List.of(prompts, accepted, lines)).containsExactly(4.0, 8.0, 40.0);
    }

    @Test
    void pagesJoinTheRowsAndTheLedger() throws Exception {
        twoPeople("pages");
        cell("pages", "2026-11-24", "carol@example.com", "data", "claude-haiku-4-5", 7);
        Client admin = Client.of(running, "pages");
        String question = METRICS + "?metric[]=prompts,spend&group_by[]=user&limit=1";
        List<String> found = new ArrayList<>();
        JsonNode page = get(admin, question);
        while (true) {
            page.path("data")
                    .forEach(row -> found.add(row.path("group").path("user").asText()
                            + ' '
                            + metric(row, "prompts")
                            + ' '
                            + metric(row, "spend")));
            if (!page.path("has_more").asBoolean()) {
                break;
            }
            page = get(admin, question + "&page=" + page.path("next_page").asText());
        }
        assertThat(found)
                .containsExactly(
                        "alice@example.com 3.0 0.5", "bob@example.com 1.0 0.02", "carol@example.com 0.0 7.0E-6");
        String next = get(admin, question).path("next_page").asText();
        assertThat(admin.send("GET", METRICS + "?metric[]=prompts&group_by[]=user&limit=1&page=" + next, "")
                        .is(400)
                        .message())
                .contains("with the same other parameters");
    }

    @Test
    void badQuestionsAreTold() throws Exception {
        Client admin = Client.of(running, "bad-questions");
        Map<String, String> questions = Map.of(
                "?metric[]=velocity", "metric[]: velocity (expected: one of sessions_started",
                "?metric[]=spend&group_by[]=tool", "group_by[]: tool (expected: spend is the ledger's",
                "?group_by[]=mood", "group_by[]: mood (expected: one of user",
                "?period=year", "period: year (expected: one of hour, day, week, month",
                "?format=xml", "format: xml (expected: json or csv",
                "?metric[]=peak_concurrent_sessions&starting_at=2026-01-01&ending_at=2026-11-01", "at most 31 days");
        for (Map.Entry<String, String> question : questions.entrySet()) {
            assertThat(admin.send("GET", METRICS + question.getKey(), "")
                            .is(400)
                            .message())
                    .contains(question.getValue());
        }
    }

    @Test
    void spreadsheetsGetTextsAndNotFormulas() throws Exception {
        row("sheets", "2026-11-23", "=cmd|' /C calc'!A0".replace("'", ""), "a, \\\"b\\\"", "'prompts': 1");
        HttpResponse<String> csv =
                running.get(METRICS + "?format=csv&metric[]=prompts&group_by[]=user&group_by[]=team", token("sheets"));
        assertThat(csv.headers().firstValue("content-type").orElse("")).startsWith("text/csv");
        assertThat(csv.body())
                .startsWith("starting_at,ending_at,user,team,prompts,approximate,")
                .contains("\r\n2026-11-23T00:00:00Z,2026-11-24T00:00:00Z,'=cmd| /C calc!A0,\"a, \"\"b\"\"\",1,,");
    }

    /** In a file nothing is left of what stands beside the table. */
    @Test
    void spreadsheetsSayHowGoodTheFiguresAre() throws Exception {
        twoPeople("files");
        write(
                Index.ACTIVE_USERS,
                "{'org_id': 'files', 'period': 'day', 'starting_at': '2026-11-23T00:00:00Z',"
                        + " 'dimension': 'team', 'value': 'platform', 'users': 1000001, 'approximate': true}");
        String question = METRICS + "?metric[]=prompts,active_users&group_by[]=team";
        JsonNode json = get(Client.of(running, "files"), question);
        List<String> lines = running.get(question + "&format=csv", token("files"))
                .body()
                .lines()
                .toList();
        List<String> names = List.of(lines.get(0).split(",", -1));
        assertThat(lines).hasSize(1 + json.path("data").size()).hasSizeGreaterThan(1);
        for (String line : lines.subList(1, lines.size())) {
            List<String> values = List.of(line.split(",", -1));
            assertThat(values).hasSameSizeAs(names);
            assertThat(values.get(names.indexOf("approximate"))).isEqualTo("active_users");
            assertThat(values.get(names.indexOf("watermark")))
                    .isEqualTo(json.path("watermark").asText(""));
            assertThat(json.path("coverage").properties())
                    .isNotEmpty()
                    .allSatisfy(figure -> assertThat(values.get(names.indexOf("coverage_" + figure.getKey())))
                            .as(figure.getKey())
                            .isEqualTo(figure.getValue().asText()));
        }
    }

    private static String token(String organization) throws Exception {
        HttpResponse<String> made = running.post(
                "/v1/tokens",
                running.adminToken(),
                "{\"name\":\"t\",\"organization\":\"" + organization + "\",\"scopes\":[\"admin\"]}");
        return RunningServer.JSON.readTree(made.body()).path("token").asText();
    }

    @Test
    void aFigureIsExplained() throws Exception {
        twoPeople("explained");
        JsonNode answer = get(Client.of(running, "explained"), METRICS + "/accept_rate_by_person/explain");
        assertThat(answer.path("definition").asText()).contains("a person made");
        assertThat(answer.path("formula").asText()).contains("accepted_user_permanent");
        assertThat(metric(answer.path("data").path(0), "accept_rate_by_person")).isEqualTo(0.75);
        assertThat(answer.path("behind")).hasSize(1);
        assertThat(answer.path("behind").path(0).path("session_id").asText())
                .startsWith("s-")
                .endsWith("2026-11-23");
        assertThat(answer.path("coverage").path("events_missing").asLong()).isEqualTo(1);
        assertThat(answer.path("behind_kind").asText()).isEqualTo("sessions");
        assertThat(answer.has("events")).isFalse();
    }

    private static void request(String organization, String id, String at, String user, String product)
            throws Exception {
        write(
                Index.SPEND_EVENTS,
                "{'org_id': '" + organization + "', 'event_id': '" + id + "', 'request_id': 'request-"
                        + id.substring(0, 2) + "', 'sidechain': false, 'occurred_at': '" + at + "', 'received_at': '"
                        + at + "', 'source': 'otlp-logs', 'session_id': 's1', 'user': '" + user + "', 'team': 'data',"
                        + " 'model': 'opus', 'product': '" + product + "', 'cost_basis': 'reported-micros',"
                        + " 'reported_micros': 5, 'priced_micros': 5, 'unknown_model': false, 'spend_micros': 5,"
                        + " 'input_tokens': 1, 'output_tokens': 1, 'cache_read_tokens': 1,"
                        + " 'cache_creation_tokens': 1}");
    }

    @Test
    void requestsBehindAFigureAreTold() throws Exception {
        String organization = "behind";
        row(
                organization,
                "2026-11-23",
                "alice@example.com",
                "data",
                "'api_requests': 2, 'commits': 1, 'channels': ['events']");
        cell(organization, "2026-11-23", "alice@example.com", "data", "opus", 10);
        request(organization, "e1", "2026-11-23T09:00:00Z", "alice@example.com", "claude-code");
        request(organization, "e2", "2026-11-23T09:10:00Z", "alice@example.com", "claude-code");
        request(organization, "e2-again", "2026-11-23T09:10:01Z", "alice@example.com", "claude-code");
        request(organization, "e3", "2026-11-24T09:00:00Z", "bob@example.com", "claude-code");
        request(organization, "e4", "2026-11-23T09:00:00Z", "bob@example.com", "api");
        Client admin = Client.of(running, organization);
        String day = "?starting_at=2026-11-23&ending_at=2026-11-24";
        JsonNode spend = get(admin, METRICS + "/spend/explain" + day);
        assertThat(spend.path("behind_kind").asText()).isEqualTo("events");
        assertThat(spend.path("events").findValuesAsText("event_id"))
                .as("of Claude Code, of the day, each request once")
                .hasSize(2)
                .contains("e1");
        assertThat(spend.path("more_events").asBoolean()).isFalse();
        assertThat(spend.path("events").path(0).path("spend_micros").asLong()).isEqualTo(5);
        JsonNode first = get(admin, METRICS + "/spend/explain" + day + "&limit=1");
        assertThat(first.path("events").findValuesAsText("event_id")).containsExactly("e1");
        assertThat(first.path("more_events").asBoolean()).isTrue();
        JsonNode requests = get(admin, METRICS + "/api_requests/explain" + day);
        assertThat(requests.path("behind_kind").asText()).isEqualTo("sessions-and-events");
        assertThat(requests.path("behind")).hasSize(1);
        assertThat(requests.path("events")).hasSize(2);
        JsonNode version = get(admin, METRICS + "/api_requests/explain" + day + "&app_version=2.1.300");
        assertThat(version.has("events")).as("the ledger knows no versions").isFalse();
        assertThat(version.path("behind_kind").asText()).isEqualTo("none");
        for (String filter : List.of("user=alice@example.com", "model=opus", "team=data")) {
            assertThat(get(admin, METRICS + "/cost_per_commit/explain" + day + "&" + filter)
                            .path("events"))
                    .as(filter)
                    .hasSize(2);
        }
        for (String filter : List.of("user=bob@example.com", "model=haiku", "team=platform")) {
            assertThat(get(admin, METRICS + "/spend/explain" + day + "&" + filter)
                            .path("events"))
                    .as(filter)
                    .isEmpty();
        }
    }

    @Test
    void healthNamesWhatIsWrong() throws Exception {
        twoPeople("ill");
        row(
                "ill",
                "2026-11-24",
                "dan@example.com",
                "data",
                "'ahead_micros': 9000000, 'channels': ['counters']," + " 'points_wrong_temporality': 2");
        row("ill", "2026-11-24", "eve@example.com", "data", "'channels': ['session-file'], 'facts_late': 3");
        Client admin = Client.of(running, "ill");
        Map<String, TreeSet<String>> problems = new LinkedHashMap<>();
        for (JsonNode row :
                get(admin, "/v1/telemetry-health?least_version=2.1.328").path("data")) {
            problems.put(row.path("user").asText(), new TreeSet<>(strings(row.path("problems"))));
        }
        assertThat(problems)
                .containsEntry("alice@example.com", new TreeSet<>(List.of("sequence-gaps", "old-version")))
                .containsEntry("bob@example.com", new TreeSet<>(List.of("counters-without-events", "silent")))
                .containsEntry("dan@example.com", new TreeSet<>(List.of("clock-ahead", "wrong-temporality")))
                .containsEntry("eve@example.com", new TreeSet<>(List.of("late", "silent")));
        assertThat(get(admin, "/v1/telemetry-health?user=eve@example.com")
                        .path("data")
                        .path(0)
                        .path("coverage")
                        .path("facts_late")
                        .asLong())
                .isEqualTo(3);
        assertThat(get(admin, "/v1/telemetry-health?by=channel").path("data")).hasSize(4);
        JsonNode sessions = get(admin, "/v1/telemetry-health?by=session&limit=1");
        assertThat(sessions.path("has_more").asBoolean()).isTrue();
        assertThat(get(
                                admin,
                                "/v1/telemetry-health?by=session&limit=2&page="
                                        + sessions.path("next_page").asText())
                        .path("data"))
                .hasSize(2);
    }

    @Test
    void theReportHasUpstreamsRecords() throws Exception {
        twoPeople("upstream");
        Client admin = Client.of(running, "upstream");
        JsonNode answer = get(admin, "/v1/organizations/usage_report/claude_code?starting_at=2026-11-23");
        assertThat(answer.path("data")).hasSize(1);
        JsonNode record = answer.path("data").path(0);
        JsonNode expected = RunningServer.JSON.readTree("""
                {"date":"2026-11-23T00:00:00Z","actor":{"type":"user_actor","email_address":"alice@example.com"},
                 "organization_id":"upstream","customer_type":"subscription","subscription_type":"enterprise",
                 "terminal_type":"vscode","is_remote":false,
                 "core_metrics":{"num_sessions":1,"lines_of_code":{"added":40,"removed":4},"commits_by_claude_code":2,
                  "pull_requests_by_claude_code":0},
                 "tool_actions":{"edit_tool":{"accepted":8,"rejected":1},"multi_edit_tool":{"accepted":0,"rejected":0},
                  "write_tool":{"accepted":0,"rejected":0},"notebook_edit_tool":{"accepted":0,"rejected":0}},
                 "model_breakdown":[{"model":"claude-opus-4-5",
                  "tokens":{"input":10,"output":20,"cache_read":30,"cache_creation":40},
                  "estimated_cost":{"currency":"USD","amount":50}}]}""");
        assertThat(record).isEqualTo(expected);
        assertThat(admin.send("GET", "/v1/organizations/usage_report/claude_code", "")
                        .is(400)
                        .message())
                .contains("starting_at: null (expected: a day, YYYY-MM-DD)");

        JsonNode users =
                get(admin, "/v1/organizations/analytics/users?starting_date=2026-11-23&ending_date=2026-11-25&limit=1");
        JsonNode user = users.path("data").path(0);
        assertThat(users.path("has_more").asBoolean()).isTrue();
        assertThat(user.path("claude_code_metrics").path("core_metrics").toString())
                .isEqualTo("{\"commit_count\":2,\"distinct_session_count\":1,\"lines_of_code\":"
                        + "{\"added_count\":40,\"removed_count\":4},\"pull_request_count\":0}");
        assertThat(user.path("last_activity_date").asText()).isEqualTo("2026-11-23");
        JsonNode day = get(admin, "/v1/organizations/analytics/summaries?date=2026-11-24")
                .path("summaries")
                .path(0);
        assertThat(day.path("daily_active_user_count").asLong()).isEqualTo(1);
        assertThat(day.path("monthly_active_user_count").asLong()).isEqualTo(2);
        assertThat(day.path("chat_daily_active_user_count").isNull()).isTrue();
    }

    @Test
    void differencesFromWhatIsReportedAreExplained() throws Exception {
        twoPeople("reconciled");
        String reported = "{'org_id': 'reconciled', 'report': 'cost', 'adapter': 'analytics-cost',"
                + " 'starting_at': '2026-11-23T00:00:00Z', 'ending_at': '2026-11-24T00:00:00Z',"
                + " 'fetched_at': '2026-11-24T12:00:00Z', ";
        write(
                Index.REPORTED_DAYS,
                reported + "'first_fetched_at': '2026-11-24T12:00:00Z', 'rows': 2, 'rejected': 0,"
                        + " 'first_cost_micros': 460000, 'incomplete': false}");
        write(
                Index.REPORTED,
                reported + "'row_id': 'a', 'gone': false, 'product': 'claude_code', 'cost_micros': 450000,"
                        + " 'list_cost_micros': 500000}");
        write(
                Index.REPORTED,
                reported + "'row_id': 'b', 'gone': false, 'product': 'chat', 'cost_micros': 10000,"
                        + " 'list_cost_micros': 10000}");
        Client admin = Client.of(running, "reconciled");
        JsonNode answer = get(admin, "/v1/reconciliation?starting_date=2026-11-23&ending_date=2026-11-25");
        assertThat(answer.path("hint").isNull()).isTrue();
        assertThat(get(admin, "/v1/reconciliation?starting_date=2026-11-24&ending_date=2026-11-25")
                        .path("hint")
                        .asText())
                .as("how reports are read")
                .contains("SLUICE_REPORTED_KEY_FILE");
        JsonNode days = answer.path("data");
        JsonNode read = days.path(0);
        assertThat(read.path("sluice_micros").asLong()).isEqualTo(500_000);
        assertThat(read.path("reported_micros").asLong()).isEqualTo(460_000);
        assertThat(read.path("difference_micros").asLong()).isEqualTo(40_000);
        assertThat(read.path("explained").toString())
                .isEqualTo("{\"other_products\":-10000,\"contract_price\":50000,\"not_yet_reported\":0,\"late\":0,"
                        + "\"revised\":0,\"unexplained\":0}");
        JsonNode unread = days.path(1);
        assertThat(unread.path("reported_micros").isNull()).isTrue();
        assertThat(unread.path("explained").path("not_yet_reported").asLong()).isEqualTo(20_000);
    }
}
