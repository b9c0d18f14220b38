package io.sluice.core.content;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.schema.ContentEvent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a conversation counts as its messages, files and name come and are erased. */
class ConversationTest {
    private final Map<String, Kept> kept = new HashMap<>();
    private Conversation conversation = Conversation.NONE;

    /**
     * One step each: {@code m1} is a message, {@code f1} a file, {@code n} the name; {@code -m1} is erased. Each occurs a
     * second after the one before; a name tells no time.
     */
    private void play(String story) {
        int at = 0;
        for (String step : story.split(" ", -1)) {
            at++;
            if (step.startsWith("-")) {
                Kept gone = Objects.requireNonNull(kept.remove(step.substring(1)), step);
                conversation = conversation.without(gone, kept.isEmpty());
            } else {
                add(step, event(step).setOccurredAt(at * 1_000_000L).build());
            }
        }
    }

    private static ContentEvent.Builder event(String step) {
        return switch (step.charAt(0)) {
            case 'f' -> Events.file(step, "text");
            case 'n' -> Events.name("name", 1);
            default -> Events.message("compliance-api", "text").setMessageId(step);
        };
    }

    private void add(String id, ContentEvent event) {
        Kept before = kept.get(id);
        Kept now = Kept.add(before, MessageCopy.of(event)).kept();
        conversation = conversation.add(event, before, now);
        kept.put(id, now);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        // story, messages, first and last time in seconds (0: none), has files
        "m1, 1, 1, 1, false",
        "m1 m2 m1, 2, 1, 3, false",
        "f1, 0, 1, 1, true",
        "f1 f1 f2, 0, 1, 3, true",
        "n, 0, 0, 0, false",
        "n m1, 1, 2, 2, false",
        "f1 m1 f2, 1, 1, 3, true",
        // What is left is told, and no more of it than there is.
        "m1 f1 -f1, 1, 1, 2, true",
        "m1 n -n, 1, 1, 1, false",
        "m1 m2 f1 -m1, 1, 1, 3, true",
        "m1 f1 -m1, 0, 1, 2, true",
        "m1 m2 f1 -m1 -m2, 0, 1, 3, true",
        "m1 f1 n -m1 -n, 0, 1, 2, true",
        // Nothing is left.
        "f1 -f1, 0, 0, 0, false",
        "m1 f1 -m1 -f1, 0, 0, 0, false",
        "m1 f1 -f1 -m1, 0, 0, 0, false",
        // It goes on.
        "m1 f1 -m1 m2, 1, 1, 4, true",
        "f1 -f1 m1, 1, 3, 3, false",
    })
    void countsMessagesAndKnowsFiles(String story, long messages, long first, long last, boolean hasFiles) {
        play(story);
        assertThat(conversation.messages()).as("messages").isEqualTo(messages);
        assertThat(conversation.firstAt()).as("first").isEqualTo(first == 0 ? Long.MAX_VALUE : first * 1_000_000);
        assertThat(conversation.lastAt()).as("last").isEqualTo(last == 0 ? Long.MIN_VALUE : last * 1_000_000);
        assertThat(conversation.hasFiles()).as("has files").isEqualTo(hasFiles);
    }

    /** Only its name tells that a conversation was deleted upstream. */
    @Test
    void aFileThatIsDeletedUpstreamDeletesNoConversation() {
        add(
                "f1",
                Events.file("f1", "text").setDeletedUpstreamAt(Events.DECEMBER).build());
        assertThat(conversation.deletedUpstreamAt()).isEqualTo(Long.MAX_VALUE);
        add("n", Events.name("name", 1).setDeletedUpstreamAt(Events.DECEMBER).build());
        assertThat(conversation.deletedUpstreamAt()).isEqualTo(Events.DECEMBER);
    }

    @Test
    void whoseAFileIsTheConversationIs() {
        add(
                "f1",
                Events.file("f1", "text")
                        .setActor(Events.actor("Kim@example.com"))
                        .build());
        assertThat(conversation.labels()).isEqualTo(List.of("kim@example.com"));
        conversation = conversation.without(
                Kept.add(null, MessageCopy.of(event("f1").build())).kept(), true);
        assertThat(conversation.users()).isEmpty();
        assertThat(conversation.labels())
                .as("what comes late is that person's, too")
                .hasSize(1);
    }
}
