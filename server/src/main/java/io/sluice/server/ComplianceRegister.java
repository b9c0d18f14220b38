package io.sluice.server;

import io.sluice.core.compliance.Register;
import io.sluice.schema.ComplianceChange;
import io.sluice.schema.Micros;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;

/**
 * The registers of all organizations in this server's memory, and the one way to add to them. Entry <i>n+1</i> is written
 * only by who has <i>n</i> from the topic: so what is in Elasticsearch is the newest entry alone, and none before it is lost.
 * Blocking, but for reads.
 */
final class ComplianceRegister implements AutoCloseable {
    /** Of the one document of an organization. */
    static final String KIND = "register";

    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private final Register register = new Register();
    private final VersionStore<ComplianceChange> versions;
    /** Of one organization one at a time: of two at once, one would have to begin again. */
    private final Map<String, Lock> writers = new ConcurrentHashMap<>();

    private volatile Runnable listener = () -> {};

    ComplianceRegister(Settings settings, Kafka kafka, Elastic elastic, Clock clock) {
        versions = new VersionStore<>(
                Control.COMPLIANCE,
                new VersionIndex<>(elastic, Control.COMPLIANCE),
                new VersionTopic<>(settings, kafka, Control.COMPLIANCE, this::apply),
                head -> read(all -> all.known(head.orgId())),
                clock);
    }

    /** @param whenChanged called after every entry, on the thread that reads the topic */
    void start(Runnable whenChanged) {
        listener = whenChanged;
        versions.start();
    }

    private void apply(ComplianceChange entry) {
        lock.writeLock().lock();
        try {
            register.add(entry);
        } finally {
            lock.writeLock().unlock();
        }
        listener.run();
    }

    /** Completes when the registers are known as they were at start. */
    CompletableFuture<Void> loaded() {
        return versions.loaded();
    }

    /** @throws Refusal UNAVAILABLE while the registers are not known: a hold that is not read yet must not look absent */
    void requireLoaded() {
        versions.requireLoaded();
    }

    Instant now() {
        return versions.now();
    }

    /** Queries of one state. What they find changes later, so it must not leave them. */
    <T> T read(Function<Register, T> queries) {
        lock.readLock().lock();
        try {
            return queries.apply(register);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** What any server has answered by now is known then, unless Kafka does not say. */
    void catchUp() {
        versions.catchUp();
    }

    /**
     * Appends what is decided on the register as it is just before.
     *
     * @param changedBy id of the token
     * @param decision again from its beginning if another server was faster; empty: nothing is to be appended
     * @return the entry
     * @throws Refusal UNAVAILABLE while registers are not known or when Kafka or Elasticsearch do not answer, TOO_LARGE
     */
    Optional<ComplianceChange> append(
            String orgId, String changedBy, Function<Register, Optional<ComplianceChange.Builder>> decision) {
        Lock writer = writers.computeIfAbsent(orgId, each -> new ReentrantLock(true));
        writer.lock();
        try {
            return versions.change(() -> {
                Optional<ComplianceChange> next = read(all -> decision.apply(all)
                        .map(entry -> entry.setOrgId(orgId)
                                .setNumber(all.known(orgId) + 1)
                                .setRecordedAt(Micros.of(now()))
                                .setChangedBy(changedBy)
                                .build()));
                next.ifPresent(this::write);
                return next;
            });
        } finally {
            writer.unlock();
        }
    }

    private void write(ComplianceChange entry) {
        versions.requireSize(entry);
        versions.write(List.of(entry));
    }

    @Override
    public void close() {
        versions.close();
    }
}
