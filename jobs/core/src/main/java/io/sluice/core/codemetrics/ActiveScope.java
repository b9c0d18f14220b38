package io.sluice.core.codemetrics;

import io.sluice.core.codemetrics.SessionRows.Presence;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import io.sluice.schema.ActiveUsers;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where active people are counted: a period and what it is about.
 *
 * @param period {@code day}, {@code week} (ISO), {@code month}
 * @param startDay days since the epoch
 * @param dimension {@code organization}, {@code team}, {@code repository}, {@code terminal}
 */
public record ActiveScope(String orgId, String period, long startDay, String dimension, String value) {
    /** All scopes that somebody's day counts in. */
    public static List<ActiveScope> of(String orgId, Presence presence) {
        LocalDate day = LocalDate.ofEpochDay(presence.day());
        List<ActiveScope> scopes = new ArrayList<>(12);
        add(scopes, orgId, "day", day, presence);
        add(scopes, orgId, "week", day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY)), presence);
        add(scopes, orgId, "month", day.withDayOfMonth(1), presence);
        return scopes;
    }

    private static void add(List<ActiveScope> scopes, String orgId, String period, LocalDate start, Presence presence) {
        long day = start.toEpochDay();
        scopes.add(new ActiveScope(orgId, period, day, "organization", orgId));
        scopes.add(new ActiveScope(orgId, period, day, "team", presence.team()));
        optional(scopes, orgId, period, day, "repository", presence.repository());
        optional(scopes, orgId, period, day, "terminal", presence.terminal());
    }

    private static void optional(
            List<ActiveScope> scopes, String orgId, String period, long day, String dimension, @Nullable String value) {
        if (value != null) {
            scopes.add(new ActiveScope(orgId, period, day, dimension, value));
        }
    }

    public Id key() {
        RowWriter row = new RowWriter(128);
        write(row);
        return Id.of(row.array(), 0, row.length());
    }

    public void write(RowWriter row) {
        Words words = new Words();
        words.put(row, orgId);
        words.put(row, period);
        row.putVarlong(startDay);
        words.put(row, dimension);
        words.put(row, value);
    }

    public static ActiveScope read(RowReader row) {
        Words words = new Words();
        return new ActiveScope(
                words.required(row), words.required(row), row.readVarlong(), words.required(row), words.required(row));
    }

    /** The last day of the period. */
    public long lastDay() {
        LocalDate start = LocalDate.ofEpochDay(startDay);
        return switch (period) {
            case "day" -> startDay;
            case "week" -> startDay + 6;
            default -> start.with(TemporalAdjusters.lastDayOfMonth()).toEpochDay();
        };
    }

    public ActiveUsers record(long users, boolean approximate, long version) {
        return new ActiveUsers(
                orgId, period, startDay * 86_400_000_000L, dimension, value, users, approximate, version);
    }
}
