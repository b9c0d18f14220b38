package io.sluice.elasticsearch;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * How to reach a cluster. Files are read where a client is opened: for a sink, on the task manager.
 *
 * @param urls of nodes, {@code http} or {@code https}; the next is tried when one does not answer
 * @param user null: no authentication
 * @param password null if {@code passwordFile} is given; a password given here becomes part of the job graph
 * @param passwordFile path of a file that holds the password and nothing else
 * @param caCertificateFile path of a PEM file with the certificates to trust; null: those of the JVM
 * @param connectTimeout above 0
 * @param requestTimeout above 0; from sending a request to the last byte of its answer
 */
public record ElasticsearchConnection(
        List<URI> urls,
        @Nullable String user,
        @Nullable String password,
        @Nullable String passwordFile,
        @Nullable String caCertificateFile,
        Duration connectTimeout,
        Duration requestTimeout)
        implements Serializable {

    public ElasticsearchConnection {
        urls = List.copyOf(urls);
        if (urls.isEmpty()) {
            throw new IllegalArgumentException("urls: none (expected: at least one)");
        }
        for (URI url : urls) {
            if (url.getUserInfo() != null) {
                throw new IllegalArgumentException("urls: one holds a user or password (expected: given apart)");
            }
            boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
            if (!http || url.getHost() == null) {
                throw new IllegalArgumentException("urls: " + url + " (expected: http://HOST:PORT or https://…)");
            }
        }
        if (user == null ? password != null || passwordFile != null : (password == null) == (passwordFile == null)) {
            throw new IllegalArgumentException(
                    "user, password, passwordFile: do not fit (expected: none, or a user and one of the others)");
        }
        requirePositive("connectTimeout", connectTimeout);
        requirePositive("requestTimeout", requestTimeout);
    }

    /** Without authentication; 5 s to connect, 60 s for a request. */
    public static ElasticsearchConnection to(String... urls) {
        List<URI> parsed = Arrays.stream(urls).map(URI::create).toList();
        return new ElasticsearchConnection(
                parsed, null, null, null, null, Duration.ofSeconds(5), Duration.ofSeconds(60));
    }

    public ElasticsearchConnection withPassword(String user, String password) {
        return new ElasticsearchConnection(
                urls, user, password, null, caCertificateFile, connectTimeout, requestTimeout);
    }

    public ElasticsearchConnection withPasswordFile(String user, String passwordFile) {
        return new ElasticsearchConnection(
                urls, user, null, passwordFile, caCertificateFile, connectTimeout, requestTimeout);
    }

    public ElasticsearchConnection withCaCertificate(String caCertificateFile) {
        return new ElasticsearchConnection(
                urls, user, password, passwordFile, caCertificateFile, connectTimeout, requestTimeout);
    }

    public ElasticsearchConnection withTimeouts(Duration connectTimeout, Duration requestTimeout) {
        return new ElasticsearchConnection(
                urls, user, password, passwordFile, caCertificateFile, connectTimeout, requestTimeout);
    }

    /** Says everything but the password. */
    @Override
    public String toString() {
        return "ElasticsearchConnection[urls=" + urls + ", user=" + user + ", passwordFile=" + passwordFile
                + ", caCertificateFile=" + caCertificateFile + ", connectTimeout=" + connectTimeout
                + ", requestTimeout=" + requestTimeout + "]";
    }

    /** Value of the {@code Authorization} header; null without a user. */
    @Nullable
    String authorization() throws IOException {
        if (user == null) {
            return null;
        }
        String secret = password;
        if (passwordFile != null) {
            secret = Files.readString(Path.of(passwordFile)).strip();
        }
        byte[] credentials = (user + ":" + secret).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(credentials);
    }

    /** Trusts the certificates of the file; null without one. */
    @Nullable
    SSLContext sslContext() throws IOException {
        if (caCertificateFile == null) {
            return null;
        }
        try (InputStream pem = Files.newInputStream(Path.of(caCertificateFile))) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                trusted.setCertificateEntry("ca-" + trusted.size(), certificate);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, factory.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("caCertificateFile: " + caCertificateFile + " (expected: PEM certificates)", e);
        }
    }

    private static void requirePositive(String name, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: above 0)");
        }
    }
}
