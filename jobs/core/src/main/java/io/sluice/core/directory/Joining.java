package io.sluice.core.directory;

/**
 * That a user joined or left a group.
 *
 * @param at since when it holds, microseconds
 */
record Joining(String groupId, long version, long at, boolean left) {}
