package io.sluice.claudeapi.compliance;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.schema.ComplianceDirectoryEntry;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A list of the directory.
 *
 * @param parent what its entries are of; null: nothing
 * @param organization that a role is of, for the path to its permissions; else null
 */
record DirectoryList(
        Kind kind, @Nullable String parent, @Nullable String organization) {
    /** Of what the entries are. */
    enum Kind {
        ORGANIZATION,
        USER,
        ROLE,
        PERMISSION,
        GROUP,
        MEMBER;

        /** As records have it. */
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static final DirectoryList ORGANIZATIONS = new DirectoryList(Kind.ORGANIZATION, null, null);
    static final DirectoryList GROUPS = new DirectoryList(Kind.GROUP, null, null);

    private static final String PATH = "organizations";
    private static final int LIMIT = 1000;

    /** The lists that an entry of this one has. */
    List<DirectoryList> below(String id) {
        return switch (kind) {
            case ORGANIZATION ->
                List.of(new DirectoryList(Kind.USER, id, null), new DirectoryList(Kind.ROLE, id, null));
            case ROLE -> List.of(new DirectoryList(Kind.PERMISSION, id, parent));
            case GROUP -> List.of(new DirectoryList(Kind.MEMBER, id, null));
            case USER, PERMISSION, MEMBER -> List.of();
        };
    }

    /** @param page null: the first */
    Target target(@Nullable String page) {
        String of = String.valueOf(parent);
        Target target = switch (kind) {
            case ORGANIZATION -> Target.of(PATH);
            case USER -> Target.of(PATH, of, "users");
            case ROLE -> Target.of(PATH, of, "roles");
            case PERMISSION -> Target.of(PATH, String.valueOf(organization), "roles", of, "permissions");
            case GROUP -> Target.of("groups");
            case MEMBER -> Target.of("groups", of, "members");
        };
        return target.with("limit", LIMIT).cursor("page", page);
    }

    /** A row as a record. */
    ComplianceDirectoryEntry entry(String orgId, JsonNode row, long now) throws Rows.Unusable {
        return about(orgId, id(row), now)
                .setEmail(Labels.lower(Rows.text(row, "email")))
                .setName(Rows.text(row, kind == Kind.USER ? "full_name" : "name"))
                .setRaw(Rows.raw(row, kind.text()))
                .build();
    }

    private String id(JsonNode row) throws Rows.Unusable {
        return switch (kind) {
            case ORGANIZATION -> Rows.id(row, "uuid");
            case USER, ROLE, GROUP -> Rows.id(row, "id");
            case MEMBER -> Rows.id(row, "user_id");
            case PERMISSION ->
                part(Rows.id(row, "action"))
                        + '/'
                        + ofPermission(row, "resource_type")
                        + '/'
                        + ofPermission(row, "resource_id");
        };
    }

    /** Empty: it is of none. */
    private static String ofPermission(JsonNode row, String field) throws Rows.Unusable {
        return row.path(field).isTextual() && !row.path(field).textValue().isEmpty() ? part(Rows.id(row, field)) : "";
    }

    private static String part(String id) {
        return id.replace("%", "%25").replace("/", "%2F");
    }

    /** That upstream does not list it any more. */
    ComplianceDirectoryEntry gone(String orgId, String id, long now) {
        return about(orgId, id, now).setGone(true).setRaw("").build();
    }

    private ComplianceDirectoryEntry.Builder about(String orgId, String id, long now) {
        return ComplianceDirectoryEntry.newBuilder()
                .setOrgId(orgId)
                .setKind(kind.text())
                .setEntryId(id)
                .setParentId(parent)
                .setFetchedAt(now);
    }
}
