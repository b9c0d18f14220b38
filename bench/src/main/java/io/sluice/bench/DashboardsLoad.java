package io.sluice.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.Index;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;

/**
 * What an organization leaves in the indices: five days of seven everybody works, in two hours of the day, with seven tools.
 * That is twenty rows of code metrics and four cells of spend a person and working day.
 */
final class DashboardsLoad {
    static final String ORGANIZATION = "bench";
    static final Instant START = Instant.parse("2026-08-03T00:00:00Z"); // a Monday

    private static final List<String> TOOLS = List.of("Read", "Edit", "Bash", "Grep", "Write", "Glob", "mcp_tool");
    private static final List<String> LANGUAGES = List.of("Java", "TypeScript", "Python", "Go", "Rust");
    private static final List<String> MODELS = List.of("claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5");
    private static final List<String> TERMINALS = List.of("vscode", "iTerm.app", "tmux");
    private static final List<String> OUTCOMES = List.of("accepted", "duplicate", "rejected", "late", "ignored");
    private static final int TEAMS = 40;
    private static final int REPOSITORIES = 200;
    private static final int CALLS = 12; // of a tool in an hour, at most

    private final int users;
    private final int days;
    private final SplittableRandom random;
    private final BiConsumer<Index, ObjectNode> out;
    private final List<ObjectNode> rows = new ArrayList<>(); // of the hour that is being written

    private long spendMicros;
    private long prompts;

    /** @param out gets each document */
    DashboardsLoad(int users, int days, long seed, BiConsumer<Index, ObjectNode> out) {
        this.users = users;
        this.days = days;
        this.random = new SplittableRandom(seed);
        this.out = out;
    }

    /** Everything that happened on one day, 0 to {@code days}. */
    void day(int day) {
        Instant midnight = START.plus(Duration.ofDays(day));
        boolean working = day % 7 < 5;
        if (working) {
            for (int user = 0; user < users; user++) {
                for (int hour : new int[] {9 + user % 3, 14 + user % 4}) {
                    work(user, midnight.plus(Duration.ofHours(hour)));
                }
            }
        }
        people("day", midnight, working ? users : 0);
        if (day % 7 == 0) {
            people("week", midnight, users);
        }
        for (int hour = 0; hour < 24; hour++) {
            ObjectNode ledger = document()
                    .put("source", "otlp-logs")
                    .put("hour", midnight.plus(Duration.ofHours(hour)).toString())
                    .put("received", 100L * users);
            OUTCOMES.forEach(outcome -> ledger.put(outcome, outcome.equals("accepted") ? 96L * users : users));
            out.accept(Index.LEDGER, ledger);
        }
        for (int i = 0; i < users / 50; i++) {
            out.accept(
                    Index.ALERTS,
                    document()
                            .put("kind", "spend_threshold")
                            .put("status", i % 3 == 0 ? "firing" : "resolved")
                            .put("threshold", List.of(50, 80, 100).get(i % 3))
                            .put("at", midnight.plus(Duration.ofHours(i % 24)).toString()));
            out.accept(
                    Index.DEAD_LETTERS,
                    document()
                            .put("source", "otlp-logs")
                            .put("reason", i % 2 == 0 ? "number-out-of-range" : "not-json")
                            .put(
                                    "received_at",
                                    midnight.plus(Duration.ofHours(i % 24)).toString()));
        }
    }

    /** What is written of the time from noon of the first day on. */
    double spendUsd() {
        return spendMicros / 1e6;
    }

    /** The same. */
    long prompts() {
        return prompts;
    }

    int days() {
        return days;
    }

    private static ObjectNode document() {
        return JsonNodeFactory.instance.objectNode().put("org_id", ORGANIZATION);
    }

    private void people(String period, Instant start, long count) {
        out.accept(
                Index.ACTIVE_USERS,
                document()
                        .put("period", period)
                        .put("starting_at", start.toString())
                        .put("dimension", "organization")
                        .put("value", ORGANIZATION)
                        .put("users", count)
                        .put("approximate", false));
        for (int team = 0; team < TEAMS; team++) {
            out.accept(
                    Index.ACTIVE_USERS,
                    document()
                            .put("period", period)
                            .put("starting_at", start.toString())
                            .put("dimension", "team")
                            .put("value", "team-" + team)
                            .put("users", count / TEAMS)
                            .put("approximate", false));
        }
    }

