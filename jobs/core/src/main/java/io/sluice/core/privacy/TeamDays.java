package io.sluice.core.privacy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What is told where only teams of a minimum size may be told of. There is one table, of teams by days. A day is frozen once,
 * with all teams and all figures at the same time, when it has been over for {@link #SETTLED}; what comes later does not change
 * it. A cell that fewer people than the minimum were behind is not told. Whatever is answered is a sum of told cells and of
 * nothing else.
 *
 * <p>So each contribution is in one cell at most, and with it are those of at least as many people as the minimum; no two
 * answers, whenever they were given, know a cell in two states. That is why no sum and no difference of answers is about fewer
 * people: there is nothing that was left out of a part and is in a total, or that came in between.
 */
public final class TeamDays {
    /** How long after its end a day can be told at the earliest: by then nearly everything of it has come. */
    public static final Duration SETTLED = Duration.ofHours(48);

    /** No minimum is less. Cells of fewer people are not even kept. */
    public static final int LEAST = 3;

    private static final long DAY_SECONDS = Duration.ofDays(1).toSeconds();

    /**
     * @param day since the epoch, UTC
     * @param people distinct, behind the figures of the cell
     * @param figures that add up
     */
    public record Cell<T>(String team, long day, long people, T figures) {}

    private TeamDays() {}

    /**
     * The first day, since the epoch, that may not be told yet; those before may.
     *
     * @param known until when everything that was received is known
     */
    public static long firstUnsettled(Instant known) {
        return Math.floorDiv(known.minus(SETTLED).getEpochSecond(), DAY_SECONDS);
    }

    /**
     * How many people are behind a cell: as many as behind that of its sources with the fewest, of those that have any. A
     * figure of one source is not told for the many people of another.
     */
    public static long people(long ofRows, long ofLedger) {
        return ofRows == 0 || ofLedger == 0 ? Math.max(ofRows, ofLedger) : Math.min(ofRows, ofLedger);
    }

    /**
     * What a day is for ever.
     *
     * @param ofDay all cells of one day
     * @return empty: none of them may be told, and the day is not frozen
     */
    public static <T> List<Cell<T>> frozen(List<Cell<T>> ofDay, int minimum) {
        return told(ofDay, minimum).isEmpty() ? List.of() : told(ofDay, LEAST);
    }

    /** What is told of frozen cells. */
    public static <T> List<Cell<T>> told(List<Cell<T>> frozen, int minimum) {
        return frozen.stream()
                .filter(cell -> cell.people >= Math.max(LEAST, minimum))
                .toList();
    }

    /** The cells of each group, in order of the groups. */
    public static <T, G extends Comparable<G>> Map<G, List<Cell<T>>> grouped(
            List<Cell<T>> told, Function<Cell<T>, G> group) {
        Map<G, List<Cell<T>>> groups = new TreeMap<>();
        told.forEach(cell -> groups.computeIfAbsent(group.apply(cell), key -> new ArrayList<>())
                .add(cell));
        return groups;
    }
}
