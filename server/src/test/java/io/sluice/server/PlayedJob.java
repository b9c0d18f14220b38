package io.sluice.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.audit.CanonicalJson;
import io.sluice.core.compliance.Fate;
import io.sluice.core.compliance.Item;
import io.sluice.core.compliance.Register;
import io.sluice.core.compliance.Requested;
import io.sluice.schema.Codec;
import io.sluice.schema.ComplianceChange;
import io.sluice.schema.ErasureProgress;
import io.sluice.schema.Micros;
import io.sluice.schema.Topic;
import io.sluice.testing.KafkaServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Plays the job that erases: reads the register from its topic, and reports. What there is to erase, a test says. */
final class PlayedJob implements AutoCloseable {
    private final KafkaProducer<String, byte[]> producer;
    private final KafkaConsumer<String, byte[]> consumer;
    private final Register register = new Register();
    private final Map<String, List<Item>> items = new ConcurrentHashMap<>();
    private final Map<String, Long> versions = new HashMap<>();
    private final Thread thread = new Thread(this::run, "played-job");
    private final CompletableFuture<Void> closing = new CompletableFuture<>();

    private PlayedJob(KafkaServer kafka) {
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new StringSerializer(),
                new ByteArraySerializer());
        consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers(), "enable.auto.commit", false),
                new StringDeserializer(),
                new ByteArrayDeserializer());
    }

    static PlayedJob start(KafkaServer kafka) {
        PlayedJob job = new PlayedJob(kafka);
        job.thread.setDaemon(true);
        job.thread.start();
        return job;
    }

    void has(String orgId, Item... more) {
        items.computeIfAbsent(orgId, each -> new CopyOnWriteArrayList<>()).addAll(List.of(more));
    }

    private void run() {
        List<TopicPartition> partitions = consumer.partitionsFor(Topic.COMPLIANCE.topicName()).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        Codec<ComplianceChange> codec = Codec.of(ComplianceChange.class);
        while (!closing.isDone()) {
            consumer.poll(Duration.ofMillis(50)).forEach(received -> {
                try {
                    register.add(codec.decode(received.value())).forEach(this::take);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        consumer.close();
    }

    private void take(ComplianceChange entry) {
        if (entry.getErasure() != null) {
            report(progress(entry.getOrgId(), entry.getErasure().getId(), "pending"));
        }
        if (entry.getStart() != null) {
            Requested erasure =
                    register.erasure(entry.getOrgId(), entry.getStart()).orElseThrow();
            execute(entry.getOrgId(), entry.getStart(), erasure, entry.getNumber());
        }
    }

    private void execute(String orgId, String id, Requested erasure, long start) {
        long found = 0;
        long held = 0;
        TreeSet<String> heldBy = new TreeSet<>();
        for (Item item : items.getOrDefault(orgId, List.of())) {
            Fate fate = register.fate(orgId, id, item);
            found += erasure.covers(item) ? 1 : 0;
            held += fate.heldBy().isEmpty() ? 0 : 1;
            heldBy.addAll(fate.heldBy());
        }
        ErasureProgress.Builder progress = progress(orgId, id, held > 0 ? "held" : "hidden")
                .setStartNumber(start)
                .setFound(found)
                .setErased(found - held)
                .setHeld(held)
                .setHeldBy(List.copyOf(heldBy));
        if (held > 0) {
            report(progress);
            return;
        }
        long now = Micros.of(Instant.now());
        report(progress.setHiddenAt(now));
        report(progress.setStatus("completed").setErasedAt(now).setReceipt(receipt(id, found)));
    }

    /** As the job writes one, with the hash of all else in it. */
    static String receipt(String erasureId, long found) {
        ObjectNode json = RunningServer.JSON
                .createObjectNode()
                .put("erasure_id", erasureId)
                .put("found", found)
                .put("note", "größer als \"nichts\"");
        json.put("receipt_hash", Secret.sha256(CanonicalJson.of(json)));
        return CanonicalJson.of(json);
    }

    static ErasureProgress.Builder progress(String orgId, String id, String status) {
        return ErasureProgress.newBuilder()
                .setOrgId(orgId)
                .setErasureId(id)
                .setStatus(status)
                .setVersion(0)
                .setAt(Micros.of(Instant.now()));
    }

    /** As the next report of its erasure. */
    void report(ErasureProgress.Builder progress) {
        String key = progress.getOrgId() + '|' + progress.getErasureId();
        long version;
        synchronized (versions) {
            version = versions.merge(key, 1L, Long::sum);
        }
        try {
            producer.send(new ProducerRecord<>(
                            Topic.RECEIPTS.topicName(),
                            key,
                            Codec.encode(progress.setVersion(version).build())))
                    .get(30, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        closing.complete(null);
        thread.join(5000);
        producer.close();
    }
}
