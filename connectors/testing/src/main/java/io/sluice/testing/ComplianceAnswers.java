package io.sluice.testing;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.testing.ComplianceCursors.Place;
import io.sluice.testing.ComplianceFacts.Activity;
import io.sluice.testing.ComplianceFacts.Chat;
import io.sluice.testing.ComplianceFacts.Content;
import io.sluice.testing.ComplianceFacts.Document;
import io.sluice.testing.ComplianceFacts.Group;
import io.sluice.testing.ComplianceFacts.Message;
import io.sluice.testing.ComplianceFacts.Person;
import io.sluice.testing.ComplianceFacts.Project;
import io.sluice.testing.ComplianceQuery.Refusal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What {@link ComplianceServer} answers. Of one thread at a time. */
final class ComplianceAnswers {
    static final String BASE = "/v1/compliance/";

    private static final Pattern CONTENT =
            Pattern.compile(BASE + "apps/(chats/files|chats/generated-files|artifacts)/([^/]+)/content");
    private static final String USER_DATA = "read:compliance_user_data";
    private static final String ORG_DATA = "read:compliance_org_data";
    private static final String CREATED = "created_at";
    private static final String UPDATED = "updated_at";
    private static final int MOST_USERS = 10;

    /** A row of a result, at its place. */
    private record Row(Place place, ObjectNode json) {}

    private final ComplianceFacts facts;
    final ComplianceCursors cursors = new ComplianceCursors();
    int mostRows = Integer.MAX_VALUE;

