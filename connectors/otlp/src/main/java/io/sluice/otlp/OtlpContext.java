package io.sluice.otlp;

import java.time.Instant;
import java.util.Set;

/**
 * What a receiver knows about a request besides its bytes.
 *
 * @param orgId the organization that the records are booked on, decided by the ingest token
 * @param organizationIds values of {@code organization.id} that records may claim, compared exactly; empty: any. A
 *     record without a claim is always allowed.
 * @param receivedAt when the request arrived, UTC; kept to the microsecond
 * @param historical the request is an import or a bundled capture: its records are never {@code late}
 */
public record OtlpContext(String orgId, Set<String> organizationIds, Instant receivedAt, boolean historical) {}
