package io.sluice.server;

import static io.sluice.server.DirectoryStack.texts;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.client.ClientFactory;
import io.sluice.core.audit.CanonicalJson;
import io.sluice.core.compliance.Item;
import io.sluice.core.compliance.Register;
import io.sluice.schema.AuditRecord;
import io.sluice.schema.Codec;
import io.sluice.schema.ComplianceChange;
import io.sluice.schema.ContentIndex;
import io.sluice.schema.ContentTarget;
import io.sluice.schema.Erasure;
import io.sluice.schema.Index;
import io.sluice.schema.LegalHold;
import io.sluice.schema.Micros;
import io.sluice.schema.Topic;
import io.sluice.server.DirectoryStack.Answer;
import io.sluice.server.DirectoryStack.Client;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds, erasures, receipts and retention at real servers; the job is played. Each test has an organization of its own. */
class ErasureITCase {
    private static final String HOLDS = "/v1/holds";
    private static final String ERASURES = "/v1/erasures";

    @TempDir
    static Path folder;

    private static final MovableClock CLOCK = new MovableClock();

    @SuppressWarnings("NullAway.Init")
    private static DirectoryStack stack;

    @SuppressWarnings("NullAway.Init")
    private static RunningServer running;

    @SuppressWarnings("NullAway.Init")
    private static PlayedJob job;

    @BeforeAll
    static void start() throws Exception {
        stack = DirectoryStack.shared(folder);
        running = server();
        job = PlayedJob.start(stack.kafka);
        for (ContentIndex index : ContentIndex.values()) {
            elastic("PUT", "/_index_template/" + index.templateName(), index.template());
        }
    }

    @AfterAll
    static void stop() throws Exception {
        job.close();
        running.close();
    }

    /** Retention does not run by itself. */
    private static RunningServer server() throws Exception {
        return stack.server(CLOCK, Map.of(Setting.RETENTION_HOUR, "-1"));
    }

    private static String elastic(String method, String path, String body) throws Exception {
        return TestElastic.send(stack.elasticsearch, method, path, body);
    }

    private static long micros(int daysAgo) {
        return Micros.of(CLOCK.instant().minus(Duration.ofDays(daysAgo)));
    }

    /** A message in the index, and for the job. */
    private static Item message(
            String orgId, String conversation, String message, @Nullable String label, String product, long at)
            throws Exception {
        String index = ContentIndex.messages(orgId, at);
        String id = ContentIndex.documentId(conversation, message);
        ObjectNode document = RunningServer.JSON
                .createObjectNode()
                .put("org_id", orgId)
                .put("doc_id", id)
                .put("conversation_id", conversation)
                .put("message_id", message)
                .put("part", 0)
                .put("product", product)
                .put("occurred_at", Micros.toInstant(at).toString())
                .put("empty", false)
                .put("text", "secret-text");
        if (label != null) {
            document.putArray("labels").add(label);
        }
        put(index, id, document);
        Item item = new Item(conversation, id, label == null ? Set.of() : Set.of(label), null, product, at);
        job.has(orgId, item);
        return item;
    }

    private static void put(String index, String id, ObjectNode document) throws Exception {
        try {
            elastic("PUT", "/" + index, "{}");
        } catch (AssertionError e) {
            assertThat(e).hasMessageContaining("resource_already_exists");
        }
        elastic("PUT", "/" + index + "/_doc/" + id + "?refresh=true", document.toString());
    }

    /** What the index knows of whose a conversation is. */
    private static void conversation(String orgId, String conversation, Collection<String> labels) throws Exception {
        ObjectNode document =
                RunningServer.JSON.createObjectNode().put("org_id", orgId).put("conversation_id", conversation);
        labels.forEach(document.putArray("labels")::add);
        put(ContentIndex.conversations(orgId), ContentIndex.documentId(conversation, ""), document);
    }

    private static JsonNode awaitStatus(Client client, String erasureId, String status) throws Exception {
        JsonNode[] last = new JsonNode[1];
        DirectoryStack.await(() -> {
            last[0] = client.get(ERASURES + "/" + erasureId).body();
            return last[0].path("status").asText().equals(status);
        });
        return last[0];
    }

    private static Answer erase(Client client, String target) throws Exception {
        return client.send("POST", ERASURES, "{'target': " + target + ", 'reason': 'asked by letter'}");
    }

    private static String hold(Client client, String about) throws Exception {
        return client.post(HOLDS, "{'matter': 'Acme v. Globex', " + about + "}").id();
    }

    /** The entries of an organization on the topic, where who was too late may have published one again. */
    private static List<ComplianceChange> entries(String orgId) {
        SortedMap<Long, ComplianceChange> entries = new TreeMap<>();
        running.records(Topic.COMPLIANCE, ComplianceChange.getDecoder()).stream()
                .map(Map.Entry::getValue)
                .filter(entry -> entry.getOrgId().equals(orgId))
                .forEach(entry -> {
                    ComplianceChange before = entries.put(entry.getNumber(), entry);
                    assertThat(before == null ? entry : before).isEqualTo(entry);
                });
        return List.copyOf(entries.values());
    }

