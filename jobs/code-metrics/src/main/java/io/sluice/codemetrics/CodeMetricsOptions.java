package io.sluice.codemetrics;

import java.time.Duration;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/** Options of the job besides {@link io.sluice.runtime.EdgeOptions}, given to its main class as {@code --key value}. */
public final class CodeMetricsOptions {
    public static final ConfigOption<Duration> OPEN_AFTER_END = ConfigOptions.key("code-metrics.open-after-end")
            .durationType()
            .defaultValue(Duration.ofDays(35))
            .withDescription(
                    "How long after the end of a month its records are still counted. The same as the spend job's.");

    public static final ConfigOption<Duration> KNOWN_AFTER_CLOSE = ConfigOptions.key("code-metrics.known-after-close")
            .durationType()
            .defaultValue(Duration.ofDays(400))
            .withDescription(
                    "How long after a month is closed it is known what was told of it, so that an import does not tell it"
                            + " anew. What is imported later is late.");

    public static final ConfigOption<Integer> CACHED_FACTS = ConfigOptions.key("code-metrics.cached-facts")
            .intType()
            .defaultValue(200_000)
            .withDescription("Facts of sessions that each parallel instance keeps in memory.");

    public static final ConfigOption<Integer> EXACT_USERS = ConfigOptions.key("code-metrics.exact-users")
            .intType()
            .defaultValue(1_000_000)
            .withDescription("How many active users of a period are counted one by one; more are counted by a sketch.");

    public static final ConfigOption<String> TRACES_URL = ConfigOptions.key("traces.url")
            .stringType()
            .noDefaultValue()
            .withDescription("Where traces of sampled records are sent by OTLP over HTTP; none: nowhere.");

    public static final ConfigOption<String> TRACES_HEADERS_FILE = ConfigOptions.key("traces.headers-file")
            .stringType()
            .noDefaultValue()
            .withDescription(
                    "File with headers for that receiver, where the job runs, one a line, as name: value; none: none.");

    public static final ConfigOption<Long> TRACES_ONE_IN = ConfigOptions.key("traces.one-in")
            .longType()
            .defaultValue(10_000L)
            .withDescription("How many records one trace stands for; 1: each has one. The same as the server's.");

    private CodeMetricsOptions() {}
}
