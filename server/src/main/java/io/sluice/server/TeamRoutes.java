package io.sluice.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import io.sluice.core.directory.Kind;
import io.sluice.core.directory.TeamVersion;
import io.sluice.schema.Micros;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code /v1/users/{id}/team}: the cost team and its past. Also for people who came by SCIM: costs are ours. */
final class TeamRoutes {
    private static final String PATH = "/v1/users/{id}/team";
    private static final String EFFECTIVE_AT = "effective_at";
    private static final Pattern ANY = Pattern.compile("\\S{1,64}");
    private static final String TIME = "RFC 3339 such as 2026-11-01T00:00:00Z";

    private final DirectoryRoutes common;
    private final TeamAuthors authors;

    TeamRoutes(DirectoryRoutes common, TeamAuthors authors) {
        this.common = common;
        this.authors = authors;
    }

    List<Route> routes() {
        return List.of(common.read(PATH, this::history), common.write(HttpMethod.POST, PATH, this::change));
    }

    /** Newest version first. */
    private HttpResponse history(Call call) {
        String id = common.user(call, "id", call.path("id")).id();
        List<TeamVersion> versions = common.directory(call).teamVersions(id);
        ObjectNode answer = DirectoryRoutes.object()
                .put("user_id", id)
                .put("team", UserJson.teamNow(versions, Micros.of(common.store().now())));
        ArrayNode data = answer.putArray("data");
        for (int i = versions.size() - 1; i >= 0; i--) {
            data.add(json(call, id, versions.get(i)));
        }
        return Answers.ok(answer);
    }

    private HttpResponse change(Call call) {
        JsonFields fields = new JsonFields(call.body(), Set.of(UserFields.TEAM, EFFECTIVE_AT));
        if (!fields.has(UserFields.TEAM)) {
            throw new Refusal(
                    Refusal.Kind.INVALID,
                    UserFields.TEAM,
                    UserFields.TEAM + ": missing (expected: a text, or null for none)");
        }
        String team = fields.textOrNull(UserFields.TEAM, UserFields.LONGEST_TEAM);
        Instant asked = effectiveAt(fields);
        String id = call.path("id");
        TeamVersion made = common.store().change(() -> {
            common.user(call, "id", id);
            DirectoryChange change = common.change(call);
            if (asked == null) {
                change.team(id, team);
            } else {
                change.team(id, team, Micros.of(asked));
            }
            change.accept();
            // Another one may have been made since.
            return common.directory(call).teamVersions(id).stream()
                    .filter(version -> version.version() == change.number(Kind.TEAM, id))
                    .findFirst()
                    .orElseThrow();
        });
        return Answers.json(HttpStatus.CREATED, json(call, id, made));
    }

    /** Null: now. */
    private @Nullable Instant effectiveAt(JsonFields fields) {
        String text = fields.matchingOrNull(EFFECTIVE_AT, ANY, TIME);
        if (text == null) {
            return null;
        }
        Instant asked;
        try {
            asked = OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException e) {
            throw Refusal.invalid(EFFECTIVE_AT, text, TIME);
        }
        Backdating.problem(EFFECTIVE_AT, asked, common.store().now()).ifPresent(problem -> {
            throw new Refusal(Refusal.Kind.INVALID, EFFECTIVE_AT, problem);
        });
        return asked;
    }

    private ObjectNode json(Call call, String userId, TeamVersion version) {
        TeamAuthors.Author author = authors.of(call.orgId(), userId, version.version());
        return DirectoryRoutes.object()
                .put("version", version.version())
                .put("team", version.team())
                .put(EFFECTIVE_AT, DirectoryRoutes.time(version.effectiveAt()))
                .put("recorded_at", DirectoryRoutes.time(version.recordedAt()))
                .put("source", author == null ? null : author.source())
                .put("changed_by", author == null || author.changedBy().isEmpty() ? null : author.changedBy());
    }
}
