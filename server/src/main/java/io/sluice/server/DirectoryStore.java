package io.sluice.server;

import io.sluice.core.directory.Directories;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Kind;
import io.sluice.core.directory.Tip;
import io.sluice.schema.Codec;
import io.sluice.schema.DirectoryVersion;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts versions of the directory's documents: into Elasticsearch, then onto the topic, from there into this server's
 * {@link Directories}. Blocking.
 */
final class DirectoryStore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryStore.class);
    private static final int ATTEMPTS = 5;
    /** Of one version, encoded. Kafka takes a megabyte, and a user has a few hundred bytes. */
    private static final int MOST_BYTES = 256 * 1024;

    private static final Duration RECONCILE_EVERY = Duration.ofMinutes(1);
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
     * faster with the same document.
     *
     * @throws Refusal UNAVAILABLE while the directory is not known, or when Kafka or Elasticsearch do not answer
     */
    <T> T change(Supplier<T> change) {
        requireLoaded();
        for (int attempt = 1; ; attempt++) {
            try {
                return change.get();
            } catch (ConflictException e) {
                if (attempt == ATTEMPTS) {
                    throw new Refusal(Refusal.Kind.UNAVAILABLE, "the same document is being changed, try again");
                }
            }
        }
    }

    /**
     * Claims a name that is unique in an organization; before the version that uses it is accepted.
     *
     * @return false: another user has it
     */
    boolean claimUserName(String orgId, String userName, String userId) {
        String folded = userName.toLowerCase(Locale.ROOT);
        return index.claim(
                claim(orgId, userName, userId),
                clock.instant(),
                other -> !other.getDeleted()
                        && other.getUser() != null
                        && other.getUser()
                                .getUserName()
                                .toLowerCase(Locale.ROOT)
                                .equals(folded));
    }

    private static DirectoryIndex.Claim claim(String orgId, String userName, String userId) {
        return new DirectoryIndex.Claim(orgId, "user-name:" + userName.toLowerCase(Locale.ROOT), userId);
    }

    /** The names that users have until these versions hold, and not afterwards. */
    private List<DirectoryIndex.Claim> leftNames(List<DirectoryVersion> users) {
        List<DirectoryIndex.Claim> left = new ArrayList<>();
        for (DirectoryVersion version : users) {
            directories.of(version.getOrgId()).user(version.getId()).ifPresent(before -> {
                String name = before.content().getUserName();
                if (version.getDeleted() || !version.getUser().getUserName().equalsIgnoreCase(name)) {
                    left.add(claim(version.getOrgId(), name, version.getId()));
                }
            });
        }
        return left;
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
        // What follows from a change of a user first: made again, the change is found by the user that is still as it
        // was.
        List<DirectoryVersion> users = versions.stream()
                .filter(version -> version.getUser() != null && version.getVersion() > 1)
                .toList();
        List<DirectoryVersion> others = new ArrayList<>(versions);
        others.removeAll(users);
        if (!others.isEmpty()) {
            write(others);
        }
        if (!users.isEmpty()) {
            List<DirectoryIndex.Claim> left = leftNames(users);
            write(users);
            left.forEach(this::release);
        }
    }

    /** The change is accepted in any case; a name that stays claimed is free after a minute. */
    private void release(DirectoryIndex.Claim claim) {
        try {
            index.release(claim);
        } catch (Refusal e) {
            LOG.warn("A user name is not given back yet: {}", e.getMessage());
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

    /** Publishes what a crash left in Elasticsearch alone. At first of all times, later since it last was. */
    private final class Reconciliation implements Runnable {
        private Instant complete = Instant.EPOCH;

        @Override
        public void run() {
            try {
                Instant began = clock.instant();
                Instant since = complete.equals(Instant.EPOCH) ? complete : complete.minus(RECONCILE_BACK);
                List<DirectoryVersion> unpublished = new ArrayList<>();
                index.scan(since, version -> {
                    if (isNews(version)) {
                        unpublished.add(version);
                    }
                });
                if (!unpublished.isEmpty()) {
                    LOG.warn(
                            "{} versions of the directory were not on the topic, they are published",
                            unpublished.size());
                    topic.publish(unpublished);
                }
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