    ComplianceAnswers(ComplianceFacts facts) {
        this.facts = facts;
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** The scopes that a request needs. */
    static List<String> scopes(String method, String path) {
        String below = path.substring(BASE.length());
        if (method.equals("DELETE")) {
            return List.of(USER_DATA, "delete:compliance_user_data");
        }
        if (below.startsWith("activities")) {
            return List.of("read:compliance_activities");
        }
        boolean ofOrganization = (below.startsWith("organizations") && !below.endsWith("/users"))
                || (below.startsWith("groups") && !below.endsWith("/members"));
        return List.of(ofOrganization ? ORG_DATA : USER_DATA);
    }

    private static void require(List<String> needed, Set<String> scopes) {
        if (!scopes.containsAll(needed)) {
            throw new Refusal(
                    403,
                    "permission_error",
                    "Missing required scopes. Got: " + quoted(scopes) + " Needed: " + quoted(needed));
        }
    }

    /** The bytes of a file; null: the path is of something else. */
    @Nullable
    Content content(String method, String path, Instant now, Set<String> scopes) {
        Matcher asked = CONTENT.matcher(path);
        if (!method.equals("GET") || !asked.matches()) {
            return null;
        }
        require(List.of(USER_DATA), scopes);
        String id = asked.group(2);
        boolean ofKind = id.startsWith("claude_gen_file_")
                ? asked.group(1).equals("chats/generated-files")
                : id.startsWith("claude_artifact_version_") == asked.group(1).equals("artifacts")
                        && !asked.group(1).equals("chats/generated-files");
        synchronized (facts) {
            Content content = facts.contents.get(id);
            boolean named = facts.chats.values().stream().anyMatch(chat -> chat.names(id, now))
                    || facts.projects.values().stream()
                            .flatMap(project -> project.documents(now).stream())
                            .anyMatch(document -> document.id().equals(id));
            if (content == null || !ofKind || !named) {
                throw Refusal.absent("No file found with provided id, or it has already been deleted.");
            }
            return content;
        }
    }

    /** @param how null: as it should be */
    ObjectNode answer(
            String method,
            String path,
            ComplianceQuery query,
            Instant now,
            ComplianceServer.@Nullable Mischief how,
            Set<String> scopes) {
        require(scopes(method, path), scopes);
        query.requireTimes();
        String[] parts = path.substring(BASE.length()).split("/");
        synchronized (facts) {
            if (method.equals("DELETE")) {
                return delete(parts, now);
            }
            if (!method.equals("GET")) {
                throw Refusal.absent("Not found.");
            }
            return switch (parts[0]) {
                case "activities" -> activities(query, now, how);
                case "organizations" -> organizations(parts, query, now, how);
                case "groups" -> groups(parts, query, now, how);
                case "apps" -> apps(parts, query, now, how);
                default -> throw Refusal.absent("Not found.");
            };
        }
    }

    private static String quoted(Iterable<String> names) {
        List<String> quoted = new ArrayList<>();
        names.forEach(name -> quoted.add("'" + name + "'"));
        return quoted.stream().sorted().toList().toString();
    }

    // Activities

    private ObjectNode activities(ComplianceQuery query, Instant now, ComplianceServer.@Nullable Mischief how) {
        List<String> types = query.all("activity_types[]");
        List<String> excluded = query.all("exclude_activity_types[]");
        if (!types.isEmpty() && !excluded.isEmpty()) {
            throw Refusal.invalid("`activity_types[]` and `exclude_activity_types[]` exclude each other.");
        }
        List<String> actors = new ArrayList<>(query.all("actor_ids[]"));
        actors.addAll(query.all("user_ids[]"));
        boolean ascending = query.oneOf("order", "desc", "asc").equals("asc");
        List<Row> rows = new ArrayList<>();
        for (Activity activity : facts.activities) {
            if (!activity.visibleAt().isAfter(now)
                    && query.within(CREATED, activity.createdAt())
                    && (types.isEmpty() || types.contains(activity.type()))
                    && !excluded.contains(activity.type())
                    && (actors.isEmpty() || actors.contains(activity.actor().id()))) {
                rows.add(new Row(new Place(activity.createdAt(), activity.id()), ComplianceFacts.json(activity)));
            }
        }
        return cursorPage(rows, query, now, how, "activities " + ascending, ascending, query.limit(100, 5000), "data");
    }

    // Chats and projects

    private ObjectNode apps(
            String[] parts, ComplianceQuery query, Instant now, ComplianceServer.@Nullable Mischief how) {
        if (parts.length >= 2 && parts[1].equals("chats")) {
            if (parts.length == 2) {
                return chats(query, now, how);
            }
            if (parts.length == 4 && parts[3].equals("messages")) {
                return messages(parts[2], query, now, how);
            }
        }
        if (parts.length >= 2 && parts[1].equals("projects")) {
            if (parts.length == 2) {
                return projects(query, now, how);
            }
            if (parts[2].equals("documents") && parts.length >= 4) {
                return document(parts[3], parts.length == 5 && parts[4].equals("metadata"));
            }
            return project(parts, query, now, how);
        }
        throw Refusal.absent("Not found.");
    }

    private ObjectNode chats(ComplianceQuery query, Instant now, ComplianceServer.@Nullable Mischief how) {
        List<String> users = query.all("user_ids[]");
        boolean everybody = users.isEmpty();
        String order = query.oneOf("order_by", CREATED, UPDATED);
        if (users.size() > MOST_USERS) {
            throw Refusal.invalid("`user_ids[]`: at most 10 values.");
        }
        if (!everybody && (order.equals(UPDATED) || query.limits(UPDATED))) {
            throw Refusal.invalid("`updated_at` cannot be used together with `user_ids[]`.");
        }
        if (everybody && (query.has("before_id") || query.has("project_ids[]"))) {
            throw Refusal.invalid("`before_id` and `project_ids[]` need `user_ids[]`.");
        }
        if (everybody && query.limits(order.equals(CREATED) ? UPDATED : CREATED)) {
            throw Refusal.invalid("The time filter does not match `order_by`.");
        }
        List<Row> rows = new ArrayList<>();
        for (Chat chat : facts.chats.values()) {
            Instant time = order.equals(CREATED) ? chat.createdAt : chat.updatedAt(now);
            if (chat.isListed(now)
                    && query.within(order, time)
                    && (everybody || users.contains(chat.user.id()))
                    && (query.all("project_ids[]").isEmpty()
                            || query.all("project_ids[]").contains(String.valueOf(chat.project())))) {
                rows.add(new Row(new Place(time, chat.id), chat.json(now, ComplianceFacts.ORGANIZATION)));
            }
        }
        return cursorPage(rows, query, now, how, "chats " + order, true, query.limit(100, 1000), "data");
    }

    private ObjectNode messages(
            String id, ComplianceQuery query, Instant now, ComplianceServer.@Nullable Mischief how) {
        Chat chat = facts.chats.get(id);
        if (chat == null || chat.createdAt.isAfter(now)) {
            throw Refusal.absent("Chat " + id + " not found.");
        }
        boolean ascending = query.oneOf("order", "asc", "desc").equals("asc");
        List<Row> rows = new ArrayList<>();
        for (Message message : chat.messages) {
            if (!message.createdAt().isAfter(now)
                    && !message.visibleAt().isAfter(now)
                    && query.within(CREATED, message.createdAt())
                    && query.within(UPDATED, message.createdAt())) {
                rows.add(new Row(new Place(message.createdAt(), message.id()), chat.json(message, now)));
            }
        }
        ObjectNode page = cursorPage(
                rows,
                query,
                now,
                how,
                "messages " + id + " " + ascending,
                ascending,
                query.limit(Integer.MAX_VALUE, 1000),
                "chat_messages");
        ObjectNode answer = chat.json(now, ComplianceFacts.ORGANIZATION);
        answer.setAll(page);
        return answer;
    }

    private ObjectNode projects(ComplianceQuery query, Instant now, ComplianceServer.@Nullable Mischief how) {
        List<Row> rows = new ArrayList<>();
        for (Project project : facts.projects.values()) {
            if (!project.createdAt.isAfter(now)
                    && query.within(CREATED, project.createdAt)
                    && query.within(UPDATED, project.updatedAt(now))
                    && (query.all("user_ids[]").isEmpty()
                            || query.all("user_ids[]").contains(project.user.id()))) {
                rows.add(new Row(
                        new Place(project.createdAt, project.id), project.json(now, ComplianceFacts.ORGANIZATION)));
            }
        }
        return tokenPage(rows, query, now, how, "projects", query.limit(20, 100));
    }

    private ObjectNode project(
            String[] parts, ComplianceQuery query, Instant now, ComplianceServer.@Nullable Mischief how) {
        Project project = facts.projects.get(parts[2]);
        if (project == null || project.createdAt.isAfter(now)) {
            throw Refusal.absent("No project is found with the provided id.");
        }
        List<Document> documents = project.documents(now);
        if (parts.length == 3) {
            return project.json(now, ComplianceFacts.ORGANIZATION)
                    .put("description", "")
                    .put("instructions", project.instructions(now))
                    .put("attachments_count", documents.size())
                    .put("chats_count", chatsOf(project.id));
        }
        if (parts.length == 4 && parts[3].equals("attachments")) {
            List<Row> rows = new ArrayList<>();
            for (Document document : documents) {
                rows.add(new Row(new Place(document.createdAt(), document.id()), attachment(document)));
            }
            return tokenPage(rows, query, now, how, "attachments " + project.id, query.limit(20, 100));
        }
        if (parts.length == 4 && parts[3].equals("collaborators")) {
            ObjectNode owner = object().put("type", "user").put("user_id", project.user.id());
            owner.put("role", "owner").put("granted_at", project.createdAt.toString());
            return tokenPage(
                    List.of(new Row(new Place(project.createdAt, project.id), owner)),
                    query,
                    now,
                    how,
                    "collaborators " + project.id,
                    query.limit(20, 100));
        }
        throw Refusal.absent("Not found.");
    }

    private long chatsOf(String project) {
        return facts.chats.values().stream()
                .filter(chat -> project.equals(chat.project()))
                .count();
    }

    private ObjectNode attachment(Document document) {
        boolean text = document.text() != null;
        Content content = facts.contents.get(document.id());
        ObjectNode json = object().put("type", text ? "project_doc" : "project_file")
                .put("id", document.id())
                .put(CREATED, document.createdAt().toString())
                .put("filename", document.filename())
                .put("mime_type", text ? "text/plain" : content == null ? "application/pdf" : content.type());
        return text ? json.putNull(UPDATED) : json.putNull("md5").putNull("size_bytes");
    }

    private ObjectNode document(String id, boolean metadata) {
        for (Project project : facts.projects.values()) {
            for (Document document : project.documents) {
                if (document.id().equals(id) && document.text() != null) {
                    ObjectNode json = object().put("id", id)
                            .put(CREATED, document.createdAt().toString())
                            .put("filename", document.filename());
                    Person user = document.user() == null ? project.user : document.user();
                    json.putObject("user").put("id", user.id()).put("email_address", user.email());
                    return metadata
                            ? json.put("claude_project_id", project.id)
                                    .put("mime_type", "text/plain")
                                    .put("size_bytes", document.text().length())
                                    .putNull("md5")
                            : json.put("content", document.text());
                }
            }
        }
        throw Refusal.absent("No project document found with provided id, or it has already been deleted.");
    }

    // Deletions: permanent, immediate

    private ObjectNode delete(String[] parts, Instant now) {
        String path = String.join("/", parts);
        String id = parts[parts.length - 1];
        if (path.matches("apps/chats/[^/]+")) {
            if (facts.chats.remove(id) == null) {
                throw Refusal.absent("Chat " + id + " not found.");
            }
            return deleted(id, "claude_chat_deleted");
        }
        if (path.matches("apps/chats/files/[^/]+")) {
            if (!removeDocument(id, false)) {
                throw Refusal.absent("No file found with provided id, or it has already been deleted.");
            }
            return deleted(id, "claude_file_deleted");
        }
        if (path.matches("apps/projects/documents/[^/]+")) {
            if (!removeDocument(id, true)) {
                throw Refusal.absent("No project document found with provided id, or it has already been deleted.");
            }
            return deleted(id, "claude_project_document_deleted");
        }
        if (path.matches("apps/projects/[^/]+")) {
            if (!facts.projects.containsKey(id)) {
                throw Refusal.absent("No project is found with the provided id.");
            }
            if (chatsOf(id) > 0) {
                throw new Refusal(409, "conflict_error", "The project still has chats attached.");
            }
            facts.projects.remove(id);
            return deleted(id, "claude_project_deleted");
        }
        throw Refusal.absent("Not found.");
    }

    private boolean removeDocument(String id, boolean text) {
        return facts.projects.values().stream()
                .anyMatch(project -> project.documents.removeIf(
                        document -> document.id().equals(id) && (document.text() != null) == text));
    }

    private static ObjectNode deleted(String id, String type) {
        return object().put("id", id).put("type", type);
    }

    // Directory

    private ObjectNode organizations(
            String[] parts, ComplianceQuery query, Instant now, ComplianceServer.@Nullable Mischief how) {
        if (parts.length == 1) {
            ObjectNode json = object().put("uuid", ComplianceFacts.ORGANIZATION)
                    .put("name", "Example")
                    .put(CREATED, "2025-01-01T00:00:00+00:00");
            return tokenPage(
                    List.of(new Row(new Place(ComplianceFacts.FOUNDED, ""), json)),
                    query,
                    now,
                    how,
                    "organizations",
                    query.limit(1000, 1000));
        }
        if (!parts[1].equals(ComplianceFacts.ORGANIZATION) || parts.length < 3) {
            throw Refusal.absent("Organization not found.");
        }
        if (parts[2].equals("users") && parts.length == 3) {
            List<Person> current = facts.people.stream()
                    .filter(person -> facts.isThere(now, person.id()))
                    .toList();
            return listed(current, Person::id, ComplianceAnswers::user, query, now, how, "users");
        }
        if (parts[2].equals("roles")) {
            if (parts.length == 3) {
                List<String> current = facts.roles.keySet().stream()
                        .filter(id -> facts.isThere(now, id))
                        .toList();
                return listed(current, id -> id, id -> role(id, now), query, now, how, "roles");
            }
            if (!facts.roles.containsKey(parts[3]) || !facts.isThere(now, parts[3])) {
                throw Refusal.absent("Role not found.");
            }
            if (parts.length == 4) {
                return role(parts[3], now);
            }
            ObjectNode permission = object().put("action", "claude_code").put("resource_type", "organization");
            permission.put("resource_id", ComplianceFacts.ORGANIZATION);
            List<ObjectNode> permissions = facts.permissions.getOrDefault(parts[3], List.of(permission)).stream()
                    .filter(each ->
                            facts.isThere(now, parts[3], each.path("action").asText()))
                    .toList();
            return listed(permissions, ObjectNode::toString, each -> each, query, now, how, "permissions " + parts[3]);
        }
        throw Refusal.absent("Not found.");
    }

    private static ObjectNode user(Person person) {
        return object().put("id", person.id())
                .put("full_name", person.fullName())
                .put("email", person.email())
                .put("organization_role", "user")
                .put(CREATED, "2025-02-01T00:00:00Z");
    }

    /** Times without an offset, as upstream has them here. */
    private ObjectNode role(String id, Instant now) {
        TreeMap<Instant, String> names = Objects.requireNonNull(facts.roles.get(id));
        Map.Entry<Instant, String> name = names.floorEntry(now);
        return object().put("id", id)
                .put("name", name == null ? names.firstEntry().getValue() : name.getValue())
                .put("description", "")
                .put(CREATED, "2025-02-01T00:00:00")
                .putNull(UPDATED);
    }

    private ObjectNode groups(
            String[] parts, ComplianceQuery query, Instant now, ComplianceServer.@Nullable Mischief how) {
        if (parts.length == 1) {
            String prefix = query.get("name_prefix");
            List<Group> named = facts.groups.stream()
                    .filter(group -> facts.isThere(now, group.id()))
                    .filter(group -> prefix == null || group.name().startsWith(prefix))
                    .toList();
            return listed(named, Group::id, ComplianceAnswers::group, query, now, how, "groups");
        }
        Group group = facts.groups.stream()
                .filter(each -> each.id().equals(parts[1]) && facts.isThere(now, parts[1]))
                .findFirst()
                .orElseThrow(() -> Refusal.absent("Group not found."));
        if (parts.length == 2) {
            return group(group);
        }
        if (parts[2].equals("members")) {
            List<Person> current = group.members().stream()
                    .filter(person -> facts.isThere(now, group.id(), person.id()))
                    .toList();
            return listed(
                    current,
                    Person::id,
                    person -> object().put("user_id", person.id())
                            .put("email", person.email())
                            .put(CREATED, "2025-02-01T00:00:00")
                            .putNull(UPDATED),
                    query,
                    now,
                    how,
                    "members " + group.id());
        }
        throw Refusal.absent("Not found.");
    }

    private static ObjectNode group(Group group) {
        ObjectNode json = object().put("id", group.id())
                .put("name", group.name())
                .put("description", "")
                .put("source_type", "direct")
                .put(CREATED, "2025-02-01T00:00:00")
                .putNull(UPDATED);
        group.roles().forEach(json.putArray("roles")::add);
        return json;
    }

    private <T> ObjectNode listed(
            List<T> all,
            Function<T, String> id,
            Function<T, ObjectNode> json,
            ComplianceQuery query,
            Instant now,
            ComplianceServer.@Nullable Mischief how,
            String binding) {
        List<Row> rows = new ArrayList<>();
        for (T each : all) {
            rows.add(new Row(new Place(ComplianceFacts.FOUNDED, id.apply(each)), json.apply(each)));
        }
        return tokenPage(rows, query, now, how, binding, query.limit(500, 1000));
    }

    // Pages

    private static Comparator<Row> order(boolean ascending) {
        Comparator<Row> order = Comparator.<Row, Instant>comparing(
                        row -> row.place().time())
                .thenComparing(row -> row.place().id());
        return ascending ? order : order.reversed();
    }

    private @Nullable String used(ComplianceQuery query, String parameter, ComplianceServer.@Nullable Mischief how) {
        String cursor = query.get(parameter);
        if (cursor == null) {
            return null;
        }
        if (how == ComplianceServer.Mischief.EXPIRED_CURSOR) {
            throw ComplianceCursors.invalid(parameter, cursor);
        }
        return how == ComplianceServer.Mischief.REPEATED_PAGE ? cursors.before(cursor) : cursor;
    }

    /** The scheme with cursors in both directions. */
    private ObjectNode cursorPage(
            List<Row> rows,
            ComplianceQuery query,
            Instant now,
            ComplianceServer.@Nullable Mischief how,
            String binding,
            boolean ascending,
            int asked,
            String member) {
        if (query.has("after_id") && query.has("before_id")) {
            throw Refusal.invalid("Only one of `after_id` and `before_id` can be given.");
        }
        Comparator<Row> order = order(ascending);
        rows.sort(order);
        String after = used(query, "after_id", how);
        String before = used(query, "before_id", how);
        int limit = Math.min(asked, mostRows);
        List<Row> page;
        boolean more;
        if (before == null) {
            List<Row> rest = rows;
            if (after != null) {
                Row at = new Row(cursors.read(binding, "after_id", after), object());
                rest = rows.stream().filter(row -> order.compare(row, at) > 0).toList();
            }
            page = rest.subList(0, Math.min(limit, rest.size()));
            more = rest.size() > limit;
        } else {
            Row at = new Row(cursors.read(binding, "before_id", before), object());
            List<Row> earlier =
                    rows.stream().filter(row -> order.compare(row, at) < 0).toList();
            page = earlier.subList(Math.max(0, earlier.size() - limit), earlier.size());
            more = earlier.size() > limit;
        }
        ObjectNode answer = object();
        ArrayNode data = answer.putArray(member);
        page.forEach(row -> add(data, row, how));
        String used = after != null ? after : before;
        if (page.isEmpty()) {
            answer.putNull("first_id").putNull("last_id");
        } else {
            answer.put("first_id", cursors.issue(binding, page.get(0).place(), now, used));
            answer.put(
                    "last_id", cursors.issue(binding, page.get(page.size() - 1).place(), now, used));
        }
        return answer.put("has_more", more);
    }

    /** The scheme with page tokens. */
    private ObjectNode tokenPage(
            List<Row> rows,
            ComplianceQuery query,
            Instant now,
            ComplianceServer.@Nullable Mischief how,
            String binding,
            int asked) {
        List<Row> rest = new ArrayList<>(rows);
        rest.sort(order(true));
        String token = used(query, "page", how);
        if (token != null) {
            Row at = new Row(cursors.read(binding, "page", token), object());
            rest.removeIf(row -> order(true).compare(row, at) <= 0);
        }
        int limit = Math.min(asked, mostRows);
        List<Row> page = rest.subList(0, Math.min(limit, rest.size()));
        ObjectNode answer = object();
        ArrayNode data = answer.putArray("data");
        page.forEach(row -> add(data, row, how));
        boolean more = rest.size() > limit;
        answer.put("has_more", more);
        return answer.put(
                "next_page",
                more ? cursors.issue(binding, page.get(page.size() - 1).place(), now, token) : null);
    }

    private static void add(ArrayNode data, Row row, ComplianceServer.@Nullable Mischief how) {
        data.add(row.json());
        if (how == ComplianceServer.Mischief.REPEATED_ROWS) {
            data.add(row.json().deepCopy());
        }
    }
}
