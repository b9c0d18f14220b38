package io.sluice.core.spend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A sheet whose user's time is cut by the directory, before or after the events came. */
class SheetSegmentsTest {
    private static final long DAY = 20_000;
    private static final long MINUTE = 60_000_000L;
    private static final long HOUR = 60 * MINUTE;
    private static final long START = DAY * 24 * HOUR;
    private static final long NINE = START + 9 * HOUR;
    private static final Amounts ONE = new Amounts(100, 1, 2, 3, 4, 5);

    private final Sheet sheet = new Sheet(cell(9, false).account(), DAY);
    private final Map<String, Sheet.Update> said = new HashMap<>();

    @Test
    void withoutDirectoryTheIdsOfDocumentsAreAsBefore() {
        Cell cell = cell(9, false);
        Cell cut = new Cell(cell.account(), cell.dimensions(), null, cell.hour(), false, 0, NINE);
        assertThat(cell.documentId()).isEqualTo("nyn_U4ZSxzXmb_feLRU_8Q").isNotEqualTo(cut.documentId());
    }

    @Test
    void anEventIsBookedInTheSegmentOfItsTime() {
        sheet.align(segments(NINE + 20 * MINUTE, "red"));
        add(NINE + 19 * MINUTE, false);
        add(NINE + 20 * MINUTE, false);
        add(NINE + HOUR, false);
        assertThat(sums()).isEqualTo(Map.of("9 none", 1L, "9 red", 1L, "10 red", 1L));
    }

    @Test
    void aCutThatComesLaterTakesWhatIsKnownWithItsTime() {
        add(NINE + 19 * MINUTE, false);
        add(NINE + 20 * MINUTE, false);
        add(NINE + 21 * MINUTE, false);
        assertThat(sums()).isEqualTo(Map.of("9 none", 3L));
        sheet.align(segments(NINE + 20 * MINUTE, "red"));
        assertThat(sums()).isEqualTo(Map.of("9 none", 1L, "9 red", 2L));
        sheet.align(segments(NINE + 20 * MINUTE, "red", NINE + 21 * MINUTE, "blue"));
        assertThat(sums()).isEqualTo(Map.of("9 none", 1L, "9 red", 1L, "9 blue", 1L));
    }

    @Test
    void whatIsTooOldToBeKnownStaysWithTheStartOfItsHour() {
        add(NINE + 50 * MINUTE, NINE + 51 * MINUTE);
        add(NINE + 57 * MINUTE, NINE + 54 * MINUTE);
        sheet.forgetTimes(NINE + 55 * MINUTE);
        sheet.align(segments(NINE + 20 * MINUTE, "red"));
        assertThat(sums()).isEqualTo(Map.of("9 none", 1L, "9 red", 1L));
    }

    @Test
    void aCutAtAFullHourMovesWholeCells() {
        add(NINE + 10 * MINUTE, false);
        sheet.align(segments(NINE + 20 * MINUTE, "red"));
        add(NINE + 30 * MINUTE, false);
        add(NINE + 90 * MINUTE, false);
        sheet.forgetTimes(Long.MAX_VALUE);
        sheet.align(segments(NINE, "blue", NINE + 20 * MINUTE, "red"));
        assertThat(sums()).isEqualTo(Map.of("9 blue", 1L, "9 red", 1L, "10 red", 1L));
        sheet.align(segments(NINE, "blue", NINE + 20 * MINUTE, "red", NINE + HOUR, "green"));
        assertThat(sums()).isEqualTo(Map.of("9 blue", 1L, "9 red", 1L, "10 green", 1L));
    }

    @Test
    void aCellThatIsLeftIsSaidToBeEmpty() {
        add(NINE, false);
        sums();
        sheet.align(segments(NINE, "red"));
        List<Sheet.Update> updates = new ArrayList<>();
        sheet.takeUpdates(version -> version + 1, 0, updates::add);
        assertThat(updates)
                .extracting(update -> update.cell().segment(), Sheet.Update::amounts, Sheet.Update::directoryTeam)
                .containsExactlyInAnyOrder(tuple(0L, Amounts.ZERO, null), tuple(NINE, ONE, "red"));
    }

    @Test
    void countersCountForTheStartOfTheirHour() {
        add(NINE, true);
        add(NINE + HOUR, true);
        sheet.align(segments(NINE + 20 * MINUTE, "red"));
        add(NINE, true);
        assertThat(sums()).isEqualTo(Map.of("9 none", 2L, "10 red", 1L));
    }

    @Test
    void anotherTeamOfASegmentIsSaidAgain() {
        sheet.align(segments(NINE, "red", NINE + HOUR, "blue"));
        add(NINE, false);
        add(NINE + HOUR, false);
        sums();
        sheet.align(segments(NINE, "red", NINE + HOUR, "green"));
        assertThat(sheet.hasUpdates()).isFalse();
        sheet.sayAgain(NINE + HOUR);
        assertThat(sums()).isEqualTo(Map.of("9 red", 1L, "10 green", 1L));
    }

