package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.codemetrics.Metric;
import io.sluice.core.directory.Directories;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.core.privacy.TeamDays;
import io.sluice.core.spend.Users;
import io.sluice.schema.Index;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The table of {@link TeamDays}, kept in Elasticsearch. Whoever asks first for a day that has settled freezes it, whatever was
 * asked; of several servers the first writer wins, and the others read what it wrote.
 */
final class FrozenDays {
    /** What a cell is the sum of: results of the aggregations of {@link #FIGURES}. */
    record Figures(JsonNode rows, JsonNode ledger) {}

    /** Everything that may be asked for of a table of teams by days. */
    static final CodeMetricsFigures FIGURES = new CodeMetricsFigures(
            Arrays.stream(Metric.values())
                    .filter(metric -> TeamOnlyReport.addsUp(metric) || metric == Metric.ACTIVE_USERS)
                    .toList(),
            Period.DAY,
            false);

    /** Days that are frozen at once, so that the people of much history are not all in memory. */
    private static final int FROZEN_AT_ONCE = 7;

    /** Days that are read at once: of a large organization one has a megabyte. */
    private static final int READ_AT_ONCE = 14;

    private static final List<String> JOBS = List.of("code-metrics", "spend");
    private static final String VALUE = "value";

    /** How the people of a frozen day were counted. Labels were, by earlier builds, where the directory was empty. */
    private static final String COUNTED_BY = "counted_by";

    private static final String DIRECTORY = "directory";

    private final Elastic elastic;
    private final Directories directories;
    private final Clock clock;

    FrozenDays(Elastic elastic, Directories directories, Clock clock) {
        this.elastic = elastic;
        this.directories = directories;
        this.clock = clock;
    }

    /** Whether anybody can be counted at all. */
    boolean knowsPeople(String orgId) {
        return directories.of(orgId).users().size() > 0;
    }

    /** The first day, since the epoch, that has not settled: neither by the clock nor by what the jobs have read. */
    CompletableFuture<Long> firstUnsettled() {
        CompletableFuture<Instant> known = CompletableFuture.completedFuture(clock.instant());
        for (String job : JOBS) {
            known = known.thenCombine(
                    elastic.watermark(job),
                    (until, mark) -> mark == null || until.isBefore(Instant.parse(mark)) ? until : Instant.parse(mark));
        }
        return known.thenApply(TeamDays::firstUnsettled);
    }

    /**
     * Cells that may be told, of days since the epoch in [from, to) that have settled.
     *
     * @param to at most {@link #firstUnsettled}
     */
    CompletableFuture<List<TeamDays.Cell<Figures>>> told(String orgId, long from, long to, int minimum) {
        List<Long> days = LongStream.range(from, to).boxed().toList();
        return read(orgId, days)
                .thenCompose(known -> {
                    List<Long> open =
                            days.stream().filter(day -> !known.containsKey(day)).toList();
                    return freeze(orgId, open, minimum, known);
                })
                .thenApply(known -> {
                    List<TeamDays.Cell<Figures>> cells = new ArrayList<>();
                    known.values().forEach(cells::addAll);
                    return TeamDays.told(cells, minimum);
                });
    }

    private CompletableFuture<NavigableMap<Long, List<TeamDays.Cell<Figures>>>> read(String orgId, List<Long> days) {
        CompletableFuture<NavigableMap<Long, List<TeamDays.Cell<Figures>>>> read =
                CompletableFuture.completedFuture(new TreeMap<>());
        for (int from = 0; from < days.size(); from += READ_AT_ONCE) {
            Map<String, Long> ids = new LinkedHashMap<>();
            days.subList(from, Math.min(days.size(), from + READ_AT_ONCE)).forEach(day -> ids.put(id(orgId, day), day));
            read = read.thenCompose(known -> elastic.documents(Index.TEAM_DAYS, List.copyOf(ids.keySet()))
                    .thenApply(documents -> {
                        ids.forEach((id, day) -> {
                            JsonNode document = documents.get(id);
                            if (document != null) {
                                known.put(day, cells(day, document));
                            }
                        });
                        return known;
                    }));
        }
        return read;
    }

