package io.sluice.standalone;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.audit.CanonicalJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Verifies the receipt of an erasure, as {@code GET /v1/receipts/{id}} answers it, without a server: its hash and its
 * signature.
 *
 * @param problem null: there is none
 * @param publicKey that it is signed by, as the receipt says; null: it says none
 * @param keyKnown whether that is the key that was given
 */
record ReceiptCheck(
        JsonNode receipt,
        @Nullable String problem,
        @Nullable String publicKey,
        boolean keyKnown) {
    private static final String ALGORITHM = "Ed25519";
    private static final String HASH = "receipt_hash";
    /** A name that stands twice would mean one thing to us and another to others. */
    private static final ObjectMapper STRICT = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /**
     * Verifies a file.
     *
     * @param key that it has to be signed by, X.509 in base64; null: whichever it names
     * @throws CommandException when the file cannot be read
     */
    static ReceiptCheck of(Path file, @Nullable String key) {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw new CommandException("--receipt: " + file + " cannot be read: " + e, e);
        }
        return of(text, key);
    }

    static ReceiptCheck of(String text, @Nullable String key) {
        JsonNode answer;
        try {
            answer = STRICT.readTree(text);
        } catch (JsonProcessingException e) {
            return bad(Api.JSON.createObjectNode(), null, "it is not JSON: " + e.getOriginalMessage());
        }
        JsonNode receipt = answer.path("receipt");
        String named = answer.path("public_key").textValue();
        if (!receipt.isObject() || named == null || !answer.path("signature").isTextual()) {
            return bad(receipt, named, "receipt, signature or public_key is missing");
        }
        if (key != null && !key.strip().equals(named)) {
            return bad(receipt, named, "it names another public key than the one that was given");
        }
        String problem = problem((ObjectNode) receipt, answer.path("signature").asText(), named);
        String erasure = receipt.path("erasure_id").asText();
        if (problem == null && (erasure.isEmpty() || !answer.path("id").asText().equals("receipt_" + erasure))) {
            problem = "its id is that of another erasure";
        }
        return new ReceiptCheck(receipt, problem, named, key != null);
    }

    private static ReceiptCheck bad(JsonNode receipt, @Nullable String key, String problem) {
        return new ReceiptCheck(receipt, problem, key, false);
    }

    private static @Nullable String problem(ObjectNode receipt, String signature, String key) {
        try {
            ObjectNode rest = receipt.deepCopy();
            rest.remove(HASH);
            if (!sha256(CanonicalJson.of(rest)).equals(receipt.path(HASH).asText())) {
                return "receipt_hash is not the hash of the rest: it was changed";
            }
            return isSigned(CanonicalJson.of(receipt), signature, key)
                    ? null
                    : "the signature is not that of this receipt by this key";
        } catch (IllegalArgumentException e) {
            return "it cannot be read: " + e.getMessage();
        }
    }

    private static boolean isSigned(String text, String signature, String key) {
        try {
            PublicKey publicKey = KeyFactory.getInstance(ALGORITHM)
                    .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(key)));
            Signature verifier = Signature.getInstance(ALGORITHM);
            verifier.initVerify(publicKey);
            verifier.update(text.getBytes(StandardCharsets.UTF_8));
            return verifier.verify(Base64.getDecoder().decode(signature));
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }

    ObjectNode json() {
        ObjectNode json =
                Api.JSON.createObjectNode().put("valid", problem == null).put("public_key", publicKey);
        json.put("key_known", keyKnown).put("problem", problem);
        json.set("receipt", receipt);
        return json;
    }

    String text() {
        if (problem != null) {
            return "Bad receipt: " + Table.printable(problem);
        }
        String end = System.lineSeparator();
        return "The receipt of " + Table.printable(receipt.path("erasure_id").asText()) + " is as it was signed." + end
                + "public key: " + publicKey + end
                + (keyKnown
                        ? "It is the key that was given."
                        : "Whose key it is, it cannot say: compare it with one kept elsewhere (--public-key).");
    }
}
