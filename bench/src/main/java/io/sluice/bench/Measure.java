package io.sluice.bench;

/**
 * One variant in one round, its result checked.
 *
 * @param items what was worked on, in the benchmark's unit
 * @param seconds wall clock
 * @param cpuSeconds processor time of the process that works, over all its threads
 */
record Measure(double items, double seconds, double cpuSeconds) {
    double rate() {
        return items / seconds;
    }

    double cpuMicrosPerItem() {
        return cpuSeconds * 1e6 / items;
    }
}
