/** How Claude Code is used: from what was seen of a session to the figures that are shown. See README.md. */
@org.jspecify.annotations.NullMarked
package io.sluice.core.codemetrics;
