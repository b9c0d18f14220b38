package io.sluice.bench;

import io.sluice.schema.Topic;
import io.sluice.schema.UsageEvent;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** A {@link UsageLoad} on Kafka. */
final class UsageTopic {
    private UsageTopic() {}

    /**
     * Writes it, with the settings that the server has for its producer.
     *
     * @param counted gets each event that a correct job counts, once
     */
    static Truth load(UsageLoad.Options options, Broker broker, Progress progress, Consumer<UsageEvent> counted)
            throws IOException {
        progress.step("load");
        long started = System.nanoTime();
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        Truth truth;
        long[] sent = {0};
        try (KafkaProducer<String, byte[]> producer = broker.producer()) {
            truth = new UsageLoad(options, counted).send((key, value, receivedAt) -> {
                producer.send(
                        new ProducerRecord<>(Topic.USAGE.topicName(), null, receivedAt, key, value),
                        (metadata, problem) -> {
                            if (problem != null) {
                                failure.compareAndSet(null, problem);
                            }
                        });
                if (++sent[0] % 100_000 == 0) {
                    progress.at((double) sent[0] / options.events());
                }
            });
        }
        if (failure.get() != null) {
            throw new IOException("Kafka: not everything could be stored", failure.get());
        }
        progress.done(String.format(
                Locale.ROOT,
                "%,d events of %,d users, %.0f bytes each, in %.1f s",
                truth.received(),
                options.users(),
                truth.meanBytes(),
                (System.nanoTime() - started) / 1e9));
        return truth;
    }
}
