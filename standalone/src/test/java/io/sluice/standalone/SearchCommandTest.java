package io.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class SearchCommandTest {
    private static final String FOUND =
            "{\"data\":[{\"created_at\":\"2026-11-01T09:00:00Z\",\"user\":\"kim@example.com\","
                    + "\"role\":\"assistant\",\"product\":\"claude-code\",\"conversation_id\":\"c1\",\"flagged\":true,"
                    + "\"fragments\":[{\"begins\":false,\"ends\":true,\"runs\":[{\"text\":\"the \\u001b[31m\"},"
                    + "{\"text\":\"merger\",\"match\":true},{\"text\":\" plan\"}]}]}],\"total\":1200,\"has_more\":true}";

    private static final String THREAD = "{\"id\":\"c/1\",\"title\":\"Plan\",\"data\":[{\"created_at\":"
            + "\"2026-11-01T09:00:00Z\",\"user\":\"kim@example.com\",\"role\":\"user\",\"text\":\"one\\ntwo\\u001b\","
            + "\"tools\":[\"Bash\"],\"tool_text\":\"ls\",\"files\":[\"a.pdf\"]}],\"has_more\":false}";

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
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--data", data.toString()));
        return new CommandLine(new SearchCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .setExecutionExceptionHandler((failure, commandLine, parsed) -> {
                    err.append(String.valueOf(failure.getMessage()));
                    return 1;
                })
                .execute(all.toArray(String[]::new));
    }

    @Test
    void showsWhoWhenAndWhatMatches() throws IOException {
        try (FakeHttp server = new FakeHttp(call -> new FakeHttp.Answer(200, FOUND))) {
            assertThat(run(server, "merger", "--user", "kim@example.com,bo@example.com", "--since", "2026-11-01"))
                    .isZero();
            assertThat(server.calls().get(0).path()).isEqualTo("/v1/compliance/search");
            assertThat(server.calls().get(0).body())
                    .isEqualTo("{\"q\":\"merger\",\"user\":[\"kim@example.com\",\"bo@example.com\"],"
                            + "\"created_at\":{\"gte\":\"2026-11-01\"},\"limit\":20}");
        }
        assertThat(out.toString())
                .contains("2026-11-01 09:00:00  assistant to kim@example.com  claude-code  c1")
                .contains("[flagged] …the ?[31m»merger« plan")
                .contains("1 of 1,200; --limit shows more, --export FILE takes all");
    }

    @Test
    void nothingFoundSaysWhatToDo() throws IOException {
        try (FakeHttp server =
                new FakeHttp(call -> new FakeHttp.Answer(200, "{\"data\":[],\"total\":0,\"has_more\":false}"))) {
            assertThat(run(server, "merger")).isZero();
        }
        assertThat(out.toString()).contains("Nothing found.", "OTEL_LOG_USER_PROMPTS=1");
    }

    @Test
    void showsAThread() throws IOException {
        try (FakeHttp server = new FakeHttp(call -> new FakeHttp.Answer(200, THREAD))) {
            assertThat(run(server, "--conversation", "c/1")).isZero();
            assertThat(server.calls().get(0).path()).isEqualTo("/v1/compliance/conversations/c%2F1");
        }
        assertThat(out.toString().lines())
                .containsExactly(
                        "Plan",
                        "",
                        "2026-11-01 09:00:00  kim@example.com",
                        "  one",
                        "  two?",
                        "  tool Bash: ls",
                        "  files: a.pdf");
    }

    /** By its name, and not as what somebody said. */
    @Test
    void showsFilesAsFiles() throws IOException {
        String file = "{\"created_at\":\"2026-11-01T09:00:00Z\",\"user\":\"kim@example.com\",\"role\":\"file\","
                + "\"product\":\"claude\",\"conversation_id\":\"c1\",\"files\":[\"plan\\u001b.pdf\"],";
        String found = "{\"data\":[" + file + "\"fragments\":[{\"begins\":true,\"ends\":true,\"runs\":["
                + "{\"text\":\"merger\",\"match\":true}]}]}],\"total\":1,\"has_more\":false}";
        try (FakeHttp server = new FakeHttp(call -> new FakeHttp.Answer(200, found))) {
            assertThat(run(server, "merger", "--role", "file")).isZero();
            assertThat(server.calls().get(0).body()).contains("\"role\":[\"file\"]");
        }
        assertThat(out.toString())
                .contains("2026-11-01 09:00:00  file of kim@example.com  claude   c1            plan?.pdf: »merger«");
        out.getBuffer().setLength(0);
        String thread = "{\"id\":\"c1\",\"data\":[" + file + "\"text\":\"the merger\\nof two\"}],\"has_more\":false}";
        try (FakeHttp server = new FakeHttp(call -> new FakeHttp.Answer(200, thread))) {
            assertThat(run(server, "--conversation", "c1")).isZero();
        }
        assertThat(out.toString().lines())
                .containsExactly(
                        "Conversation c1", "", "2026-11-01 09:00:00  file plan?.pdf", "  the merger", "  of two");
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private static byte[] zip(String messages, String hash) throws Exception {
        ObjectNode manifest = Api.JSON.createObjectNode();
        manifest.putObject("counts").put("exported", 1).put("gone", 0);
        manifest.putObject("file").put("sha256", hash);
        manifest.putArray("items").addObject().put("id", "1");
        byte[] told = manifest.toString().getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            entry(zip, "messages.jsonl", messages.getBytes(StandardCharsets.UTF_8));
            entry(zip, "manifest.json", told);
            entry(zip, "manifest.sha256", (sha256(told) + "  manifest.json\n").getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    private static void entry(ZipOutputStream zip, String name, byte[] content) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(content);
        zip.closeEntry();
    }

    @Test
    void exportsAreForTheirOwnerAndCompared() throws Exception {
        Path file = data.resolve("found.jsonl");
        ExportFiles files = new ExportFiles(file);
        String messages = "{\"id\":\"1\"}\n";
        byte[] export = zip(messages, sha256(messages.getBytes(StandardCharsets.UTF_8)));
        assertThat(files.write(new ByteArrayInputStream(export))
                        .at("/counts/exported")
                        .asInt())
                .isEqualTo(1);
        assertThat(file).hasContent(messages.strip());
        for (Path each : List.of(file, files.manifest())) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each)))
                    .isEqualTo("rw-------");
        }
        for (byte[] bad : List.of(zip(messages, "00"), Arrays.copyOf(export, 60), new byte[0])) {
            Path other = data.resolve("bad.jsonl");
            assertThatThrownBy(() -> new ExportFiles(other).write(new ByteArrayInputStream(bad)))
                    .isInstanceOfAny(CommandException.class, IOException.class);
            assertThat(other).doesNotExist();
        }
        assertThat(data.toFile().list()).noneMatch(name -> name.endsWith(".part"));
    }
}
