package io.sluice.bench;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;

/** A Flink cluster in this JVM that runs the main methods of jobs as {@code flink run --detached} does. */
final class BenchCluster implements AutoCloseable {
    static final int PARALLELISM = 2;

    private static final long LIMIT_SECONDS = 60;

    private final Path checkpoints;
    private final Configuration configuration;
    private final MiniCluster cluster;

    /** The main method of a job, which ends in {@code execute}. */
    @FunctionalInterface
    interface JobMain {
        void run() throws Exception;
    }

    /** @param overrides settings of cluster and jobs as Flink names them */
    BenchCluster(Workspace workspace, Map<String, String> overrides) throws Exception {
        checkpoints = workspace.folder("checkpoints");
        configuration = Configuration.fromMap(Map.of(
                "parallelism.default", Integer.toString(PARALLELISM),
                "taskmanager.numberOfTaskSlots", Integer.toString(PARALLELISM),
                "taskmanager.memory.managed.size", "512m",
                "execution.checkpointing.dir", checkpoints.toUri().toString(),
                "io.tmp.dirs", workspace.folder("flink").toString(),
                // A job that fails is to be seen, not tried again.
                "restart-strategy.type", "none",
                "metrics.reporters", "bench",
                "metrics.reporter.bench.factory.class", RecordCounters.class.getName()));
        overrides.forEach(configuration::setString);
        cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(PARALLELISM)
                .setCommonBindAddress("127.0.0.1")
                .withRandomPorts()
                .build());
        cluster.start();
    }

    /** Starts a job. This cluster's settings win over what the job sets. */
    Job start(JobMain main) throws Exception {
        CompletableFuture<JobID> submitted = new CompletableFuture<>();
        Environment.runWith(cluster, configuration, submitted, main);
        if (!submitted.isDone()) {
            throw new IllegalStateException("main: returned without executing a job");
        }
        return new Job(submitted.get());
    }

    @Override
    public void close() throws Exception {
        cluster.closeAsync().get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    /** A running job. */
    final class Job implements AutoCloseable {
        private final JobID id;

        private Job(JobID id) {
            this.id = id;
        }

        /** Throws why it ended, if it did. */
        void requireRunning() throws Exception {
            JobStatus status = cluster.getJobStatus(id).get(LIMIT_SECONDS, TimeUnit.SECONDS);
            if (status.isGloballyTerminalState()) {
                JobResult result = cluster.requestJobResult(id).get(LIMIT_SECONDS, TimeUnit.SECONDS);
                throw new IllegalStateException(
                        "job: ended with " + status + " (expected: to run)",
                        result.getSerializedThrowable().orElse(null));
            }
        }

        /** Of a job that ends by itself. */
        void awaitEnd() throws Exception {
            JobResult result = cluster.requestJobResult(id).get();
            if (!result.isSuccess()) {
                throw new IllegalStateException(
                        "job: failed (expected: to end)",
                        result.getSerializedThrowable().orElse(null));
            }
        }

        /** Cancels it, and deletes its checkpoints. */
        @Override
        public void close() throws ExecutionException, InterruptedException, TimeoutException, java.io.IOException {
            if (!cluster.getJobStatus(id).get(LIMIT_SECONDS, TimeUnit.SECONDS).isGloballyTerminalState()) {
                cluster.cancelJob(id).get(LIMIT_SECONDS, TimeUnit.SECONDS);
            }
            cluster.requestJobResult(id).get(LIMIT_SECONDS, TimeUnit.SECONDS);
            Workspace.delete(checkpoints.resolve(id.toHexString()));
        }
    }

    /** What a job's main method gets for its environment. */
    private static final class Environment extends StreamExecutionEnvironment {
        private final MiniCluster cluster;
        private final CompletableFuture<JobID> submitted;

        private Environment(MiniCluster cluster, Configuration configuration, CompletableFuture<JobID> submitted) {
            super(configuration);
            this.cluster = cluster;
            this.submitted = submitted;
        }

        static void runWith(
                MiniCluster cluster, Configuration settings, CompletableFuture<JobID> submitted, JobMain main)
                throws Exception {
            initializeContextEnvironment(defaults -> {
                Configuration merged = new Configuration(defaults);
                merged.addAll(settings);
                return new Environment(cluster, merged, submitted);
            });
            try {
                main.run();
            } finally {
                resetContextEnvironment();
            }
        }

        @Override
        public JobExecutionResult execute(StreamGraph graph) throws Exception {
            JobID id = cluster.submitJob(graph.getJobGraph())
                    .get(LIMIT_SECONDS, TimeUnit.SECONDS)
                    .getJobID();
            submitted.complete(id);
            return new JobExecutionResult(id, 0, Map.of());
        }
    }
}
