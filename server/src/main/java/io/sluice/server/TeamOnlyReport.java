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
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Code metrics where analytics tell of teams only: sums of {@link TeamDays} and of nothing else. */
final class TeamOnlyReport {
    /** What a cell of the table is the sum of. */
    record Figures(JsonNode rows, JsonNode cells) {}

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
            boolean additive = metric.formula() instanceof Metric.Additive
                    || metric.formula() instanceof Metric.Ratio
                    || metric.formula() instanceof Metric.SessionsOfPeriod && query.period() == Period.DAY
                    || metric.formula() instanceof Metric.People
                            && query.period() == Period.DAY
                            && query.groupBy().equals(List.of(CodeDimension.TEAM));
            if (!additive) {
                throw refusal(
                        CodeMetricsQuery.METRIC,
                        metric.id(),
                        "a metric that adds up; sessions_active by day, active_users by team and day");
            }
        }
    }

    private static Refusal refusal(String field, String value, String expected) {
        return new Refusal(
                Refusal.Kind.FORBIDDEN,
                field,
                field + ": " + value + " (expected: " + expected
                        + "; the organization's analytics tell of teams only)");
    }

    /** By which the table is asked for, whatever the question is. */
    static CodeMetricsQuery ofTable(CodeMetricsQuery query) {
        return new CodeMetricsQuery(
                query.metrics(),
                Period.DAY,
                query.startingAt(),
                query.endingAt(),
                List.of(CodeDimension.TEAM),
                query.filters(),
                Parameters.MAX_LIMIT,
                null);
    }

    /** Adds up to what was asked for. */
    static List<CodeMetricsReport.Line> lines(
            CodeMetricsQuery query, CodeMetricsFigures figures, TeamDays.Table<Figures> table) {
        boolean byTeam = !query.groupBy().isEmpty();
        Map<Group, List<TeamDays.Cell<Figures>>> groups = TeamDays.grouped(
                table,
                cell -> new Group(query.period().start(start(cell.day())).toEpochMilli(), byTeam ? cell.team() : ""));
        List<CodeMetricsReport.Line> lines = new ArrayList<>();
        groups.forEach((group, cells) -> {
            JsonNode rows = MissingNode.getInstance();
            JsonNode ledger = MissingNode.getInstance();
            for (TeamDays.Cell<Figures> cell : cells) {
                rows = sum(rows, cell.figures().rows());
                ledger = sum(ledger, cell.figures().cells());
            }
            List<@Nullable Double> values = new ArrayList<>();
            for (Metric metric : query.metrics()) {
                values.add(figures.value(metric, rows, ledger));
            }
            Instant start = Instant.ofEpochMilli(group.start);
            List<@Nullable String> names = byTeam ? List.of(group.team) : List.of();
            lines.add(new CodeMetricsReport.Line(start, query.period().end(start), names, values));
        });
        return lines;
    }

    private static Instant start(long day) {
        return LocalDate.ofEpochDay(day).atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    /** Of the values of two buckets, member by member. */
    private static JsonNode sum(JsonNode a, JsonNode b) {
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

    /** How long until a day is told: until it is over. */
    static long today(Instant now) {
        return Math.floorDiv(now.getEpochSecond(), Duration.ofDays(1).toSeconds());
    }

    /** Metrics that a sketch may have counted: none, these numbers are small. */
    static Set<Metric> approximate() {
        return Set.of();
    }
}
