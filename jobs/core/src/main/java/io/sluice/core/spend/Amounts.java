package io.sluice.core.spend;

/** What is summed: micro-USD, requests, tokens by class. Differences may be negative. */
public record Amounts(long micros, long requests, long input, long output, long cacheRead, long cacheCreation) {
    public static final Amounts ZERO = new Amounts(0, 0, 0, 0, 0, 0);

    public Amounts plus(Amounts other) {
        return new Amounts(
                Math.addExact(micros, other.micros),
                requests + other.requests,
                Math.addExact(input, other.input),
                Math.addExact(output, other.output),
                Math.addExact(cacheRead, other.cacheRead),
                Math.addExact(cacheCreation, other.cacheCreation));
    }

    public Amounts negated() {
        return new Amounts(-micros, -requests, -input, -output, -cacheRead, -cacheCreation);
    }

    public Amounts minus(Amounts other) {
        return plus(other.negated());
    }

    public boolean isZero() {
        return equals(ZERO);
    }
}
