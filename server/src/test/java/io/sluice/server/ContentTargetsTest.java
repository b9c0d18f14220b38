package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.linecorp.armeria.client.ClientFactory;
import io.sluice.core.directory.Directories;
import io.sluice.schema.Codec;
import io.sluice.schema.ContentIndex;
import io.sluice.schema.ContentTarget;
import io.sluice.schema.Erasure;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ContentTargetsTest {
    private static final JsonNode SEARCH = ContentTargets.json("{\"search\": {\"q\": \"key\"}}");

    private static List<String> documents(int number) {
        return IntStream.range(0, number)
                .mapToObj(i -> ContentIndex.documentId("c", "m" + i))
                .toList();
    }

    /** What a search that finds so many messages is frozen as. */
    private static ContentTarget frozen(long total) {
        FrozenSearch search = new FrozenSearch() {
            @Override
            public void check(String orgId, JsonNode body) {}

            @Override
            public Found find(String orgId, JsonNode body, int most) {
                assertThat(orgId).isEqualTo("acme");
                assertThat(body.path("q").asText()).isEqualTo("key");
                return new Found(total, documents((int) Math.min(total, most)));
            }
        };
        Settings settings = Settings.of(Map.of(Setting.KAFKA_BOOTSTRAP_SERVERS, "127.0.0.1:1"));
        AccessFixture fixture = new AccessFixture();
        Elastic elastic = new Elastic(settings, ClientFactory.ofDefault());
        Directories directories = new Directories();
        try (Publisher publisher = new Publisher(settings.kafkaBootstrapServers(), settings.kafkaAckTimeout(), null);
                Kafka kafka = new Kafka(settings, fixture.tokens, publisher, "");
                ComplianceRegister register = new ComplianceRegister(settings, kafka, elastic, fixture.clock);
                DirectoryStore directory = new DirectoryStore(
                        directories,
                        new DirectoryIndex(elastic),
                        new VersionTopic<>(settings, kafka, Control.DIRECTORY, directories::apply),
                        fixture.clock)) {
            return new ContentTargets(directory, register, search).ofErasure("acme", SEARCH, 7000);
        }
    }

    @Test
    void aSearchIsFrozenAsAListOfDocuments() {
        ContentTarget target = frozen(3);
        assertThat(target.getKind()).isEqualTo("search");
        assertThat(target.getDocuments()).isEqualTo(documents(3));
        assertThat(target.getUntil()).isEqualTo(7000);
    }

    @Test
    void aSearchThatFindsTooMuchSaysHowMuch() {
        assertThatThrownBy(() -> frozen(5001))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("target.search: finds 5001 messages (expected: at most 5000; narrow it");
    }

    /** Else it would be accepted here, and refused by Kafka. */
    @Test
    void theMostThatCanBeFrozenFitsIntoAnEntry() {
        byte[] entry = Codec.encode(ErasureRoutes.erasure(Erasure.newBuilder()
                        .setId(ComplianceDecisions.newId("erasure"))
                        .setTarget(frozen(ContentTargets.MOST_DOCUMENTS))
                        .setReason("x".repeat(1000))
                        .setDueAt(Long.MAX_VALUE)
                        .build())
                .setOrgId("acme")
                .setNumber(Long.MAX_VALUE)
                .setRecordedAt(Long.MAX_VALUE)
                .build());
        assertThat(entry.length).isLessThan(256 * 1024);
    }
}
