package io.sluice.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A session cluster on loopback: JobManager and TaskManager as processes. */
final class Flink {
    /** Of the TaskManager: buffers between operators. */
    private static final int NETWORK_MEGABYTES = 96;

    private static final int FRAMEWORK_HEAP_MEGABYTES = 96;
    private static final int OFF_HEAP_MEGABYTES = 64;
    private static final int METASPACE_MEGABYTES = 256;
    private static final int OVERHEAD_MEGABYTES = 64;

    /** Flink reaches into these packages by reflection on JDK 17 and later. */
    private static final List<String> OPENS = List.of(
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");

    private final Settings settings;
    private final DataFolder data;
    private final Installation installation;

    Flink(Settings settings, DataFolder data, Installation installation) {
        this.settings = settings;
        this.data = data;
        this.installation = installation;
    }

    ProcessSpec jobManager() {
        return process(
                "jobmanager",
                "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
                settings.number(Setting.FLINK_JOBMANAGER_HEAP_MB),
                // It has little to do, and most of that once: compiling it well costs more than it saves.
                List.of("-XX:MaxMetaspaceSize=" + METASPACE_MEGABYTES + "m", "-XX:TieredStopAtLevel=1"));
    }

    ProcessSpec taskManager() {
        int direct = NETWORK_MEGABYTES + 2 * OFF_HEAP_MEGABYTES;
        return process(
                "taskmanager",
                "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
                settings.number(Setting.FLINK_TASKMANAGER_HEAP_MB),
                List.of(
                        "-XX:MaxMetaspaceSize=" + METASPACE_MEGABYTES + "m",
                        "-XX:MaxDirectMemorySize=" + direct + "m"));
    }

    private ProcessSpec process(String name, String main, int heapMegabytes, List<String> options) {
        List<String> command = new ArrayList<>(List.of(
                Installation.java().toString(),
                "-Xms32m",
                "-Xmx" + heapMegabytes + "m",
                "-Xss512k",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-Dlog4j2.configurationFile=" + installation.logging("log4j2.properties")));
        command.addAll(options);
        command.addAll(OPENS);
        command.addAll(List.of(
                "-cp",
                installation.classPath("flink"),
                main,
                "--configDir",
                configuration(name).toString()));
        return new ProcessSpec(
                name,
                command,
                // Buffers of RocksDB come from many threads, and each would have an arena of its own.
                Map.of(
                        "MALLOC_ARENA_MAX",
                        "2",
                        "FLINK_CONF_DIR",
                        configuration(name).toString()),
                data.root(),
                false,
                () -> prepare(name),
                Duration.ofSeconds(15));
    }

    private Path configuration(String process) {
        return data.flink().resolve(process);
    }

    private void prepare(String process) throws IOException {
        Folders.empty(data.scratch(process));
        Files.createDirectories(configuration(process));
        StringBuilder yaml = new StringBuilder();
        lines(data.scratch(process))
                .forEach((key, value) ->
                        yaml.append(key).append(": ").append(value).append('\n'));
        Files.writeString(configuration(process).resolve("config.yaml"), yaml);
    }

    private Map<String, String> lines(Path scratch) {
        int heap = settings.number(Setting.FLINK_TASKMANAGER_HEAP_MB);
        Map<String, String> lines = new TreeMap<>();
        lines.put("jobmanager.rpc.address", "127.0.0.1");
        lines.put("jobmanager.bind-host", "127.0.0.1");
        lines.put("jobmanager.rpc.port", Integer.toString(settings.number(Setting.FLINK_RPC_PORT)));
        lines.put("rest.address", "127.0.0.1");
        lines.put("rest.bind-address", "127.0.0.1");
        lines.put("rest.port", Integer.toString(settings.number(Setting.FLINK_PORT)));
        lines.put("taskmanager.host", "127.0.0.1");
        lines.put("taskmanager.bind-host", "127.0.0.1");
        lines.put("taskmanager.cpu.cores", "1.0");
        lines.put(
                "taskmanager.numberOfTaskSlots",
                Integer.toString(Job.of(settings).stream()
                        .mapToInt(job -> job.parallelism(settings))
                        .sum()));
        lines.put("taskmanager.memory.framework.heap.size", megabytes(Math.min(FRAMEWORK_HEAP_MEGABYTES, heap / 2)));
        lines.put("taskmanager.memory.task.heap.size", megabytes(heap - Math.min(FRAMEWORK_HEAP_MEGABYTES, heap / 2)));
        lines.put("taskmanager.memory.framework.off-heap.size", megabytes(OFF_HEAP_MEGABYTES));
        lines.put("taskmanager.memory.task.off-heap.size", megabytes(OFF_HEAP_MEGABYTES));
        lines.put("taskmanager.memory.network.min", megabytes(NETWORK_MEGABYTES));
        lines.put("taskmanager.memory.network.max", megabytes(NETWORK_MEGABYTES));
        // Said and not derived: this process has no script that would do so.
        lines.put("taskmanager.memory.jvm-metaspace.size", megabytes(METASPACE_MEGABYTES));
        lines.put("taskmanager.memory.jvm-overhead.min", megabytes(OVERHEAD_MEGABYTES));
        lines.put("taskmanager.memory.jvm-overhead.max", megabytes(OVERHEAD_MEGABYTES));
        lines.put("taskmanager.memory.managed.size", megabytes(settings.number(Setting.FLINK_MANAGED_MEMORY_MB)));
        // A process that was killed is noticed within seconds; a laptop that was asleep for less than that is not.
        lines.put("heartbeat.interval", "3 s");
        lines.put("heartbeat.timeout", "20 s");
        lines.put("io.tmp.dirs", quoted(scratch));
        lines.put("web.tmpdir", quoted(scratch));
        lines.put("blob.storage.directory", quoted(scratch));
        lines.put("process.working-dir", quoted(scratch));
        lines.put(
                "execution.checkpointing.dir", quoted(data.checkpoints().toUri().toString()));
        String metricsPorts = settings.text(Setting.FLINK_METRICS_PORTS);
        if (!metricsPorts.isEmpty()) {
            lines.put("metrics.reporters", "prom");
            lines.put(
                    "metrics.reporter.prom.factory.class",
                    "org.apache.flink.metrics.prometheus.PrometheusReporterFactory");
            lines.put("metrics.reporter.prom.port", metricsPorts);
            // Each attempt would be a series of its own.
            lines.put(
                    "metrics.reporter.prom.scope.variables.excludes", quoted("task_attempt_id;task_attempt_num;tm_id"));
        }
        return lines;
    }

    private static String megabytes(int count) {
        return count + "m";
    }

    private static String quoted(Object path) {
        return "'" + path.toString().replace("'", "''") + "'";
    }
}
