package io.sluice.server;

import io.sluice.schema.Codec;
import io.sluice.schema.Delivery;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was delivered: the compacted topic {@code deliveries}. Written and read by one thread; {@link #version} by any. All of
 * it throws {@link KafkaException} while Kafka does not answer.
 */
final class DeliveryLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeliveryLog.class);
    private static final Codec<Delivery> CODEC = Codec.of(Delivery.class);
    private static final String TOPIC = Topic.DELIVERIES.topicName();
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final String bootstrapServers;
    private final Publisher publisher;
    private final Map<String, Long> versions = new ConcurrentHashMap<>();
    private @Nullable KafkaConsumer<byte[], byte[]> consumer;
    /** Delivered, and not yet acknowledged by Kafka. */
    private @Nullable Delivery unsaved;

    DeliveryLog(String bootstrapServers, Publisher publisher) {
        this.bootstrapServers = bootstrapServers;
        this.publisher = publisher;
    }

    /** The last version of a document that was delivered; 0: none. */
    long version(String orgId, String destination, String subject) {
        return versions.getOrDefault(Topic.deliveryKey(orgId, destination, subject), 0L);
    }

    /** Remembers a delivery. When it throws, {@link #catchUp} tries again. */
    void add(Delivery delivery) {
        unsaved = delivery;
        save();
    }

    /** Reads all that was delivered until now, by this server or another. */
    void catchUp() {
        save();
        if (consumer == null) {
            consumer = consumer();
        }
        KafkaConsumer<byte[], byte[]> reader = consumer;
        try {
            if (reader.assignment().isEmpty()) {
                List<TopicPartition> partitions = reader.partitionsFor(TOPIC).stream()
                        .map(info -> new TopicPartition(info.topic(), info.partition()))
                        .toList();
                if (partitions.isEmpty()) {
                    throw new KafkaException("no partitions yet");
                }
                reader.assign(partitions);
                reader.seekToBeginning(partitions);
            }
            Map<TopicPartition, Long> ends = reader.endOffsets(reader.assignment());
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (ends.entrySet().stream().anyMatch(end -> reader.position(end.getKey()) < end.getValue())) {
                if (System.nanoTime() - deadline > 0) {
                    throw new KafkaException(TOPIC + " was not read in time");
                }
                for (ConsumerRecord<byte[], byte[]> received : reader.poll(Duration.ofMillis(200))) {
                    take(received);
                }
            }
        } catch (KafkaException e) {
            close();
            throw e;
        }
    }

    private void save() {
        Delivery delivery = unsaved;
        if (delivery == null) {
            return;
        }
        String key = Topic.deliveryKey(delivery.getOrgId(), delivery.getDestination(), delivery.getSubject());
        try {
            Publisher.Publication publication = publisher.begin();
            publication.send(Topic.DELIVERIES, key.getBytes(StandardCharsets.UTF_8), delivery);
            publication.end().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new KafkaException("a delivery is not stored", e);
        }
        versions.merge(key, delivery.getVersion(), Math::max);
        unsaved = null;
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        return new KafkaConsumer<>(Map.of(
                CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
                ByteArrayDeserializer.class,
                ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
                ByteArrayDeserializer.class,
                ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                false,
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false,
                ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                5000,
                ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                5000));
    }

    /** A record that is no delivery must not keep all others from being used. */
    private void take(ConsumerRecord<byte[], byte[]> received) {
        try {
            if (received.value() != null) {
                Delivery delivery = CODEC.decode(received.value());
                versions.merge(
                        Topic.deliveryKey(delivery.getOrgId(), delivery.getDestination(), delivery.getSubject()),
                        delivery.getVersion(),
                        Math::max);
            }
        } catch (IOException e) {
            LOG.error(
                    "{}-{} offset {}: not a delivery, passed over",
                    received.topic(),
                    received.partition(),
                    received.offset());
        }
    }

    /** Only by the thread that reads, or after it has ended. */
    @Override
    public void close() {
        if (consumer != null) {
            consumer.close(Duration.ofSeconds(1));
            consumer = null;
        }
    }
}
