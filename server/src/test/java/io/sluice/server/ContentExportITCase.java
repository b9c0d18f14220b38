package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.schema.AuditRecord;
import io.sluice.schema.Topic;
import io.sluice.server.DirectoryStack.Client;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Exports at real servers. */
class ContentExportITCase {
    private static final String ORG = "export-org";
    private static final String EXPORTS = "/v1/compliance/exports";
    private static final int MESSAGES = 250; // more than are found at once

    @TempDir
    static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static DirectoryStack stack;

    @SuppressWarnings("NullAway.Init")
    private static RunningServer running;

    @SuppressWarnings("NullAway.Init")
    private static String token;

    @BeforeAll
    static void start() throws Exception {
        stack = DirectoryStack.shared(folder);
        running = stack.server(new MovableClock());
        token = running.token(ORG, "read:compliance_user_data");
        ContentDocuments documents = new ContentDocuments(stack.elasticsearch);
        for (int i = 0; i < MESSAGES; i++) {
            documents.message(
                    ORG,
                    "c" + i / 10,
                    "m" + i,
                    "2026-11-01T09:%02d:%02dZ".formatted(i / 60, i % 60),
                    i == 7 ? "=HYPERLINK(\"http://x\"), \"quoted\"\nnext é" : "message " + i,
                    document -> {});
        }
        documents.message(ORG, "c0", "claude_file_1", "2026-11-01T08:00:00Z", "file text", document -> {
            document.put("role", "file").put("user", "kim@example.com").put("has_files", true);
            document.putArray("labels").add("kim@example.com");
            document.putArray("files").add("a \"b\", ü.pdf");
        });
        documents.message("export-other", "c1", "m1", "2026-11-01T09:00:00Z", "message of the other", document -> {});
        documents.refresh();
    }

    @AfterAll
    static void stop() throws Exception {
        running.close();
    }

