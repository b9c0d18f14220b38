package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "spend",
        description = "Shows who spent what. Without a range: the newest month that has data.",
        mixinStandardHelpOptions = true)
final class SpendCommand implements Callable<Integer> {
    private static final int PAGE = 1000;

    @Mixin
    private Common common = new Common();

    @Option(
            names = "--period",
            paramLabel = "PERIOD",
            defaultValue = "month",
            description = "hour, day, week or month (default: ${DEFAULT-VALUE}).")
    private String period = "month";

    @Option(
            names = "--by",
            paramLabel = "DIMENSION",
            split = ",",
            defaultValue = "user",
            description = "user, team, organization, model, repository, product, mcp_server, skill, terminal; several"
                    + " with commas (default: ${DEFAULT-VALUE}).")
    private List<String> by = List.of("user");

    @Option(names = "--user", paramLabel = "EMAIL", split = ",", description = "Only these users.")
    private List<String> users = List.of();

    @Option(names = "--from", paramLabel = "TIME", description = "Start, for example 2026-11-01; UTC.")
    private @Nullable String from;

    @Option(names = "--to", paramLabel = "TIME", description = "End, not included.")
    private @Nullable String to;

    @Override
    public Integer call() throws InterruptedException {
        ObjectNode answer = ask(new Api(common.settings()), period, by, users, from, to);
        if (common.json) {
            common.printJson(answer);
        } else {
            common.print(text(answer, by));
        }
        return 0;
    }

    /** The whole answer: all pages as one. */
    static ObjectNode ask(
            Api api, String period, List<String> by, List<String> users, @Nullable String from, @Nullable String to)
            throws InterruptedException {
        List<Api.Parameter> parameters = new ArrayList<>();
        parameters.add(new Api.Parameter("period", period));
        by.forEach(dimension -> parameters.add(new Api.Parameter("group_by[]", dimension)));
        users.forEach(user -> parameters.add(new Api.Parameter("user", user)));
        if (from != null) {
            parameters.add(new Api.Parameter("starting_at", from));
        }
        if (to != null) {
            parameters.add(new Api.Parameter("ending_at", to));
        }
        parameters.add(new Api.Parameter("limit", Integer.toString(PAGE)));
        return api.getAll("/v1/spend", parameters);
    }

    static String text(JsonNode answer, List<String> by) {
        if (answer.path("data").isEmpty()) {
            return answer.path("starting_at").isTextual()
                    ? "No spend in " + range(answer) + "."
                    : "No spend yet. Point a Claude Code client at Sluice, import session files with ./sluice import"
                            + " ~/.claude/projects, or try ./sluice demo.";
        }
        String period = answer.path("period").asText("month");
        List<Table.Column> columns = new ArrayList<>();
        columns.add(Table.Column.text(period));
        by.forEach(dimension -> columns.add(Table.Column.text(dimension)));
        for (String title : List.of("spend USD", "requests", "input", "output", "cache read", "cache write")) {
            columns.add(Table.Column.number(title));
        }
        Table table = new Table(columns);
        long micros = 0;
        long requests = 0;
        for (JsonNode row : answer.path("data")) {
            List<String> cells = new ArrayList<>();
            cells.add(label(period, row.path("starting_at").asText()));
            by.forEach(dimension -> cells.add(row.path("group").path(dimension).asText("(none)")));
            cells.addAll(amounts(row));
            table.row(cells);
            micros += row.path("spend_micros").asLong();
            requests += row.path("requests").asLong();
        }
        if (answer.path("data").size() > 1) {
            List<String> total = new ArrayList<>(List.of("total"));
            by.forEach(dimension -> total.add(""));
            total.add(Money.dollars(micros));
            total.add(Table.count(requests));
            total.addAll(List.of("", "", "", ""));
            table.row(total);
        }
        return "Spend in " + range(answer) + System.lineSeparator() + System.lineSeparator() + table.render();
    }

    private static List<String> amounts(JsonNode row) {
        JsonNode tokens = row.path("tokens");
        return List.of(
                Money.dollars(row.path("spend_micros").asLong()),
                // Counters tell what was spent, but not in how many requests.
                row.path("requests").isNumber()
                        ? Table.count(row.path("requests").asLong())
                        : "-",
                Table.count(tokens.path("input").asLong()),
                Table.count(tokens.path("output").asLong()),
                Table.count(tokens.path("cache_read").asLong()),
                Table.count(tokens.path("cache_write").asLong()));
    }

    private static String range(JsonNode answer) {
        String start = answer.path("starting_at").asText("");
        String end = answer.path("ending_at").asText("");
        return (start.isEmpty() ? "all time" : short_(start)) + (end.isEmpty() ? "" : " to " + short_(end))
                + " (UTC, end not included)";
    }

    private static String short_(String time) {
        return time.replace("T00:00:00Z", "");
    }

    private static String label(String period, String start) {
        return switch (period) {
            case "hour" -> start.replace(":00:00Z", "h");
            case "month" -> start.substring(0, Math.min(7, start.length()));
            default -> short_(start);
        };
    }
}
