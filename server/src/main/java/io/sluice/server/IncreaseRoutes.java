package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import io.sluice.core.caps.CapPeriod;
import io.sluice.core.caps.CapScope;
import io.sluice.core.caps.Caps;
import io.sluice.core.caps.IncreaseRequests;
import io.sluice.core.directory.Directory;
import io.sluice.schema.CapVersion;
import io.sluice.schema.IncreaseRequest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v1/organizations/spend_limit_increase_requests}: somebody asks for a higher limit, somebody else approves or
 * denies.
 */
final class IncreaseRoutes {
    private static final String PATH = "/v1/organizations/spend_limit_increase_requests";
    private static final String ONE = PATH + "/{id}";
    private static final String STATUS = "status[]";
    private static final String ACTOR_IDS = "actor_ids[]";
    private static final String VERSION = "version";
    private static final String SUPPRESS = "suppress_notification";
    private static final int LONGEST_ID = 200;
    private static final int ID_LENGTH = 32;

    private final CapRoutes common;
    private final CapStore store;

    IncreaseRoutes(CapRoutes common) {
        this.common = common;
        this.store = common.store();
    }

    List<Route> routes() {
        return List.of(
                common.read(PATH, this::list).parameters(Set.of(STATUS, ACTOR_IDS, "limit", "page")),
                common.write(HttpMethod.POST, PATH, this::create),
                common.read(ONE, call -> answer(call, HttpStatus.OK, call.path("id"))),
                common.read(ONE + "/history", this::history),
                common.write(HttpMethod.POST, ONE + "/approve", this::approve),
                common.write(HttpMethod.POST, ONE + "/deny", this::deny));
    }

    /** Oldest first. */
    private HttpResponse list(Call call) {
        List<String> statuses = call.parameters().names(STATUS);
        statuses.stream()
                .filter(status -> !IncreaseRequests.STATUSES.contains(status))
                .findFirst()
                .ifPresent(status -> {
                    throw Refusal.invalid(STATUS, status, "one of " + String.join(", ", IncreaseRequests.STATUSES));
                });
        List<String> users = new ArrayList<>();
        call.parameters().names(ACTOR_IDS).forEach(actor -> users.add(userId(call, actor)));
        KeyPage page = KeyPage.of(call);
        return Answers.ok(store.read(
                call.orgId(),
                caps -> page.answer(
                        caps.requests().all().stream()
                                .filter(request -> statuses.isEmpty()
                                        || statuses.contains(
                                                request.getIncreaseRequest().getStatus()))
                                .filter(request -> users.isEmpty()
                                        || users.contains(
                                                request.getIncreaseRequest().getUserId()))
                                .sorted(Comparator.comparing(IncreaseRoutes::key)),
                        IncreaseRoutes::key,
                        request -> json(call, caps.caps(), request, request.getVersion()))));
    }

    private static String key(CapVersion request) {
        return String.format("%020d|%s", request.getCreatedAt(), request.getId());
    }

    /** @param idOrLabel what the directory does not know is taken for the id of somebody who was deleted */
    private String userId(Call call, String idOrLabel) {
        String userId = CapMembers.of(common.directory(call), idOrLabel, store.nowMicros())
                .userId();
        return userId == null ? idOrLabel : userId;
    }

    private HttpResponse answer(Call call, HttpStatus status, String id) {
        return store.read(call.orgId(), caps -> {
            CapVersion request = existing(caps.requests().document(id));
            return Answers.versioned(
                    status, request.getVersion(), json(call, caps.caps(), request, request.getVersion()));
        });
    }

    private static CapVersion existing(CapBook.Document document) {
        return document.newest().orElseThrow(() -> DirectoryRoutes.absent("id", "increase request"));
    }

