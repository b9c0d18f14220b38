package io.sluice.server;

import io.sluice.schema.Token;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongBinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * All tokens, in memory, so that who is asking can be decided while Elasticsearch is down. Filled from the topic
 * {@code tokens}; the outcome does not depend on the order in which versions arrive.
 */
final class TokenRegistry {
    private final ConcurrentMap<String, Token> byHash = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, String> hashes = new ConcurrentHashMap<>();
    private volatile boolean ready;

    /** Whether the topic has been read to the end that it had at start. Before that nobody can be refused for good. */
    boolean ready() {
        return ready;
    }

    void markReady() {
        ready = true;
    }

    /** Adds a version of a token. */
    void put(Token token) {
        byHash.merge(token.getSha256(), token, TokenRegistry::merge);
        hashes.put(token.getId(), token.getSha256());
    }

    /** Ends stay: of two the earlier one counts. All else of a token never changes, but when it was used. */
    private static Token merge(Token known, Token added) {
        Long revokedAt = either(known.getRevokedAt(), added.getRevokedAt(), Math::min);
        Long expiresAt = either(known.getExpiresAt(), added.getExpiresAt(), Math::min);
        Long lastUsedAt = either(known.getLastUsedAt(), added.getLastUsedAt(), Math::max);
        if (Objects.equals(revokedAt, known.getRevokedAt())
                && Objects.equals(expiresAt, known.getExpiresAt())
                && Objects.equals(lastUsedAt, known.getLastUsedAt())) {
            return known;
        }
        return Token.newBuilder(known)
                .setRevokedAt(revokedAt)
                .setExpiresAt(expiresAt)
                .setLastUsedAt(lastUsedAt)
                .build();
    }

    private static @Nullable Long either(@Nullable Long a, @Nullable Long b, LongBinaryOperator choose) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return choose.applyAsLong(a, b);
    }

    /** The token of a secret, whether it may still be used or not. */
    Optional<Token> find(String secret) {
        return findByHash(Secret.sha256(secret));
    }

    Optional<Token> findByHash(String hash) {
        return Optional.ofNullable(byHash.get(hash)).filter(token -> Secret.sameHash(token.getSha256(), hash));
    }

    Optional<Token> byId(String id) {
        return Optional.ofNullable(hashes.get(id)).map(byHash::get);
    }

    /** Oldest first. */
    List<Token> all() {
        return byHash.values().stream()
                .sorted(Comparator.comparingLong(Token::getCreatedAt).thenComparing(Token::getId))
                .toList();
    }
}
