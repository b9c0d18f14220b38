package io.sluice.scim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * The discovery documents (RFC 7643, 5 to 7). {@code baseUrl} is absolute and ends without a slash:
 * {@code https://sluice.example.com/scim/v2}.
 */
public final class ScimDocuments {
    private ScimDocuments() {}

    public static ObjectNode serviceProviderConfig(String baseUrl) {
        ObjectNode out = ScimJson.object();
        out.putArray("schemas").add(ScimSchemas.SERVICE_PROVIDER_CONFIG);
        out.putObject("patch").put("supported", true);
        out.putObject("bulk")
                .put("supported", true)
                .put("maxOperations", ScimBulk.MAX_OPERATIONS)
                .put("maxPayloadSize", ScimBulk.MAX_PAYLOAD_BYTES);
        out.putObject("filter").put("supported", true).put("maxResults", ScimListRequest.MAX_RESULTS);
        out.putObject("changePassword").put("supported", false);
        out.putObject("sort").put("supported", false);
        out.putObject("etag").put("supported", true);
        out.putArray("authenticationSchemes")
                .addObject()
                .put("type", "oauthbearertoken")
                .put("name", "Bearer token")
                .put("description", "A token with the scope scim, in the header Authorization")
                .put("specUri", "https://www.rfc-editor.org/rfc/rfc6750")
                .put("primary", true);
        out.putObject("meta")
                .put("resourceType", "ServiceProviderConfig")
                .put("location", baseUrl + "/ServiceProviderConfig");
        return out;
    }

    /** All, as a list answer. */
    public static ObjectNode schemas(String baseUrl) {
        List<ObjectNode> all = new ArrayList<>();
        ScimSchemas.ALL.forEach(schema -> all.add(schema.document(baseUrl)));
        return ScimListResponse.of(all.size(), 1, all);
    }

    /**
     * One, by its URN in any case.
     *
     * @throws ScimException 404
     */
    public static ObjectNode schema(String urn, String baseUrl) {
        for (ScimSchema schema : ScimSchemas.ALL) {
            if (schema.urn().equalsIgnoreCase(urn)) {
                return schema.document(baseUrl);
            }
        }
        throw ScimException.notFound("schema");
    }

    /** All, as a list answer. */
    public static ObjectNode resourceTypes(String baseUrl) {
        List<ObjectNode> all = new ArrayList<>();
        for (ScimResourceType type : ScimResourceType.values()) {
            all.add(type.document(baseUrl));
        }
        return ScimListResponse.of(all.size(), 1, all);
    }

    /**
     * One, by its name.
     *
     * @throws ScimException 404
     */
    public static ObjectNode resourceType(String name, String baseUrl) {
        for (ScimResourceType type : ScimResourceType.values()) {
            if (type.word().equals(name)) {
                return type.document(baseUrl);
            }
        }
        throw ScimException.notFound("resource type");
    }
}
