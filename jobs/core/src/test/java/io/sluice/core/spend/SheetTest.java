package io.sluice.core.spend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SheetTest {
    private static final long DAY = 20_000;

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 50);
    }

    /** Saved in chunks and restored now and then, it says the same sums as if it had been kept. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void savedAndRestoredItIsTheSame(long seed) {
        Random random = new Random(seed);
        Cell[] cells = new Cell[6];
        for (int i = 0; i < cells.length; i++) {
            cells[i] = cell("team" + i / 2, DAY * 24 + i % 2, i == 5 ? 202611 : 0);
        }
        Id account = cells[0].account();
        Map<Cell, Amounts> expected = new HashMap<>();
        Map<Cell, Amounts> said = new HashMap<>();
        Map<Cell, Long> versions = new HashMap<>();
        List<byte[]> state = new ArrayList<>();
        Sheet sheet = new Sheet(account, DAY);
        for (int step = 0; step < 300; step++) {
            Cell cell = cells[random.nextInt(cells.length)];
            Amounts amounts = new Amounts(random.nextInt(100) - 20, 1, 2, 3, 4, 5);
            add(sheet, contribution(cell, amounts));
            expected.merge(cell, amounts, Amounts::plus);
            if (random.nextInt(5) == 0) {
                sheet.takeUpdates(version -> version + 1, 0, update -> {
                    said.put(update.cell(), update.amounts());
                    assertThat(update.version())
                            .as("seed %d: versions grow", seed)
                            .isGreaterThan(versions.getOrDefault(update.cell(), 0L));
                    versions.put(update.cell(), update.version());
                });
                if (sheet.savesAll()) {
                    state.clear();
                }
                state.add(sheet.save());
                if (random.nextInt(4) == 0) {
                    sheet = Sheet.restore(account, DAY, state, Segments.NONE);
                }
            }
        }
        sheet.takeUpdates(version -> version + 1, 0, update -> said.put(update.cell(), update.amounts()));
        assertThat(said).as("seed %d", seed).isEqualTo(expected);
        assertThat(state.size()).isLessThanOrEqualTo(17);
    }

    @Test
    void aTouchedCellIsWrittenAgainAndRemembered() {
        Cell cell = cell("t", DAY * 24, 0);
        Sheet sheet = new Sheet(cell.account(), DAY);
        add(sheet, contribution(cell, Amounts.ZERO));
        List<Sheet.Update> updates = new ArrayList<>();
        sheet.takeUpdates(version -> version + 1, 77, updates::add);
        assertThat(updates).containsExactly(new Sheet.Update(cell, Amounts.ZERO, 77, null));
        updates.clear();
        sheet.takeUpdates(version -> version + 1, 77, updates::add);
        assertThat(updates).isEmpty();
        // Later it is known by its hash.
        Cell hashOnly = new Cell(cell.account(), cell.dimensions(), null, cell.hour(), false, 0);
        add(sheet, contribution(hashOnly, new Amounts(5, 1, 0, 0, 0, 0)));
        sheet.takeUpdates(version -> version + 1, 77, updates::add);
        assertThat(updates).singleElement().satisfies(update -> {
            assertThat(update.amounts().micros()).isEqualTo(5);
            assertThat(update.cell().encoded()).isEqualTo(cell.encoded());
        });
    }

    @Test
    void aChangeOfAnUnknownCellIsNotAdded() {
        Cell cell = cell("t", DAY * 24, 0);
        Cell hashOnly = new Cell(cell.account(), cell.dimensions(), null, cell.hour(), false, 0);
        Sheet sheet = new Sheet(cell.account(), DAY);
        assertThat(add(sheet, contribution(hashOnly, Amounts.ZERO))).isTrue();
        assertThat(add(sheet, contribution(hashOnly, new Amounts(1, 1, 0, 0, 0, 0))))
                .isFalse();
    }

    private static Cell cell(String team, long hour, int importedIn) {
        @Nullable String none = null;
        return new Dimensions("acme", "alice@example.com", team, "m", "claude-code", none, none, none, none, false)
                .cell(hour, false, importedIn);
    }

    private static Contribution contribution(Cell cell, Amounts difference) {
        return new Contribution(cell, difference, 0, Periods.hourStartMicros(cell.hour()), 0);
    }

    static boolean add(Sheet sheet, Contribution contribution) {
        RowWriter row = new RowWriter(64);
        contribution.write(row);
        RowReader reader = new RowReader(row.toByteArray());
        reader.readId();
        reader.readLong(); // the event
        Id dimensions = reader.readId();
        boolean added = sheet.add(dimensions, reader.readVarlong(), reader, Long.MIN_VALUE);
        assertThat(added && reader.hasMore()).isFalse();
        return added;
    }
}
