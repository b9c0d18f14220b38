package io.sluice.server;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;

/** Token secrets: {@code sluice_} and 256 random bits. Only hashes are stored. */
final class Secret {
    private static final SecureRandom RANDOM = new SecureRandom();

    private static final String PREFIX = "sluice_";

    private Secret() {}

    /** Whether a text that came in another place than it should may be one, and must not be kept. */
    static boolean looksLikeOne(String text) {
        return text.contains(PREFIX);
    }

    static String create() {
        byte[] bits = new byte[32];
        RANDOM.nextBytes(bits);
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
    }

    /** SHA-256, lower-case hex. The secrets are random, so neither salt nor a slow hash adds anything. */
    static String sha256(String secret) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Takes the same time wherever the two differ. */
    static boolean sameHash(String a, String b) {
        return MessageDigest.isEqual(a.getBytes(StandardCharsets.US_ASCII), b.getBytes(StandardCharsets.US_ASCII));
    }
}
