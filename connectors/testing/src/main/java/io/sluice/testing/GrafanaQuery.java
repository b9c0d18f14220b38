package io.sluice.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What Grafana's data source of Elasticsearch makes of a dashboard, by the query model that it documents. */
public final class GrafanaQuery {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> CALENDAR = Set.of("1w", "1M", "1q", "1y");

    private GrafanaQuery() {}

    /**
     * By file name, without its ending.
     *
     * @param folder of the dashboards
     * @throws UncheckedIOException when they cannot be read
     */
    public static Map<String, JsonNode> dashboards(Path folder) {
        Map<String, JsonNode> dashboards = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                dashboards.put(
                        file.getFileName().toString().replace(".json", ""), JSON.readTree(Files.readString(file)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return dashboards;
    }

    /** The name that its data source asks for. */
    public static String index(JsonNode target) {
        return target.at("/datasource/uid").asText().replace("sluice-", "");
    }

    /** Whether it asks for counts and sums of the server. */
    public static boolean isElasticsearch(JsonNode target) {
        return target.at("/datasource/type").asText().equals("elasticsearch");
    }

    /** Whether it asks Prometheus. */
    public static boolean isPrometheus(JsonNode target) {
        return target.at("/datasource/type").asText().equals("prometheus");
    }

    /** All variables are at All, but for these. */
    public static String filled(String query, Map<String, String> variables) {
        String filled = query;
        for (Map.Entry<String, String> variable : variables.entrySet()) {
            filled = filled.replace("$" + variable.getKey(), variable.getValue());
        }
        return filled.replaceAll("\\$(team|model|user|repository)", "*");
    }

    /** The two lines of {@code _msearch}. */
    public static String lines(String index, ObjectNode search) {
        ObjectNode header = JsonNodeFactory.instance
                .objectNode()
                .put("ignore_unavailable", true)
                .put("index", index)
                .put("search_type", "query_then_fetch");
        return header + "\n" + search + "\n";
    }

    /**
     * Of a panel's target.
     *
     * @param from epoch ms, as {@code to}
     * @param variables what is chosen, by name; all others are at All
     */
    public static ObjectNode search(JsonNode target, long from, long to, Map<String, String> variables) {
        ObjectNode search = JsonNodeFactory.instance.objectNode().put("size", 0);
        ArrayNode filter = search.putObject("query").putObject("bool").putArray("filter");
        filter.addObject()
                .putObject("range")
                .putObject(target.path("timeField").asText())
                .put("gte", from)
                .put("lte", to)
                .put("format", "epoch_millis");
        filter.addObject()
                .putObject("query_string")
                .put("analyze_wildcard", true)
                .put("query", filled(target.path("query").asText(), variables));
        ObjectNode level = search;
        for (JsonNode bucket : target.path("bucketAggs")) {
            ObjectNode aggregation =
                    level.withObject("/aggs").putObject(bucket.path("id").asText());
            String type = bucket.path("type").asText();
            switch (type) {
                case "date_histogram" -> histogram(bucket, aggregation.putObject(type), from, to);
                case "terms" -> terms(bucket, aggregation, target.path("metrics"));
                default -> throw new AssertionError(type + ": no translation yet");
            }
            level = aggregation;
        }
        for (JsonNode metric : target.path("metrics")) {
            String type = metric.path("type").asText();
            if (!type.equals("count")) {
                metric(
                        metric,
                        level.withObject("/aggs")
                                .putObject(metric.path("id").asText())
                                .putObject(type));
            }
        }
        return search;
    }

    private static void histogram(JsonNode bucket, ObjectNode histogram, long from, long to) {
        JsonNode settings = bucket.path("settings");
        String interval = settings.path("interval").asText();
        histogram
                .put("field", bucket.path("field").asText())
                .put(CALENDAR.contains(interval) ? "calendar_interval" : "fixed_interval", interval)
                .put("min_doc_count", settings.path("min_doc_count").asInt())
                .put("format", "epoch_millis");
        histogram.putObject("extended_bounds").put("min", from).put("max", to);
        if (!settings.path("timeZone").asText("utc").equals("utc")) {
            histogram.put("time_zone", settings.path("timeZone").asText());
        }
    }

    private static void terms(JsonNode bucket, ObjectNode aggregation, JsonNode metrics) {
        JsonNode settings = bucket.path("settings");
        String by = settings.path("orderBy").asText();
        ObjectNode terms = aggregation
                .putObject("terms")
                .put("field", bucket.path("field").asText())
                .put("size", settings.path("size").asInt())
                .put("min_doc_count", settings.path("min_doc_count").asInt());
        for (JsonNode metric : metrics) {
            if (metric.path("id").asText().equals(by)) {
                if (metric.path("type").asText().equals("count")) {
                    by = "_count";
                } else {
                    // The number to order by has to be at this level, too.
                    aggregation
                            .withObject("/aggs")
                            .putObject(by)
                            .putObject(metric.path("type").asText())
                            .put("field", metric.path("field").asText());
                }
            }
        }
        terms.putObject("order").put(by, settings.path("order").asText());
    }

    private static void metric(JsonNode metric, ObjectNode body) {
        if (metric.has("field")) {
            body.put("field", metric.path("field").asText());
        }
        for (JsonNode variable : metric.path("pipelineVariables")) {
            body.withObject("/buckets_path")
                    .put(
                            variable.path("name").asText(),
                            variable.path("pipelineAgg").asText());
        }
        metric.path("settings").properties().forEach(setting -> body.set(setting.getKey(), setting.getValue()));
    }

    /**
     * Of what a variable offers.
     *
     * @param query as the dashboard has it, JSON in a text
     * @param from epoch ms, as {@code to}
     */
    public static ObjectNode choices(String query, long from, long to) {
        ObjectNode search = JsonNodeFactory.instance.objectNode().put("size", 0);
        try {
            JsonNode asked = JSON.readTree(query);
            search.putObject("query")
                    .putObject("bool")
                    .putArray("filter")
                    .addObject()
                    .putObject("range")
                    .putObject("starting_at")
                    .put("gte", String.valueOf(from))
                    .put("lte", String.valueOf(to))
                    .put("format", "epoch_millis");
            ObjectNode terms = search.putObject("aggs")
                    .putObject("1")
                    .putObject("terms")
                    .put("field", asked.path("field").asText())
                    .put("size", 500);
            terms.putObject("order").put("_key", "asc");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return search;
    }

    /**
     * The numbers of an answer, by the keys of the buckets around each and the metric's id, such as
     * {@code platform/1763856000000/1}. Hidden ones are among them.
     */
    public static Map<String, Double> numbers(JsonNode target, JsonNode aggregations) {
        Map<String, Double> numbers = new TreeMap<>();
        List<JsonNode> buckets = new ArrayList<>();
        target.path("bucketAggs").forEach(buckets::add);
        collect(target, buckets, aggregations, "", numbers);
        return numbers;
    }

    private static void collect(
            JsonNode target, List<JsonNode> levels, JsonNode at, String path, Map<String, Double> numbers) {
        if (!levels.isEmpty()) {
            for (JsonNode bucket : at.path(levels.get(0).path("id").asText()).path("buckets")) {
                collect(
                        target,
                        levels.subList(1, levels.size()),
                        bucket,
                        path + bucket.path("key").asText() + "/",
                        numbers);
            }
            return;
        }
        for (JsonNode metric : target.path("metrics")) {
            String id = metric.path("id").asText();
            if (metric.path("type").asText().equals("count")) {
                numbers.put(path + id, at.path("doc_count").asDouble());
            }
            if (at.path(id).path("value").isNumber()) {
                numbers.put(path + id, at.path(id).path("value").asDouble());
            }
            at.path(id).path("values").properties().forEach(percent -> {
                if (percent.getValue().isNumber()) {
                    numbers.put(
                            path + id + "@" + percent.getKey(),
                            percent.getValue().asDouble());
                }
            });
        }
    }
}
