package io.sluice.compliance;

import org.jspecify.annotations.Nullable;

/**
 * A record of {@code content} on its way to its conversation.
 *
 * @param conversation hash of organization and conversation
 * @param key of the record
 * @param value encoded ContentEvent; null: the message is erased
 */
@SuppressWarnings("ArrayRecordComponent") // Carried, never compared.
public record Told(String conversation, byte[] key, byte @Nullable [] value) {}
