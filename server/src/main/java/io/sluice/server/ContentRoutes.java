package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.common.QueryParamsBuilder;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Searches and reads conversations, for compliance officers. Each call is in the audit, with what was asked and which documents
 * were shown, before it is answered.
 */
final class ContentRoutes {
    static final String FEATURE = "compliance";

    private static final String SEARCH = "/v1/compliance/search";
    private static final String CONVERSATIONS = "/v1/compliance/conversations";
    private static final String LIMIT = "limit";
    private static final int DEFAULT_MESSAGES = 50;
    private static final int MOST_MESSAGES = 200;
    /** Ids in one record of the audit. */
    private static final int MOST_TOLD = 2000;

    private final ContentPeople people;
    private final ConversationSearch search;
    private final Conversations conversations;
    private final ThreadReader threads;
    private final PageCipher pages;

    private ContentRoutes(
            ContentPeople people,
            ConversationSearch search,
            Conversations conversations,
            ThreadReader threads,
            PageCipher pages) {
        this.people = people;
        this.search = search;
        this.conversations = conversations;
        this.threads = threads;
        this.pages = pages;
    }

    /** Our own form of them, and upstream's. */
    static RouteGroup of(Elastic elastic, DirectoryStore directory, PageCipher pages, AuditLog audit, Clock clock) {
        ContentQueries queries = new ContentQueries(elastic);
        UpstreamDirectory upstream = new UpstreamDirectory(elastic);
        ContentPeople people = new ContentPeople(directory, upstream);
        SearchClauses clauses = new SearchClauses(people);
        Conversations conversations = new Conversations(queries);
        ThreadReader threads = new ThreadReader(queries);
        ContentRoutes own = new ContentRoutes(
                people,
                new ConversationSearch(queries, new Snapshots(queries, clock), clauses),
                conversations,
                threads,
                pages);
        return RouteGroup.json(Stream.of(
                        own.routes(),
                        List.of(new ExportRoutes(queries, clauses, audit, clock).route()),
                        new UpstreamActivityRoutes(elastic).routes(),
                        new UpstreamDirectoryRoutes(upstream).routes(),
                        new UpstreamChatRoutes(conversations, threads, people, pages).routes())
                .flatMap(List::stream)
                .toArray(Route[]::new));
    }

    /** Of conversations: with their scope, in the plan that has them, each call in the audit. */
    static Route route(HttpMethod method, String path, Function<Call, HttpResponse> handler) {
        return Route.of(
                        method,
                        path,
                        Scope.READ_COMPLIANCE_USER_DATA,
                        call -> CompletableFuture.completedFuture(handler.apply(call)))
                .feature(FEATURE)
                .auditedAlways();
    }

    private List<Route> routes() {
        Set<String> parameters = new HashSet<>(SearchBody.PARAMETERS);
        parameters.addAll(Set.of(LIMIT, PageToken.PAGE));
        return List.of(
                route(HttpMethod.GET, SEARCH, this::search).parameters(parameters),
                route(HttpMethod.POST, SEARCH, this::searchByBody),
                route(HttpMethod.GET, CONVERSATIONS, this::list)
                        .parameters(Set.of(
                                "user",
                                "group",
                                "product",
                                "project_id",
                                "flagged",
                                "rule",
                                "created_at.gte",
                                "created_at.lt",
                                LIMIT,
                                PageToken.PAGE)),
                route(HttpMethod.GET, CONVERSATIONS + "/{id}", this::thread).parameters(Set.of(LIMIT, PageToken.PAGE)));
    }

    private HttpResponse search(Call call) {
        SearchBody body = SearchBody.of(call.parameters());
        String limit = call.parameters().single(LIMIT);
        return find(
                call,
                body,
                limit == null ? ConversationSearch.DEFAULT_LIMIT : limit(limit, ConversationSearch.MOST),
                page(call));
    }

    private HttpResponse searchByBody(Call call) {
        JsonNode given = call.body();
        if (!(given instanceof ObjectNode)) {
            throw new Refusal(
                    Refusal.Kind.INVALID, "body: no object (expected: an object, such as {\"q\": \"merger\"})");
        }
        ObjectNode json = given.deepCopy();
        JsonNode limit = json.remove(LIMIT);
        JsonNode page = json.remove(PageToken.PAGE);
        SearchBody body = SearchBody.parse(json);
        return find(
                call,
                body,
                limit == null ? ConversationSearch.DEFAULT_LIMIT : limit(limit.asText(), ConversationSearch.MOST),
                token(call, body, page));
    }

    private PageToken token(Call call, SearchBody body, @Nullable JsonNode page) {
        QueryParamsBuilder asked =
                QueryParams.builder().add("body", body.toJson().toString());
        if (page != null && !page.isNull()) {
            asked.add(PageToken.PAGE, page.asText());
        }
        return new PageToken(pages, call.orgId(), call.caller().actor(), SEARCH, asked.build());
    }

