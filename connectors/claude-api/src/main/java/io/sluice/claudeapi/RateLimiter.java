package io.sluice.claudeapi;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** So many requests within any minute, for all who share it. Thread-safe. */
final class RateLimiter {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Map<String, RateLimiter> SHARED = new ConcurrentHashMap<>();

    private final int perMinute;
    private final Deque<Instant> taken = new ArrayDeque<>();

    RateLimiter(int perMinute) {
        this.perMinute = perMinute;
    }

    /** The one of this process, for whatever shares a limit upstream. */
    static RateLimiter shared(String name, int perMinute) {
        return SHARED.computeIfAbsent(name, absent -> new RateLimiter(perMinute));
    }

    /** Takes the next free place. Returns how long it is until then; 0: now. */
    synchronized Duration reserve(Instant now) {
        Instant place = now;
        if (taken.size() == perMinute) {
            Instant free = taken.removeFirst().plus(MINUTE);
            place = free.isAfter(now) ? free : now;
        }
        taken.addLast(place);
        return Duration.between(now, place);
    }
}
