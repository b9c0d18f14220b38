package io.sluice.server;

import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.Kind;
import io.sluice.core.directory.Labels;
import io.sluice.core.directory.Source;
import io.sluice.core.directory.Versions;
import io.sluice.schema.DirectoryGroup;
import io.sluice.schema.DirectoryMembership;
import io.sluice.schema.DirectoryOrganization;
import io.sluice.schema.DirectoryRole;
import io.sluice.schema.DirectorySeatRequest;
import io.sluice.schema.DirectorySeats;
import io.sluice.schema.DirectoryTeam;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.DirectoryVersion;
import io.sluice.schema.Micros;
import io.sluice.scim.ScimException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The versions that one request makes, accepted together, recorded at one time if the clock is not behind the documents
 * that they follow. Made anew for each attempt, within {@link DirectoryStore#change}.
 */
final class DirectoryChange {
    private final DirectoryStore store;
    private final Directory directory;
    private final String source;
    private final String changedBy;
    private final long now;
    private final List<DirectoryVersion> versions = new ArrayList<>();
    /** Names of SCIM's groups to claim, by group. */
    private final Map<String, String> groupNames = new LinkedHashMap<>();

    /** @param source see {@link Source} */
    DirectoryChange(DirectoryStore store, String orgId, String source, String changedBy) {
        this.store = store;
        this.directory = store.of(orgId);
        this.source = source;
        this.changedBy = changedBy;
        this.now = Micros.of(store.now());
    }

    DirectoryVersion.Builder next(Kind kind, String id) {
        return Versions.next(directory, kind, id, source, changedBy, now);
    }

    DirectoryChange add(DirectoryVersion version) {
        versions.add(version);
        return this;
    }

    /**
     * The next version of what was read. Whoever changed it since has that number already, so the change is refused as a
     * conflict and made again from what is there then.
     */
    private DirectoryVersion.Builder after(Kind kind, Document<?> before) {
        return next(kind, before.id()).setVersion(before.version() + 1).setCreatedAt(before.createdAt());
    }

    /** A new user, who asks for the organization's default tier if for none. */
    DirectoryChange user(String id, DirectoryUser user, boolean withTeam) {
        String tier = OrganizationRoutes.of(directory).getDefaultSeatTier();
        DirectoryUser provisioned = user.getSeatTier() != null || tier == null
                ? user
                : SeatTiers.with(user, Source.SCIM.equals(source), tier);
        return user(next(Kind.USER, id), provisioned, withTeam);
    }

    /** @param withTeam whether the cost team is what the resource says, from now on */
    DirectoryChange user(Document<DirectoryUser> before, DirectoryUser user, boolean withTeam) {
        return user(after(Kind.USER, before), user, withTeam);
    }

    private DirectoryChange user(DirectoryVersion.Builder version, DirectoryUser user, boolean withTeam) {
        String id = version.getId();
        add(version.setUser(user).build());
        String team = ScimUsers.team(user);
        boolean firstTeam = directory.tip(Kind.TEAM, id).isEmpty();
        return withTeam && !(firstTeam && team == null) ? team(id, team) : this;
    }

    /** From now on, also where an earlier version would begin later. */
    DirectoryChange team(String userId, @Nullable String team) {
        DirectoryVersion.Builder next = next(Kind.TEAM, userId);
        return team(next, team, Versions.teamBegins(directory, userId, next.getEffectiveAt()));
    }

    /** @param effectiveAt microseconds; from when it holds */
    DirectoryChange team(String userId, @Nullable String team, long effectiveAt) {
        return team(next(Kind.TEAM, userId), team, effectiveAt);
    }

    private DirectoryChange team(DirectoryVersion.Builder next, @Nullable String team, long effectiveAt) {
        return add(next.setEffectiveAt(effectiveAt)
                .setTeam(DirectoryTeam.newBuilder().setTeam(team).build())
                .build());
    }

    /** The store ends with it what belongs to the user. */
    DirectoryChange deleteUser(Document<DirectoryUser> before) {
        return add(after(Kind.USER, before)
                .setUser(before.content())
                .setDeleted(true)
                .build());
    }

    /** A new group. */
    DirectoryChange group(String id, DirectoryGroup group) {
        if (Source.SCIM.equals(source)) {
            groupNames.put(id, group.getDisplayName());
        }
        return add(next(Kind.GROUP, id).setGroup(group).build());
    }

    DirectoryChange group(Document<DirectoryGroup> before, DirectoryGroup group) {
        String name = group.getDisplayName();
        if (Source.SCIM.equals(source)
                && !Labels.lowerCase(name)
                        .equals(Labels.lowerCase(before.content().getDisplayName()))) {
            groupNames.put(before.id(), name);
        }
        return add(afterMembers(before.id(), after(Kind.GROUP, before))
                .setGroup(group)
                .build());
    }

    /** Of a group and its members each change is later than the one before: SCIM has one version of them all. */
    private DirectoryVersion.Builder afterMembers(String groupId, DirectoryVersion.Builder version) {
        long before = Math.max(
                directory.membersChangedAt(groupId),
                directory.group(groupId).map(Document::changedAt).orElse(0L));
        long at = Math.max(version.getRecordedAt(), before + 1);
        return version.setRecordedAt(at).setEffectiveAt(at);
    }

    /** Who was a member is none any more, since the group is gone. */
    DirectoryChange deleteGroup(Document<DirectoryGroup> group) {
        return add(after(Kind.GROUP, group)
                .setGroup(group.content())
                .setDeleted(true)
                .build());
    }

    /** A new role. */
    DirectoryChange role(String id, DirectoryRole role) {
        return add(next(Kind.ROLE, id).setRole(role).build());
    }

    DirectoryChange role(Document<DirectoryRole> before, DirectoryRole role) {
        return add(after(Kind.ROLE, before).setRole(role).build());
    }

    DirectoryChange deleteRole(Document<DirectoryRole> role) {
        return add(
                after(Kind.ROLE, role).setRole(role.content()).setDeleted(true).build());
    }

    /**
     * Of the organization whose directory this is.
     *
     * @param before empty: it had no document
     */
    DirectoryChange organization(Optional<Document<DirectoryOrganization>> before, DirectoryOrganization organization) {
        return add(before.map(document -> after(Kind.ORGANIZATION, document))
                .orElseGet(() -> next(Kind.ORGANIZATION, directory.orgId()).setVersion(1))
                .setOrganization(organization)
                .build());
    }

    DirectoryChange join(String groupId, Collection<String> userIds) {
        userIds.forEach(userId -> membership(groupId, userId, false, false));
        return this;
    }

    DirectoryChange join(String groupId, String userId, boolean withDisplay) {
        return membership(groupId, userId, withDisplay, false);
    }

    DirectoryChange leave(String groupId, String userId) {
        return membership(groupId, userId, false, true);
    }

    private DirectoryChange membership(String groupId, String userId, boolean withDisplay, boolean deleted) {
        return add(afterMembers(groupId, next(Kind.MEMBERSHIP, Versions.membershipId(groupId, userId)))
                .setMembership(DirectoryMembership.newBuilder()
                        .setGroupId(groupId)
                        .setUserId(userId)
                        .setWithDisplay(withDisplay)
                        .build())
                .setDeleted(deleted)
                .build());
    }

    DirectoryChange seats(String tier, DirectorySeats seats) {
        return add(next(Kind.SEATS, tier).setSeats(seats).build());
    }

    DirectoryChange seatRequest(String id, DirectorySeatRequest request) {
        return add(next(Kind.SEAT_REQUEST, id).setSeatRequest(request).build());
    }

    /** Number of the version that is made of a document. */
    long number(Kind kind, String id) {
        return versions.stream()
                .filter(version -> version.getKind().equals(kind.kindName())
                        && version.getId().equals(id))
                .mapToLong(DirectoryVersion::getVersion)
                .findFirst()
                .orElseThrow();
    }

    boolean isEmpty() {
        return versions.isEmpty();
    }

    void accept() {
        groupNames.forEach((id, name) -> {
            if (!store.claimGroupName(directory.orgId(), name, id)) {
                throw ScimException.taken("displayName");
            }
        });
        if (!versions.isEmpty()) {
            store.accept(versions);
        }
    }
}
