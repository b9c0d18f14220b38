package io.sluice.transcripts;

/**
 * What the lines of one file became. A line can become several records, so {@code received} is not {@code lines}.
 *
 * @param lines that are not blank, without an incomplete last one
 * @param usage records sent: one per response, and one per advisor's answer in it
 * @param activity records sent
 * @param content records sent; besides the others and not part of {@code received}
 * @param duplicate lines folded into the usage record of their response, and lines seen before in this file
 * @param ignored lines that tell nothing of use: bookkeeping, attachments, unknown types
 * @param rejected lines that became dead letters
 * @param incompleteLastLine the file ends in the middle of a line, as while a session is writing it
 */
public record FileCounts(
        long lines,
        long usage,
        long activity,
        long content,
        long duplicate,
        long ignored,
        long rejected,
        boolean incompleteLastLine) {

    /** What the ledger counts as received. */
    public long received() {
        return usage + activity + duplicate + ignored + rejected;
    }
}
