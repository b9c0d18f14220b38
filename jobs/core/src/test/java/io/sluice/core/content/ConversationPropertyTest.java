package io.sluice.core.content;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.schema.ContentEvent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One conversation, told by several sources in any order, some of it twice, and by a job that forgets in between. */
class ConversationPropertyTest {
    /** As Elasticsearch keeps them: of each place the highest version. */
    private static final class Store {
        private record Document(long version, String content) {}

        private final Map<String, Document> documents = new HashMap<>();

        void write(String message, Kept.Place place, long version, String content) {
            documents.merge(
                    message + place,
                    new Document(version, content),
                    (old, fresh) -> fresh.version > old.version ? fresh : old);
        }

        Set<String> live() {
            Set<String> live = new HashSet<>();
            documents.forEach((key, document) -> {
                if (!document.content.isEmpty()) {
                    live.add(key + document.content);
                }
            });
            return live;
        }
    }

    private static final class Job {
        final Map<String, Kept> messages = new HashMap<>();
        Conversation conversation = Conversation.NONE;
        private final Store store;

        Job(Store store) {
            this.store = store;
        }

        void add(ContentEvent event) {
            String id = event.getMessageId();
            MessageCopy copy = MessageCopy.of(event);
            Kept.Step step = Kept.add(messages.get(id), copy);
            conversation = conversation.add(event, messages.get(id), step.kept());
            messages.put(id, step.kept());
            if (step.outcome() == Kept.Outcome.BEST) {
                for (int part = 0; part < step.kept().parts(); part++) {
                    Kept.Place place = new Kept.Place(step.kept().month(), part);
                    String text = part < copy.texts().size() ? copy.texts().get(part) : "";
                    store.write(id, place, step.kept().rank(), copy.contentSha256() + copy.rank() + text.length());
                }
            }
            step.emptied().forEach(place -> store.write(id, place, step.kept().rank(), ""));
        }
    }

    private static List<ContentEvent> copies(Random random) {
        List<ContentEvent> copies = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            boolean name = random.nextInt(8) == 0;
            ContentEvent.Builder copy = name
                    ? Events.name(random.nextBoolean() ? "" : "name " + i, Events.NOVEMBER + i * 1_000_000L)
                    : Events.message(
                                    Events.sources().get(random.nextInt(4)),
                                    random.nextInt(4) == 0 ? "" : "word ".repeat(random.nextInt(4) * 40_000) + i)
                            .setMessageId("m" + random.nextInt(8))
                            .setOccurredAt(random.nextInt(3) == 0 ? Events.DECEMBER : Events.NOVEMBER)
                            .setModel("model-" + random.nextInt(3))
                            .setActor(Events.actor("user" + random.nextInt(3) + "@example.com"))
                            .setFiles(random.nextInt(5) == 0 ? List.of("a.txt") : List.of());
            if (!name && random.nextInt(5) == 0) {
                // Of some ids a file and a message are told, whoever sent that.
                copy.setRole(MessageCopy.FILE).setMessageId((random.nextBoolean() ? "f" : "m") + random.nextInt(8));
            }
            if (name && random.nextBoolean()) {
                copy.setDeletedUpstreamAt(Events.DECEMBER + i);
            }
            copies.add(copy.build());
        }
        return copies;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void orderCopiesAndRestartsChangeNothing(long seed) {
        Random random = new Random(seed);
        List<ContentEvent> copies = copies(random);
        Store store = new Store();
        Job job = new Job(store);
        copies.forEach(job::add);

        List<ContentEvent> shuffled = new ArrayList<>(copies);
        copies.stream().filter(each -> random.nextBoolean()).forEach(shuffled::add);
        Collections.shuffle(shuffled, random);
        Store other = new Store();
        Job restarted = new Job(other);
        int checkpoint = random.nextInt(shuffled.size());
        int crash = checkpoint + random.nextInt(shuffled.size() - checkpoint);
        shuffled.subList(0, checkpoint).forEach(restarted::add);
        Map<String, Kept> saved = new HashMap<>(restarted.messages);
        Conversation savedConversation = restarted.conversation;
        shuffled.subList(checkpoint, crash).forEach(restarted::add);
        restarted.messages.clear();
        restarted.messages.putAll(saved);
        restarted.conversation = savedConversation;
        List<ContentEvent> again = new ArrayList<>(shuffled.subList(checkpoint, shuffled.size()));
        Collections.shuffle(again, random);
        again.forEach(restarted::add);

        assertThat(restarted.conversation).as("seed %d", seed).isEqualTo(job.conversation);
        assertThat(other.live()).as("seed %d", seed).isEqualTo(store.live()).isNotEmpty();
        assertThat(restarted.messages).as("seed %d", seed).isEqualTo(job.messages);
    }

    /** Compaction leaves the last copy on the topic, which may be the one that was emptied upstream. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aJobThatKnowsNothingAnyMoreMakesNothingWorse(long seed) {
        Random random = new Random(seed);
        List<ContentEvent> copies = copies(random);
        Store store = new Store();
        copies.forEach(new Job(store)::add);
        Set<String> before = store.live();
        List<ContentEvent> left = new ArrayList<>(copies);
        Collections.shuffle(left, random);
        left.subList(0, 40).forEach(new Job(store)::add);
        assertThat(store.live()).as("seed %d", seed).isEqualTo(before);
    }

    @Test
    void listsHaveAnEnd() {
        Conversation conversation = Conversation.NONE;
        for (int i = 0; i < 2 * Conversation.MOST; i++) {
            ContentEvent event = Events.message("otlp-logs", "")
                    .setActor(Events.actor("u" + i + "@example.com"))
                    .build();
            conversation = conversation.add(
                    event, null, Kept.add(null, MessageCopy.of(event)).kept());
        }
        assertThat(conversation.labels()).hasSize(Conversation.MOST).isSorted();
        assertThat(conversation.messages()).isEqualTo(2 * Conversation.MOST);
    }
}
