package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.server.DirectoryStack.Client;
import io.sluice.testing.SpendLimitsServer;
import io.sluice.testing.SpendLimitsServer.Mischief;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Limits that are written through, at a server with its own organization and an API of its own for each test. Both keep
 * time by a clock that moves when the test says so.
 */
class LimitWriterITCase {
    private static final String LIMITS = "/v1/organizations/spend_limits";
    private static final String SETTINGS = "/v1/caps/settings";
    private static final String KEY = "sk-ant-admin01-test";

    @TempDir
    static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static DirectoryStack stack;

    private static int organizations;

    private final MovableClock clock = new MovableClock();

    @SuppressWarnings("NullAway.Init")
    private SpendLimitsServer upstream;

    @SuppressWarnings("NullAway.Init")
    private RunningServer running;

    @SuppressWarnings("NullAway.Init")
    private Client admin;

    @SuppressWarnings("NullAway.Init")
    private String organization;

    @BeforeAll
    static void startStack() throws Exception {
        stack = new DirectoryStack(folder);
    }

    @AfterAll
    static void stopStack() throws Exception {
        stack.close();
    }

    @BeforeEach
    void start() throws Exception {
        organization = "upstream" + ++organizations;
        upstream = SpendLimitsServer.start(KEY, clock);
        running = server();
        admin = Client.of(running, organization);
        admin.send("PATCH", SETTINGS, "{'write_upstream': true}").is(200);
        clock.advance(Duration.ofMillis(10));
    }

    @AfterEach
    void stop() {
        running.close();
        upstream.close();
    }

    private RunningServer server() throws Exception {
        Path key = Files.writeString(folder.resolve("api-key"), KEY + "\n");
        return stack.server(
                clock,
                Map.of(
                        Setting.SPEND_LIMITS_API_URL, upstream.url().toString(),
                        Setting.SPEND_LIMITS_API_KEY_FILE, key.toString(),
                        Setting.SPEND_LIMITS_API_ORGANIZATION, organization));
    }

    private String user(String name) throws Exception {
        return admin.post("/v1/users", "{'user_name': '" + name + "@example.com'}")
                .id();
    }

    private JsonNode put(String userId, String period, String rest) throws Exception {
        JsonNode made = admin.send(
                        "POST",
                        LIMITS,
                        "{'scope': {'type': 'user', 'user_id': '" + userId + "'}, 'period': '" + period + "', " + rest
                                + "}")
                .is(200)
                .body();
        clock.advance(Duration.ofMillis(1));
        return made;
    }

    private static String path(String userId, String period) {
        return LIMITS + "/spl_user:" + userId + ":" + period;
    }

    private JsonNode status(String userId) throws Exception {
        return admin.get(path(userId, "monthly")).body().path("upstream");
    }

    private void awaitState(String userId, String state) throws Exception {
        DirectoryStack.await(() -> status(userId).path("state").asText().equals(state));
    }

    /** State by id of the limit. */
    private Map<String, String> states() throws Exception {
        Map<String, String> states = new TreeMap<>();
        admin.get(LIMITS + "?limit=1000")
                .body()
                .path("data")
                .forEach(limit -> states.put(
                        limit.path("id").asText(), limit.at("/upstream/state").asText()));
        return states;
    }

    private long count(String state) throws Exception {
        return states().values().stream().filter(state::equals).count();
    }

    @Test
    void seventyEditsAtOnceStayWithinSixtyAMinuteAndNoLastOneIsLost() throws Exception {
        List<String> users = new ArrayList<>();
        for (int i = 0; i < 35; i++) {
            users.add(user("user" + i));
        }
        DirectoryStack.atOnce(7, thread -> () -> {
            for (String userId : users.subList(thread * 5, thread * 5 + 5)) {
                put(userId, "monthly", "'amount': '100'");
                put(userId, "daily", "'amount': '200'");
            }
            return thread;
        });
        DirectoryStack.await(() -> upstream.requests().size() == 60 && count("delivered") == 60);
        assertThat(count("pending")).isEqualTo(10);

        // Of one that waits the newest wins, one that was delivered is written again.
        Map<String, String> states = states();
        String waiting = first(states, "pending");
        String delivered = first(states, "delivered");
        for (int cents = 1; cents <= 5; cents++) {
            edit(waiting, cents);
        }
        edit(delivered, 7);
        clock.advance(Duration.ofSeconds(58));
        assertThat(count("pending")).isEqualTo(11);
        clock.advance(Duration.ofSeconds(3));
        DirectoryStack.await(() -> count("delivered") == 70);

        Map<String, String> expected = new TreeMap<>();
        users.forEach(userId -> {
            expected.put(userId + " monthly", "100");
            expected.put(userId + " daily", "200");
        });
        expected.put(subject(waiting), "5");
        expected.put(subject(delivered), "7");
        assertThat(upstream.limits()).isEqualTo(expected);
        assertThat(upstream.requests())
                .hasSize(71)
                .allMatch(request -> request.startsWith("POST") && request.endsWith("→ 200"));
    }

