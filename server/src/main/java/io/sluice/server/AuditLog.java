package io.sluice.server;

import io.sluice.schema.AuditRecord;
import io.sluice.schema.Micros;
import io.sluice.schema.Topic;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.BinaryOperator;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topic {@code audit}: who did, or tried, what. The key is the organization, so that one organization's records are
 * in one partition, in order.
 *
 * <p>What anybody can cause in any number without a token, or beyond its rate, is counted and published once a minute.
 */
final class AuditLog {
    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);

    static final String DONE = "done";
    static final String UNAUTHENTICATED = "unauthenticated";

    /** Different things that are counted in a minute; what is more shares one record. */
    static final int MOST_COUNTED = 10_000;

    private static final String SEVERAL = "several";

    /**
     * One thing that somebody did or tried.
     *
     * @param outcome {@link #DONE}, or the type of the error that answered it
     */
    record Entry(
            String orgId,
            String actor,
            String action,
            @Nullable String target,
            String outcome,
            String remote,
            Map<String, String> details) {}

    /** What is counted together. */
    private record Counted(String orgId, String actor, String action, String outcome, String remote) {}

    private static final class Count {
        private long times;
        private long firstMicros;
    }

    private final Function<List<AuditRecord>, CompletableFuture<Void>> publish;
    private final BooleanSupplier ready;
    private final Clock clock;
    private Map<Counted, Count> counts = new HashMap<>();
    private volatile BinaryOperator<String> names = (orgId, text) -> text;

    /** Onto the topic. */
    static AuditLog to(Publisher publisher, BooleanSupplier ready, Clock clock) {
        return new AuditLog(
                records -> {
                    Publisher.Publication publication = publisher.begin();
                    for (AuditRecord record : records) {
                        publication.send(Topic.AUDIT, record.getOrgId().getBytes(StandardCharsets.UTF_8), record);
                    }
                    return publication.end();
                },
                ready,
                clock);
    }

    /** @param ready whether the topic is known to be there: sending to it must not create it */
    AuditLog(Function<List<AuditRecord>, CompletableFuture<Void>> publish, BooleanSupplier ready, Clock clock) {
        this.publish = publish;
        this.ready = ready;
        this.clock = clock;
    }

    /** @param hidden of an organization and a text: the text without what the audit may not keep */
    void hiding(BinaryOperator<String> hidden) {
        names = hidden;
    }

    /**
     * Writes one record. May block while Kafka's buffer is full, so not to be called on an event loop.
     *
     * @return done when Kafka has acknowledged it; else failed with UNAVAILABLE
     */
    CompletableFuture<Void> record(Entry entry) {
        return publish(List.of(written(entry, Micros.of(clock.instant()))));
    }

    /**
     * The same of what happens once, and may be told by several: by each server, and again after a restart. What is the same in
     * every field stands once in the chain, so that nothing in it may depend on who tells it.
     *
     * @param eventId as {@link #eventId} gives it
     * @param occurredAt when it happened, microseconds
     */
    CompletableFuture<Void> record(Entry entry, String eventId, long occurredAt) {
        AuditRecord record = written(entry, occurredAt);
        record.setEventId(eventId);
        return publish(List.of(record));
    }

    /** The id of what happens once, from what tells it apart. */
    static String eventId(String... parts) {
        StringBuilder all = new StringBuilder();
        for (String part : parts) {
            all.append(part.length()).append(':').append(part);
        }
        return "aud_" + UUID.nameUUIDFromBytes(all.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Counts one more of its kind, to be published within a minute. */
    synchronized void count(String orgId, String actor, String action, String outcome, String remote) {
        Counted counted = new Counted(orgId, actor, action, outcome, remote);
        if (counts.size() >= MOST_COUNTED && !counts.containsKey(counted)) {
            counted = new Counted(orgId, SEVERAL, action, outcome, SEVERAL);
        }
        add(counted, 1, Micros.of(clock.instant()));
    }

    private void add(Counted counted, long times, long firstMicros) {
        Count count = counts.computeIfAbsent(counted, key -> new Count());
        count.firstMicros = count.times == 0 ? firstMicros : Math.min(firstMicros, count.firstMicros);
        count.times += times;
    }

    /** Publishes what was counted; what could not be stored is counted again. */
    CompletableFuture<Void> publishCounts() {
        Map<Counted, Count> published;
        synchronized (this) {
            published = counts;
            counts = new HashMap<>();
        }
        long now = Micros.of(clock.instant());
        List<AuditRecord> records = published.entrySet().stream()
                .map(counted -> written(entry(counted.getKey(), counted.getValue()), now))
                .toList();
        return publish(records).exceptionally(failure -> {
            LOG.warn("{} audit records are not stored yet", records.size());
            restore(published);
            return null;
        });
    }

    private synchronized void restore(Map<Counted, Count> published) {
        published.forEach((counted, count) -> {
            boolean room = counts.size() < MOST_COUNTED || counts.containsKey(counted);
            add(
                    room
                            ? counted
                            : new Counted(counted.orgId(), SEVERAL, counted.action(), counted.outcome(), SEVERAL),
                    count.times,
                    count.firstMicros);
        });
    }

    private static Entry entry(Counted counted, Count count) {
        Map<String, String> details = new TreeMap<>();
        details.put("count", Long.toString(count.times));
        details.put("first_at", Micros.toInstant(count.firstMicros).toString());
        return new Entry(
                counted.orgId(), counted.actor(), counted.action(), null, counted.outcome(), counted.remote(), details);
    }

    private CompletableFuture<Void> publish(List<AuditRecord> records) {
        if (records.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        if (!ready.getAsBoolean()) {
            return CompletableFuture.failedFuture(
                    new Refusal(Refusal.Kind.UNAVAILABLE, "the audit cannot be written yet, try again"));
        }
        try {
            return publish.apply(records);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private AuditRecord written(Entry entry, long occurredAt) {
        String target = entry.target();
        Map<String, String> details = new TreeMap<>();
        entry.details().forEach((name, value) -> details.put(name, names.apply(entry.orgId(), value)));
        return AuditRecord.newBuilder()
                .setOrgId(entry.orgId())
                .setEventId("aud_" + UUID.randomUUID())
                .setOccurredAt(occurredAt)
                .setActor(entry.actor())
                .setAction(entry.action())
                .setTarget(target == null ? null : names.apply(entry.orgId(), target))
                .setOutcome(entry.outcome())
                .setRemote(entry.remote())
                .setDetails(details)
                .build();
    }
}
