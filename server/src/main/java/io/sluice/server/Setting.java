package io.sluice.server;

import java.util.Locale;

/** Every setting: an environment variable {@code SLUICE_…} and a command line option {@code --…}, which wins. */
enum Setting {
    BIND_ADDRESS("127.0.0.1", "Address that all three listeners bind to."),
    REST_PORT("8080", "Port of REST, health and the start page; 0 takes any free one."),
    OTLP_HTTP_PORT("4318", "Port of OTLP over HTTP; 0 takes any free one."),
    OTLP_GRPC_PORT("4317", "Port of OTLP over gRPC; 0 takes any free one."),
    KAFKA_BOOTSTRAP_SERVERS("127.0.0.1:9092", "Kafka brokers, host:port, separated by commas."),
    KAFKA_ACK_TIMEOUT_MS(
            "1500", "How long Kafka may acknowledge nothing, in ms, before waiting requests get 503 or UNAVAILABLE."),
    TOPIC_PARTITIONS("4", "Partitions of a topic that this server has to create."),
    ELASTICSEARCH_URL("http://127.0.0.1:9200", "Elasticsearch."),
    ELASTICSEARCH_USER("elastic", "User at Elasticsearch; used only with a password file."),
    ELASTICSEARCH_PASSWORD_FILE("", "File with the password at Elasticsearch; empty: no authentication."),
    FLINK_URL("http://127.0.0.1:8081", "REST address of Flink; asked for the health of the jobs only."),
    DATA_DIR(System.getProperty("user.home") + "/.sluice", "Folder of the admin token."),
    ADMIN_TOKEN_FILE("", "File of the admin token, created at first start; empty: admin.token in the data folder."),
    PSEUDONYM_KEY_FILE(
            "",
            "File of the key that pseudonyms in analytics are made with, created at first start, the same for all servers of an"
                    + " installation; empty: pseudonym.key in the data folder."),
    DEFAULT_ORGANIZATION(
            "default", "The operator's organization, and that of telemetry sent without a token over loopback."),
    MAX_REQUEST_BYTES("67108864", "Longest OTLP request in bytes, as received and again after decompression."),
    MAX_IN_FLIGHT_BYTES(
            "67108864", "Bytes of all OTLP requests in work together; above it requests are told to come again."),
    RATE_LIMIT_PER_MINUTE("600", "REST requests a minute and token; above it 429. 0: no limit."),
    INGEST_RATE_LIMIT_PER_MINUTE(
            "60000", "OTLP, SCIM and budget:self requests a minute and token; above it 429. 0: no limit."),
    TLS_CERTIFICATE_FILE("", "Certificate chain (PEM) of all three listeners; empty: no TLS."),
    TLS_KEY_FILE("", "Private key (PEM) of the certificate; empty: no TLS."),
    FORCE_INSECURE("false", "Allow an address other than loopback without TLS."),
    BILLING_WEBHOOK_URL("", "Where purchases of seats are told, https; empty: nowhere."),
    BILLING_WEBHOOK_SECRET_FILE(
            "", "File with the secret that signs them: whsec_ and 24 to 64 random bytes in base64."),
    BILLING_WEBHOOK_ALLOW_LOOPBACK("false", "Allow the webhook on this machine, also by http; for tests."),
    SPEND_LIMITS_API_URL(
            "", "Where limits of single users are written through, such as https://api.anthropic.com; empty: nowhere."),
    SPEND_LIMITS_API_KEY_FILE("", "File with the administrator's key for it."),
    SPEND_LIMITS_API_ORGANIZATION("", "The one organization whose limits they are; empty: the default organization."),
    METRICS_REFRESH_SECONDS("15", "How often the figures of exported metrics are read from Elasticsearch, in s."),
    OTLP_PUSH_URL(
            "",
            "Where metrics are pushed with cumulative temporality, such as https://otlp.example.com/v1/metrics; empty: nowhere."),
    OTLP_PUSH_HEADERS_FILE("", "File with headers for that receiver, one a line, as name: value."),
    OTLP_PUSH_DELTA_URL("", "Where metrics are pushed with delta temporality, as Datadog wants them; empty: nowhere."),
    OTLP_PUSH_DELTA_HEADERS_FILE("", "File with headers for that receiver, one a line, as name: value."),
    OTLP_PUSH_INTERVAL_SECONDS("60", "How often metrics are pushed, in s."),
    OTLP_PUSH_ORGANIZATION("", "The one organization whose metrics are pushed; empty: the default organization."),
    OTLP_PUSH_ALLOW_PRIVATE("false", "Allow receivers on a private network, also by http."),
    OTLP_TRACES_URL(
            "",
            "Where traces of sampled records are sent, such as https://otlp.example.com/v1/traces; empty: nowhere."),
    OTLP_TRACES_HEADERS_FILE("", "File with headers for that receiver, one a line, as name: value."),
    OTLP_TRACES_ONE_IN("10000", "How many records one trace stands for; 1: each has one."),
    RECEIPT_KEY_FILE(
            "",
            "File of the key that receipts of erasures are signed with, created at first start, the same for all servers of an"
                    + " installation; empty: receipt.key in the data folder."),
    RETENTION_HOUR("3", "Hour of the day (UTC) from which on retention runs, 0 to 23; -1: only when it is asked for.");

    private final String defaultValue;
    private final String description;

    Setting(String defaultValue, String description) {
        this.defaultValue = defaultValue;
        this.description = description;
    }

    String defaultValue() {
        return defaultValue;
    }

    String description() {
        return description;
    }

    /** For example {@code SLUICE_REST_PORT}. */
    String variable() {
        return "SLUICE_" + name();
    }

    /** For example {@code --rest-port}. */
    String option() {
        return "--" + name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
