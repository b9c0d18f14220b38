package io.sluice.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;

/**
 * One Kafka node (broker and controller) in this JVM, on 127.0.0.1. Topics are never created by use.
 *
 * <p>It ends in order; for a crash, run it in a JVM of its own and end that.
 */
public final class KafkaServer implements AutoCloseable {
    private static final int NODE_ID = 1;

    /** The same for all: formatting a folder again must find the identity that it already has. */
    private static final String CLUSTER_ID = "sluice-single-node";

    /** One node: nothing to replicate to. Threads and buffers: sized for a laptop, not for a cluster's broker. */
    private static final Map<String, String> SINGLE_NODE = Map.ofEntries(
            Map.entry("process.roles", "broker,controller"),
            Map.entry("node.id", Integer.toString(NODE_ID)),
            Map.entry("controller.listener.names", "CONTROLLER"),
            Map.entry("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"),
            Map.entry("auto.create.topics.enable", "false"),
            Map.entry("offsets.topic.replication.factor", "1"),
            Map.entry("offsets.topic.num.partitions", "4"),
            Map.entry("transaction.state.log.replication.factor", "1"),
            Map.entry("transaction.state.log.min.isr", "1"),
            Map.entry("transaction.state.log.num.partitions", "4"),
            Map.entry("group.initial.rebalance.delay.ms", "0"),
            Map.entry("num.network.threads", "2"),
            Map.entry("num.io.threads", "4"),
            Map.entry("log.cleaner.dedupe.buffer.size", "16777216"));

    private final Path data;
    private final int port;
    private final Map<String, String> overrides;
    private final boolean temporary;
    private @Nullable KafkaRaftServer server;

    private KafkaServer(Path data, int port, Map<String, String> overrides, boolean temporary) {
        this.data = data;
        this.port = port;
        this.overrides = Map.copyOf(overrides);
        this.temporary = temporary;
    }

    /** Starts on a free port with a folder of its own, which {@link #close} deletes. */
    public static KafkaServer start() throws IOException {
        KafkaServer server =
                new KafkaServer(Files.createTempDirectory("sluice-kafka-"), FreePort.next(), Map.of(), true);
        server.startNode();
        return server;
    }

    /**
     * Starts on a folder that outlives the server.
     *
     * @param data created and formatted if it is not yet
     * @param overrides broker settings as Kafka names them; they win over this class's own
     */
    public static KafkaServer start(Path data, int port, Map<String, String> overrides) throws IOException {
        KafkaServer server = new KafkaServer(data, port, overrides, false);
        server.startNode();
        return server;
    }

    /** {@code host:port}, as {@code bootstrap.servers} wants it. */
    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    /** Ends the node. Its data and its port stay for {@link #restart}. */
    public synchronized void stop() {
        if (server != null) {
            server.shutdown();
            server.awaitShutdown();
            server = null;
        }
    }

    /** Ends the node if it runs, and starts it on the same data and port. */
    public synchronized void restart() throws IOException {
        stop();
        startNode();
    }

    @Override
    public synchronized void close() throws IOException {
        stop();
        if (temporary) {
            Folders.delete(data);
        }
    }

    private synchronized void startNode() throws IOException {
        Files.createDirectories(data);
        format();
        int controllerPort = FreePort.next();
        Map<String, String> properties = new HashMap<>(SINGLE_NODE);
        properties.put("log.dirs", data.toString());
        properties.put("listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
        properties.put("advertised.listeners", "PLAINTEXT://" + bootstrapServers());
        properties.put("controller.quorum.voters", NODE_ID + "@127.0.0.1:" + controllerPort);
        properties.putAll(overrides);
        KafkaRaftServer starting = new KafkaRaftServer(new KafkaConfig(properties, false), Time.SYSTEM);
        try {
            starting.startup();
        } catch (Exception e) {
            starting.shutdown();
            throw new IOException("Kafka did not start on " + bootstrapServers() + " with data in " + data, e);
        }
        server = starting;
    }

    private void format() throws IOException {
        try (PrintStream silent = new PrintStream(OutputStream.nullOutputStream())) {
            new Formatter()
                    .setPrintStream(silent)
                    .setNodeId(NODE_ID)
                    .setClusterId(CLUSTER_ID)
                    .setControllerListenerName("CONTROLLER")
                    .setReleaseVersion(MetadataVersion.latestProduction())
                    .setIgnoreFormatted(true)
                    .setMetadataLogDirectory(data.toString())
                    .addDirectory(data.toString())
                    .run();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("Kafka could not format " + data, e);
        }
    }
}
