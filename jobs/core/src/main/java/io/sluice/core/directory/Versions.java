package io.sluice.core.directory;

import io.sluice.schema.DirectoryMembership;
import io.sluice.schema.DirectoryTeam;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.DirectoryVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How the next version of a document is made. */
public final class Versions {
    private Versions() {}

    /** Id of a membership. */
    public static String membershipId(String groupId, String userId) {
        return groupId + '|' + userId;
    }

    /**
     * The next version, without its content: version 1 where there is none yet. It is later than the version that it
     * follows, whatever the clocks say.
     *
     * @param now when it is accepted, and from when it holds, if the clock is not behind
     * @param changedBy id of the token that was used, or empty
     */
    public static DirectoryVersion.Builder next(
            Directory directory, Kind kind, String id, String source, String changedBy, long now) {
        Optional<Tip> tip = directory.tip(kind, id);
        long at = tip.map(before -> Math.max(now, before.recordedAt() + 1)).orElse(now);
        return DirectoryVersion.newBuilder()
                .setOrgId(directory.orgId())
                .setKind(kind.kindName())
                .setId(id)
                .setVersion(tip.map(Tip::version).orElse(0L) + 1)
                .setEffectiveAt(at)
                .setRecordedAt(at)
                .setCreatedAt(tip.map(Tip::createdAt).orElse(at))
                .setSource(source)
                .setChangedBy(changedBy);
    }

    /** Since when a team that is to hold from now on does: not before an earlier one, which would be in force then. */
    public static long teamBegins(Directory directory, String userId, long at) {
        return directory.teamVersions(userId).stream()
                .mapToLong(TeamVersion::effectiveAt)
                .reduce(at, Math::max);
    }

    /**
     * What the deletion of a user is, in the order in which to write it: the user, then the memberships and the team that
     * end with it. Empty: the user is not there.
     */
    public static List<DirectoryVersion> userDeletion(
            Directory directory, String userId, String source, String changedBy, long now) {
        return directory.consistently(() -> {
            Optional<Document<DirectoryUser>> user = directory.user(userId);
            if (user.isEmpty()) {
                return List.of();
            }
            List<DirectoryVersion> versions = new ArrayList<>();
            versions.add(next(directory, Kind.USER, userId, source, changedBy, now)
                    .setDeleted(true)
                    .setUser(user.get().content())
                    .build());
            versions.addAll(userRemainsDeletion(directory, userId, changedBy, now));
            return List.copyOf(versions);
        });
    }

    /** The memberships and the team of a deleted user that have not ended: what a crash may have left of a deletion. */
    public static List<DirectoryVersion> userRemainsDeletion(
            Directory directory, String userId, String changedBy, long now) {
        return directory.consistently(() -> {
            List<DirectoryVersion> versions = new ArrayList<>();
            for (Document<DirectoryMembership> membership : directory.membershipsOf(userId)) {
                versions.add(next(directory, Kind.MEMBERSHIP, membership.id(), Source.SYSTEM, changedBy, now)
                        .setDeleted(true)
                        .setMembership(membership.content())
                        .build());
            }
            if (directory.tip(Kind.TEAM, userId).filter(team -> !team.deleted()).isPresent()) {
                DirectoryVersion.Builder end = next(directory, Kind.TEAM, userId, Source.SYSTEM, changedBy, now);
                versions.add(end.setEffectiveAt(teamBegins(directory, userId, end.getEffectiveAt()))
                        .setDeleted(true)
                        .setTeam(new DirectoryTeam())
                        .build());
            }
            return List.copyOf(versions);
        });
    }
}
