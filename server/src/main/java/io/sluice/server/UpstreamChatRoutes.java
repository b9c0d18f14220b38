package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import io.sluice.core.content.MessageCopy;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;

/**
 * Conversations in the form of the Compliance API, so that its clients can be pointed here. All of them, those of Claude Code
 * too. What was deleted at the source and is kept here has {@code deleted_at} and its content.
 */
final class UpstreamChatRoutes {
    private static final String CHATS = "/v1/compliance/apps/chats";
    private static final int DEFAULT_LIMIT = 100;
    private static final int MOST = 1000;
    private static final int MOST_USERS = 10;
    private static final int DEFAULT_TOOL_CHARACTERS = 10_000;
    private static final String USERS = "user_ids[]";
    private static final String PROJECTS = "project_ids[]";
    private static final String ORGANIZATIONS = "organization_ids[]";
    private static final String ORDER_BY = "order_by";
    private static final String CREATED_AT = "created_at";
    private static final String UPDATED_AT = "updated_at";
    private static final String TOOL_INPUT = "tool_use_input_max_chars";
    private static final String TOOL_RESULT = "tool_result_max_chars";

    private final Conversations conversations;
    private final ThreadReader threads;
    private final ContentPeople people;
    private final PageCipher cipher;

    UpstreamChatRoutes(Conversations conversations, ThreadReader threads, ContentPeople people, PageCipher cipher) {
        this.conversations = conversations;
        this.threads = threads;
        this.people = people;
        this.cipher = cipher;
    }

    List<Route> routes() {
        Set<String> common = new HashSet<>(UpstreamQuery.range(CREATED_AT));
        common.addAll(UpstreamQuery.range(UPDATED_AT));
        common.addAll(Set.of(UpstreamQuery.LIMIT, UpstreamQuery.AFTER, UpstreamQuery.BEFORE));
        Set<String> ofList = new HashSet<>(common);
        ofList.addAll(Set.of(USERS, PROJECTS, ORGANIZATIONS, ORDER_BY));
        Set<String> ofMessages = new HashSet<>(common);
        ofMessages.addAll(Set.of(UpstreamQuery.ORDER, TOOL_INPUT, TOOL_RESULT));
        return List.of(
                ContentRoutes.route(HttpMethod.GET, CHATS, this::list).parameters(ofList),
                ContentRoutes.route(HttpMethod.GET, CHATS + "/{id}/messages", this::messages)
                        .parameters(ofMessages));
    }

    private HttpResponse list(Call call) {
        UpstreamQuery query = new UpstreamQuery(call.parameters());
        boolean byUpdate = UPDATED_AT.equals(query.one(ORDER_BY, List.of(CREATED_AT, UPDATED_AT), CREATED_AT));
        requireFitting(query, byUpdate);
        int limit = query.number(UpstreamQuery.LIMIT, 1, MOST, DEFAULT_LIMIT);
        String bound = cursorOf(call.orgId(), byUpdate ? UPDATED_AT : CREATED_AT);
        UpstreamQuery.From from =
                query.from(cursor -> cipher.open(cursor, bound).orElse(null));
        Conversations.Order order = new Conversations.Order(byUpdate ? "last_at" : "first_at", true);
        boolean others =
                query.has(ORGANIZATIONS) && query.values(ORGANIZATIONS).stream().noneMatch(id -> isOwn(call, id));
        List<Conversations.Listed> found = others
                ? List.of()
                : conversations.list(
                        call.orgId(),
                        filters(call, query),
                        from.back() ? order.reversed() : order,
                        from.position(),
                        limit + 1);
        UpstreamQuery.Found<Conversations.Listed> page = from.page(found, limit);
        call.detail("shown", Integer.toString(page.page().size()));
        return Answers.ok(UpstreamQuery.answer(
                JsonNodeFactory.instance.objectNode(),
                "data",
                page,
                each -> chat(call.orgId(), each.source()),
                each -> cipher.seal(each.position(), bound)));
    }

