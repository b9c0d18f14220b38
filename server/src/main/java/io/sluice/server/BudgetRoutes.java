package io.sluice.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.MediaType;
import io.sluice.core.caps.Budget;
import io.sluice.core.caps.CapPeriod;
import io.sluice.core.caps.CapSubject;
import io.sluice.core.caps.Forecast;
import io.sluice.core.caps.Limit;
import io.sluice.core.directory.Directory;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/budgets/{user}}: what somebody has spent and has left, from memory alone. {@code GET /v1/budgets/me} is the
 * same for whoever asks; as {@code text/plain} it is one line for people.
 */
final class BudgetRoutes {
    private static final String PERIOD = "period";

    private final CapRoutes common;

    BudgetRoutes(CapRoutes common) {
        this.common = common;
    }

    List<Route> routes() {
        return List.of(
                common.look("/v1/budgets/{user}", this::get).parameters(Set.of(PERIOD)),
                common.self(HttpMethod.GET, "/v1/budgets/me", this::me).parameters(Set.of(PERIOD)));
    }

    private HttpResponse get(Call call) {
        CapPeriod period = period(call.parameters().text(PERIOD));
        Standing standing = standing(call, call.path("user"));
        CapMembers.Member member = standing.member();
        if (member.user().isEmpty() && !common.spent().knows(call.orgId(), member.name())) {
            throw DirectoryRoutes.absent("user", "user");
        }
        return Answers.ok(json(call, standing, period));
    }

    /** Whoever it is: limits also hold for somebody who was not seen yet. */
    private HttpResponse me(Call call) {
        CapPeriod period = period(call.parameters().text(PERIOD));
        Standing standing = standing(call, AskingUser.required(call));
        if (wantsText(call)) {
            return Answers.text(
                    BudgetText.line(standing.tightest(), standing.decides().state()));
        }
        return Answers.ok(json(call, standing, period));
    }

    private static boolean wantsText(Call call) {
        return call.request().headers().accept().stream()
                .findFirst()
                .filter(type -> type.is(MediaType.PLAIN_TEXT))
                .isPresent();
    }

    private Standing standing(Call call, String idOrLabel) {
        Directory directory = common.directory(call);
        long now = common.store().nowMicros();
        return Standing.of(common, call.orgId(), directory, CapMembers.of(directory, idOrLabel, now), now);
    }

    private ObjectNode json(Call call, Standing standing, CapPeriod period) {
        Directory directory = common.directory(call);
        Budget asked = standing.in(period);
        Budget decides = standing.decides();
        ObjectNode json = CapRoutes.object()
                .put("user", standing.member().name())
                .put("user_id", standing.member().userId())
                .put("period", period.periodName());
        addAmounts(json, directory, asked);
        json.put("state", decides.state().stateName());
        json.put("cause", cause(decides));
        json.set("decided_by", decides.state() == Budget.State.ALLOWED ? null : decidedBy(directory, decides));
        addThresholds(json.putArray("thresholds"), asked);
        ArrayNode shared = json.putArray("shared");
        standing.shared().stream().filter(budget -> budget.period() == period).forEach(budget -> {
            ObjectNode each = shared.addObject().put("state", budget.state().stateName());
            addAmounts(each, directory, budget);
            addThresholds(each.putArray("thresholds"), budget);
        });
        addForecast(json, standing.byDay(), period, standing.now());
        return json;
    }

    private static CapPeriod period(@Nullable String name) {
        if (name == null) {
            return CapPeriod.MONTHLY;
        }
        return CapPeriod.named(name)
                .orElseThrow(() -> Refusal.invalid(PERIOD, name, "one of " + CapFields.periodNames()));
    }

    private static CapSubject subject(Call call, Budget shared) {
        Limit limit = shared.limit();
        String groupId = limit == null ? null : limit.scopeId();
        return groupId == null ? CapSubject.total(call.orgId()) : CapSubject.pool(call.orgId(), groupId);
    }

    private static void addForecast(ObjectNode json, NavigableMap<Long, Long> byDay, CapPeriod period, long now) {
        Forecast forecast = Forecast.of(byDay, period, now);
        json.putObject("forecast")
                .put("p10", forecast.p10())
                .put("p50", forecast.p50())
                .put("p90", forecast.p90());
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
        if (amount != null && amount == 0) {
            return "0";
        }
        return switch (limit.scope()) {
            case GROUP_POOL -> "pool";
            case ORGANIZATION_TOTAL -> "organization";
            default -> "limit";
        };
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
