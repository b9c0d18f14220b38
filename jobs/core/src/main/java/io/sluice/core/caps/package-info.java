/** Rules of caps: which limit somebody has, which thresholds are crossed, what is told of it. See {@code docs/adr/0009}. */
@org.jspecify.annotations.NullMarked
package io.sluice.core.caps;
