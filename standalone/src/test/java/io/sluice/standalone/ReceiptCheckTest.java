package io.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.audit.CanonicalJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReceiptCheckTest {
    private KeyPair key;
    private ObjectNode answer;

    @BeforeEach
    void receipt() throws Exception {
        key = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        answer = answer(key);
    }

    private static ObjectNode answer(KeyPair key) throws Exception {
        ObjectNode receipt = Api.JSON
                .createObjectNode()
                .put("erasure_id", "erasure_1")
                .put("found", 3)
                .put("note", "größer");
        receipt.putObject("stores").put("kafka", 0);
        receipt.put(
                "receipt_hash",
                HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256")
                                .digest(CanonicalJson.of(receipt).getBytes(StandardCharsets.UTF_8))));
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(key.getPrivate());
        signature.update(CanonicalJson.of(receipt).getBytes(StandardCharsets.UTF_8));
        ObjectNode answer = Api.JSON.createObjectNode().put("id", "receipt_erasure_1");
        answer.set("receipt", receipt);
        return answer.put("signature", Base64.getEncoder().encodeToString(signature.sign()))
                .put("public_key", publicKey(key));
    }

    private static String publicKey(KeyPair key) {
        return Base64.getEncoder().encodeToString(key.getPublic().getEncoded());
    }

    private ReceiptCheck check() {
        return ReceiptCheck.of(answer.toPrettyString(), null);
    }

    @Test
    void aReceiptIsGoodHoweverItIsSpelled() {
        assertThat(check().problem()).isNull();
        assertThat(check().text()).contains("erasure_1").contains("compare it");
        ReceiptCheck known = ReceiptCheck.of(answer.toString(), publicKey(key) + "\n");
        assertThat(known.problem()).isNull();
        assertThat(known.text()).contains("It is the key that was given.");
        assertThat(known.json().path("valid").asBoolean()).isTrue();
    }

    @Test
    void whateverIsChangedIsFound() throws Exception {
        ObjectNode receipt = (ObjectNode) answer.path("receipt");
        receipt.put("found", 4);
        assertThat(check().problem()).contains("receipt_hash");
        receipt.put("found", 3).put("more", true);
        assertThat(check().problem()).contains("receipt_hash");

        answer = answer(key);
        ObjectNode another = answer(KeyPairGenerator.getInstance("Ed25519").generateKeyPair());
        answer.put("signature", another.path("signature").asText());
        assertThat(check().problem()).contains("signature");
        // Signed anew by whoever changed it: only the key tells.
        assertThat(ReceiptCheck.of(another.toString(), null).problem()).isNull();
        assertThat(ReceiptCheck.of(another.toString(), publicKey(key)).problem())
                .contains("another public key");

        answer = answer(key).put("id", "receipt_erasure_2");
        assertThat(check().problem()).contains("another erasure");
        answer.put("public_key", "no key");
        assertThat(check().problem()).isNotNull();
        answer.remove("signature");
        assertThat(check().problem()).contains("missing");
    }

    @Test
    void whatIsNoReceiptIsSaid() {
        assertThat(ReceiptCheck.of("not JSON", null).problem()).contains("not JSON");
        assertThat(ReceiptCheck.of("{\"id\": 1, \"id\": 2}", null).problem()).contains("not JSON");
        assertThat(ReceiptCheck.of("[]", null).text()).contains("Bad receipt: ");
        assertThatThrownBy(() -> ReceiptCheck.of(Path.of("/no/such/file"), null))
                .isInstanceOf(CommandException.class)
                .hasMessageContaining("--receipt: /no/such/file cannot be read");
    }
}
