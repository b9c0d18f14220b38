/** The part of the job that chains the audit. */
@org.jspecify.annotations.NullMarked
package io.sluice.compliance.audit;
