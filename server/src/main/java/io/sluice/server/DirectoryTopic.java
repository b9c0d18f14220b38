package io.sluice.server;

import io.sluice.schema.Codec;
import io.sluice.schema.DirectoryVersion;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topic {@code directory}: publishes versions and follows all of it from its beginning. What was published is told
 * to the reader before {@link #publish} returns, so whoever writes can read it right after.
 */
final class DirectoryTopic implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryTopic.class);
    private static final Codec<DirectoryVersion> CODEC = Codec.of(DirectoryVersion.class);
    private static final String TOPIC = Topic.DIRECTORY.topicName();
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Kafka kafka;
    private final Consumer<DirectoryVersion> reader;
    private final Map<String, Object> consumerConfig;
    private final KafkaProducer<String, byte[]> producer;
    private final Admin admin;
    private final Thread thread = new Thread(this::run, "sluice-directory");
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    /** Next offset to be read, by partition; also the monitor of those who wait for it. */
    private final Map<Integer, Long> positions = new HashMap<>();

    private final CompletableFuture<Void> closing = new CompletableFuture<>();

    /** @param reader called from one thread, for every version in the order of its partition, some more than once */
    DirectoryTopic(Settings settings, Kafka kafka, Consumer<DirectoryVersion> reader) {
        this.kafka = kafka;
        this.reader = reader;
        consumerConfig = new HashMap<>();
        consumerConfig.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, settings.kafkaBootstrapServers());
        consumerConfig.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        consumerConfig.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        consumerConfig.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        consumerConfig.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        consumerConfig.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 5000);
        consumerConfig.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5000);
        producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, settings.kafkaBootstrapServers(),
                        ProducerConfig.ACKS_CONFIG, "all",
                        ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true,
                        // Somebody waits for each of them.
                        ProducerConfig.LINGER_MS_CONFIG, 0,
                        ProducerConfig.MAX_BLOCK_MS_CONFIG, 3000,
                        ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 3000,
                        ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 8000,
                        ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 500),
                new StringSerializer(),
                new ByteArraySerializer());
        admin = Admin.create(Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, settings.kafkaBootstrapServers(),
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 3000,
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 3000,
                AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 500));
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Completes when the topic has been read to the end that it had at start. */
    CompletableFuture<Void> ready() {
        return ready.copy();
    }

    /**
     * Publishes, and waits until the reader has been told.
     *
     * @throws Refusal UNAVAILABLE when Kafka does not acknowledge in time; some may be published then
     */
    void publish(List<DirectoryVersion> versions) {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try {
            for (DirectoryVersion version : versions) {
                String key =
                        Topic.versionKey(version.getOrgId(), version.getKind(), version.getId(), version.getVersion());
                sent.add(producer.send(new ProducerRecord<>(TOPIC, key, Codec.encode(version))));
            }
            Map<Integer, Long> last = new HashMap<>();
            for (Future<RecordMetadata> each : sent) {
                RecordMetadata stored = each.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
                last.merge(stored.partition(), stored.offset(), Math::max);
            }
            awaitRead(last);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable(e);
        } catch (KafkaException | ExecutionException | TimeoutException e) {
            throw unavailable(e);
        }
    }

    /**
     * Waits until the reader has been told all that is on the topic now, by whichever server.
     *
     * @return false: it had been, or Kafka does not say
     */
    boolean catchUp() {
        List<TopicPartition> partitions;
        synchronized (positions) {
            partitions = positions.keySet().stream()
                    .map(each -> new TopicPartition(TOPIC, each))
                    .toList();
        }
        try {
            Map<Integer, Long> last = new HashMap<>();
            admin.listOffsets(partitions.stream().collect(Collectors.toMap(each -> each, each -> OffsetSpec.latest())))
                    .all()
                    .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                    .forEach((partition, end) -> last.put(partition.partition(), end.offset() - 1));
            synchronized (positions) {
                if (isRead(last)) {
                    return false;
                }
            }
            awaitRead(last);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (KafkaException | ExecutionException | TimeoutException e) {
            LOG.warn("Kafka does not say where the directory ends: {}", e.toString());
            return false;
        }
    }

    private static Refusal unavailable(Exception cause) {
        LOG.warn("Kafka does not store the directory's changes: {}", cause.toString());
        return new Refusal(Refusal.Kind.UNAVAILABLE, "Kafka does not acknowledge, try again");
    }

    private void awaitRead(Map<Integer, Long> offsets) throws InterruptedException, TimeoutException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        synchronized (positions) {
            while (!isRead(offsets)) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0 || closing.isDone()) {
                    throw new TimeoutException("not read back in time");
                }
                positions.wait(left);
            }
        }
    }

    private boolean isRead(Map<Integer, Long> offsets) {
        return offsets.entrySet().stream()
                .allMatch(each -> positions.getOrDefault(each.getKey(), 0L) > each.getValue());
    }

    private void run() {
        boolean complained = false;
        while (!closing.isDone()) {
            try {
                CompletableFuture.anyOf(kafka.prepared(), closing).join();
                if (closing.isDone()) {
                    return;
                }
                try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(consumerConfig)) {
                    follow(consumer);
                }
            } catch (KafkaException | IllegalStateException e) {
                if (!complained) {
                    LOG.warn("The topic {} cannot be read, trying again: {}", TOPIC, e.toString());
                    complained = true;
                }
            }
        }
    }

    private void follow(KafkaConsumer<byte[], byte[]> consumer) {
        List<TopicPartition> partitions = consumer.partitionsFor(TOPIC).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
        if (partitions.isEmpty()) {
            throw new KafkaException("no partitions yet");
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        while (!closing.isDone()) {
            for (ConsumerRecord<byte[], byte[]> received : consumer.poll(POLL)) {
                take(received);
            }
            synchronized (positions) {
                partitions.forEach(each -> positions.put(each.partition(), consumer.position(each)));
                positions.notifyAll();
            }
            if (!ready.isDone()
                    && partitions.stream().allMatch(each -> consumer.position(each) >= ends.getOrDefault(each, 0L))) {
                ready.complete(null);
                LOG.info("The directory is read");
            }
        }
    }

    /** A record that is no version must not keep all others from being used. */
    private void take(ConsumerRecord<byte[], byte[]> received) {
        try {
            if (received.value() != null) {
                reader.accept(CODEC.decode(received.value()));
            }
        } catch (IOException | RuntimeException e) {
            LOG.error(
                    "{}-{} offset {}: not a version of the directory, passed over: {}",
                    received.topic(),
                    received.partition(),
                    received.offset(),
                    e.getMessage());
        }
    }

    @Override
    public void close() {
        closing.complete(null);
        try {
            thread.join(3000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        producer.close(Duration.ofSeconds(2));
        admin.close(Duration.ofSeconds(1));
    }
}
