package io.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CapsCommandTest {
    private static final String LIMIT =
            "{\"id\":\"spl_user:user_1:daily\",\"scope\":{\"type\":\"user\",\"user_id\":\"user_1\"},"
                    + "\"scope_name\":\"kim@example.com\",\"period\":\"daily\",\"amount\":\"4990\","
                    + "\"amount_micros\":49900000,\"thresholds\":[80,100],\"is_enabled\":true,\"known\":true,"
                    + "\"reason\":\"on call\",\"effective_at\":\"2026-11-01T09:00:00.5Z\",\"version\":3}";

    private static final String REQUEST =
            "{\"id\":\"slir_1\",\"actor\":{\"user_id\":\"user_1\",\"email_address\":\"kim@example.com\"},"
                    + "\"period\":\"monthly\",\"status\":\"pending\",\"reason\":\"on call\",\"amount_micros\":null,"
                    + "\"created_at\":\"2026-11-01T09:00:00Z\",\"spend_summary\":{\"amount_micros\":500000000,"
                    + "\"source\":{\"type\":\"organization\"},\"period_to_date_spend\":\"31402.5\"}}";

    @TempDir
    private Path data;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void token() throws IOException {
        Files.writeString(data.resolve("admin.token"), "secret");
    }

    private int run(Object command, FakeHttp server, String... arguments) throws IOException {
        Files.writeString(data.resolve("sluice.yaml"), "rest-port: " + server.port() + "\n");
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--data", data.toString()));
        return new CommandLine(command)
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .setExecutionExceptionHandler((failure, commandLine, parsed) -> {
                    err.append(String.valueOf(failure.getMessage()));
                    return 1;
                })
                .execute(all.toArray(String[]::new));
    }

    private int caps(FakeHttp server, String... arguments) throws IOException {
        return run(new CapsCommand(), server, arguments);
    }

    private static FakeHttp answering(String body) throws IOException {
        return new FakeHttp(call -> new FakeHttp.Answer(200, body));
    }

    private List<String> lines() {
        return out.toString().lines().toList();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "null",
            value = {
                "50, 5000",
                "50.00, 5000",
                "49.9, 4990",
                "'$1,250', 125000",
                "0, 0",
                "0.01, 1",
                "unlimited, null",
                "UNLIMITED, null"
            })
    void dollarsAreWholeCents(String dollars, @Nullable String cents) {
        assertThat(CapText.cents(dollars)).isEqualTo(cents);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.001", "-5", "NaN", "1e9", "fifty", "", "1,000", "5..0", "."})
    void whatIsNoAmountIsNamed(String amount) {
        assertThatThrownBy(() -> CapText.cents(amount))
                .isInstanceOf(CommandException.class)
                .hasMessage("AMOUNT: " + amount + " (expected: US dollars and whole cents such as 50 or 49.90, 0 for"
                        + " included usage only, or unlimited)");
    }

    @Test
    void setsWithEverythingThatCanBeSaid() throws IOException {
        try (FakeHttp server = answering(LIMIT)) {
            assertThat(caps(
                            server,
                            "set",
                            "--user",
                            "kim@example.com",
                            "49.90",
                            "--period",
                            "daily",
                            "--thresholds",
                            "80,100",
                            "--enable",
                            "--effective-at",
                            "2026-11-01T09:00:00Z",
                            "--reason",
                            "on call",
                            "--if-version",
                            "2"))
                    .isZero();
            assertThat(server.calls().get(0).method() + server.calls().get(0).path())
                    .isEqualTo("POST/v1/organizations/spend_limits");
            assertThat(server.calls().get(0).body())
                    .isEqualTo("{\"amount\":\"4990\",\"period\":\"daily\",\"thresholds\":[80,100],\"is_enabled\":true,"
                            + "\"effective_at\":\"2026-11-01T09:00:00Z\",\"reason\":\"on call\",\"version\":2,"
                            + "\"scope\":{\"type\":\"user\",\"user_id\":\"kim@example.com\"}}");
            assertThat(out.toString().strip())
                    .isEqualTo("Limit for user kim@example.com, daily: $49.90, told at 80, 100 %. Version 3 of"
                            + " spl_user:user_1:daily.");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "--organization, , '{\"type\":\"organization\"}'",
        "--total, , '{\"type\":\"organization_total\"}'",
        "--tier, premium, '{\"type\":\"seat_tier\",\"seat_tier\":\"premium\"}'",
        "--group, legal, '{\"type\":\"rbac_group\",\"rbac_group_id\":\"rbac_group_1\"}'",
        "--pool, rbac_group_2, '{\"type\":\"rbac_group_pool\",\"rbac_group_id\":\"rbac_group_2\"}'",
        "--group, nobody, '{\"type\":\"rbac_group\",\"rbac_group_id\":\"nobody\"}'"
    })
    void everyScope(String option, @Nullable String value, String scope) throws IOException {
        try (FakeHttp server = new FakeHttp(call -> new FakeHttp.Answer(
                200,
                !call.path().startsWith("/v1/groups")
                        ? LIMIT
                        : call.path().endsWith("legal")
                                ? "{\"data\":[{\"id\":\"rbac_group_1\"}]}"
                                : "{\"data\":[]}"))) {
            List<String> arguments = new ArrayList<>(List.of("set", option));
            if (value != null) {
                arguments.add(value);
            }
            arguments.add("unlimited");
            assertThat(caps(server, arguments.toArray(String[]::new))).isZero();
            assertThat(server.calls().get(server.calls().size() - 1).body())
                    .isEqualTo("{\"amount\":null,\"period\":\"monthly\",\"scope\":" + scope + "}");
        }
    }

    @Test
    void oneScopeMustBeSaidAndOnlyOne() throws IOException {
        try (FakeHttp server = answering(LIMIT)) {
            assertThat(caps(server, "set", "50")).isEqualTo(2);
            assertThat(caps(server, "set", "50", "--total", "--organization")).isEqualTo(2);
            assertThat(caps(server, "set", "50", "--total", "--enable", "--disable"))
                    .isEqualTo(2);
            assertThat(server.calls()).isEmpty();
            assertThat(caps(server, "set", "five", "--total")).isEqualTo(1);
            assertThat(err.toString()).contains("AMOUNT: five (expected:");
            assertThat(server.calls()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "user | Not in the directory: it counts for whoever telemetry calls so.",
                "seat_tier | Not in the directory (yet): it counts once somebody is in it."
            })
    void whoIsNotKnownIsSaid(String type, String expected) throws IOException {
        try (FakeHttp server = answering(LIMIT.replace("\"type\":\"user\"", "\"type\":\"" + type + "\"")
                .replace("\"known\":true", "\"known\":false"))) {
            assertThat(caps(server, "set", "--user", "kim", "49.90")).isZero();
            assertThat(lines()).last().isEqualTo(expected);
        }
    }

    @Test
    void aConflictIsSaidAsTheServerSaysIt() throws IOException {
        try (FakeHttp server = new FakeHttp(call -> new FakeHttp.Answer(
                409, "{\"error\":{\"message\":\"version: 1 (expected: 2, the current version)\"}}"))) {
            assertThat(caps(server, "set", "--total", "50", "--if-version", "1"))
                    .isEqualTo(1);
            assertThat(err.toString()).isEqualTo("version: 1 (expected: 2, the current version)");
        }
    }

    @Test
    void listsAllLimits() throws IOException {
        String pool = LIMIT.replace(
                        "\"type\":\"user\",\"user_id\":\"user_1\"",
                        "\"type\":\"rbac_group_pool\"," + "\"rbac_group_id\":\"g9\"")
                .replace("\"kim@example.com\"", "null")
                .replace("\"amount_micros\":49900000", "\"amount_micros\":null")
                .replace("\"known\":true", "\"known\":false")
                .replace("\"is_enabled\":true", "\"is_enabled\":false")
                .replace("spl_user:user_1:daily", "spl_rbac_group_pool:g9:daily");
        try (FakeHttp server = answering("{\"data\":[" + pool + "," + LIMIT + "],\"has_more\":false}")) {
            assertThat(caps(server, "list")).isZero();
            assertThat(lines())
                    .containsExactly(
                            "limits                period        USD  told at    enabled  since (UTC)           version  reason   id",
                            "--------------------  ------  ---------  ---------  -------  --------------------  -------  -------  ----------------------------",
                            "group g9 together *   daily   unlimited  80, 100 %  no       2026-11-01T09:00:00Z        3  on call  spl_rbac_group_pool:g9:daily",
                            "user kim@example.com  daily      $49.90  80, 100 %  yes      2026-11-01T09:00:00Z        3  on call  spl_user:user_1:daily",
                            "* not in the directory (yet)");
            assertThat(server.calls().get(0).path()).isEqualTo("/v1/organizations/spend_limits?limit=1000");
            assertThat(caps(server, "list", "--json", "--period", "weekly")).isZero();
            assertThat(out.toString()).contains("\"scope_name\" : \"kim@example.com\"");
        }
    }

    @Test
    void listsWhatHoldsForOneUser() throws IOException {
        try (FakeHttp server = answering("{\"data\":[{\"actor\":{\"user_id\":\"user_1\",\"email_address\":"
                + "\"kim@example.com\"},\"period\":\"monthly\",\"amount_micros\":500000000,\"source\":{\"type\":"
                + "\"rbac_group\",\"rbac_group_id\":\"g1\"},\"source_name\":\"legal\",\"spend_limit_id\":\"spl_x\","
                + "\"period_to_date_spend\":\"31402.5\"}],\"has_more\":false}")) {
            assertThat(caps(server, "list", "--user", "kim@example.com", "--period", "monthly"))
                    .isZero();
            assertThat(lines())
                    .containsExactly(
                            "user             period       USD  comes from           spent USD  id",
                            "---------------  -------  -------  -------------------  ---------  -----",
                            "kim@example.com  monthly  $500.00  each of group legal    $314.03  spl_x");
            assertThat(server.calls().get(0).path())
                    .isEqualTo("/v1/organizations/spend_limits/effective?limit=1000&user_ids%5B%5D=kim%40example.com"
                            + "&period%5B%5D=monthly");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "list | No limits: everybody may spend without end. Set one, for example: ./sluice caps set --organization 500 --reason \"budget 2026\"",
                "list --period daily | No limits for daily: everybody may spend without end. Set one, for example: ./sluice caps set --organization 500 --reason \"budget 2026\"",
                "list --user kim | No limit holds for kim. Set one, for example: ./sluice caps set --user kim 50",
                "requests | No pending requests.",
                "requests --status all | No requests yet."
            })
    void saysWhatThereIsToDoWhereThereIsNothing(String arguments, String expected) throws IOException {
        try (FakeHttp server = answering("{\"data\":[],\"has_more\":false}")) {
            assertThat(caps(server, arguments.split(" "))).isZero();
            assertThat(out.toString().strip()).isEqualTo(expected);
        }
    }

    @Test
    void removesOneVersion() throws IOException {
        try (FakeHttp server = answering("{\"id\":\"spl_user:user_1:daily\",\"type\":\"spend_limit_deleted\"}")) {
            assertThat(caps(server, "rm", "spl_user:user_1:daily", "--reason", "no longer", "--if-version", "3"))
                    .isZero();
            assertThat(server.calls().get(0).method() + " "
                            + server.calls().get(0).path())
                    .isEqualTo("DELETE /v1/organizations/spend_limits/spl_user%3Auser_1%3Adaily?reason=no+longer");
            assertThat(server.calls().get(0).match()).isEqualTo("W/\"3\"");
            assertThat(out.toString().strip())
                    .isEqualTo("Removed spl_user:user_1:daily. Its history stays; open alerts are resolved.");
        }
    }

    private static String whatIf(int actual, String data, int asked) {
        String sums = "{\"alerts\":%d,\"users_stopped\":1,\"pools_stopped\":0,\"organization_stopped\":false}";
        return "{\"summary\":{\"asked\":" + sums.formatted(asked) + ",\"actual\":" + sums.formatted(actual)
                + "},\"data\":[" + data + "],\"has_more\":false}";
    }

    private static String whatIfAlert(@Nullable String user, int threshold, String from, String to) {
        return "{\"user\":" + (user == null ? null : "\"" + user + "\"")
                + ",\"period\":\"monthly\",\"period_start\":\"2026-11-01T00:00:00Z\",\"threshold\":" + threshold
                + ",\"amount_micros\":200000000,\"scope\":"
                + (user == null
                        ? "{\"type\":\"rbac_group_pool\",\"rbac_group_id\":\"g9\"}"
                        : "{\"type\":\"organization\"}")
                + ",\"spend_limit_id\":\"spl_x\",\"cap_version\":1,\"cause\":\"spend\",\"stops\":"
                + (threshold == 100) + ",\"reached_from\":\"" + from + "\",\"reached_to\":\"" + to + "\"}";
    }

    @Test
    void asksWhatIfAndShowsFirstWhoWouldHaveBeenStopped() throws IOException {
        String data = String.join(
                ",",
                whatIfAlert("ann@example.com", 50, "2026-11-02T09:00:00Z", "2026-11-02T10:00:00Z"),
                whatIfAlert("kim@example.com", 100, "2026-11-20T23:00:00Z", "2026-11-21T00:00:00Z"),
                whatIfAlert(null, 100, "2026-11-19T00:00:00Z", "2026-11-20T00:00:00Z"),
                whatIfAlert("ann@example.com", 90, "2026-11-02T09:30:00Z", "2026-11-02T09:30:00Z"));
        try (FakeHttp server = answering(whatIf(1, data, 4))) {
            assertThat(caps(
                            server,
                            "what-if",
                            "--organization",
                            "200",
                            "--period",
                            "monthly",
                            "--thresholds",
                            "50,90,100",
                            "--only",
                            "--from",
                            "2026-11-01",
                            "--to",
                            "2026-12-01",
                            "--rows",
                            "3"))
                    .isZero();
            assertThat(server.calls().get(0).method() + server.calls().get(0).path())
                    .isEqualTo("POST/v1/caps/what-if");
            assertThat(server.calls().get(0).body())
                    .isEqualTo("{\"caps\":[{\"amount\":\"20000\",\"period\":\"monthly\",\"thresholds\":[50,90,100],"
                            + "\"scope\":{\"type\":\"organization\"}}],\"only\":true,\"from\":\"2026-11-01\","
                            + "\"to\":\"2026-12-01\",\"limit\":10000}");
            assertThat(lines())
                    .containsExactly(
                            "limits       alerts  users stopped  pools stopped  organization",
                            "-----------  ------  -------------  -------------  ------------",
                            "as they are       1              1              0  goes on",
                            "as asked          4              1              0  goes on",
                            "",
                            "who                stops     at   of USD  period   from        reached (UTC)              limit",
                            "-----------------  -----  -----  -------  -------  ----------  -------------------------  -----",
                            "group g9 together  yes    100 %  $200.00  monthly  2026-11-01  2026-11-19                 spl_x",
                            "kim@example.com    yes    100 %  $200.00  monthly  2026-11-01  2026-11-20 23:00 to 00:00  spl_x",
                            "ann@example.com            50 %  $200.00  monthly  2026-11-01  2026-11-02 09:00 to 10:00  spl_x",
                            "1 more; --rows shows more of them, --json up to 4.");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"scope\":{\"type\":\"organization\"},\"amount\":null}]",
                "{\"caps\":[{\"scope\":{\"type\":\"organization\"},\"amount\":null}]}"
            })
    void severalLimitsComeFromAFile(String json) throws IOException {
        Path file = Files.writeString(data.resolve("limits.json"), json);
        try (FakeHttp server = answering(whatIf(0, "", 0))) {
            assertThat(caps(server, "what-if", "--file", file.toString(), "--total", "5", "--disable"))
                    .isZero();
            assertThat(server.calls().get(0).body())
                    .isEqualTo("{\"caps\":[{\"scope\":{\"type\":\"organization\"},\"amount\":null},"
                            + "{\"amount\":\"500\",\"is_enabled\":false,\"scope\":{\"type\":\"organization_total\"}}],"
                            + "\"limit\":10000}");
            assertThat(out.toString())
                    .contains("No alerts: nobody has spent enough for these limits, in the periods asked for.");
            assertThat(caps(server, "what-if", "--json", "--file", file.toString()))
                    .isZero();
            assertThat(out.toString()).contains("\"organization_stopped\" : false");
        }
    }

    @Test
    void whatIfWithoutLimitsIsWhatThereIs() throws IOException {
        try (FakeHttp server = answering(whatIf(0, "", 0))) {
            assertThat(caps(server, "what-if")).isZero();
            assertThat(server.calls().get(0).body()).isEqualTo("{\"limit\":10000}");
            assertThat(out.toString())
                    .contains("as they are")
                    .doesNotContain("as asked")
                    .contains("No alerts. Ask what other limits would have given, for example: ./sluice caps what-if"
                            + " --organization 200");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "--organization, 2, expected: whose limit",
        "50, 2, expected: whose limit",
        "--period daily, 2, expected: whose limit",
        "--rows -1, 2, --rows: -1 (expected: 0 or more)",
        "--total five, 1, AMOUNT: five (expected:",
        "--file nowhere.json, 1, --file: nowhere.json cannot be read",
        "--total --organization 5, 2, mutually exclusive"
    })
    void aWrongQuestionIsNotAsked(String arguments, int status, String problem) throws IOException {
        try (FakeHttp server = answering(whatIf(0, "", 0))) {
            assertThat(caps(server, ("what-if " + arguments).split(" "))).isEqualTo(status);
            assertThat(err.toString()).contains(problem);
            assertThat(server.calls()).isEmpty();
        }
    }

    @Test
    void aFileThatIsNoListOfLimitsIsNamed() throws IOException {
        Path file = Files.writeString(data.resolve("limits.json"), "{\"caps\":5}");
        try (FakeHttp server = answering(whatIf(0, "", 0))) {
            assertThat(caps(server, "what-if", "--file", file.toString())).isEqualTo(1);
            assertThat(err.toString()).contains("limits.json (expected: a JSON list of limits, or an object");
        }
    }

    @Test
    void showsRequests() throws IOException {
        try (FakeHttp server = answering("{\"data\":[" + REQUEST + "],\"has_more\":false}")) {
            assertThat(caps(server, "requests", "--user", "user_1")).isZero();
            assertThat(lines())
                    .containsExactly(
                            "id      user             period   status   limit USD  spent USD  since (UTC)           reason",
                            "------  ---------------  -------  -------  ---------  ---------  --------------------  -------",
                            "slir_1  kim@example.com  monthly  pending    $500.00    $314.03  2026-11-01T09:00:00Z  on call");
            assertThat(server.calls().get(0).path())
                    .isEqualTo("/v1/organizations/spend_limit_increase_requests?limit=1000&status%5B%5D=pending"
                            + "&actor_ids%5B%5D=user_1");
        }
    }

    @Test
    void answersRequests() throws IOException {
        try (FakeHttp server = answering(REQUEST.replace("\"amount_micros\":null", "\"amount_micros\":600000000"))) {
            assertThat(caps(server, "approve", "slir_1", "600", "--if-version", "1"))
                    .isZero();
            assertThat(caps(server, "deny", "slir_1", "--quiet")).isZero();
            assertThat(lines())
                    .containsExactly(
                            "Approved. kim@example.com may spend $600.00 monthly.",
                            "Denied slir_1 of kim@example.com.");
            assertThat(server.calls())
                    .extracting(call -> call.path() + " " + call.body())
                    .containsExactly(
                            "/v1/organizations/spend_limit_increase_requests/slir_1/approve"
                                    + " {\"version\":1,\"amount\":\"60000\"}",
                            "/v1/organizations/spend_limit_increase_requests/slir_1/deny"
                                    + " {\"suppress_notification\":true}");
        }
    }

    private static String budget(String rest) {
        return "{\"user\":\"kim@example.com\",\"period\":\"monthly\",\"spent_micros\":314025000,"
                + "\"resets_at\":\"2026-12-01T00:00:00Z\",\"forecast\":{\"p10\":380000000,\"p50\":400000000,"
                + "\"p90\":420000000}," + rest + "}";
    }

    @Test
    void showsABudget() throws IOException {
        try (FakeHttp server = answering(budget("\"limit_micros\":500000000,\"included_micros\":0,"
                + "\"remaining_micros\":185975000,\"source\":{\"type\":\"organization\"},\"spend_limit_id\":\"spl_x\","
                + "\"state\":\"stopped\",\"decided_by\":{\"period\":\"daily\",\"limit_micros\":20000000,\"source\":"
                + "{\"type\":\"user\"},\"resets_at\":\"2026-11-26T00:00:00Z\"},\"thresholds\":[{\"percent\":50,"
                + "\"amount_micros\":250000000,\"reached\":true},{\"percent\":100,\"amount_micros\":500000000,"
                + "\"reached\":false}]"))) {
            assertThat(run(new BudgetCommand(), server, "kim@example.com")).isZero();
            assertThat(lines())
                    .containsExactly(
                            "user             period   spent USD  limit USD  left USD    used  state    resets (UTC)",
                            "---------------  -------  ---------  ---------  --------  ------  -------  --------------------",
                            "kim@example.com  monthly    $314.03    $500.00   $185.98  62.8 %  stopped  2026-12-01T00:00:00Z",
                            "",
                            "The limit is that of each member (spl_x).",
                            "Stopped by the daily limit of $20.00, until 2026-11-26T00:00:00Z.",
                            "reached   50 %  $250.00",
                            "to come  100 %  $500.00",
                            "At this rate $400.00 at the end of the period ($380.00 to $420.00).");
            assertThat(server.calls().get(0).path()).isEqualTo("/v1/budgets/kim%40example.com?period=monthly");
        }
    }

    @Test
    void showsABudgetWithoutLimit() throws IOException {
        try (FakeHttp server = answering(
                budget(
                        "\"limit_micros\":null,\"included_micros\":0,\"remaining_micros\":null,"
                                + "\"source\":null,\"spend_limit_id\":null,\"state\":\"allowed\",\"decided_by\":null,\"thresholds\":[]"))) {
            assertThat(run(new BudgetCommand(), server, "kim@example.com", "--period", "monthly"))
                    .isZero();
            assertThat(lines())
                    .contains(
                            "kim@example.com  monthly    $314.03       none         -     -  allowed  2026-12-01T00:00:00Z",
                            "No limit holds. Set one, for example: ./sluice caps set --user kim@example.com 50");
        }
    }
}
