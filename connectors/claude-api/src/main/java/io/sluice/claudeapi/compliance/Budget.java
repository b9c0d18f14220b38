package io.sluice.claudeapi.compliance;

import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * So many requests within any minute, for all who share it, as upstream counts them: a place is free again a minute after
 * its <em>answer</em>, since nobody knows when between the two the request arrived. Readings are spread evenly, so that a
 * process which has forgotten what it asked before it was restarted is one request above its rate, not a minute's worth;
 * and they leave a reserve to deletions, of this budget and of what upstream says that is left. Thread-safe.
 */
final class Budget {
    /** What a request is for. */
    enum Use {
        READING,
        DELETION
    }

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration IN_FLIGHT = Duration.ofMillis(100);
    private static final String HEADER = "anthropic-ratelimit-requests-";
    private static final Map<String, Budget> SHARED = new ConcurrentHashMap<>();

    private final int perMinute;
    private final int reserve;
    private final Duration step;
    /** When answers came, of the last minute. */
    private final Deque<Instant> answered = new ArrayDeque<>();

    private int inFlight;
    private Instant notBefore = Instant.EPOCH;
    private Instant noReadingBefore = Instant.EPOCH;
    private Duration pause = FIRST_PAUSE;

    Budget(int perMinute, int reserve) {
        this.perMinute = perMinute;
        this.reserve = reserve;
        this.step = MINUTE.dividedBy(perMinute - reserve);
    }

    /** The one of this process for an organization. Whoever asks first decides how large it is. */
    static Budget shared(ComplianceAccount account) {
        return SHARED.computeIfAbsent(
                account.base() + " " + account.orgId(), absent -> new Budget(account.perMinute(), account.reserve()));
    }

    /** Takes a place, 0, until {@link #done}; or how long to wait before it is asked for again. */
    synchronized Duration take(Use use, Instant now) {
        while (!answered.isEmpty() && !answered.peekFirst().isAfter(now.minus(MINUTE))) {
            answered.removeFirst();
        }
        boolean reading = use == Use.READING;
        Instant earliest = reading && noReadingBefore.isAfter(notBefore) ? noReadingBefore : notBefore;
        if (earliest.isAfter(now)) {
            return Duration.between(now, earliest);
        }
        if (inFlight + answered.size() >= (reading ? perMinute - reserve : perMinute)) {
            return answered.isEmpty()
                    ? IN_FLIGHT
                    : Duration.between(now, answered.peekFirst().plus(MINUTE));
        }
        inFlight++;
        if (reading) {
            noReadingBefore = now.plus(step);
        }
        return Duration.ZERO;
    }

    /** An answer has come, or none will. */
    synchronized void done(Instant now) {
        inFlight--;
        answered.addLast(now);
    }

    /** What an answer says of the budget upstream, which others share. */
    synchronized void told(HttpHeaders headers, Instant now) {
        pause = FIRST_PAUSE;
        long remaining = headers.firstValue(HEADER + "remaining")
                .filter(text -> text.matches("\\d{1,9}"))
                .map(Long::parseLong)
                .orElse(Long.MAX_VALUE);
        if (remaining <= reserve) {
            Instant reset = headers.firstValue(HEADER + "reset")
                    .flatMap(text -> time(text, now))
                    .orElse(now.plus(FIRST_PAUSE));
            noReadingBefore = later(noReadingBefore, reset);
            if (remaining == 0) {
                notBefore = later(notBefore, reset);
            }
        }
    }

    /** Too many, of whoever: all wait. */
    synchronized void limited(@Nullable Duration retryAfter, Instant now) {
        Duration wait = retryAfter;
        if (wait == null) {
            wait = pause;
            pause = pause.multipliedBy(2).compareTo(MINUTE) < 0 ? pause.multipliedBy(2) : MINUTE;
        }
        notBefore = later(notBefore, now.plus(wait));
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    /** Never more than a minute from now. */
    private static Optional<Instant> time(String text, Instant now) {
        try {
            Instant time = Instant.parse(text);
            return Optional.of(time.isAfter(now.plus(MINUTE)) ? now.plus(MINUTE) : time);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