    /** An earlier attempt may have booked it before the directory's version came. */
    @Test
    void anEventOfTheTimeOfAVersionTouchesTheSegmentBefore() {
        sheet.align(new Segments(
                new long[] {NINE, NINE + 20 * MINUTE},
                new long[] {NINE, NINE + 25 * MINUTE},
                new @Nullable String[] {"red", "blue"}));
        add(NINE + 20 * MINUTE, NINE + 24 * MINUTE);
        List<Sheet.Update> updates = new ArrayList<>();
        sheet.takeUpdates(version -> version + 1, 7, updates::add);
        assertThat(updates)
                .extracting(update -> update.cell().segment())
                .containsExactlyInAnyOrder(0L, NINE, NINE + 20 * MINUTE);
        add(NINE + 20 * MINUTE, NINE + 3 * HOUR);
        updates.clear();
        sheet.takeUpdates(version -> version + 1, 7, updates::add);
        assertThat(updates).extracting(update -> update.cell().segment()).containsExactly(NINE + 20 * MINUTE);
    }

    /** An earlier attempt may have moved it there, before the last cut was known. */
    @Test
    void aMoveTouchesTheSegmentsBetween() {
        add(NINE + 30 * MINUTE, false);
        sums();
        sheet.align(segments(NINE + 10 * MINUTE, "red", NINE + 20 * MINUTE, "blue", NINE + 30 * MINUTE, "green"));
        List<Sheet.Update> updates = new ArrayList<>();
        sheet.takeUpdates(version -> version + 1, 7, updates::add);
        assertThat(updates)
                .extracting(
                        update -> (update.cell().segment() - NINE) / MINUTE,
                        update -> update.amounts().requests())
                .containsExactlyInAnyOrder(tuple(-NINE / MINUTE, 0L), tuple(10L, 0L), tuple(20L, 0L), tuple(30L, 1L));
    }

    @Test
    void theLogOfExactTimesIsBounded() {
        for (int i = 0; i < 50_000; i++) {
            add(NINE + i, false);
        }
        assertThat(sheet.weight()).isLessThan(3 * RecentLog.MOST_BYTES / 200);
        sheet.align(segments(NINE + 49_990, "red"));
        assertThat(sums()).isEqualTo(Map.of("9 none", 49_990L, "9 red", 10L));
    }

    /** What builds before the directory saved: format 1, without log and segments. */
    @Test
    void aSheetOfTheEarlierFormatIsRead() {
        Cell cell = cell(9, false);
        RowWriter row = new RowWriter(64);
        row.putByte(1);
        row.putByte(1);
        row.putInt(202_410);
        row.putVarlong(1);
        row.putId(cell.dimensions());
        row.putBlock(Objects.requireNonNull(cell.encoded()));
        row.putVarlong(9 << 1);
        row.putLong(77);
        ONE.write(row);
        Sheet restored = Sheet.restore(cell.account(), DAY, List.of(row.toByteArray()), segments(NINE, "red"));
        List<Sheet.Update> updates = new ArrayList<>();
        restored.takeUpdates(version -> version + 1, 0, updates::add);
        assertThat(updates).hasSize(2).anySatisfy(update -> {
            assertThat(update.cell().segment()).isEqualTo(NINE);
            assertThat(update.amounts()).isEqualTo(ONE);
        });
    }

