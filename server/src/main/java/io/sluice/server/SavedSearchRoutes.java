package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import io.sluice.core.audit.CanonicalJson;
import io.sluice.core.compliance.Register;
import io.sluice.schema.ComplianceChange;
import io.sluice.schema.SavedSearch;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code /v1/compliance/searches}: searches that have a name. They are not changed, only made and forgotten. */
final class SavedSearchRoutes {
    private static final String PATH = "/v1/compliance/searches";
    private static final String ONE = PATH + "/{id}";
    private static final int LONGEST_NAME = 200;
    private static final int LONGEST_QUERY = 16 * 1024;
    private static final int MOST = 500;

    private final ComplianceDecisions common;

    SavedSearchRoutes(ComplianceDecisions common) {
        this.common = common;
    }

    List<Route> routes() {
        return List.of(
                common.read(PATH, this::list),
                common.note(HttpMethod.POST, PATH, this::create),
                common.read(ONE, call -> answer(call, HttpStatus.OK, call.path("id"))),
                common.note(HttpMethod.DELETE, ONE, this::forget));
    }

    private HttpResponse list(Call call) {
        ObjectNode answer = DirectoryRoutes.object();
        ArrayNode data = answer.putArray("data");
        common.register().read(all -> all.searches(call.orgId())).forEach(search -> data.add(json(search)));
        return Answers.ok(answer.put("has_more", false).putNull("next_page"));
    }

    private HttpResponse create(Call call) {
        JsonNode body = call.body();
        JsonFields fields = new JsonFields(body, Set.of("name", "query"));
        String name = ContentTargets.wellFormed("name", body.path("name"), fields.text("name", LONGEST_NAME));
        JsonNode query = body.path("query");
        if (!query.isObject()) {
            throw JsonFields.invalid("query", query, "an object: the body of a search");
        }
        common.search().check(call.orgId(), query);
        String text = canonical(query);
        if (text.length() > LONGEST_QUERY) {
            throw JsonFields.invalid("query", query, "at most " + LONGEST_QUERY + " characters of JSON");
        }
        String id = ComplianceDecisions.newId("search");
        call.target(call.orgId(), id);
        common.append(call, all -> {
            if (all.searches(call.orgId()).size() >= MOST) {
                throw new Refusal(
                        Refusal.Kind.CONFLICT, MOST + " searches are saved (expected: forget what is not used)");
            }
            return Optional.of(ComplianceChange.newBuilder()
                    .setKind("saved_search")
                    .setSavedSearch(SavedSearch.newBuilder()
                            .setId(id)
                            .setName(name)
                            .setQuery(text)
                            .build()));
        });
        return answer(call, HttpStatus.CREATED, id);
    }

    /** So that the same search is the same text. */
    private static String canonical(JsonNode query) {
        try {
            return CanonicalJson.of(query);
        } catch (IllegalArgumentException e) {
            throw JsonFields.invalid("query", query, "an object whose numbers are whole");
        }
    }

    private HttpResponse answer(Call call, HttpStatus status, String id) {
        return Answers.json(status, common.register().read(all -> json(search(all, call.orgId(), id))));
    }

    private static SavedSearch search(Register all, String orgId, String id) {
        return all.searches(orgId).stream()
                .filter(each -> each.getId().equals(id))
                .findFirst()
                .orElseThrow(() -> DirectoryRoutes.absent("id", "saved search"));
    }

    /** What holds and erasures have frozen stays. */
    private HttpResponse forget(Call call) {
        String id = call.path("id");
        common.append(call, all -> {
            SavedSearch unused = search(all, call.orgId(), id);
            return Optional.of(
                    ComplianceChange.newBuilder().setKind("forgotten_search").setForgottenSearch(id));
        });
        return Answers.ok(DirectoryRoutes.object().put("id", id).put("type", "saved_search_deleted"));
    }

    private static ObjectNode json(SavedSearch search) {
        ObjectNode json = DirectoryRoutes.object()
                .put("id", search.getId())
                .put("type", "saved_search")
                .put("name", search.getName());
        json.set("query", ContentTargets.json(search.getQuery()));
        return json;
    }
}