    private static String first(Map<String, String> states, String state) {
        return states.entrySet().stream()
                .filter(each -> each.getValue().equals(state))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
    }

    /** {@code spl_user:ID:PERIOD} as the API has it. */
    private static String subject(String limitId) {
        String[] parts = limitId.split(":");
        return parts[1] + " " + parts[2];
    }

    private void edit(String limitId, int cents) throws Exception {
        String[] parts = limitId.split(":");
        put(parts[1], parts[2], "'amount': '" + cents + "'");
    }

    @ParameterizedTest
    @CsvSource({
        "RATE_LIMITED, 7, 'answered 429, rate_limit_error: too many requests (attempt 1)'",
        "ERROR, 1, 'answered 500, api_error: something went wrong (attempt 1)'",
        "OVERLOADED, 1, answered 529 (attempt 1)",
        "RESET, 1, 'no answer, IOException (attempt 1)'",
        "DONE_AND_RESET, 1, 'no answer, IOException (attempt 1)'"
    })
    void whatIsNotTakenIsSentAgain(Mischief mischief, int seconds, String reason) throws Exception {
        String kim = user("kim");
        String lee = user("lee");
        upstream.misbehave(mischief);
        put(kim, "monthly", "'amount': '100'");
        DirectoryStack.await(() -> status(kim).path("reason").isTextual());
        assertThat(status(kim).toString())
                .isEqualTo("{\"state\":\"pending\",\"version\":1,\"reason\":\"" + reason + "\"}");
        put(lee, "monthly", "'amount': '200'");
        if (mischief == Mischief.RATE_LIMITED) {
            // The pause is for all.
            DirectoryStack.await(() -> status(lee)
                    .path("reason")
                    .asText()
                    .startsWith("upstream wants no requests before 2026-11-25T12:00:07.01"));
        } else {
            awaitState(lee, "delivered");
        }
        clock.advance(Duration.ofSeconds(seconds));
        awaitState(kim, "delivered");
        awaitState(lee, "delivered");
        assertThat(status(kim).toString()).isEqualTo("{\"state\":\"delivered\",\"version\":1,\"reason\":null}");
        assertThat(upstream.limits()).isEqualTo(Map.of(kim + " monthly", "100", lee + " monthly", "200"));
        assertThat(upstream.requests()).hasSize(3);
    }

