package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.reconcile.OwnDay;
import io.sluice.core.reconcile.Reconciler;
import io.sluice.core.reconcile.Reconciliation;
import io.sluice.core.reconcile.ReportedCost;
import io.sluice.schema.Index;
import io.sluice.schema.Micros;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** {@code GET /v1/reconciliation}: our spend against the cost that Anthropic reports, day by day, and why they differ. */
final class ReconciliationReport {
    static final Set<String> PARAMETERS = Set.of(Route.ORGANIZATION, "starting_date", "ending_date");

    private static final long MOST_DAYS = 92;
    private static final int MOST_DOCUMENTS = 10_000;
    private static final String COST = "cost";
    private static final String NOTHING_READ =
            "no report of these days was read (expected: the job sluice-reported runs,"
                    + " with a key of the organization at Anthropic; ./sluice up starts it where SLUICE_REPORTED_KEY_FILE names a"
                    + " file with one)";
    private static final Composite CELLS = new Composite(List.of("starting_at", "product", "basis"));
    private static final Composite ROWS = new Composite(List.of("starting_at", "adapter", "product"));

    private final Elastic elastic;
    private final Reconciler reconciler = new Reconciler(Reconciler.PRODUCTS);

    ReconciliationReport(Elastic elastic) {
        this.elastic = elastic;
    }

    CompletableFuture<ObjectNode> answer(String orgId, Parameters parameters) {
        LocalDate from = date(parameters, "starting_date");
        LocalDate to = date(parameters, "ending_date");
        if (!from.isBefore(to) || ChronoUnit.DAYS.between(from, to) > MOST_DAYS) {
            throw Refusal.invalid(
                    "ending_date", to.toString(), "1 to " + MOST_DAYS + " days after starting_date " + from);
        }
        Instant start = from.atStartOfDay(ZoneOffset.UTC).toInstant();
        Instant end = to.atStartOfDay(ZoneOffset.UTC).toInstant();
        CompletableFuture<Map<LocalDate, List<OwnDay.Part>>> own = own(orgId, start, end);
        CompletableFuture<Map<LocalDate, JsonNode>> readings = readings(orgId, start, end);
        CompletableFuture<Map<String, List<ReportedCost.Part>>> rows = rows(orgId, start, end);
        return CompletableFuture.allOf(own, readings, rows).thenApply(done -> {
            ObjectNode answer = JsonNodeFactory.instance.objectNode();
            ArrayNode data = answer.putArray("data");
            for (LocalDate day = from; day.isBefore(to); day = day.plusDays(1)) {
                JsonNode reading = readings.join().get(day);
                Optional<ReportedCost> cost =
                        reading == null ? Optional.empty() : Optional.of(cost(day, reading, rows.join()));
                OwnDay ours = new OwnDay(day, own.join().getOrDefault(day, List.of()));
                data.add(json(reconciler.reconcile(ours, cost), reading));
            }
            return answer.put("hint", readings.join().isEmpty() ? NOTHING_READ : null);
        });
    }

    private static LocalDate date(Parameters parameters, String name) {
        String given = parameters.text(name);
        try {
            if (given != null) {
                return LocalDate.parse(given);
            }
        } catch (DateTimeParseException e) {
            // Reported below.
        }
        throw Refusal.invalid(name, String.valueOf(given), "a day, YYYY-MM-DD");
    }

    private CompletableFuture<Map<LocalDate, List<OwnDay.Part>>> own(String orgId, Instant start, Instant end) {
        List<ObjectNode> filters = List.of(Elastic.between("starting_at", start, end));
        return CELLS.askAll(elastic, orgId, Index.SPEND_CELLS, filters, Composite.sums(List.of("spend_micros")))
                .thenApply(buckets -> {
                    Map<LocalDate, List<OwnDay.Part>> days = new HashMap<>();
                    for (JsonNode bucket : buckets) {
                        Instant hour = Instant.ofEpochMilli(
                                bucket.path("key").path("starting_at").asLong());
                        days.computeIfAbsent(day(hour), day -> new ArrayList<>())
                                .add(new OwnDay.Part(
                                        bucket.path("key").path("product").asText(),
                                        bucket.path("key").path("basis").asText(),
                                        Micros.of(hour),
                                        0,
                                        Composite.sum(bucket, "spend_micros")));
                    }
                    return days;
                });
    }