    private static List<AuditRecord> audit(String orgId, String action) {
        return running.records(Topic.AUDIT, AuditRecord.getDecoder()).stream()
                .map(Map.Entry::getValue)
                .filter(record ->
                        record.getOrgId().equals(orgId) && record.getAction().equals(action))
                .toList();
    }

    @Test
    void fromTheRequestToTheReceipt() throws Exception {
        Client officer = Client.of(running, "erase-life");
        message("erase-life", "c1", "m1", "kim@example.com", "chat", micros(1));
        message("erase-life", "c1", "m2", "kim@example.com", "chat", micros(0));

        Answer asked = erase(officer, "{'user': 'Kim@Example.com'}").is(202);
        assertThat(asked.body().path("due_at").asText()).startsWith("2026-12-25T12:00:0");
        assertThat(asked.body().path("days_left").asLong()).isEqualTo(30);
        assertThat(asked.body().at("/target/labels").toString()).isEqualTo("[\"kim@example.com\"]");
        JsonNode done = awaitStatus(officer, asked.id(), "completed");
        assertThat(done.path("found").asLong()).isEqualTo(2);
        assertThat(done.path("erased").asLong()).isEqualTo(2);
        assertThat(done.path("hidden_at").isTextual()).isTrue();
        assertThat(done.path("days_left").isNull()).isTrue();
        assertThat(done.path("receipt_id").asText()).isEqualTo("receipt_" + asked.id());
        assertThat(officer.get(ERASURES + "?status=open").body().path("data")).isEmpty();
        assertThat(texts(officer.get(ERASURES + "?status=completed").body(), "/id"))
                .containsExactly(asked.id());

        JsonNode receipt =
                officer.get("/v1/receipts/" + done.path("receipt_id").asText()).body();
        assertThat(receipt.at("/receipt/found").asLong()).isEqualTo(2);
        assertThat(isSigned(receipt)).isTrue();
        ((ObjectNode) receipt.path("receipt")).put("found", 3);
        assertThat(isSigned(receipt)).isFalse();

        // Who asked, and once how it ended; no e-mail in either.
        assertThat(audit("erase-life", "POST /v1/erasures"))
                .singleElement()
                .satisfies(record -> assertThat(record.getTarget()).isEqualTo(asked.id()));
        DirectoryStack.await(() -> !audit("erase-life", "erasure completed").isEmpty());
        assertThat(audit("erase-life", "erasure completed")).singleElement().satisfies(record -> {
            assertThat(record.getTarget()).isEqualTo(asked.id());
            assertThat(record.getDetails())
                    .containsEntry("found", "2")
                    .containsEntry(
                            "receipt_hash", receipt.at("/receipt/receipt_hash").asText());
        });
        assertThat(audit("erase-life", "POST /v1/erasures").toString()).doesNotContain("example.com");
    }

    private static boolean isSigned(JsonNode answer) throws Exception {
        Signature signature = Signature.getInstance("Ed25519");
        signature.initVerify(KeyFactory.getInstance("Ed25519")
                .generatePublic(new X509EncodedKeySpec(
                        Base64.getDecoder().decode(answer.path("public_key").asText()))));
        signature.update(CanonicalJson.of(answer.path("receipt")).getBytes(StandardCharsets.UTF_8));
        return signature.verify(
                Base64.getDecoder().decode(answer.path("signature").asText()));
    }

    @Test
    void whatIsHeldStaysUntilItIsReleasedAndThenGoesByItself() throws Exception {
        Client officer = Client.of(running, "erase-held");
        message("erase-held", "c1", "m1", "kim@example.com", "chat", micros(1));
        message("erase-held", "c2", "m2", "kim@example.com", "chat", micros(1));
        String first = hold(officer, "'conversations': ['c1']");
        String second = hold(officer, "'users': ['KIM@example.com'], 'reason': 'court order'");

        Answer dry = officer.send("POST", ERASURES, "{'target': {'user': 'kim@example.com'}, 'dry_run': true}")
                .is(200);
        assertThat(dry.body().path("found").asLong()).isEqualTo(2);
        assertThat(dry.body().path("held").asLong()).isEqualTo(2);
        assertThat(texts(dry.body().path("held_by"), "/id")).containsExactlyInAnyOrder(first, second);
        assertThat(dry.body().path("sample")).hasSize(2);
        assertThat(dry.body().toString()).doesNotContain("secret-text");
        assertThat(officer.get(ERASURES).body().path("data")).isEmpty();

        String erasure = erase(officer, "{'user': 'kim@example.com'}").is(202).id();
        JsonNode held = awaitStatus(officer, erasure, "held");
        assertThat(held.path("held_by")).hasSize(2);
        assertThat(held.path("days_left").asLong()).isEqualTo(30);
        assertThat(officer.get(HOLDS + "/" + first).body().path("too_late_for")).isEmpty();
        String late = hold(officer, "'users': ['kim@example.com']");
        assertThat(officer.get(HOLDS + "/" + late).body().path("too_late_for").toString())
                .isEqualTo("[\"" + erasure + "\"]");

        officer.send("DELETE", HOLDS + "/" + late, "").is(200);
        officer.send("DELETE", HOLDS + "/" + second, "").is(200);
        DirectoryStack.await(() ->
                officer.get(ERASURES + "/" + erasure).body().path("erased").asLong() == 1);
        assertThat(awaitStatus(officer, erasure, "held").path("held_by").toString())
                .isEqualTo("[\"" + first + "\"]");
        JsonNode released =
                officer.send("DELETE", HOLDS + "/" + first, "").is(200).body();
        assertThat(released.path("status").asText()).isEqualTo("released");
        assertThat(released.path("released_at").isTextual()).isTrue();
        // Once more changes nothing.
        assertThat(officer.send("DELETE", HOLDS + "/" + first, "").is(200).body())
                .isEqualTo(released);
        assertThat(awaitStatus(officer, erasure, "completed").path("erased").asLong())
                .isEqualTo(2);
        assertThat(texts(officer.get(HOLDS + "?status=released").body(), "/id")).containsExactly(late, second, first);
        officer.send("DELETE", HOLDS + "/hold_none", "").is(404);
        officer.send("GET", HOLDS + "/hold_none", "").is(404);
        DirectoryStack.await(() -> !audit("erase-held", "erasure completed").isEmpty());
        assertThat(audit("erase-held", "erasure held")).isNotEmpty();
    }

