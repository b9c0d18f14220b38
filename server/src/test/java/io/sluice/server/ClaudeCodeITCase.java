package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Actor;
import io.sluice.schema.Index;
import io.sluice.schema.Topic;
import io.sluice.server.DirectoryStack.Answer;
import io.sluice.server.DirectoryStack.Client;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Claude Code asks: budgets of one's own, hooks, the settings and their status line. Each test has its organization. */
class ClaudeCodeITCase {
    private static final String LIMITS = "/v1/organizations/spend_limits";
    private static final String ME = "/v1/budgets/me";
    private static final String PROMPT_HOOK = "/v1/claude-code/hooks/prompt";
    private static final String TOOL_HOOK = "/v1/claude-code/hooks/tool";
    private static final String SERVED = "/v1/claude-code/settings";
    private static final String PROMPT = "{\"hook_event_name\": \"UserPromptSubmit\", \"prompt\": \"Say hello\"}";
    private static final String TOOL = "{\"hook_event_name\": \"PreToolUse\", \"tool_name\": \"Bash\"}";

    @TempDir
    static Path folder;

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

    private static JsonNode ok(Client client, String method, String path, String body) throws Exception {
        CLOCK.advance(Duration.ofMillis(10));
        JsonNode answer = client.send(method, path, body).is(200).body();
        CLOCK.advance(Duration.ofMillis(10));
        return answer;
    }

    private static void limit(Client admin, String scope, String amount) throws Exception {
        ok(admin, "POST", LIMITS, "{'scope': " + scope + ", 'amount': '" + amount + "'}");
    }

    /** Kim has spent that much of this month, and the server knows it. */
    private static void spent(Client admin, String organization, String label, long version, long micros)
            throws Exception {
        stack.spent(organization, label, 202611, version, micros);
        DirectoryStack.await(() -> {
            Answer answer = admin.send("GET", "/v1/budgets/" + label, "");
            return answer.status() == 200 && answer.body().path("spent_micros").asLong() == micros;
        });
    }

