package io.sluice.core.directory;

import org.jspecify.annotations.Nullable;

/**
 * The newest version of a document, deleted or not: what is needed to make the next one.
 *
 * @param createdAt when version 1 was accepted; microseconds, as all times here
 * @param origin source of version 1; null: version 1 has not been read yet
 * @param touchedByScim whether any version came by SCIM
 */
public record Tip(
        long version,
        long createdAt,
        long recordedAt,
        boolean deleted,
        @Nullable String origin,
        boolean touchedByScim) {}
