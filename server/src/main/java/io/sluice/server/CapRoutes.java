package io.sluice.server;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import io.sluice.core.caps.CapScope;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Labels;
import io.sluice.schema.CapVersion;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the routes of caps have in common. Their handlers block. */
final class CapRoutes {
    static final String FEATURE = "spend-caps";

    private final CapStore store;
    private final DirectoryStore directory;
    private final SpentBook spent;
    private final @Nullable LimitWriter upstream;

    CapRoutes(CapStore store, DirectoryStore directory, SpentBook spent, @Nullable LimitWriter upstream) {
        this.store = store;
        this.directory = directory;
        this.spent = spent;
        this.upstream = upstream;
    }

    /**
     * Caps and their settings, requests, budgets, alerts.
     *
     * @param upstream null: limits are written through nowhere
     */
    static RouteGroup of(
            CapStore store,
            DirectoryStore directory,
            SpentBook spent,
            Elastic elastic,
            @Nullable LimitWriter upstream) {
        CapRoutes common = new CapRoutes(store, directory, spent, upstream);
        return RouteGroup.json(Stream.of(
                        new LimitRoutes(common).routes(),
                        new IncreaseRoutes(common).routes(),
                        new CapSettingsRoutes(common).routes(),
                        new BudgetRoutes(common).routes(),
                        new WhatIfRoutes(common, elastic).routes(),
                        new ExplainRoutes(common, elastic).routes(),
                        new AlertRoutes(common, elastic).routes())
                .flatMap(List::stream)
                .toArray(Route[]::new));
    }

    Route read(String path, Function<Call, HttpResponse> handler) {
        return route(HttpMethod.GET, path, Scope.READ_SPEND_LIMITS, handler).audited();
    }

    Route write(HttpMethod method, String path, Function<Call, HttpResponse> handler) {
        return route(method, path, Scope.WRITE_SPEND_LIMITS, handler).audited();
    }

    /** A question that needs a body. */
    Route ask(String path, Function<Call, HttpResponse> handler) {
        return route(HttpMethod.POST, path, Scope.READ_SPEND_LIMITS, handler).audited();
    }

    /** For what is asked often, and is no administrator's alone. */
    Route look(String path, Function<Call, HttpResponse> handler) {
        return route(HttpMethod.GET, path, Scope.READ_SPEND_LIMITS, handler);
    }

    /** For what clients ask in the name of their user. */
    Route self(HttpMethod method, String path, Function<Call, HttpResponse> handler) {
        return route(method, path, Scope.BUDGET_SELF, handler);
    }

    private Route route(HttpMethod method, String path, Scope scope, Function<Call, HttpResponse> handler) {
        return Route.of(method, path, scope, call -> {
                    directory.requireLoaded();
                    store.requireLoaded();
                    spent.requireLoaded();
                    return CompletableFuture.completedFuture(handler.apply(call));
                })
                .feature(FEATURE);
    }

    CapStore store() {
        return store;
    }

    SpentBook spent() {
        return spent;
    }

    /** Whether limits of an organization can be written through. */
    boolean hasUpstream(String orgId) {
        return upstream != null && upstream.isOf(orgId);
    }

    /** How far upstream is with a limit; null: it is not written through. */
    @Nullable
    ObjectNode upstream(String orgId, CapBook.Document cap) {
        LimitWriter.Status status = upstream == null ? null : upstream.status(orgId, cap);
        return status == null
                ? null
                : object().put("state", status.state().name().toLowerCase(Locale.ROOT))
                        .put("version", status.version())
                        .put("reason", status.reason());
    }

    Directory directory(Call call) {
        return directory.of(call.orgId());
    }

    /** A user is named by the id once there is one: a cap by label is for somebody whom the directory does not know. */
    @Nullable
    String scopeId(Call call, CapFields fields) {
        String given = fields.scopeId();
        if (given == null || fields.scope() != CapScope.USER) {
            return given;
        }
        String userId = CapMembers.of(directory(call), given, store.nowMicros()).userId();
        return userId == null ? Labels.normalized(given) : userId;
    }

    /** See {@link CapStore#after}. */
    CapVersion.Builder after(Call call, CapBook.Document before, String kind) {
        return store.after(before, call.orgId(), kind, call.caller().actor());
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ObjectNode scope(CapScope scope, @Nullable String scopeId) {
        ObjectNode json = object().put("type", scope.scopeName());
        String field = CapFields.idField(scope);
        return field == null ? json : json.put(field, scopeId);
    }

    /** Whole cents; null: unlimited. */
    static @Nullable String cents(@Nullable Long micros) {
        return micros == null ? null : Long.toString(micros / CapFields.MICROS_PER_CENT);
    }

    /** Cents with up to 3 decimals, as upstream shows what was spent. */
    static String decimalCents(long micros) {
        BigDecimal cents = BigDecimal.valueOf(micros, 4).setScale(3, RoundingMode.HALF_UP);
        return cents.signum() == 0 ? "0" : cents.stripTrailingZeros().toPlainString();
    }
}
