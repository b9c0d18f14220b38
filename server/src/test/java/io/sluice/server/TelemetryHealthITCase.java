package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.schema.Index;
import io.sluice.server.DirectoryStack.Client;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is silent, who was never seen, whose clock is wrong: at a real server. Each test has an organization of its own. */
class TelemetryHealthITCase {
    private static final String HEALTH = "/v1/telemetry-health";

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

    /** @param fields ' stands for " */
    private static void row(
            String organization, String hour, String user, String session, String channel, String fields)
            throws Exception {
        write(
                Index.CODE_METRICS,
                "{'org_id': '" + organization + "', 'empty': false, 'starting_at': '" + hour + ":00:00Z', 'user': '"
                        + user
                        + "', 'team': 'data', 'team_source': 'directory', 'product': 'claude-code', 'session_id': '"
                        + session + "', 'remote': false, 'channels': ['" + channel + "']" + fields + "}");
    }

    private static void reported(String organization, String report, String day, String actor, String figures)
            throws Exception {
        write(
                Index.REPORTED,
                "{'org_id': '" + organization + "', 'row_id': 'health-" + IDS.incrementAndGet() + "', 'report': '"
                        + report + "', 'adapter': '" + report + "', 'starting_at': '" + day
                        + "T00:00:00Z', 'ending_at': '" + day + "T23:59:59Z', 'fetched_at': '2026-11-25T06:00:00Z',"
                        + " 'gone': false, 'actor': '" + actor + "', " + figures + "}");
    }

    private static void write(Index index, String document) throws Exception {
        TestElastic.send(
                stack.elasticsearch,
                "PUT",
                "/" + index.indexName() + "/_doc/health-" + IDS.incrementAndGet() + "?refresh=true",
                document.replace('\'', '"'));
    }

    private static List<JsonNode> data(Client admin, String path) throws Exception {
        List<JsonNode> rows = new ArrayList<>();
        admin.get(path).body().path("data").forEach(rows::add);
        return rows;
    }

    /** By user, days with what tells of them. */
    private static Map<String, String> silent(List<JsonNode> rows) {
        Map<String, String> silent = new LinkedHashMap<>();
        for (JsonNode row : rows) {
            boolean problem = problems(row).contains("silent");
            assertThat(problem).as("%s", row).isEqualTo(!row.path("silent_days").isEmpty());
            if (problem) {
                StringBuilder days = new StringBuilder();
                for (JsonNode day : row.path("silent_days")) {
                    days.append(day.path("date").asText().substring(8));
                    day.path("seen_in").forEach(source -> days.append(' ').append(source.asText()));
                    days.append(';');
                }
                silent.put(row.path("user").asText(), days.toString());
            }
        }
        return silent;
    }

    private static TreeSet<String> problems(JsonNode row) {
        TreeSet<String> problems = new TreeSet<>();
        row.path("problems").forEach(problem -> problems.add(problem.asText()));
        return problems;
    }

    private static void people(String organization) throws Exception {
        // Sent telemetry, then worked on by other accounts only.
        row(organization, "2026-11-02T09", "anna@example.com", "s1", "events", "");
        row(organization, "2026-11-03T09", "anna@example.com", "s2", "session-file", "");
        row(organization, "2026-11-04T09", "anna@example.com", "s3", "session-file", "");
        row(organization, "2026-11-04T15", "anna@example.com", "s4", "counters", "");
        reported(organization, "claude_code", "2026-11-05", "anna@example.com", "'sessions': 2");
        reported(organization, "claude_code", "2026-11-02", "anna@example.com", "'sessions': 1");
        // Is in reports only.
        reported(organization, "users", "2026-11-03", "ben@example.com", "'lines_added': 7, 'sessions': 0");
        reported(organization, "users", "2026-11-04", "ben@example.com", "'sessions': 0, 'commits': 0");
        // Chats, and does not use Claude Code.
        reported(organization, "users", "2026-11-03", "carl@example.com", "'sessions': 0");
        // A key.
        reported(organization, "claude_code", "2026-11-03", "ci-key", "'sessions': 9");
        // Has two names, of which telemetry tells one and reports the other.
        reported(organization, "claude_code", "2026-11-02", "user_01DORA", "'sessions': 1");
        reported(organization, "claude_code", "2026-11-03", "user_01DORA", "'sessions': 1");
        row(organization, "2026-11-02T09", "dora@example.com", "s5", "events", "");
    }

