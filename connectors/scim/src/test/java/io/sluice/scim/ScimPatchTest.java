package io.sluice.scim;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ScimPatchTest {
    /** {@code measured.json}: where scim2-sdk-common 5.1.0 alone does otherwise, or was seen to do right. */
    static Stream<Named<ObjectNode>> cases() {
        return Stream.concat(Cases.of("patch.json"), Cases.of("measured.json"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void appliesAllOrNothing(ObjectNode given) {
        ObjectNode before =
                ScimNormalizer.user((ObjectNode) given.get("before")).resource();
        ObjectNode copy = before.deepCopy();
        ObjectNode body = Cases.json("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp']}");
        body.set("Operations", given.get("operations"));
        if (given.has("error")) {
            Cases.assertRefused(
                    given.get("error"),
                    () -> ScimPatch.parse(ScimResourceType.USER, body).apply(before));
            assertThat(before).isEqualTo(copy);
            return;
        }
        ScimPatch patch = ScimPatch.parse(ScimResourceType.USER, body);
        ScimPatch.Patched patched = patch.apply(before);
        ObjectNode after = ScimNormalizer.user((ObjectNode) given.get("after")).resource();
        assertThat(patched.resource()).isEqualTo(after);
        assertThat(patched.changed()).isEqualTo(!given.path("unchanged").asBoolean());
        assertThat(patch.ignored()).isEqualTo(Cases.texts(given.path("ignored")));
        assertThat(before).as("the given resource is left as it was").isEqualTo(copy);
        assertThat(patch.apply(before))
                .as("a patch is read once and applied often")
                .isEqualTo(patched);
    }
}
