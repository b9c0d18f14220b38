package io.sluice.core.directory;

import io.sluice.schema.DirectoryGroup;
import io.sluice.schema.DirectoryMembership;
import io.sluice.schema.DirectoryOrganization;
import io.sluice.schema.DirectoryRole;
import io.sluice.schema.DirectorySeatRequest;
import io.sluice.schema.DirectorySeats;
import io.sluice.schema.DirectoryTeam;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.DirectoryVersion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes versions of documents of one organization: numbered, each a second after the one before. */
public final class Edits {
    public static final String ORG = "acme";
    public static final long START = 1_795_456_800_000_000L;
    public static final long SECOND = 1_000_000;

    public final List<DirectoryVersion> versions = new ArrayList<>();
    public long now = START;
    String source = Source.ADMIN;

    private final Map<String, DirectoryVersion> newest = new HashMap<>();

    public DirectoryVersion user(String id, DirectoryUser user) {
        return add(next(Kind.USER, id).setUser(user));
    }

    public DirectoryVersion user(String id, String userName, boolean active, @Nullable String tier, String... emails) {
        return user(id, person(userName, active, tier, emails));
    }

    public static DirectoryUser person(String userName, boolean active, @Nullable String tier, String... emails) {
        return DirectoryUser.newBuilder()
                .setUserName(userName)
                .setActive(active)
                .setSeatTier(tier)
                .setEmails(List.of(emails))
                .build();
    }

    public DirectoryVersion team(String userId, @Nullable String team) {
        return add(next(Kind.TEAM, userId).setTeam(new DirectoryTeam(team)));
    }

    public DirectoryVersion group(String id, String name, String... roleIds) {
        return add(next(Kind.GROUP, id)
                .setGroup(DirectoryGroup.newBuilder()
                        .setDisplayName(name)
                        .setExternalId("ext-" + name)
                        .setRoleIds(List.of(roleIds))
                        .build()));
    }

    public DirectoryVersion join(String groupId, String userId) {
        return add(next(Kind.MEMBERSHIP, Versions.membershipId(groupId, userId))
                .setMembership(new DirectoryMembership(groupId, userId, false)));
    }

    DirectoryVersion role(String id, DirectoryRole.Builder role) {
        return add(next(Kind.ROLE, id).setRole(role.build()));
    }

    DirectoryVersion seats(String tier, long purchased, long priceMicros) {
        return add(next(Kind.SEATS, tier).setSeats(new DirectorySeats(purchased, priceMicros, "")));
    }

    DirectoryVersion seatRequest(String id, String userId, String tier) {
        return add(next(Kind.SEAT_REQUEST, id)
                .setSeatRequest(DirectorySeatRequest.newBuilder()
                        .setUserId(userId)
                        .setTier(tier)
                        .build()));
    }

    DirectoryVersion organization(String... defaultRoleIds) {
        return add(next(Kind.ORGANIZATION, ORG)
                .setOrganization(DirectoryOrganization.newBuilder()
                        .setName("Acme")
                        .setDefaultRoleIds(List.of(defaultRoleIds))
                        .build()));
    }

    /** The next version of what is there, deleted. */
    public DirectoryVersion delete(Kind kind, String id) {
        DirectoryVersion before = newest.get(kind + id);
        if (before == null) {
            throw new IllegalStateException(kind + " " + id + ": never was there");
        }
        return add(next(kind, id)
                .setDeleted(true)
                .setUser(before.getUser())
                .setTeam(before.getTeam())
                .setGroup(before.getGroup())
                .setMembership(before.getMembership())
                .setRole(before.getRole())
                .setSeats(before.getSeats())
                .setSeatRequest(before.getSeatRequest())
                .setOrganization(before.getOrganization()));
    }

    public boolean isThere(Kind kind, String id) {
        DirectoryVersion before = newest.get(kind + id);
        return before != null && !before.getDeleted();
    }

    boolean everWas(Kind kind, String id) {
        return newest.containsKey(kind + id);
    }

    public Directory directory() {
        return directory(versions);
    }

    public static Directory directory(List<DirectoryVersion> versions) {
        Directory directory = new Directory(ORG);
        versions.forEach(directory::apply);
        return directory;
    }

    private DirectoryVersion.Builder next(Kind kind, String id) {
        DirectoryVersion before = newest.get(kind + id);
        now += SECOND;
        return DirectoryVersion.newBuilder()
                .setOrgId(ORG)
                .setKind(kind.kindName())
                .setId(id)
                .setVersion(before == null ? 1 : before.getVersion() + 1)
                .setEffectiveAt(now)
                .setRecordedAt(now)
                .setCreatedAt(before == null ? now : before.getCreatedAt())
                .setSource(source);
    }

    private DirectoryVersion add(DirectoryVersion.Builder builder) {
        DirectoryVersion version = builder.build();
        versions.add(version);
        newest.put(Kind.named(version.getKind()).orElseThrow() + version.getId(), version);
        return version;
    }
}
