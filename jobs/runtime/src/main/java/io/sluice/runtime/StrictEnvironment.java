package io.sluice.runtime;

import java.time.Duration;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The execution environment of every job. Strict: an operator without uid and a type that would fall to Kryo are
 * refused at start. What a cluster or {@code flink run -D} sets wins over the defaults here.
 */
public final class StrictEnvironment {
    /** Fixed for the life of all state: the number of key groups. */
    public static final int MAX_PARALLELISM = 128;

    private StrictEnvironment() {}

    public static StreamExecutionEnvironment create() {
        return create(new Configuration());
    }

    public static StreamExecutionEnvironment create(Configuration overrides) {
        Configuration defaults = new Configuration();
        defaults.set(StateBackendOptions.STATE_BACKEND, "rocksdb");
        defaults.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
        defaults.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(5));
        defaults.set(
                CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
        // Between two operators a record waits no longer than this: an alert passes through several.
        defaults.set(ExecutionOptions.BUFFER_TIMEOUT, Duration.ofMillis(10));
        // A checkpoint that fails while a sink's target is down is no reason to start over.
        defaults.set(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER, Integer.MAX_VALUE);
        defaults.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
        defaults.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF, Duration.ofMillis(500));
        defaults.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF, Duration.ofSeconds(30));
        defaults.addAll(overrides);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(defaults);
        Configuration strict = new Configuration();
        strict.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
        strict.set(PipelineOptions.GENERIC_TYPES, false);
        strict.set(PipelineOptions.OBJECT_REUSE, true);
        strict.set(PipelineOptions.MAX_PARALLELISM, MAX_PARALLELISM);
        env.configure(strict, StrictEnvironment.class.getClassLoader());
        return env;
    }
}
