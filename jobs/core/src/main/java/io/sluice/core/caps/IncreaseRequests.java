package io.sluice.core.caps;

import io.sluice.schema.CapVersion;
import io.sluice.schema.IncreaseRequest;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Requests of members for a higher limit, and what may become of them: one waits, and is approved or denied for good. An
 * approval is accepted first and then sets the limit, so one that a crash cut short can be told from its request and is
 * finished later ({@link #owesLimit}).
 */
public final class IncreaseRequests {
    /** Of {@link CapVersion}. */
    public static final String KIND = "increase_request";

    public static final String PENDING = "pending";
    public static final String APPROVED = "approved";
    public static final String DENIED = "denied";

    public static final List<String> STATUSES = List.of(PENDING, APPROVED, DENIED);

    /** So long after a denial its member cannot ask again. */
    public static final Duration HOLD_BACK = Duration.ofDays(30);

    private IncreaseRequests() {}

    /** What an answer to a request leads to. */
    public enum Step {
        DECIDE,
        /** It was answered so before. */
        DONE_BEFORE,
        /** It was answered otherwise before, and stays so. */
        REFUSED
    }

    /** @param amountMicros the new limit; null: unlimited */
    public static Step approve(IncreaseRequest request, @Nullable Long amountMicros) {
        if (request.getStatus().equals(APPROVED)) {
            return Objects.equals(request.getAmountMicros(), amountMicros) ? Step.DONE_BEFORE : Step.REFUSED;
        }
        return request.getStatus().equals(PENDING) ? Step.DECIDE : Step.REFUSED;
    }

    public static Step deny(IncreaseRequest request) {
        if (request.getStatus().equals(DENIED)) {
            return Step.DONE_BEFORE;
        }
        return request.getStatus().equals(PENDING) ? Step.DECIDE : Step.REFUSED;
    }

    /** @param ofMember the newest version of each of a member's requests */
    public static Optional<CapVersion> pending(Collection<CapVersion> ofMember) {
        return ofMember.stream()
                .filter(request -> request.getIncreaseRequest().getStatus().equals(PENDING))
                .findFirst();
    }

    /**
     * Until when a denial holds back the member's next request, in microseconds; empty: it may come.
     *
     * @param ofMember the newest version of each of a member's requests
     */
    public static OptionalLong heldBackUntil(Collection<CapVersion> ofMember, long now) {
        return ofMember.stream()
                .filter(request -> request.getIncreaseRequest().getStatus().equals(DENIED))
                .mapToLong(request -> request.getRecordedAt() + HOLD_BACK.toSeconds() * 1_000_000)
                .filter(until -> until > now)
                .max();
    }

    /**
     * Whether the limit of an approved request still has to be set: nobody has changed the user's cap since the approval was
     * decided on. So it is set once, and one of long ago does not take back what was decided after it.
     *
     * @param newestCapVersion number of the newest version of the user's cap, deleted or not; 0: none
     */
    public static boolean owesLimit(IncreaseRequest request, long newestCapVersion) {
        return request.getStatus().equals(APPROVED) && newestCapVersion == request.getLimitVersion();
    }
}