    /** Whose such a message is, its conversation knows: dry runs and refusals count it as the job does. */
    @Test
    void messagesThatNameNobodyAreCounted() throws Exception {
        String orgId = "erase-unnamed";
        Client officer = Client.of(running, orgId);
        conversation(orgId, "c1", List.of("kim@example.com", "acc-kim"));
        conversation(orgId, "c2", List.of("lee@example.com"));
        message(orgId, "c1", "m1", "kim@example.com", "chat", micros(3));
        message(orgId, "c1", "m2", null, "chat", micros(1));
        message(orgId, "c1", "m3", null, "chat", micros(-1));
        message(orgId, "c2", "m4", null, "chat", micros(1));
        message(orgId, "c3", "m5", null, "chat", micros(1));
        String dry = "{'target': {'user': 'Kim@example.com'}, 'dry_run': true}";

        JsonNode free = officer.send("POST", ERASURES, dry).is(200).body();
        assertThat(free.path("found").asLong())
                .as("m1 and m2, which were before it")
                .isEqualTo(2);
        assertThat(free.path("held").asLong()).isZero();
        assertThat(texts(free.path("sample"), "/message_id")).containsExactly("m2", "m1");

        String hold = hold(officer, "'users': ['acc-kim']");
        JsonNode held = officer.send("POST", ERASURES, dry).is(200).body();
        assertThat(held.path("found").asLong()).isEqualTo(2);
        assertThat(held.path("held").asLong()).as("m1 names another label").isEqualTo(1);
        assertThat(held.path("held_by").toString()).isEqualTo("[{\"id\":\"" + hold + "\",\"held\":1}]");
        assertThat(held.path("held_by_more").asInt(-1)).isZero();
        Answer kept = officer.send("DELETE", "/v1/compliance/apps/chats/c1", "").is(409);
        assertThat(kept.body().at("/error/held_by").toString()).isEqualTo("[\"" + hold + "\"]");
        assertThat(officer.get(ERASURES).body().path("data")).isEmpty();
    }

    @Test
    void whatIsHeldIsCountedOverPages() throws Exception {
        String orgId = "erase-count-pages";
        conversation(orgId, "c1", List.of("kim@example.com"));
        ContentDocuments documents = new ContentDocuments(stack.elasticsearch);
        String at = Micros.toInstant(micros(1)).toString();
        List<String> ids = IntStream.range(0, 1_203).mapToObj(i -> "m" + i).toList();
        documents.messages(orgId, "c1", ids, at, "text", document -> document.remove("labels"));
        documents.refresh();
        Register register = new Register();
        register.add(entry(orgId, 1)
                .setKind("hold")
                .setHold(LegalHold.newBuilder()
                        .setId("hold")
                        .setMatter("m")
                        .setTargets(List.of(ofKim()))
                        .build())
                .build());
        CoveredContent content = new CoveredContent(elasticOf());
        for (ContentTarget target : List.of(ofKim(), ContentTargets.conversations(List.of("c1")))) {
            CoveredContent.Count count = content.count(orgId, target, register.holds(orgId));
            assertThat(count.found()).isEqualTo(1_203);
            assertThat(count.held()).isEqualTo(1_203);
            assertThat(count.heldBy()).isEqualTo(Map.of("hold", 1_203L));
            assertThat(count.sample()).hasSize(10);
            assertThat(content.count(orgId, target, List.of()).found()).isEqualTo(1_203);
        }
    }

    private static ContentTarget ofKim() {
        return ContentTarget.newBuilder()
                .setKind("user")
                .setLabels(List.of("kim@example.com"))
                .build();
    }

