package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.testing.GrafanaQuery;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.StreamSupport;

/**
 * What a panel has to show, by going through the documents one by one. It shares nothing with the server, nor with
 * Elasticsearch: it groups and adds in lists.
 */
final class DashboardTruth {
    private final List<JsonNode> documents;
    private final JsonNode target;

    /** @param documents of the target's index */
    DashboardTruth(List<JsonNode> documents, JsonNode target) {
        this.documents = documents;
        this.target = target;
    }

    /** As {@link GrafanaQuery#numbers}, without empty buckets. */
    Map<String, Double> numbers(long from, long to, Map<String, String> variables) {
        String query = GrafanaQuery.filled(target.path("query").asText(), variables);
        List<JsonNode> matching = documents.stream()
                .filter(document -> time(document) >= from && time(document) <= to && matches(document, query))
                .toList();
        Map<String, Double> numbers = new TreeMap<>();
        List<JsonNode> levels = new ArrayList<>();
        target.path("bucketAggs").forEach(levels::add);
        group(matching, levels, "", numbers);
        return numbers;
    }

    private long time(JsonNode document) {
        return Instant.parse(document.path(target.path("timeField").asText()).asText())
                .toEpochMilli();
    }

    private static boolean matches(JsonNode document, String query) {
        for (String term : query.split(" AND ")) {
            if (term.equals("*") || term.endsWith(":*")) {
                continue;
            }
            String field = term.substring(0, term.indexOf(':'));
            String value = term.substring(term.indexOf(':') + 1);
            if (field.equals("_exists_")) {
                if (!document.has(value)) {
                    return false;
                }
            } else if (!List.of(value.replaceAll("[()\"]", "").split(" OR "))
                    .contains(document.path(field).asText())) {
                return false;
            }
        }
        return true;
    }

    private void group(List<JsonNode> matching, List<JsonNode> levels, String path, Map<String, Double> numbers) {
        if (levels.isEmpty()) {
            numbers(matching, path, numbers);
            return;
        }
        JsonNode level = levels.get(0);
        Map<String, List<JsonNode>> groups = new TreeMap<>();
        for (JsonNode document : matching) {
            String field = level.path("field").asText();
            if (level.path("type").asText().equals("date_histogram")) {
                long interval = level.at("/settings/interval").asText().equals("1d") ? 86_400_000L : 3_600_000L;
                long start = time(document) / interval * interval;
                groups.computeIfAbsent(String.valueOf(start), key -> new ArrayList<>())
                        .add(document);
            } else if (document.has(field)) {
                groups.computeIfAbsent(document.path(field).asText(), key -> new ArrayList<>())
                        .add(document);
            }
        }
        if (groups.size() > level.at("/settings/size").asInt(Integer.MAX_VALUE)) {
            throw new AssertionError(groups.keySet() + ": more than the panel shows, which is not computed here");
        }
        groups.forEach((key, members) -> group(members, levels.subList(1, levels.size()), path + key + "/", numbers));
    }

    private void numbers(List<JsonNode> documents, String path, Map<String, Double> numbers) {
        Map<String, Double> here = new HashMap<>();
        for (JsonNode metric : target.path("metrics")) {
            String id = metric.path("id").asText();
            String field = metric.path("field").asText();
            switch (metric.path("type").asText()) {
                case "count" -> here.put(id, (double) documents.size());
                case "sum" ->
                    here.put(
                            id,
                            values(documents, field).stream()
                                    .mapToDouble(Double::doubleValue)
                                    .sum());
                case "max" ->
                    values(documents, field).stream().max(Double::compare).ifPresent(most -> here.put(id, most));
                case "cardinality" ->
                    here.put(id, (double) different(documents, field).size());
                case "percentiles" -> {
                    // All durations of a bucket are the same here, so each percentile is that.
                    Set<Double> same = new HashSet<>(values(documents, field));
                    if (same.size() > 1) {
                        throw new AssertionError(path + ": " + same + " (expected: one duration in a bucket)");
                    }
                    metric.at("/settings/percents")
                            .forEach(percent ->
                                    same.forEach(value -> here.put(id + "@" + percent.asText() + ".0", value)));
                }
                case "bucket_script" -> {
                    // Told below, from the others.
                }
                default -> throw new AssertionError(metric.path("type") + ": not computed yet");
            }
        }
        for (JsonNode metric : target.path("metrics")) {
            if (metric.path("type").asText().equals("bucket_script")) {
                Map<String, Double> params = new HashMap<>();
                metric.path("pipelineVariables")
                        .forEach(each -> params.put(
                                each.path("name").asText(),
                                here.get(each.path("pipelineAgg").asText())));
                DashboardFormula.of(metric.at("/settings/script").asText(), params.keySet())
                        .value(params)
                        .ifPresent(value -> here.put(metric.path("id").asText(), value));
            }
        }
        here.forEach((id, value) -> numbers.put(path + id, value));
    }

    private static List<Double> values(List<JsonNode> documents, String field) {
        String source = field.replaceAll("_(usd|seconds)$", "_micros");
        List<Double> values = new ArrayList<>();
        for (JsonNode document : documents) {
            JsonNode value = document.path(source);
            StreamSupport.stream((value.isArray() ? value : List.of(value)).spliterator(), false)
                    .filter(JsonNode::isNumber)
                    .forEach(each -> values.add(each.asDouble() / (source.equals(field) ? 1 : 1e6)));
        }
        return values;
    }

    private static Set<String> different(List<JsonNode> documents, String field) {
        Set<String> different = new HashSet<>();
        documents.stream()
                .filter(document -> document.has(field))
                .forEach(document -> different.add(document.path(field).asText()));
        if (field.equals("user")) {
            // Whoever nobody knows is not one person.
            different.remove("unattributed");
        }
        return different;
    }
}
