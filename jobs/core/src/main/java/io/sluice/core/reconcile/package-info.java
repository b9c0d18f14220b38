/** Our spend against the cost that Anthropic reports; the definitions are in this package's README.md. */
@org.jspecify.annotations.NullMarked
package io.sluice.core.reconcile;
