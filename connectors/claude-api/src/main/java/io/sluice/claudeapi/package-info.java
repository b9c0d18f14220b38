/** A client of Anthropic's Spend Limits API. */
@org.jspecify.annotations.NullMarked
package io.sluice.claudeapi;
