package io.sluice.claudeapi;

import io.sluice.schema.Codec;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.Micros;
import io.sluice.schema.ReportedDay;
import io.sluice.schema.ReportedRow;
import io.sluice.schema.Topic;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a reading changes. It is put out only after a checkpoint has it that these rows may have been put out: else a row
 * that a crash makes us forget, and that upstream then takes back, would stay for ever.
 */
final class Batch {
    private static final long NO_CHECKPOINT = Long.MAX_VALUE;

    private final ReportSplit split;
    private final LocalDate day;
    private final long readAt;
    private final @Nullable Long cost;
    private final @Nullable Long listCost;
    private final Queue<Reported> out = new ArrayDeque<>();
    private final Map<RowId, Long> known = new HashMap<>();
    private long checkpoint = NO_CHECKPOINT;

    /** Compares a reading with what was put out, and marks in the state what is going to be. */
    Batch(ReportSplit split, DayRows reading) {
        this.split = split;
        day = reading.day();
        readAt = reading.fetchedAt();
        cost = sum(reading, row -> Objects.requireNonNull(row.getCostMicros()), row -> row.getCostMicros() != null);
        listCost = sum(
                reading,
                row -> Objects.requireNonNull(row.getListCostMicros()),
                row -> row.getListCostMicros() != null);
        DayState state = split.days.computeIfAbsent(day, absent -> new DayState());
        if (day.equals(split.next)) {
            split.next = day.plusDays(1);
        }
        split.newestReadAt = readAt;
        reading.rows().forEach((id, row) -> changed(state, id, row));
        reading.letters().forEach((id, letter) -> changed(state, id, letter));
        Map<RowId, Long> before = Map.copyOf(state.known);
        before.forEach((id, content) -> {
            if (!reading.rows().containsKey(id) && !reading.letters().containsKey(id)) {
                gone(state, id, content, reading);
            }
        });
        out.add(new Reported(
                Reported.Kind.DAY,
                Topic.reportedDayKey(split.orgId(), split.report().text(), day),
                Codec.encode(ofDay(state, reading))));
    }

    private void changed(DayState state, RowId id, ReportedRow row) {
        long content = content(row);
        if (!Objects.equals(state.known.get(id), content)) {
            state.known.put(id, DayState.PENDING);
            out.add(new Reported(Reported.Kind.ROW, row.getRowId(), Codec.encode(row)));
        }
        known.put(id, content);
    }

    private void changed(DayState state, RowId id, DeadLetter letter) {
        if (!Objects.equals(state.known.get(id), DayState.LETTER)) {
            state.known.put(id, DayState.PENDING_LETTER);
            out.add(new Reported(Reported.Kind.DEAD_LETTER, letter.getEventId(), Codec.encode(letter)));
        }
        known.put(id, DayState.LETTER);
    }

    private void gone(DayState state, RowId id, long content, DayRows reading) {
        if (content == DayState.LETTER || content == DayState.PENDING_LETTER) {
            return; // what it told of is over
        }
        state.known.put(id, DayState.PENDING);
        ReportedRow row = ReportedRow.newBuilder()
                .setOrgId(split.orgId())
                .setRowId(id.text())
                .setReport(split.report().text())
                .setAdapter(reading.adapter())
                .setStartingAt(DayRows.start(day))
                .setEndingAt(DayRows.start(day.plusDays(1)))
                .setFetchedAt(readAt)
                .setRefreshedAt(reading.refreshedAt())
                .setGone(true)
                .build();
        out.add(new Reported(Reported.Kind.ROW, row.getRowId(), Codec.encode(row)));
    }

    private ReportedDay ofDay(DayState state, DayRows reading) {
        boolean first = state.firstReadAt == 0;
        return ReportedDay.newBuilder()
                .setOrgId(split.orgId())
                .setReport(split.report().text())
                .setAdapter(reading.adapter())
                .setStartingAt(DayRows.start(day))
                .setEndingAt(DayRows.start(day.plusDays(1)))
                .setFetchedAt(readAt)
                .setRefreshedAt(reading.refreshedAt())
                .setFirstFetchedAt(first ? readAt : state.firstReadAt)
                .setRows(reading.rows().size())
                .setRejected(reading.letters().size())
                .setCostMicros(cost)
                .setListCostMicros(listCost)
                .setFirstCostMicros(first ? cost : state.firstCost)
                .setFirstListCostMicros(first ? listCost : state.firstListCost)
                .setIncomplete(reading.incomplete() || !reading.letters().isEmpty())
                .build();
    }

    private static @Nullable Long sum(DayRows reading, ToLongFunction<ReportedRow> amount, Predicate<ReportedRow> has) {
        return reading.rows().values().stream().noneMatch(has)
                ? null
                : Long.valueOf(reading.rows().values().stream()
                        .filter(has)
                        .mapToLong(amount)
                        .reduce(0, Math::addExact));
    }

    /** A hash of all that a row says but when it was read; none of the constants of {@link DayState}. */
    private static long content(ReportedRow row) {
        long fetchedAt = row.getFetchedAt();
        Long refreshedAt = row.getRefreshedAt();
        row.setFetchedAt(0);
        row.setRefreshedAt(null);
        long hash = ByteBuffer.wrap(RowId.sha256(Codec.encode(row))).getLong();
        row.setFetchedAt(fetchedAt);
        row.setRefreshedAt(refreshedAt);
        return hash >= DayState.PENDING && hash <= DayState.LETTER ? -1 : hash;
    }

    ReportSplit split() {
        return split;
    }

    LocalDate day() {
        return day;
    }

    int size() {
        return out.size();
    }

    /** The state has been saved, in a checkpoint that may yet fail. */
    void savedIn(long checkpointId) {
        checkpoint = Math.min(checkpoint, checkpointId);
    }

    /** Whether it may be put out, now that a checkpoint and all before it are over. */
    boolean mayGo(long completedCheckpoint) {
        return checkpoint <= completedCheckpoint;
    }

    /** The next to be put out; null: that was all, and the state says so. */
    @Nullable
    Reported poll() {
        Reported next = out.poll();
        if (next == null) {
            complete();
        }
        return next;
    }

    private void complete() {
        if (Timetable.isFinal(day, Micros.toInstant(readAt))) {
            split.days.remove(day);
            return;
        }
        DayState state = Objects.requireNonNull(split.days.get(day));
        if (state.firstReadAt == 0) {
            state.firstReadAt = readAt;
            state.firstCost = cost;
            state.firstListCost = listCost;
        }
        state.readAt = readAt;
        state.known.clear();
        state.known.putAll(known);
    }
}
