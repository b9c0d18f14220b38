package io.sluice.core.caps;

/**
 * A cap that could have been a member's limit at an instant.
 *
 * @param limit what the cap says
 */
public record Candidate(Limit limit, Outcome outcome) {
    /** What became of it. */
    public enum Outcome {
        /** It is the limit. */
        WON("won"),
        /** It is disabled, so it is passed over. */
        DISABLED("disabled"),
        /** There is one of a more special scope, or one for the same user by id. */
        LESS_SPECIAL("less_special"),
        /** Another group's is lower, and the lowest counts. */
        HIGHER("higher"),
        /** Another group's is higher, and the highest counts. */
        LOWER("lower"),
        /** Another group's is the same, and its id is smaller. */
        EQUAL("equal");

        private final String outcomeName;

        Outcome(String outcomeName) {
            this.outcomeName = outcomeName;
        }

        public String outcomeName() {
            return outcomeName;
        }
    }
}
