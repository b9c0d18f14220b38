package io.sluice.compliance;

/**
 * A record of {@code content} on its way to its conversation.
 *
 * @param conversation hash of organization and conversation
 * @param value encoded ContentEvent
 */
@SuppressWarnings("ArrayRecordComponent") // Carried, never compared.
public record Told(String conversation, byte[] value) {}
