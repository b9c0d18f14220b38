package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.audit.AuditChain;
import io.sluice.core.audit.AuditCheckpoint;
import io.sluice.core.audit.AuditDocument;
import io.sluice.core.audit.AuditJson;
import io.sluice.core.audit.AuditVerifier;
import io.sluice.schema.AuditEntry;
import io.sluice.schema.AuditRecord;
import io.sluice.schema.Codec;
import io.sluice.schema.Index;
import io.sluice.schema.Topic;
import io.sluice.server.DirectoryStack.Client;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The audit as it is served, and what of it is found that was bent in Elasticsearch. */
class AuditITCase {
    private static final int ENTRIES = 12;

    @TempDir
    static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static DirectoryStack stack;

    @SuppressWarnings("NullAway.Init")
    private static RunningServer running;

    @BeforeAll
    static void start() throws Exception {
        stack = DirectoryStack.shared(folder);
        running = stack.server(Clock.systemUTC());
    }

    @AfterAll
    static void stop() throws Exception {
        running.close();
    }

    /** An organization that did something, and what the job makes of it. */
    private static List<ObjectNode> chained(String organization, int size) throws Exception {
        List<ObjectNode> entries = new ArrayList<>();
        AuditChain chain = AuditChain.EMPTY;
        StringBuilder bulk = new StringBuilder();
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", stack.kafka.bootstrapServers()),
                new StringSerializer(),
                new ByteArraySerializer())) {
            for (int i = 1; i <= size; i++) {
                AuditChain.Step step = chain.next(AuditRecord.newBuilder()
                        .setOrgId(organization)
                        .setEventId("aud_" + i)
                        .setOccurredAt(1_795_600_000_000_000L + i)
                        .setActor("tok_" + i % 3)
                        .setAction("POST /v1/tokens")
                        .setTarget(i % 2 == 0 ? null : "tok_9")
                        .setOutcome(i % 4 == 0 ? "permission_error" : "done")
                        .setRemote("192.0.2.1")
                        .setDetails(Map.of("scopes", "ingest"))
                        .build());
                chain = step.chain();
                AuditEntry entry = step.entry();
                if (entry == null) {
                    throw new AssertionError("no two records are the same");
                }
                ObjectNode json = AuditJson.of(entry);
                entries.add(json);
                producer.send(new ProducerRecord<>(
                        Topic.AUDIT_CHAIN.topicName(), organization + '|' + i, Codec.encode(entry)));
                bulk.append("{\"index\": {\"_id\": \"")
                        .append(AuditDocument.id(organization, i))
                        .append("\"}}\n")
                        .append(AuditDocument.of(json))
                        .append('\n');
            }
        }
        String path = "/" + Index.AUDIT.indexName() + "/_bulk?refresh=true";
        assertThat(TestElastic.send(stack.elasticsearch, "POST", path, bulk.toString()))
                .contains("\"errors\":false");
        return entries;
    }

    private static void elastic(String method, String path, JsonNode body) throws IOException, InterruptedException {
        TestElastic.send(
                stack.elasticsearch, method, "/" + Index.AUDIT.indexName() + path + "?refresh=true", body.toString());
    }

    private static void drop(String organization, int number) throws IOException, InterruptedException {
        String path = "/" + Index.AUDIT.indexName() + "/_doc/" + AuditDocument.id(organization, number);
        TestElastic.send(stack.elasticsearch, "DELETE", path + "?refresh=true", "");
    }

    private static ObjectNode doc(String field, String value) {
        ObjectNode body = RunningServer.JSON.createObjectNode();
        body.putObject("doc").put(field, value);
        return body;
    }

    private static String anew() {
        return "audited-" + UUID.randomUUID();
    }

    private static String verified(Client client, String organization) throws Exception {
        JsonNode head = client.get("/v1/audit/head").body();
        List<AuditCheckpoint> told = new ArrayList<>();
        told.add(new AuditCheckpoint(
                head.path("number").asLong(), head.path("hash").asText()));
        for (JsonNode each : head.path("checkpoints")) {
            told.add(new AuditCheckpoint(
                    each.path("number").asLong(), each.path("hash").asText()));
        }
        AuditVerifier verifier = new AuditVerifier(organization, told);
        pages(client, "/v1/audit?order=asc&limit=5").forEach(verifier::addPage);
        return verifier.end()
                .map(fault -> fault.kind() + " " + fault.number() + " " + fault.eventId())
                .orElse("none " + verifier.number() + " " + verifier.confirmed());
    }

    private static List<JsonNode> pages(Client client, String path) throws Exception {
        List<JsonNode> pages = new ArrayList<>(List.of(client.get(path).body()));
        while (pages.get(pages.size() - 1).path("has_more").asBoolean()) {
            String next = pages.get(pages.size() - 1).path("next_page").asText();
            pages.add(client.get(path + "&page=" + next).body());
        }
        return pages;
    }

    private static List<Integer> numbers(Client client, String query) throws Exception {
        List<Integer> numbers = new ArrayList<>();
        for (JsonNode page : pages(client, "/v1/audit?" + query)) {
            page.path("data").forEach(entry -> numbers.add(entry.path("number").asInt()));
        }
        return numbers;
    }

    @Test
    void entriesAreServedAsTheyWereHashed() throws Exception {
        String organization = anew();
        List<ObjectNode> entries = chained(organization, ENTRIES);
        chained(anew(), 3);
        Client client = Client.of(running, organization);
        List<String> served = new ArrayList<>();
        for (JsonNode page : pages(client, "/v1/audit?order=asc&limit=5")) {
            assertThat(page.path("differing")).isEmpty();
            page.path("data").forEach(entry -> served.add(AuditJson.hash(entry)));
        }
        assertThat(served)
                .isEqualTo(entries.stream()
                        .map(entry -> entry.path("hash").asText())
                        .toList());
        assertThat(numbers(client, "limit=5")).containsExactly(12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1);
        assertThat(numbers(client, "actor=tok_1&order=asc")).containsExactly(1, 4, 7, 10);
        assertThat(numbers(client, "outcome=permission_error&order=asc")).containsExactly(4, 8, 12);
        assertThat(numbers(client, "action=POST%20/v1/tokens&actor=tok_0&limit=1"))
                .containsExactly(12, 9, 6, 3);
        assertThat(numbers(client, "action=GET%20/v1/tokens")).isEmpty();
        assertThat(numbers(client, "starting_at=2026-11-25T09:46:41Z")).isEmpty();
        assertThat(numbers(client, "ending_at=2026-11-26")).hasSize(ENTRIES);
        assertThat(client.send("GET", "/v1/audit?order=up", "").is(400).message())
                .isEqualTo("order: up (expected: asc or desc)");
        assertThat(verified(client, organization)).isEqualTo("none 12 12");
    }

    @Test
    void anOrganizationWithoutRecordsHasAnEmptyChain() throws Exception {
        String organization = anew();
        Client client = Client.of(running, organization);
        assertThat(client.get("/v1/audit").body().path("data")).isEmpty();
        JsonNode head = client.get("/v1/audit/head").body();
        assertThat(head.path("number").asInt()).isZero();
        assertThat(head.path("hash").asText()).isEqualTo(AuditChain.NO_HASH);
        assertThat(head.path("org_id").asText()).isEqualTo(organization);
    }

    /** While Elasticsearch lags, what is there is served; the head says that there is more. */
    @Test
    void entriesThatAreOnTheirWayAreMissedAtTheEnd() throws Exception {
        String organization = anew();
        chained(organization, ENTRIES);
        drop(organization, ENTRIES - 1);
        drop(organization, ENTRIES);
        Client client = Client.of(running, organization);
        assertThat(numbers(client, "")).hasSize(10);
        assertThat(verified(client, organization)).isEqualTo("TRUNCATED 11 null");
    }

    @Test
    void theAuditIsForThosePlansAndScopesThatHaveIt() throws Exception {
        String organization = anew();
        Client client = Client.of(running, organization);
        HttpRequest.Builder smaller = HttpRequest.newBuilder(
                        URI.create(running.rest("/v1/organizations/" + organization)))
                .header("authorization", "Bearer " + running.adminToken())
                .header("content-type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString("{\"plan\": \"team\"}"));
        assertThat(running.send(smaller).statusCode()).isEqualTo(200);
        assertThat(client.send("GET", "/v1/audit", "").status()).isEqualTo(403);
        String analyst = running.token(anew(), "read:analytics");
        assertThat(running.get("/v1/audit", analyst).statusCode()).isEqualTo(403);
        assertThat(running.get("/v1/audit/head", analyst).statusCode()).isEqualTo(403);
    }

    /** What somebody does who can write to Elasticsearch. */
    enum Bend {
        A_BYTE("CHANGED 5 aud_5") {
            @Override
            void in(String organization, List<ObjectNode> entries) throws Exception {
                String entry = AuditDocument.of(entries.get(4)).path("entry").asText();
                update(organization, 5, "entry", entry.replace("192.0.2.1", "192.0.2.3"));
            }
        },
        A_BRACE("CHANGED 5 null") {
            @Override
            void in(String organization, List<ObjectNode> entries) throws Exception {
                String entry = AuditDocument.of(entries.get(4)).path("entry").asText();
                update(organization, 5, "entry", entry.replace("}", "]"));
            }
        },
        A_FIELD_TO_SEARCH_BY("CHANGED 5 aud_5") {
            @Override
            void in(String organization, List<ObjectNode> entries) throws Exception {
                update(organization, 5, "actor", "tok_7");
            }
        },
        ITS_ORGANIZATION("MISSING 5 null") {
            @Override
            void in(String organization, List<ObjectNode> entries) throws Exception {
                update(organization, 5, "org_id", organization + "-");
            }
        },
        ITS_NUMBER("REORDERED 5 aud_5") {
            @Override
            void in(String organization, List<ObjectNode> entries) throws Exception {
                update(organization, 5, "number", "8");
            }
        },
        ONE_DROPPED("MISSING 5 null") {
            @Override
            void in(String organization, List<ObjectNode> entries) throws Exception {
                drop(organization, 5);
            }
        },
        THE_LAST_DROPPED("TRUNCATED 12 null") {
            @Override
            void in(String organization, List<ObjectNode> entries) throws Exception {
                drop(organization, ENTRIES);
            }
        },
        TWO_SWAPPED("REORDERED 5 aud_5") {
            @Override
            void in(String organization, List<ObjectNode> entries) throws Exception {
                update(
                        organization,
                        5,
                        "entry",
                        AuditDocument.of(entries.get(5)).path("entry").asText());
                update(
                        organization,
                        6,
                        "entry",
                        AuditDocument.of(entries.get(4)).path("entry").asText());
            }
        },
        TWO_DOCUMENTS_SWAPPED("CHANGED 5 aud_5") {
            @Override
            void in(String organization, List<ObjectNode> entries) throws Exception {
                elastic("PUT", "/_doc/" + AuditDocument.id(organization, 5), AuditDocument.of(entries.get(5)));
                elastic("PUT", "/_doc/" + AuditDocument.id(organization, 6), AuditDocument.of(entries.get(4)));
            }
        },
        ALL_FROM_HERE_REWRITTEN("REPLACED 12 aud_12") {
            @Override
            void in(String organization, List<ObjectNode> entries) throws Exception {
                String previous = entries.get(3).path("hash").asText();
                for (ObjectNode entry : entries.subList(4, ENTRIES)) {
                    entry.put("actor", "tok_7").put("previous_hash", previous);
                    previous = AuditJson.hash(entry);
                    entry.put("hash", previous);
                    long number = entry.path("number").asLong();
                    elastic("PUT", "/_doc/" + AuditDocument.id(organization, number), AuditDocument.of(entry));
                }
            }
        };

        private final String found;

        Bend(String found) {
            this.found = found;
        }

        abstract void in(String organization, List<ObjectNode> entries) throws Exception;

        private static void update(String organization, long number, String field, String value) throws Exception {
            elastic("POST", "/_update/" + AuditDocument.id(organization, number), doc(field, value));
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatWasBentIsNamed(Bend bend) throws Exception {
        String organization = anew();
        List<ObjectNode> entries = chained(organization, ENTRIES);
        Client client = Client.of(running, organization);
        assertThat(verified(client, organization)).isEqualTo("none 12 12");
        bend.in(organization, entries);
        assertThat(verified(client, organization)).isEqualTo(bend.found);
    }

    @Test
    void checkpointsAreServedWithTheHeadAndAsAlerts() throws Exception {
        String organization = anew();
        List<ObjectNode> entries = chained(organization, ENTRIES);
        TestElastic.send(
                stack.elasticsearch,
                "PUT",
                "/" + Index.ALERTS.indexName() + "/_doc/" + organization + "?refresh=true",
                ("{'org_id': '" + organization + "', 'id': 'a', 'kind': 'audit_checkpoint', 'status': 'resolved',"
                                + " 'scope_type': 'organization', 'cap_id': '', 'cap_version': 0, 'period': '',"
                                + " 'period_start': '1970-01-01T00:00:00Z', 'amount_micros': 0, 'threshold': 0,"
                                + " 'occurrence': 1, 'cause': 'checkpoint', 'spend_before_micros': 0,"
                                + " 'spend_after_micros': 0, 'late': false, 'at': '2026-11-25T12:00:00Z',"
                                + " 'details': {'number': '7', 'hash': '" + "0".repeat(64) + "'}}")
                        .replace('\'', '"'));
        Client client = Client.of(running, organization);
        assertThat(client.get("/v1/audit/head").body().path("checkpoints"))
                .hasToString("[{\"number\":7,\"hash\":\"" + "0".repeat(64) + "\",\"at\":\"2026-11-25T12:00:00Z\"}]");
        assertThat(client.get("/v1/alerts").body().path("data"))
                .hasToString("[{\"id\":\"a\",\"kind\":\"audit_checkpoint\",\"status\":\"resolved\",\"occurrence\":1,"
                        + "\"cause\":\"checkpoint\",\"at\":\"2026-11-25T12:00:00Z\",\"details\":{\"number\":\"7\",\"hash\":\""
                        + "0".repeat(64)
                        + "\"},\"user\":null,\"crossing_event_id\":null,\"scope\":{\"type\":\"organization\"}}]");
        assertThat(client.get("/v1/alerts?status=firing").body().path("data")).isEmpty();
        assertThat(verified(client, organization))
                .isEqualTo("REPLACED 7 " + entries.get(6).path("event_id").asText());
    }
}
