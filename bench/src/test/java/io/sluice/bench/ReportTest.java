package io.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static Report report() {
        Map<String, List<Measure>> measures = new LinkedHashMap<>();
        measures.put("identity", List.of(new Measure(1000, 1, 1), new Measure(1000, 2, 1), new Measure(1000, 1, 1)));
        measures.put("spend", List.of(new Measure(1000, 2, 4), new Measure(1000, 2.5, 4), new Measure(1000, 4, 2)));
        return Report.of("spend", "events/s", "identity", measures, Map.of("users", 10_000));
    }

    @Test
    void ratioIsTheMedianOfTheRoundsRatios() throws JsonProcessingException {
        JsonNode json = new ObjectMapper().readTree(report().json().toString());

        assertThat(json.path("benchmark").asText()).isEqualTo("spend");
        assertThat(json.at("/ratios/spend~1identity").asDouble()).isEqualTo(0.5);
        assertThat(json.at("/ratios_per_round/spend~1identity").toString()).isEqualTo("[0.5,0.8,0.25]");
        assertThat(json.at("/cpu_ratios/spend~1identity").asDouble()).isEqualTo(0.25);
        assertThat(json.path("rounds").asInt()).isEqualTo(3);
        assertThat(json.path("correct").asBoolean()).isTrue();
        assertThat(json.path("users").asInt()).isEqualTo(10_000);
        assertThat(json.at("/rates/spend").toString()).isEqualTo("[500.0,400.0,250.0]");
    }

    @Test
    void tableNamesEveryVariantAndTheRatio() {
        assertThat(report().table())
                .contains("users: 10000")
                .containsPattern("identity +1,000.0 +500.0 +1,000.0")
                .containsPattern("spend +400.0 +250.0 +500.0")
                .contains("ratio spend/identity: 0.500 (median of 3 rounds: 0.50 0.80 0.25; by CPU time 0.250)");
    }

    @Test
    void medianOfAnEvenNumberIsBetweenTheTwoInTheMiddle() {
        assertThat(Report.median(List.of(4.0, 1.0, 2.0, 3.0))).isEqualTo(2.5);
    }

    @Test
    void whatIsIncorrectHasNoRatios() {
        assertThat(Report.incorrect("spend", "cells: wrong").toString())
                .isEqualTo("{\"benchmark\":\"spend\",\"correct\":false,\"problem\":\"cells: wrong\"}");
    }

    @Test
    void whatIsComparedHasToBeMeasured() {
        List<Report.Comparison> comparisons = List.of(new Report.Comparison("spend", "identity"));
        assertThatThrownBy(() -> new Report("spend", "events/s", comparisons, Map.of(), Map.of()))
                .hasMessageStartingWith("comparison: spend/identity");
    }

    @Test
    void variantsMayHaveBaselinesOfTheirOwn() {
        Map<String, List<Measure>> measures = Map.of(
                "a", List.of(new Measure(1, 1, 1)),
                "b", List.of(new Measure(1, 2, 1)),
                "c", List.of(new Measure(1, 4, 1)));
        List<Report.Comparison> comparisons = List.of(new Report.Comparison("b", "a"), new Report.Comparison("c", "b"));

        assertThat(new Report("otlp", "records/s", comparisons, measures, Map.of())
                        .json()
                        .path("ratios")
                        .toString())
                .isEqualTo("{\"b/a\":0.5,\"c/b\":0.5}");
    }
}
