package io.sluice.core.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is bent is found, and named. */
class AuditPropertyTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SIZE = 12;

    private static Optional<AuditVerifier.Fault> verified(List<? extends JsonNode> entries, AuditCheckpoint... told) {
        AuditVerifier verifier = new AuditVerifier(Audits.ORG, List.of(told));
        entries.forEach(verifier::add);
        return verifier.end();
    }

    /** Every bit of every byte of an entry as it is stored: it is no entry any more, or its hash does not fit. */
    @ParameterizedTest(name = "record {0}")
    @ValueSource(ints = {1, 7, SIZE})
    void anyBitThatIsFlippedIsNamed(int number) {
        List<ObjectNode> entries = Audits.entries(SIZE);
        byte[] stored = CanonicalJson.of(entries.get(number - 1)).getBytes(StandardCharsets.UTF_8);
        for (int bit = 0; bit < 8 * stored.length; bit++) {
            byte[] bytes = stored.clone();
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
            ObjectNode document = AuditDocument.of(entries.get(number - 1))
                    .put(AuditDocument.ENTRY, new String(bytes, StandardCharsets.UTF_8));
            AuditDocument.Found found = AuditDocument.read(AuditDocument.id(Audits.ORG, number), document);
            AuditVerifier verifier = new AuditVerifier(Audits.ORG, List.of());
            for (ObjectNode entry : entries) {
                if (entry == entries.get(number - 1)) {
                    verifier.add(found.entry(), found.differing());
                } else {
                    verifier.add(entry);
                }
            }
            assertThat(verifier.end().map(AuditVerifier.Fault::number))
                    .as("bit %d", bit)
                    .contains((long) number);
        }
    }

    /** Of the fields that are only searched by. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void anyFieldOfADocumentThatIsChangedIsNamed(long seed) {
        Random random = new Random(seed);
        ObjectNode entry = Audits.entries(SIZE).get(random.nextInt(SIZE));
        String id = AuditDocument.id(Audits.ORG, entry.path("number").asLong());
        ObjectNode whole = AuditDocument.of(entry);
        AuditDocument.Found unchanged = AuditDocument.read(id, whole);
        assertThat(unchanged.differing()).isEmpty();
        assertThat(CanonicalJson.of(unchanged.entry())).isEqualTo(CanonicalJson.of(entry));
        whole.fieldNames().forEachRemaining(name -> {
            ObjectNode document = whole.deepCopy();
            String text = document.path(name).asText();
            int at = random.nextInt(text.length());
            document.put(name, text.substring(0, at) + '~' + text.substring(at + 1));
            if (!name.equals(AuditDocument.ENTRY)) {
                assertThat(AuditDocument.read(id, document).differing())
                        .as(name)
                        .contains(name);
            }
            document.remove(name);
            assertThat(AuditDocument.read(id, document).differing()).as(name).contains(name);
        });
        assertThat(AuditDocument.read(id, whole.deepCopy().put("more", "x")).differing())
                .containsExactly("more");
        assertThat(AuditDocument.read(id + "0", whole).differing()).containsExactly("_id");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void whatIsDroppedSwappedOrPutInIsNamed(long seed) throws JsonProcessingException {
        Random random = new Random(seed);
        List<ObjectNode> whole = Audits.entries(SIZE);
        AuditCheckpoint head = Audits.checkpoint(whole.get(SIZE - 1));
        assertThat(verified(whole, head)).isEmpty();
        for (int i = 0; i < SIZE; i++) {
            List<JsonNode> dropped = new ArrayList<>(whole);
            dropped.remove(i);
            assertThat(verified(dropped, head).map(AuditVerifier.Fault::number)).contains(i + 1L);

            int j = random.nextInt(SIZE);
            if (i != j) {
                List<JsonNode> swapped = new ArrayList<>(whole);
                Collections.swap(swapped, i, j);
                AuditVerifier.Fault fault = verified(swapped, head).orElseThrow();
                assertThat(fault.kind()).isEqualTo(AuditVerifier.Kind.REORDERED);
                assertThat(fault.number()).isEqualTo(Math.min(i, j) + 1L);
            }

            List<JsonNode> putIn = new ArrayList<>(whole);
            putIn.add(i, JSON.readTree(CanonicalJson.of(whole.get(j))));
            assertThat(verified(putIn, head)).isPresent();

            ObjectNode forged = whole.get(i).deepCopy();
            forged.put("actor", "tok_" + random.nextInt());
            List<JsonNode> rewritten = new ArrayList<>(whole);
            rewritten.set(i, Audits.hashedAgain(forged));
            assertThat(verified(rewritten, head).map(AuditVerifier.Fault::number))
                    .contains(i + 1L);
        }
    }

    /** The chain is a function of the records: a replay gives the same, wherever it begins. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void aReplayGivesTheSameChain(long seed) {
        Random random = new Random(seed);
        List<String> events = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            events.add("e" + (random.nextInt(4) == 0 ? random.nextInt(i + 1) : i));
        }
        List<AuditChain> chains = new ArrayList<>(List.of(AuditChain.EMPTY));
        events.forEach(event -> chains.add(
                chains.get(chains.size() - 1).next(Audits.record(event)).chain()));
        int from = random.nextInt(events.size());
        AuditChain chain = chains.get(from);
        for (int i = from; i < events.size(); i++) {
            chain = chain.next(Audits.record(events.get(i))).chain();
            assertThat(chain).isEqualTo(chains.get(i + 1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "1", "null", "{}", "{\"number\":\"x\"}", "{\"number\":1.5}"})
    void whatIsNoEntryIsNamed(String text) {
        AuditDocument.Found found =
                AuditDocument.read("id", JsonNodeFactory.instance.objectNode().put(AuditDocument.ENTRY, text));
        AuditVerifier verifier = new AuditVerifier(Audits.ORG, List.of());
        verifier.add(found.entry(), found.differing());
        assertThat(verifier.end().orElseThrow().number()).isEqualTo(1);
    }
}
