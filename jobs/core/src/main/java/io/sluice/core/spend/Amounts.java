package io.sluice.core.spend;

/** What is summed: micro-USD, requests, tokens by class. Differences may be negative. */
public record Amounts(long micros, long requests, long input, long output, long cacheRead, long cacheCreation) {
    public static final Amounts ZERO = new Amounts(0, 0, 0, 0, 0, 0);

    public Amounts plus(Amounts other) {
        return new Amounts(
                sum(micros, other.micros),
                requests + other.requests,
                sum(input, other.input),
                sum(output, other.output),
                sum(cacheRead, other.cacheRead),
                sum(cacheCreation, other.cacheCreation));
    }

    /** Stops at the largest number instead of failing: no record, however absurd, may stop the job for everybody. */
    private static long sum(long a, long b) {
        long sum = a + b;
        boolean overflown = ((a ^ sum) & (b ^ sum)) < 0;
        return overflown ? (a < 0 ? Long.MIN_VALUE : Long.MAX_VALUE) : sum;
    }

    public Amounts negated() {
        return new Amounts(-micros, -requests, -input, -output, -cacheRead, -cacheCreation);
    }

    public Amounts minus(Amounts other) {
        return plus(other.negated());
    }

    public Amounts withoutCost() {
        return new Amounts(0, requests, input, output, cacheRead, cacheCreation);
    }

    public boolean isZero() {
        return equals(ZERO);
    }

    public void write(RowWriter row) {
        row.putVarlong(micros);
        row.putVarlong(requests);
        row.putVarlong(input);
        row.putVarlong(output);
        row.putVarlong(cacheRead);
        row.putVarlong(cacheCreation);
    }

    public static Amounts read(RowReader row) {
        return new Amounts(
                row.readVarlong(),
                row.readVarlong(),
                row.readVarlong(),
                row.readVarlong(),
                row.readVarlong(),
                row.readVarlong());
    }
}
