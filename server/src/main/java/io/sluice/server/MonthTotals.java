package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.core.codemetrics.Measure;
import io.sluice.core.codemetrics.SessionRows;
import io.sluice.core.spend.Users;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes exported figures of one month out of groups of sums, and remembers which names are told. No I/O, no clock. */
final class MonthTotals {
    private static final String UNKNOWN = "unknown";
    private static final String PROVIDER = "anthropic";

    private final Instant month;
    private final BoundedNames teams = new BoundedNames(ExportLabel.NAMED, Users.UNASSIGNED);
    private final BoundedNames models = new BoundedNames(ExportLabel.NAMED, UNKNOWN);
    private final BoundedNames statuses = new BoundedNames(ExportLabel.NAMED, UNKNOWN);
    private final BoundedNames sources = new BoundedNames(ExportLabel.NAMED, UNKNOWN);
    private volatile ExportSnapshot newest = ExportSnapshot.NONE;

    MonthTotals(Instant month) {
        this.month = month;
    }

    /** The first moment. */
    Instant month() {
        return month;
    }

    ExportSnapshot newest() {
        return newest;
    }

    /**
     * Whom to name first: without this a month's first hours would decide.
     *
     * @param cells by team and model, of this month and the one before
     */
    void rank(List<JsonNode> cells) {
        teams.offer(largestFirst(cells, "team", Users.UNASSIGNED, ExportQuestions.SPEND));
        models.offer(largestFirst(cells, "model", UNKNOWN, ExportQuestions.SPEND));
    }

    /** The next snapshot. By one thread at a time; the snapshot is read by any. */
    void update(ExportQuestions.Answers answers, Instant readAt) {
        rank(answers.cells());
        statuses.offer(largestFirst(answers.errors(), "status", UNKNOWN, Measure.API_ERRORS.field()));
        sources.offer(largestFirst(answers.records(), "source", UNKNOWN, ExportQuestions.RECEIVED));
        ExportSnapshot.Builder next = new ExportSnapshot.Builder();
        answers.cells().forEach(cell -> cell(next, cell));
        rows(next, answers.rows());
        for (JsonNode group : answers.errors()) {
            double errors = sum(group, Measure.API_ERRORS);
            if (errors != 0) {
                next.add(ExportInstrument.API_ERRORS, errors, statuses.of(key(group, "status")));
            }
        }
        for (JsonNode group : answers.records()) {
            String source = sources.of(key(group, "source"));
            next.add(ExportInstrument.RECEIVED, sum(group, ExportQuestions.RECEIVED), source);
            for (String outcome : ExportQuestions.OUTCOMES) {
                next.add(ExportInstrument.RECORDS, sum(group, outcome), source, outcome);
            }
        }
        people(next, answers.people(), readAt);
        dropped(next, ExportLabel.TEAM, teams);
        dropped(next, ExportLabel.MODEL, models);
        dropped(next, ExportLabel.STATUS, statuses);
        dropped(next, ExportLabel.SOURCE, sources);
        newest = next.build(readAt, newest);
    }

    private void cell(ExportSnapshot.Builder next, JsonNode cell) {
        String model = models.of(key(cell, "model"));
        next.add(ExportInstrument.COST, sum(cell, ExportQuestions.SPEND), teams.of(key(cell, "team")), model);
        for (String tokens : ExportQuestions.TOKENS) {
            String type = tokens.equals("output_tokens") ? "output" : "input";
            next.add(ExportInstrument.TOKENS, sum(cell, tokens), PROVIDER, model, type);
            String tokenClass = tokens.substring(0, tokens.length() - "_tokens".length());
            next.add(ExportInstrument.API_TOKENS, sum(cell, tokens), model, tokenClass);
        }
    }

