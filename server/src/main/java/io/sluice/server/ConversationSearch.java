package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.ContentIndex;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds messages. Pages of one search are as of its first page; but what was erased since is not shown. Blocking. */
final class ConversationSearch {
    static final int DEFAULT_LIMIT = 20;
    static final int MOST = 100;

    /** Of the id of a point in time: one over many months has no room in an address, and only its server goes on with it. */
    private static final int LONGEST_IN_PAGE = 1000;

    private static final int FACET_VALUES = 20;
    private static final List<String> FACETS = List.of("user", "model", "product", "repository", "role");
    private static final String MONTH = "month";
    private static final Set<String> TEXTS = Set.of(ContentMessage.TEXT, ContentMessage.TOOL_TEXT);

    private final ContentQueries queries;
    private final Snapshots snapshots;
    private final SearchClauses clauses;

    ConversationSearch(ContentQueries queries, Snapshots snapshots, SearchClauses clauses) {
        this.queries = queries;
        this.snapshots = snapshots;
        this.clauses = clauses;
    }

    /**
     * A page that was found.
     *
     * @param documents ids of those whose text is shown
     */
    record Found(ObjectNode answer, long total, List<String> documents) {}

    /**
     * One page.
     *
     * @param page where it begins, and what makes the token of the next
     * @throws Refusal as {@link ContentQueries} and {@link ContentPeople}
     */
    Found find(String orgId, SearchBody search, int limit, PageToken page) {
        JsonNode position = page.position();
        ObjectNode query = clauses.of(orgId, search);
        Snapshots.Open open = position == null ? snapshots.open(orgId, ContentIndex.MESSAGES) : goOn(orgId, position);
        if (open == null) {
            return new Found(envelope(List.of(), 0, facets(JsonNodeFactory.instance.objectNode()), null), 0, List.of());
        }
        boolean kept = position != null; // a page that could not be read can be asked for again
        try {
            JsonNode response =
                    queries.search(orgId, open.snapshot(), Snapshots.KEEP_ALIVE, query, body(search, limit, position));
            open = new Snapshots.Open(
                    open.name(),
                    new ContentQueries.Snapshot(
                            response.path("pit_id").asText(open.snapshot().pit())));
            JsonNode hits = response.path("hits").path("hits");
            boolean more = hits.size() > limit;
            Map<ContentQueries.Ref, JsonNode> shown = new LinkedHashMap<>();
            for (int i = 0; i < Math.min(limit, hits.size()); i++) {
                shown.put(ContentQueries.Ref.of(hits.get(i)), hits.get(i));
            }
            List<ObjectNode> data = withFragments(orgId, search, shown);
            long total = response.path("hits").path("total").path("value").asLong();
            String next = null;
            if (more) {
                snapshots.keep(orgId, open);
                ObjectNode last = JsonNodeFactory.instance.objectNode();
                last.put("name", open.name());
                if (open.snapshot().pit().length() <= LONGEST_IN_PAGE) {
                    last.put("pit", open.snapshot().pit());
                }
                last.set("after", hits.get(limit - 1).path("sort"));
                next = page.next(last);
            }
            kept = more;
            ObjectNode facets = position == null ? facets(response.path("aggregations")) : null;
            return new Found(
                    envelope(data, total, facets, next),
                    total,
                    data.stream().map(hit -> hit.path("id").asText()).toList());
        } finally {
            if (!kept) {
                snapshots.end(open);
            }
        }
    }

    private Snapshots.Open goOn(String orgId, JsonNode position) {
        String name = position.path("name").asText();
        Snapshots.Open known = snapshots.find(orgId, name);
        if (known == null && !position.has("pit")) {
            throw ContentQueries.ended();
        }
        return known == null
                ? new Snapshots.Open(
                        name, new ContentQueries.Snapshot(position.path("pit").asText()))
                : known;
    }

    private static ObjectNode body(SearchBody search, int limit, @Nullable JsonNode position) {
        ObjectNode body = order(search.sort(), JsonNodeFactory.instance.objectNode())
                .put("size", limit + 1)
                .put("track_total_hits", true);
        ContentMessage.HEAD.forEach(body.putArray("_source")::add);
        if (position == null) {
            ObjectNode aggs = body.putObject("aggs");
            for (String facet : FACETS) {
                aggs.putObject(facet).putObject("terms").put("field", facet).put("size", FACET_VALUES);
            }
            aggs.putObject(MONTH)
                    .putObject("date_histogram")
                    .put("field", "occurred_at")
                    .put("calendar_interval", "1M")
                    .put("format", "uuuu-MM")
                    .put("min_doc_count", 1);
        } else {
            body.set("search_after", position.path("after"));
        }
        return body;
    }

    /** Complete, so that no two documents are equal. */
    static ObjectNode order(SearchBody.Sort sort, ObjectNode body) {
        ArrayNode order = body.putArray("sort");
        if (sort == SearchBody.Sort.RELEVANCE) {
            order.addObject().put("_score", "desc");
        }
        order.addObject().put("occurred_at", sort == SearchBody.Sort.OLDEST ? "asc" : "desc");
        order.addObject().put("doc_id", "asc");
        return body;
    }

    private List<ObjectNode> withFragments(String orgId, SearchBody search, Map<ContentQueries.Ref, JsonNode> hits) {
        Fragments fragments = new Fragments(search.text());
        Map<ContentQueries.Ref, ArrayNode> pieces = queries.documents(
                orgId,
                hits.keySet(),
                TEXTS,
                (ref, source) -> fragments.of(List.of(
                        ContentMessage.field(source, ContentMessage.TEXT),
                        ContentMessage.field(source, ContentMessage.TOOL_TEXT))));
        List<ObjectNode> data = new ArrayList<>();
        pieces.forEach((ref, piece) -> {
            JsonNode hit = hits.get(ref);
            if (hit != null) {
                ObjectNode json = ContentMessage.json(ref.id(), hit.path("_source"));
                json.set("fragments", piece);
                data.add(json);
            }
        });
        return data;
    }

    private static ObjectNode facets(JsonNode aggregations) {
        ObjectNode facets = JsonNodeFactory.instance.objectNode();
        for (String facet : FACETS) {
            JsonNode values = aggregations.path(facet);
            ObjectNode json = facets.putObject(facet);
            ArrayNode list = json.putArray("values");
            for (JsonNode bucket : values.path("buckets")) {
                list.addObject()
                        .put("value", bucket.path("key").asText())
                        .put("count", bucket.path("doc_count").asLong());
            }
            json.put("others", values.path("sum_other_doc_count").asLong());
        }
        ArrayNode months = facets.putObject(MONTH).putArray("values");
        for (JsonNode bucket : aggregations.path(MONTH).path("buckets")) {
            months.addObject()
                    .put("value", bucket.path("key_as_string").asText())
                    .put("count", bucket.path("doc_count").asLong());
        }
        return facets;
    }

    private static ObjectNode envelope(
            List<ObjectNode> data, long total, @Nullable ObjectNode facets, @Nullable String next) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        answer.putArray("data").addAll(data);
        answer.put("total", total);
        answer.set("facets", facets);
        return answer.put("has_more", next != null).put("next_page", next);
    }
}
