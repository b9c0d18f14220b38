package io.sluice.bench;

import io.sluice.schema.Topic;
import io.sluice.testing.FreePort;
import io.sluice.testing.KafkaServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A real Kafka broker in a process of its own, so that its heap and its compiler do not mix with what is measured. */
final class Broker {
    static final int PARTITIONS = 4;

    /** As the embedded stack sets it: session files can have long messages. */
    private static final String MOST_MESSAGE_BYTES = Integer.toString(4 << 20);

    /** Of a call, and of its start: a benchmark runs on busy machines, too. */
    private static final int LIMIT_SECONDS = 120;

    private static final Set<Topic> RESULTS =
            Set.of(Topic.SPEND_WINDOWS, Topic.LEDGER, Topic.ALERTS, Topic.CODE_METRICS);

    private final String servers;
    private final Process process;

    private Broker(String servers, Process process) {
        this.servers = servers;
        this.process = process;
    }

    /** Returns when it answers and has all topics of Sluice. */
    static Broker start(Workspace workspace) throws IOException, InterruptedException {
        int port = FreePort.next();
        Process process = workspace.start(
                "kafka",
                List.of("-Xms256m", "-Xmx1g"),
                Map.of(),
                Broker.class,
                workspace.folder("kafka").toString(),
                Integer.toString(port));
        Broker broker = new Broker("127.0.0.1:" + port, process);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (true) {
            try {
                broker.createTopics(List.of(Topic.values()));
                broker.awaitTopics(List.of(Topic.values()));
                return broker;
            } catch (ExecutionException | TimeoutException e) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    throw new IOException("Kafka does not start: " + e + "\n" + workspace.logEnd("kafka"), e);
                }
            }
        }
    }

    /** The process itself. Arguments: folder, port. Ends when its standard input does. */
    public static void main(String[] args) throws IOException {
        KafkaServer.start(Path.of(args[0]), Integer.parseInt(args[1]), Map.of("message.max.bytes", MOST_MESSAGE_BYTES));
        while (System.in.read() >= 0) {
            // Nothing is said to it.
        }
        Runtime.getRuntime().halt(0);
    }

    String servers() {
        return servers;
    }

    /** Processor time it has used so far. */
    double cpuSeconds() {
        return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
    }

    /** Empties topics: the spend job reads its own alerts again, and versions are never forgotten. */
    void renew(Collection<Topic> topics) throws IOException, InterruptedException {
        try (Admin admin = admin()) {
            admin.deleteTopics(topics.stream().map(Topic::topicName).toList())
                    .all()
                    .get(LIMIT_SECONDS, TimeUnit.SECONDS);
            createTopics(topics);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("Kafka at " + servers + ": " + e, e);
        }
        awaitTopics(topics);
    }

    /** Returns when all their partitions can be written to. */
    private void awaitTopics(Collection<Topic> topics) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        for (Topic topic : topics) {
            while (!isThere(topic)) {
                if (System.nanoTime() > deadline) {
                    throw new IOException(topic.topicName() + ": not there (expected: created again)");
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
    }

    /** The broker learns of a topic a moment after the controller has made it. */
    private boolean isThere(Topic topic) throws IOException, InterruptedException {
        try {
            return count(topic) == 0;
        } catch (IOException e) {
            if (e.getCause() instanceof ExecutionException refused
                    && refused.getCause() instanceof UnknownTopicOrPartitionException) {
                return false;
            }
            throw e;
        }
    }

    private void createTopics(Collection<Topic> wanted)
            throws ExecutionException, TimeoutException, InterruptedException {
        List<NewTopic> topics = new ArrayList<>();
        for (Topic topic : wanted) {
            Map<String, String> settings = new HashMap<>(topic.settings());
            if (RESULTS.contains(topic)) {
                // Says when a result was there, whatever the producer says.
                settings.put("message.timestamp.type", "LogAppendTime");
            }
            topics.add(new NewTopic(topic.topicName(), PARTITIONS, (short) 1).configs(settings));
        }
        try (Admin admin = admin()) {
            for (var created : admin.createTopics(topics).values().values()) {
                try {
                    created.get(LIMIT_SECONDS, TimeUnit.SECONDS);
                } catch (ExecutionException e) {
                    // An earlier attempt may have been slow, but not in vain.
                    if (!(e.getCause() instanceof TopicExistsException)) {
                        throw e;
                    }
                }
            }
        }
    }

    private Admin admin() {
        return Admin.create(Map.of(
                CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG,
                servers,
                CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG,
                (int) TimeUnit.SECONDS.toMillis(LIMIT_SECONDS),
                CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG,
                (int) TimeUnit.SECONDS.toMillis(LIMIT_SECONDS),
                CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                500));
    }

    /** The position after the last record of each partition. */
    Map<TopicPartition, Long> ends(Topic topic) throws IOException, InterruptedException {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            wanted.put(new TopicPartition(topic.topicName(), partition), OffsetSpec.latest());
        }
        try (Admin admin = admin()) {
            Map<TopicPartition, Long> ends = new HashMap<>();
            admin.listOffsets(wanted)
                    .all()
                    .get(LIMIT_SECONDS, TimeUnit.SECONDS)
                    .forEach((partition, end) -> ends.put(partition, end.offset()));
            return ends;
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("Kafka at " + servers + ": " + e, e);
        }
    }

    /** How many records a topic has had. */
    long count(Topic topic) throws IOException, InterruptedException {
        return ends(topic).values().stream().mapToLong(Long::longValue).sum();
    }

    /** With the settings that the server has for its own. */
    KafkaProducer<String, byte[]> producer() {
        return new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        servers,
                        ProducerConfig.ACKS_CONFIG,
                        "all",
                        ProducerConfig.COMPRESSION_TYPE_CONFIG,
                        "lz4",
                        ProducerConfig.LINGER_MS_CONFIG,
                        5,
                        ProducerConfig.BATCH_SIZE_CONFIG,
                        128 * 1024,
                        ProducerConfig.BUFFER_MEMORY_CONFIG,
                        64L << 20),
                new StringSerializer(),
                new ByteArraySerializer());
    }

    /** A consumer of no group, at these positions. */
    KafkaConsumer<String, byte[]> reader(Map<TopicPartition, Long> from) {
        KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        servers,
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                        false,
                        ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                        10_000),
                new StringDeserializer(),
                new ByteArrayDeserializer());
        consumer.assign(from.keySet());
        from.forEach(consumer::seek);
        return consumer;
    }
}
