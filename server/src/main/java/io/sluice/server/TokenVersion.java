package io.sluice.server;

import io.sluice.schema.Token;

/**
 * What a record on the topic {@code tokens} came to say. Each has a key of its own, so that compaction removes none of
 * them: a revoked token must stay revoked. Only of uses the newest is enough.
 */
enum TokenVersion {
    CREATED("1"),
    REVOKED("2"),
    ROTATED("3"),
    USED("used");

    private final String suffix;

    TokenVersion(String suffix) {
        this.suffix = suffix;
    }

    String key(Token token) {
        return token.getOrgId() + '|' + token.getId() + '|' + suffix;
    }
}
