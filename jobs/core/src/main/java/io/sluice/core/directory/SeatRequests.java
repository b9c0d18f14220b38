package io.sluice.core.directory;

import io.sluice.schema.DirectorySeatRequest;
import java.util.List;
import java.util.Optional;

/** Requests for seats, and what may become of them. */
public final class SeatRequests {
    public static final String PENDING = "pending";
    public static final String APPROVED = "approved";
    public static final String DENIED = "denied";

    public static final List<String> STATUSES = List.of(PENDING, APPROVED, DENIED);

    private SeatRequests() {}

    /** What an answer to a request leads to. */
    public enum Step {
        DECIDE,
        /** It was answered so before. */
        DONE_BEFORE,
        /** It was answered otherwise before, and stays so. */
        REFUSED
    }

    /** @param answer {@link #APPROVED} or {@link #DENIED} */
    public static Step answer(String status, String answer) {
        return status.equals(PENDING) ? Step.DECIDE : status.equals(answer) ? Step.DONE_BEFORE : Step.REFUSED;
    }

    /** A user's request that nobody has answered; there is at most one. */
    public static Optional<Document<DirectorySeatRequest>> pending(Directory directory, String userId) {
        return of(directory, userId).stream()
                .filter(request -> request.content().getStatus().equals(PENDING))
                .findFirst();
    }

    /** All requests for a user, oldest first. Goes through all requests. */
    public static List<Document<DirectorySeatRequest>> of(Directory directory, String userId) {
        return directory.seatRequests().from(0, Integer.MAX_VALUE).stream()
                .filter(request -> request.content().getUserId().equals(userId))
                .toList();
    }

    /**
     * Whether the seat of an approved request still has to be assigned: what the user asks for has not changed since the
     * approval, and is something else. So an approval that a crash cut short is completed by the next one, and one of long
     * ago does not take back what was changed after it.
     */
    public static boolean owesSeat(Directory directory, Document<DirectorySeatRequest> request) {
        String userId = request.content().getUserId();
        List<UserHistory.Stretch> stretches = directory.history(userId).stretches();
        if (!request.content().getStatus().equals(APPROVED) || stretches.isEmpty()) {
            return false;
        }
        UserHistory.Stretch newest = stretches.get(stretches.size() - 1);
        return newest.since() < request.changedAt()
                && !request.content().getTier().equals(newest.tier());
    }
}
