package io.sluice.server;

import io.sluice.core.caps.CapScope;
import io.sluice.core.caps.CapSubject;
import io.sluice.core.caps.Spend;
import io.sluice.core.directory.Labels;
import io.sluice.core.spend.Periods;
import io.sluice.schema.Codec;
import io.sluice.schema.SpendMonth;
import io.sluice.schema.Topic;
import java.time.Duration;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What people, pools and organizations have spent, by day and segment, in this server's memory: the compacted topic {@code
 * budgets}. Of each the newest months are kept.
 */
final class SpentBook implements AutoCloseable {
    /** This month, and before it as much as a forecast looks back. */
    private static final int MONTHS = 3;

    private static final long MICROS_PER_DAY = Duration.ofDays(1).toSeconds() * 1_000_000;

    /** By organization and subject, then by month; each of the inner maps is never changed. */
    private final ConcurrentHashMap<String, ConcurrentHashMap<CapSubject, NavigableMap<Integer, SpendMonth>>>
            byOrganization = new ConcurrentHashMap<>();

    private final TopicReader<SpendMonth> reader;

    SpentBook(Settings settings, Kafka kafka) {
        reader = new TopicReader<>(settings, kafka, Topic.BUDGETS, Codec.of(SpendMonth.class), this::apply);
    }

    void start() {
        reader.start();
    }

    /** Completes when the topic has been read to the end that it had at start. */
    CompletableFuture<Void> loaded() {
        return reader.ready();
    }

    /** @throws Refusal UNAVAILABLE while it is not known what was spent: it must not look like nothing */
    void requireLoaded() {
        if (!loaded().isDone()) {
            throw new Refusal(Refusal.Kind.UNAVAILABLE, "the budgets are not loaded yet, try again");
        }
    }

    private void apply(SpendMonth sums) {
        CapScope.named(sums.getSubjectType())
                .ifPresent(scope -> ofOrganization(sums.getOrgId())
                        .compute(
                                scope == CapScope.USER
                                        ? person(sums.getOrgId(), sums.getSubject())
                                        : new CapSubject(sums.getOrgId(), scope, sums.getSubject()),
                                (subject, before) -> {
                                    NavigableMap<Integer, SpendMonth> months =
                                            before == null ? new TreeMap<>() : new TreeMap<>(before);
                                    months.merge(
                                            sums.getMonth(), sums, (a, b) -> b.getVersion() > a.getVersion() ? b : a);
                                    if (months.size() > MONTHS) {
                                        months.pollFirstEntry();
                                    }
                                    return months;
                                }));
    }

    private ConcurrentHashMap<CapSubject, NavigableMap<Integer, SpendMonth>> ofOrganization(String orgId) {
        return byOrganization.computeIfAbsent(orgId, key -> new ConcurrentHashMap<>());
    }

    private static CapSubject person(String orgId, String label) {
        return CapSubject.person(orgId, Labels.normalized(label));
    }

    private NavigableMap<Integer, SpendMonth> months(CapSubject subject) {
        return byOrganization
                .getOrDefault(subject.orgId(), new ConcurrentHashMap<>())
                .getOrDefault(subject, new TreeMap<>());
    }

    boolean knows(String orgId, String label) {
        return !months(person(orgId, label)).isEmpty();
    }

    /** Of whom spend is known, in no order. */
    List<CapSubject> subjects(String orgId) {
        return List.copyOf(
                byOrganization.getOrDefault(orgId, new ConcurrentHashMap<>()).keySet());
    }

    /** From when on all that a subject has spent is known; microseconds. */
    long knownFrom(CapSubject subject) {
        NavigableMap<Integer, SpendMonth> months = months(subject);
        return months.size() < MONTHS ? Long.MIN_VALUE : Periods.monthStartMicros(months.firstKey());
    }

    /** What a subject has spent, by the segments that the job keeps. */
    Spend spend(CapSubject subject) {
        Spend spend = new Spend();
        months(subject).values().forEach(spend::add);
        return spend;
    }

    /** By start of the day in microseconds, what all these labels together have spent; only days with spend. */
    NavigableMap<Long, Long> byDay(String orgId, List<String> labels) {
        NavigableMap<Long, Long> days = new TreeMap<>();
        labels.forEach(label -> months(person(orgId, label)).values().forEach(month -> add(days, month)));
        return days;
    }

    /** By start of the day in microseconds, what a pool or an organization has spent; only days with spend. */
    NavigableMap<Long, Long> byDay(CapSubject shared) {
        NavigableMap<Long, Long> days = new TreeMap<>();
        months(shared).values().forEach(month -> add(days, month));
        return days;
    }

    private static void add(NavigableMap<Long, Long> days, SpendMonth month) {
        long day = Periods.monthStartMicros(month.getMonth());
        for (long micros : month.getDayMicros()) {
            if (micros != 0) {
                days.merge(day, micros, Long::sum);
            }
            day += MICROS_PER_DAY;
        }
    }

    @Override
    public void close() {
        reader.close();
    }
}
