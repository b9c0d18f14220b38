/** Rules of Claude Code's hooks: which prompts nobody was asked about, and who was claimed to ask. See {@code docs/claude-code.md}. */
@org.jspecify.annotations.NullMarked
package io.sluice.core.hooks;
