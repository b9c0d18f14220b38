package io.sluice.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The settings of one server, checked.
 *
 * @param kafkaAckTimeout above 0
 * @param elasticsearchPassword null: no authentication
 * @param maxRequestBytes of one OTLP request, as received and again after decompression
 * @param maxInFlightBytes of all OTLP requests together, at least {@code maxRequestBytes}
 * @param rateLimitPerMinute of one token; 0: none
 * @param ingestRateLimitPerMinute of one token, OTLP, SCIM and budget:self; 0: none
 * @param tls null: clear text
 * @param billingWebhook null: none
 * @param spendLimitsApi null: none
 * @param metricsRefresh how often the figures of exported metrics are read
 * @param otlpPush null: none
 * @param otlpTraces null: none
 * @param receiptKeyFile of the key that receipts of erasures are signed with
 * @param retentionHour of the day (UTC) from which on retention runs; -1: it does not by itself
 */
record Settings(
        InetAddress bindAddress,
        int restPort,
        int otlpHttpPort,
        int otlpGrpcPort,
        String kafkaBootstrapServers,
        Duration kafkaAckTimeout,
        int topicPartitions,
        URI elasticsearchUrl,
        String elasticsearchUser,
        @Nullable String elasticsearchPassword,
        URI flinkUrl,
        Path adminTokenFile,
        Path pseudonymKeyFile,
        String defaultOrganization,
        int maxRequestBytes,
        long maxInFlightBytes,
        int rateLimitPerMinute,
        int ingestRateLimitPerMinute,
        @Nullable Tls tls,
        @Nullable BillingWebhook billingWebhook,
        @Nullable SpendLimitsApi spendLimitsApi,
        Duration metricsRefresh,
        @Nullable OtlpPush otlpPush,
        @Nullable OtlpTraces otlpTraces,
        Path receiptKeyFile,
        int retentionHour) {

    /**
     * Where purchases are told.
     *
     * @param url https, or http of a loopback address that is allowed
     * @param signer holds the secret
     */
    record BillingWebhook(URI url, WebhookSignature signer, boolean allowLoopback) {
        @Override
        public String toString() {
            // The URL may carry a password.
            return "BillingWebhook[" + url.getHost() + "]";
        }
    }

    /**
     * Where limits of single users are written through.
     *
     * @param url https, or http of a loopback address
     * @param orgId whose limits they are
     */
    record SpendLimitsApi(URI url, String key, String orgId) {
        @Override
        public String toString() {
            return "SpendLimitsApi[" + url.getHost() + ", " + orgId + "]";
        }
    }

    /**
     * Where one organization's metrics are pushed.
     *
     * @param receivers one at least
     */
    record OtlpPush(String orgId, Duration interval, List<OtlpReceiver> receivers) {
        OtlpPush {
            receivers = List.copyOf(receivers);
        }
    }

    /**
     * A receiver of metrics.
     *
     * @param url https, or http of a loopback address, or any where private ones are allowed
     * @param headers may be secret
     * @param delta whether it wants deltas; else cumulative sums
     */
    record OtlpReceiver(URI url, Map<String, String> headers, boolean delta, boolean allowPrivate) {
        OtlpReceiver {
            headers = Map.copyOf(headers);
        }

        @Override
        public String toString() {
            return "OtlpReceiver[" + url.getHost() + ", " + (delta ? "delta" : "cumulative") + "]";
        }
    }

    /** @param oneIn how many records one trace stands for */
    record OtlpTraces(OtlpReceiver receiver, long oneIn) {}

    /** Both PEM. */
    record Tls(Path certificate, Path key) {}

    /** What an organization may be called: it is part of Kafka keys and document ids. */
    static final Pattern ORGANIZATION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");

    static final String ORGANIZATION_EXPECTED = "1 to 64 letters, digits, '_', '.', '-', the first a letter or digit";

    private static final Pattern HEADER = Pattern.compile("[!-~]{1,500}");

    private static final Pattern HEADER_LINE = Pattern.compile("([A-Za-z0-9_-]{1,100}):[ \\t]*([ -~]{1,2000})");

    private static final Pattern HOST_PORTS = Pattern.compile("[^,:\\s]+:\\d{1,5}(,[^,:\\s]+:\\d{1,5})*");

    /** All problems of one start, one a line, as {@code name: value (expected: …)}. */
    static final class InvalidException extends IllegalArgumentException {
        InvalidException(List<String> problems) {
            super(String.join(System.lineSeparator(), problems));
        }
    }

    @Override
    public String toString() {
        return "Settings[bindAddress=" + bindAddress.getHostAddress() + ", restPort=" + restPort + ", otlpHttpPort="
                + otlpHttpPort + ", otlpGrpcPort=" + otlpGrpcPort + "]";
    }

    /**
     * Checks all values at once.
     *
     * @param given by setting; a setting left out has its default
     * @throws InvalidException naming every problem
     */
    static Settings of(Map<Setting, String> given) {
        return new Reader(given).read();
    }

    /** Takes from the environment what the command line does not say. */
    static Map<Setting, String> merge(Map<String, String> environment, Map<Setting, String> commandLine) {
        Map<Setting, String> values = new EnumMap<>(Setting.class);
        for (Setting setting : Setting.values()) {
            String value = commandLine.getOrDefault(setting, environment.get(setting.variable()));
            if (value != null) {
                values.put(setting, value);
            }
        }
        return values;
    }

    private static final class Reader {
        private final Map<Setting, String> given;
        private final List<String> problems = new ArrayList<>();

        Reader(Map<Setting, String> given) {
            this.given = given;
        }

        Settings read() {
            InetAddress bindAddress = address(Setting.BIND_ADDRESS);
            Tls tls = tls();
            if (!bindAddress.isLoopbackAddress() && tls == null && !bool(Setting.FORCE_INSECURE)) {
                problem(
                        Setting.BIND_ADDRESS,
                        "a loopback address, or TLS by " + Setting.TLS_CERTIFICATE_FILE.variable() + " and "
                                + Setting.TLS_KEY_FILE.variable() + ", or " + Setting.FORCE_INSECURE.variable()
                                + "=true to send tokens in clear text");
            }
            int maxRequestBytes = (int) number(Setting.MAX_REQUEST_BYTES, 1024, 1 << 30);
            String adminTokenFile = text(Setting.ADMIN_TOKEN_FILE);
            String pseudonymKeyFile = text(Setting.PSEUDONYM_KEY_FILE);
            String receiptKeyFile = text(Setting.RECEIPT_KEY_FILE);
            Settings settings = new Settings(
                    bindAddress,
                    port(Setting.REST_PORT),
                    port(Setting.OTLP_HTTP_PORT),
                    port(Setting.OTLP_GRPC_PORT),
                    matching(Setting.KAFKA_BOOTSTRAP_SERVERS, HOST_PORTS, "host:port, separated by commas"),
                    Duration.ofMillis(number(Setting.KAFKA_ACK_TIMEOUT_MS, 1, 8_000)),
                    (int) number(Setting.TOPIC_PARTITIONS, 1, 1000),
                    url(Setting.ELASTICSEARCH_URL),
                    text(Setting.ELASTICSEARCH_USER),
                    password(),
                    url(Setting.FLINK_URL),
                    adminTokenFile.isEmpty() ? Path.of(text(Setting.DATA_DIR), "admin.token") : Path.of(adminTokenFile),
                    pseudonymKeyFile.isEmpty()
                            ? Path.of(text(Setting.DATA_DIR), "pseudonym.key")
                            : Path.of(pseudonymKeyFile),
                    matching(Setting.DEFAULT_ORGANIZATION, ORGANIZATION, ORGANIZATION_EXPECTED),
                    maxRequestBytes,
                    number(Setting.MAX_IN_FLIGHT_BYTES, maxRequestBytes, Long.MAX_VALUE),
                    (int) number(Setting.RATE_LIMIT_PER_MINUTE, 0, 1_000_000),
                    (int) number(Setting.INGEST_RATE_LIMIT_PER_MINUTE, 0, 1_000_000),
                    tls,
                    billingWebhook(),
                    spendLimitsApi(),
                    Duration.ofSeconds(number(Setting.METRICS_REFRESH_SECONDS, 1, 3600)),
                    otlpPush(),
                    otlpTraces(),
                    receiptKeyFile.isEmpty() ? Path.of(text(Setting.DATA_DIR), "receipt.key") : Path.of(receiptKeyFile),
                    (int) number(Setting.RETENTION_HOUR, -1, 23));
            if (!problems.isEmpty()) {
                throw new InvalidException(problems);
            }
            return settings;
        }

        private String text(Setting setting) {
            return given.getOrDefault(setting, setting.defaultValue()).strip();
        }

        private void problem(Setting setting, String expected) {
            problems.add(setting.variable() + ": " + text(setting) + " (expected: " + expected + ")");
        }

        private long number(Setting setting, long least, long most) {
            try {
                long value = Long.parseLong(text(setting));
                if (value >= least && value <= most) {
                    return value;
                }
            } catch (NumberFormatException e) {
                // Reported below, like a number out of range.
            }
            problem(setting, "a whole number, " + least + (most == Long.MAX_VALUE ? " or more" : " to " + most));
            return least;
        }

        private int port(Setting setting) {
            return (int) number(setting, 0, 65_535);
        }

        private boolean bool(Setting setting) {
            String value = text(setting);
            if (!value.equals("true") && !value.equals("false")) {
                problem(setting, "true or false");
            }
            return value.equals("true");
        }

        private String matching(Setting setting, Pattern pattern, String expected) {
            String value = text(setting);
            if (!pattern.matcher(value).matches()) {
                problem(setting, expected);
            }
            return value;
        }

        private InetAddress address(Setting setting) {
            try {
                return InetAddress.getByName(text(setting));
            } catch (UnknownHostException e) {
                problem(setting, "an address of this machine");
                return InetAddress.getLoopbackAddress();
            }
        }

        private URI url(Setting setting) {
            try {
                URI url = new URI(text(setting));
                boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
                if (web && url.getHost() != null && url.getUserInfo() == null) {
                    return url;
                }
            } catch (URISyntaxException e) {
                // Reported below.
            }
            // The value may carry a password, so it is not repeated.
            problems.add(setting.variable() + ": not a usable URL (expected: http://host:port or https://host:port)");
            return URI.create("http://127.0.0.1");
        }

        private @Nullable Path file(Setting setting) {
            String value = text(setting);
            if (value.isEmpty()) {
                return null;
            }
            if (!Files.isReadable(Path.of(value))) {
                problem(setting, "a readable file");
            }
            return Path.of(value);
        }

        private @Nullable Tls tls() {
            Path certificate = file(Setting.TLS_CERTIFICATE_FILE);
            Path key = file(Setting.TLS_KEY_FILE);
            if (certificate != null && key != null) {
                return new Tls(certificate, key);
            }
            if (certificate != null || key != null) {
                problem(
                        certificate == null ? Setting.TLS_CERTIFICATE_FILE : Setting.TLS_KEY_FILE,
                        "a file, since the other of certificate and key is set");
            }
            return null;
        }

        private @Nullable String password() {
            return secret(Setting.ELASTICSEARCH_PASSWORD_FILE);
        }

        /** What is in a file; null: not set, or not readable. */
        private @Nullable String secret(Setting setting) {
            Path file = file(setting);
            if (file == null || !Files.isReadable(file)) {
                return null;
            }
            try {
                return Files.readString(file).strip();
            } catch (IOException e) {
                problem(setting, "a readable file");
                return null;
            }
        }

        private @Nullable OtlpPush otlpPush() {
            long interval = number(Setting.OTLP_PUSH_INTERVAL_SECONDS, 1, 3600);
            boolean allowPrivate = bool(Setting.OTLP_PUSH_ALLOW_PRIVATE);
            String organization = text(Setting.OTLP_PUSH_ORGANIZATION);
            if (!organization.isEmpty()) {
                matching(Setting.OTLP_PUSH_ORGANIZATION, ORGANIZATION, ORGANIZATION_EXPECTED);
            }
            List<OtlpReceiver> receivers = new ArrayList<>();
            receiver(receivers, Setting.OTLP_PUSH_URL, Setting.OTLP_PUSH_HEADERS_FILE, false, allowPrivate);
            receiver(receivers, Setting.OTLP_PUSH_DELTA_URL, Setting.OTLP_PUSH_DELTA_HEADERS_FILE, true, allowPrivate);
            return receivers.isEmpty()
                    ? null
                    : new OtlpPush(
                            organization.isEmpty() ? text(Setting.DEFAULT_ORGANIZATION) : organization,
                            Duration.ofSeconds(interval),
                            receivers);
        }

        private @Nullable OtlpTraces otlpTraces() {
            long oneIn = number(Setting.OTLP_TRACES_ONE_IN, 1, Long.MAX_VALUE);
            List<OtlpReceiver> receivers = new ArrayList<>();
            receiver(
                    receivers,
                    Setting.OTLP_TRACES_URL,
                    Setting.OTLP_TRACES_HEADERS_FILE,
                    false,
                    text(Setting.OTLP_PUSH_ALLOW_PRIVATE).equals("true"));
            return receivers.isEmpty() ? null : new OtlpTraces(receivers.get(0), oneIn);
        }

        private void receiver(
                List<OtlpReceiver> receivers, Setting address, Setting file, boolean delta, boolean allowPrivate) {
            Map<String, String> headers = headers(file);
            if (text(address).isEmpty()) {
                return;
            }
            int before = problems.size();
            URI url = url(address);
            if (!allowPrivate && problems.size() == before) {
                OutgoingAddress.problem(url, true)
                        .ifPresent(problem -> problems.add(address.variable() + ": " + problem));
            }
            receivers.add(new OtlpReceiver(url, headers, delta, allowPrivate));
        }

        /** Of a file; its lines are not repeated in a problem, since they are secret. */
        private Map<String, String> headers(Setting setting) {
            String content = secret(setting);
            Map<String, String> headers = new TreeMap<>();
            for (String line :
                    content == null ? List.<String>of() : content.lines().toList()) {
                Matcher header = HEADER_LINE.matcher(line.strip());
                if (header.matches()) {
                    headers.put(header.group(1), header.group(2).strip());
                } else if (!line.isBlank()) {
                    problem(setting, "in it headers, one a line, as name: value");
                    return headers;
                }
            }
            return headers;
        }

        private @Nullable SpendLimitsApi spendLimitsApi() {
            String key = secret(Setting.SPEND_LIMITS_API_KEY_FILE);
            String organization = text(Setting.SPEND_LIMITS_API_ORGANIZATION);
            if (!organization.isEmpty()) {
                matching(Setting.SPEND_LIMITS_API_ORGANIZATION, ORGANIZATION, ORGANIZATION_EXPECTED);
            }
            if (text(Setting.SPEND_LIMITS_API_URL).isEmpty()) {
                return null;
            }
            int before = problems.size();
            URI url = url(Setting.SPEND_LIMITS_API_URL);
            OutgoingAddress.problem(url, true)
                    .filter(problem -> problems.size() == before)
                    .ifPresent(problem -> problems.add(Setting.SPEND_LIMITS_API_URL.variable() + ": " + problem));
            if (key == null || !HEADER.matcher(key).matches()) {
                problem(
                        Setting.SPEND_LIMITS_API_KEY_FILE,
                        "a file with the key alone, on one line, since the API's URL is set");
                return null;
            }
            return new SpendLimitsApi(
                    url, key, organization.isEmpty() ? text(Setting.DEFAULT_ORGANIZATION) : organization);
        }

        private @Nullable BillingWebhook billingWebhook() {
            boolean allowLoopback = bool(Setting.BILLING_WEBHOOK_ALLOW_LOOPBACK);
            String secret = secret(Setting.BILLING_WEBHOOK_SECRET_FILE);
            if (text(Setting.BILLING_WEBHOOK_URL).isEmpty()) {
                return null;
            }
            int before = problems.size();
            URI url = url(Setting.BILLING_WEBHOOK_URL);
            OutgoingAddress.problem(url, allowLoopback)
                    .filter(problem -> problems.size() == before)
                    .ifPresent(problem -> problems.add(Setting.BILLING_WEBHOOK_URL.variable() + ": " + problem));
            if (text(Setting.BILLING_WEBHOOK_SECRET_FILE).isEmpty()) {
                problem(Setting.BILLING_WEBHOOK_SECRET_FILE, "a file, since the webhook's URL is set");
            }
            if (secret == null) {
                return null;
            }
            try {
                return new BillingWebhook(url, WebhookSignature.of(secret), allowLoopback);
            } catch (IllegalArgumentException e) {
                problem(Setting.BILLING_WEBHOOK_SECRET_FILE, String.valueOf(e.getMessage()));
                return null;
            }
        }
    }
}
