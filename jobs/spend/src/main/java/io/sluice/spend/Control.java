package io.sluice.spend;

/**
 * A version of a control document on its way to every instance of an operator.
 *
 * @param topic name of the topic that it is from
 * @param value encoded
 */
@SuppressWarnings("ArrayRecordComponent") // Carried, never compared.
public record Control(String topic, byte[] value) {}