    @Test
    void silenceIsFoundByDay() throws Exception {
        people("silence");
        Client admin = Client.of(running, "silence");
        admin.post("/v1/users", "{'user_name': 'dora', 'email': 'dora@example.com', 'account_id': 'user_01DORA'}");
        Map<String, String> expected = new LinkedHashMap<>();
        expected.put("anna@example.com", "03 session-file;05 report:claude_code;");
        expected.put("ben@example.com", "03 report:users;");
        expected.put("dora@example.com", "03 report:claude_code;");
        assertThat(silent(data(admin, HEALTH))).isEqualTo(expected);
        assertThat(silent(data(admin, HEALTH + "?starting_at=2026-11-04T12:00:00Z&ending_at=2026-11-04T14:00:00Z")))
                .as("the day's telemetry came outside of the range")
                .isEmpty();
        assertThat(silent(data(admin, HEALTH + "?user=ben@example.com"))).containsOnlyKeys("ben@example.com");
    }

    @Test
    void pagesShowEverybodyOnce() throws Exception {
        people("silent-pages");
        row("silent-pages", "2026-11-02T09", "zoe@example.com", "s9", "events", "");
        Client admin = Client.of(running, "silent-pages");
        List<String> users = new ArrayList<>();
        String page = "";
        do {
            JsonNode answer = admin.get(HEALTH + "?limit=1" + page).body();
            answer.path("data").forEach(row -> users.add(row.path("user").asText()));
            page = answer.path("has_more").asBoolean()
                    ? "&page=" + answer.path("next_page").asText()
                    : "";
        } while (!page.isEmpty());
        assertThat(users)
                .as("user_01DORA is nobody that is known")
                .containsExactly("anna@example.com", "ben@example.com", "dora@example.com", "zoe@example.com");
    }

    @Test
    void namesOfSilentPeopleAreHidden() throws Exception {
        people("silent-masked");
        Client admin = Client.of(running, "silent-masked");
        admin.post("/v1/users", "{'user_name': 'never@example.com', 'email': 'never@example.com'}");
        admin.send("PATCH", "/v1/organization", "{'analytics_privacy': 'pseudonymous'}")
                .is(200);
        List<JsonNode> rows = data(admin, HEALTH);
        rows.addAll(data(admin, HEALTH + "/not-seen"));
        assertThat(rows)
                .hasSize(4)
                .allSatisfy(row -> assertThat(row.path("user").asText()).startsWith("person-"));
        admin.send("PATCH", "/v1/organization", "{'analytics_privacy': 'team-only', 'minimum_group_size': 5}")
                .is(200);
        admin.send("GET", HEALTH + "/not-seen", "").is(403);
    }

    @Test
    void whoWasNeverSeenIsToldApart() throws Exception {
        people("unseen");
        Client admin = Client.of(running, "unseen");
        for (String name : List.of("anna", "ben", "carl", "eve", "fay")) {
            admin.post("/v1/users", "{'user_name': '" + name + "', 'email': '" + name + "@example.com'}");
        }
        Client.scim(running, "unseen")
                .post(
                        "/scim/v2/Users",
                        "{'schemas': ['urn:ietf:params:scim:schemas:core:2.0:User'], 'userName': 'gus@example.com',"
                                + " 'emails': [{'value': 'gus@example.com'}], 'active': false}");
        List<JsonNode> all = data(admin, HEALTH + "/not-seen");
        assertThat(all)
                .extracting(row -> row.path("user").asText())
                .containsExactlyInAnyOrder("carl@example.com", "eve@example.com", "fay@example.com");
        JsonNode first = admin.get(HEALTH + "/not-seen?limit=2").body();
        assertThat(first.path("has_more").asBoolean()).isTrue();
        assertThat(data(
                        admin,
                        HEALTH + "/not-seen?limit=2&page="
                                + first.path("next_page").asText()))
                .isEqualTo(all.subList(2, 3));
    }

