package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
    private static final String WEBHOOK_SECRET = "whsec_c3RyZWFtLWNvbnNvbGUtdGVzdC1rZXkh";

    @TempDir
    Path folder;

    @Test
    void defaults() throws Exception {
        assertThat(Settings.of(Map.of()))
                .isEqualTo(new Settings(
                        InetAddress.getByAddress(new byte[] {127, 0, 0, 1}),
                        8080,
                        4318,
                        4317,
                        "127.0.0.1:9092",
                        Duration.ofMillis(1500),
                        4,
                        URI.create("http://127.0.0.1:9200"),
                        "elastic",
                        null,
                        URI.create("http://127.0.0.1:8081"),
                        Path.of(System.getProperty("user.home"), ".sluice", "admin.token"),
                        Path.of(System.getProperty("user.home"), ".sluice", "pseudonym.key"),
                        "default",
                        64 * 1024 * 1024,
                        64 * 1024 * 1024,
                        600,
                        60_000,
                        null,
                        null,
                        null,
                        Duration.ofSeconds(15),
                        null,
                        null,
                        Path.of(System.getProperty("user.home"), ".sluice", "receipt.key"),
                        3));
    }

    @Test
    void everythingSet() throws Exception {
        Path password = Files.writeString(folder.resolve("password"), "not-a-real-one\n");
        Path certificate = Files.writeString(folder.resolve("certificate.pem"), "");
        Path key = Files.writeString(folder.resolve("key.pem"), "");
        Path headers =
                Files.writeString(folder.resolve("headers"), "authorization: Bearer not-a-real-one\n\nx-scope:a b\n");
        Path deltaHeaders = Files.writeString(folder.resolve("delta-headers"), "dd-api-key: not-a-real-one");
        Path apiKey = Files.writeString(folder.resolve("api-key"), "sk-ant-admin01-test\n");
        Path webhook = Files.writeString(folder.resolve("webhook"), WEBHOOK_SECRET + "\n");
        Settings settings = Settings.of(Map.ofEntries(
                Map.entry(Setting.BIND_ADDRESS, "0.0.0.0"),
                Map.entry(Setting.REST_PORT, "1"),
                Map.entry(Setting.RATE_LIMIT_PER_MINUTE, "7"),
                Map.entry(Setting.INGEST_RATE_LIMIT_PER_MINUTE, "0"),
                Map.entry(Setting.OTLP_HTTP_PORT, "2"),
                Map.entry(Setting.OTLP_GRPC_PORT, "3"),
                Map.entry(Setting.KAFKA_BOOTSTRAP_SERVERS, "a:1,b:2"),
                Map.entry(Setting.KAFKA_ACK_TIMEOUT_MS, "900"),
                Map.entry(Setting.TOPIC_PARTITIONS, "8"),
                Map.entry(Setting.ELASTICSEARCH_URL, "https://search.example.com:9243"),
                Map.entry(Setting.ELASTICSEARCH_USER, "sluice"),
                Map.entry(Setting.ELASTICSEARCH_PASSWORD_FILE, password.toString()),
                Map.entry(Setting.FLINK_URL, "http://flink.example.com"),
                Map.entry(Setting.DATA_DIR, "/unused"),
                Map.entry(Setting.ADMIN_TOKEN_FILE, "/some/token"),
                Map.entry(Setting.PSEUDONYM_KEY_FILE, "/some/key"),
                Map.entry(Setting.DEFAULT_ORGANIZATION, "acme"),
                Map.entry(Setting.MAX_REQUEST_BYTES, "2048"),
                Map.entry(Setting.MAX_IN_FLIGHT_BYTES, "4096"),
                Map.entry(Setting.TLS_CERTIFICATE_FILE, certificate.toString()),
                Map.entry(Setting.TLS_KEY_FILE, key.toString()),
                Map.entry(Setting.FORCE_INSECURE, "true"),
                Map.entry(Setting.BILLING_WEBHOOK_URL, "http://localhost:9/hook"),
                Map.entry(Setting.BILLING_WEBHOOK_SECRET_FILE, webhook.toString()),
                Map.entry(Setting.BILLING_WEBHOOK_ALLOW_LOOPBACK, "true"),
                Map.entry(Setting.SPEND_LIMITS_API_URL, "https://api.example.com"),
                Map.entry(Setting.SPEND_LIMITS_API_KEY_FILE, apiKey.toString()),
                Map.entry(Setting.SPEND_LIMITS_API_ORGANIZATION, "branch"),
                Map.entry(Setting.METRICS_REFRESH_SECONDS, "30"),
                Map.entry(Setting.OTLP_PUSH_URL, "https://otlp.example.com/v1/metrics"),
                Map.entry(Setting.OTLP_PUSH_HEADERS_FILE, headers.toString()),
                Map.entry(Setting.OTLP_PUSH_DELTA_URL, "http://collector:4318/v1/metrics"),
                Map.entry(Setting.OTLP_PUSH_DELTA_HEADERS_FILE, deltaHeaders.toString()),
                Map.entry(Setting.OTLP_PUSH_INTERVAL_SECONDS, "10"),
                Map.entry(Setting.OTLP_PUSH_ORGANIZATION, "pushed"),
                Map.entry(Setting.OTLP_PUSH_ALLOW_PRIVATE, "true"),
                Map.entry(Setting.OTLP_TRACES_URL, "http://collector:4318/v1/traces"),
                Map.entry(Setting.OTLP_TRACES_HEADERS_FILE, headers.toString()),
                Map.entry(Setting.OTLP_TRACES_ONE_IN, "100"),
                Map.entry(Setting.RECEIPT_KEY_FILE, "/some/receipts"),
                Map.entry(Setting.RETENTION_HOUR, "-1")));
        assertThat(settings)
                .isEqualTo(new Settings(
                        InetAddress.getByAddress(new byte[4]),
                        1,
                        2,
                        3,
                        "a:1,b:2",
                        Duration.ofMillis(900),
                        8,
                        URI.create("https://search.example.com:9243"),
                        "sluice",
                        "not-a-real-one",
                        URI.create("http://flink.example.com"),
                        Path.of("/some/token"),
                        Path.of("/some/key"),
                        "acme",
                        2048,
                        4096,
                        7,
                        0,
                        new Settings.Tls(certificate, key),
                        new Settings.BillingWebhook(
                                URI.create("http://localhost:9/hook"), WebhookSignature.of(WEBHOOK_SECRET), true),
                        new Settings.SpendLimitsApi(
                                URI.create("https://api.example.com"), "sk-ant-admin01-test", "branch"),
                        Duration.ofSeconds(30),
                        new Settings.OtlpPush(
                                "pushed",
                                Duration.ofSeconds(10),
                                List.of(
                                        new Settings.OtlpReceiver(
                                                URI.create("https://otlp.example.com/v1/metrics"),
                                                Map.of("authorization", "Bearer not-a-real-one", "x-scope", "a b"),
                                                false,
                                                true),
                                        new Settings.OtlpReceiver(
                                                URI.create("http://collector:4318/v1/metrics"),
                                                Map.of("dd-api-key", "not-a-real-one"),
                                                true,
                                                true))),
                        new Settings.OtlpTraces(
                                new Settings.OtlpReceiver(
                                        URI.create("http://collector:4318/v1/traces"),
                                        Map.of("authorization", "Bearer not-a-real-one", "x-scope", "a b"),
                                        false,
                                        true),
                                100),
                        Path.of("/some/receipts"),
                        -1));
        assertThat(settings + " " + settings.otlpPush() + " " + settings.billingWebhook() + " "
                        + settings.spendLimitsApi())
                .doesNotContain("sk-ant")
                .doesNotContain("not-a-real-one")
                .doesNotContain("hook]")
                .doesNotContain(WEBHOOK_SECRET);
    }

    @ParameterizedTest
    @CsvSource({
        "http://billing.example.com/x, false, SLUICE_BILLING_WEBHOOK_URL: not https (expected: https://…",
        "http://billing.example.com/x, true, SLUICE_BILLING_WEBHOOK_URL: not https (expected: https://…",
        "http://127.0.0.1:9/x, false, SLUICE_BILLING_WEBHOOK_URL: not https (expected: https://…",
        "https://127.0.0.1:9/x, false, SLUICE_BILLING_WEBHOOK_URL: not a public address (expected: ",
        "https://169.254.169.254/x, true, SLUICE_BILLING_WEBHOOK_URL: not a public address (expected: ",
        "https://[::1]/x, false, SLUICE_BILLING_WEBHOOK_URL: not a public address (expected: ",
        "https://a:b@billing.example.com, true, SLUICE_BILLING_WEBHOOK_URL: not a usable URL (expected: ",
        "https://billing.example.com/#x, true, 'SLUICE_BILLING_WEBHOOK_URL: too long, or with a fragment (expected: '"
    })
    void theWebhookIsOnTheInternet(String url, boolean allowLoopback, String problem) throws IOException {
        Path secret = Files.writeString(folder.resolve("webhook"), WEBHOOK_SECRET);
        assertThatThrownBy(() -> Settings.of(Map.of(
                        Setting.BILLING_WEBHOOK_URL, url,
                        Setting.BILLING_WEBHOOK_SECRET_FILE, secret.toString(),
                        Setting.BILLING_WEBHOOK_ALLOW_LOOPBACK, Boolean.toString(allowLoopback))))
                .isInstanceOf(Settings.InvalidException.class)
                .hasMessageStartingWith(problem)
                .hasMessageNotContaining("/x");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "c3RyZWFtLWNvbnNvbGUtdGVzdC1rZXkh", "whsec_c2hvcnQ=", "whsec_not base64, not at all!!!!!!!!"
            })
    void theWebhooksSecretIsOne(String content) throws IOException {
        Path secret = Files.writeString(folder.resolve("webhook"), content);
        assertThatThrownBy(() -> Settings.of(Map.of(
                        Setting.BILLING_WEBHOOK_URL,
                        "https://billing.example.com/",
                        Setting.BILLING_WEBHOOK_SECRET_FILE,
                        secret.toString())))
                .hasMessage("SLUICE_BILLING_WEBHOOK_SECRET_FILE: " + secret
                        + " (expected: in it whsec_ and 24 to 64 random bytes in base64)");
    }

    @Test
    void aWebhookNeedsASecret() {
        assertThatThrownBy(() -> Settings.of(Map.of(Setting.BILLING_WEBHOOK_URL, "https://billing.example.com/")))
                .hasMessageContaining("SLUICE_BILLING_WEBHOOK_SECRET_FILE:  (expected: a file, since");
    }

    @ParameterizedTest
    @CsvSource({
        "http://api.example.com, key, SLUICE_SPEND_LIMITS_API_URL: not https (expected: https://…",
        "https://10.0.0.1, key, SLUICE_SPEND_LIMITS_API_URL: not a public address (expected: ",
        "https://a:b@api.example.com, key, SLUICE_SPEND_LIMITS_API_URL: not a usable URL (expected: ",
        "https://api.example.com, '', SLUICE_SPEND_LIMITS_API_KEY_FILE: ",
        "https://api.example.com, two lines, SLUICE_SPEND_LIMITS_API_KEY_FILE: "
    })
    void theSpendLimitsApiIsOnTheInternetAndHasAKey(String url, String content, String problem) throws IOException {
        Path key = Files.writeString(folder.resolve("api-key"), content);
        assertThatThrownBy(() -> Settings.of(
                        Map.of(Setting.SPEND_LIMITS_API_URL, url, Setting.SPEND_LIMITS_API_KEY_FILE, key.toString())))
                .isInstanceOf(Settings.InvalidException.class)
                .hasMessageStartingWith(problem)
                .hasMessageNotContaining("two lines");
    }

    @ParameterizedTest
    @CsvSource({
        "http://collector:4318/v1/metrics, false, 'a: b', SLUICE_OTLP_PUSH_URL: not https (expected: https://…",
        "https://10.0.0.1/v1/metrics, false, 'a: b', SLUICE_OTLP_PUSH_URL: not a public address (expected: ",
        "https://a:b@otlp.example.com, true, 'a: b', SLUICE_OTLP_PUSH_URL: not a usable URL (expected: ",
        "http://127.0.0.1:9/v1/metrics, false, 'secret', SLUICE_OTLP_PUSH_HEADERS_FILE: "
    })
    void metricsArePushedToWhereTheyMay(String url, boolean allowPrivate, String content, String problem)
            throws IOException {
        Path headers = Files.writeString(folder.resolve("headers"), content);
        assertThatThrownBy(() -> Settings.of(Map.of(
                        Setting.OTLP_PUSH_URL, url,
                        Setting.OTLP_PUSH_HEADERS_FILE, headers.toString(),
                        Setting.OTLP_PUSH_ALLOW_PRIVATE, Boolean.toString(allowPrivate))))
                .isInstanceOf(Settings.InvalidException.class)
                .hasMessageStartingWith(problem)
                .hasMessageNotContaining("secret");
    }

    @Test
    void theSpendLimitsApiIsTheDefaultOrganizationsAndMayBeOnThisMachine() throws IOException {
        Path key = Files.writeString(folder.resolve("api-key"), "key\n");
        assertThat(Settings.of(Map.of(
                                Setting.SPEND_LIMITS_API_URL, "http://127.0.0.1:9",
                                Setting.SPEND_LIMITS_API_KEY_FILE, key.toString(),
                                Setting.DEFAULT_ORGANIZATION, "acme"))
                        .spendLimitsApi())
                .isEqualTo(new Settings.SpendLimitsApi(URI.create("http://127.0.0.1:9"), "key", "acme"));
    }

    @Test
    void namesEveryProblemAtOnce() {
        assertThatThrownBy(() -> Settings.of(Map.of(
                        Setting.REST_PORT, "80a",
                        Setting.OTLP_HTTP_PORT, "70000",
                        Setting.DEFAULT_ORGANIZATION, "a|b",
                        Setting.KAFKA_BOOTSTRAP_SERVERS, "localhost",
                        Setting.ELASTICSEARCH_URL, "http://elastic:secret@127.0.0.1:9200",
                        Setting.FORCE_INSECURE, "yes")))
                .isInstanceOf(Settings.InvalidException.class)
                .hasMessageContaining("SLUICE_REST_PORT: 80a (expected: a whole number, 0 to 65535)")
                .hasMessageContaining("SLUICE_OTLP_HTTP_PORT: 70000 (expected: ")
                .hasMessageContaining("SLUICE_DEFAULT_ORGANIZATION: a|b (expected: ")
                .hasMessageContaining("SLUICE_KAFKA_BOOTSTRAP_SERVERS: localhost (expected: host:port")
                .hasMessageContaining("SLUICE_ELASTICSEARCH_URL: not a usable URL (expected: ")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret"));
    }

    @ParameterizedTest
    @CsvSource({"0.0.0.0, false, false", "0.0.0.0, true, true", "127.0.0.1, false, true", "::1, false, true"})
    void anOpenAddressNeedsTlsOrForce(String address, boolean forced, boolean accepted) {
        Map<Setting, String> given =
                Map.of(Setting.BIND_ADDRESS, address, Setting.FORCE_INSECURE, Boolean.toString(forced));
        if (accepted) {
            assertThat(Settings.of(given).bindAddress().isAnyLocalAddress()).isEqualTo(address.equals("0.0.0.0"));
        } else {
            assertThatThrownBy(() -> Settings.of(given))
                    .hasMessageStartingWith("SLUICE_BIND_ADDRESS: 0.0.0.0 (expected: a loopback address, or TLS");
        }
    }

    @Test
    void aKeyWithoutCertificateIsNoTls() throws IOException {
        Path key = Files.writeString(folder.resolve("key.pem"), "");
        assertThatThrownBy(() -> Settings.of(Map.of(Setting.TLS_KEY_FILE, key.toString())))
                .hasMessageContaining("SLUICE_TLS_CERTIFICATE_FILE");
    }

    @Test
    void theCommandLineWins() {
        Map<Setting, String> merged = Settings.merge(
                Map.of("SLUICE_REST_PORT", "1", "SLUICE_FLINK_URL", "http://a"), Map.of(Setting.REST_PORT, "2"));
        assertThat(merged).containsOnly(Map.entry(Setting.REST_PORT, "2"), Map.entry(Setting.FLINK_URL, "http://a"));
    }

    @ParameterizedTest
    @EnumSource
    void isInTheReadme(Setting setting) throws IOException {
        assertThat(Files.readString(Path.of("README.md")))
                .contains("| `" + setting.variable() + "` |")
                .contains(setting.description());
    }
}
