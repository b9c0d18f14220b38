package io.sluice.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import io.sluice.core.compliance.Held;
import io.sluice.core.compliance.Register;
import io.sluice.core.compliance.Requested;
import io.sluice.schema.ComplianceChange;
import io.sluice.schema.ErasureProgress;
import io.sluice.schema.Micros;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the routes that decide about content have in common: holds, erasures, retention, saved searches. Their handlers block. */
final class ComplianceDecisions {
    static final String FEATURE = "compliance";
    private static final long SECONDS_PER_DAY = Duration.ofDays(1).toSeconds();

    private final ComplianceRegister register;
    private final ErasureBook book;
    private final DirectoryStore directory;
    private final CoveredContent content;
    private final FrozenSearch search;
    private final ContentTargets targets;

    ComplianceDecisions(
            ComplianceRegister register,
            ErasureBook book,
            DirectoryStore directory,
            CoveredContent content,
            FrozenSearch search) {
        this.register = register;
        this.book = book;
        this.directory = directory;
        this.content = content;
        this.search = search;
        this.targets = new ContentTargets(directory, register, search);
    }

    /** Holds, erasures and their receipts, retention, saved searches. */
    RouteGroup routes(Receipts receipts, RetentionRuns retention) {
        return RouteGroup.json(Stream.of(
                        new HoldRoutes(this).routes(),
                        new ErasureRoutes(this, receipts).routes(),
                        new ChatDeletion(this).routes(),
                        new RetentionRoutes(this, retention).routes(),
                        new SavedSearchRoutes(this).routes())
                .flatMap(List::stream)
                .toArray(Route[]::new));
    }

    Route read(String path, Function<Call, HttpResponse> handler) {
        return route(HttpMethod.GET, path, Scope.READ_COMPLIANCE_USER_DATA, handler);
    }

    /** Changes that destroy nothing, now or later. */
    Route note(HttpMethod method, String path, Function<Call, HttpResponse> handler) {
        return route(method, path, Scope.READ_COMPLIANCE_USER_DATA, handler);
    }

    /** Whatever has a say in what is destroyed. */
    Route decide(HttpMethod method, String path, Function<Call, HttpResponse> handler) {
        return route(method, path, Scope.DELETE_COMPLIANCE_USER_DATA, handler);
    }

    private Route route(HttpMethod method, String path, Scope scope, Function<Call, HttpResponse> handler) {
        return Route.of(method, path, scope, call -> {
                    directory.requireLoaded();
                    register.requireLoaded();
                    book.requireLoaded();
                    return CompletableFuture.completedFuture(handler.apply(call));
                })
                .feature(FEATURE)
                .audited();
    }

    ComplianceRegister register() {
        return register;
    }

    ErasureBook book() {
        return book;
    }

    DirectoryStore directory() {
        return directory;
    }

    CoveredContent content() {
        return content;
    }

    FrozenSearch search() {
        return search;
    }

    ContentTargets targets() {
        return targets;
    }

    /** The end of the current millisecond: the index knows no shorter times. */
    long until() {
        return (Micros.of(register.now()) / 1000 + 1) * 1000;
    }

    static String newId(String kind) {
        return kind + '_' + UUID.randomUUID().toString().replace("-", "");
    }

    /** @return empty: another entry was not needed */
    Optional<ComplianceChange> append(Call call, Function<Register, Optional<ComplianceChange.Builder>> decision) {
        return register.append(call.orgId(), call.caller().actor(), decision);
    }

    /** Holds that stand now, as of all that any server has answered. */
    List<Held> standing(String orgId) {
        register.catchUp();
        return register.read(all ->
                all.holds(orgId).stream().filter(hold -> hold.releasedBy() == 0).toList());
    }

    /** One month after a request, as the GDPR counts: the same day of the next month, or its last. */
    static long dueAt(Instant requested) {
        return Micros.of(requested.atZone(ZoneOffset.UTC).plusMonths(1).toInstant());
    }

    /** An erasure with how far it has come. Within {@link ComplianceRegister#read}. */
    ObjectNode json(String orgId, Requested erasure) {
        ErasureProgress progress = book.report(orgId, erasure.erasure().getId())
                .map(ErasureBook.Report::progress)
                .orElse(null);
        String status = status(erasure, progress);
        boolean open = isOpen(status);
        ObjectNode json = DirectoryRoutes.object()
                .put("id", erasure.erasure().getId())
                .put("type", "erasure")
                .put("status", status);
        json.set("target", ContentTargets.json(erasure.erasure().getTarget()));
        json.put("reason", erasure.erasure().getReason())
                .put("upstream", erasure.erasure().getUpstream())
                .put("requested_by", erasure.requestedBy())
                .put("created_at", DirectoryRoutes.time(erasure.recordedAt()))
                .put("number", erasure.number())
                .put("start_number", erasure.start() == 0 ? null : erasure.start())
                .put("due_at", DirectoryRoutes.time(erasure.erasure().getDueAt()))
                .put("days_left", open ? daysLeft(erasure.erasure().getDueAt()) : null)
                .put("found", progress == null ? null : progress.getFound())
                .put("erased", progress == null ? 0 : progress.getErased())
                .put("held", progress == null ? 0 : progress.getHeld());
        var heldBy = json.putArray("held_by");
        if (progress != null && status.equals("held")) {
            progress.getHeldBy().forEach(heldBy::add);
        }
        return json.put("hidden_at", time(progress == null ? null : progress.getHiddenAt()))
                .put("erased_at", time(progress == null ? null : progress.getErasedAt()))
                .put(
                        "receipt_id",
                        status.equals("completed")
                                ? Receipts.id(erasure.erasure().getId())
                                : null)
                .put("error", progress == null ? null : progress.getError())
                .put("updated_at", time(progress == null ? null : progress.getAt()));
    }

    static boolean isOpen(String status) {
        return !status.equals("completed") && !status.equals("failed");
    }

    /** A report about an earlier start says nothing of the newest. */
    static String status(Requested erasure, @Nullable ErasureProgress progress) {
        boolean stale = progress == null
                || (progress.getStatus().equals("held") && progress.getStartNumber() < erasure.start());
        return progress == null || stale ? "pending" : progress.getStatus();
    }

    /** Whole days; negative: overdue. */
    private long daysLeft(long dueAt) {
        return Math.floorDiv(
                Micros.toInstant(dueAt).getEpochSecond() - register.now().getEpochSecond(), SECONDS_PER_DAY);
    }

    static @Nullable String time(@Nullable Long micros) {
        return micros == null || micros == 0 ? null : DirectoryRoutes.time(micros);
    }
}