    @Test
    void whoWasNeverSeenIsListedInTheOrderOfPseudonyms() throws Exception {
        Client admin = Client.of(running, "unseen-masked");
        for (String name : List.of("a", "b", "c", "d", "e", "f", "g", "h")) {
            admin.post("/v1/users", "{'user_name': '" + name + "', 'email': '" + name + "@example.com'}");
        }
        JsonNode named = admin.get(HEALTH + "/not-seen?limit=3").body();
        admin.send("PATCH", "/v1/organization", "{'analytics_privacy': 'pseudonymous'}")
                .is(200);
        List<String> all = new ArrayList<>();
        String next = "";
        do {
            JsonNode page = admin.get(HEALTH + "/not-seen?limit=3" + next).body();
            page.path("data").forEach(row -> all.add(row.path("user").asText()));
            next = page.path("has_more").asBoolean()
                    ? "&page=" + page.path("next_page").asText()
                    : "";
        } while (!next.isEmpty());
        assertThat(all).hasSize(8).doesNotHaveDuplicates().isSorted();
        admin.send(
                        "GET",
                        HEALTH + "/not-seen?limit=3&page="
                                + named.path("next_page").asText(),
                        "")
                .is(400);
    }

    @Test
    void whereSeatsAreAssignedOnlyTheirHoldersAreMissed() throws Exception {
        Client admin = Client.of(running, "seated");
        List<String> ids = new ArrayList<>();
        for (String name : List.of("hal", "ida")) {
            ids.add(admin.post("/v1/users", "{'user_name': '" + name + "', 'email': '" + name + "@example.com'}")
                    .body()
                    .path("id")
                    .asText());
        }
        admin.post("/v1/seats/purchases", "{'tier': 'premium', 'quantity': 1}");
        admin.send("POST", "/v1/seats/premium/assignments", "{'user_id': '" + ids.get(1) + "'}")
                .is(200);
        assertThat(data(admin, HEALTH + "/not-seen")).singleElement().satisfies(row -> {
            assertThat(row.path("user").asText()).isEqualTo("ida@example.com");
            assertThat(row.path("tier").asText()).isEqualTo("premium");
        });
    }

    @Test
    void clocksBehindAreFoundBySession() throws Exception {
        // Of two machines the one is 10 minutes behind; records of it were also sent later still.
        row("clocks", "2026-11-02T09", "kim@example.com", "good", "events", ", 'ahead_micros': -3000000");
        row("clocks", "2026-11-02T09", "kim@example.com", "behind", "events", ", 'ahead_micros': -604000000");
        row("clocks", "2026-11-02T10", "kim@example.com", "behind", "events", ", 'ahead_micros': -9000000000");
        // One late delivery, after which all is in time.
        row("clocks", "2026-11-02T09", "lee@example.com", "late", "counters", ", 'ahead_micros': -604000000");
        row("clocks", "2026-11-02T10", "lee@example.com", "late", "counters", ", 'ahead_micros': -2000000");
        // Imported.
        row("clocks", "2026-11-02T09", "max@example.com", "old", "events", ", 'ahead_micros': -864000000000");
        row("clocks", "2026-11-02T09", "ned@example.com", "file", "session-file", "");
        Client admin = Client.of(running, "clocks");
        Map<String, String> bySession = new LinkedHashMap<>();
        for (JsonNode row : data(admin, HEALTH + "?by=session")) {
            bySession.put(row.path("session_id").asText(), row.path("clock_behind_ms") + " " + problems(row));
        }
        assertThat(bySession)
                .containsEntry("good", "3000 []")
                .containsEntry("behind", "604000 [clock-behind]")
                .containsEntry("late", "2000 []")
                .containsEntry("old", "864000000 []")
                .containsEntry("file", "null [silent]");
        Map<String, TreeSet<String>> byUser = new LinkedHashMap<>();
        for (JsonNode row : data(admin, HEALTH)) {
            byUser.put(row.path("user").asText(), problems(row));
        }
        assertThat(byUser)
                .containsEntry("kim@example.com", new TreeSet<>(List.of("clock-behind")))
                .containsEntry("lee@example.com", new TreeSet<>())
                .containsEntry("max@example.com", new TreeSet<>());
    }
}
