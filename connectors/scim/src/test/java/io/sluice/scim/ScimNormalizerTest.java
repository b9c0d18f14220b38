package io.sluice.scim;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ScimNormalizerTest {
    static Stream<Named<ObjectNode>> cases() {
        return Cases.of("normalize.json");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void makesOneFormOfAll(ObjectNode given) {
        ObjectNode body = (ObjectNode) given.get("body");
        if (given.has("error")) {
            Cases.assertRefused(given.get("error"), () -> ScimNormalizer.user(body));
            return;
        }
        ObjectNode copy = body.deepCopy();
        ScimNormalizer.Normalized normalized = ScimNormalizer.user(body);
        assertThat(normalized.resource()).isEqualTo(given.get("resource"));
        assertThat(normalized.ignored()).isEqualTo(Cases.texts(given.path("ignored")));
        assertThat(body).as("the given body is left as it was").isEqualTo(copy);
        assertThat(ScimNormalizer.user(normalized.resource()).resource())
                .as("what is canonical stays as it is")
                .isEqualTo(normalized.resource());
    }
}
