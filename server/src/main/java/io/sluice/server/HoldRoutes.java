package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import io.sluice.core.compliance.Held;
import io.sluice.core.compliance.Meeting;
import io.sluice.core.compliance.Register;
import io.sluice.core.compliance.Requested;
import io.sluice.schema.ComplianceChange;
import io.sluice.schema.ContentTarget;
import io.sluice.schema.LegalHold;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code /v1/holds}: content that must not be destroyed. */
final class HoldRoutes {
    private static final String PATH = "/v1/holds";
    private static final String ONE = PATH + "/{id}";
    private static final int LONGEST_MATTER = 200;
    private static final int LONGEST_REASON = 1000;
    private static final int MOST_USERS = 1000;
    private static final int MOST_IDS = 5000;
    /** That stand at a time: a dry run counts for each of them. */
    private static final int MOST_HOLDS = 500;

    private final ComplianceDecisions common;

    HoldRoutes(ComplianceDecisions common) {
        this.common = common;
    }

    List<Route> routes() {
        return List.of(
                common.read(PATH, this::list).parameters(Set.of("status")),
                common.decide(HttpMethod.POST, PATH, this::create),
                common.read(ONE, call -> answer(call, HttpStatus.OK, call.path("id"))),
                common.decide(HttpMethod.DELETE, ONE, this::release));
    }

    /** Newest first. */
    private HttpResponse list(Call call) {
        String status = call.parameters().text("status");
        if (status != null && !Set.of("active", "released").contains(status)) {
            throw Refusal.invalid("status", status, "active or released");
        }
        ObjectNode answer = DirectoryRoutes.object();
        ArrayNode data = answer.putArray("data");
        return Answers.ok(common.register().read(all -> {
            List<Held> holds = new ArrayList<>(all.holds(call.orgId()));
            for (int i = holds.size() - 1; i >= 0; i--) {
                if (status == null || status.equals(status(holds.get(i)))) {
                    data.add(json(all, call.orgId(), holds.get(i)));
                }
            }
            return answer.put("has_more", false).putNull("next_page");
        }));
    }

    private HttpResponse create(Call call) {
        JsonNode body = call.body();
        JsonFields fields =
                new JsonFields(body, Set.of("matter", "reason", "users", "conversations", "projects", "search_id"));
        String matter = ContentTargets.wellFormed("matter", body.path("matter"), fields.text("matter", LONGEST_MATTER));
        String reason = fields.textOrNull("reason", LONGEST_REASON);
        List<ContentTarget> targets = targets(call, body);
        String id = ComplianceDecisions.newId("hold");
        call.target(call.orgId(), id);
        common.append(call, all -> {
            long standing = all.holds(call.orgId()).stream()
                    .filter(hold -> hold.releasedBy() == 0)
                    .count();
            if (standing >= MOST_HOLDS) {
                throw new Refusal(
                        Refusal.Kind.CONFLICT,
                        standing + " holds stand (expected: fewer than " + MOST_HOLDS + "; release what is over)");
            }
            return Optional.of(ComplianceChange.newBuilder()
                    .setKind("hold")
                    .setHold(LegalHold.newBuilder()
                            .setId(id)
                            .setMatter(matter)
                            .setReason(reason == null ? "" : reason)
                            .setTargets(targets)
                            .build()));
        });
        return answer(call, HttpStatus.CREATED, id);
    }

    private List<ContentTarget> targets(Call call, JsonNode body) {
        List<ContentTarget> targets = new ArrayList<>();
        List<String> users = ContentTargets.ids(body, "users", MOST_USERS);
        if (!users.isEmpty()) {
            targets.add(common.targets().users(call.orgId(), users, true, null));
        }
        List<String> conversations = ContentTargets.ids(body, "conversations", MOST_IDS);
        if (!conversations.isEmpty()) {
            targets.add(ContentTargets.conversations(conversations));
        }
        List<String> projects = ContentTargets.ids(body, "projects", MOST_IDS);
        if (!projects.isEmpty()) {
            targets.add(ContentTargets.projects(projects));
        }
        JsonNode search = body.path("search_id");
        if (!search.isMissingNode() && !search.isNull()) {
            targets.add(
                    common.targets().saved(call.orgId(), "search_id", ContentTargets.id("search_id", search), null));
        }
        if (targets.isEmpty()) {
            throw new Refusal(
                    Refusal.Kind.INVALID,
                    "body: about nothing (expected: at least one of users, conversations, projects, search_id)");
        }
        return targets;
    }

    /** Released twice is released. */
    private HttpResponse release(Call call) {
        String id = call.path("id");
        common.append(call, all -> {
            Held hold = all.hold(call.orgId(), id).orElseThrow(() -> DirectoryRoutes.absent("id", "hold"));
            return hold.releasedBy() != 0
                    ? Optional.empty()
                    : Optional.of(
                            ComplianceChange.newBuilder().setKind("release").setRelease(id));
        });
        return answer(call, HttpStatus.OK, id);
    }

    private HttpResponse answer(Call call, HttpStatus status, String id) {
        return Answers.json(
                status,
                common.register()
                        .read(all -> json(
                                all,
                                call.orgId(),
                                all.hold(call.orgId(), id).orElseThrow(() -> DirectoryRoutes.absent("id", "hold")))));
    }

    private static String status(Held hold) {
        return hold.releasedBy() == 0 ? "active" : "released";
    }

    private ObjectNode json(Register all, String orgId, Held hold) {
        ObjectNode json = DirectoryRoutes.object()
                .put("id", hold.hold().getId())
                .put("type", "hold")
                .put("status", status(hold))
                .put("matter", hold.hold().getMatter())
                .put("reason", hold.hold().getReason());
        ArrayNode targets = json.putArray("targets");
        hold.hold().getTargets().forEach(target -> targets.add(ContentTargets.json(target)));
        json.put("created_at", DirectoryRoutes.time(hold.recordedAt()))
                // It counts from its number on, which it had when it was appended.
                .put("effective_at", DirectoryRoutes.time(hold.recordedAt()))
                .put("created_by", hold.requestedBy())
                .put("number", hold.number())
                .put("released_at", ComplianceDecisions.time(hold.releasedAt()));
        ArrayNode late = json.putArray("too_late_for");
        all.erasures(orgId).stream()
                .filter(erasure -> isTooLateFor(orgId, hold, erasure))
                .forEach(erasure -> late.add(erasure.erasure().getId()));
        return json;
    }

    /** What started before it destroys what it covers, or has done so. Of what may have nothing in common, while it goes on. */
    private boolean isTooLateFor(String orgId, Held hold, Requested erasure) {
        if (erasure.start() == 0 || erasure.start() > hold.number()) {
            return false;
        }
        Meeting meeting = hold.meets(erasure);
        return meeting == Meeting.YES
                || (meeting == Meeting.MAYBE
                        && common.book()
                                .report(orgId, erasure.erasure().getId())
                                .filter(ErasureBook.Report::ended)
                                .isEmpty());
    }
}
