package io.sluice.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * What a name means.
 *
 * @param core whether the attributes stand at the top of the resource, not in an object under the schema's URN
 * @param attribute null for the schema as a whole
 * @param sub null for the attribute as a whole
 */
record Target(
        ScimSchema schema,
        boolean core,
        @Nullable ScimAttribute attribute,
        @Nullable ScimAttribute sub) {

    boolean readOnly() {
        return (attribute != null && attribute.readOnly()) || (sub != null && sub.readOnly());
    }

    /** The canonical name: {@code emails.value}, {@code urn:...:User:department}. */
    String name() {
        if (attribute == null) {
            return schema.urn();
        }
        String local = sub == null ? attribute.name() : attribute.name() + "." + sub.name();
        return core ? local : schema.urn() + ":" + local;
    }

    /** The object with the schema's attributes, or null if the resource has none. */
    @Nullable
    ObjectNode container(ObjectNode resource) {
        JsonNode node = core ? resource : resource.get(schema.urn());
        return node instanceof ObjectNode object ? object : null;
    }

    ObjectNode containerForWriting(ObjectNode resource) {
        return core ? resource : child(resource, schema.urn());
    }

    static ObjectNode child(ObjectNode parent, String name) {
        return parent.get(name) instanceof ObjectNode object ? object : parent.putObject(name);
    }
}
