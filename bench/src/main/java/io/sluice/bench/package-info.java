/** Benchmarks: each compares a part of Sluice with what that part cannot do without, in rounds that alternate. */
@org.jspecify.annotations.NullMarked
package io.sluice.bench;
