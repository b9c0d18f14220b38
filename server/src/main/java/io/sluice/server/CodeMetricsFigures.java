package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.codemetrics.Measure;
import io.sluice.core.codemetrics.Metric;
import io.sluice.core.codemetrics.SessionRows;
import io.sluice.core.spend.Users;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Which aggregations the metrics of a question need, and what the metrics are by their results. */
final class CodeMetricsFigures {
    private static final String EDITS = "edits";
    private static final String PEOPLE = "people";
    private static final String SESSIONS = "sessions";
    private static final String WORK = "last_at";
    private static final int EXACT_BELOW = 40_000; // the most that Elasticsearch takes

    private final Period period;
    private final boolean byLabel;
    private final Set<Measure> sums = EnumSet.noneOf(Measure.class);
    private final Set<Measure> editSums = EnumSet.noneOf(Measure.class);
    private final Set<String> ledgerSums = new LinkedHashSet<>();
    private final Set<String> percentiles = new TreeSet<>();
    private final Set<Integer> percents = new TreeSet<>();
    private boolean people;
    private boolean sessionsByLabel;

    /** @param byLabel see {@link CodeMetricsQuery#isByLabel} */
    CodeMetricsFigures(List<Metric> metrics, Period period, boolean byLabel) {
        this.period = period;
        this.byLabel = byLabel;
        metrics.forEach(metric -> need(metric.formula()));
    }

    private void need(Metric.Formula formula) {
        if (formula instanceof Metric.Sum sum) {
            (sum.edits() ? editSums : sums).addAll(sum.measures());
        } else if (formula instanceof Metric.Ledger ledger) {
            ledgerSums.add(ledger.field());
        } else if (formula instanceof Metric.Ratio ratio) {
            need(ratio.numerator());
            need(ratio.denominator());
        } else if (formula instanceof Metric.SessionsOfPeriod) {
            if (byLabel) {
                sessionsByLabel = true;
            } else {
                sums.add(sessions());
            }
        } else if (formula instanceof Metric.Percentile percentile) {
            percentiles.add(percentile.field());
            percents.add(percentile.percent());
        } else if (formula instanceof Metric.People) {
            people = true;
        }
    }

    private Measure sessions() {
        return switch (period) {
            case HOUR -> Measure.SESSION_HOURS;
            case DAY -> Measure.SESSION_DAYS;
            case WEEK -> Measure.SESSION_WEEKS;
            case MONTH -> Measure.SESSION_MONTHS;
        };
    }

    boolean needsLedger() {
        return !ledgerSums.isEmpty();
    }

    /** Of buckets of the index of rows. */
    ObjectNode ofRows() {
        ObjectNode aggregations = JsonNodeFactory.instance.objectNode();
        sums.forEach(measure -> sum(aggregations, measure.field()));
        if (!editSums.isEmpty()) {
            ObjectNode edits = aggregations.putObject(EDITS);
            ArrayNode tools = edits.putObject("filter").putObject("terms").putArray("tool");
            SessionRows.EDIT_TOOLS.stream().sorted().forEach(tools::add);
            ObjectNode inside = edits.putObject("aggs");
            editSums.forEach(measure -> sum(inside, measure.field()));
        }
        for (String field : percentiles) {
            ArrayNode wanted = aggregations
                    .putObject(field)
                    .putObject("percentiles")
                    .put("field", field)
                    .put("keyed", true)
                    .putArray("percents");
            percents.forEach(wanted::add);
        }
        if (people) {
            ObjectNode filter = people(aggregations.putObject(PEOPLE));
            filter.withArray("filter").add(exists(WORK));
            if (!byLabel) {
                ofWholeSessions(filter);
            }
        }
        if (sessionsByLabel) {
            ObjectNode sessions = aggregations.putObject(SESSIONS);
            sessions.set("filter", exists(WORK));
            count(sessions, "session_id");
        }
        return aggregations;
    }

    private static ObjectNode exists(String field) {
        ObjectNode query = JsonNodeFactory.instance.objectNode();
        query.putObject("exists").put("field", field);
        return query;
    }

    /** Presence is booked on rows without labels; what others say of it comes from counters, which are up to a minute late. */
    static void ofWholeSessions(ObjectNode bool) {
        ArrayNode not = bool.withArray("must_not");
        for (CodeDimension dimension : CodeDimension.values()) {
            if (dimension.isLabel()) {
                not.add(exists(dimension.parameter()));
            }
        }
    }

