package io.sluice.core.directory;

import io.sluice.schema.DirectoryGroup;
import io.sluice.schema.DirectoryRole;
import io.sluice.schema.DirectoryUser;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a user may do: the union over the roles of all groups that the user is a direct member of; without any such
 * role, over the organization's default roles. There is no denial.
 *
 * <p>The maps are from what is granted to where it comes from, both sorted. A role that is not there grants nothing.
 *
 * @param tools and {@code mcpServers}, {@code products}, {@code spendRights}: {@value #ALL} grants all
 * @param fileAccessFrom the roles that grant the highest; empty for {@link FileAccess#NONE}
 */
public record EffectiveAccess(
        String userId,
        Status status,
        SortedMap<String, List<Origin>> products,
        SortedMap<String, List<Origin>> tools,
        SortedMap<String, List<Origin>> mcpServers,
        FileAccess fileAccess,
        List<Origin> fileAccessFrom,
        SortedMap<String, List<Origin>> spendRights,
        SortedMap<String, List<Origin>> adminScopes) {

    public static final String ALL = "*";

    /** Why somebody has access, or none. */
    public enum Status {
        ACTIVE,
        INACTIVE,
        DELETED,
        UNKNOWN
    }

    /**
     * The role that a grant comes from, and by which group.
     *
     * @param groupId null, as {@code groupName}: one of the organization's default roles
     */
    public record Origin(@Nullable String groupId, @Nullable String groupName, String roleId, String roleName) {
        private static final Comparator<Origin> ORDER = Comparator.comparing(
                        Origin::groupId, Comparator.nullsFirst(Comparator.naturalOrder()))
                .thenComparing(Origin::roleId);

        public boolean isDefault() {
            return groupId == null;
        }
    }

    private record Grant(Origin origin, DirectoryRole role) {}

    /** By one state of the directory. */
    public static EffectiveAccess of(Directory directory, String userId) {
        return directory.consistently(() -> {
            Optional<Document<DirectoryUser>> user = directory.user(userId);
            if (user.isEmpty()) {
                return none(userId, directory.tip(Kind.USER, userId).isPresent() ? Status.DELETED : Status.UNKNOWN);
            }
            if (!user.get().content().getActive()) {
                return none(userId, Status.INACTIVE);
            }
            List<Grant> grants = byGroups(directory, userId);
            return union(userId, grants.isEmpty() ? byDefault(directory) : grants);
        });
    }

    /** Whether a map of grants has the name, or all names. */
    public static boolean allows(SortedMap<String, List<Origin>> granted, String name) {
        return granted.containsKey(name) || granted.containsKey(ALL);
    }

    private static List<Grant> byGroups(Directory directory, String userId) {
        List<Grant> grants = new ArrayList<>();
        for (Document<DirectoryGroup> group : directory.groupsOf(userId)) {
            String name = group.content().getDisplayName();
            for (String roleId : group.content().getRoleIds()) {
                directory
                        .role(roleId)
                        .map(Document::content)
                        .ifPresent(role ->
                                grants.add(new Grant(new Origin(group.id(), name, roleId, role.getName()), role)));
            }
        }
        return grants;
    }

    private static List<Grant> byDefault(Directory directory) {
        List<Grant> grants = new ArrayList<>();
        directory.organization().ifPresent(organization -> {
            for (String roleId : organization.content().getDefaultRoleIds()) {
                directory
                        .role(roleId)
                        .map(Document::content)
                        .ifPresent(role -> grants.add(new Grant(new Origin(null, null, roleId, role.getName()), role)));
            }
        });
        return grants;
    }

    private static EffectiveAccess none(String userId, Status status) {
        SortedMap<String, List<Origin>> nothing = Collections.emptySortedMap();
        return new EffectiveAccess(
                userId, status, nothing, nothing, nothing, FileAccess.NONE, List.of(), nothing, nothing);
    }

    private static EffectiveAccess union(String userId, List<Grant> grants) {
        SortedMap<String, List<Origin>> products = new TreeMap<>();
        SortedMap<String, List<Origin>> tools = new TreeMap<>();
        SortedMap<String, List<Origin>> mcpServers = new TreeMap<>();
        SortedMap<String, List<Origin>> spendRights = new TreeMap<>();
        SortedMap<String, List<Origin>> adminScopes = new TreeMap<>();
        TreeMap<FileAccess, List<Origin>> files = new TreeMap<>();
        List<Grant> sorted = grants.stream()
                .sorted(Comparator.comparing(Grant::origin, Origin.ORDER))
                .toList();
        for (Grant grant : sorted) {
            DirectoryRole role = grant.role;
            add(products, role.getProducts(), grant.origin);
            add(tools, role.getTools(), grant.origin);
            add(mcpServers, role.getMcpServers(), grant.origin);
            add(spendRights, role.getSpendRights(), grant.origin);
            add(adminScopes, role.getAdminScopes(), grant.origin);
            // A level of a newer build is not known here, and grants nothing.
            FileAccess access = FileAccess.named(role.getFileAccess()).orElse(FileAccess.NONE);
            addOnce(files.computeIfAbsent(access, level -> new ArrayList<>()), grant.origin);
        }
        FileAccess highest = files.isEmpty() ? FileAccess.NONE : files.lastKey();
        return new EffectiveAccess(
                userId,
                Status.ACTIVE,
                frozen(products),
                frozen(tools),
                frozen(mcpServers),
                highest,
                highest == FileAccess.NONE ? List.of() : List.copyOf(files.getOrDefault(highest, List.of())),
                frozen(spendRights),
                frozen(adminScopes));
    }

    private static void add(SortedMap<String, List<Origin>> granted, List<String> names, Origin origin) {
        for (String name : names) {
            addOnce(granted.computeIfAbsent(name, key -> new ArrayList<>()), origin);
        }
    }

    /** A role may say a thing twice, and a group name a role twice. */
    private static void addOnce(List<Origin> origins, Origin origin) {
        if (origins.isEmpty() || !origins.get(origins.size() - 1).equals(origin)) {
            origins.add(origin);
        }
    }

    private static SortedMap<String, List<Origin>> frozen(SortedMap<String, List<Origin>> granted) {
        granted.replaceAll((name, origins) -> List.copyOf(origins));
        return Collections.unmodifiableSortedMap(granted);
    }
}
