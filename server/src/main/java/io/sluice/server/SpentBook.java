package io.sluice.server;

import io.sluice.core.caps.CapScope;
import io.sluice.core.directory.Labels;
import io.sluice.schema.Codec;
import io.sluice.schema.SpendMonth;
import io.sluice.schema.Topic;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the people of all organizations have spent, by day, in this server's memory: the compacted topic {@code budgets}.
 * Of each person the newest months are kept.
 */
final class SpentBook implements AutoCloseable {
    /** This month, and before it as much as a forecast looks back. */
    private static final int MONTHS = 3;

    private static final long MICROS_PER_DAY = Duration.ofDays(1).toSeconds() * 1_000_000;

    private record Month(long version, long firstDay, long[] micros) {}

    /** By organization and label, then by month; each map is never changed. */
    private final ConcurrentHashMap<String, NavigableMap<Integer, Month>> byPerson = new ConcurrentHashMap<>();

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

    private static String key(String orgId, String label) {
        return orgId + '|' + Labels.normalized(label);
    }

    private void apply(SpendMonth sums) {
        if (!CapScope.USER.scopeName().equals(sums.getSubjectType())) {
            return;
        }
        LocalDate first = LocalDate.of(sums.getMonth() / 100, sums.getMonth() % 100, 1);
        long[] micros = sums.getDayMicros().stream().mapToLong(Long::longValue).toArray();
        Month month = new Month(sums.getVersion(), first.toEpochDay(), micros);
        byPerson.compute(key(sums.getOrgId(), sums.getSubject()), (key, before) -> {
            NavigableMap<Integer, Month> months = before == null ? new TreeMap<>() : new TreeMap<>(before);
            months.merge(sums.getMonth(), month, (a, b) -> b.version > a.version ? b : a);
            if (months.size() > MONTHS) {
                months.pollFirstEntry();
            }
            return months;
        });
    }

    boolean knows(String orgId, String label) {
        return byPerson.containsKey(key(orgId, label));
    }

    /** By start of the day in microseconds, what all these labels together have spent; only days with spend. */
    NavigableMap<Long, Long> byDay(String orgId, List<String> labels) {
        NavigableMap<Long, Long> days = new TreeMap<>();
        for (String label : labels) {
            NavigableMap<Integer, Month> months = byPerson.get(key(orgId, label));
            if (months != null) {
                months.values().forEach(month -> add(days, month));
            }
        }
        return days;
    }

    private static void add(NavigableMap<Long, Long> days, Month month) {
        for (int i = 0; i < month.micros.length; i++) {
            if (month.micros[i] != 0) {
                days.merge((month.firstDay + i) * MICROS_PER_DAY, month.micros[i], Long::sum);
            }
        }
    }

    @Override
    public void close() {
        reader.close();
    }
}
