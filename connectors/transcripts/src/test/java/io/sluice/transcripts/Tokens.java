package io.sluice.transcripts;

/** Token totals by class. */
record Tokens(long input, long output, long cacheRead, long cacheCreation) {
    Tokens plus(Tokens other) {
        return new Tokens(
                input + other.input,
                output + other.output,
                cacheRead + other.cacheRead,
                cacheCreation + other.cacheCreation);
    }

    long total() {
        return input + output + cacheRead + cacheCreation;
    }
}
