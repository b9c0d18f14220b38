package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.codemetrics.Metric;
import io.sluice.core.privacy.PrivacyMode;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One question about code metrics.
 *
 * @param startingAt start of an hour; null with {@code endingAt} null: the newest month that has data
 * @param endingAt not included, end of an hour; null: no bound
 * @param filters any of the values of each; none: all
 * @param page null: an answer that has no pages
 */
record CodeMetricsQuery(
        List<Metric> metrics,
        Period period,
        @Nullable Instant startingAt,
        @Nullable Instant endingAt,
        List<CodeDimension> groupBy,
        Map<CodeDimension, List<String>> filters,
        int limit,
        @Nullable PageToken page) {
    static final String METRIC = "metric[]";

    /** What an answer has if nothing is asked for: one figure of each kind. */
    private static final List<Metric> USUAL = List.of(
            Metric.SESSIONS_STARTED,
            Metric.SESSIONS_ACTIVE,
            Metric.ACTIVE_USERS,
            Metric.PROMPTS,
            Metric.LINES_ADDED,
            Metric.LINES_REMOVED,
            Metric.EDITS_ACCEPTED,
            Metric.EDITS_REJECTED,
            Metric.ACCEPT_RATE,
            Metric.ACCEPT_RATE_BY_PERSON,
            Metric.COMMITS,
            Metric.PULL_REQUESTS);

    private static final int MOST_GROUPS = 4;

    /** Names of the query parameters, without those of paging. */
    static Set<String> filterParameters() {
        Set<String> names = new TreeSet<>(Set.of(Route.ORGANIZATION, "period", "starting_at", "ending_at"));
        for (CodeDimension dimension : CodeDimension.values()) {
            names.add(dimension.parameter());
        }
        return names;
    }

    static Set<String> parameters() {
        Set<String> names = filterParameters();
        names.addAll(Set.of(METRIC, "metric", "group_by[]", "group_by", "limit", "page", "format"));
        return names;
    }

    /** @throws Refusal naming the parameter that is wrong */
    static CodeMetricsQuery of(Parameters parameters, Privacy privacy) {
        List<Metric> metrics = both(parameters, "metric").stream()
                .map(CodeMetricsQuery::metric)
                .toList();
        List<CodeDimension> groupBy =
                both(parameters, "group_by").stream().map(CodeDimension::of).toList();
        if (groupBy.size() > MOST_GROUPS) {
            throw Refusal.invalid("group_by[]", groupBy.size() + " of them", "at most " + MOST_GROUPS);
        }
        return of(
                parameters,
                metrics.isEmpty() ? usual(period(parameters.text("period")), groupBy, privacy) : metrics,
                groupBy,
                parameters.page());
    }

    /** The same about given metrics and groups. */
    static CodeMetricsQuery of(
            Parameters parameters, List<Metric> metrics, List<CodeDimension> groupBy, @Nullable PageToken page) {
        Map<CodeDimension, List<String>> filters = new EnumMap<>(CodeDimension.class);
        for (CodeDimension dimension : CodeDimension.values()) {
            List<String> values = parameters.all(dimension.parameter());
            if (!values.isEmpty()) {
                filters.put(dimension, values);
            }
        }
        requireKnownToLedger(metrics, groupBy, "group_by[]");
        requireKnownToLedger(metrics, List.copyOf(filters.keySet()), "metric[]");
        Instant startingAt = parameters.time("starting_at");
        Instant endingAt = parameters.time("ending_at");
        Parameters.requireOrder(startingAt, endingAt);
        return new CodeMetricsQuery(
                metrics,
                period(parameters.text("period")),
                startingAt == null ? null : startingAt.truncatedTo(ChronoUnit.HOURS),
                endingAt == null ? null : nextHour(endingAt),
                groupBy,
                filters,
                parameters.limit(),
                page);
    }

    private static List<String> both(Parameters parameters, String name) {
        List<String> names = new ArrayList<>(parameters.names(name + "[]"));
        parameters.names(name).stream().filter(each -> !names.contains(each)).forEach(names::add);
        return names;
    }

    private static List<Metric> usual(Period period, List<CodeDimension> groupBy, Privacy privacy) {
        return USUAL.stream()
                .filter(metric -> metric != Metric.ACTIVE_USERS || !groupBy.contains(CodeDimension.USER))
                .filter(metric ->
                        privacy.mode() != PrivacyMode.TEAM_ONLY || TeamOnlyReport.isTold(metric, period, groupBy))
                .toList();
    }

    static Metric metric(String id) {
        return Metric.of(id)
                .orElseThrow(() -> Refusal.invalid(
                        METRIC,
                        id,
                        "one of "
                                + Arrays.stream(Metric.values()).map(Metric::id).collect(Collectors.joining(", "))));
    }

    private static Period period(@Nullable String given) {
        return Arrays.stream(Period.values())
                .filter(period -> given == null
                        ? period == Period.DAY
                        : period.parameter().equals(given))
                .findFirst()
                .orElseThrow(() -> Refusal.invalid(
                        "period",
                        String.valueOf(given),
                        "one of "
                                + Arrays.stream(Period.values())
                                        .map(Period::parameter)
                                        .collect(Collectors.joining(", "))));
    }

    private static Instant nextHour(Instant time) {
        Instant hour = time.truncatedTo(ChronoUnit.HOURS);
        return hour.equals(time) ? hour : hour.plus(Duration.ofHours(1));
    }

    private static void requireKnownToLedger(List<Metric> metrics, List<CodeDimension> dimensions, String field) {
        for (Metric metric : metrics) {
            if (!isOfLedger(metric.formula())) {
                continue;
            }
            for (CodeDimension dimension : dimensions) {
                if (!dimension.isOfLedger()) {
                    throw Refusal.invalid(
                            field,
                            dimension.parameter(),
                            metric.id() + " is the ledger's, which does not know it; one of "
                                    + Arrays.stream(CodeDimension.values())
                                            .filter(CodeDimension::isOfLedger)
                                            .map(CodeDimension::parameter)
                                            .collect(Collectors.joining(", ")));
                }
            }
        }
    }

    static boolean isOfLedger(Metric.Formula formula) {
        return formula instanceof Metric.Ledger
                || formula instanceof Metric.Ratio ratio
                        && (ratio.numerator() instanceof Metric.Ledger || ratio.denominator() instanceof Metric.Ledger);
    }

    /** Whether it is about what was done in sessions, and not about whole sessions. */
    boolean isByLabel() {
        return groupBy.stream().anyMatch(CodeDimension::isLabel)
                || filters.keySet().stream().anyMatch(CodeDimension::isLabel);
    }

    /** The same about whole sessions. */
    CodeMetricsQuery ofWholeSessions() {
        Map<CodeDimension, List<String>> others = new EnumMap<>(CodeDimension.class);
        others.putAll(filters);
        others.keySet().removeIf(CodeDimension::isLabel);
        return new CodeMetricsQuery(metrics, period, startingAt, endingAt, groupBy, others, limit, page);
    }

    /** Where to go on; null: from the beginning. */
    @Nullable
    JsonNode position() {
        return page == null ? null : page.position();
    }

    /** Later pages keep the range of the first, also when the newest month has changed in between. */
    @Nullable
    String pageAfter(Instant from, Instant to, ObjectNode position) {
        return page == null
                ? null
                : page.next(position.put("starting_at", from.toEpochMilli()).put("ending_at", to.toEpochMilli()));
    }

    /** The same about these people, if it is about people. */
    CodeMetricsQuery ofUsers(List<String> users) {
        if (!filters.containsKey(CodeDimension.USER)) {
            return this;
        }
        Map<CodeDimension, List<String>> others = new EnumMap<>(filters);
        others.put(CodeDimension.USER, users);
        return new CodeMetricsQuery(metrics, period, startingAt, endingAt, groupBy, others, limit, page);
    }

    CodeMetricsQuery over(@Nullable Instant from, @Nullable Instant to) {
        return new CodeMetricsQuery(metrics, period, from, to, groupBy, filters, limit, page);
    }
}
