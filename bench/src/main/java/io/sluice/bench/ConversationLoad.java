package io.sluice.bench;

import io.sluice.schema.Actor;
import io.sluice.schema.Codec;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.Micros;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Messages as the receiver puts them on the topic {@code content}: many conversations at once, each of a person who asks and
 * is answered, in words that are as frequent as words are.
 */
final class ConversationLoad {
    static final String ORGANIZATION = "acme";
    static final List<String> MODELS = List.of("claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5");

    /** Of a conversation. */
    static final int MESSAGES = 20;

    private static final int OPEN = 200;
    private static final int VOCABULARY = 30_000;
    private static final int SHORTEST = 10;
    private static final int LONGEST_QUESTION = 60;
    private static final int LONGEST_ANSWER = 220;
    private static final List<String> SYLLABLES = List.of(
            "ba", "co", "di", "fe", "go", "hu", "ka", "le", "mi", "no", "pa", "ra", "se", "ti", "vo", "wa", "ren",
            "tal", "mon", "ler");
    private static final String[] WORDS =
            IntStream.range(0, VOCABULARY).mapToObj(ConversationLoad::spelled).toArray(String[]::new);

    /**
     * @param start of the first message; the others are spread evenly over the span after it
     * @param users who take turns in beginning conversations
     */
    record Options(long seed, int messages, int users, Instant start, Duration span) {}

    private record Open(int number, int said) {}

    private final Options options;
    private final SplittableRandom random;
    private final Zipf zipf = new Zipf(VOCABULARY, 1);
    private final Open[] open = new Open[OPEN];
    private final long[] byUser;
    private int conversations;
    private int made;

    ConversationLoad(Options options) {
        this.options = options;
        this.random = new SplittableRandom(options.seed());
        this.byUser = new long[options.users()];
        for (int i = 0; i < OPEN; i++) {
            open[i] = new Open(conversations++, 0);
        }
    }

    static String email(int user) {
        return "u" + user + "@example.com";
    }

    /** How many messages of somebody there are so far. */
    long of(int user) {
        return byUser[user];
    }

    /** How many messages there are so far. */
    long total() {
        return made;
    }

    /** A word of the vocabulary. The first are the most frequent. */
    static String word(int rank) {
        return WORDS[rank];
    }

    private static String spelled(int rank) {
        StringBuilder word = new StringBuilder();
        for (int rest = rank + SYLLABLES.size(); rest > 0; rest /= SYLLABLES.size()) {
            word.append(SYLLABLES.get(rest % SYLLABLES.size()));
        }
        return word.toString();
    }

    /** The next one. */
    ContentEvent next() {
        int slot = random.nextInt(OPEN);
        Open conversation = open[slot];
        open[slot] = conversation.said() + 1 == MESSAGES
                ? new Open(conversations++, 0)
                : new Open(conversation.number(), conversation.said() + 1);
        int user = conversation.number() % options.users();
        byUser[user]++;
        long offset = (long) ((double) TimeUnit.MICROSECONDS.convert(options.span()) * made / options.messages());
        made++;
        return message(conversation, user, Micros.of(options.start()) + offset);
    }

    private ContentEvent message(Open conversation, int user, long at) {
        boolean asks = conversation.said() % 2 == 0;
        String id = "c" + conversation.number();
        ContentEvent.Builder event = event(id, id + "-m" + conversation.said(), email(user), at)
                .setRole(asks ? "user" : "assistant")
                .setText(text(asks ? LONGEST_QUESTION : LONGEST_ANSWER));
        if (!asks) {
            event.setModel(MODELS.get(conversation.number() % MODELS.size()));
            if (random.nextInt(4) == 0) {
                event.setToolNames(List.of("Bash")).setToolText(text(SHORTEST * 2));
            }
        }
        if (random.nextInt(10) == 0) {
            event.setFiles(List.of("src/" + word(random.nextInt(VOCABULARY)) + ".java"));
        }
        return event.build();
    }

    /** Without text and role. */
    static ContentEvent.Builder event(String conversation, String message, String email, long at) {
        return ContentEvent.newBuilder()
                .setOrgId(ORGANIZATION)
                .setEventId(message)
                .setOccurredAt(at)
                .setReceivedAt(at + 1_000_000)
                .setSource("otlp-logs")
                .setActor(Actor.newBuilder()
                        .setEmail(email)
                        .setAccountUuid("uuid-" + email)
                        .build())
                .setConversationId(conversation)
                .setMessageId(message)
                .setProduct("claude_code");
    }

    private String text(int longest) {
        int words = SHORTEST + random.nextInt(longest - SHORTEST + 1);
        StringBuilder text = new StringBuilder(words * 8);
        for (int i = 0; i < words; i++) {
            text.append(i == 0 ? "" : " ").append(word(zipf.next(random)));
        }
        return text.toString();
    }

    /**
     * Puts all of them on the topic.
     *
     * @return mean bytes of a record's value
     */
    double load(Broker broker, Progress progress) throws IOException {
        progress.step("load");
        long started = System.nanoTime();
        long bytes = 0;
        try (Sender sender = new Sender(broker)) {
            while (made < options.messages()) {
                bytes += sender.send(next());
                if (made % 10_000 == 0) {
                    progress.at((double) made / options.messages());
                }
            }
        }
        double mean = (double) bytes / made;
        progress.done(String.format(
                Locale.ROOT,
                "%,d messages, %.0f bytes each, in %.1f s",
                made,
                mean,
                (System.nanoTime() - started) / 1e9));
        return mean;
    }

    /** Writes to the topic. */
    static final class Sender implements AutoCloseable {
        private final KafkaProducer<String, byte[]> producer;
        private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

        Sender(Broker broker) {
            producer = broker.producer();
        }

        /** Is told when Kafka has acknowledged it. */
        interface Acknowledged {
            void at(long nanos);
        }

        /** @return bytes of the value */
        int send(ContentEvent event) {
            return send(event, nanos -> {});
        }

        int send(ContentEvent event, Acknowledged acknowledged) {
            byte[] value = Codec.encode(event);
            String key = Topic.contentKey(event.getOrgId(), event.getConversationId(), event.getMessageId());
            producer.send(
                    new ProducerRecord<>(Topic.CONTENT.topicName(), null, event.getReceivedAt() / 1000, key, value),
                    (sent, problem) -> {
                        if (problem != null) {
                            failure.compareAndSet(null, problem);
                        } else {
                            acknowledged.at(System.nanoTime());
                        }
                    });
            return value.length;
        }

        /** Returns when Kafka has everything. */
        @Override
        public void close() throws IOException {
            producer.close();
            if (failure.get() != null) {
                throw new IOException("Kafka: not everything could be stored", failure.get());
            }
        }
    }
}
