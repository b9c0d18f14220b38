/** The job that indexes conversations. */
@org.jspecify.annotations.NullMarked
package io.sluice.compliance;
