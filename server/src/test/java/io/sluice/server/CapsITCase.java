package io.sluice.server;

import static io.sluice.server.DirectoryStack.texts;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.core.caps.Caps;
import io.sluice.schema.Cap;
import io.sluice.schema.CapVersion;
import io.sluice.schema.Codec;
import io.sluice.schema.Index;
import io.sluice.schema.Micros;
import io.sluice.schema.SpendMonth;
import io.sluice.schema.Topic;
import io.sluice.server.DirectoryStack.Answer;
import io.sluice.server.DirectoryStack.Client;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Caps, budgets and alerts, at real servers. Each test has an organization of its own. */
class CapsITCase {
    private static final String LIMITS = "/v1/organizations/spend_limits";
    private static final String SETTINGS = "/v1/caps/settings";

    @TempDir
    static Path folder;

    /** A Wednesday, the 25th. */
    private static final MovableClock CLOCK = new MovableClock();

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

    /** Sends what has to be answered 200; each call a moment later than the one before. */
    private static JsonNode ok(Client client, String method, String path, String body) throws Exception {
        CLOCK.advance(Duration.ofMillis(10));
        JsonNode answer = client.send(method, path, body).is(200).body();
        CLOCK.advance(Duration.ofMillis(10));
        return answer;
    }

    private static JsonNode get(Client client, String path) throws Exception {
        return ok(client, "GET", path, "");
    }

    private static JsonNode put(Client client, String scope, String rest) throws Exception {
        return ok(client, "POST", LIMITS, "{'scope': " + scope + ", " + rest + "}");
    }

    private static String user(Client client, String name) throws Exception {
        CLOCK.advance(Duration.ofMillis(10)); // lists are in the order of creation
        return client.post("/v1/users", "{'user_name': '" + name + "'}").id();
    }

