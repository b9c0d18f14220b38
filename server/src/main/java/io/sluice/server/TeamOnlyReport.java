package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.codemetrics.Metric;
import io.sluice.core.privacy.TeamDays;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Code metrics where analytics tell of teams only: sums of {@link FrozenDays} and of nothing else. */
final class TeamOnlyReport {
    /** Days of one question; without a beginning it is about so many before its end. */
    private static final long MOST_DAYS = 366;

    private record Group(long start, String team) implements Comparable<Group> {
        @Override
        public int compareTo(Group other) {
            int order = Long.compare(start, other.start);
            return order != 0 ? order : team.compareTo(other.team);
        }
    }

    private TeamOnlyReport() {}

    /** @throws Refusal FORBIDDEN when the question is about anything but teams and days */
    static void require(CodeMetricsQuery query) {
        for (CodeDimension dimension : query.groupBy()) {
            if (dimension != CodeDimension.TEAM) {
                throw refusal("group_by[]", dimension.parameter(), "team, or nothing");
            }
        }
        for (CodeDimension dimension : query.filters().keySet()) {
            if (dimension != CodeDimension.TEAM) {
                throw refusal(dimension.parameter(), "given", "no filter but team");
            }
        }
        if (query.period() == Period.HOUR) {
            throw refusal("period", "hour", "day, week or month");
        }
        for (Instant bound : new @Nullable Instant[] {query.startingAt(), query.endingAt()}) {
            if (bound != null && !bound.equals(bound.truncatedTo(ChronoUnit.DAYS))) {
                throw refusal("starting_at", bound.toString(), "whole days, UTC");
            }
        }
        for (Metric metric : query.metrics()) {
            if (!isTold(metric, query.period(), query.groupBy())) {
                throw refusal(
                        CodeMetricsQuery.METRIC,
                        metric.id(),
                        "a metric that adds up; sessions_active by day, active_users by team and day");
            }
        }
    }

    static boolean isTold(Metric metric, Period period, List<CodeDimension> groupBy) {
        return addsUp(metric) && (period == Period.DAY || !(metric.formula() instanceof Metric.SessionsOfPeriod))
                || metric.formula() instanceof Metric.People
                        && period == Period.DAY
                        && groupBy.equals(List.of(CodeDimension.TEAM));
    }

    /** Over teams and days. */
    static boolean addsUp(Metric metric) {
        return metric.formula() instanceof Metric.Additive
                || metric.formula() instanceof Metric.Ratio
                || metric.formula() instanceof Metric.SessionsOfPeriod;
    }

    private static Refusal refusal(String field, String value, String expected) {
        return new Refusal(
                Refusal.Kind.FORBIDDEN,
                field,
                field + ": " + value + " (expected: " + expected
                        + "; the organization's analytics tell of teams only)");
    }

    /**
     * The same of a range that does not depend on who did something: without one, of the month of the newest day that has
     * settled.
     *
     * @param firstUnsettled since the epoch
     */
    static CodeMetricsQuery withRange(CodeMetricsQuery query, long firstUnsettled) {
        Instant from = query.startingAt();
        Instant to = query.endingAt();
        if (from == null && to == null) {
            Instant month = Period.monthOf(FrozenDays.start(firstUnsettled - 1));
            return query.over(month, Period.MONTH.end(month));
        }
        Instant settled = FrozenDays.start(firstUnsettled);
        Instant end = to != null ? to : from != null && from.isAfter(settled) ? from : settled;
        Instant start = from == null ? end.minus(MOST_DAYS, ChronoUnit.DAYS) : from;
        if (Duration.between(start, end).toDays() > MOST_DAYS) {
            throw Refusal.invalid(
                    Composite.STARTING_AT,
                    start.toString(),
                    "at most " + MOST_DAYS + " days before ending_at " + end
                            + " where the organization's analytics tell of teams only");
        }
        return query.over(start, end);
    }

    static long day(Instant start) {
        return Math.floorDiv(start.getEpochSecond(), Duration.ofDays(1).toSeconds());
    }

