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
        ComplianceSplit split = splitOfVersionOne();
        Long file = split.knownFiles.put(new RowId(18, 19), 20L);
        Task chat = new Task("claude_chat_4", 100);
        chat.since = 21;
        split.filesOfChats.put(chat.id, chat);
        Task project = new Task("claude_proj_2", 100);
        project.cursor = "page";
        split.filesOfProjects.put(project.id, project);
        split.directory.newest = 22;
        long hash = KnownDirectory.UNKNOWN;
        split.directory.put(DirectoryList.ORGANIZATIONS, "uuid", hash);
        split.directory.put(new DirectoryList(DirectoryList.Kind.USER, "uuid", null), "user_1", hash);
        split.directory.put(new DirectoryList(DirectoryList.Kind.PERMISSION, "rbac_role_1", "uuid"), "a/b/c", hash);
        return split;
    }

    private static ComplianceSplit splitOfVersionOne() {
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
    void whatIsWrittenIsReadButForHashesOfTheDirectory() throws IOException {
        ComplianceSplit split = split();
        split.directory.put(DirectoryList.ORGANIZATIONS, "uuid", 23);
        split.directory.read(DirectoryList.GROUPS, 24);
        assertIsTheSplit(serializer.deserialize(2, serializer.serialize(split)));
    }

    /** Of before files and the directory. */
    @Test
    void stateOfVersionOneIsRead() throws IOException {
        assertThat(ofAFile(1)).usingRecursiveComparison().isEqualTo(splitOfVersionOne());
    }

    /** The bytes of a checkpoint that this version has taken, for all later ones. */
    @Test
    void stateOfVersionTwoIsRead() throws IOException {
        assertIsTheSplit(ofAFile(2));
    }

    private ComplianceSplit ofAFile(int version) throws IOException {
        String name = "compliance-split-v" + version + ".hex";
        try (InputStream in = ComplianceSplitSerializerTest.class.getResourceAsStream(name)) {
            assertThat(in)
                    .as("%s, of the newest version: %s", name, HexFormat.of().formatHex(serializer.serialize(split())))
                    .isNotNull();
            String hex = new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip();
            return serializer.deserialize(version, HexFormat.of().parseHex(hex));
        }
    }

    @Test
    void stateOfALaterVersionIsRefused() {
        assertThatThrownBy(() -> serializer.deserialize(3, new byte[0]))
                .isInstanceOf(IOException.class)
                .hasMessage("split: version 3 (expected: 1 to 2)");
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
