package io.sluice.elasticsearch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ElasticsearchConnectionTest {
    private static final ElasticsearchConnection PLAIN = ElasticsearchConnection.to("http://127.0.0.1:9200");

    @Test
    void defaults() throws IOException {
        assertThat(PLAIN)
                .isEqualTo(new ElasticsearchConnection(
                        List.of(URI.create("http://127.0.0.1:9200")),
                        null,
                        null,
                        null,
                        null,
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(60)));
        assertThat(PLAIN.authorization()).isNull();
        assertThat(PLAIN.sslContext()).isNull();
    }

    @Test
    void readsThePasswordFromItsFile(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("password"), "p:ß\n");
        ElasticsearchConnection byFile = PLAIN.withPasswordFile("elastic", file.toString());
        assertThat(byFile.authorization())
                .isEqualTo(PLAIN.withPassword("elastic", "p:ß").authorization())
                .isEqualTo("Basic ZWxhc3RpYzpwOsOf");
        Files.delete(file);
        assertThatThrownBy(byFile::authorization).isInstanceOf(IOException.class);
    }

    @Test
    void neverSaysThePassword() {
        assertThat(PLAIN.withPassword("elastic", "SECRET").toString()).doesNotContain("SECRET");
        assertThatThrownBy(() -> ElasticsearchConnection.to("http://elastic:SECRET@127.0.0.1:9200"))
                .hasMessage("urls: one holds a user or password (expected: given apart)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "ftp://127.0.0.1", "http:/127.0.0.1", "elastic:9200"})
    void refusesOtherUrls(String url) {
        assertThatThrownBy(() -> ElasticsearchConnection.to(url))
                .hasMessage("urls: " + url + " (expected: http://HOST:PORT or https://…)");
    }

    @ParameterizedTest
    @CsvSource({"elastic,,", "elastic,a,b", ",a,", ",,b"})
    void refusesHalfACredential(@Nullable String user, @Nullable String password, @Nullable String passwordFile) {
        assertThatThrownBy(() -> new ElasticsearchConnection(
                        PLAIN.urls(),
                        user,
                        password,
                        passwordFile,
                        null,
                        PLAIN.connectTimeout(),
                        PLAIN.requestTimeout()))
                .hasMessageStartingWith("user, password, passwordFile: do not fit");
    }

    @Test
    void refusesNoUrlAndNoTime() {
        assertThatThrownBy(ElasticsearchConnection::to).hasMessage("urls: none (expected: at least one)");
        assertThatThrownBy(() -> PLAIN.withTimeouts(Duration.ZERO, Duration.ofSeconds(1)))
                .hasMessage("connectTimeout: PT0S (expected: above 0)");
        assertThatThrownBy(() -> PLAIN.withTimeouts(Duration.ofSeconds(1), Duration.ofSeconds(-1)))
                .hasMessage("requestTimeout: PT-1S (expected: above 0)");
    }

    @Test
    void trustsTheCertificateItIsGivenAndNoOther(@TempDir Path folder) throws Exception {
        Path keys = folder.resolve("keys.p12");
        String certificate = folder.resolve("ca.pem").toString();
        keytool(
                keys,
                "-genkeypair",
                "-alias",
                "node",
                "-keyalg",
                "EC",
                "-dname",
                "CN=node",
                "-ext",
                "SAN=ip:127.0.0.1");
        keytool(keys, "-exportcert", "-alias", "node", "-rfc", "-file", certificate);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(contextOf(keys)));
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
        try {
            ElasticsearchConnection untrusting = ElasticsearchConnection.to(
                    "https://127.0.0.1:" + server.getAddress().getPort());
            ElasticsearchHttp trusting = new ElasticsearchHttp(untrusting.withCaCertificate(certificate));
            assertThat(trusting.send("GET", "/", "application/json", new byte[0])
                            .get()
                            .statusCode())
                    .isEqualTo(204);
            assertThatThrownBy(() -> new ElasticsearchHttp(untrusting)
                            .send("GET", "/", "application/json", new byte[0])
                            .get())
                    .isInstanceOf(ExecutionException.class)
                    .satisfies(e -> assertThat(BulkOutcome.ofFailure(e)).isEqualTo(BulkOutcome.FATAL));
        } finally {
            server.stop(0);
        }
    }

    @Test
    void refusesACertificateFileWithoutCertificates(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("ca.pem"), "-----BEGIN CERTIFICATE-----\nno\n");
        assertThatThrownBy(() -> PLAIN.withCaCertificate(file.toString()).sslContext())
                .isInstanceOf(IOException.class)
                .hasMessage("caCertificateFile: " + file + " (expected: PEM certificates)");
    }

    private static void keytool(Path keys, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-keystore", keys.toString(), "-storepass", "only-in-this-test"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
    }

    private static SSLContext contextOf(Path keys) throws Exception {
        char[] password = "only-in-this-test".toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, password);
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        return context;
    }
}