    /** Newest first. */
    private HttpResponse history(Call call) {
        ObjectNode answer = CapRoutes.object();
        ArrayNode data = answer.putArray("data");
        store.read(call.orgId(), caps -> {
            CapBook.Document document = caps.requests().document(call.path("id"));
            existing(document);
            for (int i = document.versions().size() - 1; i >= 0; i--) {
                CapVersion version = document.versions().get(i);
                data.add(json(call, caps.caps(), version, version.getVersion())
                        .put("changed_by", version.getChangedBy())
                        .put("updated_at", DirectoryRoutes.time(version.getRecordedAt()))
                        .putNull("spend_summary"));
            }
            return data;
        });
        return Answers.ok(answer);
    }

    private HttpResponse create(Call call) {
        JsonNode body = call.body();
        JsonFields fields = new JsonFields(body, Set.of("user_id", "period", "reason"));
        String given = fields.text("user_id", LONGEST_ID);
        CapPeriod period = CapFields.period(body.path("period"));
        String reason = fields.textOrNull("reason", CapFields.LONGEST_REASON);
        CapVersion made = store.change(() -> {
            CapMembers.Member member = CapMembers.of(common.directory(call), given, store.nowMicros());
            String userId = member.userId();
            if (userId == null) {
                throw DirectoryRoutes.absent("user_id", "user (expected: a user of the directory)");
            }
            List<CapVersion> before =
                    store.read(call.orgId(), caps -> caps.requests().of(userId));
            requireNew(before);
            // Of two requests at the same time both would be this one, and one of them is told.
            String id =
                    "slir_" + Secret.sha256(userId + '|' + (before.size() + 1)).substring(0, ID_LENGTH);
            IncreaseRequest request = IncreaseRequest.newBuilder()
                    .setUserId(userId)
                    .setPeriod(period.periodName())
                    .setStatus(IncreaseRequests.PENDING)
                    .setReason(reason == null ? "" : reason)
                    .build();
            return store.accept(
                    next(call, new CapBook.Document(id, List.of()), request).build());
        });
        call.target(call.orgId(), made.getId());
        return answer(call, HttpStatus.CREATED, made.getId());
    }

    private void requireNew(Collection<CapVersion> before) {
        Optional<CapVersion> pending = IncreaseRequests.pending(before);
        if (pending.isPresent()) {
            String id = pending.get().getId();
            throw new Refusal(
                            Refusal.Kind.CONFLICT,
                            "user_id",
                            "user_id: has the pending request " + id
                                    + " (expected: one at a time; approve or deny that first)")
                    .with("request", TextNode.valueOf(id));
        }
        OptionalLong until = IncreaseRequests.heldBackUntil(before, store.nowMicros());
        if (until.isPresent()) {
            String time = DirectoryRoutes.time(until.getAsLong());
            throw new Refusal(
                            Refusal.Kind.CONFLICT,
                            "user_id",
                            "user_id: a request was denied (expected: the next one after "
                                    + IncreaseRequests.HOLD_BACK.toDays() + " days, from " + time + " on)")
                    .with("until", TextNode.valueOf(time));
        }
    }

    private CapVersion.Builder next(Call call, CapBook.Document before, IncreaseRequest request) {
        return common.after(call, before, IncreaseRequests.KIND).setIncreaseRequest(request);
    }

    private HttpResponse approve(Call call) {
        JsonNode body = call.body();
        JsonFields fields = new JsonFields(body, Set.of("amount", "amount_micros", SUPPRESS, VERSION));
        Long amountMicros = CapFields.amountMicros(fields, body);
        // A limit that any server has answered by now was there before this decision.
        store.catchUp();
        CapVersion approval = decide(
                call,
                fields,
                CapFields.version(body),
                request -> IncreaseRequests.approve(request, amountMicros),
                request -> {
                    if (common.directory(call).user(request.getUserId()).isEmpty()) {
                        throw new Refusal(
                                Refusal.Kind.CONFLICT,
                                "id",
                                "id: the request is of a user who is deleted (expected: of a user of the directory)");
                    }
                    String capId = Caps.id(
                            CapScope.USER,
                            request.getUserId(),
                            CapPeriod.named(request.getPeriod()).orElseThrow());
                    return IncreaseRequest.newBuilder(request)
                            .setStatus(IncreaseRequests.APPROVED)
                            .setAmountMicros(amountMicros)
                            .setLimitVersion(store.document(call.orgId(), Caps.CAP, capId)
                                    .newest()
                                    .map(CapVersion::getVersion)
                                    .orElse(0L))
                            .build();
                });
        store.setOwedLimit(approval);
        return answer(call, HttpStatus.OK, call.path("id"));
    }