    /** Of more holds than an answer names. */
    @Test
    void theHoldsThatKeepMostAreNamed() throws Exception {
        String orgId = "erase-many-holds";
        message(orgId, "c1", "m1", "kim@example.com", "chat", micros(1));
        message(orgId, "c1", "m2", "kim@example.com", "chat", micros(1));
        Register register = new Register();
        for (int i = 1; i <= 600; i++) {
            register.add(entry(orgId, i)
                    .setKind("hold")
                    .setHold(LegalHold.newBuilder()
                            .setId("hold_" + i)
                            .setMatter("m")
                            .setTargets(List.of(
                                    i == 600
                                            ? ContentTargets.conversations(List.of("c1"))
                                            : ContentTarget.newBuilder()
                                                    .setKind("search")
                                                    .setDocuments(List.of(ContentIndex.documentId("c1", "m1")))
                                                    .build()))
                            .build())
                    .build());
        }
        CoveredContent.Count count = new CoveredContent(elasticOf())
                .count(orgId, ContentTargets.conversations(List.of("c1")), register.holds(orgId));
        assertThat(count.held()).isEqualTo(2);
        assertThat(count.heldBy()).hasSize(600).containsEntry("hold_600", 2L).containsEntry("hold_7", 1L);
        assertThat(count.keepingMost(3)).containsExactly("hold_600", "hold_1", "hold_10");
        ObjectNode answer = ErasureRoutes.json(ContentTargets.conversations(List.of("c1")), count);
        assertThat(answer.path("held_by")).hasSize(100);
        assertThat(answer.path("held_by_more").asInt()).isEqualTo(500);
        assertThat(ChatDeletion.held("c1", count.keepingMost(2), 600).getMessage())
                .contains("kept by hold_600, hold_1 and 598 more (expected: ");
    }

    @Test
    void aPersonIsMeantByAllLabelsOfTheDirectory() throws Exception {
        Client officer = Client.of(running, "erase-labels");
        String kim = officer.post(
                        "/v1/users",
                        "{'user_name': 'Kim@Example.com', 'email': 'k@example.com', 'account_id': 'acc-Kim'}")
                .id();
        String labels = "[\"acc-kim\",\"k@example.com\",\"kim@example.com\"]";
        for (String name : List.of(kim, "kim@example.COM", "k@example.com", "acc-Kim")) {
            JsonNode target = officer.send("POST", ERASURES, "{'target': {'user': '" + name + "'}, 'dry_run': true}")
                    .is(200)
                    .body()
                    .path("target");
            assertThat(target.path("labels").toString()).as(name).isEqualTo(labels);
            assertThat(target.path("user_ids").toString()).as(name).isEqualTo("[\"" + kim + "\"]");
        }
        // An address that somebody else has by now: a hold keeps it, an erasure leaves it out.
        officer.send("PATCH", "/v1/users/" + kim, "{'email': 'kim.new@example.com'}")
                .is(200);
        CLOCK.advance(Duration.ofSeconds(1));
        officer.post("/v1/users", "{'user_name': 'lee', 'email': 'k@example.com'}");
        Answer dry = officer.send("POST", ERASURES, "{'target': {'user': '" + kim + "'}, 'dry_run': true}")
                .is(200);
        assertThat(dry.body().at("/target/labels").toString())
                .isEqualTo("[\"acc-kim\",\"kim.new@example.com\",\"kim@example.com\"]");
        String hold = hold(officer, "'users': ['" + kim + "']");
        assertThat(officer.get(HOLDS + "/" + hold)
                        .body()
                        .at("/targets/0/labels")
                        .toString())
                .contains("k@example.com", "kim.new@example.com");
        // Nor does a person who was deleted get lost.
        officer.send("DELETE", "/v1/users/" + kim, "").is(200);
        assertThat(officer.send("POST", ERASURES, "{'target': {'user': '" + kim + "'}, 'dry_run': true}")
                        .is(200)
                        .body()
                        .at("/target/labels")
                        .toString())
                .isEqualTo("[\"acc-kim\",\"kim.new@example.com\",\"kim@example.com\"]");
    }

    @Test
    void whatDoesNotExistIsErasedAndFoundZero() throws Exception {
        Client officer = Client.of(running, "erase-nothing");
        List<Answer> both = DirectoryStack.atOnce(
                2, each -> () -> erase(officer, "{'conversation_id': 'a/b ☃'}").is(202));
        for (Answer each : both) {
            assertThat(awaitStatus(officer, each.id(), "completed")
                            .path("found")
                            .asLong())
                    .isZero();
        }
        assertThat(both.get(0).id()).isNotEqualTo(both.get(1).id());
    }

