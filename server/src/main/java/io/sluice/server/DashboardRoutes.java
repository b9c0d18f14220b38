package io.sluice.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.MediaType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * As much of Elasticsearch's API as Grafana's data source of that name needs, read-only. Behind it are the caller's
 * organization and its privacy, as behind every other route; nobody who looks at a dashboard needs Elasticsearch itself.
 */
final class DashboardRoutes {
    static final String BASE = "/v1/elasticsearch";
    /** Of the API that is spoken; Grafana asks for at least 7.16. */
    private static final String VERSION = "8.19.0";

    private static final int MAX_BODY_BYTES = 1024 * 1024;
    /** Of one call. Grafana makes a call for each panel, and a search for each line of it. */
    static final int MOST_SEARCHES = 20;

    private static final ObjectMapper JSON = new ObjectMapper();

    /** As Elasticsearch has them, so that Grafana shows the reason. */
    static final RouteGroup.ErrorBody ERRORS = new RouteGroup.ErrorBody() {
        @Override
        public MediaType type() {
            return MediaType.JSON;
        }

        @Override
        public ObjectNode of(Refusal refusal) {
            ObjectNode cause = object().put("type", refusal.kind().rest()).put("reason", refusal.getMessage());
            ObjectNode body = object();
            ObjectNode error = body.putObject("error");
            error.putArray("root_cause").add(cause);
            error.setAll(cause);
            return body.put("status", refusal.kind().http().code());
        }
    };

    private final Elastic elastic;
    private final PrivacyGate gate;
    private final Access access;

    private DashboardRoutes(Elastic elastic, PrivacyGate gate, Access access) {
        this.elastic = elastic;
        this.gate = gate;
        this.access = access;
    }

    static RouteGroup of(Elastic elastic, PrivacyGate gate, Access access) {
        DashboardRoutes routes = new DashboardRoutes(elastic, gate, access);
        return new RouteGroup(
                BASE,
                List.of(MediaType.create("application", "x-ndjson")),
                MAX_BODY_BYTES,
                false,
                ERRORS,
                List.of(
                        read(HttpMethod.GET, "/", Set.of(), call -> done(version())),
                        read(
                                HttpMethod.GET,
                                "/_cluster/health",
                                Set.of("wait_for_status", "timeout"),
                                call -> elastic.clusterStatus()
                                        .thenApply(status -> Answers.ok(object().put("status", status)))),
                        read(HttpMethod.GET, "/{index}/_mapping", Set.of(), call -> done(mapping(call))),
                        read(HttpMethod.GET, "/{index}/_field_caps", Set.of("fields"), call -> done(fields(call))),
                        read(
                                HttpMethod.POST,
                                "/_msearch",
                                Set.of("max_concurrent_shard_requests", "ignore_throttled"),
                                routes::searches)));
    }

