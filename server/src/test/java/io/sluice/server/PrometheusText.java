package io.sluice.server;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a scrape says, and the few expressions that the dashboards have over it. */
final class PrometheusText {
    private static final Pattern LINE = Pattern.compile("(\\w+)(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");
    private static final Pattern AGGREGATE =
            Pattern.compile("(sum|max)(?: by \\((\\w+)\\))? ?\\((.*)\\)", Pattern.DOTALL);
    private static final Pattern RATE = Pattern.compile("rate\\((\\w+)\\[\\$__rate_interval]\\)");
    private static final Pattern SELECTOR = Pattern.compile("(\\w+)(?:\\{(.*)})?");

    /** By name, then by labels. */
    private final Map<String, Map<Map<String, String>, Double>> series = new TreeMap<>();

    PrometheusText(String text) {
        text.lines().filter(line -> !line.startsWith("#") && !line.isBlank()).forEach(line -> {
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                throw new AssertionError(line + ": not a sample");
            }
            series.computeIfAbsent(matcher.group(1), name -> new HashMap<>())
                    .put(labels(matcher.group(2) == null ? "" : matcher.group(2)), Double.valueOf(matcher.group(3)));
        });
    }

    private static Map<String, String> labels(String text) {
        Map<String, String> labels = new TreeMap<>();
        Matcher matcher = LABEL.matcher(text);
        while (matcher.find()) {
            labels.put(matcher.group(1), matcher.group(2));
        }
        return labels;
    }

    /**
     * By labels.
     *
     * @param before an earlier scrape, for rates
     * @param seconds between the two
     * @throws AssertionError when a metric or a label does not exist
     */
    Map<Map<String, String>, Double> evaluate(String expression, PrometheusText before, double seconds) {
        int divided = expression.lastIndexOf(" / ");
        if (divided > 0) {
            Map<Map<String, String>, Double> above = evaluate(expression.substring(0, divided), before, seconds);
            String below = expression.substring(divided + 3);
            double divisor = below.matches("\\d+")
                    ? Double.parseDouble(below)
                    : evaluate(below, before, seconds).values().iterator().next();
            Map<Map<String, String>, Double> ratios = new HashMap<>();
            above.forEach((labels, value) -> ratios.put(labels, value / divisor));
            return ratios;
        }
        Matcher aggregate = AGGREGATE.matcher(expression);
        if (aggregate.matches()) {
            boolean sum = aggregate.group(1).equals("sum");
            String by = aggregate.group(2);
            Map<Map<String, String>, Double> groups = new HashMap<>();
            evaluate(aggregate.group(3), before, seconds).forEach((labels, value) -> {
                if (by != null && !labels.containsKey(by)) {
                    throw new AssertionError(expression + ": no label " + by + " at " + labels);
                }
                groups.merge(by == null ? Map.of() : Map.of(by, labels.get(by)), value, sum ? Double::sum : Math::max);
            });
            return groups;
        }
        Matcher rate = RATE.matcher(expression);
        if (rate.matches()) {
            Map<Map<String, String>, Double> rates = new HashMap<>();
            Map<Map<String, String>, Double> then = before.select(rate.group(1), "");
            select(rate.group(1), "")
                    .forEach((labels, value) -> rates.put(labels, (value - then.getOrDefault(labels, 0.0)) / seconds));
            return rates;
        }
        Matcher selector = SELECTOR.matcher(expression);
        if (!selector.matches()) {
            throw new AssertionError(expression + ": not understood");
        }
        return select(selector.group(1), selector.group(2) == null ? "" : selector.group(2));
    }

    private Map<Map<String, String>, Double> select(String name, String wanted) {
        Map<Map<String, String>, Double> all = series.get(name);
        if (all == null) {
            throw new AssertionError(name + ": no such metric among " + List.copyOf(series.keySet()));
        }
        Map<Map<String, String>, Double> selected = new HashMap<>(all);
        selected.keySet()
                .removeIf(
                        labels -> !labels.entrySet().containsAll(labels(wanted).entrySet()));
        return selected;
    }
}