    @Test
    void holdsAndErasuresAtOnceHaveOneOutcomeThatTheRegisterExplains() throws Exception {
        String orgId = "erase-race";
        Client here = Client.of(running, orgId);
        int pairs = 6;
        for (int i = 0; i < pairs; i++) {
            message(orgId, "c" + i, "m", "kim@example.com", "chat", micros(1));
        }
        try (RunningServer other = server()) {
            Client there = Client.of(other, orgId);
            List<String> ids = DirectoryStack.atOnce(2 * pairs, i -> {
                Client client = i % 4 < 2 ? here : there;
                return (Callable<String>) () -> i % 2 == 0
                        ? hold(client, "'conversations': ['c" + i / 2 + "']")
                        : erase(client, "{'conversation_id': 'c" + i / 2 + "'}")
                                .is(202)
                                .id();
            });
            for (int i = 0; i < pairs; i++) {
                String holdId = ids.get(2 * i);
                String erasureId = ids.get(2 * i + 1);
                DirectoryStack.await(() -> Set.of("held", "completed")
                        .contains(there.get(ERASURES + "/" + erasureId)
                                .body()
                                .path("status")
                                .asText()));
                JsonNode end = here.get(ERASURES + "/" + erasureId).body();
                JsonNode hold = there.get(HOLDS + "/" + holdId).body();
                boolean inTime =
                        hold.path("number").asLong() < end.path("start_number").asLong();
                assertThat(end.path("status").asText()).as("%s %s", end, hold).isEqualTo(inTime ? "held" : "completed");
                assertThat(end.path("held_by").toString()).isEqualTo(inTime ? "[\"" + holdId + "\"]" : "[]");
                assertThat(hold.path("too_late_for").toString()).isEqualTo(inTime ? "[]" : "[\"" + erasureId + "\"]");
            }
        }
        List<ComplianceChange> entries = entries(orgId);
        assertThat(entries.stream().map(ComplianceChange::getNumber).toList())
                .isEqualTo(IntStream.rangeClosed(1, 3 * pairs)
                        .mapToObj(Long::valueOf)
                        .toList());
        // Each was started once, whichever server was faster.
        assertThat(entries.stream().filter(each -> each.getStart() != null).map(ComplianceChange::getStart))
                .hasSize(pairs)
                .doesNotHaveDuplicates();
    }

    @Test
    void aChatIsDeletedAsTheComplianceApiDoes() throws Exception {
        Client officer = Client.of(running, "erase-chat");
        String chats = "/v1/compliance/apps/chats/";
        Item item = message("erase-chat", "claude_chat_1", "m", "kim@example.com", "chat", micros(1));
        message("erase-chat", "claude_chat_2", "m", "kim@example.com", "chat", micros(1));
        String hold = hold(officer, "'conversations': ['claude_chat_2']");

        assertThat(officer.send("DELETE", chats + "claude_chat_1", "")
                        .is(200)
                        .body()
                        .toString())
                .isEqualTo("{\"id\":\"claude_chat_1\",\"type\":\"claude_chat_deleted\"}");
        // As the job leaves it.
        elastic(
                "POST",
                "/" + ContentIndex.messages("erase-chat", micros(1)) + "/_update/" + item.documentId()
                        + "?refresh=true",
                "{\"doc\": {\"empty\": true}}");
        Answer again = officer.send("DELETE", chats + "claude_chat_1", "").is(404);
        assertThat(again.body().at("/error/type").asText()).isEqualTo("not_found_error");
        Answer kept = officer.send("DELETE", chats + "claude_chat_2", "").is(409);
        assertThat(kept.body().at("/error/type").asText()).isEqualTo("conflict_error");
        assertThat(kept.message()).contains(hold);
        assertThat(officer.get(ERASURES).body().path("data")).hasSize(1);
        Client stranger = Client.of(running, "erase-stranger");
        stranger.send("DELETE", chats + "claude_chat_2", "").is(404);
    }

    /** Entry 1 is in Elasticsearch alone, as a crash leaves it: it is published by whoever meets it, and nothing is lost. */
    @Test
    void whatACrashLeftUnpublishedIsPublished() throws Exception {
        String orgId = "erase-crash";
        ComplianceChange lost = ComplianceChange.newBuilder()
                .setOrgId(orgId)
                .setNumber(1)
                .setRecordedAt(micros(0))
                .setKind("hold")
                .setHold(LegalHold.newBuilder()
                        .setId("hold_lost")
                        .setMatter("m")
                        .setTargets(List.of(ContentTargets.conversations(List.of("c"))))
                        .build())
                .build();
        ObjectNode document = VersionIndex.head(orgId, ComplianceRegister.KIND, orgId, CLOCK.instant())
                .put("version", 1)
                .put("value", Base64.getEncoder().encodeToString(Codec.encode(lost)));
        elastic(
                "PUT",
                "/" + Index.COMPLIANCE.indexName() + "/_doc/"
                        + VersionIndex.documentId(orgId, ComplianceRegister.KIND, orgId)
                        + "?version=1&version_type=external&refresh=true",
                document.toString());
        Client officer = Client.of(running, orgId);

        String hold = hold(officer, "'conversations': ['c']");

        assertThat(officer.get(HOLDS + "/" + hold).body().path("number").asLong())
                .isEqualTo(2);
        assertThat(texts(officer.get(HOLDS).body(), "/id")).containsExactly(hold, "hold_lost");
        try (RunningServer restarted = server()) {
            Client there = Client.of(restarted, orgId);
            assertThat(texts(there.get(HOLDS).body(), "/id")).containsExactly(hold, "hold_lost");
        }
        assertThat(entries(orgId).stream().map(ComplianceChange::getNumber)).containsExactly(1L, 2L);
    }