    private static HttpResponse<byte[]> send(String body) throws Exception {
        return running.sendForBytes(HttpRequest.newBuilder(URI.create(running.rest(EXPORTS)))
                .header("authorization", "Bearer " + token)
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.replace('\'', '"'))));
    }

    private static Map<String, byte[]> export(String body) throws Exception {
        HttpResponse<byte[]> response = send(body);
        assertThat(response.statusCode())
                .as(new String(response.body(), StandardCharsets.ISO_8859_1))
                .isEqualTo(200);
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(response.body()))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                entries.put(entry.getName(), zip.readAllBytes());
            }
        }
        return entries;
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private static byte[] bytes(Map<String, byte[]> entries, String name) {
        byte[] bytes = entries.get(name);
        assertThat(bytes).as(name).isNotNull();
        return bytes == null ? new byte[0] : bytes;
    }

    @Test
    void linesOfJsonAreWhatTheManifestSays() throws Exception {
        Map<String, byte[]> entries = export("{'search': {'user': ['alice@example.com']}}");
        assertThat(entries.keySet()).containsExactly("messages.jsonl", "manifest.json", "manifest.sha256");
        byte[] messages = bytes(entries, "messages.jsonl");
        byte[] manifest = bytes(entries, "manifest.json");
        JsonNode told = RunningServer.JSON.readTree(manifest);
        assertThat(new String(bytes(entries, "manifest.sha256"), StandardCharsets.US_ASCII))
                .isEqualTo(sha256(manifest) + "  manifest.json\n");
        assertThat(told.at("/file/sha256").asText()).isEqualTo(sha256(messages));
        assertThat(told.at("/file/bytes").asInt()).isEqualTo(messages.length);
        assertThat(told.path("counts").toString()).isEqualTo("{\"expected\":250,\"exported\":250,\"gone\":0}");
        assertThat(told.path("query").toString()).isEqualTo("{\"user\":[\"alice@example.com\"],\"sort\":\"newest\"}");
        assertThat(told.path("organization").asText()).isEqualTo(ORG);
        String[] lines = new String(messages, StandardCharsets.UTF_8).split("\n", -1);
        assertThat(lines).hasSize(MESSAGES + 1);
        for (int i = 0; i < MESSAGES; i++) {
            JsonNode message = RunningServer.JSON.readTree(lines[i]);
            JsonNode item = told.path("items").get(i);
            assertThat(message.path("message_id").asText()).isEqualTo("m" + i);
            assertThat(item.path("message_id").asText()).isEqualTo("m" + i);
            assertThat(item.path("id")).isEqualTo(message.path("id"));
            assertThat(item.path("sha256").asText()).isEqualTo(sha256(lines[i].getBytes(StandardCharsets.UTF_8)));
        }
    }

    @Test
    void filesAreExportedWithTheirNames() throws Exception {
        Map<String, byte[]> entries = export("{'search': {'role': ['file']}}");
        JsonNode file = RunningServer.JSON.readTree(bytes(entries, "messages.jsonl"));
        assertThat(file.path("message_id").asText()).isEqualTo("claude_file_1");
        assertThat(file.path("role").asText()).isEqualTo("file");
        assertThat(file.path("files").toString()).isEqualTo("[\"a \\\"b\\\", ü.pdf\"]");
        assertThat(file.path("text").asText()).isEqualTo("file text");
        String csv = new String(
                bytes(export("{'format': 'csv', 'search': {'role': ['file']}}"), "messages.csv"),
                StandardCharsets.UTF_8);
        assertThat(csv).contains(",file,", ",file text,", "a \"\"b\"\", ü.pdf");
    }

    @Test
    void csvIsQuotedAndCommandsNoSpreadsheet() throws Exception {
        Map<String, byte[]> entries = export("{'format': 'csv', 'search': {'q': 'quoted OR \\\"message 8\\\"'}}");
        String csv = new String(bytes(entries, "messages.csv"), StandardCharsets.UTF_8);
        List<String> records = new ArrayList<>(Arrays.asList(csv.split("\r\n")));
        assertThat(records).hasSize(3);
        assertThat(records.get(0)).isEqualTo(String.join(",", ExportFormat.COLUMNS));
        assertThat(records.get(1)).contains(",\"'=HYPERLINK(\"\"http://x\"\"), \"\"quoted\"\"\nnext é\",");
        assertThat(records.get(2)).contains(",message 8,");
        JsonNode told = RunningServer.JSON.readTree(bytes(entries, "manifest.json"));
        assertThat(told.at("/items/1/sha256").asText())
                .isEqualTo(sha256(records.get(2).getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void theAuditHasBeginningAndEnd() throws Exception {
        String org = "export-audit";
        String other = running.token(org, "read:compliance_user_data");
        HttpResponse<byte[]> response = running.sendForBytes(HttpRequest.newBuilder(URI.create(running.rest(EXPORTS)))
                .header("authorization", "Bearer " + other)
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"search\": {\"q\": \"nothing\"}}")));
        assertThat(response.statusCode()).isEqualTo(200);
        List<AuditRecord> records = running.records(Topic.AUDIT, AuditRecord.getDecoder()).stream()
                .map(Map.Entry::getValue)
                .filter(record ->
                        record.getOrgId().equals(org) && record.getAction().endsWith(EXPORTS))
                .toList();
        assertThat(records)
                .extracting(AuditRecord::getAction)
                .containsExactlyInAnyOrder("POST " + EXPORTS, "end of POST " + EXPORTS);
        assertThat(records)
                .extracting(AuditRecord::getTarget)
                .doesNotContainNull()
                .hasSize(2);
        assertThat(records.get(0).getTarget()).isEqualTo(records.get(1).getTarget());
    }

    @Test
    void oneAtATimeOfAnOrganization() throws Exception {
        List<Integer> statuses = DirectoryStack.atOnce(
                4, i -> () -> send("{'search': {'q': 'message'}}").statusCode());
        assertThat(statuses).contains(200).isSubsetOf(200, 409);
        assertThat(send("{}").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'format': 'pdf'} | format: pdf (expected: jsonl or csv)",
                "{'search': {'q': '*'}} | search.q: a * that does not end a word",
                "{'search': {'user': []}} | search.user: an empty list",
                "{'search': []} | search: body",
                "{'query': {}} | query: unknown field"
            })
    void badInputIsRefusedByName(String body, String message) throws Exception {
        DirectoryStack.Answer answer = Client.of(running, ORG).send("POST", EXPORTS, body);
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(400);
        assertThat(answer.message()).startsWith(message);
    }
}
