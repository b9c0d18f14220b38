/** The spend ledger's rules; terms, time semantics and invariants are in this package's README.md. */
@org.jspecify.annotations.NullMarked
package io.sluice.core.spend;
