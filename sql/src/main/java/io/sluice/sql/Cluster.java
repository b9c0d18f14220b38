package io.sluice.sql;

import java.net.URI;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;

/** Flink in this JVM, on loopback, which runs one query after the other. */
final class Cluster implements AutoCloseable {
    private static final long STOP_SECONDS = 10;

    private final MiniCluster cluster;
    private final URI address;

    /** @param settings as Flink names them */
    Cluster(Map<String, String> settings, int slots) throws Exception {
        Map<String, String> own = new TreeMap<>(Map.of(
                "taskmanager.memory.managed.size", "256m",
                "taskmanager.memory.network.min", "64m",
                "taskmanager.memory.network.max", "64m",
                // Nobody is to hand it jobs but this JVM.
                "web.submit.enable", "false",
                "web.cancel.enable", "false"));
        own.putAll(settings);
        cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(Configuration.fromMap(own))
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .setCommonBindAddress("127.0.0.1")
                .withRandomPorts()
                .build());
        cluster.start();
        address = cluster.getRestAddress().get();
    }

    /** What an environment needs to run its queries here. */
    Map<String, String> target() {
        return Map.of(
                "execution.target", "remote",
                "rest.address", address.getHost(),
                "rest.port", Integer.toString(address.getPort()));
    }

    @Override
    public void close() throws Exception {
        cluster.closeAsync().get(STOP_SECONDS, TimeUnit.SECONDS);
    }
}
