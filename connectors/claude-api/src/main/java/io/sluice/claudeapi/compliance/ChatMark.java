package io.sluice.claudeapi.compliance;

/**
 * The state in which a chat was read. Times are microseconds.
 *
 * @param updatedAt as upstream said
 * @param readAt when the reading was begun
 * @param about hash of what is said of the chat besides its messages
 * @param newest when its newest message was created; 0: it had none
 */
record ChatMark(long updatedAt, long readAt, long about, long newest) {}
