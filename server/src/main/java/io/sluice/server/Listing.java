package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.directory.AsOf;
import io.sluice.core.spend.CostTeam;
import io.sluice.core.spend.CountedReports.Counted;
import io.sluice.schema.Index;
import io.sluice.schema.Micros;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Documents page by page: the events behind a number, the ledger, the dead letters. */
final class Listing {
    private static final Set<String> DATES = Set.of("occurred_at", "received_at", "hour");

    static final Set<String> EVENT_PARAMETERS =
            Set.of(Route.ORGANIZATION, "user", "session", "starting_at", "ending_at", "limit", "page");
    static final Set<String> LEDGER_PARAMETERS = Set.of(Route.ORGANIZATION, "source", "limit", "page");
    static final Set<String> DEAD_LETTER_PARAMETERS = Set.of(Route.ORGANIZATION, "reason", "source", "limit", "page");

    /** received = the sum of all the others. */
    private static final List<String> LEDGER_ENDS =
            List.of("accepted", "duplicate", "rejected", "late", "ignored", "erased", "superseded");

    /** Most reports do not stand alone: a page of requests takes several searches. */
    private static final int MIN_SEARCH = 100;

    /** After so many searches a page ends, full or not, before the client gives up. */
    private static final int MAX_SEARCHES = 10;

    private static final List<Order> EVENT_ORDER = List.of(new Order("occurred_at", true), new Order("event_id", true));

    private record Order(String field, boolean ascending) {}

    /** @param which of those that count; their cost teams are not in documents */
    private record EventQuery(String orgId, List<ObjectNode> filters, Predicate<ObjectNode> which, int limit) {}

    /** @param sort position of the event */
    private record Event(ObjectNode row, JsonNode sort) {}

    /** @param last position that the next page follows; null: there is none */
    private record EventPage(
            List<ObjectNode> rows, @Nullable JsonNode last) {}

    private final Elastic elastic;
    private final DirectoryStore directory;
    private final CountedEvents counted;
    private final LedgerWarnings warnings;

    Listing(Elastic elastic, DirectoryStore directory) {
        this.elastic = elastic;
        this.directory = directory;
        this.counted = new CountedEvents(elastic);
        this.warnings = new LedgerWarnings(elastic);
    }

    /**
     * {@code GET /v1/spend/events}, oldest first: of the reports that match, those that count, each with the number of
     * reports that there are of the same, with the cost that it counts with, and the cost team that it counts for.
     *
     * @throws Refusal UNAVAILABLE while the directory is not known
     */
    CompletableFuture<ObjectNode> events(String orgId, Parameters parameters) {
        directory.requireLoaded();
        List<ObjectNode> filters = equal(parameters, "user", "user", "session", "session_id");
        var startingAt = parameters.time("starting_at");
        var endingAt = parameters.time("ending_at");
        Parameters.requireOrder(startingAt, endingAt);
        if (startingAt != null || endingAt != null) {
            filters.add(Elastic.between("occurred_at", startingAt, endingAt));
        }
        PageToken page = parameters.page();
        JsonNode position = page.position();
        return events(
                        new EventQuery(orgId, filters, row -> true, parameters.limit()),
                        position == null ? null : position.path("after"),
                        List.of(),
                        MAX_SEARCHES)
                .thenApply(found -> envelope(page, found.rows, found.last));
    }

    /**
     * The first events behind a figure, as {@link #events} has them.
     *
     * @param filters of documents of {@link Index#SPEND_EVENTS}
     * @param teams only these cost teams; empty: all
     * @return {@code events}, and whether there may be more of them, {@code more_events}
     * @throws Refusal UNAVAILABLE while the directory is not known
     */
    CompletableFuture<ObjectNode> eventsBehind(
            String orgId, List<ObjectNode> filters, Collection<String> teams, int limit) {
        directory.requireLoaded();
        Predicate<ObjectNode> which =
                row -> teams.isEmpty() || teams.contains(row.path("team").asText());
        return events(new EventQuery(orgId, filters, which, limit), null, List.of(), MAX_SEARCHES)
                .thenApply(found -> {
                    ObjectNode answer = JsonNodeFactory.instance.objectNode();
                    answer.putArray("events").addAll(found.rows);
                    return answer.put("more_events", found.last != null);
                });
    }

    private CompletableFuture<EventPage> events(
            EventQuery query, @Nullable JsonNode after, List<Event> before, int searches) {
        int size = Math.max(MIN_SEARCH, query.limit() + 1);
        return elastic.search(query.orgId(), Index.SPEND_EVENTS, query.filters(), search(size, EVENT_ORDER, after))
                .thenCompose(response -> {
                    JsonNode hits = response.path("hits").path("hits");
                    return counted.counted(query.orgId(), hits).thenCompose(byEventId -> {
                        List<Event> events = new ArrayList<>(before);
                        for (JsonNode hit : hits) {
                            Counted count = byEventId.get(
                                    hit.path("_source").path("event_id").asText());
                            if (count == null) {
                                continue;
                            }
                            ObjectNode row = event(query.orgId(), hit.path("_source"), count);
                            if (query.which().test(row)) {
                                events.add(new Event(row, hit.path("sort")));
                            }
                        }
                        if (events.size() > query.limit()) {
                            List<Event> page = events.subList(0, query.limit());
                            return page(page, page.get(page.size() - 1).sort());
                        }
                        if (hits.size() < size) {
                            return page(events, null);
                        }
                        JsonNode last = hits.get(size - 1).path("sort");
                        return searches == 1 ? page(events, last) : events(query, last, events, searches - 1);
                    });
                });
    }