    /** The same without anybody who writes. */
    @Test
    void theReconcilerPublishesWhatACrashLeft() throws Exception {
        String orgId = "erase-reconciled";
        ComplianceChange lost = ErasureRoutes.erasure(Erasure.newBuilder()
                        .setId("erasure_lost")
                        .setTarget(ContentTargets.conversations(List.of("c")))
                        .setDueAt(micros(-30))
                        .build())
                .setOrgId(orgId)
                .setNumber(1)
                .setRecordedAt(micros(0))
                .build();
        ObjectNode document = VersionIndex.head(orgId, ComplianceRegister.KIND, orgId, CLOCK.instant())
                .put("version", 1)
                .put("value", Base64.getEncoder().encodeToString(Codec.encode(lost)));
        elastic(
                "PUT",
                "/" + Index.COMPLIANCE.indexName() + "/_doc/"
                        + VersionIndex.documentId(orgId, ComplianceRegister.KIND, orgId)
                        + "?version=1&version_type=external&refresh=true",
                document.toString());
        try (RunningServer restarted = server()) {
            Client officer = Client.of(restarted, orgId);
            DirectoryStack.await(() -> officer.get(ERASURES).body().path("data").size() == 1);
            assertThat(awaitStatus(officer, "erasure_lost", "completed")
                            .path("found")
                            .asLong())
                    .isZero();
        }
    }

    @Test
    void nobodyWithoutTheScopeOrThePlan() throws Exception {
        String orgId = "erase-refused";
        String reader = running.token(orgId, "read:compliance_user_data");
        for (String path : List.of(HOLDS, ERASURES, "/v1/retention/runs")) {
            assertThat(running.post(path, reader, "{}").statusCode()).as(path).isEqualTo(403);
            assertThat(audit(orgId, "POST " + path))
                    .singleElement()
                    .satisfies(record -> assertThat(record.getOutcome()).isEqualTo("permission_error"));
        }
        assertThat(running.get(ERASURES, reader).statusCode()).isEqualTo(200);
        assertThat(running.get(ERASURES, running.token(orgId, "read:analytics")).statusCode())
                .isEqualTo(403);

        Client operator = Client.of(running, "default");
        operator.send("PUT", "/v1/organizations/erase-team", "{'plan': 'team'}").is(200);
        Client officer = Client.of(running, "erase-team");
        Answer refused = erase(officer, "{'conversation_id': 'c'}").is(403);
        assertThat(refused.body().at("/error/type").asText()).isEqualTo("plan_required");
        assertThat(refused.body().at("/error/available_in").toString()).isEqualTo("[\"enterprise\"]");
        assertThat(entries("erase-team")).isEmpty();
    }

    static Stream<Arguments> badBodies() {
        String longId = "x".repeat(10_240);
        return Stream.of(
                Arguments.of(ERASURES, "{}", "target"),
                Arguments.of(ERASURES, "{'target': {}}", "target"),
                Arguments.of(ERASURES, "{'target': {'user': 'a', 'project_id': 'b'}}", "target"),
                Arguments.of(ERASURES, "{'target': {'planet': 'a'}}", "target.planet"),
                Arguments.of(ERASURES, "{'target': {'user': ''}}", "target.user"),
                Arguments.of(ERASURES, "{'target': {'user': ['a']}}", "target.user"),
                Arguments.of(ERASURES, "{'target': {'conversation_id': '" + longId + "'}}", "target.conversation_id"),
                Arguments.of(ERASURES, "{'target': {'conversation_id': 'a\\u0000b'}}", "target.conversation_id"),
                Arguments.of(ERASURES, "{'target': {'conversation_id': 'a\\ud83d'}}", "target.conversation_id"),
                Arguments.of(ERASURES, "{'target': {'user': 'a'}, 'dry_run': 'yes'}", "dry_run"),
                Arguments.of(HOLDS, "{'matter': 'm'}", ""),
                Arguments.of(HOLDS, "{'users': ['a']}", "matter"),
                Arguments.of(HOLDS, "{'matter': 'm', 'users': ['" + longId + "']}", "users[0]"),
                Arguments.of(HOLDS, "{'matter': 'm', 'users': 'a'}", "users"),
                Arguments.of(HOLDS, "{'matter': 'm', 'conversations': ['a', 1]}", "conversations[1]"),
                Arguments.of("/v1/compliance/searches", "{'name': 'n', 'query': 'q'}", "query"));
    }

    @ParameterizedTest
    @MethodSource("badBodies")
    void badBodiesAreRefusedByName(String path, String body, String field) throws Exception {
        Client officer = Client.of(running, "erase-bad");
        Answer refused = officer.send("POST", path, body).is(400);
        assertThat(refused.body().at("/error/field").asText("")).isEqualTo(field);
        assertThat(refused.message()).contains("(expected: ").hasSizeLessThan(400);
        assertThat(entries("erase-bad")).isEmpty();
    }

    @Test
    void idsOfAnyKindAreTakenAsTheyAre() throws Exception {
        Client officer = Client.of(running, "erase-ids");
        String id = "../a b/ü☃?x=*\\\"";
        message("erase-ids", "../a b/ü☃?x=*\"", "m", null, "chat", micros(1));
        message("erase-ids", "other", "m", null, "chat", micros(1));
        Answer dry = officer.send("POST", ERASURES, "{'target': {'conversation_id': '" + id + "'}, 'dry_run': true}")
                .is(200);
        assertThat(dry.body().path("found").asLong()).isEqualTo(1);
        officer.send("GET", ERASURES + "/" + "x".repeat(300), "").is(404);
        for (String path : List.of("%2e%2e%2fholds", "a%2Fb", "x".repeat(10_240))) {
            assertThat(officer.send("GET", ERASURES + "/" + path, "").status()).isIn(400, 404);
        }
        officer.send("GET", "/v1/receipts/receipt_none", "").is(404);
        officer.send("DELETE", "/v1/compliance/apps/chats/%E2%98%83", "").is(404);
    }

