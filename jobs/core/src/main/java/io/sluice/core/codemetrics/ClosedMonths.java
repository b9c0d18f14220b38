package io.sluice.core.codemetrics;

import io.sluice.core.spend.CostTeam;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import io.sluice.core.spend.Users;
import io.sluice.schema.CodeMetricRow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What stays known of a session that was forgotten: the months of its rows. What comes for them later is a part of what
 * happened; rows made of it would take the place of the right ones, or stand beside them. So it is late: counted, and in no
 * other figure.
 *
 * <p>Mutable: one is kept for every session.
 */
public final class ClosedMonths {
    private record Place(long hour, String user, Channel channel) {}

    private final Set<Integer> months = new TreeSet<>();
    private final Map<Place, Long> late = new HashMap<>();
    private final Set<Place> untold = new HashSet<>();
    private SessionFacts.@Nullable Subject subject; // of what is untold

    /** Epoch milliseconds. */
    public long keptUntilMillis;

    /**
     * Whether the fact came too late to be counted. Everything is, for whose month nothing is kept any more: nobody can say what
     * was told of it.
     *
     * @param openAfterEnd how long after the end of a month its records are waited for
     * @param kept how long after that it is known what was told
     */
    public boolean isLate(Fact fact, Duration openAfterEnd, Duration kept) {
        boolean closed = !months.isEmpty() && months.contains(Periods.yearMonth(fact.at()));
        return closed || isLongClosed(fact, openAfterEnd, kept);
    }

    private static boolean isLongClosed(Fact fact, Duration openAfterEnd, Duration kept) {
        long received = Math.floorDiv(fact.receivedAt(), 1000L);
        return received - Math.floorDiv(fact.at(), 1000L) >= kept.toMillis() // the calendar is asked for few
                && received >= Periods.monthClosesAtMillis(fact.at(), openAfterEnd) + kept.toMillis();
    }

    /** Counts a late fact: each time that it comes, since it is not remembered. */
    public void count(SessionFacts.Subject of, Fact fact) {
        subject = of;
        if (!fact.kind().isOfSubject()) {
            return; // says again what another fact says
        }
        String user = fact.user() == null ? Users.UNATTRIBUTED : fact.user();
        Place place = new Place(Periods.hour(fact.at()), user, fact.channel());
        late.merge(place, 1L, Long::sum);
        untold.add(place);
    }

    /** Closes the months of all that is known of the session. */
    void close(Collection<Fact> facts) {
        facts.stream()
                .filter(fact -> fact.kind().isOfSubject())
                .forEach(fact -> months.add(Periods.yearMonth(fact.at())));
    }

    /** Rows that tell how much was late, where that has changed. Without versions. */
    public List<CodeMetricRow> tell() {
        if (subject == null) {
            return List.of();
        }
        List<CodeMetricRow> rows = new ArrayList<>(untold.size());
        for (Place place : untold) {
            Row.Key key = new Row.Key(place.hour, 0, place.user, Origin.UNKNOWN, Row.Labels.NONE);
            Row row = new Row(key, place.user, Origin.UNKNOWN, CostTeam.of(null, Users.UNASSIGNED));
            row.add(Measure.FACTS_LATE, late.getOrDefault(place, 0L));
            CodeMetricRow record = row.record(subject, id(subject, place));
            record.setChannels(List.of(place.channel.text()));
            rows.add(record);
        }
        untold.clear();
        return rows;
    }

    /** Of no other row. */
    private static Id id(SessionFacts.Subject subject, Place place) {
        RowWriter row = new RowWriter(128);
        Words words = new Words();
        words.put(row, "late");
        words.put(row, subject.orgId());
        words.put(row, subject.id());
        row.putByte(subject.sessionless() ? 1 : 0);
        row.putLong(place.hour);
        words.put(row, place.user);
        words.put(row, place.channel.text());
        return Id.of(row.array(), 0, row.length());
    }

    void write(RowWriter row, Words words) {
        row.putLong(keptUntilMillis);
        row.putVarlong(months.size());
        months.forEach(row::putVarlong);
        row.putVarlong(late.size());
        late.forEach((place, count) -> {
            row.putVarlong(place.hour);
            words.put(row, place.user);
            row.putByte(place.channel.code());
            row.putVarlong(count);
        });
    }

    static ClosedMonths read(RowReader row, Words words) {
        ClosedMonths closed = new ClosedMonths();
        closed.keptUntilMillis = row.readLong();
        for (long i = row.readVarlong(); i > 0; i--) {
            closed.months.add((int) row.readVarlong());
        }
        for (long i = row.readVarlong(); i > 0; i--) {
            Place place = new Place(row.readVarlong(), words.required(row), Channel.of(row.readByte()));
            closed.late.put(place, row.readVarlong());
        }
        return closed;
    }
}
