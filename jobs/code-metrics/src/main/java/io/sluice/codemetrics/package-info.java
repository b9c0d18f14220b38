/** The job that measures how Claude Code is used. */
@org.jspecify.annotations.NullMarked
package io.sluice.codemetrics;
