/** Session files of Claude Code ({@code ~/.claude/projects}), to the records of the contract. No Kafka here. */
@org.jspecify.annotations.NullMarked
package io.sluice.transcripts;
