package io.sluice.core.spend;

/**
 * A change of one cell. A difference of zero is a touch: it changes nothing, but makes the cell's document be written
 * again, which replaces what an attempt that crashed may have written there.
 */
public record Contribution(CellKey cell, Amounts difference) {}
