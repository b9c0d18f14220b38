/** Conversations as they are indexed: which copy of a message counts, its parts, and what is told of a conversation. See README.md. */
@org.jspecify.annotations.NullMarked
package io.sluice.core.content;
