package io.sluice.runtime;

import io.sluice.schema.Topic;
import java.io.Serializable;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** The ends of a job that are Kafka topics. Values are bytes; decoding belongs to the job. */
public final class KafkaEdges implements Serializable {
    private static final long serialVersionUID = 1L;

    private static final int DELIVERY_TIMEOUT_MILLIS = 600_000;

    private static final String PATIENT_BYTES = Integer.toString(64 << 10);
    private static final String PATIENT_MILLIS = "100";

    /** Requests of one connection are received in order; those of several may overtake each other by this much. */
    private static final Duration RECEIPT_DISORDER = Duration.ofSeconds(5);

    private static final Duration IDLE_AFTER = Duration.ofSeconds(5);

    private final String bootstrapServers;
    private final String group;

    /** @param group consumer group that committed offsets are shown under; also names the job */
    public KafkaEdges(String bootstrapServers, String group) {
        this.bootstrapServers = bootstrapServers;
        this.group = group;
    }

    /** Watermarks follow the time of receipt, which is the Kafka timestamp. Null values (erased records) are left out. */
    public DataStream<byte[]> source(StreamExecutionEnvironment env, Topic topic) {
        return source(env, topic, new Bytes(), Map.of());
    }

    /**
     * The same with keys, and with null values, for a job that nobody waits for in milliseconds: a request to Kafka is answered
     * with many records, or after a moment.
     */
    public DataStream<KeyedValue> patientSource(StreamExecutionEnvironment env, Topic topic) {
        return source(
                env,
                topic,
                new Records(),
                Map.of("fetch.min.bytes", PATIENT_BYTES, "fetch.max.wait.ms", PATIENT_MILLIS));
    }

    private <T> DataStream<T> source(
            StreamExecutionEnvironment env,
            Topic topic,
            KafkaRecordDeserializationSchema<T> deserializer,
            Map<String, String> consumer) {
        Properties properties = new Properties();
        properties.putAll(consumer);
        KafkaSource<T> source = KafkaSource.<T>builder()
                .setBootstrapServers(bootstrapServers)
                .setGroupId(group)
                .setTopics(topic.topicName())
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setProperty("commit.offsets.on.checkpoint", "true")
                .setProperty("partition.discovery.interval.ms", "30000")
                .setProperties(properties)
                .setDeserializer(deserializer)
                .build();
        WatermarkStrategy<T> receipt =
                WatermarkStrategy.<T>forBoundedOutOfOrderness(RECEIPT_DISORDER).withIdleness(IDLE_AFTER);
        String uid = topic.topicName() + "-source";
        return env.fromSource(source, receipt, uid).uid(uid);
    }

    /** The same topic as a {@link #source} gives, for operators to read when they open. */
    public ControlTopic controlTopic(Topic topic) {
        return new KafkaControlTopic(bootstrapServers, topic.topicName());
    }

    public <T> KafkaSink<T> sink(Topic topic, KafkaRecordSerializationSchema<T> serializer) {
        return KafkaSink.<T>builder()
                .setBootstrapServers(bootstrapServers)
                .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
                .setRecordSerializer(serializer)
                .setProperty("compression.type", "lz4")
                .setProperty("delivery.timeout.ms", Integer.toString(DELIVERY_TIMEOUT_MILLIS))
                .build();
    }

    /** Records that are encoded already. */
    public KafkaSink<KeyedValue> sink(Topic topic) {
        return sink(topic, new KeyedValues(topic.topicName()));
    }

    /** For the few records that no sink can write. The caller closes it. */
    public Producer<byte[], byte[]> producer() {
        return new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers", bootstrapServers,
                        "acks", "all",
                        "compression.type", "lz4",
                        "delivery.timeout.ms", DELIVERY_TIMEOUT_MILLIS,
                        "max.block.ms", DELIVERY_TIMEOUT_MILLIS),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private static final class Bytes implements KafkaRecordDeserializationSchema<byte[]> {
        @Override
        public void deserialize(ConsumerRecord<byte[], byte[]> message, Collector<byte[]> out) {
            if (message.value() != null) {
                out.collect(message.value());
            }
        }

        @Override
        public TypeInformation<byte[]> getProducedType() {
            return PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO;
        }
    }

    private static final class Records implements KafkaRecordDeserializationSchema<KeyedValue> {
        private static final long serialVersionUID = 1L;

        @Override
        public void deserialize(ConsumerRecord<byte[], byte[]> message, Collector<KeyedValue> out) {
            byte[] key = message.key() == null ? new byte[0] : message.key();
            out.collect(new KeyedValue(key, message.value()));
        }

        @Override
        public TypeInformation<KeyedValue> getProducedType() {
            return TypeInformation.of(KeyedValue.class);
        }
    }

    private record KeyedValues(String topic) implements KafkaRecordSerializationSchema<KeyedValue> {
        @Override
        public ProducerRecord<byte[], byte[]> serialize(
                KeyedValue record, KafkaSinkContext context, @Nullable Long timestamp) {
            return new ProducerRecord<>(topic, record.key(), record.value());
        }
    }
}
