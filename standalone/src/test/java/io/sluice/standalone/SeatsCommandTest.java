package io.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class SeatsCommandTest {
    private static final String SEAT =
            "{\"user_id\":\"user_1\",\"user_name\":\"kim@example.com\",\"tier\":\"premium\",\"status\":\"waiting\",\"place\":2}";

    @TempDir
    private Path data;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void token() throws IOException {
        Files.writeString(data.resolve("admin.token"), "secret");
    }

    private int run(FakeHttp server, String... arguments) throws IOException {
        Files.writeString(data.resolve("sluice.yaml"), "rest-port: " + server.port() + "\n");
        CommandLine seats = new CommandLine(new SeatsCommand());
        SeatsCommand.allowNegativeNumbers(seats);
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--data", data.toString()));
        return seats.setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .setExecutionExceptionHandler((failure, commandLine, parsed) -> {
                    err.append(String.valueOf(failure.getMessage()));
                    return 1;
                })
                .execute(all.toArray(String[]::new));
    }

    private static FakeHttp answering(String body) throws IOException {
        return new FakeHttp(call -> new FakeHttp.Answer(200, body));
    }

    @Test
    void showsTiers() throws IOException {
        try (FakeHttp server = answering(
                "{\"data\":[{\"tier\":\"premium\",\"purchased\":1200,\"assigned\":1199,\"waiting\":0,\"free\":1,"
                        + "\"price_micros\":149500000,\"unused_micros_per_month\":149500000,\"forecast\":{\"needed\":1300}},"
                        + "{\"tier\":\"standard\",\"purchased\":5,\"assigned\":0,\"waiting\":0,\"free\":5,"
                        + "\"price_micros\":null,\"unused_micros_per_month\":null,\"forecast\":null}]}")) {
            assertThat(run(server)).isZero();
            assertThat(out.toString().lines().toList())
                    .containsExactly(
                            "tier      bought  assigned  waiting  free  USD a month each  free ones cost  needed in 30 days",
                            "--------  ------  --------  -------  ----  ----------------  --------------  -----------------",
                            "premium    1,200     1,199        0     1           $149.50         $149.50              1,300",
                            "standard       5         0        0     5                 -               -                  0");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', 'No seats yet: none is bought, and nobody asks for one. Buy some, for example: ./sluice seats buy premium 10 --price 150'",
        "idle, 'No idle seats: everybody who has one was seen, or got it, within the last 30 days.'",
        "requests, No pending requests."
    })
    void saysWhatThereIsToDoWhereThereIsNothing(String command, String expected) throws IOException {
        try (FakeHttp server = answering("{\"data\":[],\"days\":30,\"has_more\":false}")) {
            assertThat(command.isEmpty() ? run(server) : run(server, command)).isZero();
            assertThat(out.toString().strip()).isEqualTo(expected);
        }
    }

    @Test
    void buysOnceAndReleases() throws IOException {
        try (FakeHttp server =
                answering("{\"tier\":\"premium\",\"quantity\":-2,\"purchased\":8,\"price_micros\":149500000}")) {
            assertThat(run(server, "buy", "premium", "-2", "--price", "149.50", "--key", "renewal"))
                    .isZero();
            assertThat(out.toString().strip())
                    .isEqualTo("Released 2 seats of premium; now 8 seats at $149.50 each a month.");
            assertThat(server.calls().get(0).body())
                    .isEqualTo("{\"tier\":\"premium\",\"quantity\":-2,\"price_micros\":149500000}");
            assertThat(server.calls().get(0).key()).isEqualTo("renewal");
            run(server, "buy", "premium", "2");
            run(server, "buy", "premium", "2");
            assertThat(server.calls().get(1).key())
                    .isNotEqualTo(server.calls().get(2).key())
                    .hasSize(36);
            assertThat(run(server, "buy", "premium", "--prise", "3")).isEqualTo(2);
            assertThat(server.calls()).hasSize(3);
        }
    }

    @Test
    void aPriceIsExact() {
        assertThat(SeatsCommand.Buy.micros(new BigDecimal("0.000001"))).isEqualTo(1);
        assertThatThrownBy(() -> SeatsCommand.Buy.micros(new BigDecimal("0.0000001")))
                .isInstanceOf(CommandException.class)
                .hasMessage("--price: 1E-7 (expected: US dollars with at most 6 decimals, such as 149.50)");
    }

    @Test
    void looksAnEmailUpAndTakesAnIdAsItIs() throws IOException {
        try (FakeHttp server = new FakeHttp(call -> new FakeHttp.Answer(
                200, call.path().startsWith("/v1/users") ? "{\"data\":[{\"id\":\"user_1\"}]}" : SEAT))) {
            assertThat(run(server, "assign", "extra large", "kim@example.com")).isZero();
            assertThat(server.calls())
                    .extracting(call -> call.method() + " " + call.path())
                    .containsExactly(
                            "GET /v1/users?user_name=kim%40example.com", "POST /v1/seats/extra%20large/assignments");
            assertThat(server.calls().get(1).body()).isEqualTo("{\"user_id\":\"user_1\"}");
            assertThat(out.toString().strip())
                    .isEqualTo("kim@example.com waits for a seat of premium, at place 2: none is free. Buy one:"
                            + " ./sluice seats buy premium 1");
            assertThat(run(server, "unassign", "premium", "user_2")).isZero();
            assertThat(server.calls().get(2).path()).isEqualTo("/v1/seats/premium/assignments/user_2");
        }
    }

    @Test
    void anEmailThatNobodyHasIsSaid() throws IOException {
        try (FakeHttp server = answering("{\"data\":[]}")) {
            assertThat(run(server, "assign", "premium", "kim@example.com")).isEqualTo(1);
            assertThat(err.toString())
                    .isEqualTo("USER: kim@example.com is not in the directory (expected: a user name, or an id such as"
                            + " user_…)");
        }
    }

    @Test
    void showsIdleSeatsOfAllPagesAndTheirCost() throws IOException {
        String seat = "{\"user_name\":\"%s@example.com\",\"tier\":\"premium\",\"last_seen\":%s,\"idle_days\":%d,"
                + "\"price_micros\":150000000}";
        String rest = ",\"days\":45,\"tiers\":[{\"tier\":\"premium\",\"assigned\":4,\"idle\":2,"
                + "\"idle_micros_per_month\":300000000}]}";
        try (FakeHttp server = new FakeHttp(call -> new FakeHttp.Answer(
                200,
                call.path().contains("page=p2")
                        ? "{\"data\":[" + seat.formatted("lee", "\"2026-10-01T00:00:00.250Z\"", 55)
                                + "],\"has_more\":false" + rest
                        : "{\"data\":[" + seat.formatted("kim", "null", 90) + "],\"has_more\":true,\"next_page\":\"p2\""
                                + rest))) {
            assertThat(run(server, "idle", "--days", "45")).isZero();
            assertThat(out.toString().lines().toList())
                    .contains(
                            "kim@example.com  premium  never                        90      $150.00",
                            "lee@example.com  premium  2026-10-01T00:00:00Z         55      $150.00",
                            "premium: 2 of 4 seats idle, $300.00 a month");
            assertThat(server.calls().get(0).path()).isEqualTo("/v1/seats/idle?limit=1000&days=45");
        }
    }

    @Test
    void answersRequests() throws IOException {
        try (FakeHttp server = answering("{\"id\":\"r1\",\"seat\":" + SEAT.replace("waiting", "assigned") + "}")) {
            assertThat(run(server, "approve", "r1")).isZero();
            assertThat(run(server, "deny", "r1", "--json")).isZero();
            assertThat(out.toString())
                    .startsWith("Approved. kim@example.com has a seat of premium.")
                    .contains("\"id\" : \"r1\"");
            assertThat(server.calls())
                    .extracting(FakeHttp.Call::path)
                    .containsExactly("/v1/seats/requests/r1/approve", "/v1/seats/requests/r1/deny");
        }
    }
}
