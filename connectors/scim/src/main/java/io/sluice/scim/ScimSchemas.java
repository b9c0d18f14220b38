package io.sluice.scim;

import static io.sluice.scim.ScimAttribute.complex;
import static io.sluice.scim.ScimAttribute.text;

import io.sluice.scim.ScimAttribute.Mutability;
import java.util.List;

/**
 * URNs and schemas. Only what is really kept is declared: clients and conformance tests write to everything that is.
 * Names, types and case rules are those of RFC 7643, 4 and 8.7, except that references to our ids are case-exact, as the
 * ids are.
 */
public final class ScimSchemas {
    public static final String USER = "urn:ietf:params:scim:schemas:core:2.0:User";
    public static final String GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group";
    public static final String ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    /** Ours: which seat and which Claude account a person has. */
    public static final String CLAUDE_USER = "urn:sluice:params:scim:schemas:extension:claude:2.0:User";

    static final String SERVICE_PROVIDER_CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
    static final String RESOURCE_TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
    static final String SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema";
    static final String LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
    static final String SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
    static final String PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
    static final String BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
    static final String BULK_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
    static final String ERROR = "urn:ietf:params:scim:api:messages:2.0:Error";

    /** What every resource has (RFC 7643, 3.1). Not part of any schema's document. */
    static final List<ScimAttribute> COMMON = List.of(
            ScimAttribute.of("schemas", ScimAttribute.Type.REFERENCE, "URNs of the schemas in use")
                    .asMultiValued()
                    .asAlwaysReturned()
                    .with(Mutability.READ_ONLY),
            text("id", "Our id; never changes, never used again")
                    .asCaseExact()
                    .asUnique()
                    .asAlwaysReturned()
                    .with(Mutability.READ_ONLY),
            text("externalId", "The client's id").asCaseExact(),
            complex(
                            "meta",
                            "About the resource",
                            List.of(
                                    text("resourceType", "User or Group")
                                            .asCaseExact()
                                            .with(Mutability.READ_ONLY),
                                    ScimAttribute.of("created", ScimAttribute.Type.DATE_TIME, "When it was made, UTC")
                                            .with(Mutability.READ_ONLY),
                                    ScimAttribute.of(
                                                    "lastModified",
                                                    ScimAttribute.Type.DATE_TIME,
                                                    "When it last changed, UTC")
                                            .with(Mutability.READ_ONLY),
                                    ScimAttribute.of("location", ScimAttribute.Type.REFERENCE, "Absolute URL")
                                            .referringTo("uri")
                                            .with(Mutability.READ_ONLY),
                                    text("version", "Weak ETag").asCaseExact().with(Mutability.READ_ONLY)))
                    .with(Mutability.READ_ONLY));

    static final ScimSchema USER_SCHEMA = new ScimSchema(
            USER,
            "User",
            "User Account",
            List.of(
                    text("userName", "Unique name of the user, usually the e-mail address")
                            .asRequired()
                            .asUnique(),
                    complex(
                            "name",
                            "The parts of the user's name",
                            List.of(
                                    text("formatted", "The full name, as it is shown"),
                                    text("familyName", "Family name"),
                                    text("givenName", "Given name"),
                                    text("middleName", "Middle names"),
                                    text("honorificPrefix", "Title before the name"),
                                    text("honorificSuffix", "Suffix after the name"))),
                    text("displayName", "The name to show"),
                    text("nickName", "Casual name"),
                    text("title", "Job title"),
                    text("userType", "Relation to the organization, for example Employee"),
                    text("preferredLanguage", "Preferred language, as in Accept-Language"),
                    text("locale", "Locale for dates and numbers"),
                    text("timezone", "Time zone of the Olson database"),
                    ScimAttribute.of("active", ScimAttribute.Type.BOOLEAN, "Whether the user may use anything"),
                    plural("emails", "E-mail addresses", "work", "home", "other"),
                    plural("phoneNumbers", "Telephone numbers", "work", "home", "mobile", "fax", "pager", "other"),
                    complex(
                                    "groups",
                                    "Groups that the user belongs to; changed through the groups",
                                    List.of(
                                            text("value", "Id of the group")
                                                    .asCaseExact()
                                                    .with(Mutability.READ_ONLY),
                                            ScimAttribute.of("$ref", ScimAttribute.Type.REFERENCE, "URL of the group")
                                                    .referringTo("Group")
                                                    .with(Mutability.READ_ONLY),
                                            text("display", "Name of the group").with(Mutability.READ_ONLY),
                                            text("type", "How the user belongs to it")
                                                    .usually("direct", "indirect")
                                                    .with(Mutability.READ_ONLY)))
                            .asMultiValued()
                            .with(Mutability.READ_ONLY),
                    plural("entitlements", "What the user is entitled to"),
                    plural("roles", "Roles of the user")));

