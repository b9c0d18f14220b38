package io.sluice.server;

import static io.sluice.server.DirectoryStack.texts;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.schema.Index;
import io.sluice.server.DirectoryStack.Client;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Why somebody has the limit, the spend and the alerts of now, at a real server. */
class ExplainITCase {
    private static final String LIMITS = "/v1/organizations/spend_limits";

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

    private static void limit(Client client, String body) throws Exception {
        CLOCK.advance(Duration.ofMillis(10));
        client.send("POST", LIMITS, body).is(200);
        CLOCK.advance(Duration.ofMillis(10));
    }

    private static String group(Client client, String name, String userId) throws Exception {
        String id = client.post("/v1/groups", "{'name': '" + name + "'}").id();
        client.send("POST", "/v1/groups/" + id + "/members", "{'user_ids': ['" + userId + "']}")
                .is(200);
        return id;
    }

    private static void document(Index index, String id, String json) throws Exception {
        TestElastic.send(
                stack.elasticsearch,
                "PUT",
                "/" + index.indexName() + "/_doc/" + id + "?refresh=true",
                json.replace('\'', '"'));
    }

    private static void alert(String organization, String id, String rest) throws Exception {
        document(
                Index.ALERTS,
                organization + "-" + id,
                "{'org_id': '" + organization + "', 'id': '" + id + "', 'kind': 'spend_threshold', 'status': 'firing',"
                        + " 'user': 'kim@example.com', 'scope_type': 'organization', 'cap_id': 'organization||monthly',"
                        + " 'amount_micros': 100000000, 'occurrence': 1, 'spend_before_micros': 49000000,"
                        + " 'spend_after_micros': 51000000, 'late': false, " + rest + "}");
    }

