/** What every job needs of Flink. */
@org.jspecify.annotations.NullMarked
package io.sluice.runtime;
