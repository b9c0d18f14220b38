package io.sluice.standalone;

import io.sluice.schema.Topic;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;
import org.jspecify.annotations.Nullable;

/** Kafka as a process: broker and controller in one, on loopback. */
final class Kafka {
    private static final int NODE_ID = 1;

    /** The same for all: formatting a folder again must find the identity that it already has. */
    private static final String CLUSTER_ID = "sluice-single-node-cls";

    /** The decoders bound a record's text to less than Kafka's default of 1 MiB; its other fields come on top. */
    static final int MOST_MESSAGE_BYTES = 4 << 20;

    private final Settings settings;
    private final DataFolder data;
    private final Installation installation;

    Kafka(Settings settings, DataFolder data, Installation installation) {
        this.settings = settings;
        this.data = data;
        this.installation = installation;
    }

    ProcessSpec process() {
        List<String> command = java(settings.number(Setting.KAFKA_HEAP_MB));
        command.add("kafka.Kafka");
        command.add(configuration().toString());
        return new ProcessSpec(
                "kafka",
                command,
                Map.of("MALLOC_ARENA_MAX", "2"),
                data.root(),
                false,
                this::prepare,
                Duration.ofSeconds(20));
    }

    private List<String> java(int heapMegabytes) {
        return new ArrayList<>(List.of(
                Installation.java().toString(),
                "-Xms32m",
                "-Xmx" + heapMegabytes + "m",
                "-Xss512k",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-Dlog4j2.configurationFile=" + installation.logging("log4j2.properties"),
                "-cp",
                installation.classPath("kafka")));
    }

    private Path configuration() {
        return data.kafka().resolve("server.properties");
    }

    private Path logs() {
        return data.kafka().resolve("data");
    }

    private void prepare() throws IOException, InterruptedException {
        StringBuilder text = new StringBuilder();
        properties()
                .forEach((key, value) -> text.append(key)
                        .append('=')
                        .append(value.replace("\\", "\\\\"))
                        .append('\n'));
        Files.writeString(configuration(), text);
        if (!Files.exists(logs().resolve("meta.properties"))) {
            format();
        }
    }