    /** Of each day the newest reading, by whatever generation of the API. */
    private CompletableFuture<Map<LocalDate, JsonNode>> readings(String orgId, Instant start, Instant end) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", MOST_DOCUMENTS);
        body.putArray("sort").addObject().put("fetched_at", "asc");
        List<ObjectNode> filters = List.of(Elastic.term("report", COST), Elastic.between("starting_at", start, end));
        return elastic.search(orgId, Index.REPORTED_DAYS, filters, body).thenApply(response -> {
            Map<LocalDate, JsonNode> days = new HashMap<>();
            for (JsonNode hit : response.path("hits").path("hits")) {
                JsonNode source = hit.path("_source");
                days.put(day(Instant.parse(source.path("starting_at").asText())), source);
            }
            return days;
        });
    }

    /** By day and adapter. */
    private CompletableFuture<Map<String, List<ReportedCost.Part>>> rows(String orgId, Instant start, Instant end) {
        ObjectNode aggregations = Composite.sums(List.of("cost_micros", "list_cost_micros"));
        for (String field : List.of("cost_micros", "list_cost_micros")) {
            aggregations.putObject(field + "_known").putObject("value_count").put("field", field);
        }
        ObjectNode there = JsonNodeFactory.instance.objectNode();
        there.putObject("bool").putArray("must_not").add(Elastic.term("gone", "true"));
        List<ObjectNode> filters =
                List.of(Elastic.term("report", COST), Elastic.between("starting_at", start, end), there);
        return ROWS.askAll(elastic, orgId, Index.REPORTED, filters, aggregations)
                .thenApply(buckets -> {
                    Map<String, List<ReportedCost.Part>> parts = new HashMap<>();
                    for (JsonNode bucket : buckets) {
                        long known = Composite.sum(bucket, "cost_micros_known");
                        if (known > 0) {
                            JsonNode key = bucket.path("key");
                            boolean list = Composite.sum(bucket, "list_cost_micros_known") == known;
                            parts.computeIfAbsent(
                                            key(
                                                    day(Instant.ofEpochMilli(key.path("starting_at")
                                                            .asLong())),
                                                    key.path("adapter")),
                                            each -> new ArrayList<>())
                                    .add(new ReportedCost.Part(
                                            key.path("product").isTextual()
                                                    ? key.path("product").asText()
                                                    : null,
                                            Composite.sum(bucket, "cost_micros"),
                                            list ? Composite.sum(bucket, "list_cost_micros") : null));
                        }
                    }
                    return parts;
                });
    }

    private static ReportedCost cost(LocalDate day, JsonNode reading, Map<String, List<ReportedCost.Part>> rows) {
        long fetchedAt = Micros.parse(reading.path("fetched_at").asText());
        JsonNode refreshedAt = reading.path("refreshed_at");
        JsonNode first = reading.path("first_cost_micros");
        return new ReportedCost(
                day,
                reading.path("adapter").asText(),
                rows.getOrDefault(key(day, reading.path("adapter")), List.of()),
                fetchedAt,
                refreshedAt.isTextual() ? Micros.parse(refreshedAt.asText()) : fetchedAt,
                first.isNumber() ? first.asLong() : null,
                !reading.path("incomplete").asBoolean());
    }

    private static String key(LocalDate day, JsonNode adapter) {
        return day + " " + adapter.asText();
    }

    private static LocalDate day(Instant time) {
        return time.atZone(ZoneOffset.UTC).toLocalDate();
    }

    private static ObjectNode json(Reconciliation day, @Nullable JsonNode reading) {
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        row.put("date", day.day().toString()).put("sluice_micros", day.sluiceMicros());
        if (reading == null) {
            row.putNull("reported_micros");
        } else {
            row.put("reported_micros", day.reportedMicros());
        }
        row.put("list_micros", day.listMicros()).put("difference_micros", day.differenceMicros());
        Reconciliation.Explained why = day.explained();
        row.putObject("explained")
                .put("other_products", why.otherProducts())
                .put("contract_price", why.contractPrice())
                .put("not_yet_reported", why.notYetReported())
                .put("late", why.late())
                .put("revised", why.revised())
                .put("unexplained", why.unexplained());
        row.put("complete", day.complete());
        row.put("adapter", reading == null ? null : reading.path("adapter").asText());
        return row.put(
                "fetched_at",
                reading == null ? null : reading.path("fetched_at").asText());
    }
}
