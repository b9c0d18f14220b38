package io.sluice.core.compliance;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;

/**
 * One hash for a set of ids, so that a receipt can be held against any list of what was erased. Leaves are the SHA-256 of
 * 0x00 and an id, in the order of ids; a node is that of 0x01 and its two children; a node without a sibling moves up as it
 * is. Of no ids it is the SHA-256 of nothing.
 */
public final class MerkleRoot {
    private MerkleRoot() {}

    /** @return 64 hex digits; a function of the set, whatever the order and how often an id is named */
    public static String of(Collection<String> ids) {
        List<byte[]> level = new ArrayList<>();
        for (String id : new TreeSet<>(ids)) {
            level.add(sha256((byte) 0, id.getBytes(StandardCharsets.UTF_8), new byte[0]));
        }
        if (level.isEmpty()) {
            return HexFormat.of().formatHex(digest().digest());
        }
        while (level.size() > 1) {
            List<byte[]> above = new ArrayList<>();
            for (int i = 0; i < level.size(); i += 2) {
                above.add(i + 1 < level.size() ? sha256((byte) 1, level.get(i), level.get(i + 1)) : level.get(i));
            }
            level = above;
        }
        return HexFormat.of().formatHex(level.get(0));
    }

    private static byte[] sha256(byte kind, byte[] left, byte[] right) {
        MessageDigest digest = digest();
        digest.update(kind);
        digest.update(left);
        digest.update(right);
        return digest.digest();
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