    private CompletableFuture<NavigableMap<Long, List<TeamDays.Cell<Figures>>>> freeze(
            String orgId, List<Long> open, int minimum, NavigableMap<Long, List<TeamDays.Cell<Figures>>> known) {
        if (open.isEmpty()) {
            return CompletableFuture.completedFuture(known);
        }
        List<Long> now = open.subList(0, Math.min(open.size(), FROZEN_AT_ONCE));
        List<Long> later = open.subList(now.size(), open.size());
        return live(orgId, now)
                .thenCompose(cells -> {
                    List<Long> written = new ArrayList<>();
                    CompletableFuture<?> writes = CompletableFuture.completedFuture(null);
                    for (Map.Entry<Long, List<TeamDays.Cell<Figures>>> day : cells.entrySet()) {
                        List<TeamDays.Cell<Figures>> frozen = TeamDays.frozen(day.getValue(), minimum);
                        if (!frozen.isEmpty()) {
                            written.add(day.getKey());
                            writes = writes.thenCompose(done -> elastic.create(
                                    Index.TEAM_DAYS, id(orgId, day.getKey()), document(orgId, day.getKey(), frozen)));
                        }
                    }
                    return writes.thenCompose(done -> read(orgId, written));
                })
                .thenCompose(frozen -> {
                    known.putAll(frozen);
                    return freeze(orgId, later, minimum, known);
                });
    }

