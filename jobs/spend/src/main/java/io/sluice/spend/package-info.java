/** The spend job: from usage, counters and activity to the ledger. The rules are in {@code io.sluice.core.spend}. */
@org.jspecify.annotations.NullMarked
package io.sluice.spend;
