package io.sluice.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import io.sluice.core.caps.Budget;
import io.sluice.core.caps.Candidate;
import io.sluice.core.caps.CapPeriod;
import io.sluice.core.caps.CapScope;
import io.sluice.core.caps.Explanation;
import io.sluice.core.caps.Limit;
import io.sluice.core.caps.Spend;
import io.sluice.core.directory.Directory;
import io.sluice.schema.Micros;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.NavigableMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code GET /v1/budgets/{user}/explain}: why somebody has the limit, the spend and the alerts of now. */
final class ExplainRoutes {
    private final CapRoutes common;
    private final CapStore store;
    private final CrossingDocuments crossings;

    ExplainRoutes(CapRoutes common, Elastic elastic) {
        this.common = common;
        this.store = common.store();
        this.crossings = new CrossingDocuments(elastic);
    }

    List<Route> routes() {
        return List.of(common.look("/v1/budgets/{user}/explain", this::get));
    }

    private record Explained(Budget budget, Explanation explanation, String groupLimit) {}

    private HttpResponse get(Call call) {
        Directory directory = common.directory(call);
        long now = store.nowMicros();
        CapMembers.Member member = CapMembers.of(directory, call.path("user"), now);
        if (member.user().isEmpty() && !common.spent().knows(call.orgId(), member.name())) {
            throw DirectoryRoutes.absent("user", "user");
        }
        NavigableMap<Long, Long> byDay = common.spent().byDay(call.orgId(), member.labels());
        Spend spend = new Spend();
        byDay.forEach(spend::add);
        List<Explained> periods = store.read(call.orgId(), caps -> {
            var settings = caps.caps().settingsAt(now);
            return Stream.of(CapPeriod.values())
                    .map(period -> {
                        Explanation explanation = member.explain(caps.caps(), directory, period, now);
                        Budget budget =
                                Budget.of(period, now, explanation.version(), spend, settings.getWarningPercent());
                        return new Explained(budget, explanation, settings.getGroupLimit());
                    })
                    .toList();
        });
        List<ObjectNode> alerts = crossings.of(
                call.orgId(),
                member.labels(),
                periods.stream().mapToLong(each -> each.budget().start()).min().orElseThrow());
        ObjectNode json = CapRoutes.object()
                .put("user", member.name())
                .put("user_id", member.userId())
                .put("at", DirectoryRoutes.time(now));
        member.labels().forEach(json.putArray("labels")::add);
        ArrayNode array = json.putArray("periods");
        periods.forEach(each -> array.add(json(directory, each, byDay, alerts)));
        return Answers.ok(json);
    }

    private static ObjectNode json(
            Directory directory, Explained explained, NavigableMap<Long, Long> byDay, List<ObjectNode> alerts) {
        Budget budget = explained.budget();
        String start = DirectoryRoutes.time(budget.start());
        ObjectNode json =
                CapRoutes.object().put("period", budget.period().periodName()).put("starts_at", start);
        BudgetRoutes.addAmounts(json, directory, budget);
        json.put("state", budget.state().stateName());
        ArrayNode considered = json.putArray("considered");
        explained.explanation().candidates().forEach(each -> considered.add(json(directory, explained, each)));
        ArrayNode days = json.putArray("spend_by_day");
        byDay.subMap(budget.start(), budget.resetsAt())
                .forEach(
                        (day, micros) -> days.addObject().put("date", date(day)).put("spent_micros", micros));
        addThresholds(
                json.putArray("thresholds"),
                budget,
                alerts.stream()
                        .filter(alert -> alert.path("period")
                                .asText()
                                .equals(budget.period().periodName()))
                        .filter(alert -> Instant.parse(
                                        alert.path("period_start").asText())
                                .equals(Micros.toInstant(budget.start())))
                        .toList());
        return json;
    }

    private static String date(long micros) {
        return Micros.toInstant(micros).atOffset(ZoneOffset.UTC).toLocalDate().toString();
    }

    private static ObjectNode json(Directory directory, Explained explained, Candidate candidate) {
        Limit limit = candidate.limit();
        ObjectNode json = CapRoutes.object();
        json.set("scope", CapRoutes.scope(limit.scope(), limit.scopeId()));
        return json.put("scope_name", CapNames.of(directory, limit.scope(), limit.scopeId()))
                .put("spend_limit_id", CapIds.external(limit.capId()))
                .put("version", limit.capVersion())
                .put("amount", CapRoutes.cents(limit.amountMicros()))
                .put("amount_micros", limit.amountMicros())
                .put("outcome", candidate.outcome().outcomeName())
                .put("why", why(explained, candidate));
    }

    private static String why(Explained explained, Candidate candidate) {
        return switch (candidate.outcome()) {
            case WON ->
                "the first that there is of user, group, seat tier, organization" + ofGroups(explained, candidate);
            case DISABLED -> "disabled: passed over as if it were not there";
            case LESS_SPECIAL -> "a more special limit goes first: " + winner(explained);
            case HIGHER -> "of several groups the lowest limit counts: " + winner(explained);
            case LOWER -> "of several groups the highest limit counts: " + winner(explained);
            case EQUAL -> "another group has the same limit, and the smaller id: " + winner(explained);
        };
    }

    private static String ofGroups(Explained explained, Candidate won) {
        long groups = explained.explanation().candidates().stream()
                .filter(each -> each.limit().scope() == won.limit().scope())
                .filter(each -> each.outcome() != Candidate.Outcome.DISABLED)
                .count();
        return groups > 1 && won.limit().scope() == CapScope.GROUP
                ? "; of several groups the " + explained.groupLimit()
                : "";
    }

    private static String winner(Explained explained) {
        Limit limit = explained.explanation().version().limit();
        return limit == null ? "" : CapIds.external(limit.capId());
    }

    /** Those of the limit of now, and those that were told of an earlier limit of the period. */
    private static void addThresholds(ArrayNode thresholds, Budget budget, List<ObjectNode> alerts) {
        Limit limit = budget.limit();
        Long amount = limit == null ? null : limit.amountMicros();
        List<Integer> current = limit == null || amount == null || amount == 0 ? List.of() : limit.thresholds();
        SortedSet<Integer> percents = new TreeSet<>(current);
        alerts.forEach(alert -> percents.add(alert.path("threshold").asInt()));
        for (int percent : percents) {
            boolean now = current.contains(percent);
            Long micros = now ? thresholdMicros(limit, percent) : null;
            ArrayNode told = thresholds
                    .addObject()
                    .put("percent", percent)
                    .put("current", now)
                    .put("amount_micros", micros)
                    .put("reached", micros != null && budget.spentMicros() >= micros)
                    .putArray("alerts");
            alerts.stream()
                    .filter(alert -> alert.path("threshold").asInt() == percent)
                    .forEach(told::add);
        }
    }

    private static @Nullable Long thresholdMicros(@Nullable Limit limit, int percent) {
        return limit == null ? null : limit.thresholdMicros(percent);
    }
}
