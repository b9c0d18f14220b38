package io.sluice.server;

import io.sluice.schema.AuditEntry;
import io.sluice.schema.Codec;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
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
 * The newest entry of an organization's audit as the topic {@code audit-chain} has it: what Elasticsearch says is compared
 * with it. Reads from the ends of the partitions backwards, each time anew, since it is asked for seldom.
 */
final class ChainHead {
    private static final Logger LOG = LoggerFactory.getLogger(ChainHead.class);
    private static final Codec<AuditEntry> CODEC = Codec.of(AuditEntry.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Records of each partition that are looked at first; then ten times as many, and so on. */
    private static final long FIRST_LOOK = 200;

    private static final long WIDER = 10;

    private final String bootstrapServers;
    private final BooleanSupplier ready;

    /** @param ready whether the topic is known to be there */
    ChainHead(String bootstrapServers, BooleanSupplier ready) {
        this.bootstrapServers = bootstrapServers;
        this.ready = ready;
    }

    /**
     * Blocks.
     *
     * @return null: there is none yet
     * @throws Refusal UNAVAILABLE while Kafka does not answer
     */
    @Nullable
    AuditEntry of(String orgId) {
        if (!ready.getAsBoolean()) {
            throw unavailable();
        }
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            List<TopicPartition> partitions = consumer.partitionsFor(Topic.AUDIT_CHAIN.topicName()).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions);
            Map<TopicPartition, Long> ends = new HashMap<>(consumer.endOffsets(partitions));
            for (long look = FIRST_LOOK; ; look *= WIDER) {
                boolean whole = true;
                for (TopicPartition each : partitions) {
                    long start = starts.getOrDefault(each, 0L);
                    long from = Math.max(start, ends.getOrDefault(each, 0L) - look);
                    whole &= from == start;
                    consumer.seek(each, from);
                }
                AuditEntry newest = newest(consumer, ends, orgId);
                if (newest != null || whole) {
                    return newest;
                }
            }
        } catch (KafkaException e) {
            LOG.warn("The topic {} cannot be read: {}", Topic.AUDIT_CHAIN.topicName(), e.toString());
            throw unavailable();
        }
    }

    private static @Nullable AuditEntry newest(
            KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends, String orgId) {
        AuditEntry newest = null;
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            if (System.nanoTime() - deadline > 0) {
                throw new KafkaException("not read in time");
            }
            for (ConsumerRecord<byte[], byte[]> received : consumer.poll(POLL)) {
                AuditEntry entry = read(received);
                if (entry != null
                        && entry.getOrgId().equals(orgId)
                        && (newest == null || entry.getNumber() > newest.getNumber())) {
                    newest = entry;
                }
            }
        }
        return newest;
    }

    private static @Nullable AuditEntry read(ConsumerRecord<byte[], byte[]> received) {
        try {
            return received.value() == null ? null : CODEC.decode(received.value());
        } catch (IOException e) {
            LOG.error(
                    "{}-{} offset {}: not an entry of the audit, passed over",
                    received.topic(),
                    received.partition(),
                    received.offset());
            return null;
        }
    }

    private static Refusal unavailable() {
        return new Refusal(Refusal.Kind.UNAVAILABLE, "Kafka does not answer, try again");
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
}
