package io.sluice.schema;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256, without looking for the algorithm each time: several hashes are made for each message. */
public final class Sha256 {
    private static final ThreadLocal<MessageDigest> DIGEST = ThreadLocal.withInitial(() -> {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    });

    private Sha256() {}

    /** The calling thread's own, with nothing in it; to be done with before the thread asks for it again. */
    public static MessageDigest begin() {
        MessageDigest digest = DIGEST.get();
        digest.reset();
        return digest;
    }
}