    static final ScimSchema ENTERPRISE_SCHEMA = new ScimSchema(
            ENTERPRISE_USER,
            "EnterpriseUser",
            "Enterprise User",
            List.of(
                    text("employeeNumber", "Number given by the organization"),
                    text("costCenter", "Cost center"),
                    text("organization", "Organization"),
                    text("division", "Division"),
                    text("department", "Department"),
                    complex(
                            "manager",
                            "The user's manager",
                            List.of(
                                    text("value", "Id of the manager").asCaseExact(),
                                    ScimAttribute.of("$ref", ScimAttribute.Type.REFERENCE, "URL of the manager")
                                            .referringTo("User"),
                                    text("displayName", "Name of the manager").with(Mutability.READ_ONLY)))));

    static final ScimSchema CLAUDE_SCHEMA = new ScimSchema(
            CLAUDE_USER,
            "ClaudeUser",
            "The user's seat and account at Claude",
            List.of(
                    text("seatTier", "Tier of the seat, for example standard or premium"),
                    text("team", "The one team that the user's costs are booked on"),
                    text("accountUuid", "UUID of the user's Claude account"),
                    text("accountId", "Tagged id of the user's Claude account").asCaseExact()));

    static final ScimSchema GROUP_SCHEMA = new ScimSchema(
            GROUP,
            "Group",
            "Group",
            List.of(
                    text("displayName", "Unique name of the group").asRequired().asUnique(),
                    complex(
                                    "members",
                                    "The members of the group",
                                    List.of(
                                            text("value", "Id of the member")
                                                    .asCaseExact()
                                                    .with(Mutability.IMMUTABLE),
                                            ScimAttribute.of("$ref", ScimAttribute.Type.REFERENCE, "URL of the member")
                                                    .referringTo("User")
                                                    .with(Mutability.IMMUTABLE),
                                            text("type", "Always User")
                                                    .usually("User")
                                                    .with(Mutability.IMMUTABLE),
                                            text("display", "Name of the member")
                                                    .with(Mutability.READ_ONLY)))
                            .asMultiValued()));

    /** Of the resources, then of the discovery documents themselves. */
    static final List<ScimSchema> ALL = List.of(
            USER_SCHEMA,
            ENTERPRISE_SCHEMA,
            CLAUDE_SCHEMA,
            GROUP_SCHEMA,
            ScimDiscoverySchemas.SERVICE_PROVIDER_CONFIG,
            ScimDiscoverySchemas.RESOURCE_TYPE,
            ScimDiscoverySchemas.SCHEMA);

    private ScimSchemas() {}

    private static ScimAttribute plural(String name, String description, String... types) {
        return complex(
                        name,
                        description,
                        List.of(
                                text("value", "The value"),
                                text("display", "The value as it is shown"),
                                text("type", "What it is for").usually(types),
                                ScimAttribute.of(
                                        "primary",
                                        ScimAttribute.Type.BOOLEAN,
                                        "Whether it is the preferred one; true at most once")))
                .asMultiValued();
    }
}