    @Test
    void aRestartInTheMiddle() throws Exception {
        List<String> users = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            users.add(user("user" + i));
        }
        put(users.get(0), "monthly", "'amount': '1'");
        put(users.get(1), "monthly", "'amount': '1'");
        awaitState(users.get(0), "delivered");
        awaitState(users.get(1), "delivered");
        upstream.misbehave(Mischief.ERROR, Mischief.DONE_AND_RESET, Mischief.RESET);
        for (String userId : users.subList(2, 5)) {
            put(userId, "monthly", "'amount': '1'");
        }
        for (String userId : users.subList(2, 5)) {
            DirectoryStack.await(() -> status(userId).path("reason").isTextual());
        }
        put(users.get(1), "monthly", "'amount': '2'");
        awaitState(users.get(1), "delivered");
        running.close();
        running = server();
        admin = Client.of(running, organization);
        DirectoryStack.await(() -> count("delivered") == 5);
        assertThat(upstream.limits().values()).containsExactlyInAnyOrder("1", "2", "1", "1", "1");
        assertThat(upstream.limits()).containsEntry(users.get(1) + " monthly", "2");
        // Three, and three again; what had been taken before is not sent again.
        assertThat(upstream.requests().stream()
                        .collect(Collectors.groupingBy(request -> request.split(" ")[1], Collectors.counting())))
                .isEqualTo(Map.of(
                        users.get(0), 1L, users.get(1), 2L, users.get(2), 2L, users.get(3), 2L, users.get(4), 2L));
    }

    @Test
    void everythingThatALimitCanBe() throws Exception {
        String kim = user("kim");
        String monthly = kim + " monthly";
        put(kim, "monthly", "'amount': '500'");
        awaitState(kim, "delivered");
        put(kim, "monthly", "'amount': null");
        awaitState(kim, "delivered");
        assertThat(upstream.limits()).isEqualTo(Map.of(monthly, "null"));
        put(kim, "monthly", "'amount': '0'");
        awaitState(kim, "delivered");
        assertThat(upstream.limits()).isEqualTo(Map.of(monthly, "0"));
        put(kim, "monthly", "'amount': '0', 'is_enabled': false");
        awaitState(kim, "delivered");
        assertThat(upstream.limits()).as("passed over here, so not there").isEmpty();
        put(kim, "monthly", "'amount': '9', 'is_enabled': true");
        awaitState(kim, "delivered");
        assertThat(upstream.limits()).isEqualTo(Map.of(monthly, "9"));
        admin.send("DELETE", path(kim, "monthly"), "").is(200);
        clock.advance(Duration.ofMillis(1));
        DirectoryStack.await(() -> upstream.limits().isEmpty());
        assertThat(upstream.requests().stream().map(request -> request.split(" ")[0]))
                .containsExactly("POST", "POST", "POST", "GET", "DELETE", "POST", "GET", "DELETE");

        // What is changed while it is off is written when it is on again.
        admin.send("PATCH", SETTINGS, "{'write_upstream': false}").is(200);
        clock.advance(Duration.ofMillis(1));
        JsonNode off = put(kim, "monthly", "'amount': '10'");
        assertThat(off.path("upstream").isNull()).isTrue();
        admin.send("PATCH", SETTINGS, "{'write_upstream': true}").is(200);
        awaitState(kim, "delivered");
        assertThat(upstream.limits()).isEqualTo(Map.of(monthly, "10"));
    }

    @Test
    void onlyUsersLimitsAreWritten() throws Exception {
        String kim = user("kim");
        for (String scope : List.of(
                "{'type': 'organization'}",
                "{'type': 'organization_total'}",
                "{'type': 'seat_tier', 'seat_tier': 'premium'}",
                "{'type': 'rbac_group', 'rbac_group_id': 'g'}")) {
            JsonNode made = admin.send("POST", LIMITS, "{'scope': " + scope + ", 'amount': '1'}")
                    .is(200)
                    .body();
            assertThat(made.path("upstream").isNull()).as(scope).isTrue();
        }
        JsonNode nobody = put("nobody@example.com", "monthly", "'amount': '1'");
        assertThat(nobody.path("upstream").toString())
                .isEqualTo("{\"state\":\"failed\",\"version\":1,\"reason\":\"user_id: nobody in the"
                        + " directory (expected: a user of the directory)\"}");
        put(kim, "monthly", "'amount': '1'");
        awaitState(kim, "delivered");
        assertThat(upstream.requests()).containsExactly("POST " + kim + " monthly 1 → 200");
    }

    @Test
    void whatIsRefusedWaitsForTheNextVersion() throws Exception {
        String kim = user("kim");
        String lee = admin.post("/v1/users", "{'user_name': 'lee@example.com', 'account_id': 'user_01Lee'}")
                .id();
        upstream.forget(kim);
        put(kim, "monthly", "'amount': '1'");
        awaitState(kim, "failed");
        assertThat(status(kim).path("reason").asText())
                .isEqualTo("answered 404, not_found_error: no such user (attempt 1)");
        clock.advance(Duration.ofHours(2));
        put(lee, "monthly", "'amount': '1'");
        awaitState(lee, "delivered");
        put(kim, "monthly", "'amount': '2'");
        DirectoryStack.await(() -> status(kim).path("version").asLong() == 2
                && status(kim).path("state").asText().equals("failed"));
        assertThat(upstream.requests())
                .containsExactly(
                        "POST " + kim + " monthly 1 → 404",
                        "POST user_01Lee monthly 1 → 200",
                        "POST " + kim + " monthly 2 → 404");

        // Now the directory says who that is upstream.
        admin.send("PATCH", "/v1/users/" + kim, "{'account_id': 'user_01Kim'}").is(200);
        awaitState(kim, "delivered");
        assertThat(upstream.limits()).isEqualTo(Map.of("user_01Lee monthly", "1", "user_01Kim monthly", "2"));
    }

    /** What was removed before the organization wanted it was never ours there. */
    @Test
    void fromTheBeginningWhatHoldsIsWrittenAndNothingRemoved() throws Exception {
        admin.send("PATCH", SETTINGS, "{'write_upstream': false}").is(200);
        String kim = user("kim");
        String lee = user("lee");
        put(kim, "monthly", "'amount': '1'");
        put(lee, "monthly", "'amount': '1'");
        admin.send("DELETE", path(lee, "monthly"), "").is(200);
        clock.advance(Duration.ofMillis(1));
        admin.send("PATCH", SETTINGS, "{'write_upstream': true}").is(200);
        awaitState(kim, "delivered");
        put(lee, "daily", "'amount': '3'");
        DirectoryStack.await(() -> upstream.limits().containsKey(lee + " daily"));
        assertThat(upstream.requests())
                .containsExactly("POST " + kim + " monthly 1 → 200", "POST " + lee + " daily 3 → 200");
    }

    @Test
    void anotherOrganizationCannotAskForIt() throws Exception {
        assertThat(Client.of(running, "stranger")
                        .send("PATCH", SETTINGS, "{'write_upstream': true}")
                        .is(400)
                        .message())
                .startsWith("write_upstream: true (expected: false, since this server has no address");
    }
}