    private ObjectNode event(String orgId, JsonNode source, Counted counted) {
        CostTeam team = CostTeam.of(
                AsOf.teamOf(
                        directory.of(orgId),
                        source.path("user").asText(),
                        Micros.parse(source.path("occurred_at").asText())),
                source.path("team").asText());
        ObjectNode row = row(source)
                .put("team", team.name())
                .put("team_source", team.source().text())
                .put("copies", counted.copies());
        // Whether an advisor's cost is within another report's is not known when its document is written.
        return counted.withinAdvised() ? row.put("spend_micros", 0).put("cost_basis", "within-advised") : row;
    }

    private static CompletableFuture<EventPage> page(List<Event> events, @Nullable JsonNode last) {
        return CompletableFuture.completedFuture(
                new EventPage(events.stream().map(Event::row).toList(), last));
    }

    /** {@code GET /v1/dead-letters}, newest first. */
    CompletableFuture<ObjectNode> deadLetters(String orgId, Parameters parameters) {
        return page(
                orgId,
                Index.DEAD_LETTERS,
                parameters,
                equal(parameters, "reason", "reason", "source", "source"),
                List.of(new Order("received_at", false), new Order("event_id", true)),
                JsonNodeFactory.instance.objectNode());
    }

    /** {@code GET /v1/ledger}, newest hour first, with the totals of all hours, and the warnings. */
    CompletableFuture<ObjectNode> ledger(String orgId, Parameters parameters) {
        ObjectNode totals = JsonNodeFactory.instance.objectNode();
        totals.putObject("received").putObject("sum").put("field", "received");
        LEDGER_ENDS.forEach(end -> totals.putObject(end).putObject("sum").put("field", end));
        CompletableFuture<ArrayNode> doubts = warnings.of(orgId, equal(parameters, "source", "source"));
        return page(
                        orgId,
                        Index.LEDGER,
                        parameters,
                        equal(parameters, "source", "source"),
                        List.of(new Order("hour", false), new Order("source", true)),
                        totals)
                .thenCombine(doubts, (answer, list) -> answer.set("warnings", list));
    }

    private static List<ObjectNode> equal(Parameters parameters, String... namesAndFields) {
        List<ObjectNode> filters = new ArrayList<>();
        for (int i = 0; i < namesAndFields.length; i += 2) {
            String value = parameters.text(namesAndFields[i]);
            if (value != null) {
                filters.add(Elastic.term(namesAndFields[i + 1], value));
            }
        }
        return filters;
    }

    private CompletableFuture<ObjectNode> page(
            String orgId,
            Index index,
            Parameters parameters,
            List<ObjectNode> filters,
            List<Order> orders,
            ObjectNode totals) {
        int limit = parameters.limit();
        PageToken page = parameters.page();
        JsonNode position = page.position();
        ObjectNode body = search(limit + 1, orders, position == null ? null : position.path("after"));
        if (!totals.isEmpty()) {
            body.set("aggs", totals);
        }
        return elastic.search(orgId, index, filters, body)
                .thenApply(response -> index == Index.LEDGER
                        ? withTotals(envelope(page, response, limit), response.path("aggregations"))
                        : envelope(page, response, limit));
    }

    /** @param after position to go on after; null: the first search */
    private static ObjectNode search(int size, List<Order> orders, @Nullable JsonNode after) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", size);
        ArrayNode sort = body.putArray("sort");
        orders.forEach(order -> sort.addObject().put(order.field(), order.ascending() ? "asc" : "desc"));
        if (after != null) {
            body.set("search_after", after);
        }
        return body;
    }

    private static ObjectNode envelope(PageToken page, JsonNode response, int limit) {
        JsonNode hits = response.path("hits").path("hits");
        List<ObjectNode> rows = new ArrayList<>();
        for (int i = 0; i < Math.min(limit, hits.size()); i++) {
            rows.add(row(hits.get(i).path("_source")));
        }
        return envelope(page, rows, hits.size() > limit ? hits.get(limit - 1).path("sort") : null);
    }

    /** @param last position that the next page follows; null: there is none */
    private static ObjectNode envelope(PageToken page, List<ObjectNode> rows, @Nullable JsonNode last) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        answer.putArray("data").addAll(rows);
        answer.put("has_more", last != null);
        if (last == null) {
            return answer.putNull("next_page");
        }
        ObjectNode position = JsonNodeFactory.instance.objectNode();
        position.set("after", last);
        return answer.put("next_page", page.next(position));
    }

    static ObjectNode row(JsonNode source) {
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        source.properties().forEach(field -> {
            if (DATES.contains(field.getKey())) {
                row.put(field.getKey(), Elastic.time(field.getValue()));
            } else {
                row.set(field.getKey(), field.getValue());
            }
        });
        row.remove("org_id");
        return row;
    }

    private static ObjectNode withTotals(ObjectNode answer, JsonNode sums) {
        ObjectNode totals = answer.putObject("totals");
        totals.put("received", total(sums, "received"));
        LEDGER_ENDS.forEach(end -> totals.put(end, total(sums, end)));
        boolean balanced = isBalanced(totals);
        for (JsonNode row : answer.path("data")) {
            if (row instanceof ObjectNode counts) {
                // A count that is not in the document is none, and shown as such.
                LEDGER_ENDS.forEach(end -> counts.put(end, row.path(end).asLong()));
            }
            balanced &= isBalanced(row);
        }
        return answer.put("balanced", balanced);
    }

    private static long total(JsonNode sums, String field) {
        return Math.round(sums.path(field).path("value").asDouble());
    }

    private static boolean isBalanced(JsonNode counts) {
        long ends =
                LEDGER_ENDS.stream().mapToLong(end -> counts.path(end).asLong()).sum();
        return counts.path("received").asLong() == ends;
    }
}
