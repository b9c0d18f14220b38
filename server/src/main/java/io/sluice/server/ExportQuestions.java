package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.codemetrics.Measure;
import io.sluice.schema.Index;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** What exported metrics are made from: groups of sums of a month. */
final class ExportQuestions {
    static final List<String> TOKENS =
            List.of("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens");
    static final List<String> OUTCOMES =
            List.of("accepted", "duplicate", "rejected", "late", "ignored", "erased", "superseded");
    static final String SPEND = "spend_micros";
    static final String RECEIVED = "received";

    private static final List<String> OF_CELLS =
            Stream.concat(Stream.of(SPEND), TOKENS.stream()).toList();
    private static final List<String> OF_ROWS =
            Arrays.stream(Measure.values()).map(Measure::field).toList();
    private static final List<String> OF_LEDGER =
            Stream.concat(Stream.of(RECEIVED), OUTCOMES.stream()).toList();

    private static final Composite BY_TEAM_AND_MODEL = new Composite(List.of("team", "model"));
    private static final Composite BY_TOOL = new Composite(List.of("tool"));
    private static final Composite BY_STATUS = new Composite(List.of("status"));
    private static final Composite BY_SOURCE = new Composite(List.of("source"));

    /** Of these periods people are counted, all that hold the moment of asking. */
    static final List<Period> OF_PEOPLE = List.of(Period.DAY, Period.WEEK, Period.MONTH);

    /**
     * Groups, each with its {@code key} and its sums.
     *
     * @param cells by team and model
     * @param rows by tool
     * @param errors by status
     * @param records by source
     * @param people documents of the index of active users
     */
    record Answers(
            List<JsonNode> cells,
            List<JsonNode> rows,
            List<JsonNode> errors,
            List<JsonNode> records,
            JsonNode people) {}

    private final Elastic elastic;

    ExportQuestions(Elastic elastic) {
        this.elastic = elastic;
    }

    /** @param now in that month */
    CompletableFuture<Answers> ask(String orgId, Instant month, Instant now) {
        CompletableFuture<List<JsonNode>> cells = cells(orgId, month);
        CompletableFuture<List<JsonNode>> rows = BY_TOOL.askAll(
                elastic, orgId, Index.CODE_METRICS, during("starting_at", month), Composite.sums(OF_ROWS));
        CompletableFuture<List<JsonNode>> errors = BY_STATUS.askAll(
                elastic,
                orgId,
                Index.CODE_METRICS,
                during("starting_at", month),
                Composite.sums(List.of(Measure.API_ERRORS.field())));
        CompletableFuture<List<JsonNode>> records =
                BY_SOURCE.askAll(elastic, orgId, Index.LEDGER, during("hour", month), Composite.sums(OF_LEDGER));
        CompletableFuture<JsonNode> people = people(orgId, now);
        return CompletableFuture.allOf(cells, rows, errors, records, people)
                .thenApply(
                        done -> new Answers(cells.join(), rows.join(), errors.join(), records.join(), people.join()));
    }

    /** Spend and tokens by team and model. */
    CompletableFuture<List<JsonNode>> cells(String orgId, Instant month) {
        return BY_TEAM_AND_MODEL.askAll(
                elastic, orgId, Index.SPEND_CELLS, during("starting_at", month), Composite.sums(OF_CELLS));
    }

    private CompletableFuture<JsonNode> people(String orgId, Instant now) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", 3 * OF_PEOPLE.size());
        ArrayNode any = JsonNodeFactory.instance.arrayNode();
        for (Period period : OF_PEOPLE) {
            Instant start = period.start(now);
            any.addObject()
                    .putObject("bool")
                    .putArray("filter")
                    .add(Elastic.term("period", period.parameter()))
                    .add(Elastic.between("starting_at", start, start.plus(Duration.ofMillis(1))));
        }
        ObjectNode periods = JsonNodeFactory.instance.objectNode();
        periods.putObject("bool").set("should", any);
        List<ObjectNode> filters = List.of(Elastic.term("dimension", "organization"), periods);
        return elastic.search(orgId, Index.ACTIVE_USERS, filters, body)
                .thenApply(response -> response.path("hits").path("hits"));
    }

    private static List<ObjectNode> during(String field, Instant month) {
        return List.of(Elastic.between(field, month, Period.MONTH.end(month)));
    }
}
