package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import io.sluice.server.UpstreamDirectory.Kind;
import io.sluice.server.UpstreamDirectory.Question;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The directory at Anthropic in the form of the Compliance API: rows as they came, in the order of their ids. Sluice's own
 * directory has other paths, also where it takes the form of the Admin API.
 */
final class UpstreamDirectoryRoutes {
    private static final String ORGANIZATIONS = "/v1/compliance/organizations";
    private static final String ONE_ORGANIZATION = ORGANIZATIONS + "/{org_uuid}";
    private static final String ROLES = ONE_ORGANIZATION + "/roles";
    private static final String GROUPS = "/v1/compliance/groups";
    private static final String UUID = "org_uuid";
    private static final String ID = "id";
    private static final String NAME_PREFIX = "name_prefix";
    private static final int DEFAULT_LIMIT = 500;
    private static final int DEFAULT_ORGANIZATIONS = 1000;
    private static final int MOST = 1000;

    private final UpstreamDirectory directory;

    UpstreamDirectoryRoutes(UpstreamDirectory directory) {
        this.directory = directory;
    }

    List<Route> routes() {
        Set<String> paging = Set.of(UpstreamQuery.LIMIT, PageToken.PAGE);
        return List.of(
                route(
                                ORGANIZATIONS,
                                Scope.READ_COMPLIANCE_ORG_DATA,
                                call -> list(call, Question.all(Kind.ORGANIZATION), DEFAULT_ORGANIZATIONS))
                        .parameters(paging),
                route(ONE_ORGANIZATION + "/users", Scope.READ_COMPLIANCE_USER_DATA, this::users)
                        .parameters(paging),
                route(ROLES, Scope.READ_COMPLIANCE_ORG_DATA, this::roles).parameters(paging),
                route(ROLES + "/{id}", Scope.READ_COMPLIANCE_ORG_DATA, call -> Answers.ok(role(call))),
                route(ROLES + "/{id}/permissions", Scope.READ_COMPLIANCE_ORG_DATA, this::permissions)
                        .parameters(paging),
                route(GROUPS, Scope.READ_COMPLIANCE_ORG_DATA, this::groups)
                        .parameters(Set.of(UpstreamQuery.LIMIT, PageToken.PAGE, NAME_PREFIX)),
                route(GROUPS + "/{id}", Scope.READ_COMPLIANCE_ORG_DATA, call -> Answers.ok(group(call))),
                route(GROUPS + "/{id}/members", Scope.READ_COMPLIANCE_USER_DATA, this::members)
                        .parameters(paging));
    }

    private static Route route(String path, Scope scope, Function<Call, HttpResponse> handler) {
        return Route.of(HttpMethod.GET, path, scope, call -> CompletableFuture.completedFuture(handler.apply(call)))
                .feature(ContentRoutes.FEATURE)
                .auditedAlways();
    }

    private HttpResponse users(Call call) {
        return list(call, Question.of(Kind.USER, organization(call)), DEFAULT_LIMIT);
    }

    private HttpResponse roles(Call call) {
        return list(call, Question.of(Kind.ROLE, organization(call)), DEFAULT_LIMIT);
    }

    private HttpResponse permissions(Call call) {
        ObjectNode unused = role(call);
        return list(call, Question.of(Kind.PERMISSION, call.path(ID)), DEFAULT_LIMIT);
    }

    private HttpResponse groups(Call call) {
        String prefix = call.parameters().single(NAME_PREFIX);
        return list(
                call,
                new Question(Kind.GROUP, null, prefix == null || prefix.isEmpty() ? null : beginsWith(prefix)),
                DEFAULT_LIMIT);
    }

    /** Letter by letter: nothing in it stands for anything else. */
    private static ObjectNode beginsWith(String prefix) {
        ObjectNode clause = JsonNodeFactory.instance.objectNode();
        clause.putObject("prefix").put("name", prefix);
        return clause;
    }

    private HttpResponse members(Call call) {
        ObjectNode unused = group(call);
        return list(call, Question.of(Kind.MEMBER, call.path(ID)), DEFAULT_LIMIT);
    }

    private String organization(Call call) {
        String uuid = call.path(UUID);
        call.detail(UUID, uuid);
        ObjectNode unused = found(call, Kind.ORGANIZATION, null, UUID, uuid, "Organization not found.");
        return uuid;
    }

    private ObjectNode role(Call call) {
        String uuid = call.path(UUID);
        call.detail(UUID, uuid);
        return found(call, Kind.ROLE, uuid, ID, call.path(ID), "Role not found.");
    }

    private ObjectNode group(Call call) {
        return found(call, Kind.GROUP, null, ID, call.path(ID), "Group not found.");
    }

    private ObjectNode found(
            Call call, Kind kind, @Nullable String parentId, String field, String id, String otherwise) {
        return directory
                .find(call.orgId(), kind, parentId, id)
                .orElseThrow(() -> new Refusal(Refusal.Kind.NOT_FOUND, field, otherwise))
                .raw();
    }

    private HttpResponse list(Call call, Question question, int defaultLimit) {
        int limit = new UpstreamQuery(call.parameters()).number(UpstreamQuery.LIMIT, 1, MOST, defaultLimit);
        JsonNode position = call.parameters().page().position();
        List<UpstreamDirectory.Entry> found =
                directory.list(call.orgId(), question, position == null ? null : position.path("after"), limit + 1);
        List<UpstreamDirectory.Entry> page = found.subList(0, Math.min(limit, found.size()));
        call.detail("shown", Integer.toString(page.size()));
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode data = answer.putArray("data");
        page.forEach(entry -> data.add(entry.raw()));
        boolean more = found.size() > limit;
        answer.put("has_more", more);
        if (!more) {
            return Answers.ok(answer.putNull("next_page"));
        }
        ObjectNode next = JsonNodeFactory.instance.objectNode();
        next.set("after", page.get(limit - 1).position());
        return Answers.ok(answer.put("next_page", call.parameters().page().next(next)));
    }
}
