package io.sluice.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleBiFunction;

/**
 * What a benchmark found.
 *
 * @param unit of a rate, for example {@code events/s}
 * @param comparisons which rates are put in relation; named {@code variant/baseline}
 * @param measures by variant, one a round; of the same round at the same index
 * @param facts about the run, for the JSON object and above the table: numbers and text
 */
record Report(
        String benchmark,
        String unit,
        List<Comparison> comparisons,
        Map<String, List<Measure>> measures,
        Map<String, Object> facts) {

    /** @param baseline the variant that the other one is compared with */
    record Comparison(String variant, String baseline) {
        String name() {
            return variant + '/' + baseline;
        }
    }

    Report {
        for (Comparison comparison : comparisons) {
            if (!measures.keySet().containsAll(List.of(comparison.variant(), comparison.baseline()))) {
                throw new IllegalArgumentException(
                        "comparison: " + comparison.name() + " (expected: of " + measures.keySet() + ")");
            }
        }
    }

    /** Compares all others with one. */
    static Report of(
            String benchmark,
            String unit,
            String baseline,
            Map<String, List<Measure>> measures,
            Map<String, Object> facts) {
        List<Comparison> comparisons = measures.keySet().stream()
                .filter(variant -> !variant.equals(baseline))
                .map(variant -> new Comparison(variant, baseline))
                .toList();
        return new Report(benchmark, unit, comparisons, measures, facts);
    }

    /** By {@code variant/baseline}: rates in relation, of each round. */
    Map<String, List<Double>> roundRatios() {
        return compared((variant, base) -> variant.rate() / base.rate());
    }

    /** By {@code variant/baseline}: processor time of the baseline in relation to the variant's, of each round. */
    Map<String, List<Double>> roundCpuRatios() {
        return compared((variant, base) -> base.cpuMicrosPerItem() / variant.cpuMicrosPerItem());
    }

    private Map<String, List<Double>> compared(ToDoubleBiFunction<Measure, Measure> ratio) {
        Map<String, List<Double>> ratios = new LinkedHashMap<>();
        for (Comparison comparison : comparisons) {
            List<Measure> rounds = measures.getOrDefault(comparison.variant(), List.of());
            List<Measure> base = measures.getOrDefault(comparison.baseline(), List.of());
            List<Double> values = new ArrayList<>();
            for (int i = 0; i < rounds.size(); i++) {
                values.add(ratio.applyAsDouble(rounds.get(i), base.get(i)));
            }
            ratios.put(comparison.name(), values);
        }
        return ratios;
    }

    /** Of an even number of values the mean of the two in the middle. */
    static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    private int rounds() {
        return measures.values().stream().mapToInt(List::size).max().orElse(0);
    }

    /** What a benchmark says that has no correct result to report the speed of. */
    static ObjectNode incorrect(String benchmark, String problem) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("benchmark", benchmark)
                .put("correct", false)
                .put("problem", problem);
    }

    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("benchmark", benchmark);
        ObjectNode ratios = json.putObject("ratios");
        roundRatios().forEach((name, values) -> ratios.put(name, rounded(median(values))));
        json.put("rounds", rounds());
        json.put("correct", true);
        facts.forEach((name, fact) -> json.set(name, JsonNodeFactory.instance.pojoNode(fact)));
        json.put("unit", unit);
        ObjectNode perRound = json.putObject("ratios_per_round");
        roundRatios().forEach((name, values) -> perRound.set(name, array(values)));
        ObjectNode cpu = json.putObject("cpu_ratios");
        roundCpuRatios().forEach((name, values) -> cpu.put(name, rounded(median(values))));
        ObjectNode rates = json.putObject("rates");
        measures.forEach((name, values) ->
                rates.set(name, array(values.stream().map(Measure::rate).toList())));
        ObjectNode seconds = json.putObject("seconds");
        measures.forEach((name, values) ->
                seconds.set(name, array(values.stream().map(Measure::seconds).toList())));
        ObjectNode cpuMicros = json.putObject("cpu_micros_per_item");
        measures.forEach((name, values) -> cpuMicros.set(
                name, array(values.stream().map(Measure::cpuMicrosPerItem).toList())));
        return json;
    }

    private static ArrayNode array(List<Double> values) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        values.forEach(value -> array.add(rounded(value)));
        return array;
    }

    private static double rounded(double value) {
        return Math.abs(value) >= 100 ? Math.rint(value) : Math.rint(value * 1000) / 1000;
    }

    String table() {
        StringBuilder text = new StringBuilder();
        facts.forEach((name, fact) ->
                text.append(name.replace('_', ' ')).append(": ").append(fact).append(System.lineSeparator()));
        if (!measures.isEmpty()) {
            rates(text);
        }
        roundRatios().forEach((name, values) -> {
            StringBuilder rounds = new StringBuilder();
            values.forEach(value -> rounds.append(String.format(Locale.ROOT, " %.2f", value)));
            line(
                    text,
                    "ratio %s: %.3f (median of %d rounds:%s; by CPU time %.3f)",
                    name,
                    median(values),
                    values.size(),
                    rounds,
                    median(roundCpuRatios().getOrDefault(name, List.of())));
        });
        return text.append("The result of every round was checked, and is correct.")
                .toString();
    }

    private void rates(StringBuilder text) {
        int width = measures.keySet().stream().mapToInt(String::length).max().orElse(0);
        line(text, "%-" + width + "s  %14s  %14s  %14s  %12s", "", unit, "lowest", "highest", "CPU us/item");
        measures.forEach((name, rounds) -> {
            List<Double> rates = rounds.stream().map(Measure::rate).toList();
            line(
                    text,
                    "%-" + width + "s  %,14.1f  %,14.1f  %,14.1f  %,12.3f",
                    name,
                    median(rates),
                    Collections.min(rates),
                    Collections.max(rates),
                    median(rounds.stream().map(Measure::cpuMicrosPerItem).toList()));
        });
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append(System.lineSeparator());
    }
}
