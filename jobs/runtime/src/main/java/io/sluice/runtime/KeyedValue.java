package io.sluice.runtime;

import org.jspecify.annotations.Nullable;

/**
 * A record as it is on Kafka.
 *
 * @param value null: what had the key is erased
 */
@SuppressWarnings("ArrayRecordComponent") // Carried, never compared.
public record KeyedValue(byte[] key, byte @Nullable [] value) {}