    /** Of one node: nothing to replicate to. Threads and buffers: sized for a laptop, not for a cluster's broker. */
    private Map<String, String> properties() {
        int port = settings.number(Setting.KAFKA_PORT);
        int controllerPort = settings.number(Setting.KAFKA_CONTROLLER_PORT);
        Map<String, String> properties = new TreeMap<>();
        properties.put("process.roles", "broker,controller");
        properties.put("node.id", Integer.toString(NODE_ID));
        properties.put("listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
        properties.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
        properties.put("controller.listener.names", "CONTROLLER");
        properties.put("controller.quorum.voters", NODE_ID + "@127.0.0.1:" + controllerPort);
        properties.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        properties.put("log.dirs", logs().toString());
        properties.put("auto.create.topics.enable", "false");
        properties.put("message.max.bytes", Integer.toString(MOST_MESSAGE_BYTES));
        properties.put("offsets.topic.replication.factor", "1");
        properties.put("offsets.topic.num.partitions", "4");
        properties.put("transaction.state.log.replication.factor", "1");
        properties.put("transaction.state.log.min.isr", "1");
        properties.put("transaction.state.log.num.partitions", "4");
        properties.put("group.initial.rebalance.delay.ms", "0");
        properties.put("num.network.threads", "2");
        properties.put("num.io.threads", "4");
        properties.put("log.cleaner.dedupe.buffer.size", "16777216");
        // How long the cleaner rests: not longer than the shortest time that it has to keep.
        long rest = Math.min(15_000, erasedWithin().toMillis() / 8);
        properties.put("log.cleaner.backoff.ms", Long.toString(rest));
        return properties;
    }

    private Duration erasedWithin() {
        return Duration.ofMinutes(settings.number(Setting.ERASED_WITHIN_MINUTES));
    }

    private void format() throws IOException, InterruptedException {
        List<String> command = java(128);
        command.addAll(List.of(
                "kafka.tools.StorageTool",
                "format",
                "--ignore-formatted",
                "--cluster-id",
                CLUSTER_ID,
                "--config",
                configuration().toString()));
        Process tool = new ProcessBuilder(command).redirectErrorStream(true).start();
        tool.getOutputStream().close();
        String printed = new String(tool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (tool.waitFor() != 0) {
            throw new IOException("kafka: " + logs() + " cannot be formatted: " + printed);
        }
    }

    private Admin admin() {
        return admin(settings);
    }

    private static Admin admin(Settings settings) {
        return Admin.create(Map.of(
                CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.kafkaServers(),
                CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, 5000,
                CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, 5000,
                CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG, 500));
    }

    /** Makes the topics that are missing. Null: all are there; else why it cannot be told. */
    @Nullable
    String notReadyBecause() throws InterruptedException {
        try (Admin admin = admin()) {
            Set<String> existing = admin.listTopics().names().get(6, TimeUnit.SECONDS);
            List<NewTopic> missing = Arrays.stream(Topic.values())
                    .filter(topic -> !existing.contains(topic.topicName()))
                    .map(topic -> new NewTopic(
                                    topic.topicName(),
                                    Optional.of(settings.number(Setting.TOPIC_PARTITIONS)),
                                    Optional.empty())
                            .configs(topic.settings()))
                    .toList();
            for (var created : admin.createTopics(missing).values().values()) {
                try {
                    created.get(6, TimeUnit.SECONDS);
                } catch (ExecutionException e) {
                    // The server makes them too, and may have been faster.
                    if (!(e.getCause() instanceof TopicExistsException)) {
                        throw e;
                    }
                }
            }
            List<AlterConfigOp> operations = Topic.contentSettings(erasedWithin()).entrySet().stream()
                    .map(each -> new AlterConfigOp(
                            new ConfigEntry(each.getKey(), each.getValue()), AlterConfigOp.OpType.SET))
                    .toList();
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, Topic.CONTENT.topicName()), operations))
                    .all()
                    .get(6, TimeUnit.SECONDS);
            return null;
        } catch (ExecutionException | TimeoutException e) {
            return String.valueOf(e.getCause() == null ? e : e.getCause());
        }
    }

    /** @throws CommandException if Kafka does not answer, or has no topics of Sluice */
    static void requireRunning(Settings settings) throws InterruptedException {
        try {
            ends(settings, EnumSet.of(Topic.USAGE));
        } catch (IOException e) {
            throw new CommandException(
                    "Kafka does not answer at " + settings.kafkaServers()
                            + " (expected: Sluice is running; start it with ./sluice up, and see ./sluice status)",
                    e);
        }
    }

    /** How far topics go now: the position after the last record of each partition. */
    static Map<TopicPartition, Long> ends(Settings settings, Set<Topic> topics)
            throws IOException, InterruptedException {
        try (Admin admin = admin(settings)) {
            Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
            admin.describeTopics(topics.stream().map(Topic::topicName).toList())
                    .allTopicNames()
                    .get(6, TimeUnit.SECONDS)
                    .forEach((name, topic) -> topic.partitions()
                            .forEach(partition ->
                                    wanted.put(new TopicPartition(name, partition.partition()), OffsetSpec.latest())));
            Map<TopicPartition, Long> ends = new HashMap<>();
            admin.listOffsets(wanted)
                    .all()
                    .get(6, TimeUnit.SECONDS)
                    .forEach((partition, end) -> ends.put(partition, end.offset()));
            return ends;
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("Kafka at " + settings.kafkaServers() + ": " + e, e);
        }
    }

    /**
     * How many records up to these ends are not yet part of a completed checkpoint.
     *
     * @param group consumer group of the job
     */
    static long open(Settings settings, String group, Map<TopicPartition, Long> ends)
            throws IOException, InterruptedException {
        try (Admin admin = admin(settings)) {
            Map<TopicPartition, @Nullable OffsetAndMetadata> done = admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get(6, TimeUnit.SECONDS);
            long open = 0;
            for (var end : ends.entrySet()) {
                OffsetAndMetadata position = done.get(end.getKey());
                open += Math.max(0, end.getValue() - (position == null ? 0 : position.offset()));
            }
            return open;
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("Kafka at " + settings.kafkaServers() + ": " + e, e);
        }
    }
}
