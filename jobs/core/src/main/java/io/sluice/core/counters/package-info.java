/** What counters of OpenTelemetry say, repaired. */
@org.jspecify.annotations.NullMarked
package io.sluice.core.counters;
