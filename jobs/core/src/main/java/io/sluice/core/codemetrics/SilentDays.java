package io.sluice.core.codemetrics;

import java.time.LocalDate;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Days on which somebody used Claude Code, as something else than telemetry tells, and telemetry told nothing. */
public final class SilentDays {
    private static final Set<String> TELEMETRY = Set.of(Channel.EVENTS.text(), Channel.COUNTERS.text());

    private SilentDays() {}

    /**
     * The silent ones of somebody's days (UTC). A day of which nothing tells is not silent: nobody needs to work every day.
     *
     * @param seenIn by day what tells of it: channels of rows, and names of what Anthropic reports
     * @return with what tells of each
     */
    public static SortedMap<LocalDate, SortedSet<String>> of(Map<LocalDate, ? extends Set<String>> seenIn) {
        SortedMap<LocalDate, SortedSet<String>> silent = new TreeMap<>();
        seenIn.forEach((day, sources) -> {
            if (!sources.isEmpty() && Collections.disjoint(sources, TELEMETRY)) {
                silent.put(day, new TreeSet<>(sources));
            }
        });
        return silent;
    }
}
