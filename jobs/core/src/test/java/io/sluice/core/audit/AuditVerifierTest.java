package io.sluice.core.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AuditVerifierTest {
    private static final int SIZE = 9;

    private static Arguments bent(String how, String found, Consumer<List<JsonNode>> bend) {
        return Arguments.of(how, found, bend);
    }

    private static ObjectNode at(List<JsonNode> entries, int number) {
        return (ObjectNode) entries.get(number - 1);
    }

    static Stream<Arguments> bends() {
        return Stream.of(
                bent("nothing", "none", entries -> {}),
                bent("all gone", "TRUNCATED 1 null", List::clear),
                bent("a field", "CHANGED 4 e4", entries -> at(entries, 4).put("actor", "tok_9")),
                bent(
                        "a detail",
                        "CHANGED 4 e4",
                        entries -> ((ObjectNode) entries.get(3).path("details")).put("x", "y")),
                bent("a field more", "CHANGED 4 e4", entries -> at(entries, 4).put("more", true)),
                bent("a field less", "CHANGED 4 e4", entries -> at(entries, 4).remove("remote")),
                bent("a fraction", "CHANGED 4 e4", entries -> at(entries, 4).put("number", 4.0)),
                bent("the number", "CHANGED 4 e4", entries -> at(entries, 4).put("number", 14)),
                bent("the hash", "CHANGED 4 e4", entries -> at(entries, 4).put("hash", "0".repeat(64))),
                bent("no hash", "CHANGED 4 e4", entries -> at(entries, 4).remove("hash")),
                bent(
                        "the hash before",
                        "CHANGED 4 e4",
                        entries -> at(entries, 4).put("previous_hash", "")),
                bent("no object", "CHANGED 4 null", entries -> entries.set(3, JsonNodeFactory.instance.textNode("{"))),
                bent(
                        "hashed again",
                        "REWRITTEN 4 e4",
                        entries -> Audits.hashedAgain(at(entries, 4).put("actor", "tok_9"))),
                bent(
                        "the first, hashed again",
                        "REWRITTEN 1 e1",
                        entries -> Audits.hashedAgain(at(entries, 1).put("previous_hash", "1".repeat(64)))),
                bent(
                        "another organization",
                        "CHANGED 4 e4",
                        entries -> Audits.hashedAgain(at(entries, 4).put("org_id", "other"))),
                bent("one gone", "MISSING 4 null", entries -> entries.remove(3)),
                bent("the first gone", "MISSING 1 null", entries -> entries.remove(0)),
                bent(
                        "several gone",
                        "MISSING 4 null",
                        entries -> entries.subList(3, 6).clear()),
                bent("two swapped", "REORDERED 4 e4", entries -> Collections.swap(entries, 3, 4)),
                bent("two far apart swapped", "REORDERED 2 e2", entries -> Collections.swap(entries, 1, 7)),
                bent("one twice", "REPEATED 4 e4", entries -> entries.add(4, entries.get(3))),
                bent("one again later", "REPEATED 2 e2", entries -> entries.add(6, entries.get(1))),
                bent(
                        "one put in",
                        "REPEATED 4 e4",
                        entries -> entries.add(
                                3, Audits.hashedAgain(at(entries, 4).deepCopy().put("event_id", "e0")))),
                bent(
                        "the end gone",
                        "TRUNCATED 6 null",
                        entries -> entries.subList(5, SIZE).clear()),
                bent("another chain", "REPLACED 7 e8", entries -> {
                    entries.clear();
                    entries.addAll(without("e4"));
                }));
    }

    /** As if a record had never been. */
    private static List<ObjectNode> without(String event) {
        List<ObjectNode> entries = new ArrayList<>();
        AuditChain chain = AuditChain.EMPTY;
        for (int i = 1; i <= 2 * SIZE; i++) {
            AuditChain.Step step = chain.next(Audits.record("e" + i));
            if (!event.equals("e" + i) && step.entry() != null) {
                chain = step.chain();
                entries.add(AuditJson.of(step.entry()));
            }
        }
        return entries;
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("bends")
    void theFirstBadRecordIsNamed(String how, String found, Consumer<List<JsonNode>> bend) {
        List<JsonNode> entries = new ArrayList<>(Audits.entries(SIZE));
        List<AuditCheckpoint> told =
                List.of(Audits.checkpoint((ObjectNode) entries.get(2)), Audits.checkpoint((ObjectNode) entries.get(6)));
        bend.accept(entries);
        AuditVerifier verifier = new AuditVerifier(Audits.ORG, told);
        entries.forEach(verifier::add);
        assertThat(verifier.end()
                        .map(fault -> fault.kind() + " " + fault.number() + " " + fault.eventId())
                        .orElse("none"))
                .isEqualTo(found);
    }

    @Test
    void aFaultSaysWhatWasExpected() {
        List<ObjectNode> entries = Audits.entries(3);
        String hash = entries.get(1).path("hash").asText();
        entries.get(1).put("outcome", "forbidden");
        AuditVerifier verifier = new AuditVerifier(Audits.ORG, List.of());
        entries.forEach(verifier::add);
        assertThat(verifier.isDecided()).isTrue();
        assertThat(verifier.number()).isEqualTo(1);
        assertThat(verifier.end().orElseThrow().message())
                .isEqualTo("hash: " + hash + " (expected: " + AuditJson.hash(entries.get(1))
                        + ", which is that of what it holds)");
    }

    @Test
    void whatTheStoreSaysOtherwiseIsAFaultOfTheRecord() {
        List<ObjectNode> entries = Audits.entries(2);
        AuditVerifier verifier = new AuditVerifier(Audits.ORG, List.of());
        verifier.add(entries.get(0));
        verifier.add(entries.get(1), List.of("actor"));
        assertThat(verifier.end().orElseThrow().message()).startsWith("its document was changed: actor");
    }

    @Test
    void checkpointsThatFitAreCounted() {
        List<ObjectNode> entries = Audits.entries(5);
        AuditVerifier verifier = new AuditVerifier(
                Audits.ORG, List.of(Audits.checkpoint(entries.get(3)), Audits.checkpoint(entries.get(1))));
        entries.forEach(verifier::add);
        assertThat(verifier.end()).isEmpty();
        assertThat(verifier.confirmed()).isEqualTo(4);
        assertThat(verifier.number()).isEqualTo(5);
        assertThat(verifier.hash()).isEqualTo(entries.get(4).path("hash").asText());
    }

    @Test
    void aCheckpointIsToldAndReadAsAnAlert() {
        AuditCheckpoint checkpoint = new AuditCheckpoint(7, "a".repeat(64));
        var alert = checkpoint.alert(Audits.ORG, Audits.AT);
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("kind", alert.getKind());
        ObjectNode details = json.putObject("details");
        alert.getDetails().forEach(details::put);
        assertThat(AuditCheckpoint.of(json)).contains(checkpoint);
        assertThat(AuditCheckpoint.of(json.put("kind", "spend_threshold"))).isEmpty();
        assertThat(checkpoint.alert(Audits.ORG, Audits.AT + 1).getId()).isEqualTo(alert.getId());
        assertThat(checkpoint.alert("other", Audits.AT).getId()).isNotEqualTo(alert.getId());
    }
}