    /** Without any row there is nothing to tell, not even zeros. */
    private static void rows(ExportSnapshot.Builder next, List<JsonNode> groups) {
        double seen = 0;
        double missing = 0;
        for (JsonNode group : groups) {
            next.add(ExportInstrument.SESSIONS, sum(group, Measure.SESSIONS_STARTED));
            next.add(ExportInstrument.PROMPTS, sum(group, Measure.PROMPTS));
            next.add(ExportInstrument.LINES, sum(group, Measure.LINES_ADDED), "added");
            next.add(ExportInstrument.LINES, sum(group, Measure.LINES_REMOVED), "removed");
            next.add(ExportInstrument.COMMITS, sum(group, Measure.COMMITS));
            next.add(ExportInstrument.PULL_REQUESTS, sum(group, Measure.PULL_REQUESTS));
            next.add(ExportInstrument.ACTIVE_TIME, sum(group, Measure.ACTIVE_USER_MICROS), "user");
            next.add(ExportInstrument.ACTIVE_TIME, sum(group, Measure.ACTIVE_CLI_MICROS), "cli");
            tool(next, group, key(group, "tool"));
            seen += sum(group, Measure.EVENTS_SEEN);
            missing += sum(group, Measure.EVENTS_MISSING);
        }
        if (seen + missing > 0) {
            next.add(ExportInstrument.COMPLETE, seen / (seen + missing));
        }
    }

    private static void tool(ExportSnapshot.Builder next, JsonNode group, @Nullable String tool) {
        double succeeded = sum(group, Measure.TOOL_SUCCEEDED);
        double failed = sum(group, Measure.TOOL_FAILED);
        if (succeeded != 0 || failed != 0) {
            next.add(ExportInstrument.TOOL_CALLS, succeeded, ToolNames.of(tool), "success");
            next.add(ExportInstrument.TOOL_CALLS, failed, ToolNames.of(tool), "failure");
        }
        if (tool != null && SessionRows.EDIT_TOOLS.contains(tool)) {
            decisions(
                    next,
                    "accept",
                    sum(group, Measure.ACCEPTED_USER_PERMANENT) + sum(group, Measure.ACCEPTED_USER_TEMPORARY),
                    sum(group, Measure.ACCEPTED_CONFIG)
                            + sum(group, Measure.ACCEPTED_HOOK)
                            + sum(group, Measure.ACCEPTED_OTHER));
            decisions(
                    next,
                    "reject",
                    sum(group, Measure.REJECTED_USER_ABORT) + sum(group, Measure.REJECTED_USER_REJECT),
                    sum(group, Measure.REJECTED_CONFIG)
                            + sum(group, Measure.REJECTED_HOOK)
                            + sum(group, Measure.REJECTED_OTHER));
        }
    }

    private static void decisions(ExportSnapshot.Builder next, String decision, double byPerson, double others) {
        next.add(ExportInstrument.EDIT_DECISIONS, byPerson, decision, "person");
        next.add(ExportInstrument.EDIT_DECISIONS, others, decision, ExportLabel.OTHER);
    }

    /** A period of which nothing is known had nobody in it. */
    private static void people(ExportSnapshot.Builder next, JsonNode found, Instant readAt) {
        for (Period period : ExportQuestions.OF_PEOPLE) {
            double users = 0;
            for (JsonNode hit : found) {
                JsonNode document = hit.path("_source");
                if (document.path("period").asText().equals(period.parameter())
                        && startsAt(document, period.start(readAt))) {
                    users = Math.max(users, document.path("users").asDouble());
                }
            }
            next.add(ExportInstrument.ACTIVE_USERS, users, period.parameter());
        }
    }

    private static boolean startsAt(JsonNode document, Instant start) {
        JsonNode at = document.path("starting_at");
        return at.isNumber()
                ? at.asLong() == start.toEpochMilli()
                : Instant.parse(at.asText()).equals(start);
    }

    private static void dropped(ExportSnapshot.Builder next, ExportLabel label, BoundedNames names) {
        next.add(
                ExportInstrument.DROPPED_LABEL_VALUES,
                names.dropped(),
                label.key().getKey());
    }

    private static List<String> largestFirst(List<JsonNode> groups, String field, String ofNull, String measured) {
        Map<String, Double> sums = new HashMap<>();
        for (JsonNode group : groups) {
            String name = key(group, field);
            sums.merge(name == null ? ofNull : name, sum(group, measured), Double::sum);
        }
        return sums.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static @Nullable String key(JsonNode group, String field) {
        JsonNode value = group.path("key").path(field);
        return value.isTextual() ? value.asText() : null;
    }

    private static double sum(JsonNode group, Measure measure) {
        return sum(group, measure.field());
    }

    private static double sum(JsonNode group, String field) {
        return Composite.sum(group, field);
    }
}
