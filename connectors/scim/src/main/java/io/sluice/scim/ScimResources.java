package io.sluice.scim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/** A canonical resource with what the server adds. */
public final class ScimResources {
    private ScimResources() {}

    /** Where a resource is: {@code https://sluice.example.com/scim/v2/Users/42}. */
    public static String location(ScimResourceType type, String id, String baseUrl) {
        return baseUrl + type.endpoint() + "/" + id;
    }

    /**
     * With {@code id} and {@code meta}, in the usual order of fields.
     *
     * @param resource canonical; may have an {@code id} and a {@code meta} already, which are replaced
     * @param baseUrl absolute, without a slash at its end
     * @return a new tree
     */
    public static ObjectNode complete(
            ScimResourceType type,
            ObjectNode resource,
            String id,
            Instant created,
            Instant lastModified,
            long version,
            String baseUrl) {
        ObjectNode rest = ScimNormalizer.complete(type, resource.deepCopy());
        ObjectNode out = ScimJson.object();
        out.set("schemas", rest.remove("schemas"));
        out.put("id", id);
        rest.remove("id");
        rest.remove("meta");
        out.setAll(rest);
        out.putObject("meta")
                .put("resourceType", type.word())
                .put("created", created.toString())
                .put("lastModified", lastModified.toString())
                .put("location", location(type, id, baseUrl))
                .put("version", ScimVersion.format(version));
        return out;
    }
}
