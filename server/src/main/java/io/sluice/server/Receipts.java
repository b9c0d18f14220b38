package io.sluice.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.audit.CanonicalJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;

/**
 * Receipts of erasures, signed: with Ed25519, by a key that stays in the data folder. The job writes a receipt, with a hash of
 * itself in it; the server says that it comes from here.
 */
final class Receipts {
    /** Of the id of a receipt, before that of the erasure. */
    private static final String PREFIX = "receipt_";

    private static final String ALGORITHM = "Ed25519";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final PrivateKey key;
    private final String publicKey;

    private Receipts(PrivateKey key, String publicKey) {
        this.key = key;
        this.publicKey = publicKey;
    }

    /**
     * Reads the key, or makes one at first start.
     *
     * @param file two lines of base64: the private key as PKCS 8, the public one as X.509
     */
    static Receipts signedBy(Path file) throws IOException {
        List<String> lines =
                SecretFile.readOrCreate(file, Receipts::newKey).lines().toList();
        try {
            KeyFactory keys = KeyFactory.getInstance(ALGORITHM);
            byte[] encoded = Base64.getDecoder().decode(lines.get(lines.size() - 1));
            keys.generatePublic(new X509EncodedKeySpec(encoded));
            return new Receipts(
                    keys.generatePrivate(
                            new PKCS8EncodedKeySpec(Base64.getDecoder().decode(lines.get(0)))),
                    Base64.getEncoder().encodeToString(encoded));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(
                    file + ": not readable (expected: a key of receipts as this server makes it, on two lines)", e);
        }
    }

    private static String newKey() {
        try {
            KeyPair made = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
            Base64.Encoder encoder = Base64.getEncoder();
            return encoder.encodeToString(made.getPrivate().getEncoded()) + "\n"
                    + encoder.encodeToString(made.getPublic().getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // every Java from 15 on has it
        }
    }

    static String id(String erasureId) {
        return PREFIX + erasureId;
    }

    /** Of a receipt's id; one that is none is nobody's. */
    static String erasureId(String receiptId) {
        return receiptId.startsWith(PREFIX) ? receiptId.substring(PREFIX.length()) : "";
    }

    /** As the receipt itself says; empty: it does not, or is none. */
    static String hash(String receipt) {
        try {
            return JSON.readTree(receipt).path("receipt_hash").asText();
        } catch (JsonProcessingException e) {
            return "";
        }
    }

    private static JsonNode parse(String receipt) {
        try {
            return JSON.readTree(receipt);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a receipt is not JSON", e);
        }
    }

    /** {@code {"id", "receipt", "signature", "algorithm", "public_key"}}: all that is needed to verify it without this server. */
    ObjectNode answer(String erasureId, String receipt) {
        ObjectNode json = JSON.createObjectNode().put("id", id(erasureId)).put("type", "erasure_receipt");
        JsonNode parsed = parse(receipt);
        json.set("receipt", parsed);
        return json.put("signature", sign(CanonicalJson.of(parsed)))
                .put("algorithm", ALGORITHM)
                .put("public_key", publicKey);
    }

    private String sign(String canonical) {
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initSign(key);
            signature.update(canonical.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
