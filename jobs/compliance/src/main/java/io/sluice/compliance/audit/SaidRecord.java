package io.sluice.compliance.audit;

/**
 * A record of the audit on its way to its organization.
 *
 * @param value encoded
 */
@SuppressWarnings("ArrayRecordComponent") // Carried, never compared.
public record SaidRecord(String orgId, byte[] value) {}
