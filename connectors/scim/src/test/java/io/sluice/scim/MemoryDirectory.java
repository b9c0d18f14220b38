package io.sluice.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.scim.GroupChange.MemberChange;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a server puts around the protocol, in its smallest form: two maps, and members apart from their groups. */
final class MemoryDirectory {
    static final String BASE = "https://sluice.example.com/scim/v2";
    private static final Instant NOW = Instant.parse("2026-09-01T08:00:00Z");

    record Answer(int status, ObjectNode body) {}

    private record Stored(ScimResourceType type, ObjectNode resource, long version) {}

    private final Map<String, Stored> stored = new LinkedHashMap<>();
    private final Map<String, Set<String>> members = new LinkedHashMap<>();
    private int made;

    Answer handle(String method, String url, Map<String, String> headers, @Nullable ObjectNode body) {
        try {
            byte[] bytes = body == null ? new byte[0] : body.toString().getBytes(StandardCharsets.UTF_8);
            if (!"Bearer right".equals(headers.getOrDefault("Authorization", "Bearer right"))) {
                throw new ScimException(401, null, "Authorization: not valid (expected: a token with the scope scim)");
            }
            return route(method, url, headers, body == null ? ScimJson.object() : ScimJson.read(bytes));
        } catch (ScimException e) {
            return new Answer(e.status(), e.body());
        }
    }

    private Answer route(String method, String url, Map<String, String> headers, ObjectNode body) {
        int mark = url.indexOf('?');
        String path = mark < 0 ? url : url.substring(0, mark);
        Map<String, String> query = mark < 0 ? Map.of() : query(url.substring(mark + 1));
        if (path.equals("/Bulk")) {
            return new Answer(200, ScimBulk.run(body, BASE, this::execute));
        }
        int slash = path.indexOf('/', 1);
        ScimResourceType type = ScimResourceType.ofEndpoint(slash < 0 ? path : path.substring(0, slash));
        if (type == null) {
            throw ScimException.notFound("path");
        }
        String id = slash < 0 ? "" : path.substring(slash + 1);
        if (id.equals(".search")) {
            return list(type, ScimListRequest.ofSearch(type, body));
        }
        if (id.isEmpty()) {
            return method.equals("POST")
                    ? new Answer(201, answer(create(type, body)))
                    : list(type, ScimListRequest.ofQuery(type, query::get));
        }
        Stored found = stored.get(id);
        if (found == null || found.type() != type) {
            throw ScimException.notFound(type.word());
        }
        if (!method.equals("GET")) {
            ScimVersion.requireMatch(headers.get("If-Match"), found.version());
        } else if (ScimVersion.isNotModified(headers.get("If-None-Match"), found.version())) {
            return new Answer(304, ScimJson.object());
        }
        switch (method) {
            case "GET" -> {
                return new Answer(
                        200,
                        ScimProjection.of(type, query.get("attributes"), query.get("excludedAttributes"))
                                .apply(answer(id)));
            }
            case "PUT" -> replace(type, id, body);
            case "PATCH" -> patch(type, id, found, body);
            default -> {
                stored.remove(id);
                members.remove(id);
                members.values().forEach(ids -> ids.remove(id));
                return new Answer(204, ScimJson.object());
            }
        }
        return new Answer(200, answer(id));
    }

    private ScimBulk.Outcome execute(ScimBulk.Operation operation) {
        String path = operation.type().endpoint() + (operation.id() == null ? "" : "/" + operation.id());
        Map<String, String> headers = operation.version() == null ? Map.of() : Map.of("If-Match", operation.version());
        Answer answer = route(operation.method().name(), path, headers, operation.data());
        String id = operation.id() == null ? answer.body().get("id").asText() : operation.id();
        return new ScimBulk.Outcome(
                answer.status(),
                id,
                ScimResources.location(operation.type(), id, BASE),
                answer.body().at("/meta/version").textValue());
    }

    private String create(ScimResourceType type, ObjectNode body) {
        String id = type.word() + "-" + made;
        write(type, id, body, 1);
        made++;
        return id;
    }

    private void replace(ScimResourceType type, String id, ObjectNode body) {
        Stored before = stored.get(id);
        write(type, id, body, before == null ? 1 : before.version() + 1);
    }

    private void write(ScimResourceType type, String id, ObjectNode body, long version) {
        if (type == ScimResourceType.USER) {
            put(type, id, ScimNormalizer.user(body).resource(), version);
            return;
        }
        GroupChange change = GroupChange.ofBody(body);
        put(type, id, group(change, ScimJson.object()), version);
        apply(change, id);
    }

