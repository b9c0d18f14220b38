package io.sluice.server;

import io.sluice.core.directory.Directories;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Editing;
import io.sluice.core.directory.Kind;
import io.sluice.core.directory.Labels;
import io.sluice.core.directory.Tip;
import io.sluice.core.directory.Versions;
import io.sluice.schema.DirectoryVersion;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts versions of the directory's documents: into Elasticsearch, then onto the topic, from there into this server's
 * {@link Directories}. Blocking.
 */
final class DirectoryStore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryStore.class);

    private final Directories directories;
    private final DirectoryIndex index;
    private final VersionStore<DirectoryVersion> versions;
    private final Clock clock;

    DirectoryStore(Directories directories, DirectoryIndex index, VersionTopic<DirectoryVersion> topic, Clock clock) {
        this.directories = directories;
        this.index = index;
        this.versions = new VersionStore<>(Control.DIRECTORY, index.versions(), topic, this::known, clock);
        this.clock = clock;
    }

    private long known(Control.Head head) {
        return Kind.named(head.kind())
                .flatMap(kind -> directories.of(head.orgId()).tip(kind, head.id()))
                .map(Tip::version)
                .orElse(0L);
    }

    /** The reconciler also ends what a crash left of the deletion of a user. */
    void start() {
        versions.start(version -> version.getUser() != null && version.getDeleted(), this::endRemains);
    }

    /** Completes when the directory is known as it was at start; until then nothing can be asked or changed. */
    CompletableFuture<Void> loaded() {
        return versions.loaded();
    }

    /** @throws Refusal UNAVAILABLE while the directory is not known: what is not read yet must not look absent */
    void requireLoaded() {
        versions.requireLoaded();
    }

    Instant now() {
        return clock.instant();
    }

    /** An organization's directory as it is now. */
    Directory of(String orgId) {
        return directories.of(orgId);
    }

    /**
     * Runs a change: reads the directory, decides, calls {@link #accept}. See {@link VersionStore#change}.
     *
     * @throws Refusal UNAVAILABLE while the directory is not known, or when Kafka or Elasticsearch do not answer
     */
    <T> T change(Supplier<T> change) {
        return versions.change(change);
    }

    /**
     * Claims a name that is unique in an organization; before the version that uses it is accepted.
     *
     * @return false: another user has it
     */
    boolean claimUserName(String orgId, String userName, String userId) {
        return claim(new DirectoryIndex.Claim(orgId, Kind.USER, Labels.lowerCase(userName), userId));
    }

    /** The same for a group that came by SCIM; groups made by hand may share a name. */
    boolean claimGroupName(String orgId, String displayName, String groupId) {
        return claim(new DirectoryIndex.Claim(orgId, Kind.GROUP, Labels.lowerCase(displayName), groupId));
    }

    private boolean claim(DirectoryIndex.Claim claim) {
        DirectoryIndex.Claimed claimed =
                index.claim(claim, clock.instant(), other -> claim.name().equals(uniqueName(other)));
        List<DirectoryVersion> unknown =
                claimed.holder().filter(versions::isNews).stream().toList();
        if (!unknown.isEmpty()) {
            // Who has the name may have been left unpublished by a crash: nobody would find whom the refusal means.
            versions.publish(unknown);
            throw new VersionStore.ConflictException();
        }
        return claimed.done();
    }

    /** As it is compared; null: the document needs none. */
    private static @Nullable String uniqueName(DirectoryVersion version) {
        if (version.getDeleted()) {
            return null;
        }
        if (version.getUser() != null) {
            return Labels.lowerCase(version.getUser().getUserName());
        }
        return version.getGroup() == null
                ? null
                : Labels.lowerCase(version.getGroup().getDisplayName());
    }

    /** The claims of names that documents have until these versions hold, and not afterwards. */
    private List<DirectoryIndex.SeenClaim> leftNames(List<DirectoryVersion> versions) {
        List<DirectoryIndex.SeenClaim> left = new ArrayList<>();
        for (DirectoryVersion version : versions) {
            Directory directory = directories.of(version.getOrgId());
            if (version.getUser() != null) {
                directory
                        .user(version.getId())
                        .ifPresent(before ->
                                left(version, Kind.USER, before.content().getUserName(), left));
            } else if (version.getGroup() != null) {
                directory
                        .group(version.getId())
                        .filter(before -> Editing.groupIsScims(before.tip()))
                        .ifPresent(before ->
                                left(version, Kind.GROUP, before.content().getDisplayName(), left));
            }
        }
        return left;
    }

    private void left(DirectoryVersion version, Kind kind, String before, List<DirectoryIndex.SeenClaim> left) {
        String name = Labels.lowerCase(before);
        if (!name.equals(uniqueName(version))) {
            index.see(new DirectoryIndex.Claim(version.getOrgId(), kind, name, version.getId()))
                    .ifPresent(left::add);
        }
    }

    /** Accepts versions, each the next one of its document. Only within {@link #change}. */
    void accept(List<DirectoryVersion> all) {
        all.forEach(versions::requireSize);
        List<DirectoryIndex.SeenClaim> left = leftNames(all);
        // What follows from a change of a user first: made again, the change is found by the user that is still as it
        // was.
        List<DirectoryVersion> users = all.stream()
                .filter(version -> version.getUser() != null && version.getVersion() > 1)
                .toList();
        List<DirectoryVersion> others = new ArrayList<>(all);
        others.removeAll(users);
        if (!others.isEmpty()) {
            users.forEach(versions::requireNext);
            versions.write(others);
        }
        if (!users.isEmpty()) {
            versions.write(users);
        }
        left.forEach(this::release);
        List<DirectoryVersion> deleted =
                users.stream().filter(DirectoryVersion::getDeleted).toList();
        if (!deleted.isEmpty()) {
            // What another server let the user join before.
            versions.catchUp();
            deleted.forEach(this::endRemains);
        }
    }

    /**
     * Ends the memberships and the team of a deleted user. After the deletion, which others may still forbid; what a
     * crash leaves of it the reconciler ends.
     */
    private void endRemains(DirectoryVersion user) {
        long deadline = System.nanoTime() + VersionStore.PATIENCE.toNanos();
        while (true) {
            List<DirectoryVersion> remains = Versions.userRemainsDeletion(
                    directories.of(user.getOrgId()), user.getId(), user.getChangedBy(), user.getRecordedAt());
            if (remains.isEmpty()) {
                return;
            }
            try {
                versions.write(remains);
            } catch (VersionStore.ConflictException e) {
                if (System.nanoTime() - deadline > 0) {
                    throw new Refusal(Refusal.Kind.UNAVAILABLE, "what a deleted user leaves is being changed");
                }
            }
        }
    }

    /** The change is accepted in any case; a name that stays claimed is free after a minute. */
    private void release(DirectoryIndex.SeenClaim claim) {
        try {
            index.release(claim);
        } catch (Refusal e) {
            LOG.warn("A name is not given back yet: {}", e.getMessage());
        }
    }

    @Override
    public void close() {
        versions.close();
    }
}