    private static boolean isOwn(Call call, String organizationId) {
        return organizationId.equals(call.orgId())
                || call.caller().organizationIds().contains(organizationId);
    }

    /** As upstream refuses it. */
    private static void requireFitting(UpstreamQuery query, boolean byUpdate) {
        boolean ofUsers = query.has(USERS);
        if (ofUsers && query.values(USERS).size() > MOST_USERS) {
            throw invalid(USERS, query.values(USERS).size() + " values", "1 to " + MOST_USERS);
        }
        if (!ofUsers && query.has(PROJECTS)) {
            throw invalid(PROJECTS, "given without " + USERS, "together with it");
        }
        if (!ofUsers && query.has(UpstreamQuery.BEFORE)) {
            throw invalid(UpstreamQuery.BEFORE, "given without " + USERS, "together with it; else after_id");
        }
        if (ofUsers && byUpdate) {
            throw invalid(ORDER_BY, "updated_at with " + USERS, "created_at");
        }
        if (query.hasRange(UPDATED_AT) && (ofUsers || !byUpdate)) {
            throw invalid(UPDATED_AT, ofUsers ? "given with " + USERS : "given with order_by=created_at", "created_at");
        }
        if (query.hasRange(CREATED_AT) && byUpdate) {
            throw invalid(CREATED_AT, "given with order_by=updated_at", "updated_at");
        }
    }

    private static Refusal invalid(String field, String found, String expected) {
        return new Refusal(Refusal.Kind.INVALID, field, field + ": " + found + " (expected: " + expected + ")");
    }

    private List<ObjectNode> filters(Call call, UpstreamQuery query) {
        List<ObjectNode> filters = new ArrayList<>();
        if (query.has(USERS)) {
            filters.add(SearchClauses.ofLabels(people.labels(call.orgId(), query.values(USERS))));
        }
        if (query.has(PROJECTS)) {
            filters.add(SearchClauses.ofProjects(query.values(PROJECTS)));
        }
        query.range(CREATED_AT, "first_at").ifPresent(filters::add);
        query.range(UPDATED_AT, "last_at").ifPresent(filters::add);
        return filters;
    }

    private HttpResponse messages(Call call) {
        String id = call.path("id");
        UpstreamQuery query = new UpstreamQuery(call.parameters());
        boolean ascending = "asc".equals(query.one(UpstreamQuery.ORDER, List.of("asc", "desc"), "asc"));
        int limit = query.number(UpstreamQuery.LIMIT, 1, MOST, MOST);
        int toolCharacters = query.number(TOOL_INPUT, -1, Integer.MAX_VALUE, DEFAULT_TOOL_CHARACTERS);
        int resultCharacters = query.number(TOOL_RESULT, -1, Integer.MAX_VALUE, DEFAULT_TOOL_CHARACTERS);
        for (String name : List.of(TOOL_INPUT, TOOL_RESULT)) {
            if ((name.equals(TOOL_INPUT) ? toolCharacters : resultCharacters) == 0) {
                throw invalid(name, "0", "at least 1, or -1 for all");
            }
        }
        String bound = cursorOf(call.orgId(), ascending + " " + id);
        UpstreamQuery.From from =
                query.from(cursor -> cipher.open(cursor, bound).orElse(null));
        JsonNode chat = conversations
                .find(call.orgId(), id)
                .orElseThrow(() -> new Refusal(Refusal.Kind.NOT_FOUND, "id", "Chat not found."));
        ThreadReader.Page read = threads.read(new ThreadReader.Question(
                call.orgId(), id, filter(query), ascending != from.back(), from.position(), limit));
        ContentRoutes.shown(call, read.documents());
        UpstreamQuery.Found<ThreadReader.Message> page =
                new UpstreamQuery.Found<>(from.page(read.messages(), limit).page(), read.more());
        return Answers.ok(UpstreamQuery.answer(
                chat(call.orgId(), chat),
                "chat_messages",
                page,
                message -> message(message, toolCharacters),
                message -> cipher.seal(message.position(), bound)));
    }