    private void patch(ScimResourceType type, String id, Stored before, ObjectNode body) {
        if (type == ScimResourceType.USER) {
            ScimPatch.Patched patched = ScimPatch.parse(type, body).apply(before.resource());
            put(type, id, patched.resource(), before.version() + (patched.changed() ? 1 : 0));
            return;
        }
        GroupChange change = GroupChange.ofPatch(body);
        put(type, id, group(change, before.resource().deepCopy()), before.version() + (change.isEmpty() ? 0 : 1));
        apply(change, id);
    }

    private static ObjectNode group(GroupChange change, ObjectNode group) {
        if (change.displayName() != null) {
            group.put("displayName", change.displayName());
        }
        if (change.externalId() != null) {
            group.remove("externalId");
            if (change.externalId().value() != null) {
                group.put("externalId", change.externalId().value());
            }
        }
        return group;
    }

    private void apply(GroupChange change, String id) {
        Set<String> ids = members.computeIfAbsent(id, key -> new LinkedHashSet<>());
        for (MemberChange step : change.members()) {
            if (step instanceof MemberChange.Add add) {
                ids.addAll(add.ids());
            } else if (step instanceof MemberChange.Remove remove) {
                remove.ids().forEach(ids::remove);
            } else {
                ids.clear();
                if (step instanceof MemberChange.ReplaceAll all) {
                    ids.addAll(all.ids());
                }
            }
        }
        ids.removeIf(member -> !stored.containsKey(member));
    }

    private void put(ScimResourceType type, String id, ObjectNode resource, long version) {
        String unique = type == ScimResourceType.USER ? "userName" : "displayName";
        stored.forEach((otherId, other) -> {
            if (!otherId.equals(id)
                    && other.type() == type
                    && other.resource()
                            .get(unique)
                            .asText()
                            .equalsIgnoreCase(resource.get(unique).asText())) {
                throw ScimException.taken(unique);
            }
        });
        stored.put(id, new Stored(type, resource, version));
    }

    private ObjectNode answer(String id) {
        Stored found = stored.get(id);
        if (found == null) {
            throw ScimException.notFound(id);
        }
        ObjectNode resource = found.resource().deepCopy();
        ArrayNode list = ScimJson.array();
        if (found.type() == ScimResourceType.GROUP) {
            members.getOrDefault(id, Set.of())
                    .forEach(member -> list.addObject().put("value", member));
        } else {
            members.forEach((group, ids) -> {
                if (ids.contains(id)) {
                    list.addObject().put("value", group);
                }
            });
        }
        if (!list.isEmpty()) {
            resource.set(found.type() == ScimResourceType.GROUP ? "members" : "groups", list);
        }
        return ScimResources.complete(found.type(), resource, id, NOW, NOW, found.version(), BASE);
    }

    private Answer list(ScimResourceType type, ScimListRequest request) {
        List<ObjectNode> all = new ArrayList<>();
        stored.forEach((id, one) -> {
            ObjectNode resource = one.type() == type ? answer(id) : null;
            if (resource != null
                    && (request.filter() == null || request.filter().matches(resource))) {
                all.add(request.projection().apply(resource));
            }
        });
        int from = Math.min(request.startIndex() - 1, all.size());
        List<ObjectNode> page = all.subList(from, Math.min(from + request.count(), all.size()));
        return new Answer(200, ScimListResponse.of(all.size(), request.startIndex(), page));
    }

    private static Map<String, String> query(String text) {
        Map<String, String> query = new LinkedHashMap<>();
        for (String pair : text.split("&", -1)) {
            int equals = pair.indexOf('=');
            query.put(
                    pair.substring(0, equals),
                    java.net.URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
        }
        return query;
    }

    /** Whether all that is expected is there; lists have to be of the same length. */
    static boolean has(JsonNode actual, JsonNode expected) {
        if (expected.isObject()) {
            return expected.properties().stream()
                    .allMatch(entry -> entry.getValue().isNull()
                            ? !actual.has(entry.getKey())
                            : has(actual.path(entry.getKey()), entry.getValue()));
        }
        if (expected.isArray()) {
            boolean same = actual.isArray() && actual.size() == expected.size();
            for (int i = 0; same && i < expected.size(); i++) {
                same = has(actual.get(i), expected.get(i));
            }
            return same;
        }
        return expected.isNumber() ? actual.asLong() == expected.asLong() : actual.equals(expected);
    }
}