    private HttpResponse deny(Call call) {
        JsonNode body = call.body();
        JsonFields fields = new JsonFields(body, Set.of(SUPPRESS, VERSION));
        decide(
                call,
                fields,
                CapFields.version(body),
                IncreaseRequests::deny,
                request -> IncreaseRequest.newBuilder(request)
                        .setStatus(IncreaseRequests.DENIED)
                        .build());
        return answer(call, HttpStatus.OK, call.path("id"));
    }

    /**
     * Decides once.
     *
     * @return the decision, also one of before that was the same
     */
    private CapVersion decide(
            Call call,
            JsonFields fields,
            @Nullable Long version,
            Function<IncreaseRequest, IncreaseRequests.Step> rule,
            Function<IncreaseRequest, IncreaseRequest> decision) {
        if (fields.has(SUPPRESS)) {
            fields.flag(SUPPRESS);
        }
        return store.change(() -> {
            CapBook.Document document = store.document(call.orgId(), IncreaseRequests.KIND, call.path("id"));
            CapVersion newest = existing(document);
            IncreaseRequest request = newest.getIncreaseRequest();
            IncreaseRequests.Step step = rule.apply(request);
            // Asked again with the version of before, since the answer was lost: it is done.
            if (step == IncreaseRequests.Step.DONE_BEFORE) {
                return newest;
            }
            if (step == IncreaseRequests.Step.REFUSED) {
                throw new Refusal(
                        Refusal.Kind.CONFLICT,
                        "id",
                        "id: the request was " + request.getStatus() + amount(request)
                                + " before (expected: a pending one)");
            }
            LimitRoutes.requireVersion(call, version, newest.getVersion());
            return store.accept(next(call, document, decision.apply(request)).build());
        });
    }

    private static String amount(IncreaseRequest request) {
        if (!request.getStatus().equals(IncreaseRequests.APPROVED)) {
            return "";
        }
        String cents = CapRoutes.cents(request.getAmountMicros());
        return " with " + (cents == null ? "no limit" : "an amount of " + cents + " cents");
    }

    private ObjectNode json(Call call, Caps caps, CapVersion version, long number) {
        IncreaseRequest request = version.getIncreaseRequest();
        boolean pending = request.getStatus().equals(IncreaseRequests.PENDING);
        boolean approved = request.getStatus().equals(IncreaseRequests.APPROVED);
        Directory directory = common.directory(call);
        CapPeriod period = CapPeriod.named(request.getPeriod()).orElseThrow();
        CapMembers.Member member = CapMembers.of(directory, request.getUserId(), store.nowMicros());
        ObjectNode json =
                CapRoutes.object().put("type", "spend_limit_increase_request").put("id", version.getId());
        json.set(
                "actor", SpendSummary.actor(member).put("deleted", member.user().isEmpty()));
        json.put("period", period.periodName())
                .put("status", request.getStatus())
                .put("reason", request.getReason())
                .put("amount", approved ? CapRoutes.cents(request.getAmountMicros()) : null)
                .put("amount_micros", approved ? request.getAmountMicros() : null)
                .put("created_at", DirectoryRoutes.time(version.getCreatedAt()))
                .put("resolved_at", pending ? null : DirectoryRoutes.time(version.getRecordedAt()));
        json.set(
                "resolved_by",
                pending
                        ? null
                        : CapRoutes.object()
                                .put("type", "scoped_api_key_actor")
                                .put("scoped_api_key_id", version.getChangedBy()));
        json.set(
                "spend_summary",
                pending && member.user().isPresent()
                        ? SpendSummary.of(common, call, caps, member, period, store.nowMicros())
                        : null);
        return json.put(VERSION, number);
    }
}
