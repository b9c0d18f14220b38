package io.sluice.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.client.WebClientBuilder;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.auth.AuthToken;
import io.sluice.schema.Index;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads Elasticsearch. Every search of this server is built here, so that none can leave out the organization. Only what
 * the core of Elasticsearch 8.19 has is used.
 */
final class Elastic {
    private static final Logger LOG = LoggerFactory.getLogger(Elastic.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final WebClient client;
    private final AtomicBoolean answering = new AtomicBoolean(true);

    Elastic(Settings settings, ClientFactory factory) {
        WebClientBuilder builder = WebClient.builder(settings.elasticsearchUrl())
                .factory(factory)
                .responseTimeout(Duration.ofSeconds(10))
                .maxResponseLength(64L * 1024 * 1024);
        if (settings.elasticsearchPassword() != null) {
            builder.auth(AuthToken.ofBasic(settings.elasticsearchUser(), settings.elasticsearchPassword()));
        }
        client = builder.build();
    }

    /**
     * Searches one organization's documents, without those that the job emptied.
     *
     * @param filters clauses of a bool query's filter, all of which must hold
     * @param body everything but the query: size, sort, aggregations
     * @return the response; an index that does not exist yet is an empty one
     * @throws Refusal (by the future) UNAVAILABLE when Elasticsearch does not answer or only in part, INVALID when its answer
     *     would have too many buckets
     */
    CompletableFuture<JsonNode> search(String orgId, Index index, List<ObjectNode> filters, ObjectNode body) {
        ObjectNode bool = body.putObject("query").putObject("bool");
        ArrayNode filter = bool.putArray("filter");
        filter.addObject().putObject("term").put("org_id", orgId);
        filter.addAll(filters);
        bool.putArray("must_not").addObject().putObject("term").put("empty", true);
        body.put("track_total_hits", false);
        String path = "/" + index.indexName() + "/_search?ignore_unavailable=true&allow_partial_search_results=false";
        return send(HttpRequest.of(HttpMethod.POST, path, MediaType.JSON, body.toString()))
                .thenApply(Elastic::found);
    }

    private static JsonNode found(AggregatedHttpResponse response) {
        if (response.status().equals(HttpStatus.BAD_REQUEST)
                && response.contentUtf8().contains("\"too_many_buckets_exception\"")) {
            throw new Refusal(
                    Refusal.Kind.INVALID,
                    "search: too many groups for one answer (expected: at most 65,536, as of a shorter time or with"
                            + " longer intervals)");
        }
        return json(response, HttpStatus.OK);
    }

    /** Documents of these ids, as they are at this moment, by id; one that is not there is left out. */
    CompletableFuture<Map<String, JsonNode>> documents(Index index, List<String> ids) {
        if (ids.isEmpty()) {
            return CompletableFuture.completedFuture(Map.of());
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ids.forEach(body.putArray("ids")::add);
        return send(HttpRequest.of(
                        HttpMethod.POST, "/" + index.indexName() + "/_mget", MediaType.JSON, body.toString()))
                .thenApply(response -> {
                    Map<String, JsonNode> documents = new HashMap<>();
                    for (JsonNode document : json(response, HttpStatus.OK).path("docs")) {
                        if (document.path("found").asBoolean()) {
                            documents.put(document.path("_id").asText(), document.path("_source"));
                        }
                    }
                    return documents;
                });
    }

    /** Writes a document unless there is one of this id, which then stays. */
    CompletableFuture<Void> create(Index index, String id, ObjectNode document) {
        String path = "/" + index.indexName() + "/_create/" + id;
        return send(HttpRequest.of(HttpMethod.PUT, path, MediaType.JSON, document.toString()))
                .thenAccept(response -> {
                    if (!response.status().equals(HttpStatus.CONFLICT)) {
                        JsonNode unused = json(response, HttpStatus.CREATED);
                    }
                });
    }

    /** How far the spend job has come; null: not known yet. */
    CompletableFuture<@Nullable String> watermark() {
        return watermark("spend");
    }

    /** The same of another job. */
    CompletableFuture<@Nullable String> watermark(String job) {
        return send(HttpRequest.of(HttpMethod.GET, "/" + Index.JOB_PROGRESS.indexName() + "/_doc/" + job))
                .thenApply(response -> response.status().equals(HttpStatus.NOT_FOUND)
                        ? null
                        : time(json(response, HttpStatus.OK).path("_source").path("watermark")));
    }

    /** {@code green}, {@code yellow} or {@code red}. */
    CompletableFuture<String> clusterStatus() {
        return send(HttpRequest.of(HttpMethod.GET, "/_cluster/health"))
                .thenApply(
                        response -> json(response, HttpStatus.OK).path("status").asText("unknown"));
    }

    static ObjectNode term(String field, String value) {
        ObjectNode clause = JsonNodeFactory.instance.objectNode();
        clause.putObject("term").put(field, value);
        return clause;
    }

    static ObjectNode anyOf(String field, List<String> values) {
        ObjectNode clause = JsonNodeFactory.instance.objectNode();
        ArrayNode terms = clause.putObject("terms").putArray(field);
        values.forEach(terms::add);
        return clause;
    }

    /** {@code [from, to)}; null: no bound. */
    static ObjectNode between(String field, @Nullable Instant from, @Nullable Instant to) {
        ObjectNode clause = JsonNodeFactory.instance.objectNode();
        ObjectNode range = clause.putObject("range").putObject(field).put("format", "epoch_millis");
        if (from != null) {
            range.put("gte", from.toEpochMilli());
        }
        if (to != null) {
            range.put("lt", to.toEpochMilli());
        }
        return clause;
    }

    /** A date as the document has it, text or epoch milliseconds, as RFC 3339; null: none. */
    static @Nullable String time(JsonNode value) {
        if (value.isNumber()) {
            return Instant.ofEpochMilli(value.asLong()).toString();
        }
        return value.isTextual() ? value.asText() : null;
    }

    /**
     * What Elasticsearch answered.
     *
     * @param body an empty object for an answer without one
     */
    record Answer(int status, JsonNode body) {
        /** The body of an answer that has to have this status. */
        JsonNode expect(int expected) {
            if (status != expected) {
                LOG.warn("Elasticsearch answered {} (expected: {})", status, expected);
                throw new Refusal(Refusal.Kind.UNAVAILABLE, "Elasticsearch answered " + status + ", try again");
            }
            return body;
        }
    }

    /**
     * Sends a request of whoever builds its own, waits for the answer.
     *
     * @throws Refusal UNAVAILABLE when there is none
     */
    Answer exchange(HttpRequest request) {
        try {
            AggregatedHttpResponse response = send(request).join();
            JsonNode body = response.content().isEmpty()
                    ? JsonNodeFactory.instance.objectNode()
                    : JSON.readTree(response.content().array());
            return new Answer(response.status().code(), body);
        } catch (CompletionException e) {
            throw Refusals.of(e);
        } catch (IOException e) {
            throw new Refusal(Refusal.Kind.UNAVAILABLE, "Elasticsearch's answer is not JSON, try again");
        }
    }

    private CompletableFuture<AggregatedHttpResponse> send(HttpRequest request) {
        return client.execute(request).aggregate().handle((response, failure) -> {
            if (failure == null) {
                if (answering.compareAndSet(false, true)) {
                    LOG.info("Elasticsearch answers again");
                }
                return response;
            }
            if (answering.compareAndSet(true, false)) {
                LOG.warn("Elasticsearch does not answer: {}", failure.toString());
            }
            throw new Refusal(Refusal.Kind.UNAVAILABLE, "Elasticsearch does not answer, try again");
        });
    }

    private static JsonNode json(AggregatedHttpResponse response, HttpStatus expected) {
        if (!response.status().equals(expected)) {
            LOG.warn("Elasticsearch answered {}", response.status());
            throw new Refusal(
                    Refusal.Kind.UNAVAILABLE,
                    "Elasticsearch answered " + response.status().code() + ", try again");
        }
        try {
            return JSON.readTree(response.contentUtf8());
        } catch (JsonProcessingException e) {
            throw new Refusal(Refusal.Kind.UNAVAILABLE, "Elasticsearch's answer is not JSON, try again");
        }
    }
}
