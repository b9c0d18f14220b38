package io.sluice.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import io.sluice.schema.ContentTarget;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * {@code DELETE /v1/compliance/apps/chats/{id}}, as the Compliance API has it: an erasure of one conversation whose caller
 * waits until nothing of it is found any more.
 */
final class ChatDeletion {
    private static final String ONE = "/v1/compliance/apps/chats/{id}";
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final long RETRY_AFTER_SECONDS = 5;
    /** Named in a refusal. */
    private static final int MOST_HOLDS = 20;

    private final ComplianceDecisions common;

    ChatDeletion(ComplianceDecisions common) {
        this.common = common;
    }

    List<Route> routes() {
        return List.of(common.decide(HttpMethod.DELETE, ONE, this::delete));
    }

    private HttpResponse delete(Call call) {
        String id = ContentTargets.id("id", TextNode.valueOf(call.path("id")));
        ContentTarget target = ContentTargets.conversations(List.of(id));
        Optional<String> going = going(call, id);
        String erasureId = going.orElseGet(() -> request(call, id, target));
        call.detail("erasure", erasureId);
        Optional<ErasureBook.Report> report = await(call, erasureId);
        if (report.filter(each -> isHeld(call, each)).isPresent()) {
            List<String> holds = report.get().progress().getHeldBy();
            throw held(id, holds.subList(0, Math.min(MOST_HOLDS, holds.size())), holds.size());
        }
        if (report.filter(ChatDeletion::isHidden).isEmpty()) {
            throw new Refusal(
                            Refusal.Kind.UNAVAILABLE,
                            "id",
                            "Chat " + id + ": accepted as " + erasureId
                                    + ", and not confirmed yet (expected: ask again," + " or GET /v1/erasures/"
                                    + erasureId + ")")
                    .with("code", TextNode.valueOf("chat_delete_unconfirmed"))
                    .retryAfter(RETRY_AFTER_SECONDS);
        }
        return Answers.ok(DirectoryRoutes.object().put("id", id).put("type", "claude_chat_deleted"));
    }

    /** Asked again while the first has not been confirmed: the same deletion. */
    private Optional<String> going(Call call, String conversationId) {
        return common.register().read(all -> ContentTargets.ofConversation(all, call.orgId(), conversationId)).stream()
                .filter(erasureId -> common.book()
                        .report(call.orgId(), erasureId)
                        .filter(report -> report.ended() || isHidden(report))
                        .isEmpty())
                .findFirst();
    }

    private String request(Call call, String id, ContentTarget target) {
        CoveredContent.Count count = common.content().count(call.orgId(), target, common.standing(call.orgId()));
        if (count.found() == 0) {
            throw new Refusal(Refusal.Kind.NOT_FOUND, "id", "Chat " + id + " not found.");
        }
        if (count.held() > 0) {
            throw held(id, count.keepingMost(MOST_HOLDS), count.heldBy().size());
        }
        return ErasureRoutes.request(common, call, target, "", false);
    }

    private Optional<ErasureBook.Report> await(Call call, String erasureId) {
        try {
            return common.book()
                    .await(
                            call.orgId(),
                            erasureId,
                            report -> isHidden(report) || isHeld(call, report) || report.ended(),
                            PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refusal(Refusal.Kind.UNAVAILABLE, "the server stops, try again");
        }
    }

    /** As of its newest start: a hold may have been released since the report. */
    private boolean isHeld(Call call, ErasureBook.Report report) {
        return report.is("held")
                && common.register()
                        .read(all -> all.erasure(call.orgId(), report.progress().getErasureId())
                                .map(erasure -> report.progress().getStartNumber() >= erasure.start()
                                        && !all.canResume(
                                                call.orgId(),
                                                erasure,
                                                report.progress().getHeldBy()))
                                .orElse(false));
    }

    private static boolean isHidden(ErasureBook.Report report) {
        return report.is("hidden") || report.is("completed");
    }

    /** @param of how many there are, with those that are not named */
    static Refusal held(String id, List<String> holds, int of) {
        ArrayNode ids = JsonNodeFactory.instance.arrayNode();
        holds.forEach(ids::add);
        String more = of == holds.size() ? "" : " and " + (of - holds.size()) + " more";
        return new Refusal(
                        Refusal.Kind.CONFLICT,
                        "id",
                        "Chat " + id + ": kept by " + String.join(", ", holds) + more + " (expected: released first)")
                .with("held_by", ids);
    }
}
