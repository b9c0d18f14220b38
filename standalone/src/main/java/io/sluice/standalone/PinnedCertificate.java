package io.sluice.standalone;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trusts one certificate and no other, whatever name it is for: the commands know the very certificate that the server
 * beside them was given, and call it by its address.
 */
final class PinnedCertificate extends X509ExtendedTrustManager {
    private final Certificate expected;

    private PinnedCertificate(Certificate expected) {
        this.expected = expected;
    }

    /** @param pem its first certificate is the server's */
    static SSLContext context(Path pem) {
        try (InputStream in = Files.newInputStream(pem)) {
            Certificate own = CertificateFactory.getInstance("X.509").generateCertificate(in);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new PinnedCertificate(own)}, null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new CommandException(
                    Setting.TLS_CERTIFICATE_FILE.variable() + ": " + pem + " (expected: a readable PEM file): " + e, e);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        if (!expected.equals(chain[0])) {
            throw new CertificateException("the certificate is not that of " + Setting.TLS_CERTIFICATE_FILE.variable());
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        checkServerTrusted(chain, authType);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        checkServerTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new CertificateException("no clients here");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw new CertificateException("no clients here");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        throw new CertificateException("no clients here");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
