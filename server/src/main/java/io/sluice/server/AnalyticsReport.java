package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.codemetrics.Measure;
import io.sluice.core.directory.Directories;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Seats;
import io.sluice.core.spend.Users;
import io.sluice.schema.Index;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/organizations/analytics/users} and {@code …/summaries}, with the paths and the records of the Claude Enterprise
 * Analytics API. What Sluice does not measure is null there, so that it is not mistaken for nothing.
 */
final class AnalyticsReport {
    static final Set<String> PARAMETERS =
            Set.of(Route.ORGANIZATION, "date", "starting_date", "ending_date", "limit", "page");
    static final Set<String> OF_USERS =
            Stream.concat(PARAMETERS.stream(), Stream.of("group_by[]")).collect(Collectors.toUnmodifiableSet());

    private static final String GROUP = "rbac_group_id";

    private static final long MOST_DAYS = 366;
    private static final int MOST_COUNTS = 10_000;
    private static final Composite USERS = new Composite(List.of("user"));

    /** [from, to). */
    private record Range(LocalDate from, LocalDate to) {
        Instant start() {
            return from.atStartOfDay(ZoneOffset.UTC).toInstant();
        }

        Instant end() {
            return to.atStartOfDay(ZoneOffset.UTC).toInstant();
        }
    }

    private final Elastic elastic;
    private final Directories directories;

    AnalyticsReport(Elastic elastic, Directories directories) {
        this.elastic = elastic;
        this.directories = directories;
    }

    private static Range range(Parameters parameters) {
        LocalDate date = date(parameters, "date");
        LocalDate from = date(parameters, "starting_date");
        LocalDate to = date(parameters, "ending_date");
        if (date != null && from == null && to == null) {
            return new Range(date, date.plusDays(1));
        }
        if (date != null || from == null || to == null) {
            throw Refusal.invalid(
                    "date", date == null ? "missing" : date.toString(), "date, or starting_date and ending_date");
        }
        if (!from.isBefore(to) || ChronoUnit.DAYS.between(from, to) > MOST_DAYS) {
            throw Refusal.invalid(
                    "ending_date", to.toString(), "1 to " + MOST_DAYS + " days after starting_date " + from);
        }
        return new Range(from, to);
    }

    private static @Nullable LocalDate date(Parameters parameters, String name) {
        String given = parameters.text(name);
        try {
            return given == null ? null : LocalDate.parse(given);
        } catch (DateTimeParseException e) {
            throw Refusal.invalid(name, given, "a day, YYYY-MM-DD");
        }
    }

    CompletableFuture<ObjectNode> users(String orgId, Parameters parameters, Privacy privacy) {
        Range range = range(parameters);
        int limit = parameters.limit();
        PageToken page = parameters.page();
        ObjectNode measured = ClaudeCodeReport.measured();
        measured.putObject("session_days").putObject("sum").put("field", Measure.SESSION_DAYS.field());
        measured.putObject("sessions")
                .putObject("cardinality")
                .put("field", "session_id")
                .put("precision_threshold", 40_000);
        measured.putObject("last_at").putObject("max").put("field", "last_at");
        List<ObjectNode> filters = new ArrayList<>(List.of(Elastic.between("starting_at", range.start(), range.end())));
        filters.add(CodeMetricsReport.claudeCode());
        ObjectNode named = JsonNodeFactory.instance.objectNode();
        named.putObject("bool").putArray("must_not").add(Elastic.term("user", Users.UNATTRIBUTED));
        filters.add(named);
        if (byGroup(parameters)) {
            return USERS.askAll(elastic, orgId, Index.CODE_METRICS, filters, measured)
                    .thenApply(buckets -> groups(directories.of(orgId), buckets, limit, page));
        }
        return USERS.page(
                        elastic,
                        orgId,
                        Index.CODE_METRICS,
                        filters,
                        measured,
                        user -> true,
                        privacy,
                        limit,
                        page.position())
                .thenApply(buckets -> {
                    ObjectNode answer = JsonNodeFactory.instance.objectNode();
                    ArrayNode data = answer.putArray("data");
                    boolean more = buckets.size() > limit;
                    List<JsonNode> shown = more ? buckets.subList(0, limit) : buckets;
                    Directory directory = directories.of(orgId);
                    shown.forEach(bucket -> data.add(user(directory, bucket, privacy)));
                    String next = more ? page.next(USERS.position(USERS.key(shown.get(limit - 1)), privacy)) : null;
                    return answer.put("has_more", more).put("next_page", next);
                });
    }

    private static boolean byGroup(Parameters parameters) {
        List<String> groups = parameters.all("group_by[]");
        if (!groups.isEmpty() && !groups.equals(List.of(GROUP))) {
            throw Refusal.invalid("group_by[]", String.join(", ", groups), GROUP);
        }
        return !groups.isEmpty();
    }

