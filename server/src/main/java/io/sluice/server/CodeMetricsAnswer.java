package io.sluice.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.codemetrics.Metric;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A table of code metrics for programs, as JSON, and for spreadsheets, as CSV. */
final class CodeMetricsAnswer {
    private static final int DIGITS = 9;

    private CodeMetricsAnswer() {}

    static ObjectNode json(CodeMetricsReport.Table table) {
        CodeMetricsQuery query = table.query();
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode data = answer.putArray("data");
        for (CodeMetricsReport.Line line : table.lines()) {
            ObjectNode row = data.addObject()
                    .put("starting_at", line.startingAt().toString())
                    .put("ending_at", line.endingAt().toString());
            ObjectNode group = row.putObject("group");
            for (int i = 0; i < query.groupBy().size(); i++) {
                group.put(query.groupBy().get(i).parameter(), line.group().get(i));
            }
            ObjectNode metrics = row.putObject("metrics");
            for (int i = 0; i < query.metrics().size(); i++) {
                put(metrics, query.metrics().get(i).id(), line.values().get(i));
            }
        }
        answer.put("has_more", table.nextPage() != null);
        answer.put("next_page", table.nextPage());
        answer.put("watermark", table.watermark());
        answer.put("period", query.period().parameter());
        answer.put("starting_at", String.valueOf(query.startingAt()));
        answer.put("ending_at", String.valueOf(query.endingAt()));
        ObjectNode units = answer.putObject("units");
        query.metrics().forEach(metric -> units.put(metric.id(), metric.unit()));
        ArrayNode approximate = answer.putArray("approximate");
        table.approximate().forEach(metric -> approximate.add(metric.id()));
        answer.set("coverage", table.coverage());
        return answer;
    }

    /**
     * RFC 4180, with a line of names. What holds for the whole answer stands in each line: comments and headers are lost in
     * files.
     */
    static String csv(CodeMetricsReport.Table table) {
        CodeMetricsQuery query = table.query();
        List<String> names = new ArrayList<>(List.of("starting_at", "ending_at"));
        query.groupBy().forEach(dimension -> names.add(dimension.parameter()));
        query.metrics().forEach(metric -> names.add(metric.id()));
        List<String> common = new ArrayList<>();
        names.add("approximate");
        common.add(table.approximate().stream().map(Metric::id).collect(Collectors.joining(" ")));
        table.coverage().properties().forEach(figure -> {
            names.add("coverage_" + figure.getKey());
            common.add(figure.getValue().asText(""));
        });
        names.add("watermark");
        common.add(cell(table.watermark()));
        StringBuilder csv = new StringBuilder(String.join(",", names)).append("\r\n");
        for (CodeMetricsReport.Line line : table.lines()) {
            List<String> cells = new ArrayList<>(
                    List.of(line.startingAt().toString(), line.endingAt().toString()));
            line.group().forEach(name -> cells.add(cell(name)));
            line.values().forEach(value -> cells.add(value == null ? "" : number(value)));
            cells.addAll(common);
            csv.append(String.join(",", cells)).append("\r\n");
        }
        return csv.toString();
    }

    /** A text that a spreadsheet would take for a formula is marked as a text: it comes from people's machines. */
    private static String cell(@Nullable String text) {
        if (text == null) {
            return "";
        }
        String safe = !text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0 ? '\'' + text : text;
        return safe.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')
                ? '"' + safe.replace("\"", "\"\"") + '"'
                : safe;
    }

    static void put(ObjectNode json, String name, @Nullable Double value) {
        if (value == null) {
            json.putNull(name);
        } else if (value == Math.rint(value)) {
            json.put(name, value.longValue());
        } else {
            json.put(name, rounded(value));
        }
    }

    private static BigDecimal rounded(double value) {
        return BigDecimal.valueOf(value).setScale(DIGITS, RoundingMode.HALF_UP).stripTrailingZeros();
    }

    private static String number(double value) {
        return value == Math.rint(value)
                ? Long.toString((long) value)
                : rounded(value).toPlainString();
    }

    /** How a figure is computed, in the names of fields. */
    static String formula(Metric metric) {
        return formula(metric.formula());
    }

    private static String formula(Metric.Formula formula) {
        if (formula instanceof Metric.Sum sum) {
            String fields =
                    sum.measures().stream().map(measure -> measure.field()).collect(Collectors.joining(" + "));
            return "sum(" + fields + ")" + (sum.edits() ? " where tool edits" : "") + scaled(sum.unit());
        }
        if (formula instanceof Metric.Ledger ledger) {
            return "ledger sum(" + ledger.field() + ")" + scaled(ledger.unit());
        }
        if (formula instanceof Metric.Ratio ratio) {
            return formula(ratio.numerator()) + " / " + formula(ratio.denominator());
        }
        if (formula instanceof Metric.Percentile percentile) {
            return "percentile " + percentile.percent() + " of " + percentile.field();
        }
        if (formula instanceof Metric.SessionsOfPeriod) {
            return "sum(session_hours, session_days, session_weeks or session_months, as the period is); distinct session_id at work by labels of a row";
        }
        return formula instanceof Metric.People
                ? "distinct users at work"
                : "most sessions with the same active minute";
    }

    private static String scaled(double unit) {
        return unit == 1 ? "" : " / " + Math.round(1 / unit);
    }
}
