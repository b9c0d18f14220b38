package io.sluice.runtime;

import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/** Options of every job: where its ends are. Given to its main class as {@code --key value}. */
public final class EdgeOptions {
    /** As {@link #ELASTICSEARCH}: leaves it out. */
    public static final String NONE = "none";

    public static final ConfigOption<String> KAFKA = ConfigOptions.key("kafka.bootstrap-servers")
            .stringType()
            .defaultValue("127.0.0.1:9092")
            .withDescription("Kafka brokers, host:port, separated by commas.");

    public static final ConfigOption<String> ELASTICSEARCH = ConfigOptions.key("elasticsearch.url")
            .stringType()
            .defaultValue("http://127.0.0.1:9200")
            .withDescription("Elasticsearch; 'none' leaves it out, and results go to Kafka only.");

    public static final ConfigOption<String> ELASTICSEARCH_USER = ConfigOptions.key("elasticsearch.user")
            .stringType()
            .defaultValue("elastic")
            .withDescription("User of Elasticsearch.");

    public static final ConfigOption<String> ELASTICSEARCH_PASSWORD_FILE = ConfigOptions.key(
                    "elasticsearch.password-file")
            .stringType()
            .noDefaultValue()
            .withDescription("File that holds the password; none: no authentication.");

    private EdgeOptions() {}
}
