/** The jobs that read what Anthropic tells: reports, and by the Compliance API conversations and activities. */
@org.jspecify.annotations.NullMarked
package io.sluice.reported;
