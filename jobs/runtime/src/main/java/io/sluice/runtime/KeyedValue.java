package io.sluice.runtime;

/** A record as it is written to Kafka. */
@SuppressWarnings("ArrayRecordComponent") // Carried, never compared.
public record KeyedValue(byte[] key, byte[] value) {}
