package io.sluice.core.compliance;

/** Whether what a hold is about and what an erasure is about have content in common, as far as their targets say. */
public enum Meeting {
    YES,
    /** As of a conversation and a person: only the content itself would tell. */
    MAYBE,
    NO
}
