package io.sluice.claudeapi.compliance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.claudeapi.RowId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ComplianceSplitSerializerTest {
    private final ComplianceSplitSerializer serializer = new ComplianceSplitSerializer();

    private static ComplianceSplit split() {
        ComplianceSplit split = ComplianceSplit.first("acme", 1_795_000_000_000_000L, 1_795_459_944_601_123L);
        split.activities[0].cursor = "opaque-é";
        split.activities[0].running = true;
        split.chats[0].reached = 1_795_459_944_601_124L;
        Long unused = split.knownActivities.put(new RowId(1, -2), 3L);
        split.know("claude_chat_1", new ChatMark(4, 5, -6, 7));
        split.chatsForgottenUntil = 8;
        Long other = split.knownDocuments.put(new RowId(9, 10), 11L);
        Task urgent = new Task("claude_chat_2", 500);
        urgent.since = 12;
        urgent.updatedAt = 13;
        urgent.begunAt = 14;
        urgent.cursor = "opaque";
        urgent.newest = 15;
        urgent.notBefore = 16;
        urgent.failures = 17;
        split.urgentChats.put(urgent.id, urgent);
        Task later = new Task("claude_chat_3", 50);
        split.otherChats.put(later.id, later);
        Task project = new Task("claude_proj_1", 20);
        split.pendingProjects.put(project.id, project);
        return split;
    }

    private static void assertIsTheSplit(ComplianceSplit split) {
        assertThat(split).usingRecursiveComparison().isEqualTo(split());
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        assertIsTheSplit(serializer.deserialize(1, serializer.serialize(split())));
    }

    /** The bytes of a checkpoint that this version has taken, for all later ones. */
    @Test
    void stateOfVersionOneIsRead() throws IOException {
        try (InputStream in = ComplianceSplitSerializerTest.class.getResourceAsStream("compliance-split-v1.hex")) {
            assertThat(in)
                    .as(
                            "compliance-split-v1.hex, of this version: %s",
                            HexFormat.of().formatHex(serializer.serialize(split())))
                    .isNotNull();
            String hex = new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip();
            assertIsTheSplit(serializer.deserialize(1, HexFormat.of().parseHex(hex)));
        }
    }

    @Test
    void stateOfALaterVersionIsRefused() {
        assertThatThrownBy(() -> serializer.deserialize(2, new byte[0]))
                .isInstanceOf(IOException.class)
                .hasMessage("split: version 2 (expected: 1 to 1)");
    }

    @Test
    void theEnumerator() throws IOException {
        ComplianceEnumerator.StateSerializer states = new ComplianceEnumerator.StateSerializer();
        ComplianceEnumerator.State state = new ComplianceEnumerator.State(Set.of("acme", "other"), List.of(split()));
        ComplianceEnumerator.State read = states.deserialize(1, states.serialize(state));
        assertThat(read.known()).isEqualTo(state.known());
        assertThat(read.unassigned()).hasSize(1).allSatisfy(ComplianceSplitSerializerTest::assertIsTheSplit);
    }
}
