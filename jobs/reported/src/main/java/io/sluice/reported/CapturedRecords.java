package io.sluice.reported;

import io.sluice.claudeapi.compliance.Captured;
import io.sluice.schema.Topic;
import java.nio.charset.StandardCharsets;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** The records that the job of the Compliance API writes to Kafka: each kind to its topic. */
final class CapturedRecords implements KafkaRecordSerializationSchema<Captured> {
    private static final long serialVersionUID = 1L;

    @Override
    public ProducerRecord<byte[], byte[]> serialize(Captured captured, KafkaSinkContext context, Long timestamp) {
        byte[] key = captured.key().getBytes(StandardCharsets.UTF_8);
        return switch (captured.kind()) {
            case CONTENT -> new ProducerRecord<>(Topic.CONTENT.topicName(), key, captured.value());
            case ACTIVITY -> new ProducerRecord<>(Topic.COMPLIANCE_ACTIVITIES.topicName(), key, captured.value());
            case DIRECTORY -> new ProducerRecord<>(Topic.COMPLIANCE_DIRECTORY.topicName(), key, captured.value());
            case DEAD_LETTER -> new ProducerRecord<>(Topic.DEAD_LETTERS.topicName(), captured.value());
        };
    }
}
