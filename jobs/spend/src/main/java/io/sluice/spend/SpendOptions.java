package io.sluice.spend;

import java.time.Duration;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/** Options of the spend job, given to its main class as {@code --key value}. */
public final class SpendOptions {
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

    public static final ConfigOption<Duration> OPEN_AFTER_END = ConfigOptions.key("spend.open-after-end")
            .durationType()
            .defaultValue(Duration.ofDays(35))
            .withDescription("How long after the end of a month its records are still counted; later ones are late.");

    private SpendOptions() {}
}