    private static HttpResponse<String> get(String path, String token, String... headers) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(running.rest(path))).header("authorization", "Bearer " + token);
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return running.send(request);
    }

    private static HttpResponse<String> hook(String path, String token, @Nullable String user, byte[] body, String type)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(running.rest(path)))
                .header("authorization", "Bearer " + token)
                .header("content-type", type)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        if (user != null) {
            request.header("X-Sluice-User", user);
        }
        return running.send(request);
    }

    private static String hook(String path, String token, @Nullable String user, String body) throws Exception {
        HttpResponse<String> response =
                hook(path, token, user, body.getBytes(StandardCharsets.UTF_8), "application/json");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return response.body();
    }

    private static JsonNode me(String token, String... headers) throws Exception {
        HttpResponse<String> response = get(ME, token, headers);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return RunningServer.JSON.readTree(response.body());
    }

    @Test
    void myBudget() throws Exception {
        Client admin = Client.of(running, "mine");
        String shared = running.token("mine", "budget:self");
        String kim = admin.post("/v1/users", "{'user_name': 'kim@example.com', 'account_id': 'user_01Kim'}")
                .id();
        spent(admin, "mine", "kim@example.com", 1, 30_000_000);
        limit(admin, "{'type': 'organization'}", "5000");
        limit(admin, "{'type': 'user', 'user_id': 'new@example.com'}", "700");

        JsonNode expected = ok(admin, "GET", "/v1/budgets/" + kim, "");
        assertThat(me(shared, "X-Sluice-User", "Kim@Example.com ")).isEqualTo(expected);
        assertThat(me(shared, "X-Sluice-User", "user_01Kim")).isEqualTo(expected);
        assertThat(get(ME + "?period=daily", shared, "X-Sluice-User", "kim@example.com")
                        .body())
                .contains("\"period\":\"daily\"");

        // Nobody has seen them yet, and limits hold all the same.
        JsonNode seenFirst = me(shared, "X-Sluice-User", "new@example.com");
        assertThat(seenFirst.path("limit_micros").asLong()).isEqualTo(7_000_000);
        assertThat(seenFirst.path("user_id").isNull()).isTrue();
        assertThat(me(shared, "X-Sluice-User", "other@example.com")
                        .at("/source/type")
                        .asText())
                .isEqualTo("organization");

        assertThat(get(ME, shared, "X-Sluice-User", "kim@example.com", "Accept", "text/plain")
                        .body())
                .isEqualTo("Budget: $30.00 of $50.00 this month, $20.00 left, allowed\n");
        assertThat(get(ME, shared, "X-Sluice-User", "kim@example.com", "Accept", "application/json, text/plain, */*")
                        .body())
                .startsWith("{");

        for (String nobody : List.of("", "  ", "${CLAUDE_CODE_USER_EMAIL}", "x".repeat(201))) {
            HttpResponse<String> response = get(ME, shared, "X-Sluice-User", nobody);
            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.body()).contains("\"field\":\"X-Sluice-User\"", "expected: the e-mail address");
        }
        assertThat(get(ME, shared).body()).contains("X-Sluice-User: missing");
    }

    private static JsonNode newToken(Client admin, String user) throws Exception {
        return admin.post("/v1/tokens", "{'name': 'kim', 'scopes': ['budget:self'], 'user': '" + user + "'}")
                .body();
    }

    @Test
    void aTokenOfSomebodyIsThatPersons() throws Exception {
        Client admin = Client.of(running, "owned");
        String kim = admin.post("/v1/users", "{'user_name': 'kim@example.com'}").id();
        for (String user : List.of(kim, "KIM@example.com")) {
            JsonNode token = newToken(admin, user);
            assertThat(token.path("user_id").asText()).isEqualTo(kim);
            assertThat(token.path("user_label").isNull()).isTrue();
            String secret = token.path("token").asText();
            assertThat(me(secret).path("user_id").asText()).isEqualTo(kim);
            assertThat(me(secret, "X-Sluice-User", "other@example.com")
                            .path("user_id")
                            .asText())
                    .isEqualTo(kim);
        }
        JsonNode unseen = newToken(admin, "New@example.com");
        assertThat(unseen.path("user_label").asText()).isEqualTo("new@example.com");
        assertThat(me(unseen.path("token").asText(), "X-Sluice-User", "kim@example.com")
                        .path("user")
                        .asText())
                .isEqualTo("new@example.com");
        // Once they are in the directory it is them.
        String late =
                admin.post("/v1/users", "{'user_name': 'new@example.com'}").id();
        assertThat(me(unseen.path("token").asText()).path("user_id").asText()).isEqualTo(late);

        ok(admin, "DELETE", "/v1/users/" + kim, "");
        assertThat(admin.send("POST", "/v1/tokens", "{'name': 'kim', 'scopes': ['budget:self'], 'user': '" + kim + "'}")
                        .status())
                .isEqualTo(201);
        admin.send("POST", "/v1/tokens", "{'name': 'kim', 'scopes': ['budget:self'], 'user': 'kim@example.com'}")
                .is(400);
    }

    @Test
    void fromAllowedToStoppedAndBack() throws Exception {
        Client admin = Client.of(running, "stops");
        String token = running.token("stops", "budget:self");
        String kim = admin.post("/v1/users", "{'user_name': 'kim@example.com'}").id();
        String group = admin.post("/v1/groups", "{'name': 'platform'}").id();
        ok(admin, "POST", "/v1/groups/" + group + "/members", "{'user_ids': ['" + kim + "']}");
        limit(admin, "{'type': 'rbac_group', 'rbac_group_id': '" + group + "'}", "5000");
        assertThat(hook(PROMPT_HOOK, token, "kim@example.com", PROMPT)).isEqualTo("{}");
        spent(admin, "stops", "kim@example.com", 1, 40_000_000);
        String warned =
                "{\"systemMessage\":\"Sluice: You have spent $40.00 this month. Your monthly limit is $50.00, set"
                        + " for each member of the group platform. It resets at 2026-12-01 00:00 UTC. $10.00 is left.\"}";
        assertThat(hook(PROMPT_HOOK, token, "kim@example.com", PROMPT)).isEqualTo(warned);
        assertThat(hook(TOOL_HOOK, token, "kim@example.com", TOOL)).isEqualTo("{}");
        spent(admin, "stops", "kim@example.com", 2, 50_000_000);
        assertThat(hook(PROMPT_HOOK, token, "kim@example.com", PROMPT))
                .startsWith("{\"systemMessage\":")
                .contains("at the limit");

        ok(admin, "PATCH", "/v1/caps/settings", "{'enforcement': 'block'}");
        String blocked = hook(PROMPT_HOOK, token, "kim@example.com", PROMPT);
        assertThat(blocked)
                .startsWith(
                        "{\"decision\":\"block\",\"reason\":\"Sluice: You have spent $50.00 this month. Your monthly"
                                + " limit is $50.00, set for each member of the group platform. It resets at 2026-12-01"
                                + " 00:00 UTC.");
        assertThat(hook(TOOL_HOOK, token, "kim@example.com", TOOL))
                .contains("\"permissionDecision\":\"deny\"", "\"continue\":false");
        assertThat(hook(PROMPT_HOOK, token, "other@example.com", PROMPT)).isEqualTo("{}");
        assertThat(hook(
                        PROMPT_HOOK,
                        token,
                        "kim@example.com",
                        "{\"prompt\": \"<task-notification>done</task-notification>\"}"))
                .isEqualTo("{}");

        // Whatever the body is, the verdict is in an answer of 200.
        for (byte[] body : List.of(
                new byte[0],
                new byte[] {(byte) 0xff, (byte) 0xfe},
                "not JSON".getBytes(StandardCharsets.UTF_8),
                "[".repeat(5000).getBytes(StandardCharsets.UTF_8),
                ("{\"prompt\": \"" + "x".repeat(3_000_000) + "\"}").getBytes(StandardCharsets.UTF_8))) {
            for (String type : List.of("application/json", "text/plain")) {
                HttpResponse<String> response = hook(PROMPT_HOOK, token, "kim@example.com", body, type);
                assertThat(response.statusCode()).isEqualTo(200);
                assertThat(response.body()).isEqualTo(blocked);
            }
        }

        limit(admin, "{'type': 'rbac_group', 'rbac_group_id': '" + group + "'}", "9000");
        assertThat(hook(PROMPT_HOOK, token, "kim@example.com", PROMPT)).isEqualTo("{}");
        assertThat(hook(TOOL_HOOK, token, "kim@example.com", TOOL)).isEqualTo("{}");
    }

    /** By prompt, so that what comes twice is the same; without an actor, since a header proves nothing. */
    @Test
    void callsAreTold() throws Exception {
        Client admin = Client.of(running, "told");
        String token = running.token("told", "budget:self");
        admin.post("/v1/users", "{'user_name': 'kim@example.com', 'account_id': 'user_01Kim'}");
        String prompt = "{\"session_id\": \"s-1\", \"prompt_id\": \"p-1\", \"prompt\": \"Say hello\"}";
        hook(PROMPT_HOOK, token, "kim@example.com", prompt);
        hook(PROMPT_HOOK, token, "kim@example.com", prompt);
        hook(PROMPT_HOOK, token, null, prompt.replace("p-1", "p-2"));
        hook(TOOL_HOOK, token, "kim@example.com", prompt);
        hook(PROMPT_HOOK, token, "kim@example.com", "{}");
        List<ActivityEvent> told = new ArrayList<>();
        DirectoryStack.await(() -> {
            told.clear();
            running.records(Topic.ACTIVITY, ActivityEvent.getDecoder()).stream()
                    .filter(each -> each.getKey().equals("told|s-1"))
                    .forEach(each -> told.add(each.getValue()));
            return told.size() == 3;
        });
        assertThat(told.get(1).getEventId()).isEqualTo(told.get(0).getEventId());
        assertThat(told.get(2).getEventId()).isNotEqualTo(told.get(0).getEventId());
        assertThat(told).extracting(ActivityEvent::getPromptId).containsExactly("p-1", "p-1", "p-2");
        assertThat(told.get(0).getAttributes())
                .isEqualTo(Map.of("label.0", "kim@example.com", "label.1", "user_01Kim"));
        assertThat(told.get(2).getAttributes()).isEmpty();
        assertThat(told.get(0).getActor()).isEqualTo(Actor.newBuilder().build());
        assertThat(told.toString()).doesNotContain("Say hello");
    }

    /** As the spend job writes it. */
    @Test
    void anAlertOfASession() throws Exception {
        TestElastic.send(
                stack.elasticsearch,
                "PUT",
                "/" + Index.ALERTS.indexName() + "/_doc/session-alert?refresh=true",
                ("{'org_id': 'session-alert', 'id': 'a', 'kind': 'identity-mismatch', 'status': 'firing',"
                                + " 'user': 'kim@example.com', 'scope_type': 'session', 'scope_id': 's-1', 'cap_id': '',"
                                + " 'cap_version': 0, 'period': '', 'period_start': '1970-01-01T00:00:00Z',"
                                + " 'amount_micros': 0, 'threshold': 0, 'occurrence': 1, 'cause': 'lee@example.com',"
                                + " 'spend_before_micros': 0, 'spend_after_micros': 0, 'crossing_event_id': 'e-1',"
                                + " 'late': false, 'at': '2026-11-25T11:00:00Z'}")
                        .replace('\'', '"'));
        JsonNode alert = ok(Client.of(running, "session-alert"), "GET", "/v1/alerts?kind=identity-mismatch", "")
                .at("/data/0");
        assertThat(alert)
                .isEqualTo(RunningServer.JSON.readTree(("{'id': 'a', 'kind': 'identity-mismatch', 'status': 'firing',"
                                + " 'user': 'kim@example.com', 'scope': {'type': 'session', 'session_id': 's-1'},"
                                + " 'occurrence': 1, 'cause': 'lee@example.com', 'crossing_event_id': 'e-1',"
                                + " 'at': '2026-11-25T11:00:00Z'}")
                        .replace('\'', '"')));
    }

    @Test
    void whoIsNotNamed() throws Exception {
        Client admin = Client.of(running, "unnamed");
        String token = running.token("unnamed", "budget:self");
        limit(admin, "{'type': 'organization'}", "0");
        ok(admin, "PATCH", "/v1/caps/settings", "{'enforcement': 'block'}");
        for (String path : List.of(PROMPT_HOOK, TOOL_HOOK)) {
            assertThat(hook(path, token, null, path.equals(TOOL_HOOK) ? TOOL : PROMPT))
                    .isEqualTo("{}");
        }
        ok(admin, "PATCH", "/v1/caps/settings", "{'unreachable': 'closed'}");
        assertThat(hook(PROMPT_HOOK, token, "", PROMPT))
                .startsWith("{\"decision\":\"block\",\"reason\":\"Sluice: it is not known who is asking");
        assertThat(hook(TOOL_HOOK, token, null, TOOL)).contains("deny");
    }

    @Test
    void servedSettings() throws Exception {
        Client admin = Client.of(running, "served");
        JsonNode served = ok(admin, "GET", SERVED, "");
        String rest = running.rest("");
        assertThat(served.at("/env/CLAUDE_CODE_ENABLE_TELEMETRY").asText()).isEqualTo("1");
        assertThat(served.at("/env/OTEL_EXPORTER_OTLP_ENDPOINT").asText()).isEqualTo(running.otlp(""));
        assertThat(served.at("/env/OTEL_EXPORTER_OTLP_PROTOCOL").asText()).isEqualTo("http/protobuf");
        assertThat(served.toString()).doesNotContain("sluice_");
        JsonNode hook = served.at("/hooks/UserPromptSubmit/0/hooks/0");
        assertThat(hook.toString())
                .isEqualTo("{\"type\":\"http\",\"url\":\"" + rest + PROMPT_HOOK + "\",\"timeout\":3,\"headers\":{"
                        + "\"Authorization\":\"Bearer ${SLUICE_BUDGET_TOKEN}\","
                        + "\"X-Sluice-User\":\"${CLAUDE_CODE_USER_EMAIL}\"},\"allowedEnvVars\":["
                        + "\"SLUICE_BUDGET_TOKEN\",\"CLAUDE_CODE_USER_EMAIL\"],\"onFailure\":\"continue\"}");
        assertThat(served.at("/hooks/PreToolUse/0/hooks/0/url").asText()).isEqualTo(rest + TOOL_HOOK);
        assertThat(served.at("/statusLine/type").asText()).isEqualTo("command");
        assertThat(served.at("/statusLine/refreshInterval").asInt()).isPositive();

        ok(admin, "PATCH", "/v1/caps/settings", "{'unreachable': 'closed'}");
        JsonNode elsewhere =
                ok(admin, "GET", SERVED + "?address=https://b.example.com/x&otlp_address=https://o.example.com", "");
        assertThat(elsewhere.at("/hooks/PreToolUse/0/hooks/0/onFailure").asText())
                .isEqualTo("block");
        assertThat(elsewhere.at("/hooks/PreToolUse/0/hooks/0/url").asText())
                .isEqualTo("https://b.example.com/x" + TOOL_HOOK);
        assertThat(elsewhere.at("/env/OTEL_EXPORTER_OTLP_ENDPOINT").asText()).isEqualTo("https://o.example.com");
        assertThat(elsewhere.at("/statusLine/command").asText()).contains("'https://b.example.com/x/v1/budgets/me'");
        assertThat(admin.send("GET", SERVED + "?address=http://a%27;id;%27", "")
                        .is(400)
                        .message())
                .startsWith("address: ");
        // A host that is no address is not passed on, whoever sends it.
        assertThat(admin.send("GET", SERVED, "", "X-Forwarded-Host", "a';id;'")
                        .body()
                        .toString())
                .contains(rest)
                .doesNotContain(";id;");
    }

    /** The status line as it is served, in a home folder of its own. */
    private static final class StatusLine {
        private final String command;
        private final Path home;
        private final Map<String, String> environment;

        StatusLine(JsonNode served, Path home, String token, String user) throws IOException {
            this.command = served.at("/statusLine/command").asText();
            this.home = Files.createDirectories(home);
            this.environment = Map.of("SLUICE_BUDGET_TOKEN", token, "CLAUDE_CODE_USER_EMAIL", user, "NO_COLOR", "1");
        }

        Path cache() {
            return home.resolve(".cache/sluice/budget");
        }

        String run(String shell) throws Exception {
            ProcessBuilder builder = new ProcessBuilder(shell, "-c", command);
            builder.environment().clear();
            builder.environment().put("PATH", String.valueOf(System.getenv("PATH")));
            builder.environment().put("HOME", home.toString());
            builder.environment().putAll(environment);
            Process process = builder.redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
                    .isEmpty();
            assertThat(process.exitValue()).isZero();
            return output;
        }

        /** Until what runs in the background has stored a line that begins so. */
        void awaitAnswer(String beginning) throws Exception {
            DirectoryStack.await(() -> Files.exists(cache())
                    && Files.readString(cache()).lines().skip(1).anyMatch(line -> line.startsWith(beginning)));
        }

        /** As if the last answer had been some time ago. */
        void ago(Duration age) throws IOException {
            List<String> lines = new ArrayList<>(Files.readAllLines(cache()));
            lines.set(0, Long.toString(System.currentTimeMillis() / 1000 - age.toSeconds()));
            Files.write(cache(), lines);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bin/sh", "bash"})
    void theStatusLine(String shell) throws Exception {
        String organization = "line" + shell.replace('/', '-');
        Client admin = Client.of(running, organization);
        limit(admin, "{'type': 'organization'}", "5000");
        spent(admin, organization, "kim@example.com", 1, 12_340_000);
        Path home = folder.resolve(organization);
        StatusLine line = new StatusLine(
                ok(admin, "GET", SERVED, ""),
                home.resolve("it's \"home\" $(id)"),
                running.token(organization, "budget:self"),
                "kim@example.com");
        assertThat(line.run(shell)).isEqualTo("Budget: not known yet\n");
        line.awaitAnswer("Budget: ");
        String known = "Budget: $12.34 of $50.00 this month, $37.66 left, allowed\n";
        assertThat(line.run(shell)).isEqualTo(known);
        assertThat(Files.getPosixFilePermissions(line.cache())).hasSize(2);

        // It shows what it has, and has the new figure the next time.
        spent(admin, organization, "kim@example.com", 2, 60_000_000);
        line.ago(Duration.ofSeconds(30));
        assertThat(line.run(shell)).isEqualTo(known);
        line.awaitAnswer("Budget: $60.00");
        assertThat(line.run(shell))
                .isEqualTo("Budget: $60.00 of $50.00 this month, $0.00 left, stopped until 2026-12-01 00:00 UTC\n");

        // What is no answer of the server is not shown.
        for (String damaged : List.of("", "1\n", "1\n<html>\n", "x\nBudget\n", "08\nBudget\n", "\u0000\n")) {
            Files.writeString(line.cache(), damaged);
            assertThat(line.run(shell)).as(damaged).isEqualTo("Budget: not known yet\n");
            line.awaitAnswer("Budget: $60.00");
        }
        assertThat(home.toFile().list()).containsExactly("it's \"home\" $(id)");
    }

    @Test
    void theStatusLineNeverWaits() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String address = "http://127.0.0.1:" + silent.getLocalPort();
            JsonNode served = ok(Client.of(running, "waits"), "GET", SERVED + "?address=" + address, "");
            StatusLine line = new StatusLine(served, folder.resolve("waits"), "token", "kim@example.com");
            long start = System.nanoTime();
            assertThat(line.run("/bin/sh")).isEqualTo("Budget: not known yet\n");
            // Its request ends after five seconds.
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
            assertThat(silent.accept().isConnected()).isTrue();
            line.awaitAnswer("Budget: not known");
            assertThat(line.run("/bin/sh")).isEqualTo("Budget: not known (Sluice answered 000)\n");
        }
    }

    @Test
    void anOldFigureIsShownAsOld() throws Exception {
        Client admin = Client.of(running, "old");
        limit(admin, "{'type': 'organization'}", "5000");
        JsonNode served = ok(admin, "GET", SERVED, "");
        Path home = folder.resolve("old");
        StatusLine line = new StatusLine(served, home, running.token("old", "budget:self"), "kim@example.com");
        assertThat(line.run("/bin/sh")).isEqualTo("Budget: not known yet\n");
        line.awaitAnswer("Budget: $0.00");
        StatusLine refused = new StatusLine(served, home, "wrong", "kim@example.com");
        refused.ago(Duration.ofSeconds(305));
        // An answer that is none does not take the place of what is known.
        for (int i = 0; i < 2; i++) {
            assertThat(refused.run("/bin/sh"))
                    .isEqualTo("Budget: $0.00 of $50.00 this month, $50.00 left, allowed (5 min old)\n");
        }
        Files.delete(refused.cache());
        assertThat(refused.run("/bin/sh")).isEqualTo("Budget: not known yet\n");
        refused.awaitAnswer("Budget: not known");
        assertThat(refused.run("/bin/sh")).isEqualTo("Budget: not known (Sluice answered 401)\n");
    }
}
