package io.sluice.core.spend;

/**
 * What happens to a copy at one request.
 *
 * @param identity the request: organization and the request's canonical id
 * @param receivedAtMicros when the record came that made this happen
 */
public record RequestMessage(String identity, Kind kind, RequestCopy copy, long receivedAtMicros) {
    public enum Kind {
        /** A record arrived. */
        RECORD,
        /** The same report, better known (its user): takes the place of the earlier one, and is no record. */
        CORRECTION,
        /** The report belongs to another request: as if it had never been here. */
        WITHDRAWAL
    }
}
