package io.sluice.core.directory;

import io.sluice.schema.DirectoryVersion;
import java.util.Optional;

/** How the next version of a document is made. */
public final class Versions {
    private Versions() {}

    /** Id of a membership. */
    public static String membershipId(String groupId, String userId) {
        return groupId + '|' + userId;
    }

    /**
     * The next version, without its content: version 1 where there is none yet.
     *
     * @param now when it is accepted, and from when it holds
     * @param changedBy id of the token that was used, or empty
     */
    public static DirectoryVersion.Builder next(
            Directory directory, Kind kind, String id, String source, String changedBy, long now) {
        Optional<Tip> tip = directory.tip(kind, id);
        return DirectoryVersion.newBuilder()
                .setOrgId(directory.orgId())
                .setKind(kind.kindName())
                .setId(id)
                .setVersion(tip.map(Tip::version).orElse(0L) + 1)
                .setEffectiveAt(now)
                .setRecordedAt(now)
                .setCreatedAt(tip.map(Tip::createdAt).orElse(now))
                .setSource(source)
                .setChangedBy(changedBy);
    }
}
