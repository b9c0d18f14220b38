package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import io.sluice.core.compliance.Requested;
import io.sluice.schema.ComplianceChange;
import io.sluice.schema.ContentTarget;
import io.sluice.schema.Erasure;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code /v1/erasures} and {@code /v1/receipts}: content is destroyed for good, and it is proven. */
final class ErasureRoutes {
    private static final String PATH = "/v1/erasures";
    private static final int LONGEST_REASON = 1000;
    /** Named in the answer of a dry run. */
    private static final int MOST_HOLDS = 100;

    private static final String OPEN = "open";
    private static final Set<String> STATUSES = Set.of(OPEN, "pending", "held", "hidden", "completed", "failed");

    private final ComplianceDecisions common;
    private final Receipts receipts;

    ErasureRoutes(ComplianceDecisions common, Receipts receipts) {
        this.common = common;
        this.receipts = receipts;
    }

    List<Route> routes() {
        return List.of(
                common.read(PATH, this::list).parameters(Set.of("status", "limit", "page")),
                common.decide(HttpMethod.POST, PATH, this::create),
                common.read(PATH + "/{id}", call -> answer(common, call, HttpStatus.OK, call.path("id"))),
                common.read("/v1/receipts/{id}", this::receipt));
    }

    /** Newest first; pages go by numbers, so that what is added meanwhile moves nothing. */
    private HttpResponse list(Call call) {
        String status = call.parameters().text("status");
        if (status != null && !STATUSES.contains(status)) {
            throw Refusal.invalid("status", status, "open, pending, held, hidden, completed or failed");
        }
        int limit = call.parameters().limit();
        PageToken page = call.parameters().page();
        JsonNode position = page.position();
        long before =
                position == null ? Long.MAX_VALUE : position.path("number").asLong();
        return Answers.ok(common.register().read(all -> {
            ObjectNode answer = DirectoryRoutes.object();
            ArrayNode data = answer.putArray("data");
            List<Requested> erasures = all.erasures(call.orgId());
            for (int i = erasures.size() - 1; i >= 0; i--) {
                Requested erasure = erasures.get(i);
                if (erasure.number() < before && isWanted(call.orgId(), erasure, status)) {
                    if (data.size() == limit) {
                        ObjectNode last = DirectoryRoutes.object();
                        last.set("number", data.get(limit - 1).get("number"));
                        return answer.put("has_more", true).put("next_page", page.next(last));
                    }
                    data.add(common.json(call.orgId(), erasure));
                }
            }
            return answer.put("has_more", false).putNull("next_page");
        }));
    }

    private boolean isWanted(String orgId, Requested erasure, @Nullable String status) {
        if (status == null) {
            return true;
        }
        String is = ComplianceDecisions.status(
                erasure,
                common.book()
                        .report(orgId, erasure.erasure().getId())
                        .map(ErasureBook.Report::progress)
                        .orElse(null));
        return status.equals(OPEN) ? ComplianceDecisions.isOpen(is) : status.equals(is);
    }

    private HttpResponse create(Call call) {
        JsonNode body = call.body();
        JsonFields fields = new JsonFields(body, Set.of("target", "reason", "dry_run", "upstream"));
        String reason = fields.textOrNull("reason", LONGEST_REASON);
        boolean dryRun = fields.has("dry_run") && fields.flag("dry_run");
        boolean upstream = fields.has("upstream") && fields.flag("upstream");
        if (!body.path("target").isObject()) {
            throw JsonFields.invalid(
                    "target",
                    body.path("target"),
                    "an object with one of conversation_id, user, project_id, search_id, search");
        }
        ContentTarget target = common.targets().ofErasure(call.orgId(), body.path("target"), common.until());
        call.detail("target", target.getKind());
        if (dryRun) {
            call.detail("dry_run", "true");
            return Answers.ok(dryRun(call, target));
        }
        String id = request(common, call, target, reason == null ? "" : reason, upstream);
        call.target(call.orgId(), id);
        return answer(common, call, HttpStatus.ACCEPTED, id);
    }

    private ObjectNode dryRun(Call call, ContentTarget target) {
        return json(target, common.content().count(call.orgId(), target, common.standing(call.orgId())));
    }

    static ObjectNode json(ContentTarget target, CoveredContent.Count count) {
        ObjectNode answer = DirectoryRoutes.object().put("type", "erasure_dry_run");
        answer.set("target", ContentTargets.json(target));
        answer.put("found", count.found()).put("held", count.held()).put("erased", count.found() - count.held());
        ArrayNode heldBy = answer.putArray("held_by");
        List<String> most = count.keepingMost(MOST_HOLDS);
        most.forEach(id ->
                heldBy.addObject().put("id", id).put("held", count.heldBy().get(id)));
        answer.put("held_by_more", count.heldBy().size() - most.size());
        answer.set("sample", count.sample());
        return answer;
    }

    /** @return the id of the erasure */
    static String request(
            ComplianceDecisions common, Call call, ContentTarget target, String reason, boolean upstream) {
        String id = ComplianceDecisions.newId("erasure");
        Optional<ComplianceChange> unused = common.append(
                call,
                all -> Optional.of(erasure(Erasure.newBuilder()
                        .setId(id)
                        .setTarget(target)
                        .setReason(reason)
                        .setUpstream(upstream)
                        .setDueAt(ComplianceDecisions.dueAt(common.register().now()))
                        .build())));
        return id;
    }

    static ComplianceChange.Builder erasure(Erasure erasure) {
        return ComplianceChange.newBuilder().setKind("erasure").setErasure(erasure);
    }

    static HttpResponse answer(ComplianceDecisions common, Call call, HttpStatus status, String id) {
        return Answers.json(
                status,
                common.register()
                        .read(all -> all.erasure(call.orgId(), id)
                                .map(erasure -> common.json(call.orgId(), erasure))
                                .orElseThrow(() -> DirectoryRoutes.absent("id", "erasure"))));
    }

    private HttpResponse receipt(Call call) {
        String erasureId = Receipts.erasureId(call.path("id"));
        String receipt = common.book()
                .receipt(call.orgId(), erasureId)
                .orElseThrow(() -> DirectoryRoutes.absent("id", "receipt"));
        return Answers.ok(receipts.answer(erasureId, receipt));
    }
}