    /**
     * As the days are now. People and figures come from the same documents, read once: were they asked for one after the other,
     * somebody could come or go in between.
     */
    private CompletableFuture<Map<Long, List<TeamDays.Cell<Figures>>>> live(String orgId, List<Long> days) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("team", "team");
        fields.put("user", "user");
        Composite byUser = new Composite(Period.DAY, fields);
        List<ObjectNode> filters = new ArrayList<>(List.of(CodeMetricsReport.claudeCode(), during(days)));
        CompletableFuture<List<JsonNode>> rows =
                byUser.askAll(elastic, orgId, Index.CODE_METRICS, filters, FIGURES.ofRows());
        CompletableFuture<List<JsonNode>> cells =
                byUser.askAll(elastic, orgId, Index.SPEND_CELLS, filters, FIGURES.ofLedger());
        return rows.thenCombine(cells, (ofRows, ofLedger) -> {
            Directory directory = directories.of(orgId);
            Map<Long, Map<String, Sums>> sums = new TreeMap<>();
            ofRows.forEach(bucket -> sums(sums, bucket).addRows(bucket, person(directory, bucket)));
            ofLedger.forEach(bucket -> sums(sums, bucket).addLedger(bucket, person(directory, bucket)));
            Map<Long, List<TeamDays.Cell<Figures>>> found = new TreeMap<>();
            sums.forEach((day, teams) -> found.put(
                    day,
                    teams.entrySet().stream()
                            .map(team -> team.getValue().cell(team.getKey(), day))
                            .toList()));
            return found;
        });
    }

    private static Sums sums(Map<Long, Map<String, Sums>> sums, JsonNode bucket) {
        JsonNode key = bucket.path("key");
        long day = LocalDate.ofInstant(
                        Instant.ofEpochMilli(key.path(Composite.STARTING_AT).asLong()), ZoneOffset.UTC)
                .toEpochDay();
        JsonNode team = key.path("team");
        return sums.computeIfAbsent(day, each -> new TreeMap<>())
                .computeIfAbsent(team.isTextual() ? team.asText() : Users.UNASSIGNED, each -> new Sums());
    }

    /**
     * Whoever has several labels is one person. A label that the directory does not know is nobody: whoever may send telemetry
     * could invent people until there are enough. Null: nobody.
     */
    private static @Nullable String person(Directory directory, JsonNode bucket) {
        return directory
                .userByLabel(bucket.path("key").path("user").asText())
                .map(Document::id)
                .orElse(null);
    }

    private static final class Sums {
        private final Set<String> ofRows = new HashSet<>();
        private final Set<String> ofLedger = new HashSet<>();
        private JsonNode rows = MissingNode.getInstance();
        private JsonNode ledger = MissingNode.getInstance();

        void addRows(JsonNode bucket, @Nullable String person) {
            if (person != null && CodeMetricsFigures.people(bucket) > 0) {
                ofRows.add(person);
            }
            rows = TeamOnlyReport.sum(rows, values(bucket));
        }

        void addLedger(JsonNode bucket, @Nullable String person) {
            if (person != null && CodeMetricsFigures.people(bucket) > 0) {
                ofLedger.add(person);
            }
            ledger = TeamOnlyReport.sum(ledger, values(bucket));
        }

        /** Figures of which nobody is known to be behind could be anybody's, also one person's, and are left out. */
        TeamDays.Cell<Figures> cell(String team, long day) {
            if (rows instanceof ObjectNode told) {
                CodeMetricsFigures.setPeople(told, ofRows.size());
            }
            return new TeamDays.Cell<>(
                    team,
                    day,
                    TeamDays.people(ofRows.size(), ofLedger.size()),
                    new Figures(
                            ofRows.isEmpty() ? MissingNode.getInstance() : rows,
                            ofLedger.isEmpty() ? MissingNode.getInstance() : ledger));
        }

        /** Sums that are not 0, and no counts of documents. */
        private static ObjectNode values(JsonNode bucket) {
            ObjectNode values = JsonNodeFactory.instance.objectNode();
            bucket.properties().forEach(field -> {
                JsonNode of = field.getValue();
                if (field.getKey().equals("key") || !of.isObject()) {
                    return;
                }
                if (of.path(VALUE).isNumber()) {
                    if (of.path(VALUE).asDouble() != 0) {
                        values.putObject(field.getKey()).set(VALUE, of.path(VALUE));
                    }
                } else {
                    values.set(field.getKey(), values(of));
                }
            });
            return values;
        }
    }

    private static ObjectNode during(List<Long> days) {
        ObjectNode any = JsonNodeFactory.instance.objectNode();
        ArrayNode should = any.putObject("bool").put("minimum_should_match", 1).putArray("should");
        days.forEach(day -> should.add(Elastic.between(Composite.STARTING_AT, start(day), start(day + 1))));
        return any;
    }

    static Instant start(long day) {
        return LocalDate.ofEpochDay(day).atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    private static String id(String orgId, long day) {
        return Secret.sha256(orgId + '\n' + LocalDate.ofEpochDay(day));
    }

    private ObjectNode document(String orgId, long day, List<TeamDays.Cell<Figures>> frozen) {
        ObjectNode document = JsonNodeFactory.instance
                .objectNode()
                .put("org_id", orgId)
                .put(Composite.STARTING_AT, start(day).toString())
                .put("told_at", clock.instant().toString())
                .put(COUNTED_BY, DIRECTORY);
        ArrayNode cells = document.putArray("cells");
        for (TeamDays.Cell<Figures> cell : frozen) {
            ObjectNode json = cells.addObject().put("team", cell.team()).put("people", cell.people());
            json.set("rows", nothing(cell.figures().rows()));
            json.set("ledger", nothing(cell.figures().ledger()));
        }
        return document;
    }

    private static @Nullable JsonNode nothing(JsonNode figures) {
        return figures.isMissingNode() ? null : figures;
    }

    /** None of a day whose people may have been invented; it stays frozen, for it may have been told. */
    private static List<TeamDays.Cell<Figures>> cells(long day, JsonNode document) {
        List<TeamDays.Cell<Figures>> cells = new ArrayList<>();
        if (!document.path(COUNTED_BY).asText().equals(DIRECTORY)) {
            return cells;
        }
        for (JsonNode cell : document.path("cells")) {
            cells.add(new TeamDays.Cell<>(
                    cell.path("team").asText(),
                    day,
                    cell.path("people").asLong(),
                    new Figures(cell.path("rows"), cell.path("ledger"))));
        }
        return cells;
    }
}
