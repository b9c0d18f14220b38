package io.sluice.server;

import io.sluice.schema.Codec;
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
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topic of control documents: publishes versions and follows all of it from its beginning. What was published is told
 * to the reader before {@link #publish} returns, so whoever writes can read it right after.
 */
final class VersionTopic<T extends SpecificRecordBase> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(VersionTopic.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Control<T> control;
    private final TopicReader<T> reader;
    private final KafkaProducer<String, byte[]> producer;
    private final Admin admin;

    /** @param reader called from one thread, for every version in the order of its partition, some more than once */
    VersionTopic(Settings settings, Kafka kafka, Control<T> control, Consumer<T> reader) {
        this.control = control;
        this.reader = new TopicReader<>(settings, kafka, control.topic(), control.codec(), reader);
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
    }

    void start() {
        reader.start();
    }

    /** Completes when the topic has been read to the end that it had at start. */
    CompletableFuture<Void> ready() {
        return reader.ready();
    }

    /**
     * Publishes, and waits until the reader has been told.
     *
     * @throws Refusal UNAVAILABLE when Kafka does not acknowledge in time; some may be published then
     */
    void publish(List<T> versions) {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try {
            for (T version : versions) {
                sent.add(producer.send(new ProducerRecord<>(
                        control.topic().topicName(), control.head(version).key(), Codec.encode(version))));
            }
            Map<Integer, Long> last = new HashMap<>();
            for (Future<RecordMetadata> each : sent) {
                RecordMetadata stored = each.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
                last.merge(stored.partition(), stored.offset(), Math::max);
            }
            reader.awaitRead(last, PATIENCE);
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
        try {
            Map<Integer, Long> last = new HashMap<>();
            admin.listOffsets(reader.partitions().stream()
                            .collect(Collectors.toMap(each -> each, each -> OffsetSpec.latest())))
                    .all()
                    .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                    .forEach((partition, end) -> last.put(partition.partition(), end.offset() - 1));
            if (reader.hasRead(last)) {
                return false;
            }
            reader.awaitRead(last, PATIENCE);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (KafkaException | ExecutionException | TimeoutException e) {
            LOG.warn(
                    "Kafka does not say where the topic {} ends: {}",
                    control.topic().topicName(),
                    e.toString());
            return false;
        }
    }

    private Refusal unavailable(Exception cause) {
        LOG.warn("Kafka does not store changes of {}: {}", control.title(), cause.toString());
        return new Refusal(Refusal.Kind.UNAVAILABLE, "Kafka does not acknowledge, try again");
    }

    @Override
    public void close() {
        reader.close();
        producer.close(Duration.ofSeconds(2));
        admin.close(Duration.ofSeconds(1));
    }
}
