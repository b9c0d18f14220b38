package io.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.audit.AuditChain;
import io.sluice.core.audit.AuditJson;
import io.sluice.core.audit.CanonicalJson;
import io.sluice.schema.AuditRecord;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class AuditCommandTest {
    private static final int ENTRIES = 7;
    private static final int PAGE = 3;

    @TempDir
    private Path data;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final List<ObjectNode> entries = new ArrayList<>();
    private final ObjectNode head = Api.JSON.createObjectNode();
    private final ArrayNode differing = Api.JSON.createArrayNode();

    @BeforeEach
    void chain() throws IOException {
        Files.writeString(data.resolve("admin.token"), "secret");
        AuditChain chain = AuditChain.EMPTY;
        for (int i = 1; i <= ENTRIES; i++) {
            AuditChain.Step step = chain.next(AuditRecord.newBuilder()
                    .setOrgId("acme")
                    .setEventId("aud_" + i)
                    .setOccurredAt(1_795_600_000_000_000L)
                    .setActor("tok_1")
                    .setAction("DELETE /v1/tokens/{id}")
                    .setTarget(i == 1 ? null : "tok_\u001b[31m")
                    .setOutcome("done")
                    .setRemote("192.0.2.1")
                    .setDetails(Map.of("k", "v"))
                    .build());
            chain = step.chain();
            if (step.entry() != null) {
                entries.add(AuditJson.of(step.entry()));
            }
        }
        head.put("org_id", "acme").put("number", ENTRIES).put("hash", chain.hash());
        head.putArray("checkpoints")
                .addObject()
                .put("number", 4)
                .put("hash", entries.get(3).path("hash").asText());
    }

    /** As the server answers, in pages. */
    private FakeHttp.Answer answer(FakeHttp.Call call) {
        if (call.path().startsWith("/v1/audit/head")) {
            return new FakeHttp.Answer(200, head.toString());
        }
        ObjectNode page = Api.JSON.createObjectNode();
        ArrayNode rows = page.putArray("data");
        if (!call.path().contains("order=asc")) {
            rows.add(entries.get(entries.size() - 1));
            page.set("differing", Api.JSON.createArrayNode());
            return new FakeHttp.Answer(200, page.put("has_more", false).toString());
        }
        int from = call.path().contains("page=") ? Integer.parseInt(call.path().split("page=", 2)[1]) : 0;
        int to = Math.min(entries.size(), from + PAGE);
        rows.addAll(entries.subList(from, to));
        page.set("differing", from == 0 ? differing : Api.JSON.createArrayNode());
        page.put("has_more", to < entries.size()).put("next_page", Integer.toString(to));
        return new FakeHttp.Answer(200, page.toString());
    }

    private int run(String... arguments) throws IOException {
        try (FakeHttp server = new FakeHttp(this::answer)) {
            Files.writeString(data.resolve("sluice.yaml"), "rest-port: " + server.port() + "\n");
            List<String> all = new ArrayList<>(List.of(arguments));
            all.addAll(List.of("--data", data.toString()));
            return new CommandLine(new AuditCommand())
                    .setOut(new PrintWriter(out))
                    .setErr(new PrintWriter(err))
                    .setExecutionExceptionHandler((failure, commandLine, parsed) -> {
                        err.append(String.valueOf(failure.getMessage()));
                        return 1;
                    })
                    .execute(all.toArray(String[]::new));
        }
    }

    @Test
    void theListNamesWhoDidWhatAndCommandsNoTerminal() throws IOException {
        assertThat(run("--limit", "1")).isZero();
        assertThat(out.toString().lines().toList().get(2))
                .isEqualTo(
                        "     7  2026-11-25T09:46:40Z  tok_1  DELETE /v1/tokens/{id}  tok_?[31m  done     192.0.2.1");
    }

    @Test
    void anAuditThatHoldsTogetherIsConfirmedUpToItsHead() throws IOException {
        assertThat(run("verify")).as("%s", err).isZero();
        assertThat(out.toString().lines())
                .containsExactly(
                        "The audit of acme holds together: 7 records.",
                        "last hash: " + head.path("hash").asText(),
                        "The newest that is known from elsewhere is record 7: it fits.");
    }

    @Test
    void theBadRecordIsNamed() throws IOException {
        entries.get(4).put("actor", "tok_\u001b2");
        assertThat(run("verify", "--patience", "0")).isEqualTo(1);
        assertThat(out.toString()).startsWith("Bad record: 5 (aud_5), changed: hash: ");
    }

    @Test
    void programsGetJson() throws IOException {
        entries.remove(4);
        assertThat(run("verify", "--json")).isEqualTo(1);
        var json = Api.JSON.readTree(out.toString());
        assertThat(json.path("valid").asBoolean(true)).isFalse();
        assertThat(json.path("records").asInt()).isEqualTo(4);
        assertThat(json.path("fault").path("kind").asText()).isEqualTo("missing");
        assertThat(json.path("fault").path("number").asInt()).isEqualTo(5);
    }

    @Test
    void whatIsMissingAtTheEndIsNamed() throws IOException {
        entries.remove(ENTRIES - 1);
        assertThat(run("verify", "--patience", "0")).isEqualTo(1);
        assertThat(out.toString()).startsWith("Bad record: 7, truncated: is not there");
    }

    @Test
    void whatTheServerSaysIsDifferentIsNamed() throws IOException {
        differing.addObject().put("index", 1).putArray("fields").add("actor");
        assertThat(run("verify")).isEqualTo(1);
        assertThat(out.toString()).startsWith("Bad record: 2 (aud_2), changed: its document was changed: actor");
    }

    @Test
    void anotherOrganizationsAuditIsNotTheOneThatWasMeant() throws IOException {
        assertThat(run("verify", "--organization", "beta")).isEqualTo(1);
        assertThat(out.toString()).contains("org_id: acme (expected: beta)");
    }

    @Test
    void anExportIsVerifiedWithoutSluice() throws IOException {
        Path file = data.resolve("audit.jsonl");
        assertThat(run("export", file.toString())).isZero();
        assertThat(out.toString().strip()).isEqualTo("Wrote 7 records to " + file + ".");
        assertThat(Files.readAllLines(file))
                .isEqualTo(entries.stream().map(CanonicalJson::of).toList());
        out.getBuffer().setLength(0);
        assertThat(run("verify", "--file", file.toString())).isZero();
        assertThat(out.toString()).contains("Nothing is known of it from elsewhere");
        String known = ENTRIES + ":" + head.path("hash").asText();
        assertThat(run("verify", "--file", file.toString(), "--known", known)).isZero();
        Files.write(file, Files.readAllLines(file).subList(0, 6));
        assertThat(run("verify", "--file", file.toString(), "--known", known)).isEqualTo(1);
        assertThat(out.toString()).contains("Bad record: 7, truncated");
    }

    /** Of any byte of the file, line ends among them. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aBitThatIsFlippedInAFileIsNamed(long seed) throws IOException {
        Random random = new Random(seed);
        Path file = data.resolve("audit.jsonl");
        StringBuilder text = new StringBuilder();
        entries.forEach(entry -> text.append(CanonicalJson.of(entry)).append('\n'));
        byte[] whole = text.toString().getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 100; i++) {
            byte[] bytes = whole.clone();
            int at = random.nextInt(bytes.length - 1);
            bytes[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, bytes);
            int line = 1
                    + (int) new String(whole, 0, at, StandardCharsets.ISO_8859_1)
                            .chars()
                            .filter(c -> c == '\n')
                            .count();
            out.getBuffer().setLength(0);
            assertThat(run("verify", "--file", file.toString()))
                    .as("byte %d", at)
                    .isEqualTo(1);
            assertThat(out.toString()).as("byte %d", at).startsWith("Bad record: " + line);
        }
    }

    @Test
    void whatIsKnownHasToBeAHash() throws IOException {
        assertThat(run("verify", "--known", "7:abc")).isEqualTo(1);
        assertThat(err.toString()).isEqualTo("--known: 7:abc (expected: a number, a colon, 64 hex digits)");
    }
}
