package io.sluice.server;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.SeatRequests;
import io.sluice.core.directory.Seats;
import io.sluice.schema.DirectorySeatRequest;
import io.sluice.schema.DirectoryUser;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** {@code /v1/seats/requests}: somebody asks, somebody else approves or denies. */
final class SeatApprovals {
    private static final String PATH = "/requests";
    private static final int LONGEST_REASON = 1_000;

    private record Made(String id, DirectoryChange change) {}

    private final SeatContext seats;
    private final SeatAssignments assignments;

    SeatApprovals(SeatContext seats, SeatAssignments assignments) {
        this.seats = seats;
        this.assignments = assignments;
    }

    List<Route> routes() {
        Set<String> parameters = new TreeSet<>(SeatPage.PARAMETERS);
        parameters.add("status");
        return List.of(
                SeatContext.read(PATH, this::list).parameters(parameters),
                SeatContext.write(HttpMethod.POST, PATH, this::create),
                SeatContext.decide(HttpMethod.POST, PATH + "/{id}/approve", this::approve),
                SeatContext.decide(HttpMethod.POST, PATH + "/{id}/deny", this::deny));
    }

    private HttpResponse list(Call call) {
        Directory directory = seats.directory(call);
        String status = call.parameters().text("status");
        if (status != null && !SeatRequests.STATUSES.contains(status)) {
            throw Refusal.invalid("status", status, "one of " + String.join(", ", SeatRequests.STATUSES));
        }
        List<Document<DirectorySeatRequest>> requests = directory.seatRequests().from(0, Integer.MAX_VALUE).stream()
                .filter(request ->
                        status == null || status.equals(request.content().getStatus()))
                .toList();
        return Answers.ok(
                SeatPage.of(call.parameters(), requests, Document::place, request -> json(directory, request)));
    }

    private HttpResponse create(Call call) {
        SeatFields fields = new SeatFields(call, Set.of("user_id", "tier", "reason"));
        String userId = fields.userId();
        String tier = fields.tier();
        String reason = fields.text("reason", LONGEST_REASON);
        String made = seats.store().change(() -> {
            Directory directory = seats.directory(call);
            Made next = directory.consistently(() -> {
                requireNew(directory, userId, tier);
                // Of two requests at the same time both would be this one, and one of them is told.
                String id = id(userId, SeatRequests.of(directory, userId).size());
                DirectorySeatRequest request = DirectorySeatRequest.newBuilder()
                        .setUserId(userId)
                        .setTier(tier)
                        .setStatus(SeatRequests.PENDING)
                        .setReason(reason)
                        .build();
                return new Made(id, seats.change(call).seatRequest(id, request));
            });
            next.change.accept();
            return next.id;
        });
        call.target(call.orgId(), made);
        return Answers.json(HttpStatus.CREATED, json(call, made));
    }

    private static void requireNew(Directory directory, String userId, String tier) {
        SeatContext.bought(directory, tier);
        Document<DirectoryUser> user = SeatContext.user(directory, userId);
        if (SeatTiers.asksFor(user, tier)) {
            throw new Refusal(
                    Refusal.Kind.CONFLICT,
                    "tier",
                    "tier: the user has or waits for a seat of it (expected: another tier)");
        }
        SeatAssignments.requireAssignable(user, tier);
        Optional<Document<DirectorySeatRequest>> pending = SeatRequests.pending(directory, userId);
        if (pending.isPresent()) {
            throw new Refusal(
                            Refusal.Kind.CONFLICT,
                            "user_id",
                            "user_id: has a pending request (expected: one at a time; approve or deny that first)")
                    .with("request", TextNode.valueOf(pending.get().id()));
        }
    }

    /** @param before how many requests there were for the user */
    private static String id(String userId, int before) {
        return "seat_request_" + Secret.sha256(userId + '|' + (before + 1)).substring(0, 32);
    }

    private HttpResponse approve(Call call) {
        String id = call.path("id");
        answer(call, id, SeatRequests.APPROVED);
        Directory directory = seats.directory(call);
        Document<DirectorySeatRequest> request = request(directory, id);
        if (SeatRequests.owesSeat(directory, request)) {
            assignments.assign(
                    call, request.content().getUserId(), request.content().getTier());
        }
        Directory now = seats.directory(call);
        ObjectNode answer = json(now, request(now, id));
        answer.set(
                "seat",
                SeatAssignments.json(
                        now,
                        Seats.of(now, request.content().getTier()),
                        request.content().getUserId()));
        return Answers.ok(answer);
    }

    private HttpResponse deny(Call call) {
        answer(call, call.path("id"), SeatRequests.DENIED);
        return Answers.ok(json(call, call.path("id")));
    }

    private void answer(Call call, String id, String status) {
        call.requireBodyType();
        seats.store().change(() -> {
            Directory directory = seats.directory(call);
            DirectoryChange next = directory.consistently(() -> {
                DirectoryChange change = seats.change(call);
                Document<DirectorySeatRequest> request = request(directory, id);
                DirectorySeatRequest content = request.content();
                SeatRequests.Step step = SeatRequests.answer(content.getStatus(), status);
                if (step == SeatRequests.Step.REFUSED) {
                    throw new Refusal(
                            Refusal.Kind.CONFLICT,
                            "id",
                            "id: the request was " + content.getStatus() + " before (expected: a pending one)");
                }
                if (step == SeatRequests.Step.DONE_BEFORE) {
                    return change;
                }
                if (status.equals(SeatRequests.APPROVED)) {
                    SeatContext.bought(directory, content.getTier());
                    SeatAssignments.requireAssignable(
                            SeatContext.user(directory, content.getUserId()), content.getTier());
                }
                return change.seatRequest(
                        id,
                        DirectorySeatRequest.newBuilder(content)
                                .setStatus(status)
                                .build());
            });
            next.accept();
            return true;
        });
    }

    private static Document<DirectorySeatRequest> request(Directory directory, String id) {
        return directory
                .seatRequest(id)
                .orElseThrow(() -> new Refusal(
                        Refusal.Kind.NOT_FOUND,
                        "id",
                        "id: no such request (expected: one that GET /v1/seats/requests lists)"));
    }

    private ObjectNode json(Call call, String id) {
        Directory directory = seats.directory(call);
        return json(directory, request(directory, id));
    }

    private static ObjectNode json(Directory directory, Document<DirectorySeatRequest> request) {
        DirectorySeatRequest content = request.content();
        boolean open = content.getStatus().equals(SeatRequests.PENDING);
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", request.id())
                .put("user_id", content.getUserId())
                .put("user_name", SeatAssignments.userName(directory, content.getUserId()))
                .put("tier", content.getTier())
                .put("status", content.getStatus())
                .put("reason", content.getReason())
                .put("created_at", SeatContext.time(request.createdAt()))
                .put("decided_at", open ? null : SeatContext.time(request.changedAt()));
    }
}
