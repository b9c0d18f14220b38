package io.sluice.server;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import io.sluice.core.directory.Asking;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.Place;
import io.sluice.core.directory.Seats;
import io.sluice.schema.DirectoryUser;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who has a seat, and who asks for one. */
final class SeatAssignments {
    private static final String TIER = "tier";
    private static final String USER_ID = "user_id";

    private final SeatContext seats;

    SeatAssignments(SeatContext seats) {
        this.seats = seats;
    }

    List<Route> routes() {
        return List.of(
                SeatContext.read("/{tier}/users", this::users).parameters(SeatPage.PARAMETERS),
                SeatContext.write(HttpMethod.POST, "/{tier}/assignments", this::assign),
                SeatContext.write(HttpMethod.DELETE, "/{tier}/assignments/{user_id}", this::unassign));
    }

    private HttpResponse users(Call call) {
        Directory directory = seats.directory(call);
        String name = call.path(TIER);
        requireKnown(directory, name);
        Seats.Tier tier = Seats.of(directory, name);
        List<Asking> queue = new ArrayList<>(tier.assigned());
        queue.addAll(tier.waiting());
        return Answers.ok(SeatPage.of(
                call.parameters(),
                queue,
                asking -> new Place(asking.since(), asking.userId()),
                asking -> json(directory, tier, asking.userId())));
    }

    /** A tier that was bought or that somebody asks for. */
    private static void requireKnown(Directory directory, String tier) {
        if (!directory.tiers().contains(tier)) {
            SeatContext.bought(directory, tier);
        }
    }

    private HttpResponse assign(Call call) {
        String userId = new SeatFields(call, Set.of(USER_ID)).userId();
        String tier = call.path(TIER);
        call.target(call.orgId(), userId);
        call.detail(TIER, tier);
        SeatContext.bought(seats.directory(call), tier);
        assign(call, userId, tier);
        return answer(call, userId, tier);
    }

    private HttpResponse unassign(Call call) {
        String userId = call.path(USER_ID);
        String tier = call.path(TIER);
        call.target(call.orgId(), userId);
        call.detail(TIER, tier);
        requireKnown(seats.directory(call), tier);
        change(call, userId, user -> {
            if (!SeatTiers.asksFor(user, tier)) {
                return user.content();
            }
            requireByHand(user);
            return SeatTiers.with(user, null);
        });
        return answer(call, userId, tier);
    }

    /** Lets a user ask for a tier, who keeps the place in the queue if that is so already. */
    void assign(Call call, String userId, String tier) {
        change(call, userId, user -> {
            requireAssignable(user, tier);
            return SeatTiers.asksFor(user, tier) ? user.content() : SeatTiers.with(user, tier);
        });
    }

    /** @throws Refusal when people must not give the tier to the user, or it would be of no use */
    static void requireAssignable(Document<DirectoryUser> user, String tier) {
        if (!user.content().getActive()) {
            throw new Refusal(Refusal.Kind.CONFLICT, USER_ID, "user_id: not active (expected: an active user)");
        }
        if (!SeatTiers.asksFor(user, tier)) {
            requireByHand(user);
        }
    }

    private static void requireByHand(Document<DirectoryUser> user) {
        if (SeatTiers.isProviders(user)) {
            throw new Refusal(
                    Refusal.Kind.CONFLICT,
                    USER_ID,
                    "user_id: the identity provider says the seat tier, "
                            + user.content().getSeatTier() + " (expected: change seatTier there, or let it say none)");
        }
    }

    @FunctionalInterface
    private interface Change {
        /** The user after it; the same content: nothing to do. */
        DirectoryUser of(Document<DirectoryUser> user);
    }

    private void change(Call call, String userId, Change change) {
        seats.store().change(() -> {
            Directory directory = seats.directory(call);
            Document<DirectoryUser> user = SeatContext.user(directory, userId);
            DirectoryUser after = change.of(user);
            if (!after.equals(user.content())) {
                seats.change(call).user(user, after, false).accept();
            }
            return true;
        });
    }

    private HttpResponse answer(Call call, String userId, String tier) {
        Directory directory = seats.directory(call);
        return Answers.ok(json(directory, Seats.of(directory, tier), userId));
    }

    /** How a user stands with a tier: {@code assigned}, {@code waiting} with the place in the queue, {@code none}. */
    static ObjectNode json(Directory directory, Seats.Tier tier, String userId) {
        int assigned = indexOf(tier.assigned(), userId);
        int waiting = indexOf(tier.waiting(), userId);
        Asking asking = assigned >= 0
                ? tier.assigned().get(assigned)
                : waiting >= 0 ? tier.waiting().get(waiting) : null;
        return JsonNodeFactory.instance
                .objectNode()
                .put(USER_ID, userId)
                .put("user_name", userName(directory, userId))
                .put(TIER, tier.tier())
                .put("status", assigned >= 0 ? "assigned" : waiting >= 0 ? "waiting" : "none")
                .put("place", waiting >= 0 ? waiting + 1 : null)
                .put("since", asking == null ? null : SeatContext.time(asking.since()));
    }

    private static int indexOf(List<Asking> queue, String userId) {
        for (int i = 0; i < queue.size(); i++) {
            if (queue.get(i).userId().equals(userId)) {
                return i;
            }
        }
        return -1;
    }

    static @Nullable String userName(Directory directory, String userId) {
        return directory.user(userId).map(user -> user.content().getUserName()).orElse(null);
    }
}
