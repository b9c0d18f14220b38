package io.sluice.transcripts;

import org.jspecify.annotations.Nullable;

/**
 * One block of a message's content.
 *
 * @param type {@code text}, {@code tool_use}, {@code tool_result}; open set
 * @param id of the tool use, also on its result
 * @param name of the tool
 * @param text of a text block
 * @param failed {@code is_error} of a tool result
 * @param parameters of a tool use, as JSON; see {@link ToolInput}
 * @param toolText what a tool was given, or what it answered
 * @param file that a tool was told to write
 */
record Block(
        @Nullable String type,
        @Nullable String id,
        @Nullable String name,
        @Nullable String text,
        boolean failed,
        @Nullable String parameters,
        @Nullable String toolText,
        @Nullable String file) {}
