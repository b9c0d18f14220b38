package io.sluice.compliance;

import io.sluice.runtime.KeyedValue;
import io.sluice.schema.Topic;
import java.nio.charset.StandardCharsets;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Null records for {@code content}, each to the partition of what it erases; and heartbeats, one for each partition: a
 * partition on which nothing comes closes no segment, and a segment that is not closed is not compacted.
 */
final class ContentRecords implements KafkaRecordSerializationSchema<KeyedValue> {
    private static final long serialVersionUID = 1L;
    private static final String HEARTBEAT = "heartbeat|";

    /** More than any topic of content has. */
    static final int MOST_PARTITIONS = 1_024;

    /** @param partition counted from 0; there may be fewer */
    static KeyedValue heartbeat(int partition) {
        return new KeyedValue((HEARTBEAT + partition).getBytes(StandardCharsets.UTF_8), null);
    }

    @Override
    public @Nullable ProducerRecord<byte[], byte[]> serialize(
            KeyedValue record, KafkaSinkContext context, @Nullable Long timestamp) {
        String key = new String(record.key(), StandardCharsets.UTF_8);
        if (!key.startsWith(HEARTBEAT) || !Topic.contentKeyParts(key).isEmpty()) {
            return new ProducerRecord<>(Topic.CONTENT.topicName(), record.key(), record.value());
        }
        int partition = Integer.parseInt(key.substring(HEARTBEAT.length()));
        int[] partitions = context.getPartitionsForTopic(Topic.CONTENT.topicName());
        return partition < partitions.length
                ? new ProducerRecord<>(Topic.CONTENT.topicName(), partitions[partition], record.key(), record.value())
                : null;
    }
}