    private record Step(long at, @Nullable Long cut, long occurredAt, boolean counters) {}

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 400);
    }

    /**
     * Cuts come up to ten minutes after events of their time, or at a full hour whenever; the sheet is saved and restored
     * on the way, also over cuts that it has missed. Every event ends in the segment of its exact time.
     */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everyEventEndsInTheSegmentOfItsTime(long seed) {
        Random random = new Random(seed);
        List<Step> steps = new ArrayList<>();
        TreeSet<Long> cuts = new TreeSet<>();
        for (int i = 0; i < 200; i++) {
            long received = NINE + random.nextLong(8 * HOUR);
            boolean counters = random.nextInt(10) == 0;
            long occurred = received - random.nextLong(random.nextInt(4) == 0 ? 8 * HOUR : MINUTE);
            if (random.nextInt(20) == 0) {
                occurred = received + random.nextLong(10 * MINUTE);
            }
            steps.add(new Step(received, null, counters ? occurred / HOUR * HOUR : occurred, counters));
        }
        for (int i = 0; i < 8; i++) {
            boolean backdated = random.nextInt(3) == 0;
            long cut = START + HOUR + random.nextLong(15 * HOUR);
            cut = backdated ? cut / HOUR * HOUR : Math.max(NINE, cut);
            steps.add(new Step(
                    backdated ? Math.max(cut, NINE) + random.nextLong(8 * HOUR) : cut + random.nextLong(10 * MINUTE),
                    cut,
                    0,
                    false));
            cuts.add(cut);
        }
        steps.sort(Comparator.comparingLong(Step::at));
        Map<String, Long> expected = new HashMap<>();
        TreeSet<Long> known = new TreeSet<>();
        Sheet now = new Sheet(cell(9, false).account(), DAY);
        List<byte[]> state = new ArrayList<>();
        boolean down = false; // cuts are missed until the next event
        for (Step step : steps) {
            if (step.cut != null) {
                known.add(step.cut);
                if (!down) {
                    now.align(segments(known));
                }
            } else {
                if (down) {
                    now = Sheet.restore(cell(9, false).account(), DAY, state, segments(known));
                    down = false;
                }
                add(now, step.occurredAt, step.at, step.counters, step.at - 10 * MINUTE);
                Long segment = cuts.floor(step.occurredAt);
                expected.merge(
                        Math.floorDiv(step.occurredAt - START, HOUR) + " " + (segment == null ? 0 : segment),
                        1L,
                        Long::sum);
                if (random.nextInt(4) == 0) {
                    take(now);
                    now.forgetTimes(step.at - 10 * MINUTE);
                    if (now.savesAll()) {
                        state.clear();
                    }
                    state.add(now.save());
                    down = random.nextInt(3) == 0;
                }
            }
        }
        if (down) {
            now = Sheet.restore(cell(9, false).account(), DAY, state, segments(known));
        }
        take(now);
        Map<String, Long> sums = new HashMap<>();
        said.values()
                .forEach(update -> sums.merge(
                        update.cell().hour() - DAY * 24 + " " + update.cell().segment(),
                        update.amounts().requests(),
                        Long::sum));
        sums.values().removeIf(requests -> requests == 0);
        assertThat(sums).as("seed %d", seed).isEqualTo(expected);
    }

    private Map<String, Long> sums() {
        take(sheet);
        Map<String, Long> sums = new HashMap<>();
        said.values().forEach(update -> {
            String team = update.directoryTeam() == null ? "none" : update.directoryTeam();
            sums.merge(
                    update.cell().hour() - DAY * 24 + " " + team,
                    update.amounts().requests(),
                    Long::sum);
        });
        sums.values().removeIf(requests -> requests == 0);
        return sums;
    }

    /** Documents, as the store would have them. */
    private void take(Sheet from) {
        from.takeUpdates(
                version -> version + 1,
                0,
                update -> said.merge(
                        update.cell().documentId(), update, (old, now) -> now.version() >= old.version() ? now : old));
    }

    private static Segments segments(Object... startsAndTeams) {
        int count = startsAndTeams.length / 2;
        long[] starts = new long[count];
        @Nullable String[] teams = new @Nullable String[count];
        for (int i = 0; i < count; i++) {
            starts[i] = (Long) startsAndTeams[2 * i];
            teams[i] = (String) startsAndTeams[2 * i + 1];
        }
        return new Segments(starts, new long[count], teams);
    }

    private static Segments segments(TreeSet<Long> starts) {
        return Segments.of(starts.stream().mapToLong(Long::longValue).toArray());
    }

    private void add(long occurredAt, boolean counters) {
        add(sheet, occurredAt, Long.MAX_VALUE, counters, Long.MIN_VALUE);
    }

    private void add(long occurredAt, long receivedAt) {
        add(sheet, occurredAt, receivedAt, false, Long.MIN_VALUE);
    }

    private static void add(Sheet sheet, long occurredAt, long receivedAt, boolean counters, long keepFrom) {
        long at = receivedAt == Long.MAX_VALUE ? occurredAt + 5 * HOUR : receivedAt;
        Contribution contribution =
                new Contribution(cell(Math.floorDiv(occurredAt - START, HOUR), counters), ONE, 7, occurredAt, at);
        RowWriter row = new RowWriter(64);
        contribution.write(row);
        RowReader reader = new RowReader(row.toByteArray());
        reader.readId();
        assertThat(reader.readLong()).isEqualTo(7);
        Id dimensions = reader.readId();
        assertThat(sheet.add(dimensions, reader.readVarlong(), reader, keepFrom))
                .isTrue();
        assertThat(reader.hasMore()).isFalse();
    }

    private static Cell cell(long hour, boolean counters) {
        @Nullable String none = null;
        return new Dimensions(
                        "acme",
                        "alice@example.com",
                        Users.UNASSIGNED,
                        "m",
                        "claude-code",
                        none,
                        none,
                        none,
                        none,
                        false)
                .cell(DAY * 24 + hour, counters, 0);
    }
}
