package io.sluice.scim;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScimDocumentsTest {
    private static final String BASE = "https://sluice.example.com/scim/v2";

    @Test
    void declaresWhatIsThere() {
        ObjectNode config = ScimDocuments.serviceProviderConfig(BASE);
        assertThat(config.at("/bulk/maxOperations").asInt()).isEqualTo(1_000);
        assertThat(config.at("/bulk/maxPayloadSize").asInt()).isEqualTo(1_048_576);
        assertThat(config.at("/filter/maxResults").asInt()).isEqualTo(200);
        assertThat(config.at("/sort/supported").asBoolean(true)).isFalse();
        assertThat(config.at("/etag/supported").asBoolean()).isTrue();
        assertThat(config.at("/patch/supported").asBoolean()).isTrue();
        assertThat(config.at("/meta/location").asText()).isEqualTo(BASE + "/ServiceProviderConfig");
    }

    @Test
    void hasAllSchemasWithoutAnyNull() {
        ObjectNode list = ScimDocuments.schemas(BASE);
        List<String> ids = new ArrayList<>();
        list.get("Resources").forEach(schema -> ids.add(schema.get("id").asText()));
        assertThat(ids)
                .containsExactly(
                        ScimSchemas.USER,
                        ScimSchemas.ENTERPRISE_USER,
                        ScimSchemas.CLAUDE_USER,
                        ScimSchemas.GROUP,
                        ScimSchemas.SERVICE_PROVIDER_CONFIG,
                        ScimSchemas.RESOURCE_TYPE,
                        ScimSchemas.SCHEMA);
        assertThat(list.toString()).doesNotContain("null").doesNotContain("password");
        for (JsonNode schema : list.get("Resources")) {
            assertThat(ScimDocuments.schema(schema.get("id").asText(), BASE)).isEqualTo(schema);
            assertThat(schema.at("/meta/location").asText())
                    .isEqualTo(BASE + "/Schemas/" + schema.get("id").asText());
            assertComplete(schema.get("attributes"));
        }
        Cases.assertRefused(
                Cases.json("{'status':'404','detail':'schema'}"), () -> ScimDocuments.schema("urn:x", BASE));
    }

    /** The discovery documents have what their own schemas say, and nothing else. */
    @Test
    void describesItself() {
        assertDescribed(ScimDocuments.serviceProviderConfig(BASE), ScimSchemas.SERVICE_PROVIDER_CONFIG);
        ScimDocuments.resourceTypes(BASE)
                .get("Resources")
                .forEach(type -> assertDescribed(type, ScimSchemas.RESOURCE_TYPE));
        ScimDocuments.schemas(BASE).get("Resources").forEach(schema -> assertDescribed(schema, ScimSchemas.SCHEMA));
    }

    private static void assertDescribed(JsonNode document, String urn) {
        assertThat(document.path("schemas").toString()).isEqualTo("[\"" + urn + "\"]");
        ObjectNode own = document.deepCopy();
        assertFits(
                own.without(List.of("schemas", "meta")),
                ScimDocuments.schema(urn, BASE).get("attributes"),
                urn);
    }

    private static void assertFits(JsonNode object, JsonNode attributes, String where) {
        List<String> known = new ArrayList<>();
        if (where.endsWith("/attributes/subAttributes")) {
            // The schema of schemas ends where the RFC's does; its own document is one level deeper.
            known.add("subAttributes");
        }
        for (JsonNode attribute : attributes) {
            String name = attribute.get("name").asText();
            known.add(name);
            String at = where + "/" + name;
            JsonNode value = object.path(name);
            assertThat(value.isMissingNode() && attribute.get("required").asBoolean())
                    .as(at)
                    .isFalse();
            assertThat(value.isArray() || value.isMissingNode())
                    .as(at)
                    .isEqualTo(value.isMissingNode()
                            || attribute.get("multiValued").asBoolean());
            for (JsonNode one : value.isArray() ? value : List.of(value)) {
                String type = attribute.get("type").asText();
                assertThat(one.isMissingNode() || one.getNodeType().name().equals(nodeType(type)))
                        .as("%s is a %s", at, type)
                        .isTrue();
                if (type.equals("complex") && one.isObject()) {
                    assertFits(one, attribute.get("subAttributes"), at);
                }
            }
        }
        assertThat(object.fieldNames()).toIterable().as(where).isSubsetOf(known);
    }

    private static String nodeType(String type) {
        return switch (type) {
            case "complex" -> "OBJECT";
            case "boolean" -> "BOOLEAN";
            case "integer" -> "NUMBER";
            default -> "STRING";
        };
    }

    private static void assertComplete(JsonNode attributes) {
        for (JsonNode attribute : attributes) {
            assertThat(attribute.fieldNames())
                    .toIterable()
                    .contains(
                            "name",
                            "type",
                            "multiValued",
                            "required",
                            "caseExact",
                            "mutability",
                            "returned",
                            "uniqueness",
                            "description");
            assertThat(attribute.has("subAttributes"))
                    .isEqualTo(attribute.get("type").asText().equals("complex"));
            assertThat(attribute.has("referenceTypes"))
                    .isEqualTo(attribute.get("type").asText().equals("reference"));
            assertComplete(attribute.path("subAttributes"));
        }
    }

    @Test
    void hasBothResourceTypes() {
        assertThat(ScimDocuments.resourceTypes(BASE).get("totalResults").asInt())
                .isEqualTo(2);
        ObjectNode user = ScimDocuments.resourceType("User", BASE);
        assertThat(user.get("endpoint").asText()).isEqualTo("/Users");
        assertThat(user.get("schemaExtensions").toString())
                .isEqualTo("[{\"schema\":\"" + ScimSchemas.ENTERPRISE_USER + "\",\"required\":false},{\"schema\":\""
                        + ScimSchemas.CLAUDE_USER + "\",\"required\":false}]");
        assertThat(ScimDocuments.resourceType("Group", BASE)
                        .at("/meta/location")
                        .asText())
                .isEqualTo(BASE + "/ResourceTypes/Group");
        Cases.assertRefused(
                Cases.json("{'status':'404','detail':'resource type'}"), () -> ScimDocuments.resourceType("Car", BASE));
    }

    @Test
    void writesErrorsWithTextualStatus() {
        assertThat(ScimException.taken("userName").body())
                .isEqualTo(Cases.json("{'schemas':['urn:ietf:params:scim:api:messages:2.0:Error'],'status':'409',"
                        + "'scimType':'uniqueness','detail':'userName: already in use (expected: a unique value)'}"));
        assertThat(ScimException.notFound("User").body())
                .isEqualTo(Cases.json("{'schemas':['urn:ietf:params:scim:api:messages:2.0:Error'],'status':'404',"
                        + "'detail':'User: not found'}"));
        assertThat(ScimErrorType.INVALID_VERS.word()).isEqualTo("invalidVers");
    }

    @Test
    void completesAResource() {
        ObjectNode user = ScimNormalizer.user(Cases.json("{'userName':'a'}")).resource();
        Instant created = Instant.parse("2026-09-01T08:00:00Z");
        ObjectNode complete =
                ScimResources.complete(ScimResourceType.USER, user, "42", created, created.plusSeconds(1), 7, BASE);
        assertThat(ScimJson.write(complete))
                .asString(java.nio.charset.StandardCharsets.UTF_8)
                .isEqualTo(("{'schemas':['urn:ietf:params:scim:schemas:core:2.0:User'],'id':'42','userName':'a',"
                                + "'meta':{'resourceType':'User','created':'2026-09-01T08:00:00Z','lastModified':'2026-09-01T08:00:01Z',"
                                + "'location':'https://sluice.example.com/scim/v2/Users/42','version':'W/\\'7\\''}}")
                        .replace('\'', '"'));
    }
}
