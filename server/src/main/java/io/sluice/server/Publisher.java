package io.sluice.server;

import io.sluice.schema.Codec;
import io.sluice.schema.Topic;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
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
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends records to Kafka and says when all of a request are stored. */
final class Publisher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

    private static final long CHECK_MILLIS = 50;

    private final KafkaProducer<byte[], byte[]> producer;
    private final long patienceNanos;
    private final AtomicBoolean storing = new AtomicBoolean(true);
    private final Set<Publication> waiting = ConcurrentHashMap.newKeySet();
    /** One for all requests: a timer for each is a noticeable part of a small request. */
    private final ScheduledExecutorService checks = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "sluice-publisher");
        thread.setDaemon(true);
        return thread;
    });

    private final @Nullable ReceiptTraces traces;
    private volatile long lastAcknowledgement = System.nanoTime();

    /**
     * @param patience how long Kafka may acknowledge nothing while something waits
     * @param traces null: none
     */
    Publisher(String bootstrapServers, Duration patience, @Nullable ReceiptTraces traces) {
        this.traces = traces;
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
        producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
        Future<?> unused =
                checks.scheduleWithFixedDelay(this::checkWaiting, CHECK_MILLIS, CHECK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Begins a request. */
    Publication begin() {
        return new Publication();
    }

    /** The records of one request on their way; compared by identity. Sent by one thread. */
    final class Publication implements Callback {
        private final CompletableFuture<Void> stored = new CompletableFuture<>();
        /** Records that are not acknowledged, and one for those that are still to be sent. */
        private final AtomicInteger open = new AtomicInteger(1);

        private final @Nullable Instant begun = traces == null ? null : Instant.now();
        private volatile long since;

        private Publication() {}

        /**
         * Sends one record, which is encoded at once; nothing more once one of the request could not be stored. May block
         * while the producer's buffer is full, so not to be called on an event loop.
         */
        void send(Topic topic, byte[] key, SpecificRecordBase message) {
            if (!stored.isDone()) {
                open.incrementAndGet();
                ProducerRecord<byte[], byte[]> sent =
                        new ProducerRecord<>(topic.topicName(), key, Codec.encode(message));
                Callback callback = traces == null || begun == null ? this : traces.traced(sent, message, begun, this);
                Future<?> unused = producer.send(sent, callback);
            }
        }

        /**
         * To be called after the last record.
         *
         * @return done when Kafka has acknowledged every record; failed as soon as one cannot be stored or Kafka has
         *     acknowledged nothing at all for too long. A large request may take longer as long as there is progress. Of
         *     a request that failed some records may be stored all the same: whoever sends them again is de-duplicated
         *     later.
         */
        CompletableFuture<Void> end() {
            since = System.nanoTime();
            waiting.add(this);
            stored.whenComplete((done, failure) -> waiting.remove(this));
            acknowledged();
            return stored;
        }

        @Override
        public void onCompletion(@Nullable RecordMetadata metadata, @Nullable Exception failure) {
            if (failure != null) {
                fail(failure);
                return;
            }
            lastAcknowledgement = System.nanoTime();
            if (!storing.get() && storing.compareAndSet(false, true)) {
                LOG.info("Kafka stores again");
            }
            acknowledged();
        }

        private void acknowledged() {
            if (open.decrementAndGet() == 0) {
                stored.complete(null);
            }
        }

        private void fail(Exception cause) {
            if (storing.compareAndSet(true, false)) {
                LOG.warn("Kafka does not store: {}", cause.toString());
            }
            stored.completeExceptionally(new KafkaException("not stored", cause));
        }
    }

    /** Fails every request in whose time nothing was acknowledged for too long, whoever sent it. */
    private void checkWaiting() {
        for (Publication publication : waiting) {
            long quiet = System.nanoTime() - Math.max(publication.since, lastAcknowledgement);
            if (quiet >= patienceNanos) {
                publication.fail(new TimeoutException("nothing acknowledged for " + quiet / 1_000_000 + " ms"));
            }
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(2));
        checks.shutdownNow();
    }
}
