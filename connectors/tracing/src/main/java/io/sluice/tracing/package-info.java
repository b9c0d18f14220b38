/** Traces of sampled records, from receipt to where they are told. */
@org.jspecify.annotations.NullMarked
package io.sluice.tracing;
