package io.sluice.server;

import io.sluice.schema.Token;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * All tokens, in memory, so that who is asking can be decided while Elasticsearch is down. Filled from the topic
 * {@code tokens}; the outcome does not depend on the order in which versions arrive.
 */
final class TokenRegistry {
    private final ConcurrentMap<String, Token> byHash = new ConcurrentHashMap<>();
    private volatile boolean ready;

    /** Whether the topic has been read to the end that it had at start. Before that nobody can be refused for good. */
    boolean ready() {
        return ready;
    }

    void markReady() {
        ready = true;
    }

    /** Adds a version of a token. Revoked stays revoked. */
    void put(Token token) {
        byHash.merge(token.getSha256(), token, (known, added) -> known.getRevokedAt() != null ? known : added);
    }

    /** The token of a secret, revoked or not. */
    Optional<Token> find(String secret) {
        String hash = Secret.sha256(secret);
        return Optional.ofNullable(byHash.get(hash)).filter(token -> Secret.sameHash(token.getSha256(), hash));
    }

    Optional<Token> byId(String id) {
        return byHash.values().stream()
                .filter(token -> token.getId().equals(id))
                .findFirst();
    }

    /** Oldest first. */
    List<Token> all() {
        return byHash.values().stream()
                .sorted(Comparator.comparingLong(Token::getCreatedAt).thenComparing(Token::getId))
                .toList();
    }
}
