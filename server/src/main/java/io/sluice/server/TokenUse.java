package io.sluice.server;

import io.sluice.schema.Micros;
import io.sluice.schema.Token;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When each token was last used. A request only leaves the time in memory; {@link #publish}, called once a minute, keeps
 * it on the topic. A crash forgets at most the last minute.
 */
final class TokenUse {
    private static final Logger LOG = LoggerFactory.getLogger(TokenUse.class);
    /** Writing the same line of memory for every request would slow all of them down. */
    private static final long RESOLUTION_MICROS = 1_000_000;

    private final TokenRegistry registry;
    private final TokenStore store;
    private final Clock clock;
    private final ConcurrentMap<String, AtomicLong> usedAt = new ConcurrentHashMap<>();

    TokenUse(TokenRegistry registry, TokenStore store, Clock clock) {
        this.registry = registry;
        this.store = store;
        this.clock = clock;
    }

    void used(Token token) {
        long now = Micros.of(clock.instant());
        AtomicLong last = usedAt.get(token.getId());
        if (last == null) {
            last = usedAt.computeIfAbsent(token.getId(), id -> new AtomicLong());
        }
        if (now - last.get() >= RESOLUTION_MICROS) {
            last.set(now);
        }
    }

    /** Null: never. */
    @Nullable
    Instant lastUsed(Token token) {
        AtomicLong here = usedAt.get(token.getId());
        long published = token.getLastUsedAt() == null ? 0 : token.getLastUsedAt();
        long last = Math.max(published, here == null ? 0 : here.get());
        return last == 0 ? null : Micros.toInstant(last);
    }

    /**
     * Publishes what is new, one record for each token that was used.
     *
     * @return done when all are acknowledged; what could not be is published with the next ones
     */
    CompletableFuture<Void> publish() {
        List<CompletableFuture<Void>> published = new ArrayList<>();
        usedAt.forEach((id, at) -> registry.byId(id).ifPresent(token -> {
            long last = at.get();
            if (token.getLastUsedAt() == null || token.getLastUsedAt() < last) {
                Token version = Token.newBuilder(token).setLastUsedAt(last).build();
                try {
                    published.add(store.publish(version, TokenVersion.USED));
                } catch (RuntimeException e) {
                    published.add(CompletableFuture.failedFuture(e));
                }
            }
        }));
        return CompletableFuture.allOf(published.toArray(CompletableFuture[]::new))
                .exceptionally(failure -> {
                    LOG.warn("When tokens were used is not stored yet: {}", failure.toString());
                    return null;
                });
    }
}
