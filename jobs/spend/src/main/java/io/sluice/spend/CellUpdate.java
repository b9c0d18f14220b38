package io.sluice.spend;

import io.sluice.core.spend.Amounts;
import io.sluice.core.spend.CellKey;

/** A cell as it is now. */
public record CellUpdate(CellKey cell, Amounts amounts, long version) {}
