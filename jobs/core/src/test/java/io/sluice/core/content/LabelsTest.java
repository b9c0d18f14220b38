package io.sluice.core.content;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.schema.Actor;
import org.junit.jupiter.api.Test;

class LabelsTest {
    @Test
    void peopleAreKnownByEveryIdThatIsAPersons() {
        Actor actor = Actor.newBuilder()
                .setAccountId("user_01AB")
                .setAccountUuid("6E0B")
                .setEmail("Ana@example.com")
                .setEndUserId("ana@example.com")
                .setInstallationId("installation")
                .setApiKeyName("key")
                .build();
        assertThat(Labels.of(actor)).containsExactly("6e0b", "ana@example.com", "user_01ab");
        assertThat(Labels.user(actor)).isEqualTo("ana@example.com");
    }

    @Test
    void installationsAndKeysAreNobody() {
        Actor actor = Actor.newBuilder()
                .setInstallationId("installation")
                .setApiKeyName("key")
                .setEmail(" ")
                .build();
        assertThat(Labels.of(actor)).isEmpty();
        assertThat(Labels.user(actor)).isNull();
    }
}
