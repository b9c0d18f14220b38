package io.sluice.schema;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicTest {
    @ParameterizedTest
    @ValueSource(strings = {"m", "", "a|b", "%7C", "%", "%25|", "||", "a/b", "\ud83d\ude00", "%2525"})
    void aKeyOfContentTellsWhatItIsMadeOf(String id) {
        assertThat(Topic.contentKeyParts(Topic.contentKey("acme", id, "m"))).containsExactly("acme", id, "m");
        assertThat(Topic.contentKeyParts(Topic.contentKey(id, "c", id))).containsExactly(id, "c", id);
    }

    @Test
    void ordinaryKeysAreReadable() {
        assertThat(Topic.contentKey("acme", "session-1", "m-1")).isEqualTo("acme|session-1|m-1");
        assertThat(Topic.contentKeyParts("heartbeat")).isEmpty();
    }
}
