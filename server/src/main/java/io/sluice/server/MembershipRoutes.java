package io.sluice.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import io.sluice.core.directory.AsOf;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.schema.Micros;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** {@code /v1/users/{id}/groups}: which groups somebody is in, or was in at a time. */
final class MembershipRoutes {
    private static final String PATH = "/v1/users/{id}/groups";
    private static final String AT = "at";

    private final DirectoryRoutes common;

    MembershipRoutes(DirectoryRoutes common) {
        this.common = common;
    }

    List<Route> routes() {
        return List.of(common.read(PATH, this::groups).parameters(Set.of(AT)));
    }

    /** Of groups that are deleted since only the id is known. */
    private HttpResponse groups(Call call) {
        String id = common.user(call, "id", call.path("id")).id();
        Instant asked = call.parameters().time(AT);
        Instant at = asked == null ? common.store().now() : asked;
        Directory directory = common.directory(call);
        // What another server has accepted holds now, even if its clock is ahead.
        List<String> groups = asked == null
                ? directory.groupsOf(id).stream().map(Document::id).sorted().toList()
                : AsOf.groupsOf(directory, id, Micros.of(asked));
        ObjectNode answer = DirectoryRoutes.object().put("user_id", id).put(AT, at.toString());
        ArrayNode data = answer.putArray("data");
        for (String group : groups) {
            data.addObject()
                    .put("id", group)
                    .put(
                            "name",
                            directory
                                    .group(group)
                                    .map(there -> there.content().getDisplayName())
                                    .orElse(null));
        }
        return Answers.ok(answer);
    }
}