    private HttpResponse find(Call call, SearchBody body, int limit, PageToken page) {
        call.detail("query", body.toJson().toString());
        ConversationSearch.Found found = search.find(call.orgId(), body, limit, page);
        call.detail("total", Long.toString(found.total()));
        shown(call, found.documents());
        return Answers.ok(found.answer());
    }

    /** Tells the audit which documents the answer shows. */
    static void shown(Call call, List<String> documents) {
        call.detail("shown", Integer.toString(documents.size()));
        call.detail("documents", String.join(" ", documents.subList(0, Math.min(MOST_TOLD, documents.size()))));
    }

    private HttpResponse list(Call call) {
        Parameters parameters = call.parameters();
        String given = parameters.single(LIMIT);
        int limit = given == null ? ConversationSearch.DEFAULT_LIMIT : limit(given, ConversationSearch.MOST);
        JsonNode position = page(call).position();
        List<Conversations.Listed> found = conversations.list(
                call.orgId(),
                filters(call, SearchBody.of(parameters)),
                new Conversations.Order("first_at", false),
                position == null ? null : position.path("after"),
                limit + 1);
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode data = answer.putArray("data");
        List<Conversations.Listed> page = found.subList(0, Math.min(limit, found.size()));
        page.forEach(each -> data.add(Conversations.json(each.source())));
        call.detail("shown", Integer.toString(page.size()));
        return Answers.ok(
                paged(answer, call, found.size() > limit ? page.get(limit - 1).position() : null));
    }

    private List<ObjectNode> filters(Call call, SearchBody asked) {
        call.detail("query", asked.toJson().toString());
        List<ObjectNode> filters = new ArrayList<>();
        Optional.ofNullable(asked.lists().get(SearchFilter.USER))
                .ifPresent(users -> filters.add(SearchClauses.ofLabels(people.labels(call.orgId(), users))));
        Optional.ofNullable(asked.lists().get(SearchFilter.GROUP))
                .ifPresent(groups ->
                        filters.add(SearchClauses.ofLabels(people.labelsOfGroups(call.orgId(), groups, null))));
        for (SearchFilter filter : List.of(SearchFilter.PRODUCT, SearchFilter.PROJECT, SearchFilter.RULE)) {
            List<String> values = asked.lists().get(filter);
            if (values != null) {
                filters.add(Elastic.anyOf(String.valueOf(filter.field()), values));
            }
        }
        Instant from = asked.from();
        Instant to = asked.to();
        if (from != null || to != null) {
            filters.add(Elastic.between("first_at", from, to));
        }
        SearchClauses.flag(filters, "flagged", asked.flagged());
        return filters;
    }

    private HttpResponse thread(Call call) {
        String id = call.path("id");
        String given = call.parameters().single(LIMIT);
        JsonNode position = page(call).position();
        JsonNode head = conversations.find(call.orgId(), id).orElse(null);
        ThreadReader.Page page = threads.read(new ThreadReader.Question(
                call.orgId(),
                id,
                null,
                true,
                position == null ? null : position.path("after"),
                given == null ? DEFAULT_MESSAGES : limit(given, MOST_MESSAGES)));
        if (head == null && page.messages().isEmpty()) {
            throw DirectoryRoutes.absent("id", "conversation");
        }
        shown(call, page.documents());
        ObjectNode answer =
                head == null ? JsonNodeFactory.instance.objectNode().put("id", id) : Conversations.json(head);
        ArrayNode data = answer.putArray("data");
        page.messages().forEach(message -> data.add(json(message)));
        List<ThreadReader.Message> all = page.messages();
        return Answers.ok(paged(
                answer,
                call,
                page.more() && !all.isEmpty() ? all.get(all.size() - 1).position() : null));
    }

    private static ObjectNode json(ThreadReader.Message message) {
        ObjectNode json = ContentMessage.json(message.documents().get(0), message.source());
        json.remove(List.of("part", "parts"));
        return json.put(ContentMessage.TEXT, message.text()).put(ContentMessage.TOOL_TEXT, message.toolText());
    }

    private static ObjectNode paged(ObjectNode answer, Call call, @Nullable JsonNode last) {
        answer.put("has_more", last != null);
        if (last == null) {
            return answer.putNull("next_page");
        }
        ObjectNode position = JsonNodeFactory.instance.objectNode();
        position.set("after", last);
        return answer.put("next_page", call.parameters().page().next(position));
    }

    private static PageToken page(Call call) {
        String given = call.parameters().single(PageToken.PAGE);
        call.detail("first_page", Boolean.toString(given == null));
        return call.parameters().page();
    }

    static int limit(String given, int most) {
        try {
            int limit = Integer.parseInt(given);
            if (limit >= 1 && limit <= most) {
                return limit;
            }
        } catch (NumberFormatException e) {
            // Reported below.
        }
        throw Refusal.invalid(LIMIT, given, "a whole number, 1 to " + most);
    }
}
