package io.sluice.core.privacy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What is told where only teams of a minimum size may be told of. There is one table, of teams by days; what fewer people
 * than the minimum were behind is not in it. Whatever is answered is a sum of cells of this table and of nothing else. So no
 * difference of answers, over whatever groups and ranges, is about fewer people than a cell is: there is nothing that was left
 * out of a part and is in a total.
 */
public final class TeamDays {
    /**
     * @param people distinct, behind the figures of the cell
     * @param figures that add up
     */
    public record Cell<T>(String team, long day, long people, T figures) {}

    /** @param told cells of the table; left: how many are not */
    public record Table<T>(List<Cell<T>> told, int left) {}

    private TeamDays() {}

    /**
     * @param today days since the epoch; a day that is not over changes with each person who works, so it is not told
     */
    public static <T> Table<T> of(List<Cell<T>> cells, int minimum, long today) {
        List<Cell<T>> told = new ArrayList<>();
        for (Cell<T> cell : cells) {
            if (cell.people >= minimum && cell.day < today) {
                told.add(cell);
            }
        }
        return new Table<>(told, cells.size() - told.size());
    }

    /** The cells of each group, in order of the groups. */
    public static <T, G extends Comparable<G>> Map<G, List<Cell<T>>> grouped(
            Table<T> table, Function<Cell<T>, G> group) {
        Map<G, List<Cell<T>>> groups = new TreeMap<>();
        table.told.forEach(cell -> groups.computeIfAbsent(group.apply(cell), key -> new ArrayList<>())
                .add(cell));
        return groups;
    }
}
