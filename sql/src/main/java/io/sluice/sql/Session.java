package io.sluice.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.ResultKind;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;
import org.jspecify.annotations.Nullable;

/**
 * The tables and views over the topics of one Kafka, and what somebody has made and set since. Queries run in this JVM.
 * Of use to one thread at a time.
 *
 * <p>Batch unless set otherwise: a query sees the topics up to where they end when it starts, and ends. With {@code SET
 * 'execution.runtime-mode' = 'streaming'} it goes on, and its rows say how they change the result.
 */
public final class Session implements AutoCloseable {
    static final String MODE = "execution.runtime-mode";

    private static final Pattern SET =
            Pattern.compile("SET(?: '([^']*)' ?= ?'((?:[^']|'')*)')?", Pattern.CASE_INSENSITIVE);
    private static final Pattern RESET = Pattern.compile("RESET(?: '([^']*)')?", Pattern.CASE_INSENSITIVE);
    private static final Pattern DEFINITION =
            Pattern.compile("(CREATE|DROP|ALTER|USE|LOAD|UNLOAD) .*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    /** What a laptop has left beside the stack. */
    private static final int MOST_PARALLELISM = 4;

    private final String kafka;
    private final Map<String, String> defaults;
    private final Map<String, String> settings = new TreeMap<>();
    /** What somebody has defined, to be defined again in the other mode. */
    private final List<String> definitions = new ArrayList<>();

    private final Cluster cluster;
    private TableEnvironment environment;

    /**
     * Starts Flink, and makes the tables and views; asks nothing of Kafka yet.
     *
     * @param kafka {@code host:port}
     * @param overrides settings as Flink names them
     */
    public Session(String kafka, Map<String, String> overrides) {
        this.kafka = kafka;
        int parallelism = Math.min(Runtime.getRuntime().availableProcessors(), MOST_PARALLELISM);
        defaults = new TreeMap<>(Map.of(
                MODE,
                "batch",
                "table.local-time-zone",
                "UTC",
                // Else a partition without new records holds back all others.
                "table.exec.source.idle-timeout",
                "5 s",
                "restart-strategy.type",
                "none",
                "parallelism.default",
                Integer.toString(parallelism)));
        defaults.putAll(overrides);
        settings.putAll(defaults);
        try {
            String slots = defaults.getOrDefault("taskmanager.numberOfTaskSlots", Integer.toString(MOST_PARALLELISM));
            cluster = new Cluster(defaults, Integer.parseInt(slots));
        } catch (Exception e) {
            throw SqlException.of(e);
        }
        environment = environment();
    }

    @Override
    public void close() throws Exception {
        cluster.close();
    }

    /** What a statement gave: rows, text, or neither. */
    public sealed interface Answer {
        /**
         * @param changes whether rows may take back earlier ones
         */
        record Rows(TableResult result, boolean changes) implements Answer {}

        record Text(String text) implements Answer {}
    }

    boolean streaming() {
        return settings.getOrDefault(MODE, "batch").equalsIgnoreCase("streaming");
    }

    TableEnvironment tables() {
        return environment;
    }

    private TableEnvironment environment() {
        Map<String, String> all = new TreeMap<>(settings);
        all.putAll(cluster.target());
        TableEnvironment made = TableEnvironment.create(EnvironmentSettings.newInstance()
                .withConfiguration(Configuration.fromMap(all))
                .build());
        Bundle.tables(Map.of("kafka", kafka, "bounded", streaming() ? "unbounded" : "latest-offset"))
                .forEach(made::executeSql);
        Bundle.views().forEach(made::executeSql);
        definitions.forEach(made::executeSql);
        return made;
    }

    /**
     * Runs one statement. Rows come as they are read from the answer.
     *
     * @throws SqlException if it cannot be run
     */
    public Answer execute(String statement) {
        String plain = Statements.plain(statement);
        Matcher set = SET.matcher(plain);
        if (set.matches()) {
            return set(set.group(1), set.group(2));
        }
        Matcher reset = RESET.matcher(plain);
        if (reset.matches()) {
            return reset(reset.group(1));
        }
        try {
            TableResult result = environment.executeSql(statement);
            if (DEFINITION.matcher(plain).matches()) {
                definitions.add(statement);
            }
            return result.getResultKind() == ResultKind.SUCCESS_WITH_CONTENT
                    ? new Answer.Rows(
                            result, streaming() && result.getJobClient().isPresent())
                    : new Answer.Text("Done.");
        } catch (Exception e) {
            throw SqlException.of(e);
        }
    }

    private Answer set(@Nullable String key, @Nullable String value) {
        if (key == null || value == null) {
            StringBuilder text = new StringBuilder();
            settings.forEach((name, is) ->
                    text.append('\'').append(name).append("' = '").append(is).append("'\n"));
            return new Answer.Text(text.toString().stripTrailing());
        }
        if (key.equals(MODE) && !List.of("batch", "streaming").contains(value.toLowerCase(Locale.ROOT))) {
            throw new SqlException(MODE + ": " + value + " (expected: batch, streaming)");
        }
        Map<String, String> before = new TreeMap<>(settings);
        settings.put(key, value.replace("''", "'"));
        return changed(before);
    }

    private Answer reset(@Nullable String key) {
        Map<String, String> before = new TreeMap<>(settings);
        if (key == null) {
            settings.clear();
            settings.putAll(defaults);
        } else if (defaults.containsKey(key)) {
            settings.put(key, defaults.getOrDefault(key, ""));
        } else {
            settings.remove(key);
        }
        return changed(before);
    }

    /** Flink decides when an environment is made for which mode it plans, and what else it runs with. */
    private Answer changed(Map<String, String> before) {
        try {
            environment = environment();
            return new Answer.Text("Done.");
        } catch (Exception e) {
            settings.clear();
            settings.putAll(before);
            throw SqlException.of(e);
        }
    }
}