    @Test
    void savedSearchesAreListedAndForgotten() throws Exception {
        Client officer = Client.of(running, "erase-searches");
        String path = "/v1/compliance/searches";
        Answer made = officer.post(
                path, "{'name': 'secrets', 'query': {'role': ['user', 'assistant'], 'q': 'key', 'flagged': false}}");
        assertThat(made.body().path("query").toString())
                .isEqualTo("{\"flagged\":false,\"q\":\"key\",\"role\":[\"user\",\"assistant\"]}");
        officer.send("POST", path, "{'name': 'wrong', 'query': {'org_id': 'another'}}")
                .is(400);
        assertThat(texts(officer.get(path).body(), "/name")).containsExactly("secrets");
        Client.of(running, "erase-stranger")
                .send("GET", path + "/" + made.id(), "")
                .is(404);
        erase(officer, "{'search_id': 'search_none'}").is(404);
        officer.send("DELETE", path + "/" + made.id(), "").is(200);
        officer.send("DELETE", path + "/" + made.id(), "").is(404);
        assertThat(officer.get(path).body().path("data")).isEmpty();
    }

    @Test
    void listsOfErasuresHavePages() throws Exception {
        Client officer = Client.of(running, "erase-pages");
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.add(
                    0,
                    erase(officer, "{'conversation_id': 'c" + i + "'}").is(202).id());
        }
        List<String> seen = new ArrayList<>();
        JsonNode page = officer.get(ERASURES + "?limit=2").body();
        seen.addAll(texts(page, "/id"));
        while (page.path("has_more").asBoolean()) {
            page = officer.get(
                            ERASURES + "?limit=2&page=" + page.path("next_page").asText())
                    .body();
            seen.addAll(texts(page, "/id"));
        }
        assertThat(seen).isEqualTo(ids);
        officer.send("GET", ERASURES + "?status=lost", "").is(400);
    }

    @Test
    void retentionLeavesToGroupsWhatTheyKeepLonger() throws Exception {
        String orgId = "erase-retention";
        Client officer = Client.of(running, orgId);
        String kim =
                officer.post("/v1/users", "{'user_name': 'kim@example.com'}").id();
        officer.post("/v1/users", "{'user_name': 'lee@example.com'}");
        String legal = officer.post("/v1/groups", "{'name': 'legal'}").id();
        officer.send("POST", "/v1/groups/" + legal + "/members", "{'user_ids': ['" + kim + "']}")
                .is(200);
        message(orgId, "k1", "m", "kim@example.com", "chat", micros(400));
        message(orgId, "k2", "m", "kim@example.com", "chat", micros(50));
        message(orgId, "l1", "m", "lee@example.com", "chat", micros(50));
        message(orgId, "l2", "m", "lee@example.com", "chat", micros(5));
        message(orgId, "x1", "m", "stranger@example.com", "chat", micros(50));
        message(orgId, "n1", "m", null, "chat", micros(50));

        assertThat(officer.send("POST", "/v1/retention/runs", "{}")
                        .is(202)
                        .body()
                        .path("erasures"))
                .isEmpty();
        JsonNode classes = officer.send(
                        "PUT",
                        "/v1/retention",
                        "{'classes': [{'days': 30}, {'group_id': '" + legal + "', 'days': 365}]}")
                .is(200)
                .body();
        assertThat(classes.at("/classes/0/group_id").asText()).isEqualTo(legal);
        officer.send("PUT", "/v1/retention", "{'classes': [{'days': 30}, {'days': 31}]}")
                .is(400);
        officer.send("PUT", "/v1/retention", "{'classes': [{'days': 0}]}").is(400);
        officer.send("PUT", "/v1/retention", "{'classes': [{'group_id': 'none', 'days': 1}]}")
                .is(400);

        JsonNode dry = officer.send("POST", "/v1/retention/runs", "{'dry_run': true}")
                .is(200)
                .body();
        assertThat(texts(dry.path("erasures"), "/found")).containsExactlyInAnyOrder("2", "1");
        assertThat(officer.get(ERASURES).body().path("data")).isEmpty();
        String hold = hold(officer, "'conversations': ['l1']");
        JsonNode run = officer.send("POST", "/v1/retention/runs", "{}").is(202).body();
        for (JsonNode erasure : run.path("erasures")) {
            boolean group = erasure.at("/target/labels/0").asText().equals("kim@example.com");
            JsonNode end = awaitStatus(officer, erasure.path("id").asText(), group ? "completed" : "held");
            assertThat(end.path("erased").asLong()).isEqualTo(1);
            assertThat(end.path("held_by").toString()).isEqualTo(group ? "[]" : "[\"" + hold + "\"]");
        }

        // By night the same, on every server once.
        Map<Setting, String> always = Map.of(Setting.RETENTION_HOUR, "0");
        try (RunningServer first = stack.server(CLOCK, always);
                RunningServer second = stack.server(CLOCK, always)) {
            Client there = Client.of(second, orgId);
            DirectoryStack.await(() -> there.get(ERASURES).body().path("data").size() == 4);
            assertThat(first.json("/v1/retention", first.token(orgId, "admin"))
                            .path("next_run_at")
                            .asText())
                    .isEqualTo("2026-11-26T00:00:00Z");
        }
        assertThat(entries(orgId).stream()
                        .filter(each -> each.getErasure() != null)
                        .map(each -> each.getErasure().getId()))
                .hasSize(4)
                .doesNotHaveDuplicates();
    }

    /** Of anything there is in the index: what is counted is what the register says is covered, and held. */
    @Test
    void theQueryMeansTheSameAsTheRegister() throws Exception {
        String orgId = "erase-same";
        CoveredContent content = new CoveredContent(elasticOf());
        Random random = new Random(20261125);
        Map<String, Set<String>> ofConversations = Map.of(
                "c0", Set.of("u0@example.com"), "c1", Set.of("u1@example.com", "u2@example.com"), "c2", Set.of());
        for (Map.Entry<String, Set<String>> each : ofConversations.entrySet()) {
            conversation(orgId, each.getKey(), each.getValue());
        }
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            Item item = message(
                    orgId,
                    "c" + random.nextInt(5),
                    "m" + i,
                    random.nextInt(5) == 0 ? null : "u" + random.nextInt(4) + "@example.com",
                    random.nextBoolean() ? "chat" : "claude_code",
                    micros(random.nextInt(60)) + random.nextInt(5));
            items.add(new Item(
                    item.conversationId(),
                    item.documentId(),
                    item.labels().isEmpty()
                            ? ofConversations.getOrDefault(item.conversationId(), Set.of())
                            : item.labels(),
                    item.projectId(),
                    item.product(),
                    item.occurredAt()));
        }
        for (int i = 0; i < 60; i++) {
            ContentTarget.Builder target = ContentTarget.newBuilder()
                    .setUntil(random.nextBoolean() ? null : micros(random.nextInt(60)) / 1000 * 1000);
            switch (i % 4) {
                case 0 -> target.setKind("conversation").setConversationIds(List.of("c" + random.nextInt(6), "c1"));
                case 1 -> target.setKind("user").setLabels(List.of("U" + random.nextInt(5) + "@example.com"));
                case 2 ->
                    target.setKind("search")
                            .setDocuments(List.of(items.get(random.nextInt(40)).documentId(), "none"));
                default ->
                    target.setKind("retention")
                            .setProduct(random.nextBoolean() ? null : "chat")
                            .setLabels(random.nextBoolean() ? List.of() : List.of("u1@example.com", "u2@example.com"));
            }
            ContentTarget asked = target.build();
            Register register = new Register();
            List<ContentTarget> kept = List.of(
                    ContentTargets.conversations(List.of("c" + random.nextInt(5))),
                    ContentTarget.newBuilder()
                            .setKind("user")
                            .setLabels(List.of("u" + random.nextInt(4) + "@example.com"))
                            .build());
            for (int hold = 0; hold < kept.size(); hold++) {
                register.add(entry(orgId, hold + 1)
                        .setKind("hold")
                        .setHold(LegalHold.newBuilder()
                                .setId("hold_" + hold)
                                .setMatter("m")
                                .setTargets(List.of(kept.get(hold)))
                                .build())
                        .build());
            }
            register.add(entry(orgId, 3)
                    .setKind("erasure")
                    .setErasure(Erasure.newBuilder()
                            .setId("e")
                            .setTarget(asked)
                            .setDueAt(1)
                            .build())
                    .build());
            register.add(entry(orgId, 4).setKind("start").setStart("e").build());
            List<Item> covered = items.stream()
                    .filter(item -> register.erasure(orgId, "e").orElseThrow().covers(item))
                    .toList();
            Map<String, Long> heldBy = new TreeMap<>();
            long held = 0;
            for (Item item : covered) {
                List<String> holds = register.fate(orgId, "e", item).heldBy();
                held += holds.isEmpty() ? 0 : 1;
                holds.forEach(hold -> heldBy.merge(hold, 1L, Long::sum));
            }
            CoveredContent.Count count = content.count(orgId, asked, register.holds(orgId));
            assertThat(count.found()).as("%s", asked).isEqualTo(covered.size());
            assertThat(count.held()).as("%s %s", asked, kept).isEqualTo(held);
            assertThat(count.heldBy()).as("%s %s", asked, kept).isEqualTo(heldBy);
        }
    }

    private static ComplianceChange.Builder entry(String orgId, long number) {
        return ComplianceChange.newBuilder().setOrgId(orgId).setNumber(number).setRecordedAt(1);
    }

    private static Elastic elasticOf() throws Exception {
        Path password = Files.writeString(folder.resolve("same"), stack.elasticsearch.password());
        return new Elastic(
                Settings.of(Map.of(
                        Setting.ELASTICSEARCH_URL, stack.elasticsearch.url().toString(),
                        Setting.ELASTICSEARCH_PASSWORD_FILE, password.toString())),
                ClientFactory.ofDefault());
    }
}