    /** Cells of the teams that are asked for. */
    static List<TeamDays.Cell<FrozenDays.Figures>> asked(
            CodeMetricsQuery query, List<TeamDays.Cell<FrozenDays.Figures>> told) {
        List<String> teams = query.filters().getOrDefault(CodeDimension.TEAM, List.of());
        return told.stream()
                .filter(cell -> teams.isEmpty() || teams.contains(cell.team()))
                .toList();
    }

    /** Adds up to what was asked for. */
    static List<CodeMetricsReport.Line> lines(CodeMetricsQuery query, List<TeamDays.Cell<FrozenDays.Figures>> told) {
        boolean byTeam = !query.groupBy().isEmpty();
        Map<Group, List<TeamDays.Cell<FrozenDays.Figures>>> groups = TeamDays.grouped(
                told,
                cell -> new Group(
                        query.period().start(FrozenDays.start(cell.day())).toEpochMilli(), byTeam ? cell.team() : ""));
        List<CodeMetricsReport.Line> lines = new ArrayList<>();
        groups.forEach((group, cells) -> {
            List<@Nullable Double> values = new ArrayList<>();
            query.metrics().forEach(metric -> values.add(value(metric, cells)));
            Instant start = Instant.ofEpochMilli(group.start);
            List<@Nullable String> names = byTeam ? List.of(group.team) : List.of();
            lines.add(new CodeMetricsReport.Line(start, query.period().end(start), names, values));
        });
        return lines;
    }

    /**
     * Of the cells that have all that the metric is made of: a ratio of one day's spend and two days' commits would be none. Null:
     * no cell has.
     */
    private static @Nullable Double value(Metric metric, List<TeamDays.Cell<FrozenDays.Figures>> cells) {
        JsonNode rows = MissingNode.getInstance();
        JsonNode ledger = MissingNode.getInstance();
        for (TeamDays.Cell<FrozenDays.Figures> cell : cells) {
            FrozenDays.Figures figures = cell.figures();
            if (CodeMetricsFigures.isKnown(metric, figures.rows(), figures.ledger())) {
                rows = sum(rows, figures.rows());
                ledger = sum(ledger, figures.ledger());
            }
        }
        return CodeMetricsFigures.isKnown(metric, rows, ledger) ? FrozenDays.FIGURES.value(metric, rows, ledger) : null;
    }

    /**
     * How many cells an answer is made of, and of how many of them telemetry or spend is not told, so that its sums are of the
     * others.
     */
    static ObjectNode coverage(List<TeamDays.Cell<FrozenDays.Figures>> told, boolean knowsPeople) {
        ObjectNode coverage = JsonNodeFactory.instance
                .objectNode()
                .put("team_days_told", told.size())
                .put("team_days_without_telemetry", without(told, FrozenDays.Figures::rows))
                .put("team_days_without_spend", without(told, FrozenDays.Figures::ledger));
        if (!knowsPeople) {
            coverage.put(
                    "note",
                    "nothing is told of teams as long as the directory is empty: people are counted by it"
                            + " (bring them by SCIM, or by POST /v1/users)");
        }
        return coverage;
    }

    private static long without(
            List<TeamDays.Cell<FrozenDays.Figures>> told, Function<FrozenDays.Figures, JsonNode> source) {
        return told.stream()
                .filter(cell -> !source.apply(cell.figures()).isObject())
                .count();
    }

    /** Of the values of two buckets, member by member. */
    static JsonNode sum(JsonNode a, JsonNode b) {
        if (a.isMissingNode() || a.isNull()) {
            return b;
        }
        if (b.isMissingNode() || b.isNull()) {
            return a;
        }
        if (a.isNumber() && b.isNumber()) {
            return DoubleNode.valueOf(a.asDouble() + b.asDouble());
        }
        if (!(a instanceof ObjectNode first) || !(b instanceof ObjectNode second)) {
            return a;
        }
        ObjectNode sum = JsonNodeFactory.instance.objectNode();
        first.properties().forEach(field -> sum.set(field.getKey(), field.getValue()));
        second.properties()
                .forEach(field -> sum.set(field.getKey(), sum(first.path(field.getKey()), field.getValue())));
        return sum;
    }
}