    /** Upstream has no messages that are files. */
    private static ObjectNode filter(UpstreamQuery query) {
        ObjectNode clause = JsonNodeFactory.instance.objectNode();
        ObjectNode bool = clause.putObject("bool");
        bool.putArray("must_not").add(Elastic.term("role", MessageCopy.FILE));
        ArrayNode filter = bool.putArray("filter");
        query.range(CREATED_AT, "occurred_at").ifPresent(filter::add);
        query.range(UPDATED_AT, "occurred_at").ifPresent(filter::add);
        return clause;
    }

    /** Cursors outlive tokens, and belong to one order of one organization. */
    private static String cursorOf(String orgId, String order) {
        return "compliance chats " + orgId.length() + ':' + orgId + order;
    }

    private static ObjectNode chat(String orgId, JsonNode source) {
        ObjectNode chat = JsonNodeFactory.instance.objectNode();
        String id = source.path("conversation_id").asText();
        JsonNode models = source.path("models");
        chat.put("id", id)
                .put("name", source.path("title").asText())
                .put("created_at", Elastic.time(source.path("first_at")))
                .put("updated_at", Elastic.time(source.path("last_at")))
                .put("deleted_at", Elastic.time(source.path("deleted_upstream_at")))
                .put("href", "/v1/compliance/conversations/" + encoded(id))
                .put("model", models.isArray() ? models.path(models.size() - 1).textValue() : models.textValue())
                .put("organization_id", orgId)
                .put("organization_uuid", orgId)
                .put("project_id", source.path("project_id").textValue());
        return user(chat, source);
    }

    private static String encoded(String id) {
        return URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static ObjectNode user(ObjectNode chat, JsonNode source) {
        String user = source.path("user").textValue();
        if (user == null) {
            return chat.putNull("user");
        }
        List<String> labels = StreamSupport.stream(source.path("labels").spliterator(), false)
                .map(JsonNode::asText)
                .toList();
        String id = labels.stream()
                .filter(label -> label.startsWith("user_"))
                .findFirst()
                .orElse(user);
        String email = user.indexOf('@') >= 0
                ? user
                : labels.stream()
                        .filter(label -> label.indexOf('@') >= 0)
                        .findFirst()
                        .orElse(null);
        chat.putObject("user").put("id", id).put("email_address", email);
        return chat;
    }

    /** What tools were given and what they answered is not told apart here. */
    private static ObjectNode message(ThreadReader.Message message, int toolCharacters) {
        JsonNode source = message.source();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("id", source.path("message_id").asText())
                .put("role", source.path("role").asText())
                .put("created_at", Elastic.time(source.path("occurred_at")));
        ArrayNode content = json.putArray("content");
        if (!message.toolText().isEmpty() || !source.path("tools").isEmpty()) {
            String input = cut(message.toolText(), toolCharacters);
            content.addObject()
                    .put("type", "tool_use")
                    .putNull("id")
                    .put("name", source.path("tools").path(0).asText(""))
                    .put("input", input)
                    .put("truncated", input.length() < message.toolText().length())
                    .putNull("integration_name")
                    .putNull("mcp_server_url");
        }
        if (!message.text().isEmpty()) {
            content.addObject()
                    .put("type", "text")
                    .put("text", message.text())
                    .put("truncated", false)
                    .put("thinking_redacted", false);
        }
        ArrayNode files = JsonNodeFactory.instance.arrayNode();
        source.path("files")
                .forEach(name -> files.addObject()
                        .putNull("id")
                        .put("filename", name.asText())
                        .putNull("created_at")
                        .putNull("mime_type")
                        .putNull("size_bytes")
                        .putNull("md5"));
        json.set("files", files.isEmpty() ? null : files);
        return json.putNull("generated_files").putNull("artifacts");
    }

    private static String cut(String text, int most) {
        if (most < 0 || text.length() <= most) {
            return text;
        }
        return text.substring(0, Character.isLowSurrogate(text.charAt(most)) ? most - 1 : most);
    }
}
