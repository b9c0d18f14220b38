package io.sluice.server;

import io.sluice.schema.Codec;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows all of a topic from its beginning, in a thread of its own; Kafka may be down at start and at any time later. */
final class TopicReader<T extends SpecificRecordBase> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TopicReader.class);
    private static final Duration POLL = Duration.ofMillis(500);

    private final Kafka kafka;
    private final String topic;
    private final Codec<T> codec;
    private final Consumer<T> reader;
    private final Map<String, Object> consumerConfig;
    private final Thread thread;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    /** Next offset to be read, by partition; also the monitor of those who wait for it. */
    private final Map<Integer, Long> positions = new HashMap<>();

    private final CompletableFuture<Void> closing = new CompletableFuture<>();

    /** @param reader called from one thread, for every record in the order of its partition, some more than once */
    TopicReader(Settings settings, Kafka kafka, Topic topic, Codec<T> codec, Consumer<T> reader) {
        this.kafka = kafka;
        this.topic = topic.topicName();
        this.codec = codec;
        this.reader = reader;
        consumerConfig = new HashMap<>();
        consumerConfig.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, settings.kafkaBootstrapServers());
        consumerConfig.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        consumerConfig.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        consumerConfig.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        consumerConfig.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        consumerConfig.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 5000);
        consumerConfig.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5000);
        thread = new Thread(this::run, "sluice-" + this.topic);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Completes when the topic has been read to the end that it had at start. */
    CompletableFuture<Void> ready() {
        return ready.copy();
    }

    /** The partitions that are being read; none before the first is. */
    List<TopicPartition> partitions() {
        synchronized (positions) {
            return positions.keySet().stream()
                    .map(each -> new TopicPartition(topic, each))
                    .toList();
        }
    }

    /** @param offsets by partition */
    boolean hasRead(Map<Integer, Long> offsets) {
        synchronized (positions) {
            return isRead(offsets.entrySet());
        }
    }

    /** Waits until the reader has been told what is at these offsets. */
    void awaitRead(Map<Integer, Long> offsets, Duration patience) throws InterruptedException, TimeoutException {
        long deadline = System.nanoTime() + patience.toNanos();
        synchronized (positions) {
            while (!isRead(offsets.entrySet())) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0 || closing.isDone()) {
                    throw new TimeoutException("not read back in time");
                }
                positions.wait(left);
            }
        }
    }

    private boolean isRead(Set<Map.Entry<Integer, Long>> offsets) {
        return offsets.stream().allMatch(each -> positions.getOrDefault(each.getKey(), 0L) > each.getValue());
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
                    LOG.warn("The topic {} cannot be read, trying again: {}", topic, e.toString());
                    complained = true;
                }
            }
        }
    }

    private void follow(KafkaConsumer<byte[], byte[]> consumer) {
        List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
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
                LOG.info("The topic {} is read", topic);
            }
        }
    }

    /** A record that is none of the topic must not keep all others from being used. */
    private void take(ConsumerRecord<byte[], byte[]> received) {
        try {
            if (received.value() != null) {
                reader.accept(codec.decode(received.value()));
            }
        } catch (IOException | RuntimeException e) {
            LOG.error(
                    "{}-{} offset {}: not a record of the topic, passed over: {}",
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
    }
}
