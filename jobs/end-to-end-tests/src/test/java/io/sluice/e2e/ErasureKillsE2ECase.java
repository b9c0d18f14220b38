package io.sluice.e2e;

import static io.sluice.e2e.RunningStack.until;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * People talk, content is erased and held, and processes are killed. In the end nothing that was held is gone, nothing that
 * was erased is there, in no file either, every other message is there once, and each erasure has one receipt.
 */
class ErasureKillsE2ECase {
    private static final long SEED = Long.getLong("sluice.seed", 20261126L);
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    /** In the text of every message; behind it the conversation, so that files can be searched for it. */
    private static final String MARKER = "q7zx9pmarkerkw3";

    private final Random random = new Random(SEED);
    /** Ids of messages, by conversation: all that were acknowledged. */
    private final Map<String, Set<String>> said = new TreeMap<>();
    /** Conversations under a hold that was answered before anybody asked for their erasure. */
    private final Set<String> held = new TreeSet<>();
    /** Conversations whose erasure was asked for, none of them held before. */
    private final Set<String> erased = new TreeSet<>();

    @SuppressWarnings("NullAway.Init")
    private RunningStack stack;

    @SuppressWarnings("NullAway.Init")
    private Client client;

    @BeforeEach
    void start() throws Exception {
        stack = RunningStack.start(cli -> cli.with("ERASED_WITHIN_MINUTES", "1"));
    }

    @AfterEach
    void stop() throws Exception {
        stack.close();
    }

    @Test
    void aFewKillsBringNothingBack() throws Exception {
        killsBringNothingBack(2, 150, 8, 4, Duration.ofMinutes(10));
    }

    @Test
    @Tag("chaos")
    void manyKillsBringNothingBack() throws Exception {
        killsBringNothingBack(20, 900, 40, 20, Duration.ofMinutes(25));
    }

    private void killsBringNothingBack(int kills, int messages, int erasures, int holds, Duration atMost)
            throws Exception {
        long deadline = System.nanoTime() + atMost.toNanos();
        client = stack.organization("acme");
        Kills killing = new Kills(stack, random);
        List<Runner> steps = new ArrayList<>();
        steps.addAll(Collections.nCopies(messages, this::say));
        steps.addAll(Collections.nCopies(erasures, this::erase));
        steps.addAll(Collections.nCopies(holds, this::hold));
        steps.addAll(Collections.nCopies(kills, killing::next));
        Collections.shuffle(steps, random);
        for (int i = 0; i < 60; i++) {
            say();
        }
        for (Runner step : steps) {
            step.run();
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
        }
        // Late words in conversations that are erased.
        for (String conversation : erased) {
            say(conversation);
        }
        killing.awaitAllBack();
        checkErasures();
        checkMessages();
        List<String> left = new ArrayList<>();
        until(() -> "seed " + SEED + ": no file has what was erased: " + left, PATIENCE, () -> {
            left.clear();
            left.addAll(filesWithErased());
            return left.isEmpty();
        });
        checkMessages();
        checkAudit();
    }

    @FunctionalInterface
    private interface Runner {
        void run() throws Exception;
    }

    private void say() throws Exception {
        say("c" + random.nextInt(40) + "x");
    }

    private void say(String conversation) throws Exception {
        Set<String> messages = said.computeIfAbsent(conversation, each -> new TreeSet<>());
        String message = conversation + "-m" + messages.size();
        client.prompt(
                conversation, "u" + random.nextInt(5) + "@example.com", message, MARKER + conversation + " " + message);
        messages.add(message);
    }

    private void erase() throws Exception {
        List<String> all = List.copyOf(said.keySet());
        String conversation = all.get(random.nextInt(all.size()));
        client.send("POST", "/v1/erasures", "{'target': {'conversation_id': '" + conversation + "'}, 'reason': 'test'}")
                .is(202);
        if (!held.contains(conversation)) {
            erased.add(conversation);
        }
    }

    private void hold() throws Exception {
        List<String> all =
                said.keySet().stream().filter(each -> !erased.contains(each)).toList();
        String conversation = all.get(random.nextInt(all.size()));
        client.send("POST", "/v1/holds", "{'matter': 'a matter', 'conversations': ['" + conversation + "']}")
                .is(201);
        held.add(conversation);
    }

    /** Every request ends as one of two: done, with a receipt of its own, or held. */
    private void checkErasures() throws Exception {
        List<JsonNode> open = new ArrayList<>();
        until(() -> "seed " + SEED + ": all erasures have ended: " + open, PATIENCE, () -> {
            open.clear();
            client.all("/v1/erasures?limit=100").stream()
                    .filter(each -> !Set.of("completed", "held")
                            .contains(each.path("status").asText()))
                    .forEach(open::add);
            return open.isEmpty();
        });
        List<JsonNode> all = client.all("/v1/erasures?limit=100");
        assertThat(all).isNotEmpty();
        Set<String> receipts = new HashSet<>();
        for (JsonNode erasure : all) {
            if (erasure.path("status").asText().equals("completed")) {
                String receipt = erasure.path("receipt_id").asText();
                assertThat(receipts.add(receipt)).as("%s once", receipt).isTrue();
                JsonNode told = client.get("/v1/receipts/" + receipt).path("receipt");
                assertThat(told.path("erasure_id").asText())
                        .isEqualTo(erasure.path("id").asText());
            } else {
                assertThat(erasure.path("held_by")).isNotEmpty();
            }
        }
        long documents = 0;
        for (JsonNode hit : stack.found("sluice-erasures", "{\"term\": {\"status\": \"receipt\"}}")) {
            assertThat(receipts)
                    .contains(
                            "receipt_" + hit.path("_source").path("erasure_id").asText());
            documents++;
        }
        assertThat(documents).isEqualTo(receipts.size());
    }

    private void checkMessages() throws Exception {
        Map<String, Set<String>> expected = new TreeMap<>(said);
        expected.keySet().removeAll(erased);
        Map<String, Set<String>> there = new TreeMap<>();
        until(() -> "seed " + SEED + ": " + there + " (expected: " + expected + ")", PATIENCE, () -> {
            there.clear();
            for (JsonNode hit :
                    stack.found("sluice-messages-*", "{\"bool\": {\"must_not\": {\"term\": {\"empty\": true}}}}")) {
                JsonNode source = hit.path("_source");
                Set<String> messages =
                        there.computeIfAbsent(source.path("conversation_id").asText(), each -> new TreeSet<>());
                assertThat(messages.add(source.path("message_id").asText()))
                        .as("%s is there once", source.path("message_id"))
                        .isTrue();
            }
            return there.equals(expected);
        });
        Set<String> conversations = new TreeSet<>();
        for (JsonNode hit :
                stack.found("sluice-conversations-*", "{\"bool\": {\"must_not\": {\"term\": {\"empty\": true}}}}")) {
            conversations.add(hit.path("_source").path("conversation_id").asText());
        }
        assertThat(conversations).isEqualTo(expected.keySet());
    }

    private List<String> filesWithErased() throws Exception {
        List<String> found = new ArrayList<>();
        for (String conversation : erased) {
            stack.anyFilesWith(MARKER + conversation).forEach(file -> found.add(conversation + ": " + file));
        }
        return found;
    }

    private void checkAudit() throws Exception {
        JsonNode head = client.get("/v1/audit/head");
        assertThat(head.path("number").asLong()).isPositive();
    }
}
