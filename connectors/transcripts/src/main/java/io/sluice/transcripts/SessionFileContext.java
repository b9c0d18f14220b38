package io.sluice.transcripts;

import io.sluice.schema.Actor;
import java.time.Instant;

/**
 * What an import knows besides the files.
 *
 * @param orgId the organization that the records are booked on
 * @param actor whose files these are: no session file tells. May be empty. All records share it; do not change it later.
 * @param receivedAt when the import started, UTC
 */
public record SessionFileContext(String orgId, Actor actor, Instant receivedAt) {}
