package io.sluice.server;

import io.sluice.schema.Codec;
import io.sluice.schema.Topic;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends records to Kafka and says when all of a request are stored. */
final class Publisher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

    /** One record; encoded when it is sent, so that a large request is not held encoded as a whole. */
    record Outgoing(Topic topic, String key, SpecificRecordBase message) {}

    private static final long CHECK_MILLIS = 50;

    private final KafkaProducer<String, byte[]> producer;
    private final long patienceNanos;
    private final AtomicBoolean storing = new AtomicBoolean(true);
    private final Set<Waiting> waiting = ConcurrentHashMap.newKeySet();
    /** One for all requests: a timer for each is a noticeable part of a small request. */
    private final ScheduledExecutorService checks = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "sluice-publisher");
        thread.setDaemon(true);
        return thread;
    });

    private volatile long lastAcknowledgement = System.nanoTime();

    /** A request of which something is not acknowledged yet; compared by identity. */
    private static final class Waiting {
        private final CompletableFuture<Void> stored;
        private final long since;

        Waiting(CompletableFuture<Void> stored, long since) {
            this.stored = stored;
            this.since = since;
        }
    }

    /** @param patience how long Kafka may acknowledge nothing while something waits */
    Publisher(String bootstrapServers, Duration patience) {
        patienceNanos = patience.toNanos();
        Map<String, Object> config = new HashMap<>();
        config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        config.put(ProducerConfig.LINGER_MS_CONFIG, 5);
        config.put(ProducerConfig.BATCH_SIZE_CONFIG, 128 * 1024);
        config.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 32L * 1024 * 1024);
        // Short waits: whoever sent the telemetry keeps it and comes again, we do not keep it for them.
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, patience.toMillis());
        config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 3000);
        config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 8000);
        config.put(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 500);
        producer = new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer());
        Future<?> unused =
                checks.scheduleWithFixedDelay(this::checkWaiting, CHECK_MILLIS, CHECK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /**
     * Sends all records. May block while the producer's buffer is full, so not to be called on an event loop.
     *
     * @return done when Kafka has acknowledged every record; failed as soon as one cannot be stored or Kafka has
     *     acknowledged nothing at all for too long. A large request may take longer as long as there is progress. Of a
     *     request that failed some records may be stored all the same: whoever sends them again is de-duplicated later.
     */
    CompletableFuture<Void> publish(List<Outgoing> records) {
        CompletableFuture<Void> stored = new CompletableFuture<>();
        AtomicInteger open = new AtomicInteger(records.size());
        if (records.isEmpty()) {
            stored.complete(null);
        }
        for (Outgoing outgoing : records) {
            if (stored.isCompletedExceptionally()) {
                break;
            }
            Future<?> unused = producer.send(
                    new ProducerRecord<>(
                            outgoing.topic().topicName(), outgoing.key(), Codec.encode(outgoing.message())),
                    (metadata, failure) -> {
                        if (failure != null) {
                            fail(stored, failure);
                            return;
                        }
                        lastAcknowledgement = System.nanoTime();
                        if (storing.compareAndSet(false, true)) {
                            LOG.info("Kafka stores again");
                        }
                        if (open.decrementAndGet() == 0) {
                            stored.complete(null);
                        }
                    });
        }
        if (!stored.isDone()) {
            Waiting entry = new Waiting(stored, System.nanoTime());
            waiting.add(entry);
            stored.whenComplete((done, failure) -> waiting.remove(entry));
        }
        return stored;
    }

    /** Fails every request in whose time nothing was acknowledged for too long, whoever sent it. */
    private void checkWaiting() {
        for (Waiting entry : waiting) {
            long quiet = System.nanoTime() - Math.max(entry.since, lastAcknowledgement);
            if (quiet >= patienceNanos) {
                fail(entry.stored, new TimeoutException("nothing acknowledged for " + quiet / 1_000_000 + " ms"));
            }
        }
    }

    private void fail(CompletableFuture<Void> stored, Exception cause) {
        if (storing.compareAndSet(true, false)) {
            LOG.warn("Kafka does not store: {}", cause.toString());
        }
        stored.completeExceptionally(new KafkaException("not stored", cause));
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(2));
        checks.shutdownNow();
    }
}
