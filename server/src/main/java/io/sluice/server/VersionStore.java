package io.sluice.server;

import io.sluice.schema.Codec;
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
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.apache.avro.specific.SpecificRecordBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts versions of control documents: into Elasticsearch, then onto the topic, from there into this server's memory.
 * Blocking.
 */
final class VersionStore<T extends SpecificRecordBase> implements AutoCloseable {
    /** Of one change, against others of the same document: at each attempt one of them was accepted. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(VersionStore.class);
    /** Of one version, encoded. Kafka takes a megabyte, and a user has a few hundred bytes. */
    private static final int MOST_BYTES = 256 * 1024;

    private static final Duration RECONCILE_EVERY = Duration.ofSeconds(15);
    /** Longer than a request can take. */
    private static final Duration RECONCILE_BACK = Duration.ofMinutes(10);

    /** Another writer was faster; what it wrote is known by now. */
    static final class ConflictException extends RuntimeException {
        ConflictException() {
            super("another writer was faster", null, false, false);
        }
    }

    private final Control<T> control;
    private final VersionIndex<T> index;
    private final VersionTopic<T> topic;
    private final ToLongFunction<Control.Head> known;
    private final Clock clock;
    private final ScheduledExecutorService reconciler;

    /** @param known the newest version of a document that this server has in memory; 0: none */
    VersionStore(
            Control<T> control,
            VersionIndex<T> index,
            VersionTopic<T> topic,
            ToLongFunction<Control.Head> known,
            Clock clock) {
        this.control = control;
        this.index = index;
        this.topic = topic;
        this.known = known;
        this.clock = clock;
        reconciler = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "sluice-" + control.topic().topicName() + "-reconciler");
            thread.setDaemon(true);
            return thread;
        });
    }

    void start() {
        start(version -> false, version -> {});
    }

    /**
     * Starts.
     *
     * @param unfinished versions that may have left something to do, of those that the reconciler meets
     * @param finish does it
     */
    void start(Predicate<T> unfinished, Consumer<T> finish) {
        topic.start();
        Future<?> unused = topic.ready().thenRun(() -> {
            Future<?> repeated = reconciler.scheduleWithFixedDelay(
                    new Reconciliation(unfinished, finish), 0, RECONCILE_EVERY.toMillis(), TimeUnit.MILLISECONDS);
        });
    }

    /** Completes when the documents are known as they were at start; until then nothing can be asked or changed. */
    CompletableFuture<Void> loaded() {
        return topic.ready();
    }

    /** @throws Refusal UNAVAILABLE while the documents are not known: what is not read yet must not look absent */
    void requireLoaded() {
        if (!loaded().isDone()) {
            throw new Refusal(Refusal.Kind.UNAVAILABLE, control.title() + " is not loaded yet, try again");
        }
    }

    Instant now() {
        return clock.instant();
    }

    /**
     * Runs a change: reads what is there, decides, calls {@link #write}. Again from its beginning if another writer was
     * faster with the same document; and once more if it was refused on a state older than its own beginning, since what
     * another server has answered by then holds here as well.
     *
     * @throws Refusal UNAVAILABLE while the documents are not known, or when Kafka or Elasticsearch do not answer
     */
    <R> R change(Supplier<R> change) {
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

    /** See {@link VersionTopic#catchUp}. */
    void catchUp() {
        topic.catchUp();
    }

    /** What a crash may have left unpublished. */
    void publish(List<T> versions) {
        topic.publish(versions);
    }

    /** @throws Refusal TOO_LARGE when Elasticsearch would take it and Kafka would not */
    void requireSize(T version) {
        int bytes = Codec.encode(version).length;
        if (bytes > MOST_BYTES) {
            throw new Refusal(
                    Refusal.Kind.TOO_LARGE,
                    control.head(version).kind() + ": " + bytes + " bytes (expected: at most " + MOST_BYTES + ")");
        }
    }

    /** So that a change which will be refused leaves nothing behind, but for a writer at the very same moment. */
    void requireNext(T version) {
        Optional<T> newest = read(control.head(version))
                .filter(each ->
                        control.head(each).version() >= control.head(version).version());
        if (newest.isPresent()) {
            newest.filter(this::isNews).ifPresent(each -> topic.publish(List.of(each)));
            throw new ConflictException();
        }
    }

    private Optional<T> read(Control.Head head) {
        return index.read(head.orgId(), head.kind(), head.id());
    }

    /** Accepts versions, each the next one of its document. Only within {@link #change}. */
    void write(List<T> versions) {
        List<T> refused = index.write(versions);
        List<T> accepted = new ArrayList<>(versions);
        accepted.removeAll(refused);
        // What the other writer may not have come to publish.
        for (T each : refused) {
            read(control.head(each)).filter(this::isNews).ifPresent(accepted::add);
        }
        topic.publish(accepted);
        if (!refused.isEmpty()) {
            throw new ConflictException();
        }
    }

    boolean isNews(T version) {
        Control.Head head = control.head(version);
        return head.version() > known.applyAsLong(head);
    }

    /** Publishes what a crash left in Elasticsearch alone, finishes what one left. At first of all times, later since it last was. */
    private final class Reconciliation implements Runnable {
        private final Predicate<T> unfinished;
        private final Consumer<T> finish;
        private Instant complete = Instant.EPOCH;

        Reconciliation(Predicate<T> unfinished, Consumer<T> finish) {
            this.unfinished = unfinished;
            this.finish = finish;
        }

        @Override
        public void run() {
            try {
                Instant began = clock.instant();
                // The clock may have been set back.
                Instant since = began.isBefore(complete) ? began : complete;
                List<T> unpublished = new ArrayList<>();
                List<T> left = new ArrayList<>();
                index.scan(since.equals(Instant.EPOCH) ? since : since.minus(RECONCILE_BACK), version -> {
                    if (isNews(version)) {
                        unpublished.add(version);
                    }
                    if (unfinished.test(version)) {
                        left.add(version);
                    }
                });
                if (!unpublished.isEmpty()) {
                    LOG.warn(
                            "{} versions of {} were not on the topic, they are published",
                            unpublished.size(),
                            control.title());
                    topic.publish(unpublished);
                }
                left.forEach(finish);
                complete = began;
            } catch (Refusal e) {
                LOG.warn("Reconciled later: {}: {}", control.title(), e.getMessage());
            } catch (RuntimeException e) {
                LOG.error("Cannot be reconciled: {}", control.title(), e);
            }
        }
    }

    @Override
    public void close() {
        reconciler.shutdownNow();
        topic.close();
    }
}
