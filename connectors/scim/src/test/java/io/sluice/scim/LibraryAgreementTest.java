package io.sluice.scim;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.unboundid.scim2.common.GenericScimResource;
import com.unboundid.scim2.common.messages.PatchRequest;
import com.unboundid.scim2.common.utils.JsonUtils;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random PATCH requests of the plain kind, in which RFC 7644 leaves nothing open and no client's oddity occurs, have to do
 * the same as with the library's own engine.
 */
class LibraryAgreementTest {
    private static final String DEPARTMENT = ScimSchemas.ENTERPRISE_USER + ":department";

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261125})
    void agreesOnPlainRequests(long seed) throws Exception {
        Random random = new Random(seed);
        int changed = 0;
        for (int i = 0; i < 2_000; i++) {
            ObjectNode user = ScimNormalizer.user(Cases.json("{'userName':'a','title':'t','name':{'givenName':'G'},"
                            + "'emails':[{'value':'w','type':'work'},{'value':'h','type':'home','display':'H'}],'"
                            + ScimSchemas.ENTERPRISE_USER + "':{'department':'D','costCenter':'C'}}"))
                    .resource();
            ObjectNode body = Cases.json("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp']}");
            ArrayNode operations = body.putArray("Operations");
            for (int j = random.nextInt(4); j >= 0; j--) {
                operations.add(operation(random, i * 10 + j));
            }
            ObjectNode theirs = JsonUtils.createObjectMapper()
                    .treeToValue(body, PatchRequest.class)
                    .apply(new GenericScimResource(
                            (ObjectNode) JsonUtils.getObjectReader().readTree(user.toString())))
                    .getObjectNode();
            ScimPatch.Patched ours =
                    ScimPatch.parse(ScimResourceType.USER, body).apply(user);
            assertThat(ours.resource())
                    .as("seed %d, %s", seed, body)
                    .isEqualTo(
                            ScimNormalizer.user(Cases.json(theirs.toString())).resource());
            changed += ours.changed() ? 1 : 0;
        }
        assertThat(changed).as("seed %d", seed).isGreaterThan(1_000);
    }

    private static ObjectNode operation(Random random, int fresh) {
        ObjectNode out = ScimJson.object();
        String set = random.nextBoolean() ? "add" : "replace";
        String word = List.of("t", "u", "D", "").get(random.nextInt(3));
        return switch (random.nextInt(11)) {
            case 0 -> out.put("op", set).put("path", "title").put("value", word);
            case 1 -> out.put("op", set).put("path", "name.familyName").put("value", word);
            case 2 -> out.put("op", set).put("path", DEPARTMENT).put("value", word);
            case 3 ->
                out.put("op", "remove")
                        .put("path", List.of("title", "name", DEPARTMENT).get(random.nextInt(3)));
            case 4 -> out.put("op", "remove").put("path", "name.givenName");
            case 5 -> out.put("op", "remove").put("path", "emails[value eq \"h\"]");
            case 6 ->
                out.put("op", "replace")
                        .put("path", "emails[type eq \"work\"].value")
                        .put("value", "w" + fresh);
            case 7 ->
                out.put("op", "replace").put("path", "emails[value pr].display").put("value", word);
            case 8 -> {
                out.put("op", "add")
                        .put("path", "emails")
                        .putArray("value")
                        .addObject()
                        .put("value", "n" + fresh);
                yield out;
            }
            case 9 -> {
                out.put("op", set)
                        .putObject("value")
                        .put("nickName", word)
                        .putObject("name")
                        .put("formatted", word);
                yield out;
            }
            default -> {
                out.put("op", set).put("path", "name").putObject("value").put("middleName", word);
                yield out;
            }
        };
    }
}
