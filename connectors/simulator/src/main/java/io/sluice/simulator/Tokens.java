package io.sluice.simulator;

import java.util.Random;

/**
 * Tokens of one request.
 *
 * @param input without cache tokens
 */
record Tokens(long input, long output, long cacheRead, long cacheCreation) {
    /**
     * Cache reads are a multiple of 10 and cache writes of 4, so that every model's cost is a whole number of
     * micro-USD. The prompt stays below 200,000 tokens, where prices of some models change.
     */
    static Tokens draw(Random random) {
        return new Tokens(
                2 + random.nextInt(3000),
                20 + skewed(random, 4000),
                10L * (200 + random.nextInt(15_000)),
                4L * (20 + skewed(random, 4000)));
    }

    /** Small numbers are more common than great ones. */
    private static int skewed(Random random, int bound) {
        return random.nextInt(1 + random.nextInt(bound));
    }
}
