package io.sluice.scim;

import static io.sluice.scim.ScimAttribute.complex;
import static io.sluice.scim.ScimAttribute.text;

import io.sluice.scim.ScimAttribute.Mutability;
import io.sluice.scim.ScimAttribute.Type;
import java.util.ArrayList;
import java.util.List;

/** The schemas of the discovery documents (RFC 7643, 8.7.2). All of it is read-only. */
final class ScimDiscoverySchemas {
    static final ScimSchema SERVICE_PROVIDER_CONFIG = new ScimSchema(
            ScimSchemas.SERVICE_PROVIDER_CONFIG,
            "ServiceProviderConfig",
            "What this server offers of the protocol",
            List.of(
                    url("documentationUri", "Documentation for people"),
                    feature("patch", "PATCH"),
                    feature(
                            "bulk",
                            "Bulk requests",
                            number("maxOperations", "Most operations in one request"),
                            number("maxPayloadSize", "Longest request in bytes")),
                    feature("filter", "Filters", number("maxResults", "Most resources in one answer")),
                    feature("changePassword", "Changing a secret of the user"),
                    feature("sort", "Sorting"),
                    feature("etag", "Versions as ETags"),
                    part(
                                    "authenticationSchemes",
                                    "How a client says who it is",
                                    word("type", "Kind of the scheme")
                                            .asRequired()
                                            .usually("oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"),
                                    word("name", "Name of the scheme").asRequired(),
                                    word("description", "What it is").asRequired(),
                                    url("specUri", "Its specification"),
                                    url("documentationUri", "Documentation for people"),
                                    flag("primary", "Whether it is the preferred one"))
                            .asMultiValued()
                            .asRequired()));

    static final ScimSchema RESOURCE_TYPE = new ScimSchema(
            ScimSchemas.RESOURCE_TYPE,
            "ResourceType",
            "A kind of resource that is served",
            List.of(
                    word("id", "The same as the name").asCaseExact(),
                    word("name", "Name of the type").asRequired(),
                    word("description", "What it is"),
                    reference("endpoint", "Path below the base URL", "uri").asRequired(),
                    reference("schema", "URN of its schema", "uri").asRequired(),
                    part(
                                    "schemaExtensions",
                                    "Extensions of the schema",
                                    reference("schema", "URN of the extension", "uri")
                                            .asRequired(),
                                    flag("required", "Whether a resource has to have it")
                                            .asRequired())
                            .asMultiValued()));

    static final ScimSchema SCHEMA = new ScimSchema(
            ScimSchemas.SCHEMA,
            "Schema",
            "A description of attributes",
            List.of(
                    word("id", "The URN").asCaseExact().asRequired(),
                    word("name", "Name of the schema"),
                    word("description", "What it is"),
                    attributes("attributes", "The attributes", List.of(attributes("subAttributes", "Parts", List.of())))
                            .asRequired()));

    private ScimDiscoverySchemas() {}

    private static ScimAttribute attributes(String name, String description, List<ScimAttribute> besides) {
        List<ScimAttribute> parts = new ArrayList<>(List.of(
                word("name", "Name of the attribute").asCaseExact().asRequired(),
                word("type", "Type of its value")
                        .asRequired()
                        .usually(
                                "string",
                                "complex",
                                "boolean",
                                "decimal",
                                "integer",
                                "dateTime",
                                "reference",
                                "binary"),
                flag("multiValued", "Whether it may have several values").asRequired(),
                word("description", "What it is"),
                flag("required", "Whether a resource has to have it"),
                word("canonicalValues", "Usual values").asMultiValued().asCaseExact(),
                flag("caseExact", "Whether case counts in comparisons"),
                word("mutability", "Who may change it").usually("readOnly", "readWrite", "immutable", "writeOnly"),
                word("returned", "When it is in an answer").usually("always", "never", "default", "request"),
                word("uniqueness", "Among which resources its value is unique").usually("none", "server", "global"),
                word("referenceTypes", "What a reference may refer to")
                        .asMultiValued()
                        .asCaseExact()));
        parts.addAll(besides);
        return part(name, description, parts.toArray(ScimAttribute[]::new)).asMultiValued();
    }

    private static ScimAttribute feature(String name, String description, ScimAttribute... limits) {
        List<ScimAttribute> parts = new ArrayList<>();
        parts.add(flag("supported", "Whether it is offered").asRequired());
        parts.addAll(List.of(limits));
        return part(name, description, parts.toArray(ScimAttribute[]::new)).asRequired();
    }

    private static ScimAttribute part(String name, String description, ScimAttribute... parts) {
        return complex(name, description, List.of(parts)).with(Mutability.READ_ONLY);
    }

    private static ScimAttribute word(String name, String description) {
        return text(name, description).with(Mutability.READ_ONLY);
    }

    private static ScimAttribute flag(String name, String description) {
        return ScimAttribute.of(name, Type.BOOLEAN, description).with(Mutability.READ_ONLY);
    }

    private static ScimAttribute number(String name, String description) {
        return ScimAttribute.of(name, Type.INTEGER, description).asRequired().with(Mutability.READ_ONLY);
    }

    private static ScimAttribute url(String name, String description) {
        return reference(name, description, "external");
    }

    private static ScimAttribute reference(String name, String description, String to) {
        return ScimAttribute.of(name, Type.REFERENCE, description)
                .referringTo(to)
                .with(Mutability.READ_ONLY);
    }
}
