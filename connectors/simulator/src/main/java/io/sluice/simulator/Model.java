package io.sluice.simulator;

/**
 * The simulated models and their list prices, in hundredths of a micro-USD per token (= US cents per million tokens).
 * Source: price list of Anthropic, five-minute cache writes.
 */
enum Model {
    OPUS_4_5("claude-opus-4-5", "high", 500, 2500, 50, 625),
    SONNET_4_5("claude-sonnet-4-5", "", 300, 1500, 30, 375),
    HAIKU_4_5("claude-haiku-4-5", "", 100, 500, 10, 125);

    private final String id;
    private final String effort;
    private final long input;
    private final long output;
    private final long cacheRead;
    private final long cacheCreation;

    Model(String id, String effort, long input, long output, long cacheRead, long cacheCreation) {
        this.id = id;
        this.effort = effort;
        this.input = input;
        this.output = output;
        this.cacheRead = cacheRead;
        this.cacheCreation = cacheCreation;
    }

    String id() {
        return id;
    }

    /** Empty: the model has no effort control. */
    String effort() {
        return effort;
    }

    /**
     * Exact.
     *
     * @throws IllegalArgumentException the cost is not a whole number of micro-USD
     */
    long costMicros(Tokens tokens) {
        long hundredths = tokens.input() * input
                + tokens.output() * output
                + tokens.cacheRead() * cacheRead
                + tokens.cacheCreation() * cacheCreation;
        if (hundredths % 100 != 0) {
            throw new IllegalArgumentException("tokens: " + tokens + " (expected: a cost of whole micro-USD)");
        }
        return hundredths / 100;
    }

    /** The same as the client computes it: in binary fractions, class by class, in this order. */
    double costUsd(Tokens tokens) {
        return tokens.input() / 1e6 * (input / 100.0)
                + tokens.output() / 1e6 * (output / 100.0)
                + tokens.cacheRead() / 1e6 * (cacheRead / 100.0)
                + tokens.cacheCreation() / 1e6 * (cacheCreation / 100.0);
    }
}
