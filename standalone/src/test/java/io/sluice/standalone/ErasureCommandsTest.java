package io.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code hold}, {@code erase}, {@code erasures} and {@code retention}. Nobody is at a terminal. */
class ErasureCommandsTest {
    private static final String ERASURE = "{\"id\":\"erasure_1\",\"status\":\"STATUS\",\"target\":{\"type\":\"user\","
            + "\"labels\":[\"kim@example.com\",\"acc\"]},\"found\":1200,\"erased\":1000,\"held\":200,"
            + "\"held_by\":[\"hold_1\"],\"due_at\":\"2026-12-25T12:00:00.001Z\",\"days_left\":30,"
            + "\"receipt_id\":\"receipt_erasure_1\",\"error\":null}";
    private static final String HOLD = "{\"id\":\"hold_1\",\"matter\":\"Acme\",\"targets\":[{\"type\":\"conversation\","
            + "\"conversation_ids\":[\"c1\"]},{\"type\":\"search\",\"documents\":5000}],"
            + "\"effective_at\":\"2026-11-25T12:00:00.5Z\",\"released_at\":null,\"too_late_for\":[\"erasure_0\"]}";

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

    private static FakeHttp answering(String body) throws IOException {
        return new FakeHttp(call -> new FakeHttp.Answer(200, body));
    }

    private static String erasure(String status) {
        return ERASURE.replace("STATUS", status);
    }

    @Test
    void nothingIsDestroyedUnlessSomebodySaysYes() throws IOException {
        try (FakeHttp server = answering(erasure("pending"))) {
            assertThat(run(new EraseCommand(), server, "--user", "kim@example.com"))
                    .isEqualTo(1);
            assertThat(err.toString()).contains("--yes: missing (expected: ");
            assertThat(run(new HoldCommand(), server, "release", "hold_1")).isEqualTo(1);
            assertThat(run(new RetentionCommand(), server, "run")).isEqualTo(1);
            assertThat(run(new EraseCommand(), server)).isEqualTo(2);
            assertThat(run(new EraseCommand(), server, "--user", "a", "--project", "b"))
                    .isEqualTo(2);
            assertThat(server.calls()).isEmpty();
        }
    }

