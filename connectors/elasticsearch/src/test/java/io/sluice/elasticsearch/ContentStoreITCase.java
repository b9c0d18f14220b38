package io.sluice.elasticsearch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.testing.ElasticsearchServer;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against a real server. */
@Timeout(300)
class ContentStoreITCase {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ALL = "content-*";
    private static final String MARKER = "amarkerthatnothingelseholds";
    private static final String TEMPLATE = """
            {"index_patterns":["content-*"],"template":{
              "settings":{"index":{"number_of_shards":1,"number_of_replicas":0}},
              "mappings":{"dynamic":"strict","properties":{
                "org_id":{"type":"keyword"},"empty":{"type":"boolean"},"erased_by":{"type":"keyword"},
                "doc_id":{"type":"keyword"},"conversation_id":{"type":"keyword"},"message_id":{"type":"keyword"},
                "part":{"type":"integer"},"labels":{"type":"keyword"},"text":{"type":"text"}}}}}""";

    private static ElasticsearchServer server;
    private static ElasticsearchHttp http;
    private static ContentStore store;

    @BeforeAll
    static void start() throws Exception {
        server = ElasticsearchServer.start();
        ElasticsearchConnection connection = ElasticsearchConnection.to(
                        server.url().toString())
                .withPassword(ElasticsearchServer.USER, server.password());
        http = new ElasticsearchHttp(connection);
        store = new ContentStore(connection);
        assertThat(send("PUT", "/_index_template/content", TEMPLATE).statusCode())
                .isEqualTo(200);
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @BeforeEach
    void empty() {
        send("DELETE", "/content-1,content-2?ignore_unavailable=true", "");
        send("PUT", "/content-1", "{}");
        send("PUT", "/content-2", "{}");
    }

    @Test
    void findsEverythingPageByPageWhileStubsTakeItsPlace() throws Exception {
        for (int i = 0; i < 25; i++) {
            write("content-" + (1 + i % 2), "d" + i, 7, document("c", "m" + i, i % 3 == 0 ? "kim@example.com" : "x"));
        }
        write("content-1", "other", 7, document("another", "m", "x"));
        store.refresh(ALL);

        List<ContentStore.Found> found = new ArrayList<>();
        store.forEach(ALL, conversation("c"), 4, page -> {
            found.addAll(page);
            store.stub("acme", "erasure_1", page);
        });
        store.refresh(ALL);

        assertThat(found).hasSize(25).extracting(ContentStore.Found::documentId).doesNotHaveDuplicates();
        assertThat(found)
                .filteredOn(each -> each.labels().contains("kim@example.com"))
                .hasSize(9);
        assertThat(store.count(ALL, JSON.readTree("{\"term\":{\"erased_by\":\"erasure_1\"}}")))
                .isEqualTo(25);
        assertThat(store.count(ALL, JSON.readTree("{\"match\":{\"text\":\"marker\"}}")))
                .isEqualTo(1);
        String stub = store.read("content-1", "d0").orElseThrow();
        assertThat(JSON.readTree(stub)).isEqualTo(JSON.readTree("""
                {"org_id":"acme","empty":true,"erased_by":"erasure_1","conversation_id":"c","doc_id":"d0","message_id":"m0"}"""));
    }

    @Test
    void nothingOverwritesAStubNeitherAWriteNorAnotherErasure() throws Exception {
        write("content-1", "d", 7, document("c", "m", "x"));
        store.refresh(ALL);
        store.forEach(ALL, conversation("c"), 10, page -> store.stub("acme", "erasure_1", page));
        store.refresh(ALL);
        store.forEach(ALL, conversation("c"), 10, page -> store.stub("acme", "erasure_2", page));

        assertThat(write("content-1", "d", ContentStore.STUB_VERSION - 1, document("c", "m", "x")))
                .isEqualTo(409);
        server.restart();

        assertThat(write("content-1", "d", ContentStore.STUB_VERSION - 1, document("c", "m", "x")))
                .isEqualTo(409);
        assertThat(store.read("content-1", "d").orElseThrow())
                .contains("erasure_1")
                .doesNotContain(MARKER);
    }

    @Test
    void whatIsEmptiedMayBeWrittenAgain() throws Exception {
        write("content-1", "d", 7, document("c", "m", "x"));
        store.empty("acme", "content-1", "d");
        store.empty("acme", "content-1", "none");
        assertThat(store.read("content-1", "d").orElseThrow()).isEqualTo("{\"org_id\":\"acme\",\"empty\":true}");
        assertThat(write("content-1", "d", 7, document("c", "m", "x"))).isEqualTo(409);
        assertThat(write("content-1", "d", 8, document("c", "m", "x"))).isEqualTo(200);
    }

    @Test
    void ofTwoThatCreateTheSameOneWins() throws Exception {
        assertThat(store.create("content-1", "r", "{\"org_id\":\"first\"}")).isEqualTo("{\"org_id\":\"first\"}");
        assertThat(store.create("content-1", "r", "{\"org_id\":\"second\"}")).isEqualTo("{\"org_id\":\"first\"}");
    }

    @Test
    void whatIsNotThereIsNotFoundAndWhatIsWrongIsSaid() throws Exception {
        assertThat(store.count("content-none-*", conversation("c"))).isZero();
        store.refresh("content-none-*");
        store.purge(List.of("content-none"), Duration.ofSeconds(5));
        assertThat(store.read("content-none", "d")).isEmpty();
        write("content-1", "d", 7, document("c", "m", "x"));
        JsonNode wrong = JSON.readTree("{\"range\":{\"part\":{\"gte\":\"no number\"}}}");
        assertThatThrownBy(() -> store.count(ALL, wrong)).hasMessageStartingWith("search: status 400 ");
    }

    /** Takes as long as Elasticsearch needs to give up what it keeps for recovery: half a minute. */
    @Test
    @Tag("chaos")
    void noByteIsLeftAfterAPurge() throws Exception {
        for (int i = 0; i < 200; i++) {
            write(
                    "content-1",
                    "d" + i,
                    7,
                    document(i == 17 ? "c" : "another", "m" + i, "x").replace(MARKER, i == 17 ? MARKER : "text"));
        }
        store.refresh(ALL);
        assertThat(send("POST", "/content-1/_flush", "").statusCode()).isEqualTo(200);
        assertThat(filesWith(MARKER)).isNotEmpty();
        store.forEach(ALL, conversation("c"), 10, page -> store.stub("acme", "erasure_1", page));

        store.purge(List.of("content-1"), Duration.ofMinutes(2));

        assertThat(filesWith(MARKER)).isEmpty();
    }

    private static List<Path> filesWith(String marker) throws IOException {
        try (Stream<Path> files = Files.walk(server.data())) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> {
                        try {
                            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(marker);
                        } catch (IOException e) {
                            return false; // It was deleted meanwhile.
                        }
                    })
                    .toList();
        }
    }

    private static JsonNode conversation(String id) throws IOException {
        return JSON.readTree("{\"term\":{\"conversation_id\":\"" + id + "\"}}");
    }

    private static String document(String conversation, String message, String label) {
        return "{\"org_id\":\"acme\",\"conversation_id\":\"" + conversation + "\",\"message_id\":\"" + message
                + "\",\"labels\":[\"" + label + "\"],\"text\":\"marker " + MARKER + "\"}";
    }

    private static int write(String index, String id, long version, String json) {
        String withId = json.replace("{\"org_id\"", "{\"doc_id\":\"" + id + "\",\"org_id\"");
        return send("PUT", "/" + index + "/_doc/" + id + "?version_type=external&version=" + version, withId)
                .statusCode();
    }

    private static HttpResponse<byte[]> send(String method, String path, String body) {
        return http.send(method, path, "application/json", body.getBytes(StandardCharsets.UTF_8))
                .join();
    }
}
