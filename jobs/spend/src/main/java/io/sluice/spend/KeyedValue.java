package io.sluice.spend;

/** A record as it is written to Kafka. */
@SuppressWarnings("ArrayRecordComponent") // Carried, never compared.
public record KeyedValue(byte[] key, byte[] value) {}
