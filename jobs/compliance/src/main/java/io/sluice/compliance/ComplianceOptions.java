package io.sluice.compliance;

import io.sluice.schema.Topic;
import java.time.Duration;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/** Options of the job beside those of its edges. */
public final class ComplianceOptions {
    public static final ConfigOption<Duration> KAFKA_ERASED_WITHIN = ConfigOptions.key("content.erased-within")
            .durationType()
            .defaultValue(Topic.ERASED_WITHIN)
            .withDescription("How long the text of an erased message may stay on the topic content.");

    private ComplianceOptions() {}
}
