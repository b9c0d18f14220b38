package io.sluice.core.privacy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.YearMonth;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Names in place of names, and ids in place of ids. One person has one of them in everything that is asked for in one month;
 * in the next month it is another, and nobody without the secret can tell which belong together.
 */
public final class Pseudonyms {
    /** What each begins with. */
    public static final String PREFIX = "person-";

    /** What ids begin with. */
    public static final String ID_PREFIX = "id-";

    private static final String ALGORITHM = "HmacSHA256";
    private static final int BYTES = 12;
    private static final int IV_BYTES = 16;

    private final String period;
    private final SecretKeySpec key;
    private final SecretKeySpec idKey;
    private final SecretKeySpec idCipherKey;

    /** @param secret of the installation, 16 bytes or more */
    public Pseudonyms(byte[] secret, String orgId, YearMonth month) {
        this.period = month.toString();
        this.key = new SecretKeySpec(hash(new SecretKeySpec(secret, ALGORITHM), orgId + '\n' + month), ALGORITHM);
        this.idKey = new SecretKeySpec(hash(key, "\nids"), ALGORITHM);
        this.idCipherKey = new SecretKeySpec(hash(key, "\nids, encrypted"), "AES");
    }

    /** As long as it is the same, a person has the same pseudonym. */
    public String period() {
        return period;
    }

    public String of(String user) {
        return PREFIX + encoded(Arrays.copyOf(hash(key, user), BYTES));
    }

    /**
     * In place of the id of a session, a request or a record: encrypted, always in the same way, so that the id can be found
     * again without asking for all ids that there are.
     */
    public String ofId(String id) {
        byte[] iv = Arrays.copyOf(hash(idKey, id), IV_BYTES);
        byte[] encrypted = crypt(Cipher.ENCRYPT_MODE, iv, id.getBytes(StandardCharsets.UTF_8));
        return ID_PREFIX
                + encoded(ByteBuffer.allocate(IV_BYTES + encrypted.length)
                        .put(iv)
                        .put(encrypted)
                        .array());
    }

    /** The id that {@link #ofId} made this of; empty: none did, in this month. */
    public Optional<String> idOf(String told) {
        if (!told.startsWith(ID_PREFIX)) {
            return Optional.empty();
        }
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(told.substring(ID_PREFIX.length()));
        } catch (IllegalArgumentException notOurs) {
            return Optional.empty();
        }
        if (bytes.length < IV_BYTES) {
            return Optional.empty();
        }
        byte[] iv = Arrays.copyOf(bytes, IV_BYTES);
        byte[] decrypted = crypt(Cipher.DECRYPT_MODE, iv, Arrays.copyOfRange(bytes, IV_BYTES, bytes.length));
        String id = new String(decrypted, StandardCharsets.UTF_8);
        return MessageDigest.isEqual(iv, Arrays.copyOf(hash(idKey, id), IV_BYTES)) ? Optional.of(id) : Optional.empty();
    }

    private byte[] crypt(int mode, byte[] iv, byte[] text) {
        try {
            Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
            cipher.init(mode, idCipherKey, new IvParameterSpec(iv));
            return cipher.doFinal(text);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES is part of every JVM", e);
        }
    }

    private static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
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
