package io.sluice.core.directory;

import org.jspecify.annotations.Nullable;

/**
 * One version of a person's cost team.
 *
 * @param effectiveAt from when it holds, until the next version's
 * @param team null: none, so telemetry's team counts; always null when deleted
 */
public record TeamVersion(
        long version,
        long effectiveAt,
        long recordedAt,
        boolean deleted,
        @Nullable String team) {}
