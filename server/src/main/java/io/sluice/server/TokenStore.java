package io.sluice.server;

import io.sluice.schema.Token;
import java.util.concurrent.CompletableFuture;

/** Where tokens are kept. */
@FunctionalInterface
interface TokenStore {
    /** Completes when Kafka has the version and the registry knows it. */
    CompletableFuture<Void> publish(Token token, TokenVersion version);
}
