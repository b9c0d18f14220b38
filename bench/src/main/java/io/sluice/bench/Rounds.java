package io.sluice.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs variants in turn, over and over, so that what disturbs the machine disturbs all of them. */
final class Rounds {
    /** @param name as in the report's ratios */
    record Variant(String name, Body body) {}

    @FunctionalInterface
    interface Body {
        /**
         * Works, checks the result, and only then says how long it took.
         *
         * @throws IncorrectException if the result is wrong
         */
        Measure run() throws Exception;
    }

    private Rounds() {}

    /**
     * One pass of each variant that does not count (the JVM compiles, files come into memory), then the rounds.
     *
     * @return by name, in the order of the variants; one measure a round
     */
    static Map<String, List<Measure>> run(List<Variant> variants, int rounds, Progress progress) throws Exception {
        Map<String, List<Measure>> measures = new LinkedHashMap<>();
        variants.forEach(variant -> measures.put(variant.name(), new ArrayList<>()));
        for (int round = 0; round <= rounds; round++) {
            for (Variant variant : variants) {
                progress.step((round == 0 ? "warm-up" : "round " + round + "/" + rounds) + ", " + variant.name());
                Measure measure = variant.body().run();
                progress.result(measure);
                if (round > 0) {
                    measures.getOrDefault(variant.name(), List.of()).add(measure);
                }
            }
        }
        return measures;
    }
}
