package io.sluice.bench;

import java.util.random.RandomGenerator;

/**
 * Draws ranks 0 to n − 1 with probability proportional to 1 / (rank + 1)^exponent, in constant time and space.
 *
 * <p>Rejection-inversion after Hörmann and Derflinger, "Rejection-inversion to generate variates from monotone discrete
 * distributions" (1996). An exponent of 0 is the uniform distribution.
 */
final class Zipf {
    private final int n;
    private final double exponent;
    private final double first;
    private final double last;
    private final double squeeze;

    /**
     * @param n how many ranks, 1 or more
     * @param exponent 0 or more
     */
    Zipf(int n, double exponent) {
        if (n < 1 || !(exponent >= 0)) {
            throw new IllegalArgumentException(
                    "n: " + n + ", exponent: " + exponent + " (expected: 1 or more, 0 or more)");
        }
        this.n = n;
        this.exponent = exponent;
        first = integral(1.5) - 1;
        last = integral(n + 0.5);
        squeeze = 2 - inverse(integral(2.5) - density(2));
    }

    int next(RandomGenerator random) {
        if (exponent == 0) {
            return random.nextInt(n);
        }
        while (true) {
            double area = last + random.nextDouble() * (first - last);
            double x = inverse(area);
            long rank = Math.max(1, Math.min(n, Math.round(x)));
            if (rank - x <= squeeze || area >= integral(rank + 0.5) - density(rank)) {
                return (int) rank - 1;
            }
        }
    }

    private double density(double x) {
        return Math.exp(-exponent * Math.log(x));
    }

    /** Of the density, from 1. */
    private double integral(double x) {
        double log = Math.log(x);
        double power = (1 - exponent) * log;
        return Math.abs(power) < 1e-8 ? log * (1 + power / 2) : log * Math.expm1(power) / power;
    }

    private double inverse(double area) {
        double power = Math.max(-1, area * (1 - exponent));
        return Math.exp(Math.abs(power) < 1e-8 ? area * (1 - power / 2) : area * Math.log1p(power) / power);
    }
}
