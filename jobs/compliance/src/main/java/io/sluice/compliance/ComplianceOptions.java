package io.sluice.compliance;

import io.sluice.claudeapi.ApiKey;
import io.sluice.claudeapi.compliance.ComplianceAccount;
import io.sluice.schema.Topic;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.jspecify.annotations.Nullable;

/** Options of the job beside those of its edges and of the audit. */
public final class ComplianceOptions {
    public static final ConfigOption<Duration> KAFKA_ERASED_WITHIN = ConfigOptions.key("content.erased-within")
            .durationType()
            .defaultValue(Topic.ERASED_WITHIN)
            .withDescription("How long the text of an erased message may stay on the topic content.");

    public static final ConfigOption<String> DELETE_KEY_FILE = ConfigOptions.key("upstream.delete-key-file")
            .stringType()
            .noDefaultValue()
            .withDescription("File with a Compliance Access Key that may delete chats at Anthropic; none: nothing is"
                    + " deleted there.");

    public static final ConfigOption<String> UPSTREAM_URL = ConfigOptions.key("upstream.url")
            .stringType()
            .defaultValue("https://api.anthropic.com")
            .withDescription("Where chats are deleted.");

    public static final ConfigOption<String> UPSTREAM_ORGANIZATION = ConfigOptions.key("upstream.organization")
            .stringType()
            .defaultValue("default")
            .withDescription("Whose chats they are.");

    public static final ConfigOption<Integer> DELETIONS_PER_MINUTE = ConfigOptions.key("upstream.deletions-per-minute")
            .intType()
            .defaultValue(60)
            .withDescription("Most deletions there within any minute: what the job that reads leaves to them.");

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private ComplianceOptions() {}

    /** Null: nothing is deleted at Anthropic. */
    static @Nullable ComplianceAccount upstream(ReadableConfig options) {
        String file = options.get(DELETE_KEY_FILE);
        return file == null
                ? null
                : new ComplianceAccount(
                        options.get(UPSTREAM_ORGANIZATION),
                        URI.create(options.get(UPSTREAM_URL)),
                        ApiKey.file(Path.of(file)),
                        PATIENCE,
                        options.get(DELETIONS_PER_MINUTE),
                        0);
    }
}
