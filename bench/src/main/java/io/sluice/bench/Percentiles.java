package io.sluice.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Of how long things took. */
final class Percentiles {
    private Percentiles() {}

    /**
     * @param values 1 or more, in any order
     * @param percent 0 to 100
     */
    static long of(long[] values, double percent) {
        long[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[(int) Math.min(sorted.length - 1L, Math.round(sorted.length * percent / 100))];
    }

    /** The usual ones in milliseconds, of nanoseconds. */
    static Map<String, Double> millis(long[] nanos) {
        Map<String, Double> millis = new LinkedHashMap<>();
        millis.put("p50", of(nanos, 50) / 1_000 / 1e3);
        millis.put("p99", of(nanos, 99) / 1_000 / 1e3);
        millis.put("max", of(nanos, 100) / 1_000 / 1e3);
        return millis;
    }

    /** In tenths of milliseconds, named with their unit; of nanoseconds. */
    static Map<String, Double> upToTheLongest(long[] nanos) {
        Map<String, Double> millis = new LinkedHashMap<>();
        millis.put("p50_ms", of(nanos, 50) / 100_000 / 10.0);
        millis.put("p95_ms", of(nanos, 95) / 100_000 / 10.0);
        millis.put("max_ms", of(nanos, 100) / 100_000 / 10.0);
        return millis;
    }
}
