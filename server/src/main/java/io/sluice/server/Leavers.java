package io.sluice.server;

import java.util.concurrent.CompletionException;

/**
 * Told of a person who is deactivated or deleted, before that is accepted: what the person has elsewhere ends first, so
 * that a failure in between leaves somebody without tokens and never tokens without somebody.
 */
@FunctionalInterface
interface Leavers {
    /**
     * Blocking. Told again with every repetition, also of people who left before.
     *
     * @throws Refusal when it cannot be done now; the person then stays
     */
    void leaves(String orgId, String userId);

    /** Whose tokens are revoked. */
    static Leavers revoking(TokenService tokens) {
        return (orgId, userId) -> {
            try {
                tokens.revokeAllOf(orgId, userId).join();
            } catch (CompletionException e) {
                throw Refusals.of(e);
            }
        };
    }
}
