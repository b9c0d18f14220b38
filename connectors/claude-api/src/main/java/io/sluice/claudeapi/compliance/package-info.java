/** Anthropic's Compliance API: what was said and done in an organization, as a source; and deletions there. */
@org.jspecify.annotations.NullMarked
package io.sluice.claudeapi.compliance;