    @Test
    void asksForAnErasureAndWaitsForItsEnd() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        try (FakeHttp server = new FakeHttp(
                call -> new FakeHttp.Answer(200, erasure(asked.incrementAndGet() < 3 ? "pending" : "completed")))) {
            assertThat(run(new EraseCommand(), server, "--conversation", "a/b", "--yes", "--wait", "--reason", "r"))
                    .isZero();
            assertThat(server.calls().get(0).body())
                    .isEqualTo("{\"target\":{\"conversation_id\":\"a/b\"},\"reason\":\"r\",\"upstream\":false}");
            assertThat(server.calls().get(1).path()).isEqualTo("/v1/erasures/erasure_1");
            assertThat(out.toString())
                    .isEqualToNormalizingNewlines("Erased 1,000 of 1,200 found. Receipt: receipt_erasure_1.\n");
        }
    }

    @Test
    void saysWhatHoldsKeepAndWhatFailed() throws IOException {
        try (FakeHttp server = answering(erasure("held"))) {
            assertThat(run(new EraseCommand(), server, "--project", "p", "--yes", "--wait"))
                    .isZero();
            assertThat(out.toString())
                    .contains("Held: 200 kept by hold_1, 1,000 erased. erasure_1 goes on when they are released.");
        }
        try (FakeHttp server = answering(erasure("failed"))) {
            assertThat(run(new EraseCommand(), server, "--search", "s", "--yes", "--wait"))
                    .isEqualTo(1);
        }
    }

    @Test
    void aDryRunNeedsNoYes() throws IOException {
        try (FakeHttp server = answering(
                "{\"found\":3,\"erased\":2,\"held\":1,\"held_by\":[{\"id\":\"hold_1\",\"held\":1}],\"held_by_more\":2,"
                        + "\"sample\":[{\"conversation_id\":\"c\",\"message_id\":\"m\",\"occurred_at\":\"2026-11-25T12:00:00.5Z\"}]}")) {
            assertThat(run(new EraseCommand(), server, "--user", "kim", "--dry-run"))
                    .isZero();
            assertThat(server.calls())
                    .singleElement()
                    .satisfies(call ->
                            assertThat(call.body()).isEqualTo("{\"target\":{\"user\":\"kim\"},\"dry_run\":true}"));
            assertThat(out.toString().lines())
                    .containsExactly(
                            "3 found, 2 would go, 1 held",
                            "  1 kept by hold_1",
                            "  and 2 more holds",
                            "  2026-11-25T12:00:00Z  c  m");
        }
    }

    @Test
    void showsErasuresAndGetsReceipts() throws IOException {
        try (FakeHttp server = answering("{\"data\":[" + erasure("held") + "],\"has_more\":false}")) {
            assertThat(run(new ErasuresCommand(), server)).isZero();
            assertThat(server.calls().get(0).path()).isEqualTo("/v1/erasures?limit=1000&status=open");
            assertThat(out.toString().lines().toList().get(2))
                    .isEqualTo("erasure_1  user kim@example.com and 1 more  held    1,200   1,000  hold_1"
                            + "   2026-12-25T12:00:00Z         30");
            Path file = data.resolve("receipt.json");
            assertThat(run(new ErasuresCommand(), server, "receipt", "erasure_1", "--output", file.toString()))
                    .isZero();
            assertThat(server.calls().get(1).path()).isEqualTo("/v1/receipts/receipt_erasure_1");
            assertThat(file).content().contains("\"has_more\" : false");
        }
    }

    @Test
    void setsShowsAndReleasesHolds() throws IOException {
        try (FakeHttp server = answering(HOLD)) {
            assertThat(run(
                            new HoldCommand(),
                            server,
                            "add",
                            "--matter",
                            "Acme",
                            "--user",
                            "kim",
                            "--user",
                            "lee",
                            "--conversation",
                            "c1"))
                    .isZero();
            assertThat(server.calls().get(0).body())
                    .isEqualTo("{\"matter\":\"Acme\",\"users\":[\"kim\",\"lee\"],\"conversations\":[\"c1\"],"
                            + "\"projects\":[]}");
            assertThat(out.toString().lines())
                    .containsExactly(
                            "Held as hold_1, since 2026-11-25T12:00:00Z.",
                            "Started before, and not stopped by it: erasure_0.");
            assertThat(run(new HoldCommand(), server, "release", "hold_1", "--yes"))
                    .isZero();
            assertThat(server.calls().get(1).method()).isEqualTo("DELETE");
        }
        try (FakeHttp server = answering("{\"data\":[" + HOLD + "]}")) {
            assertThat(run(new HoldCommand(), server, "list")).isZero();
            assertThat(server.calls().get(0).path()).isEqualTo("/v1/holds?status=active");
            assertThat(out.toString()).contains("conversation c1; 5,000 messages of a search");
        }
    }

    @Test
    void changesOneClassOfRetentionAndLeavesTheOthers() throws IOException {
        try (FakeHttp server = answering(
                "{\"classes\":[{\"id\":\"r1\",\"product\":\"chat\",\"group_id\":null,\"days\":30},"
                        + "{\"id\":\"r2\",\"product\":null,\"group_id\":null,\"days\":365}],\"next_run_at\":\"2026-11-26T03:00:00Z\"}")) {
            assertThat(run(new RetentionCommand(), server, "set", "--days", "90"))
                    .isZero();
            assertThat(server.calls().get(1).method()).isEqualTo("PUT");
            assertThat(server.calls().get(1).body())
                    .isEqualTo("{\"classes\":[{\"id\":\"r1\",\"product\":\"chat\",\"group_id\":null,\"days\":30},"
                            + "{\"product\":null,\"group_id\":null,\"days\":90}]}");
            assertThat(run(new RetentionCommand(), server, "rm", "--product", "chat"))
                    .isZero();
            assertThat(server.calls().get(3).body())
                    .isEqualTo("{\"classes\":[{\"id\":\"r2\",\"product\":null,\"group_id\":null,\"days\":365}]}");
            assertThat(out.toString())
                    .contains("chat       everybody         30")
                    .contains("Next run: 2026-11-26T03");
        }
        try (FakeHttp server = answering("{\"erasures\":[]}")) {
            assertThat(run(new RetentionCommand(), server, "run", "--yes")).isZero();
            assertThat(server.calls().get(0).body()).isEqualTo("{\"dry_run\":false}");
            assertThat(out.toString()).contains("Nothing is too old.");
        }
    }
}
