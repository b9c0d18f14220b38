package io.sluice.scim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Named;

/** Cases from the files beside the tests. */
final class Cases {
    static final ObjectMapper MAPPER = new ObjectMapper();

    private Cases() {}

    static JsonNode file(String name) {
        try (InputStream in = Objects.requireNonNull(Cases.class.getResourceAsStream(name), name)) {
            return MAPPER.readTree(in);
        } catch (IOException e) {
            throw new AssertionError(name, e);
        }
    }

    static Stream<Named<ObjectNode>> of(String name) {
        List<Named<ObjectNode>> cases = new ArrayList<>();
        file(name).forEach(node -> cases.add(Named.of(node.get("name").asText(), (ObjectNode) node)));
        return cases.stream();
    }

    static ObjectNode json(String text) {
        return ScimJson.read(text.replace('\'', '"').getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(node -> texts.add(node.asText()));
        return texts;
    }

    static void assertRefused(JsonNode expected, ThrowingCallable call) {
        ScimException e = catchThrowableOfType(ScimException.class, call);
        assertThat(e).isNotNull();
        assertThat(e.status()).isEqualTo(expected.get("status").asInt());
        assertThat(e.type() == null ? "" : e.type().word())
                .isEqualTo(expected.path("scimType").asText(""));
        assertThat(e.detail()).contains(expected.get("detail").asText());
        assertThat(e.body().get("status").isTextual()).isTrue();
    }
}
