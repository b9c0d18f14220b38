package io.sluice.compliance.audit;

import java.time.Duration;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/** Options of the chain of the audit, given to the main class as {@code --key value}. */
public final class AuditOptions {
    public static final ConfigOption<Long> CHECKPOINT_ENTRIES = ConfigOptions.key("audit.checkpoint-entries")
            .longType()
            .defaultValue(1_000L)
            .withDescription(
                    "After so many entries of an organization's audit the newest one's hash is told as an alert.");

    public static final ConfigOption<Duration> CHECKPOINT_INTERVAL = ConfigOptions.key("audit.checkpoint-interval")
            .durationType()
            .defaultValue(Duration.ofHours(1))
            .withDescription("The same, so long after the first entry that was not told of.");

    private AuditOptions() {}
}
