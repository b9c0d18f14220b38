package io.sluice.server;

import io.sluice.core.directory.Directories;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Editing;
import io.sluice.core.directory.Kind;
import io.sluice.core.directory.Labels;
import io.sluice.core.directory.Tip;
import io.sluice.core.directory.Versions;
import io.sluice.schema.Codec;
import io.sluice.schema.DirectoryVersion;
import io.sluice.scim.ScimException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
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
    /** Of one change, against others of the same document: at each attempt one of them was accepted. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    /** Of one version, encoded. Kafka takes a megabyte, and a user has a few hundred bytes. */
    private static final int MOST_BYTES = 256 * 1024;

    private static final Duration RECONCILE_EVERY = Duration.ofSeconds(15);
    /** Longer than a request can take. */
    private static final Duration RECONCILE_BACK = Duration.ofMinutes(10);

    /** Another writer was faster; what it wrote is known by now. */
    private static final class ConflictException extends RuntimeException {
        ConflictException() {
            super("another writer was faster", null, false, false);
        }
    }

    private final Directories directories;
    private final DirectoryIndex index;
    private final DirectoryTopic topic;
    private final Clock clock;
    private final ScheduledExecutorService reconciler = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "sluice-directory-reconciler");
        thread.setDaemon(true);
        return thread;
    });

    DirectoryStore(Directories directories, DirectoryIndex index, DirectoryTopic topic, Clock clock) {
        this.directories = directories;
        this.index = index;
        this.topic = topic;
        this.clock = clock;
    }

    void start() {
        topic.start();
        Future<?> unused = topic.ready().thenRun(() -> {
            Future<?> repeated = reconciler.scheduleWithFixedDelay(
                    new Reconciliation(), 0, RECONCILE_EVERY.toMillis(), TimeUnit.MILLISECONDS);
        });
    }

    /** Completes when the directory is known as it was at start; until then nothing can be asked or changed. */
    CompletableFuture<Void> loaded() {
        return topic.ready();
    }

    /** @throws Refusal UNAVAILABLE while the directory is not known: what is not read yet must not look absent */
    void requireLoaded() {
        if (!loaded().isDone()) {
            throw new Refusal(Refusal.Kind.UNAVAILABLE, "the directory is not loaded yet, try again");
        }
    }

    Instant now() {
        return clock.instant();
    }

    /** An organization's directory as it is now. */
    Directory of(String orgId) {
        return directories.of(orgId);
    }

    /**
     * Runs a change: reads the directory, decides, calls {@link #accept}. Again from its beginning if another writer was
     * faster with the same document; and once more if it was refused on a state older than its own beginning, since what
     * another server has answered by then holds here as well.
     *
     * @throws Refusal UNAVAILABLE while the directory is not known, or when Kafka or Elasticsearch do not answer
     */
    <T> T change(Supplier<T> change) {
        requireLoaded();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        boolean current = false;
        while (true) {
            try {
                return change.get();
            } catch (ConflictException e) {
                if (System.nanoTime() - deadline > 0) {
                    throw new Refusal(Refusal.Kind.UNAVAILABLE, "the same document is being changed, try again");
                }
            } catch (Refusal | ScimException e) {
                boolean decided = !(e instanceof Refusal refusal && refusal.kind() == Refusal.Kind.UNAVAILABLE);
                if (current || !decided || !topic.catchUp()) {
                    throw e;
                }
                current = true;
            }
        }
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
                claimed.holder().filter(this::isNews).stream().toList();
        if (!unknown.isEmpty()) {
            // Who has the name may have been left unpublished by a crash: nobody would find whom the refusal means.
            topic.publish(unknown);
            throw new ConflictException();
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
    void accept(List<DirectoryVersion> versions) {
        for (DirectoryVersion version : versions) {
            int bytes = Codec.encode(version).length;
            if (bytes > MOST_BYTES) {
                // Elasticsearch would take it and Kafka would not.
                throw new Refusal(
                        Refusal.Kind.TOO_LARGE,
                        version.getKind() + ": " + bytes + " bytes (expected: at most " + MOST_BYTES + ")");
            }
        }
        List<DirectoryIndex.SeenClaim> left = leftNames(versions);
        // What follows from a change of a user first: made again, the change is found by the user that is still as it
        // was.
        List<DirectoryVersion> users = versions.stream()
                .filter(version -> version.getUser() != null && version.getVersion() > 1)
                .toList();
        List<DirectoryVersion> others = new ArrayList<>(versions);
        others.removeAll(users);
        if (!others.isEmpty()) {
            users.forEach(this::requireNext);
            write(others);
        }
        if (!users.isEmpty()) {
            write(users);
        }
        left.forEach(this::release);
        List<DirectoryVersion> deleted =
                users.stream().filter(DirectoryVersion::getDeleted).toList();
        if (!deleted.isEmpty()) {
            // What another server let the user join before.
            topic.catchUp();
            deleted.forEach(this::endRemains);
        }
    }

    /** So that a change which will be refused leaves nothing behind, but for a writer at the very same moment. */
    private void requireNext(DirectoryVersion version) {
        Optional<DirectoryVersion> newest = index.read(version.getOrgId(), version.getKind(), version.getId());
        if (newest.filter(each -> each.getVersion() >= version.getVersion()).isPresent()) {
            newest.filter(this::isNews).ifPresent(each -> topic.publish(List.of(each)));
            throw new ConflictException();
        }
    }

    /**
     * Ends the memberships and the team of a deleted user. After the deletion, which others may still forbid; what a
     * crash leaves of it the reconciler ends.
     */
    private void endRemains(DirectoryVersion user) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            List<DirectoryVersion> remains = Versions.userRemainsDeletion(
                    directories.of(user.getOrgId()), user.getId(), user.getChangedBy(), user.getRecordedAt());
            if (remains.isEmpty()) {
                return;
            }
            try {
                write(remains);
            } catch (ConflictException e) {
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

    private void write(List<DirectoryVersion> versions) {
        List<DirectoryVersion> refused = index.write(versions);
        List<DirectoryVersion> accepted = new ArrayList<>(versions);
        accepted.removeAll(refused);
        // What the other writer may not have come to publish.
        for (DirectoryVersion each : refused) {
            index.read(each.getOrgId(), each.getKind(), each.getId())
                    .filter(this::isNews)
                    .ifPresent(accepted::add);
        }
        topic.publish(accepted);
        if (!refused.isEmpty()) {
            throw new ConflictException();
        }
    }

    private boolean isNews(DirectoryVersion version) {
        long known = Kind.named(version.getKind())
                .flatMap(kind -> directories.of(version.getOrgId()).tip(kind, version.getId()))
                .map(Tip::version)
                .orElse(0L);
        return version.getVersion() > known;
    }

    /** Publishes what a crash left in Elasticsearch alone, ends what one left of a deletion. At first of all times, later since it last was. */
    private final class Reconciliation implements Runnable {
        private Instant complete = Instant.EPOCH;

        @Override
        public void run() {
            try {
                Instant began = clock.instant();
                // The clock may have been set back.
                Instant since = began.isBefore(complete) ? began : complete;
                List<DirectoryVersion> unpublished = new ArrayList<>();
                List<DirectoryVersion> deleted = new ArrayList<>();
                index.scan(since.equals(Instant.EPOCH) ? since : since.minus(RECONCILE_BACK), version -> {
                    if (isNews(version)) {
                        unpublished.add(version);
                    }
                    if (version.getUser() != null && version.getDeleted()) {
                        deleted.add(version);
                    }
                });
                if (!unpublished.isEmpty()) {
                    LOG.warn(
                            "{} versions of the directory were not on the topic, they are published",
                            unpublished.size());
                    topic.publish(unpublished);
                }
                deleted.forEach(DirectoryStore.this::endRemains);
                complete = began;
            } catch (Refusal e) {
                LOG.warn("The directory is reconciled later: {}", e.getMessage());
            } catch (RuntimeException e) {
                LOG.error("The directory cannot be reconciled", e);
            }
        }
    }

    @Override
    public void close() {
        reconciler.shutdownNow();
        topic.close();
    }
}
