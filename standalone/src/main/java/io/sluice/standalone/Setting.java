package io.sluice.standalone;

import java.util.Locale;

/**
 * Every setting of the embedded stack: an environment variable {@code SLUICE_…}, which wins, or a line in
 * {@code sluice.yaml} of the data folder.
 */
enum Setting {
    DATA_DIR(
            "",
            Kind.FOLDER,
            "Data folder; empty: .sluice in the home folder. The option --data wins. Not in sluice.yaml."),
    CACHE_DIR(
            "",
            Kind.FOLDER,
            "Where Elasticsearch is unpacked, for all data folders; empty: /var/cache/sluice for root, else sluice in"
                    + " XDG_CACHE_HOME or ~/.cache, else cache in the data folder."),
    BIND_ADDRESS(
            "127.0.0.1",
            Kind.SERVER,
            "Address that the server's three listeners bind to; all else stays on 127.0.0.1."),
    REST_PORT("8080", Kind.PORT, "Port of REST, health and the start page."),
    OTLP_HTTP_PORT("4318", Kind.PORT, "Port of OTLP over HTTP."),
    OTLP_GRPC_PORT("4317", Kind.PORT, "Port of OTLP over gRPC."),
    FLINK_PORT("8081", Kind.PORT, "Port of Flink's REST API and console."),
    FLINK_RPC_PORT("6123", Kind.PORT, "Port on which Flink's TaskManager finds its JobManager."),
    FLINK_METRICS_PORTS(
            "",
            Kind.PORT_RANGE,
            "Ports of Flink's own metrics for Prometheus, such as 9250-9251, of JobManager and TaskManager, on all addresses"
                    + " of the machine; empty: none."),
    KAFKA_PORT("9092", Kind.PORT, "Port of Kafka for clients."),
    KAFKA_CONTROLLER_PORT("9093", Kind.PORT, "Port on which Kafka's broker finds its controller."),
    ELASTICSEARCH_PORT("9200", Kind.PORT, "Port of Elasticsearch."),
    TOPIC_PARTITIONS("4", Kind.COUNT, "Partitions of a topic when it is made."),
    PARALLELISM("2", Kind.COUNT, "Parallelism of each job."),
    KAFKA_HEAP_MB("256", Kind.MEGABYTES, "Largest heap of Kafka."),
    ELASTICSEARCH_HEAP_MB("512", Kind.MEGABYTES, "Heap of Elasticsearch."),
    FLINK_JOBMANAGER_HEAP_MB("192", Kind.MEGABYTES, "Largest heap of the JobManager."),
    FLINK_TASKMANAGER_HEAP_MB("448", Kind.MEGABYTES, "Largest heap of the TaskManager; RocksDB is outside of it."),
    FLINK_MANAGED_MEMORY_MB("192", Kind.MEGABYTES, "Memory of RocksDB."),
    SERVER_HEAP_MB("512", Kind.MEGABYTES, "Largest heap of the server."),
    ERASED_WITHIN_MINUTES("1440", Kind.COUNT, "How long the text of an erased message may stay on Kafka."),
    START_TIMEOUT_SECONDS("180", Kind.COUNT, "How long the stack may take to start."),
    DEFAULT_ORGANIZATION(
            "default",
            Kind.SERVER,
            "The operator's organization: of telemetry sent without a token over loopback, and of imports."),
    KAFKA_ACK_TIMEOUT_MS("", Kind.SERVER, "As the server's README says; empty: its default."),
    MAX_REQUEST_BYTES("", Kind.SERVER, "As the server's README says; empty: its default."),
    MAX_IN_FLIGHT_BYTES("", Kind.SERVER, "As the server's README says; empty: its default."),
    RATE_LIMIT_PER_MINUTE("", Kind.SERVER, "As the server's README says; empty: its default."),
    INGEST_RATE_LIMIT_PER_MINUTE("", Kind.SERVER, "As the server's README says; empty: its default."),
    TLS_CERTIFICATE_FILE("", Kind.SERVER, "Certificate chain (PEM) of the server's three listeners; empty: no TLS."),
    TLS_KEY_FILE("", Kind.SERVER, "Private key (PEM) of the certificate; empty: no TLS."),
    FORCE_INSECURE("", Kind.SERVER, "As the server's README says; empty: its default."),
    BILLING_WEBHOOK_URL("", Kind.SERVER, "Where purchases of seats are told, https; empty: nowhere."),
    BILLING_WEBHOOK_SECRET_FILE("", Kind.SERVER, "File with the secret that signs them, as the server's README says."),
    BILLING_WEBHOOK_ALLOW_LOOPBACK("", Kind.SERVER, "As the server's README says; empty: its default."),
    SPEND_LIMITS_API_URL("", Kind.SERVER, "Where limits of single users are written through; empty: nowhere."),
    SPEND_LIMITS_API_KEY_FILE("", Kind.SERVER, "File with the administrator's key for it."),
    SPEND_LIMITS_API_ORGANIZATION("", Kind.SERVER, "Whose limits they are; empty: the default organization's."),
    METRICS_REFRESH_SECONDS("", Kind.SERVER, "As the server's README says; empty: its default."),
    OTLP_PUSH_URL("", Kind.SERVER, "Where metrics are pushed with cumulative temporality; empty: nowhere."),
    OTLP_PUSH_HEADERS_FILE("", Kind.SERVER, "File with headers for that receiver, as the server's README says."),
    OTLP_PUSH_DELTA_URL("", Kind.SERVER, "Where metrics are pushed with delta temporality; empty: nowhere."),
    OTLP_PUSH_DELTA_HEADERS_FILE("", Kind.SERVER, "File with headers for that receiver, as the server's README says."),
    OTLP_PUSH_INTERVAL_SECONDS("", Kind.SERVER, "As the server's README says; empty: its default."),
    OTLP_PUSH_ORGANIZATION("", Kind.SERVER, "Whose metrics are pushed; empty: the default organization's."),
    OTLP_PUSH_ALLOW_PRIVATE("", Kind.SERVER, "As the server's README says; empty: its default."),
    OTLP_TRACES_URL("", Kind.SERVER, "Where server and jobs send traces of sampled records; empty: nowhere."),
    OTLP_TRACES_HEADERS_FILE("", Kind.SERVER, "File with headers for that receiver, as the server's README says."),
    OTLP_TRACES_ONE_IN("", Kind.SERVER, "How many records one trace stands for; empty: 10000."),
    REPORTED_KEY_FILE(
            "",
            Kind.JOB,
            "File with a key of the organization at Anthropic, to read its usage, cost and activity reports with; empty:"
                    + " they are not read."),
    REPORTED_PLAN(
            "enterprise",
            Kind.PLAN,
            "What that organization has: console (an Admin key) or enterprise (a key with read:analytics)."),
    REPORTED_ORGANIZATION("", Kind.JOB, "Whose reports they are; empty: the default organization's."),
    REPORTED_URL("", Kind.JOB, "Where they are read; empty: Anthropic's API."),
    REPORTED_FROM("", Kind.JOB, "First day that is read, YYYY-MM-DD; empty: 30 days before the first start."),
    COMPLIANCE_KEY_FILE(
            "",
            Kind.JOB,
            "File with a Compliance Access Key of the organization at Anthropic, to read its conversations and activities"
                    + " with; empty: they are not read."),
    COMPLIANCE_ORGANIZATION("", Kind.JOB, "Whose conversations they are; empty: the default organization's."),
    COMPLIANCE_URL("", Kind.JOB, "Where they are read; empty: Anthropic's API."),
    COMPLIANCE_FROM("", Kind.JOB, "Nothing older is read, YYYY-MM-DD; empty: 30 days before the first start."),
    COMPLIANCE_REQUESTS_PER_MINUTE(
            "300",
            Kind.COUNT,
            "Most requests there within any minute, 600 or fewer: so many are allowed to all keys together."),
    COMPLIANCE_RESERVE("60", Kind.COUNT, "How many of them are left to deletions."),
    COMPLIANCE_DELETE_KEY_FILE(
            "",
            Kind.JOB,
            "File with a Compliance Access Key that may delete there, for erasures that ask for it; empty: nothing is"
                    + " deleted there.");

    enum Kind {
        FOLDER,
        PORT,
        /** Two numbers at least. */
        PORT_RANGE,
        COUNT,
        MEGABYTES,
        /** Handed to the server as it is, and checked there. */
        SERVER,
        /** The same of the jobs that read Anthropic's APIs. */
        JOB,
        PLAN
    }

    private final String defaultValue;
    private final Kind kind;
    private final String description;

    Setting(String defaultValue, Kind kind, String description) {
        this.defaultValue = defaultValue;
        this.kind = kind;
        this.description = description;
    }

    String defaultValue() {
        return defaultValue;
    }

    Kind kind() {
        return kind;
    }

    String description() {
        return description;
    }

    /** For example {@code SLUICE_REST_PORT}. */
    String variable() {
        return "SLUICE_" + name();
    }

    /** In {@code sluice.yaml}, for example {@code rest-port}. */
    String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
