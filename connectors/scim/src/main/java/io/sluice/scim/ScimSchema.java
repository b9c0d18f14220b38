package io.sluice.scim;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A schema: its URN and its attributes. */
public record ScimSchema(String urn, String name, String description, List<ScimAttribute> attributes) {
    public ScimSchema {
        attributes = List.copyOf(attributes);
    }

    /** The attribute of that name in any case, or null. */
    @Nullable
    ScimAttribute attribute(String attributeName) {
        return ScimAttribute.find(attributes, attributeName);
    }

    ObjectNode document(String baseUrl) {
        ObjectNode out = ScimJson.object();
        out.putArray("schemas").add(ScimSchemas.SCHEMA);
        out.put("id", urn);
        out.put("name", name);
        out.put("description", description);
        ArrayNode list = out.putArray("attributes");
        attributes.forEach(attribute -> list.add(attribute.document()));
        out.putObject("meta").put("resourceType", "Schema").put("location", baseUrl + "/Schemas/" + urn);
        return out;
    }
}
