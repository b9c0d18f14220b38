package io.sluice.server;

import io.sluice.core.directory.Directories;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Labels;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Keeps e-mail addresses out of the audit, which outlives the erasure of a person: the id in the directory stands in their
 * place, or, of whoever is not there, a hash that only this installation can compute.
 */
final class AuditNames {
    static final String HASH_PREFIX = "address-";

    private static final Pattern ADDRESS = Pattern.compile("[^\\s:|,;<>\"'/=]+@[^\\s:|,;<>\"'/=]+");
    private static final String ALGORITHM = "HmacSHA256";
    private static final int BYTES = 12;

    private final Directories directories;
    private final SecretKeySpec key;

    /** @param secret of the installation */
    AuditNames(Directories directories, String secret) {
        this.directories = directories;
        this.key = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM);
    }

    /** The text without addresses; the rest of it stays. */
    String in(String orgId, String text) {
        return text.indexOf('@') < 0
                ? text
                : ADDRESS.matcher(text).replaceAll(found -> name(orgId, Labels.normalized(found.group())));
    }

    /** Ids of the directory have neither a dollar nor a backslash. */
    private String name(String orgId, String address) {
        Directory directory = directories.of(orgId);
        return directory
                .userByLabel(address)
                .or(() -> directory.userByUserName(address))
                .map(user -> user.id())
                .orElseGet(() -> HASH_PREFIX + hash(orgId, address));
    }

    private String hash(String orgId, String address) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            byte[] hash = mac.doFinal(("audit\n" + orgId + '\n' + address).getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
