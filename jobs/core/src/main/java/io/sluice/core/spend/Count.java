package io.sluice.core.spend;

/** The columns of the ledger: what was received, and how each record ended. */
public enum Count {
    RECEIVED,
    ACCEPTED,
    DUPLICATE,
    REJECTED,
    LATE,
    IGNORED,
    ERASED,
    SUPERSEDED
}
