/** The chain of the audit: how a record gets its place, and how anybody finds that one was bent. */
@org.jspecify.annotations.NullMarked
package io.sluice.core.audit;
