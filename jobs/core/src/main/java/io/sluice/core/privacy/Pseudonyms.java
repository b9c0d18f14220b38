package io.sluice.core.privacy;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.YearMonth;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Names in place of names. One person has one of them in everything that is asked for in one month; in the next month it is
 * another, and nobody without the secret can tell which belong together.
 */
public final class Pseudonyms {
    /** What each begins with. */
    public static final String PREFIX = "person-";

    private static final String ALGORITHM = "HmacSHA256";
    private static final int BYTES = 12;

    private final SecretKeySpec key;

    /** @param secret of the installation, 16 bytes or more */
    public Pseudonyms(byte[] secret, String orgId, YearMonth month) {
        this.key = new SecretKeySpec(hash(new SecretKeySpec(secret, ALGORITHM), orgId + '\n' + month), ALGORITHM);
    }

    public String of(String user) {
        byte[] hash = hash(key, user);
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(java.util.Arrays.copyOf(hash, BYTES));
    }

    private static byte[] hash(SecretKeySpec key, String text) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(ALGORITHM + " is part of every JVM", e);
        }
    }
}
