/** The job that reads Anthropic's reports. */
@org.jspecify.annotations.NullMarked
package io.sluice.reported;
