package io.sluice.simulator;

import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * Seeded numbers and ids. {@link Random} because its algorithm is specified: the same seed gives the same bytes on
 * every JVM.
 */
final class Randoms {
    private static final String BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

    private Randoms() {}

    /** A generator for one part of the simulation, unrelated to those of the other parts. */
    static Random of(long seed, long... part) {
        long mixed = mix(seed);
        for (long p : part) {
            mixed = mix(mixed ^ mix(p));
        }
        return new Random(mixed);
    }

    /** Finalizer of SplitMix64. */
    private static long mix(long value) {
        long z = value + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /**
     * The n-th point of a sequence that fills [0, 1) evenly, so that a share of few users is that share and not luck.
     */
    static double spread(int n, double step, double offset) {
        double value = n * step + offset;
        return value - Math.floor(value);
    }

    static boolean happens(Random random, double share) {
        return random.nextDouble() < share;
    }

    /** From low to high, both inclusive. */
    static long between(Random random, long low, long high) {
        return low + (long) (random.nextDouble() * (high - low + 1));
    }

    static <T> T pick(Random random, List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    /** Version 4. */
    static String uuid(Random random) {
        long high = random.nextLong() & ~0xF000L | 0x4000L;
        long low = random.nextLong() & ~(0b11L << 62) | 1L << 63;
        return new UUID(high, low).toString();
    }

    static String base58(Random random, int length) {
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append(BASE58.charAt(random.nextInt(BASE58.length())));
        }
        return text.toString();
    }

    static String hex(Random random, int length) {
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append(Character.forDigit(random.nextInt(16), 16));
        }
        return text.toString();
    }
}
