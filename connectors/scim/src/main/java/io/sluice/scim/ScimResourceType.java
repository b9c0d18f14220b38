package io.sluice.scim;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The resource types that are served. */
@SuppressWarnings("ImmutableEnumChecker") // Schemas are records of copied lists, the set is an unmodifiable one.
public enum ScimResourceType {
    USER(
            "User",
            "/Users",
            ScimSchemas.USER_SCHEMA,
            List.of(ScimSchemas.ENTERPRISE_SCHEMA, ScimSchemas.CLAUDE_SCHEMA),
            Set.of("profileurl", "ims", "photos", "addresses", "x509certificates")),
    GROUP("Group", "/Groups", ScimSchemas.GROUP_SCHEMA, List.of(), Set.of());

    private final String word;
    private final String endpoint;
    private final ScimSchema schema;
    private final List<ScimSchema> extensions;
    private final Set<String> notKept;

    ScimResourceType(
            String word, String endpoint, ScimSchema schema, List<ScimSchema> extensions, Set<String> notKept) {
        this.word = word;
        this.endpoint = endpoint;
        this.schema = schema;
        this.extensions = extensions;
        this.notKept = notKept;
    }

    /** {@code User} or {@code Group}: the {@code meta.resourceType}. */
    public String word() {
        return word;
    }

    /** Path below the base URL, with a slash at its start: {@code /Users}. */
    public String endpoint() {
        return endpoint;
    }

    ScimSchema schema() {
        return schema;
    }

    List<ScimSchema> extensions() {
        return extensions;
    }

    /** The type behind {@code /Users} or {@code /Groups} in that very case, or null. */
    public static @Nullable ScimResourceType ofEndpoint(String endpoint) {
        for (ScimResourceType type : values()) {
            if (type.endpoint.equals(endpoint)) {
                return type;
            }
        }
        return null;
    }

    /**
     * What a name means, in any case: {@code userName}, {@code name.givenName}, {@code urn:...:User:department}, or the
     * URN of a schema alone. An attribute of an extension is found without its URN too, if the core schema has none of
     * that name: Entra's documentation writes {@code manager} so. Null if it means nothing here.
     */
    @Nullable
    Target resolve(String name) {
        Target urn = resolveUrn(name, schema, true);
        for (ScimSchema extension : extensions) {
            urn = urn == null ? resolveUrn(name, extension, false) : urn;
        }
        Target target = urn != null ? urn : inSchema(schema, true, name);
        for (ScimSchema extension : extensions) {
            target = target == null ? inSchema(extension, false, name) : target;
        }
        return target;
    }

    /** The same within one schema; the core schema has the common attributes too. */
    @Nullable
    Target inSchema(ScimSchema in, boolean core, String name) {
        int dot = name.indexOf('.');
        String first = dot < 0 ? name : name.substring(0, dot);
        ScimAttribute attribute = in.attribute(first);
        if (attribute == null && core) {
            attribute = ScimAttribute.find(ScimSchemas.COMMON, first);
        }
        if (attribute == null) {
            return null;
        }
        if (dot < 0) {
            return new Target(in, core, attribute, null);
        }
        ScimAttribute sub = attribute.sub(name.substring(dot + 1));
        return sub == null ? null : new Target(in, core, attribute, sub);
    }

    private @Nullable Target resolveUrn(String name, ScimSchema in, boolean core) {
        String urn = in.urn();
        if (!name.regionMatches(true, 0, urn, 0, urn.length())) {
            return null;
        }
        if (name.length() == urn.length()) {
            return new Target(in, core, null, null);
        }
        return name.charAt(urn.length()) == ':' ? inSchema(in, core, name.substring(urn.length() + 1)) : null;
    }

    /** Whether RFC 7643 has that attribute (or part of it), but we do not keep it. */
    boolean knownButNotKept(String name) {
        String core = schema.urn() + ":";
        String local = name.regionMatches(true, 0, core, 0, core.length()) ? name.substring(core.length()) : name;
        int end = 0;
        while (end < local.length() && local.charAt(end) != '.' && local.charAt(end) != '[') {
            end++;
        }
        return notKept.contains(ScimJson.fold(local.substring(0, end)));
    }

    static boolean isPassword(String name) {
        return name.equalsIgnoreCase("password") || name.equalsIgnoreCase(ScimSchemas.USER + ":password");
    }

    ObjectNode document(String baseUrl) {
        ObjectNode out = ScimJson.object();
        out.putArray("schemas").add(ScimSchemas.RESOURCE_TYPE);
        out.put("id", word);
        out.put("name", word);
        out.put("description", schema.description());
        out.put("endpoint", endpoint);
        out.put("schema", schema.urn());
        ArrayNode list = out.putArray("schemaExtensions");
        extensions.forEach(
                extension -> list.addObject().put("schema", extension.urn()).put("required", false));
        out.putObject("meta").put("resourceType", "ResourceType").put("location", baseUrl + "/ResourceTypes/" + word);
        return out;
    }
}
