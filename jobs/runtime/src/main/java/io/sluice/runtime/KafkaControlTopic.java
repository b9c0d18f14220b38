package io.sluice.runtime;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads all partitions to the end offsets found at the beginning. Has no group: nothing is committed. */
final class KafkaControlTopic implements ControlTopic {
    private static final long serialVersionUID = 1L;

    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration STALLED = Duration.ofMinutes(1);

    private final String bootstrapServers;
    private final String topic;

    KafkaControlTopic(String bootstrapServers, String topic) {
        this.bootstrapServers = bootstrapServers;
        this.topic = topic;
    }

    @Override
    public void readToEnd(Consumer<byte[]> values) throws IOException {
        Map<String, Object> settings = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false,
                ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                false);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<PartitionInfo> found = consumer.partitionsFor(topic);
            if (found.isEmpty()) {
                throw new IOException("topic " + topic + ": not there (expected: made with the others)");
            }
            List<TopicPartition> partitions = found.stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .toList();
            consumer.assign(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            consumer.seekToBeginning(partitions);
            long progressAt = System.nanoTime();
            while (missing(consumer, ends) > 0) {
                var messages = consumer.poll(POLL);
                for (ConsumerRecord<byte[], byte[]> message : messages) {
                    if (message.value() != null) {
                        values.accept(message.value());
                    }
                }
                if (!messages.isEmpty()) {
                    progressAt = System.nanoTime();
                } else if (System.nanoTime() - progressAt > STALLED.toNanos()) {
                    throw new IOException("topic " + topic + ": " + missing(consumer, ends)
                            + " offsets are missing to its end, and nothing came for " + STALLED.toSeconds() + " s");
                }
            }
        }
    }

    private static long missing(KafkaConsumer<?, ?> consumer, Map<TopicPartition, Long> ends) {
        long missing = 0;
        for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
            missing += Math.max(0, end.getValue() - consumer.position(end.getKey()));
        }
        return missing;
    }
}
