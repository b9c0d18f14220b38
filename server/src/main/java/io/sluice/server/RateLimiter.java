package io.sluice.server;

import java.time.Clock;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many requests a token may make: a bucket of one minute's requests, filled evenly. Of each bucket one number is
 * kept, the time at which it is full again, so that a request costs the same however many came before. There are at most
 * as many numbers as tokens; what is no token never gets here.
 */
final class RateLimiter {
    /** What kind of requests share a bucket. */
    enum Traffic {
        REST,
        /** Sent by machines in numbers: ingestion, SCIM, and what every prompt of an organization asks with one token. */
        BULK;

        static Traffic of(Scope scope) {
            return scope == Scope.INGEST || scope == Scope.SCIM || scope == Scope.BUDGET_SELF ? BULK : REST;
        }
    }

    private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private record Buckets(int perMinute, ConcurrentMap<String, AtomicLong> fullAt) {}

    private final Map<Traffic, Buckets> buckets = new EnumMap<>(Traffic.class);
    private final Clock clock;

    /**
     * @param restPerMinute 0: no limit
     * @param bulkPerMinute 0: no limit
     */
    RateLimiter(int restPerMinute, int bulkPerMinute, Clock clock) {
        buckets.put(Traffic.REST, new Buckets(restPerMinute, new ConcurrentHashMap<>()));
        buckets.put(Traffic.BULK, new Buckets(bulkPerMinute, new ConcurrentHashMap<>()));
        this.clock = clock;
    }

    /** @throws Refusal RATE_LIMITED, with the time after which there is room for one request more */
    void take(String tokenId, Traffic traffic) {
        Buckets of = buckets.get(traffic);
        if (of == null || of.perMinute == 0) {
            return;
        }
        AtomicLong fullAt = of.fullAt.get(tokenId);
        if (fullAt == null) {
            fullAt = of.fullAt.computeIfAbsent(tokenId, id -> new AtomicLong(Long.MIN_VALUE));
        }
        long now = TimeUnit.MILLISECONDS.toNanos(clock.millis());
        long each = MINUTE_NANOS / of.perMinute;
        while (true) {
            long before = fullAt.get();
            // An empty bucket is full in a minute, and not later even if the clock was set back.
            long current = Math.min(before, now + MINUTE_NANOS);
            long after = Math.max(now, current) + each;
            if (after - now > MINUTE_NANOS) {
                if (current != before && !fullAt.compareAndSet(before, current)) {
                    continue;
                }
                throw refusal(of.perMinute, after - now - MINUTE_NANOS);
            }
            if (fullAt.compareAndSet(before, after)) {
                return;
            }
        }
    }

    private static Refusal refusal(int perMinute, long nanos) {
        return new Refusal(
                        Refusal.Kind.RATE_LIMITED,
                        "more than " + perMinute + " requests a minute with this token, try again later")
                .retryAfter(Math.max(1, TimeUnit.NANOSECONDS.toSeconds(nanos + 999_999_999L)));
    }
}
