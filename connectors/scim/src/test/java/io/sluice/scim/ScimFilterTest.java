package io.sluice.scim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScimFilterTest {
    private static final JsonNode FILE = Cases.file("filters.json");
    private static final ObjectNode USER = (ObjectNode) FILE.get("user");

    static Stream<String> holding() {
        return Cases.texts(FILE.get("true")).stream();
    }

    static Stream<String> notHolding() {
        return Cases.texts(FILE.get("false")).stream();
    }

    static Stream<String> refused() {
        return Cases.texts(FILE.get("refused")).stream();
    }

    static Stream<Map.Entry<String, JsonNode>> equalities() {
        return FILE.get("equalities").properties().stream();
    }

    @ParameterizedTest
    @MethodSource("holding")
    void holds(String filter) {
        assertThat(ScimFilter.parse(ScimResourceType.USER, filter).matches(USER))
                .isTrue();
    }

    @ParameterizedTest
    @MethodSource("notHolding")
    void doesNotHold(String filter) {
        assertThat(ScimFilter.parse(ScimResourceType.USER, filter).matches(USER))
                .isFalse();
    }

    @ParameterizedTest
    @MethodSource("refused")
    void isRefused(String filter) {
        ScimException e =
                catchThrowableOfType(ScimException.class, () -> ScimFilter.parse(ScimResourceType.USER, filter));
        assertThat(e).isNotNull();
        assertThat(e.status()).isEqualTo(400);
        assertThat(e.type()).isEqualTo(ScimErrorType.INVALID_FILTER);
        assertThat(e.detail()).startsWith("filter: ").contains("(expected: ");
    }

    @ParameterizedTest
    @MethodSource("equalities")
    void tellsTheStoreWhatMustHold(Map.Entry<String, JsonNode> given) {
        List<String> pairs = new ArrayList<>();
        for (ScimFilter.Equality pair :
                ScimFilter.parse(ScimResourceType.USER, given.getKey()).equalities()) {
            pairs.add(pair.attribute() + "=" + pair.value() + (pair.caseExact() ? " exact" : ""));
        }
        assertThat(pairs).isEqualTo(Cases.texts(given.getValue()));
    }

    @Test
    void tellsWhetherItReadsMembers() {
        assertThat(ScimFilter.parse(ScimResourceType.GROUP, "displayName eq \"a\" and not (members[value eq \"u\"])")
                        .reads("members"))
                .isTrue();
        assertThat(ScimFilter.parse(ScimResourceType.GROUP, "members.value eq \"u\"")
                        .reads("members"))
                .isTrue();
        assertThat(ScimFilter.parse(ScimResourceType.GROUP, "members pr").reads("members"))
                .isTrue();
        assertThat(ScimFilter.parse(ScimResourceType.GROUP, "displayName eq \"a\"")
                        .reads("members"))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {33, 5_000, 100_000})
    void hasAnEndToItsDepthAndLength(int times) {
        assertRefused("(".repeat(times) + "title pr" + ")".repeat(times));
        assertRefused("not (".repeat(times) + "title pr" + ")".repeat(times));
        assertRefused("emails[".repeat(times) + "type pr" + "]".repeat(times));
        assertRefused("title pr" + " or title pr".repeat(times * 10));
    }

    @Test
    void takesWhatIsJustWithinTheLimits() {
        String deep = "(".repeat(32) + "title pr" + ")".repeat(32);
        assertThat(ScimFilter.parse(ScimResourceType.USER, deep).matches(USER)).isTrue();
        String many = "title pr" + " and title pr".repeat(199);
        assertThat(ScimFilter.parse(ScimResourceType.USER, many).matches(USER)).isTrue();
        assertRefused(many + " and title pr");
    }

    private static void assertRefused(String filter) {
        ScimException e =
                catchThrowableOfType(ScimException.class, () -> ScimFilter.parse(ScimResourceType.USER, filter));
        assertThat(e).isNotNull();
        assertThat(e.type()).isEqualTo(ScimErrorType.INVALID_FILTER);
    }
}
