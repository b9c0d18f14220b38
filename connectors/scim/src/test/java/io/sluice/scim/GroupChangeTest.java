package io.sluice.scim;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.scim.GroupChange.MemberChange;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GroupChangeTest {
    static Stream<Named<ObjectNode>> cases() {
        return Cases.of("groups.json");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void saysWhatToDoWithoutTheGroup(ObjectNode given) {
        if (given.has("error")) {
            Cases.assertRefused(given.get("error"), () -> read(given));
            return;
        }
        GroupChange change = read(given);
        assertThat(change.displayName()).isEqualTo(given.path("displayName").textValue());
        assertThat(change.externalId())
                .isEqualTo(
                        given.has("externalId")
                                ? new GroupChange.ExternalId(
                                        given.get("externalId").textValue())
                                : null);
        assertThat(change.members().stream().map(GroupChangeTest::brief).toList())
                .isEqualTo(Cases.texts(given.get("members")));
    }

    private static GroupChange read(ObjectNode given) {
        if (given.has("body")) {
            return GroupChange.ofBody((ObjectNode) given.get("body"));
        }
        ObjectNode body = Cases.json("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp']}");
        body.set("Operations", given.get("operations"));
        return GroupChange.ofPatch(body);
    }

    private static String brief(MemberChange change) {
        if (change instanceof MemberChange.Add add) {
            return "+" + String.join(",", add.ids());
        }
        if (change instanceof MemberChange.Remove remove) {
            return "-" + String.join(",", remove.ids());
        }
        return change instanceof MemberChange.ReplaceAll all ? "=" + String.join(",", all.ids()) : "0";
    }

    /** Of those who join, not of those who leave. */
    @Test
    void saysWhoseDisplayIsGiven() {
        GroupChange change =
                GroupChange.ofPatch(Cases.json("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
                        + "'Operations':[{'op':'remove','path':'members','value':[{'value':'u_1','display':'a'}]},"
                        + "{'op':'add','path':'members','value':[{'value':'u_1'},{'value':'u_2','display':'b'}]},"
                        + "{'op':'add','path':'members','value':[{'value':'u_3','display':null}]}]}"));
        assertThat(change.displayed()).containsExactly("u_2");
    }

    @Test
    void takesTwentyThousandMembers() {
        ObjectNode body = Cases.json("{'displayName':'All'}");
        ArrayNode members = body.putArray("members");
        for (int i = 0; i < 20_000; i++) {
            members.addObject().put("value", "u_" + i);
        }
        assertThat(GroupChange.ofBody(body).members())
                .singleElement()
                .isInstanceOfSatisfying(
                        MemberChange.ReplaceAll.class,
                        all -> assertThat(all.ids()).hasSize(20_000));
    }
}
