package io.sluice.sql;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The SQL that comes with Sluice. */
public final class Bundle {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{(\\w+)}");

    /** In the order of their numbers; a test compares it with the folder. */
    private static final List<String> QUERIES = List.of(
            "01-spend-by-month-day-hour",
            "02-spend-by-user",
            "03-active-users-and-sessions",
            "04-spend-by-model",
            "05-tokens-per-minute",
            "06-cache-hit-ratio",
            "07-spend-by-team",
            "08-spend-by-repository",
            "09-main-subagent-auxiliary",
            "10-effort-and-fast-mode",
            "11-skills-agents-mcp-servers",
            "12-output-and-what-it-costs",
            "13-accept-rate",
            "14-tools",
            "15-latency",
            "16-api-errors",
            "17-active-time",
            "18-expensive-sessions",
            "19-denied-calls",
            "20-fleet",
            "21-accept-rate-by-language",
            "22-standing-alerts",
            "23-ledger-and-telemetry",
            "24-what-became-of-records");

    private Bundle() {}

    /**
     * A bundled query.
     *
     * @param name for example {@code 02-spend-by-user}
     * @param question that it answers, one sentence
     */
    public record Query(String name, String question, String sql) {}

    public static List<Query> queries() {
        return QUERIES.stream().map(Bundle::read).toList();
    }

    /**
     * One query.
     *
     * @param name in full, or its number, or the part after the number
     * @throws SqlException if there is none of that name
     */
    public static Query query(String name) {
        for (String candidate : QUERIES) {
            if (candidate.equals(name)
                    || candidate.startsWith(name + "-")
                    || candidate.substring(3).equals(name)) {
                return read(candidate);
            }
        }
        throw new SqlException("query: " + name + " (expected: one of " + String.join(", ", QUERIES) + ")");
    }

    private static Query read(String name) {
        String sql = resource("queries/" + name + ".sql");
        String first = sql.lines().findFirst().orElse("");
        return new Query(name, first.replaceFirst("^-- (Question \\d+: )?", ""), sql);
    }

    /** The statements that make the tables, in order. */
    static List<String> tables(Map<String, String> variables) {
        return Statements.split(filled(resource("tables.sql"), variables));
    }

    /** The statements that make the views, in order. */
    static List<String> views() {
        return Statements.split(resource("views.sql"));
    }

    private static String filled(String text, Map<String, String> variables) {
        return VARIABLE.matcher(text).replaceAll(found -> {
            String value = variables.get(found.group(1));
            if (value == null) {
                throw new IllegalArgumentException("${" + found.group(1) + "}: no such variable");
            }
            return Matcher.quoteReplacement(value.replace("'", "''"));
        });
    }

    private static String resource(String name) {
        InputStream in = Bundle.class.getResourceAsStream(name);
        if (in == null) {
            throw new IllegalStateException(name + ": not on the class path");
        }
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            StringBuilder text = new StringBuilder();
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                text.append(line).append('\n');
            }
            return text.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(name + ": not readable", e);
        }
    }
}
