package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import org.junit.jupiter.api.Test;

class ScimErrorBodyTest {
    private static final String ERROR = "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:Error\"";

    @Test
    void hasTheDetailsOfARefusalBesideTheFieldsOfTheRfc() {
        Refusal refusal = new Refusal(Refusal.Kind.PLAN_REQUIRED, "Groups: not in the plan Free (expected: Team)")
                .with("feature", TextNode.valueOf("groups-and-roles"))
                .with("plan", TextNode.valueOf("free"))
                .with("available_in", JsonNodeFactory.instance.arrayNode().add("team"));
        assertThat(ScimRoutes.ERRORS.of(refusal))
                .hasToString(ERROR + ",\"urn:sluice:params:scim:api:messages:2.0:ErrorDetails\"],\"status\":\"403\","
                        + "\"detail\":\"Groups: not in the plan Free (expected: Team)\","
                        + "\"urn:sluice:params:scim:api:messages:2.0:ErrorDetails\":{\"type\":\"plan_required\","
                        + "\"feature\":\"groups-and-roles\",\"plan\":\"free\",\"available_in\":[\"team\"]}}");
    }

    @Test
    void hasNothingBesidesWhereThereIsNothingToSay() {
        Refusal refusal = new Refusal(Refusal.Kind.CONFLICT, "userName: already in use")
                .with("scimType", TextNode.valueOf("uniqueness"));
        assertThat(ScimRoutes.ERRORS.of(refusal))
                .hasToString(ERROR + "],\"status\":\"409\",\"scimType\":\"uniqueness\","
                        + "\"detail\":\"userName: already in use\"}");
    }
}