    /** Of buckets of the ledger's cells. */
    ObjectNode ofLedger() {
        ObjectNode aggregations = JsonNodeFactory.instance.objectNode();
        ledgerSums.forEach(field -> sum(aggregations, field));
        if (people) {
            people(aggregations.putObject(PEOPLE));
        }
        return aggregations;
    }

    /** How many people the rows, or the ledger's cells, of a group are of. */
    static long people(JsonNode bucket) {
        return Math.round(bucket.path(PEOPLE).path("count").path("value").asDouble());
    }

    /** Of the values of a bucket: how many people were counted otherwise. */
    static void setPeople(ObjectNode values, long people) {
        values.putObject(PEOPLE).putObject("count").put("value", people);
    }

    /** @return the query of those that are counted */
    private static ObjectNode people(ObjectNode aggregation) {
        ObjectNode bool = aggregation.putObject("filter").putObject("bool");
        bool.putArray("must_not").add(Elastic.term("user", Users.UNATTRIBUTED));
        count(aggregation, "user");
        return bool;
    }

    private static void count(ObjectNode aggregation, String field) {
        aggregation
                .putObject("aggs")
                .putObject("count")
                .putObject("cardinality")
                .put("field", field)
                .put("precision_threshold", EXACT_BELOW);
    }

    private static void sum(ObjectNode aggregations, String field) {
        aggregations.putObject(field).putObject("sum").put("field", field);
    }

    /**
     * A figure by the buckets of its group; null: there is none.
     *
     * @param rows missing: the rows have nothing of the group
     * @param cells the same of the ledger
     */
    @Nullable
    Double value(Metric metric, JsonNode rows, JsonNode cells) {
        Metric.Formula formula = metric.formula();
        if (formula instanceof Metric.Additive additive) {
            return sum(additive, rows, cells);
        }
        if (formula instanceof Metric.Ratio ratio) {
            double denominator = sum(ratio.denominator(), rows, cells);
            return denominator == 0 ? null : sum(ratio.numerator(), rows, cells) / denominator;
        }
        if (formula instanceof Metric.SessionsOfPeriod) {
            return (byLabel
                            ? rows.path(SESSIONS).path("count")
                            : rows.path(sessions().field()))
                    .path("value")
                    .asDouble();
        }
        if (formula instanceof Metric.Percentile percentile) {
            JsonNode value = rows.path(percentile.field()).path("values").path(percentile.percent() + ".0");
            return value.isNumber() ? value.asDouble() : null;
        }
        if (formula instanceof Metric.People) {
            return rows.path(PEOPLE).path("count").path("value").asDouble();
        }
        return null; // told by another question
    }

    /** Whether what a figure is made of is there. */
    static boolean isKnown(Metric metric, JsonNode rows, JsonNode cells) {
        Metric.Formula formula = metric.formula();
        if (formula instanceof Metric.Ratio ratio) {
            return isThere(ratio.numerator(), rows, cells) && isThere(ratio.denominator(), rows, cells);
        }
        return isThere(formula, rows, cells);
    }

    private static boolean isThere(Metric.Formula formula, JsonNode rows, JsonNode cells) {
        return formula instanceof Metric.Ledger ? cells.isObject() : rows.isObject();
    }

    private static double sum(Metric.Additive additive, JsonNode rows, JsonNode cells) {
        if (additive instanceof Metric.Ledger ledger) {
            return cells.path(ledger.field()).path("value").asDouble() * ledger.unit();
        }
        Metric.Sum sum = (Metric.Sum) additive;
        JsonNode of = sum.edits() ? rows.path(EDITS) : rows;
        double total = 0;
        for (Measure measure : sum.measures()) {
            total += of.path(measure.field()).path("value").asDouble();
        }
        return total * sum.unit();
    }

    /** Whether a figure that {@link #value} tells is a sketch's. */
    boolean isApproximate(Metric metric) {
        return metric.formula() instanceof Metric.People
                || byLabel && metric.formula() instanceof Metric.SessionsOfPeriod;
    }

    /** Whether anything at all is in the buckets. */
    boolean isZero(List<Metric> metrics, JsonNode rows, JsonNode cells) {
        for (Metric metric : metrics) {
            if (metric.formula() instanceof Metric.Peak && !rows.isMissingNode()) {
                return false; // told by another question
            }
            Double value = value(metric, rows, cells);
            if (value != null && value != 0) {
                return false;
            }
        }
        return true;
    }
}
