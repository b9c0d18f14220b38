package io.sluice.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import io.sluice.core.caps.Budget;
import io.sluice.core.caps.CapPeriod;
import io.sluice.core.caps.Forecast;
import io.sluice.core.caps.Limit;
import io.sluice.core.caps.Spend;
import io.sluice.core.directory.Directory;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code GET /v1/budgets/{user}}: what somebody has spent and has left, from memory alone. */
final class BudgetRoutes {
    private static final String PERIOD = "period";

    private final CapRoutes common;
    private final CapStore store;

    BudgetRoutes(CapRoutes common) {
        this.common = common;
        this.store = common.store();
    }

    List<Route> routes() {
        return List.of(common.look("/v1/budgets/{user}", this::get).parameters(Set.of(PERIOD)));
    }

    private HttpResponse get(Call call) {
        CapPeriod period = period(call.parameters().text(PERIOD));
        Directory directory = common.directory(call);
        long now = store.nowMicros();
        CapMembers.Member member = CapMembers.of(directory, call.path("user"), now);
        if (member.user().isEmpty() && !common.spent().knows(call.orgId(), member.name())) {
            throw DirectoryRoutes.absent("user", "user");
        }
        NavigableMap<Long, Long> byDay = common.spent().byDay(call.orgId(), member.labels());
        Spend spend = new Spend();
        byDay.forEach(spend::add);
        List<Budget> budgets = store.read(call.orgId(), caps -> {
            int warningPercent = caps.caps().settingsAt(now).getWarningPercent();
            return Stream.of(CapPeriod.values())
                    .map(each -> Budget.of(
                            each, now, member.limit(caps.caps(), directory, each, now), spend, warningPercent))
                    .toList();
        });
        Budget asked = budgets.get(period.ordinal());
        Budget decides = Budget.strictest(budgets);
        ObjectNode json = CapRoutes.object()
                .put("user", member.name())
                .put("user_id", member.userId())
                .put("period", period.periodName());
        addAmounts(json, directory, asked);
        json.put("state", decides.state().stateName());
        json.put("cause", cause(decides));
        json.set("decided_by", decides.state() == Budget.State.ALLOWED ? null : decidedBy(directory, decides));
        addThresholds(json.putArray("thresholds"), asked);
        Forecast forecast = Forecast.of(byDay, period, now);
        json.putObject("forecast")
                .put("p10", forecast.p10())
                .put("p50", forecast.p50())
                .put("p90", forecast.p90());
        return Answers.ok(json);
    }

    private static CapPeriod period(@Nullable String name) {
        if (name == null) {
            return CapPeriod.MONTHLY;
        }
        return CapPeriod.named(name)
                .orElseThrow(() -> Refusal.invalid(PERIOD, name, "one of " + CapFields.periodNames()));
    }

    static void addAmounts(ObjectNode json, Directory directory, Budget budget) {
        Limit limit = budget.limit();
        json.put("limit_micros", limit == null ? null : limit.amountMicros())
                .put("included_micros", limit == null ? 0 : limit.includedMicros())
                .put("spent_micros", budget.spentMicros())
                .put("remaining_micros", budget.remainingMicros());
        json.set("source", limit == null ? null : CapRoutes.scope(limit.scope(), limit.scopeId()));
        json.put("source_name", limit == null ? null : CapNames.of(directory, limit.scope(), limit.scopeId()))
                .put("spend_limit_id", limit == null ? null : CapIds.external(limit.capId()))
                .put("resets_at", DirectoryRoutes.time(budget.resetsAt()));
    }

    /** Null: nothing is near its limit. */
    private static @Nullable String cause(Budget decides) {
        Limit limit = decides.limit();
        if (decides.state() == Budget.State.ALLOWED || limit == null) {
            return null;
        }
        Long amount = limit.amountMicros();
        return amount != null && amount == 0 ? "0" : "limit";
    }

    private static ObjectNode decidedBy(Directory directory, Budget decides) {
        ObjectNode json = CapRoutes.object().put("period", decides.period().periodName());
        addAmounts(json, directory, decides);
        return json;
    }

    /** An amount of 0 has none. */
    private static void addThresholds(ArrayNode thresholds, Budget budget) {
        Limit limit = budget.limit();
        Long amount = limit == null ? null : limit.amountMicros();
        if (limit == null || amount == null || amount == 0) {
            return;
        }
        for (int percent : limit.thresholds()) {
            long micros = limit.thresholdMicros(percent);
            thresholds
                    .addObject()
                    .put("percent", percent)
                    .put("amount_micros", micros)
                    .put("reached", budget.spentMicros() >= micros);
        }
    }
}