    @Test
    void everythingThatIsKnown() throws Exception {
        Client admin = Client.of(running, "explain");
        String kim = admin.post("/v1/users", "{'user_name': 'kim@example.com', 'seat_tier': 'premium'}")
                .id();
        String legal = group(admin, "legal", kim);
        String sales = group(admin, "sales", kim);
        limit(admin, "{'scope': {'type': 'organization'}, 'amount': '20000'}");
        limit(admin, "{'scope': {'type': 'rbac_group', 'rbac_group_id': '" + legal + "'}, 'amount': '10000'}");
        limit(admin, "{'scope': {'type': 'rbac_group', 'rbac_group_id': '" + sales + "'}, 'amount': '15000'}");
        limit(admin, "{'scope': {'type': 'user', 'user_id': '" + kim + "'}, 'amount': '1', 'is_enabled': false}");
        limit(admin, "{'scope': {'type': 'seat_tier', 'seat_tier': 'premium'}, 'amount': '5000', 'period': 'daily'}");
        admin.send(
                        "PATCH",
                        "/v1/caps/settings",
                        "{'included': [{'tier': 'premium', 'period': 'monthly', 'amount_micros': 10000000}]}")
                .is(200);
        CLOCK.advance(Duration.ofMillis(10));
        long[] days = new long[25];
        days[1] = 40_000_000;
        days[24] = 30_000_000;
        stack.spent("explain", "kim@example.com", 202611, 1, days);
        stack.spent("others", "kim@example.com", 202611, 1, 5);
        document(
                Index.SPEND_EVENTS,
                "e1",
                "{'org_id': 'explain', 'event_id': 'e1', 'event_hash': 'h1', 'request_id': 'req_1', 'user': 'kim@example.com',"
                        + " 'occurred_at': '2026-11-25T10:00:00Z', 'spend_micros': 2000000}");
        document(
                Index.SPEND_EVENTS,
                "e2",
                "{'org_id': 'others', 'event_id': 'e2', 'event_hash': 'h2', 'user': 'kim@example.com',"
                        + " 'occurred_at': '2026-11-25T10:00:00Z', 'spend_micros': 1}");
        String month = "'period': 'monthly', 'period_start': '2026-11-01T00:00:00Z', ";
        alert(
                "explain",
                "first",
                month + "'threshold': 50, 'cap_version': 1, 'cause': 'spend', 'crossing_event_id': 'h1',"
                        + " 'at': '2026-11-25T10:00:01Z'");
        alert(
                "explain",
                "second",
                month + "'threshold': 60, 'cap_version': 2, 'cause': 'cap-edited', 'at': '2026-11-25T10:00:02Z'");
        alert(
                "explain",
                "foreign-event",
                month + "'threshold': 75, 'cap_version': 2, 'cause': 'spend', 'crossing_event_id': 'h2',"
                        + " 'at': '2026-11-25T10:00:03Z'");
        alert(
                "explain",
                "yesterday",
                "'period': 'daily', 'period_start': '2026-11-24T00:00:00Z', 'threshold': 50, 'cap_version': 1,"
                        + " 'cause': 'spend', 'at': '2026-11-24T10:00:00Z'");
        alert(
                "others",
                "theirs",
                month + "'threshold': 90, 'cap_version': 1, 'cause': 'spend'," + " 'at': '2026-11-25T10:00:00Z'");
        DirectoryStack.await(() ->
                admin.get("/v1/budgets/" + kim).body().path("spent_micros").asLong() == 70_000_000);

        JsonNode explained = admin.get("/v1/budgets/kim@example.com/explain").body();
        assertThat(explained.path("user_id").asText()).isEqualTo(kim);
        assertThat(explained.path("labels").toString()).isEqualTo("[\"kim@example.com\"]");
        assertThat(texts(explained.path("periods"), "/period")).containsExactly("daily", "weekly", "monthly");

        JsonNode monthly = explained.at("/periods/2");
        assertThat(monthly.path("limit_micros").asLong()).isEqualTo(100_000_000);
        assertThat(monthly.path("included_micros").asLong()).isEqualTo(10_000_000);
        assertThat(monthly.path("spent_micros").asLong()).isEqualTo(70_000_000);
        assertThat(monthly.path("remaining_micros").asLong()).isEqualTo(40_000_000);
        assertThat(monthly.path("state").asText()).isEqualTo("allowed");
        assertThat(monthly.path("source_name").asText()).isEqualTo("legal");
        assertThat(texts(monthly.path("considered"), "/outcome"))
                .containsExactlyInAnyOrder("disabled", "won", "higher", "less_special");
        assertThat(texts(monthly.path("considered"), "/scope_name"))
                .containsExactlyInAnyOrder("kim@example.com", "legal", "sales", "null");
        JsonNode won = StreamSupport.stream(monthly.path("considered").spliterator(), false)
                .filter(each -> each.path("outcome").asText().equals("won"))
                .findFirst()
                .orElseThrow();
        assertThat(won.path("spend_limit_id").asText())
                .isEqualTo(monthly.path("spend_limit_id").asText());
        assertThat(won.path("amount").asText()).isEqualTo("10000");
        assertThat(won.path("version").asLong()).isEqualTo(1);
        assertThat(won.path("why").asText()).endsWith("of several groups the lowest");
        assertThat(texts(monthly.path("considered"), "/why"))
                .contains("of several groups the lowest limit counts: spl_rbac_group:" + legal + ":monthly");
        assertThat(monthly.path("spend_by_day").toString())
                .isEqualTo("[{\"date\":\"2026-11-02\",\"spent_micros\":40000000},"
                        + "{\"date\":\"2026-11-25\",\"spent_micros\":30000000}]");

        JsonNode thresholds = monthly.path("thresholds");
        assertThat(texts(thresholds, "/percent")).containsExactly("50", "60", "75", "90", "100");
        assertThat(texts(thresholds, "/current")).containsExactly("true", "false", "true", "true", "true");
        assertThat(texts(thresholds, "/reached")).containsExactly("true", "false", "false", "false", "false");
        assertThat(texts(thresholds, "/amount_micros"))
                .containsExactly("60000000", "null", "85000000", "100000000", "110000000");
        assertThat(texts(thresholds, "/alerts/0/id")).containsExactly("first", "second", "foreign-event", "", "");
        JsonNode first = thresholds.at("/0/alerts/0");
        assertThat(first.path("cap_version").asLong()).isEqualTo(1);
        assertThat(first.path("spend_before_micros").asLong()).isEqualTo(49_000_000);
        assertThat(first.path("spend_after_micros").asLong()).isEqualTo(51_000_000);
        assertThat(first.path("crossing_event_id").asText()).isEqualTo("e1");
        assertThat(first.at("/event/request_id").asText()).isEqualTo("req_1");
        assertThat(first.path("event").has("org_id")).isFalse();
        assertThat(thresholds.at("/1/alerts/0/event").isNull()).isTrue();
        assertThat(thresholds.at("/2/alerts/0/crossing_event_id").asText()).isEqualTo("h2");
        assertThat(thresholds.at("/2/alerts/0/event").isNull()).isTrue();

        JsonNode daily = explained.at("/periods/0");
        assertThat(daily.at("/source/type").asText()).isEqualTo("seat_tier");
        assertThat(daily.path("state").asText()).isEqualTo("allowed");
        assertThat(daily.path("spent_micros").asLong()).isEqualTo(30_000_000);
        assertThat(texts(daily.path("thresholds"), "/reached")).containsExactly("true", "false", "false", "false");
        assertThat(texts(daily.path("thresholds"), "/alerts/0/id"))
                .as("yesterday is over")
                .containsExactly("", "", "", "");
        JsonNode weekly = explained.at("/periods/1");
        assertThat(weekly.path("limit_micros").isNull()).isTrue();
        assertThat(weekly.path("considered")).isEmpty();

        admin.send("GET", "/v1/budgets/nobody@example.com/explain", "").is(404);
        assertThat(texts(admin.get("/v1/budgets/kim@example.com").body().path("thresholds"), "/reached"))
                .containsExactly("true", "false", "false", "false");
    }

    @Test
    void withoutElasticsearchItCannotBeTold() throws Exception {
        Client admin = Client.of(running, "lonely");
        String kim = admin.post("/v1/users", "{'user_name': 'kim@example.com'}").id();
        try (RunningServer lonely =
                new RunningServer(stack.kafka.bootstrapServers(), folder, Map.of(), CLOCK).awaitKafka()) {
            Client.of(lonely, "lonely")
                    .send("GET", "/v1/budgets/" + kim + "/explain", "")
                    .is(503);
        }
    }
}