    private static ObjectNode groups(Directory directory, List<JsonNode> buckets, int limit, PageToken page) {
        AnalyticsByGroup groups = new AnalyticsByGroup(
                directory,
                buckets.stream()
                        .map(bucket -> bucket.path("key").path("user").asText())
                        .toList(),
                buckets.stream()
                        .map(bucket -> user(directory, bucket, Privacy.NAMED)) // groups name nobody
                        .toList());
        JsonNode position = page.position();
        List<ObjectNode> rows =
                groups.after(position == null ? null : position.path(GROUP).asText());
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode data = answer.putArray("data");
        rows.stream().limit(limit).forEach(data::add);
        ObjectNode last = JsonNodeFactory.instance.objectNode();
        boolean more = rows.size() > limit;
        if (more) {
            last.set(GROUP, rows.get(limit - 1).get(GROUP));
        }
        return answer.put("has_more", more).put("next_page", more ? page.next(last) : null);
    }

    private static ObjectNode user(Directory directory, JsonNode bucket, Privacy privacy) {
        String label = bucket.path("key").path("user").asText();
        String id = directory.usersWithLabel(label).stream()
                .map(user -> user.content().getAccountId())
                .filter(account -> account != null && !account.isEmpty())
                .findFirst()
                .orElse(label.indexOf('@') >= 0 ? null : label);
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        row.putObject("user")
                .put("id", privacy.otherName(label, id))
                .put("email_address", privacy.otherName(label, ClaudeCodeReport.email(directory, label)))
                .put("type", "user");
        row.putNull("chat_metrics");
        ObjectNode code = row.putObject("claude_code_metrics");
        ObjectNode core = code.putObject("core_metrics");
        core.put("commit_count", Composite.sum(bucket, Measure.COMMITS.field()))
                .put("distinct_session_count", Composite.sum(bucket, "sessions"));
        core.putObject("lines_of_code")
                .put("added_count", Composite.sum(bucket, Measure.LINES_ADDED.field()))
                .put("removed_count", Composite.sum(bucket, Measure.LINES_REMOVED.field()));
        core.put("pull_request_count", Composite.sum(bucket, Measure.PULL_REQUESTS.field()));
        code.set("tool_actions", ClaudeCodeReport.toolActions(bucket, "accepted_count", "rejected_count"));
        row.putNull("cowork_metrics")
                .putNull("design_metrics")
                .putNull("office_metrics")
                .putNull("science_metrics");
        row.putNull("web_search_count");
        JsonNode last = bucket.path("last_at").path("value");
        row.put(
                "last_activity_date",
                last.isNumber()
                        ? Instant.ofEpochMilli(last.asLong())
                                .atZone(ZoneOffset.UTC)
                                .toLocalDate()
                                .toString()
                        : null);
        return row;
    }

    /** Weeks are ISO weeks and months calendar months: those that the day is in, as far as they are known. */
    CompletableFuture<ObjectNode> summaries(String orgId, Parameters parameters) {
        Range range = range(parameters);
        LocalDate first = range.from.withDayOfMonth(1).minusDays(7);
        List<ObjectNode> filters = new ArrayList<>(List.of(
                Elastic.term("dimension", "organization"),
                Elastic.between(
                        "starting_at", first.atStartOfDay(ZoneOffset.UTC).toInstant(), range.end())));
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", MOST_COUNTS);
        return elastic.search(orgId, Index.ACTIVE_USERS, filters, body).thenApply(response -> {
            Map<String, Long> counts = new HashMap<>();
            for (JsonNode hit : response.path("hits").path("hits")) {
                JsonNode source = hit.path("_source");
                counts.put(
                        source.path("period").asText()
                                + source.path("starting_at").asText().substring(0, 10),
                        source.path("users").asLong());
            }
            long seats = Seats.of(directories.of(orgId)).stream()
                    .mapToLong(tier -> tier.assigned().size())
                    .sum();
            ObjectNode answer = JsonNodeFactory.instance.objectNode();
            ArrayNode summaries = answer.putArray("summaries");
            for (LocalDate day = range.from; day.isBefore(range.to); day = day.plusDays(1)) {
                summaries.add(summary(day, counts, seats));
            }
            return answer.put("has_more", false).putNull("next_page");
        });
    }

    private static ObjectNode summary(LocalDate day, Map<String, Long> counts, long seats) {
        ObjectNode summary = JsonNodeFactory.instance.objectNode();
        summary.put("date", day.toString()).put("assigned_seat_count", seats).putNull("pending_invite_count");
        LocalDate monday = day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
        List<String> names = List.of("daily", "weekly", "monthly");
        List<String> keys = List.of("day" + day, "week" + monday, "month" + day.withDayOfMonth(1));
        for (int i = 0; i < names.size(); i++) {
            long users = counts.getOrDefault(keys.get(i), 0L);
            summary.put(names.get(i) + "_active_user_count", users);
            if (seats == 0) {
                summary.putNull(names.get(i) + "_adoption_rate");
            } else {
                summary.put(names.get(i) + "_adoption_rate", (double) users / seats);
            }
            summary.put("claude_code_" + names.get(i) + "_active_user_count", users);
            for (String product : List.of("chat", "cowork", "office_agent", "claude_design", "science")) {
                summary.putNull(product + "_" + names.get(i) + "_active_user_count");
            }
        }
        return summary;
    }
}