    /** Labels that rows and cells of a person have in common. */
    private ObjectNode work(int user, Instant hour, String repository) {
        return document()
                .put("empty", false)
                .put("starting_at", hour.toString())
                .put("user", "user" + user + "@example.com")
                .put("team", "team-" + user % TEAMS)
                .put("team_source", "directory")
                .put("product", "claude-code")
                .put("repository", repository)
                .put("terminal", TERMINALS.get(user % TERMINALS.size()))
                .put("remote", false);
    }

    private void work(int user, Instant hour) {
        String repository = "github.com/example/repository-" + (user * 7 + random.nextInt(3)) % REPOSITORIES;
        boolean counts = !hour.isBefore(START.plus(DashboardsCommand.FIRST_HOURS));
        int asked = 1 + random.nextInt(8);
        prompts += counts ? asked : 0;
        row(user, hour, repository)
                .put("sessions_started", 1)
                .put("session_hours", 1)
                .put("session_days", 1)
                .put("prompts", asked)
                .put("active_user_micros", 600_000_000L)
                .put("active_cli_micros", 900_000_000L)
                .put("lines_added", random.nextInt(200))
                .put("lines_removed", random.nextInt(80))
                .put("commits", random.nextInt(3))
                .put("pull_requests", random.nextInt(2))
                .put("events_seen", 200)
                .put("last_at", hour.toString());
        for (String tool : TOOLS) {
            ObjectNode row = row(user, hour, repository).put("tool", tool);
            int calls = 1 + random.nextInt(CALLS);
            row.put("tool_succeeded", calls).put("tool_failed", random.nextInt(2));
            for (int i = 0; i < calls; i++) {
                row.withArray("tool_duration_ms").add(5 + random.nextInt(2_000));
            }
            if (tool.equals("Edit") || tool.equals("Write")) {
                row.put("language", LANGUAGES.get(user % LANGUAGES.size()))
                        .put("accepted_config", random.nextInt(5))
                        .put("accepted_user_temporary", random.nextInt(5))
                        .put("rejected_user_reject", random.nextInt(2));
            } else if (tool.equals("mcp_tool")) {
                row.put("mcp_server", "server-" + user % 12).put("mcp_connected", 1);
            }
        }
        ObjectNode rare = row(user, hour, repository);
        switch (random.nextInt(4)) {
            case 0 -> rare.put("skill", "skill-" + user % 30).put("skill_activations", 1);
            case 1 -> rare.put("agent", "Explore").put("subagent_runs", 1);
            case 2 -> rare.put("mode", "plan").put("mode_changes", 1);
            default -> rare.put("status", "529").put("api_errors", 1);
        }
        for (int i = 0; i < 2; i++) {
            String model = MODELS.get((user + i) % MODELS.size());
            long micros = 1_000L + random.nextInt(900_000);
            spendMicros += counts ? micros : 0;
            int requests = 1 + random.nextInt(40);
            out.accept(
                    Index.SPEND_CELLS,
                    work(user, hour, repository)
                            .put("model", model)
                            .put("mcp_server", "server-" + user % 12)
                            .put("basis", "events")
                            .put("requests", requests)
                            .put("input_tokens", 50L * requests)
                            .put("output_tokens", 400L * requests)
                            .put("cache_read_tokens", 40_000L * requests)
                            .put("cache_creation_tokens", 2_000L * requests)
                            .put("spend_micros", micros));
        }
        ObjectNode requests = row(user, hour, repository)
                .put("model", MODELS.get(user % MODELS.size()))
                .put("api_requests", 30);
        for (int i = 0; i < 30; i++) {
            requests.withArray("api_duration_ms").add(500 + random.nextInt(20_000));
        }
        rows.forEach(row -> out.accept(Index.CODE_METRICS, row));
        rows.clear();
    }

    /** A row of code metrics, to be filled. */
    private ObjectNode row(int user, Instant hour, String repository) {
        ObjectNode row = work(user, hour, repository)
                .put("session_id", "session-" + user + "-" + hour.getEpochSecond())
                .put("app_version", "2.1." + user % 20);
        rows.add(row);
        return row;
    }
}
