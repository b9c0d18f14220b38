package io.sluice.reported;

import io.sluice.claudeapi.Reported;
import io.sluice.schema.Topic;
import java.nio.charset.StandardCharsets;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** The records that the job writes to Kafka: each kind to its topic. */
final class ReportedRecords implements KafkaRecordSerializationSchema<Reported> {
    private static final long serialVersionUID = 1L;

    @Override
    public ProducerRecord<byte[], byte[]> serialize(Reported reported, KafkaSinkContext context, Long timestamp) {
        byte[] key = reported.key().getBytes(StandardCharsets.UTF_8);
        return switch (reported.kind()) {
            case ROW -> new ProducerRecord<>(Topic.REPORTED.topicName(), key, reported.value());
            case DAY -> new ProducerRecord<>(Topic.REPORTED_DAYS.topicName(), key, reported.value());
            case DEAD_LETTER -> new ProducerRecord<>(Topic.DEAD_LETTERS.topicName(), reported.value());
        };
    }
}