    private static String group(Client client, String name, String... userIds) throws Exception {
        String id = client.post("/v1/groups", "{'name': '" + name + "'}").id();
        for (String userId : userIds) {
            ok(client, "POST", "/v1/groups/" + id + "/members", "{'user_ids': ['" + userId + "']}");
        }
        return id;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Test
    void aLimitFromItsBeginningToItsEnd() throws Exception {
        Client admin = Client.of(running, "life");
        CLOCK.advance(Duration.ofSeconds(1));
        JsonNode made = put(
                admin, "{'type': 'organization'}", "'amount': '50000', 'reason': 'everybody', 'thresholds': [100, 50]");
        String id = made.path("id").asText();
        assertThat(id).isEqualTo("spl_organization::monthly");
        assertThat(made.path("amount").asText()).isEqualTo("50000");
        assertThat(made.path("amount_micros").asLong()).isEqualTo(500_000_000L);
        assertThat(made.path("thresholds").toString()).isEqualTo("[50,100]");
        assertThat(made.path("version").asLong()).isEqualTo(1);
        Answer read = admin.get(LIMITS + "/" + id);
        assertThat(read.etag()).isEqualTo("W/\"1\"");
        assertThat(read.body()).isEqualTo(made);

        // The same once more is no version; what is left out stays.
        assertThat(put(admin, "{'type': 'organization'}", "'amount_micros': 500000000, 'reason': 'everybody'")
                        .path("version")
                        .asLong())
                .isEqualTo(1);
        JsonNode unlimited = put(admin, "{'type': 'organization'}", "'amount': null, 'is_enabled': false");
        assertThat(unlimited.path("amount").isNull()).isTrue();
        assertThat(unlimited.path("is_enabled").asBoolean()).isFalse();
        assertThat(unlimited.path("thresholds").toString()).isEqualTo("[50,100]");

        assertThat(ok(admin, "DELETE", LIMITS + "/" + id + "?reason=" + encoded("no longer"), "")
                        .path("type")
                        .asText())
                .isEqualTo("spend_limit_deleted");
        admin.send("GET", LIMITS + "/" + id, "").is(404);
        admin.send("DELETE", LIMITS + "/" + id, "").is(404);
        assertThat(get(admin, LIMITS).path("data")).isEmpty();

        JsonNode history = get(admin, LIMITS + "/" + id + "/history");
        assertThat(texts(history, "/version")).containsExactly("3", "2", "1");
        assertThat(texts(history, "/deleted")).containsExactly("true", "false", "false");
        assertThat(texts(history, "/reason")).containsExactly("no longer", "", "everybody");
        assertThat(texts(history, "/changed_by"))
                .allSatisfy(by -> assertThat(by).startsWith("tok_"));
        assertThat(texts(history, "/effective_at")).isSortedAccordingTo((a, b) -> b.compareTo(a));
        admin.send("GET", LIMITS + "/spl_organization::daily/history", "").is(404);

        // Made again it goes on with its numbers, and begins with the defaults.
        JsonNode again = put(admin, "{'type': 'organization'}", "'amount': '1', 'version': 0");
        assertThat(again.path("version").asLong()).isEqualTo(4);
        assertThat(again.path("thresholds").toString()).isEqualTo("[50,75,90,100]");
        assertThat(running.records(Topic.CAPS, CapVersion.getDecoder()).stream()
                        .map(Map.Entry::getKey)
                        .filter(key -> key.startsWith("life|")))
                .containsExactlyInAnyOrderElementsOf(Stream.of(1, 2, 3, 4)
                        .map(version -> "life|cap|organization||monthly|" + version)
                        .toList());
    }

    @Test
    void ofTwoWritersAtOnceOneIsTold() throws Exception {
        RunningServer second = stack.server(CLOCK);
        List<Client> clients = List.of(Client.of(running, "writers"), Client.of(second, "writers"));
        long version = put(clients.get(0), "{'type': 'organization_total'}", "'amount': '1'")
                .path("version")
                .asLong();
        for (int round = 0; round < 5; round++) {
            long decidedOn = version;
            List<Answer> answers = DirectoryStack.atOnce(
                    2,
                    i -> () -> clients.get(i)
                            .send(
                                    "POST",
                                    LIMITS,
                                    "{'scope': {'type': 'organization_total'}, 'amount': '" + (decidedOn * 2 + i)
                                            + "', 'reason': 'by " + i + "', 'version': " + decidedOn + "}"));
            assertThat(answers).extracting(Answer::status).containsExactlyInAnyOrder(200, 409);
            Answer refused = answers.stream()
                    .filter(answer -> answer.status() == 409)
                    .findFirst()
                    .orElseThrow();
            version++;
            assertThat(refused.body().at("/error/type").asText()).isEqualTo("conflict_error");
            assertThat(refused.body().at("/error/field").asText()).isEqualTo("version");
            assertThat(refused.body().at("/error/current_version").asLong()).isEqualTo(version);
        }
        String path = LIMITS + "/spl_organization_total::monthly";
        assertThat(clients.get(0)
                        .send("DELETE", path, "", "if-match", "W/\"1\"")
                        .is(412)
                        .message())
                .contains("W/\"" + version + "\"");
        clients.get(1)
                .send("DELETE", path, "", "if-match", "W/\"" + version + "\"")
                .is(200);
        second.close();
    }

    @Test
    void theMostGeneralComesFirst() throws Exception {
        Client admin = Client.of(running, "order");
        String kim = user(admin, "kim@example.com");
        String legal = group(admin, "legal");
        put(admin, "{'type': 'user', 'user_id': 'kim@example.com'}", "'amount': '1'");
        put(admin, "{'type': 'user', 'user_id': 'Some One/ä@Example.com'}", "'amount': '2', 'period': 'daily'");
        put(admin, "{'type': 'rbac_group_pool', 'rbac_group_id': '" + legal + "'}", "'amount': '3'");
        put(admin, "{'type': 'rbac_group', 'rbac_group_id': 'no-group'}", "'amount': '4'");
        put(admin, "{'type': 'seat_tier', 'seat_tier': 'premium'}", "'amount': '5', 'period': 'weekly'");
        put(admin, "{'type': 'organization_total'}", "'amount': '6'");
        put(admin, "{'type': 'organization'}", "'amount': '7', 'period': 'daily'");
        JsonNode all = get(admin, LIMITS);
        assertThat(texts(all, "/amount")).containsExactly("7", "6", "5", "4", "3", "2", "1");
        assertThat(texts(all, "/known")).containsExactly("true", "true", "false", "false", "true", "false", "true");
        assertThat(texts(all, "/scope/user_id").subList(5, 7)).containsExactly("some one/ä@example.com", kim);
        String escaped = texts(all, "/id").get(5);
        assertThat(escaped).isEqualTo("spl_user:some~20one~2F~C3~A4@example.com:daily");
        assertThat(get(admin, LIMITS + "/" + escaped).path("amount").asText()).isEqualTo("2");
        assertThat(get(admin, LIMITS + "/" + encoded(escaped)).path("amount").asText())
                .isEqualTo("2");

        List<String> paged = new ArrayList<>();
        String next = "";
        do {
            JsonNode page = get(admin, LIMITS + "?limit=3" + next);
            paged.addAll(texts(page, "/amount"));
            next = page.path("next_page").isNull()
                    ? ""
                    : "&page=" + page.path("next_page").asText();
        } while (!next.isEmpty());
        assertThat(paged).containsExactly("7", "6", "5", "4", "3", "2", "1");
        String token = get(admin, LIMITS + "?limit=3").path("next_page").asText();
        admin.send("GET", LIMITS + "?limit=3&scope_type%5B%5D=user&page=" + token, "")
                .is(400);
        assertThat(texts(get(admin, LIMITS + "?scope_type%5B%5D=user&scope_type%5B%5D=rbac_group"), "/amount"))
                .containsExactly("4", "2", "1");
        assertThat(admin.send("GET", LIMITS + "?scope_type%5B%5D=workspace", "")
                        .is(400)
                        .message())
                .startsWith("scope_type[]: workspace (expected: one of user, rbac_group");
    }

    private static List<String> effective(Client admin, String query) throws Exception {
        return StreamSupport.stream(
                        get(admin, LIMITS + "/effective?" + query).path("data").spliterator(), false)
                .map(row -> row.at("/actor/email_address").asText()
                        + ' '
                        + row.path("period").asText()
                        + ' '
                        + row.path("amount").asText()
                        + ' '
                        + row.at("/source/type").asText()
                        + ' '
                        + row.path("period_to_date_spend").asText())
                .toList();
    }

    @Test
    void whereALimitComesFrom() throws Exception {
        Client admin = Client.of(running, "effective");
        String own = user(admin, "own@example.com");
        String grouped = user(admin, "grouped@example.com");
        CLOCK.advance(Duration.ofMillis(10));
        String seated = admin.post("/v1/users", "{'user_name': 'seated@example.com', 'seat_tier': 'premium'}")
                .id();
        user(admin, "other@example.com");
        String nameless = user(admin, "nameless");
        String low = group(admin, "low", grouped, nameless);
        String high = group(admin, "high", grouped);
        assertThat(effective(admin, ""))
                .containsExactly(
                        "own@example.com monthly null  0",
                        "grouped@example.com monthly null  0",
                        "seated@example.com monthly null  0",
                        "other@example.com monthly null  0",
                        "null monthly null  0");
        put(admin, "{'type': 'organization'}", "'amount': '1000'");
        put(admin, "{'type': 'seat_tier', 'seat_tier': 'premium'}", "'amount': '2000'");
        put(admin, "{'type': 'rbac_group', 'rbac_group_id': '" + low + "'}", "'amount': '3000'");
        put(admin, "{'type': 'rbac_group', 'rbac_group_id': '" + high + "'}", "'amount': null");
        put(admin, "{'type': 'user', 'user_id': '" + own + "'}", "'amount': '0'");
        put(admin, "{'type': 'user', 'user_id': '" + seated + "'}", "'amount': '7', 'period': 'daily'");
        spent("effective", "own@example.com", 202611, 1, 0, 31_402_500_000L);
        DirectoryStack.await(() -> effective(admin, "").get(0).endsWith("3140250"));
        assertThat(effective(admin, ""))
                .containsExactly(
                        "own@example.com monthly 0 user 3140250",
                        "grouped@example.com monthly 3000 rbac_group 0",
                        "seated@example.com daily 7 user 0",
                        "seated@example.com monthly 2000 seat_tier 0",
                        "other@example.com monthly 1000 organization 0",
                        "null monthly 3000 rbac_group 0");
        assertThat(effective(admin, "period%5B%5D=daily&limit=3"))
                .containsExactly(
                        "own@example.com daily null  0",
                        "grouped@example.com daily null  0",
                        "seated@example.com daily 7 user 0");
        assertThat(effective(
                        admin,
                        "user_ids%5B%5D=new@example.com&user_ids%5B%5D=" + grouped
                                + "&user_ids%5B%5D=grouped@example.com"))
                .containsExactly(
                        "grouped@example.com monthly 3000 rbac_group 0", "new@example.com monthly 1000 organization 0");
        ok(admin, "PATCH", SETTINGS, "{'group_limit': 'highest'}");
        assertThat(effective(admin, "user_ids%5B%5D=" + grouped))
                .containsExactly("grouped@example.com monthly null rbac_group 0");
        admin.send("GET", LIMITS + "/effective?period%5B%5D=yearly", "").is(400);
    }

    @Test
    void settings() throws Exception {
        Client admin = Client.of(running, "settings");
        assertThat(get(admin, SETTINGS).toString())
                .isEqualTo(
                        "{\"type\":\"cap_settings\",\"group_limit\":\"lowest\",\"warning_percent\":75,"
                                + "\"enforcement\":\"warn\",\"unreachable\":\"open\",\"write_upstream\":false,\"included\":[],\"version\":0}");
        ok(admin, "PATCH", SETTINGS, "{'warning_percent': 80}");
        ok(
                admin,
                "PATCH",
                SETTINGS,
                "{'included': [{'tier': 'premium', 'period': 'weekly', 'amount_micros': 20000000}]}");
        Answer read = admin.get(SETTINGS);
        assertThat(read.body().toString())
                .isEqualTo("{\"type\":\"cap_settings\",\"group_limit\":\"lowest\",\"warning_percent\":80,"
                        + "\"enforcement\":\"warn\",\"unreachable\":\"open\",\"write_upstream\":false,\"included\":"
                        + "[{\"tier\":\"premium\",\"period\":\"weekly\",\"amount_micros\":20000000}],\"version\":2}");
        admin.send("PATCH", SETTINGS, "{'warning_percent': 90}", "if-match", "W/\"1\"")
                .is(412);
        for (String body : List.of(
                "{'group_limit': 'average'}",
                "{'warning_percent': 0}",
                "{'enforcement': 'Block'}",
                "{'enforcement': null}",
                "{'unreachable': true}",
                "{'warning_percent': 75.5}",
                "{'included': [{'tier': 'a', 'amount_micros': -1}]}",
                "{'included': [{'tier': 'a', 'amount_micros': 0}, {'tier': 'a', 'amount_micros': 10000}]}",
                "{'write_upstream': 1}",
                "{'write_upstream': true}",
                "{'color': 'red'}")) {
            admin.send("PATCH", SETTINGS, body).is(400);
        }
    }

    /** ' stands for ". */
    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', textBlock = """
            {'amount': '1'}; scope: missing (expected: an object with type
            {'scope': 'organization', 'amount': '1'}; scope: a text of 12 characters (expected: an object with type
            {'scope': {'type': 'workspace'}, 'amount': '1'}; scope.type: a text of 9 characters (expected: one of user, rbac_group
            {'scope': {}, 'amount': '1'}; scope.type: missing (expected: one of
            {'scope': {'type': 'user'}, 'amount': '1'}; scope.user_id: missing (expected: 1 to 200 characters
            {'scope': {'type': 'user', 'user_id': 7}, 'amount': '1'}; scope.user_id: a number (expected: 1 to 200 characters
            {'scope': {'type': 'organization', 'user_id': 'a'}, 'amount': '1'}; scope.user_id: unknown field of the scope organization (expected: type)
            {'scope': {'type': 'seat_tier', 'seat_tier': '|'}, 'amount': '1'}; scope.seat_tier: a text of 1 characters (expected:
            {'scope': {'type': 'organization'}}; amount: missing (expected: whole cents as text, "0" to "100000000000", or null for unlimited)
            {'scope': {'type': 'organization'}, 'amount': 5}; amount: a number (expected: whole cents
            {'scope': {'type': 'organization'}, 'amount': 'NaN'}; amount: a text of 3 characters (expected: whole cents
            {'scope': {'type': 'organization'}, 'amount': '10.5'}; amount: a text of 4 characters (expected: whole cents
            {'scope': {'type': 'organization'}, 'amount': '-1'}; amount: a text of 2 characters (expected: whole cents
            {'scope': {'type': 'organization'}, 'amount': '100000000001'}; amount: a text of 12 characters (expected: whole cents
            {'scope': {'type': 'organization'}, 'amount': '99999999999999999999'}; amount: a text of 20 characters (expected: whole cents
            {'scope': {'type': 'organization'}, 'amount': '1', 'amount_micros': 10000}; amount_micros: given with amount (expected: one of the two)
            {'scope': {'type': 'organization'}, 'amount_micros': 12345}; amount_micros: a number (expected: a whole number of cents in micro-USD, 0 to 1000000000000000
            {'scope': {'type': 'organization'}, 'amount_micros': -10000}; amount_micros: a number (expected:
            {'scope': {'type': 'organization'}, 'amount_micros': 1e4}; amount_micros: a number (expected:
            {'scope': {'type': 'organization'}, 'amount_micros': 1000000000010000}; amount_micros: a number (expected:
            {'scope': {'type': 'organization'}, 'amount_micros': 99999999999999999999}; amount_micros: a number (expected:
            {'scope': {'type': 'organization'}, 'amount_micros': NaN}; body: not JSON at line 1
            {'scope': {'type': 'organization'}, 'amount': '1', 'period': 'yearly'}; period: a text of 6 characters (expected: one of daily, weekly, monthly)
            {'scope': {'type': 'organization'}, 'amount': '1', 'thresholds': 50}; thresholds: a number (expected: a list of
            {'scope': {'type': 'organization'}, 'amount': '1', 'thresholds': [0]}; thresholds[0]: a number (expected: a whole number, 1 to 1000)
            {'scope': {'type': 'organization'}, 'amount': '1', 'thresholds': [50, 1001]}; thresholds[1]: a number (expected: a whole number, 1 to 1000)
            {'scope': {'type': 'organization'}, 'amount': '1', 'thresholds': [50, 75, 50]}; thresholds[2]: the same as an earlier one (expected: each percentage once)
            {'scope': {'type': 'organization'}, 'amount': '1', 'thresholds': ['50']}; thresholds[0]: a text of 2 characters (expected: a whole number
            {'scope': {'type': 'organization'}, 'amount': '1', 'is_enabled': 'yes'}; is_enabled: a text of 3 characters (expected: true or false)
            {'scope': {'type': 'organization'}, 'amount': '1', 'effective_at': 'yesterday'}; effective_at: yesterday (expected: RFC 3339
            {'scope': {'type': 'organization'}, 'amount': '1', 'effective_at': '2026-11-25T11:00:00Z'}; effective_at: 2026-11-25T11:00:00Z (expected: at most 10 minutes before now
            {'scope': {'type': 'organization'}, 'amount': '1', 'effective_at': '2026-11-26T11:00:00Z'}; effective_at: 2026-11-26T11:00:00Z (expected: at most 10 minutes before now
            {'scope': {'type': 'organization'}, 'amount': '1', 'version': -1}; version: a number (expected:
            {'scope': {'type': 'organization'}, 'amount': '1', 'currency': 'EUR'}; currency: unknown field (expected: amount
            """)
    void badInput(String body, String message) throws Exception {
        Answer answer = Client.of(running, "bad").send("POST", LIMITS, body).is(400);
        assertThat(answer.message()).startsWith(message);
        if (!message.startsWith("body")) {
            assertThat(answer.body().at("/error/field").asText()).isEqualTo(message.substring(0, message.indexOf(':')));
        }
        assertThat(Client.of(running, "bad").get(LIMITS).body().path("data")).isEmpty();
    }

    @Test
    void anEditOfAFewMinutesAgo() throws Exception {
        Client admin = Client.of(running, "late");
        String at = CLOCK.instant().minus(Duration.ofMinutes(9)).toString();
        JsonNode made = put(admin, "{'type': 'organization'}", "'amount': '1', 'effective_at': '" + at + "'");
        assertThat(made.path("effective_at").asText()).isEqualTo(at);
        put(admin, "{'type': 'organization'}", "'amount': '2'");
        // What comes late is not in force if something newer is.
        String before = CLOCK.instant().minus(Duration.ofMinutes(8)).toString();
        assertThat(put(admin, "{'type': 'organization'}", "'amount': '3', 'effective_at': '" + before + "'")
                        .path("version")
                        .asLong())
                .isEqualTo(3);
        JsonNode now = get(admin, LIMITS + "/spl_organization::monthly");
        assertThat(now.path("amount").asText()).isEqualTo("2");
        assertThat(now.path("version").asLong()).isEqualTo(3);
    }

    /** A version that a crash left in Elasticsearch alone is published by the next writer that meets it. */
    @Test
    void whatACrashLeft() throws Exception {
        Client admin = Client.of(running, "crash");
        put(admin, "{'type': 'organization'}", "'amount': '1'");
        CapVersion left = CapVersion.newBuilder()
                .setOrgId("crash")
                .setKind(Caps.CAP)
                .setId("organization||monthly")
                .setVersion(2)
                .setRecordedAt(Micros.of(CLOCK.instant()))
                .setEffectiveAt(Micros.of(CLOCK.instant()))
                .setCreatedAt(1)
                .setCap(Cap.newBuilder()
                        .setScopeType("organization")
                        .setPeriod("monthly")
                        .setAmountMicros(20_000L)
                        .build())
                .build();
        TestElastic.send(
                stack.elasticsearch,
                "PUT",
                "/" + Index.CAPS.indexName() + "/_doc/"
                        + VersionIndex.documentId("crash", Caps.CAP, "organization||monthly")
                        + "?version=2&version_type=external",
                "{\"org_id\": \"crash\", \"kind\": \"cap\", \"id\": \"organization||monthly\", \"version\": 2,"
                        + " \"recorded_at\": \"" + CLOCK.instant() + "\", \"value\": \""
                        + Base64.getEncoder().encodeToString(Codec.encode(left)) + "\"}");
        assertThat(put(admin, "{'type': 'organization'}", "'amount': '3'")
                        .path("version")
                        .asLong())
                .isEqualTo(3);
        assertThat(texts(get(admin, LIMITS + "/spl_organization::monthly/history"), "/amount"))
                .containsExactly("3", "2", "1");
    }

    /** As the spend job does. */
    private static void spent(String organization, String label, int month, long version, long... days)
            throws Exception {
        stack.spent(organization, label, month, version, days);
    }

    private static long[] onTheDay(int day, long micros) {
        long[] days = new long[day];
        days[day - 1] = micros;
        return days;
    }

    /** Of the organization "shared", on the 25th, since this moment. */
    private static void spentNow(String type, String subject, long micros) throws Exception {
        stack.spent(SpendMonth.newBuilder()
                .setOrgId("shared")
                .setSubjectType(type)
                .setSubject(subject)
                .setMonth(202611)
                .setVersion(1)
                .setDayMicros(LongStream.of(onTheDay(25, micros)).boxed().toList())
                .setCuts(List.of(Micros.of(CLOCK.instant())))
                .setCutMicros(List.of(micros))
                .build());
    }

    private static JsonNode whatIf(Client client, String body) throws Exception {
        return ok(client, "POST", "/v1/caps/what-if", body);
    }

    /** Pools and the total have a part in the state, and other caps can be tried over what was spent. */
    @Test
    void whatIsSharedAndWhatIf() throws Exception {
        Client admin = Client.of(running, "shared");
        String kim = user(admin, "kim@example.com");
        String lee = user(admin, "lee@example.com");
        String legal = group(admin, "Legal", kim, lee);
        CLOCK.advance(Duration.ofSeconds(1));
        spentNow("user", "kim@example.com", 60_000_000);
        spentNow("user", "lee@example.com", 30_000_000);
        spentNow("organization_total", "shared", 90_000_000);
        awaitSpent(admin, kim, 60_000_000L);
        awaitSpent(admin, lee, 30_000_000L);
        DirectoryStack.await(() -> whatIf(admin, "{'caps': [{'scope': {'type': 'organization_total'}, 'amount': '1'}]}")
                        .at("/summary/asked/alerts")
                        .asInt()
                > 0);
        assertThat(whatIf(admin, "{}").path("data")).isEmpty();

        put(admin, "{'type': 'organization'}", "'amount': '10000'"); // Kim has spent 60 percent
        put(admin, "{'type': 'organization_total'}", "'amount': '10000'");
        JsonNode month = budget(admin, kim, "");
        assertThat(month.path("state").asText()).isEqualTo("warning");
        assertThat(month.path("cause").asText()).isEqualTo("organization");
        assertThat(month.path("spent_micros").asLong()).isEqualTo(60_000_000);
        assertThat(month.at("/shared/0/spent_micros").asLong()).isEqualTo(90_000_000);
        assertThat(month.at("/shared/0/remaining_micros").asLong()).isEqualTo(10_000_000);
        assertThat(month.at("/decided_by/source/type").asText()).isEqualTo("organization_total");

        JsonNode actual = whatIf(admin, "{}");
        assertThat(actual.at("/summary/asked")).isEqualTo(actual.at("/summary/actual"));
        assertThat(texts(actual, "/user")).containsExactly("kim@example.com", "null", "null", "null");
        assertThat(texts(actual, "/threshold")).containsExactly("50", "50", "75", "90");
        assertThat(texts(actual, "/cause")).containsOnly("cap-edited");

        JsonNode pool = whatIf(
                admin,
                "{'only': true, 'caps': [{'scope': {'type': 'rbac_group_pool', 'rbac_group_id': '" + legal
                        + "'}, 'amount': '8000', 'thresholds': [100]}, {'scope': {'type': 'user', 'user_id': '" + kim
                        + "'}, 'amount': '5000', 'period': 'daily', 'thresholds': [100]}]}");
        assertThat(texts(pool, "/scope/type")).containsExactly("rbac_group_pool", "user");
        assertThat(pool.at("/summary/asked/users_stopped").asInt()).isEqualTo(1);
        assertThat(pool.at("/summary/asked/pools_stopped").asInt()).isEqualTo(1);
        assertThat(pool.at("/summary/actual/users_stopped").asInt()).isZero();
        assertThat(pool.at("/data/1/reached_from").asText()).startsWith("2026-11-25T1");
        assertThat(whatIf(admin, "{'to': '2026-11-01'}").path("data")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'caps': 1} | caps: ",
                "{'caps': [{'scope': {'type': 'organization'}, 'amount': '-1'}]} | caps[0].amount: ",
                "{'caps': [{'scope': {'type': 'organization'}, 'amount': '1', 'effective_at': 'now'}]} | caps[0].effective_at: ",
                "{'caps': [{'scope': {'type': 'organization'}, 'amount': '1'}, {'scope': {'type': 'organization'}, 'amount': '2'}]} | caps[1]: ",
                "{'from': 'yesterday'} | from: ",
                "{'from': '2026-11-02', 'to': '2026-11-01'} | to: ",
                "{'limit': 0} | limit: ",
                "{'cap': []} | cap: "
            })
    void aWhatIfThatIsRefused(String body, String error) throws Exception {
        Answer answer = Client.of(running, "refused").send("POST", "/v1/caps/what-if", body);
        assertThat(answer.is(400).body().at("/error/message").asText())
                .startsWith(error)
                .contains("expected");
    }

    private static JsonNode budget(Client client, String user, String query) throws Exception {
        return get(client, "/v1/budgets/" + encoded(user) + query);
    }

    private static void awaitSpent(Client client, String user, @Nullable Long micros) throws Exception {
        DirectoryStack.await(() -> {
            Answer answer = client.send("GET", "/v1/budgets/" + encoded(user), "");
            return answer.status() == 200
                    && (micros == null || answer.body().path("spent_micros").asLong() == micros);
        });
    }

    @Test
    void aBudget() throws Exception {
        Client admin = Client.of(running, "budgets");
        String kim = admin.post("/v1/users", "{'user_name': 'Kim@example.com', 'account_id': 'user_01Kim'}")
                .id();
        assertThat(budget(admin, kim, "").toString())
                .isEqualTo("{\"user\":\"kim@example.com\",\"user_id\":\"" + kim + "\",\"period\":\"monthly\","
                        + "\"limit_micros\":null,\"included_micros\":0,\"spent_micros\":0,\"remaining_micros\":null,"
                        + "\"source\":null,\"source_name\":null,\"spend_limit_id\":null,"
                        + "\"resets_at\":\"2026-12-01T00:00:00Z\","
                        + "\"state\":\"allowed\",\"cause\":null,\"decided_by\":null,\"thresholds\":[],\"shared\":[],"
                        + "\"forecast\":{\"p10\":0,\"p50\":0,\"p90\":0}}");
        admin.send("GET", "/v1/budgets/nobody@example.com", "").is(404);

        spent("budgets", "Kim@example.com", 202611, 2, onTheDay(25, 40_000_000));
        spent("budgets", "Kim@example.com", 202611, 1, onTheDay(25, 1));
        spent("budgets", "user_01Kim", 202611, 1, onTheDay(3, 20_000_000));
        spent("budgets", "user_01Kim", 202610, 1, onTheDay(3, 99_000_000));
        spent("budgets", "unseen@example.com", 202611, 1, onTheDay(3, 5));
        spent("other", "kim@example.com", 202611, 9, onTheDay(3, 1_000_000_000));
        awaitSpent(admin, "unseen@example.com", null);
        awaitSpent(admin, kim, 60_000_000L);
        put(admin, "{'type': 'organization'}", "'amount': '10000'");
        put(admin, "{'type': 'user', 'user_id': 'user_01Kim'}", "'amount': '5000', 'period': 'weekly'");

        for (String name : List.of(kim, "kim@example.com", "KIM@example.com", "user_01Kim")) {
            JsonNode month = budget(admin, name, "");
            assertThat(month.path("user_id").asText()).isEqualTo(kim);
            assertThat(month.path("limit_micros").asLong()).isEqualTo(100_000_000);
            assertThat(month.path("spent_micros").asLong()).isEqualTo(60_000_000);
            assertThat(month.path("remaining_micros").asLong()).isEqualTo(40_000_000);
            assertThat(month.at("/source/type").asText()).isEqualTo("organization");
            // 40 of 50 dollars of this week.
            assertThat(month.path("state").asText()).isEqualTo("warning");
            assertThat(month.path("cause").asText()).isEqualTo("limit");
            assertThat(month.at("/decided_by/period").asText()).isEqualTo("weekly");
            assertThat(month.at("/decided_by/source/user_id").asText()).isEqualTo(kim);
            assertThat(month.at("/decided_by/resets_at").asText()).isEqualTo("2026-11-30T00:00:00Z");
            assertThat(month.path("thresholds").toString())
                    .isEqualTo("[{\"percent\":50,\"amount_micros\":50000000,\"reached\":true},"
                            + "{\"percent\":75,\"amount_micros\":75000000,\"reached\":false},"
                            + "{\"percent\":90,\"amount_micros\":90000000,\"reached\":false},"
                            + "{\"percent\":100,\"amount_micros\":100000000,\"reached\":false}]");
            assertThat(month.at("/forecast/p10").asLong())
                    .isBetween(60_000_000L, month.at("/forecast/p50").asLong());
            assertThat(month.at("/forecast/p90").asLong())
                    .isGreaterThan(month.at("/forecast/p50").asLong());
        }
        JsonNode week = budget(admin, kim, "?period=weekly");
        assertThat(week.path("spent_micros").asLong()).isEqualTo(40_000_000);
        assertThat(week.path("limit_micros").asLong()).isEqualTo(50_000_000);
        assertThat(budget(admin, "unseen@example.com", "").path("user_id").isNull())
                .isTrue();

        put(admin, "{'type': 'user', 'user_id': '" + kim + "'}", "'amount': '4000', 'period': 'weekly'");
        assertThat(budget(admin, kim, "").path("state").asText()).isEqualTo("stopped");
        put(admin, "{'type': 'user', 'user_id': '" + kim + "'}", "'amount': '6000', 'period': 'weekly'");
        assertThat(budget(admin, kim, "").path("state").asText()).isEqualTo("allowed");
        put(admin, "{'type': 'user', 'user_id': '" + kim + "'}", "'amount': '0', 'period': 'daily'");
        JsonNode zero = budget(admin, kim, "?period=daily");
        assertThat(zero.path("state").asText()).isEqualTo("stopped");
        assertThat(zero.path("cause").asText()).isEqualTo("0");
        assertThat(zero.path("thresholds")).isEmpty();
        admin.send("GET", "/v1/budgets/" + kim + "?period=yearly", "").is(400);
        assertThat(get(admin, LIMITS).path("data")).hasSize(3);

        // The same at a server that cannot reach Elasticsearch.
        try (RunningServer lonely =
                new RunningServer(stack.kafka.bootstrapServers(), folder, Map.of(), CLOCK).awaitKafka()) {
            assertThat(Client.of(lonely, "budgets").get("/v1/budgets/" + kim).body())
                    .isEqualTo(budget(admin, kim, ""));
            Client.of(lonely, "budgets")
                    .send("POST", LIMITS, "{'scope': {'type': 'organization'}, 'amount': '1'}")
                    .is(503);
        }
    }

    private static void alert(String organization, String id, String rest) throws Exception {
        TestElastic.send(
                stack.elasticsearch,
                "PUT",
                "/" + Index.ALERTS.indexName() + "/_doc/" + organization + "-" + id,
                "{\"org_id\": \"" + organization + "\", \"id\": \"" + id + "\", \"kind\": \"spend_threshold\","
                        + " \"cap_version\": 3, \"period\": \"monthly\", \"period_start\": \"2026-11-01T00:00:00Z\","
                        + " \"amount_micros\": 50000000, \"threshold\": 75, \"occurrence\": 1, \"cause\": \"spend\","
                        + " \"spend_before_micros\": 37400000, \"spend_after_micros\": 37600000, \"late\": false, "
                        + rest.replace('\'', '"') + "}");
    }

    @Test
    void alerts() throws Exception {
        Client admin = Client.of(running, "alerts");
        String kim = admin.post("/v1/users", "{'user_name': 'kim@example.com'}").id();
        alert(
                "alerts",
                "a",
                "'status': 'firing', 'user': 'kim@example.com', 'scope_type': 'rbac_group', 'scope_id': 'grp_1',"
                        + " 'cap_id': 'rbac_group|grp_1|monthly', 'crossing_event_id': 'e1',"
                        + " 'at': '2026-11-25T11:00:00.123456Z'");
        alert(
                "alerts",
                "b",
                "'status': 'resolved', 'scope_type': 'organization_total', 'cap_id': 'organization_total||monthly',"
                        + " 'at': '2026-11-25T11:00:00.123457Z'");
        alert(
                "alerts",
                "c",
                "'status': 'firing', 'user': 'lee@example.com', 'scope_type': 'user', 'scope_id': 'lee@example.com',"
                        + " 'cap_id': 'user|lee@example.com|monthly', 'at': '2026-11-24T11:00:00Z'");
        alert(
                "others",
                "d",
                "'status': 'firing', 'user': 'kim@example.com', 'scope_type': 'organization',"
                        + " 'cap_id': 'organization||monthly', 'at': '2026-11-25T11:00:00Z'");
        TestElastic.send(stack.elasticsearch, "POST", "/" + Index.ALERTS.indexName() + "/_refresh", "");
        JsonNode all = get(admin, "/v1/alerts");
        assertThat(texts(all, "/id")).containsExactly("b", "a", "c");
        JsonNode first = all.at("/data/1");
        assertThat(first.path("scope").toString()).isEqualTo("{\"type\":\"rbac_group\",\"rbac_group_id\":\"grp_1\"}");
        assertThat(first.path("spend_limit_id").asText()).isEqualTo("spl_rbac_group:grp_1:monthly");
        assertThat(first.path("at").asText()).isEqualTo("2026-11-25T11:00:00.123456Z");
        List<String> names = new ArrayList<>();
        first.fieldNames().forEachRemaining(names::add);
        assertThat(names)
                .contains(
                        "kind",
                        "status",
                        "user",
                        "cap_version",
                        "amount_micros",
                        "threshold",
                        "period_start",
                        "spend_before_micros",
                        "spend_after_micros",
                        "crossing_event_id",
                        "cause",
                        "occurrence")
                .doesNotContain("org_id");
        assertThat(all.at("/data/0/user").isNull()).isTrue();
        assertThat(texts(get(admin, "/v1/alerts?user=" + kim), "/id")).containsExactly("a");
        assertThat(texts(get(admin, "/v1/alerts?user=Lee@example.com"), "/id")).containsExactly("c");
        assertThat(texts(get(admin, "/v1/alerts?status=firing&kind=spend_threshold"), "/id"))
                .containsExactly("a", "c");
        assertThat(texts(get(admin, "/v1/alerts?since=2026-11-25"), "/id")).containsExactly("b", "a");
        assertThat(texts(get(admin, "/v1/alerts?kind=other"), "/id")).isEmpty();
        admin.send("GET", "/v1/alerts?status=open", "").is(400);
        String next = get(admin, "/v1/alerts?limit=1").path("next_page").asText();
        assertThat(texts(get(admin, "/v1/alerts?limit=1&page=" + next), "/id")).containsExactly("a");
    }
}
