package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.spend.CostBasis;
import io.sluice.core.spend.CountedReports;
import io.sluice.core.spend.CountedReports.Candidate;
import io.sluice.core.spend.CountedReports.Counted;
import io.sluice.schema.Index;
import io.sluice.schema.Micros;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Which of some reports count. Reads the reports that share an id with them, and those that share one with these, as
 * far as {@link CountedReports} needs.
 */
final class CountedEvents {
    private static final List<String> ID_FIELDS = List.of("request_id", "client_request_id", "message_id");

    /** Before the name of an id's field: where an advisor's answer has the id of the response. */
    private static final String ADVISED = "advised_";

    /** The fields of a {@link Candidate}, and the ids that lead from an advisor's answer to its response. */
    private static final List<String> FIELDS = List.of(
            "event_id",
            "request_id",
            "client_request_id",
            "message_id",
            ADVISED + "request_id",
            ADVISED + "message_id",
            "sidechain",
            "cost_basis",
            "occurred_at",
            "input_tokens",
            "output_tokens",
            "cache_read_tokens",
            "cache_creation_tokens");

    /** Elasticsearch takes 65,536 in one query. */
    private static final int MAX_IDS = 10_000;

    /** Elasticsearch gives 10,000 in one answer. */
    private static final int MAX_HITS = 5_000;

    /** Far more than any honest client makes of one page's requests; what is read is held in memory. */
    private static final int MAX_REPORTS = 100_000;

    private record SharedId(String field, String id) {}

    private final Elastic elastic;

    CountedEvents(Elastic elastic) {
        this.elastic = elastic;
    }

    /**
     * The reports that count.
     *
     * @param hits documents of {@link Index#SPEND_EVENTS}
     * @return by event id of each report that counts; reports of other requests than the given ones may be among them
     * @throws Refusal (by the future) UNAVAILABLE by Elasticsearch; TOO_LARGE: more reports share ids than fit in memory
     */
    CompletableFuture<Map<String, Counted>> counted(String orgId, JsonNode hits) {
        Neighbourhood reports = new Neighbourhood(orgId);
        reports.add(hits);
        return reports.widen(CountedReports.HOPS)
                .thenApply(done -> CountedReports.of(orgId, reports.candidates.values()));
    }

    private final class Neighbourhood {
        final Map<String, Candidate> candidates = new LinkedHashMap<>();
        private final String orgId;
        private final Set<SharedId> known = new HashSet<>();
        private Deque<SharedId> fresh = new ArrayDeque<>();

        Neighbourhood(String orgId) {
            this.orgId = orgId;
        }

        void add(JsonNode hits) {
            for (JsonNode hit : hits) {
                JsonNode source = hit.path("_source");
                for (String field : ID_FIELDS) {
                    String advised = text(source, ADVISED + field);
                    String value = advised == null ? text(source, field) : advised;
                    if (value != null && known.add(new SharedId(field, value))) {
                        fresh.add(new SharedId(field, value));
                    }
                }
                Candidate candidate = candidate(source);
                candidates.put(candidate.eventId(), candidate);
            }
            if (candidates.size() > MAX_REPORTS) {
                throw new Refusal(
                        Refusal.Kind.TOO_LARGE,
                        "reports of these requests: more than " + MAX_REPORTS
                                + " (expected: fewer; ask for a shorter time or a smaller limit)");
            }
        }

        CompletableFuture<@Nullable Void> widen(int hops) {
            if (hops == 0 || fresh.isEmpty()) {
                return CompletableFuture.completedFuture(null);
            }
            Deque<SharedId> ids = fresh;
            fresh = new ArrayDeque<>();
            return read(ids).thenCompose(done -> widen(hops - 1));
        }

        private CompletableFuture<@Nullable Void> read(Deque<SharedId> ids) {
            if (ids.isEmpty()) {
                return CompletableFuture.completedFuture(null);
            }
            Map<String, List<String>> byField = new HashMap<>();
            for (int i = 0; i < MAX_IDS && !ids.isEmpty(); i++) {
                SharedId id = ids.remove();
                byField.computeIfAbsent(id.field(), field -> new ArrayList<>()).add(id.id());
            }
            ObjectNode any = JsonNodeFactory.instance.objectNode();
            ArrayNode should =
                    any.putObject("bool").put("minimum_should_match", 1).putArray("should");
            byField.forEach((field, values) -> {
                should.add(Elastic.anyOf(field, values));
                should.add(Elastic.anyOf(ADVISED + field, values));
            });
            return read(any, null).thenCompose(done -> read(ids));
        }

        private CompletableFuture<@Nullable Void> read(ObjectNode filter, @Nullable JsonNode after) {
            ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", MAX_HITS);
            ArrayNode fields = body.putArray("_source");
            FIELDS.forEach(fields::add);
            body.putArray("sort").addObject().put("event_id", "asc");
            if (after != null) {
                body.set("search_after", after);
            }
            return elastic.search(orgId, Index.SPEND_EVENTS, List.of(filter), body)
                    .thenCompose(response -> {
                        JsonNode hits = response.path("hits").path("hits");
                        add(hits);
                        return hits.size() < MAX_HITS
                                ? CompletableFuture.completedFuture(null)
                                : read(filter, hits.get(MAX_HITS - 1).path("sort"));
                    });
        }
    }

    private static Candidate candidate(JsonNode source) {
        return new Candidate(
                source.path("event_id").asText(),
                text(source, "request_id"),
                text(source, "client_request_id"),
                text(source, "message_id"),
                source.path("sidechain").asBoolean(),
                CostBasis.valueOf(
                        source.path("cost_basis").asText().replace('-', '_').toUpperCase(Locale.ROOT)),
                Micros.parse(source.path("occurred_at").asText()),
                source.path("input_tokens").asLong(),
                source.path("output_tokens").asLong(),
                source.path("cache_read_tokens").asLong(),
                source.path("cache_creation_tokens").asLong());
    }

    private static @Nullable String text(JsonNode source, String field) {
        JsonNode value = source.path(field);
        return value.isTextual() ? value.asText() : null;
    }
}