    private static Route read(HttpMethod method, String path, Set<String> parameters, Route.Handler handler) {
        return Route.of(method, BASE + path, Scope.READ_ANALYTICS, handler)
                .feature("code-analytics")
                .persons(Privacy.Persons.CONSIDERED)
                .parameters(parameters);
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private static CompletableFuture<HttpResponse> done(ObjectNode answer) {
        return CompletableFuture.completedFuture(Answers.ok(answer));
    }

    private static ObjectNode version() {
        ObjectNode answer = object().put("name", "sluice").put("cluster_name", "sluice");
        answer.putObject("version").put("number", VERSION).put("build_flavor", "default");
        return answer;
    }

    private static ObjectNode mapping(Call call) {
        DashboardIndex index = DashboardIndex.of(call.path("index"));
        ObjectNode answer = object();
        ObjectNode properties =
                answer.putObject(index.parameter()).putObject("mappings").putObject("properties");
        index.fields()
                .forEach((name, field) ->
                        properties.putObject(name).put("type", field.kind().type()));
        return answer;
    }

    private static ObjectNode fields(Call call) {
        DashboardIndex index = DashboardIndex.of(call.path("index"));
        String given = call.parameters().text("fields");
        Set<String> wanted = given == null ? Set.of("*") : Set.of(given.split(","));
        ObjectNode answer = object();
        answer.putArray("indices").add(index.parameter());
        ObjectNode fields = answer.putObject("fields");
        index.fields().forEach((name, field) -> {
            if (wanted.contains("*") || wanted.contains(name)) {
                String type = field.kind().type();
                fields.putObject(name)
                        .putObject(type)
                        .put("type", type)
                        .put("metadata_field", false)
                        .put("searchable", true)
                        .put("aggregatable", true);
            }
        });
        return answer;
    }

    /** Any content type will do: there is no call without a token, and Grafana does not always say it. */
    private CompletableFuture<HttpResponse> searches(Call call) {
        List<String> lines = call.request()
                .contentUtf8()
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
        if (lines.isEmpty() || lines.size() % 2 != 0 || lines.size() > 2 * MOST_SEARCHES) {
            throw new Refusal(
                    Refusal.Kind.INVALID,
                    "body: " + lines.size() + " lines (expected: 1 to " + MOST_SEARCHES
                            + " pairs of a header and a search, one JSON object a line)");
        }
        Privacy privacy = call.privacy();
        Set<String> names = new LinkedHashSet<>();
        List<CompletableFuture<Asked>> all = new ArrayList<>();
        for (int i = 0; i < lines.size(); i += 2) {
            all.add(asked(call, privacy, i == 0, lines.get(i), lines.get(i + 1), names));
        }
        CompletableFuture<Map<String, String>> labels = labels(call, privacy, List.copyOf(names));
        List<CompletableFuture<ObjectNode>> responses = all.stream()
                .map(each -> each.thenCompose(asked -> response(call, privacy, asked, labels))
                        // What is refused is told in its place: the other panels have their figures all the same.
                        .exceptionally(failure -> ERRORS.of(Refusals.of(failure))))
                .toList();
        return CompletableFuture.allOf(responses.toArray(new CompletableFuture<?>[0]))
                .thenApply(done -> {
                    ObjectNode answer = object().put("took", 0);
                    responses.forEach(each -> answer.withArray("responses").add(each.join()));
                    return Answers.ok(answer);
                });
    }

    /**
     * One search of a call.
     *
     * @param search with names as they were asked
     * @param names whether there are any
     */
    private record Asked(DashboardIndex index, JsonNode body, DashboardSearch search, boolean names) {}

    /**
     * @param first the call itself is counted already
     * @param names gets those that it asks about
     */
    private CompletableFuture<Asked> asked(
            Call call, Privacy privacy, boolean first, String header, String line, Set<String> names) {
        try {
            if (!first) {
                access.require(call.caller(), Scope.READ_ANALYTICS);
            }
            DashboardIndex index = DashboardSearch.index(json(header));
            Scope scope = index.scope();
            if (scope != null && !call.caller().may(scope)) {
                throw new Refusal(
                        Refusal.Kind.FORBIDDEN,
                        index.parameter() + ": not with this token (expected: a token with the scope "
                                + scope.scopeName() + " too)");
            }
            // A sum that is computed now can be subtracted from the next one; cells that are told once cannot.
            privacy.requirePersons(index.parameter());
            Set<String> own = new LinkedHashSet<>();
            JsonNode body = json(line);
            DashboardSearch search = DashboardSearch.of(index, body, privacy, name -> {
                own.add(name);
                return name;
            });
            names.addAll(own);
            return CompletableFuture.completedFuture(new Asked(index, body, search, !own.isEmpty()));
        } catch (Refusal refusal) {
            return CompletableFuture.failedFuture(refusal);
        }
    }

    /** By name; read once for all searches of a call. */
    private CompletableFuture<Map<String, String>> labels(Call call, Privacy privacy, List<String> names) {
        return gate.labels(call.orgId(), privacy, names).thenApply(labels -> {
            Map<String, String> labelOf = new HashMap<>();
            for (int i = 0; i < names.size(); i++) {
                labelOf.put(names.get(i), labels.get(i));
            }
            return labelOf;
        });
    }

    private CompletableFuture<ObjectNode> response(
            Call call, Privacy privacy, Asked asked, CompletableFuture<Map<String, String>> labels) {
        CompletableFuture<DashboardSearch> search = asked.names()
                ? labels.thenApply(labelOf -> DashboardSearch.of(
                        asked.index(), asked.body(), privacy, name -> labelOf.getOrDefault(name, "")))
                : CompletableFuture.completedFuture(asked.search());
        return search.thenCompose(known -> chosen(call, asked.index(), known))
                .thenCompose(known -> elastic.search(call.orgId(), asked.index().index(), known.filters(), known.body())
                        // Up to 65,536 buckets, with a pseudonym for each: too much for the event loop.
                        .thenApplyAsync(known::answer, call.ctx().blockingTaskExecutor()));
    }

    /** Asks first who is shown, where that has to be known. */
    private CompletableFuture<DashboardSearch> chosen(Call call, DashboardIndex index, DashboardSearch search) {
        ObjectNode first = search.first();
        return first == null
                ? CompletableFuture.completedFuture(search)
                : elastic.search(call.orgId(), index.index(), search.filters(), first)
                        .thenApplyAsync(search::chosen, call.ctx().blockingTaskExecutor());
    }

    private static JsonNode json(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new Refusal(
                    Refusal.Kind.INVALID,
                    "body: a line is not JSON at column " + e.getLocation().getColumnNr() + " (expected: an object)");
        }
    }
}
