package io.sluice.runtime;

import io.sluice.core.spend.Id;

/**
 * Rows of one key group on their way to a keyed operator: one shuffle for many rows. Key groups are what Flink
 * redistributes when the parallelism changes, so all rows of a bundle stay together for ever.
 *
 * @param key some key of the key group
 * @param rows one after the other, as {@link io.sluice.core.spend.RowWriter} wrote them
 */
@SuppressWarnings("ArrayRecordComponent") // Carried, never compared.
public record Bundle(Id key, byte[] rows) {}
