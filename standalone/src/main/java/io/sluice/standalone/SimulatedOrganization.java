package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.simulator.Batch;
import io.sluice.simulator.OtlpSender;
import io.sluice.simulator.Simulation;
import io.sluice.simulator.SimulationOptions;
import io.sluice.simulator.SpendKey.Dimension;
import io.sluice.simulator.SpendTotals;
import io.sluice.simulator.Truth;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Sends a simulated organization's telemetry, and compares what {@code GET /v1/spend} then says with the truth. */
final class SimulatedOrganization {
    private static final List<String> BY = List.of("user", "model");

    private final Settings settings;
    private final Api api;
    private final SimulationOptions options;
    private final Truth truth = new Truth();

    SimulatedOrganization(Settings settings, Api api, SimulationSize size, long seed) {
        this.settings = settings;
        this.api = api;
        this.options = SimulationOptions.of(
                seed, size.users(), size.days(), SimulationOptions.lastMidnight(Clock.systemUTC()));
    }

    /** What a row is about: the day's start, the user, the model. */
    private record Row(String day, String user, String model) implements Comparable<Row> {
        @Override
        public int compareTo(Row other) {
            int byDay = day.compareTo(other.day);
            int byUser = byDay != 0 ? byDay : user.compareTo(other.user);
            return byUser != 0 ? byUser : model.compareTo(other.model);
        }
    }

    /**
     * @param rows how many were compared
     * @param differences one line each; empty: all rows are equal
     */
    record Comparison(int rows, long spendMicros, List<String> differences) {
        boolean matches() {
            return differences.isEmpty();
        }
    }

    /** Returns when the receiver has stored everything. */
    OtlpSender.Report send() throws IOException, InterruptedException {
        long start = options.start().toEpochMilli();
        long whole = Duration.between(options.start(), options.end()).toMinutes();
        OtlpSender sender = new OtlpSender(OtlpSender.Options.to(settings.otlpUrl()));
        try (Bar bar = Bar.of("Simulated time", whole, " h", 60)) {
            long[] furthest = {0};
            OtlpSender.Report report = sender.send(
                    truth.addingFrom(new Simulation(options).batches()), (Batch batch, OtlpSender.Report soFar) -> {
                        long minutes = (batch.sentAt().toEpochMilli() - start) / 60_000;
                        if (minutes > furthest[0]) {
                            furthest[0] = minutes;
                            bar.at(minutes);
                        }
                        bar.say(Table.count(soFar.totalRecords()) + " records");
                    });
            bar.at(whole);
            return report;
        }
    }

    /** Compares by day, user and model. Rows of other users are none of its business. */
    Comparison compare() throws InterruptedException {
        Map<Row, SpendTotals> expected = new TreeMap<>();
        Set<String> users = new HashSet<>();
        truth.rollUp(Truth.Period.DAY, Set.of(Dimension.USER, Dimension.MODEL)).forEach((group, totals) -> {
            String user = group.values().getOrDefault(Dimension.USER, "");
            users.add(user);
            expected.put(
                    new Row(group.startingAt().toString(), user, group.values().getOrDefault(Dimension.MODEL, "")),
                    totals);
        });
        Map<Row, SpendTotals> actual = new TreeMap<>();
        JsonNode answer = SpendCommand.ask(
                api,
                "day",
                BY,
                List.of(),
                options.start().toString(),
                options.end().toString());
        for (JsonNode row : answer.path("data")) {
            JsonNode group = row.path("group");
            if (users.contains(group.path("user").asText())) {
                actual.put(
                        new Row(
                                row.path("starting_at").asText(),
                                group.path("user").asText(),
                                group.path("model").asText()),
                        totals(row));
            }
        }
        List<String> differences = new ArrayList<>();
        Set<Row> all = new TreeSet<>(expected.keySet());
        all.addAll(actual.keySet());
        for (Row row : all) {
            SpendTotals wanted = expected.get(row);
            SpendTotals found = actual.get(row);
            if (wanted == null || !wanted.equals(found)) {
                differences.add(row.day() + " " + row.user() + " " + row.model() + ": " + text(found) + " (expected: "
                        + text(wanted) + ")");
            }
        }
        return new Comparison(all.size(), truth.total().micros(), differences);
    }

    /** By source: what the ledger must have received of it. */
    Map<String, Long> received(OtlpSender.Report report) {
        Map<String, Long> received = new TreeMap<>();
        report.records()
                .forEach((signal, records) ->
                        received.put(OtlpFile.Signal.valueOf(signal.name()).source(), records));
        return received;
    }

    private static SpendTotals totals(JsonNode row) {
        JsonNode tokens = row.path("tokens");
        return new SpendTotals(
                row.path("spend_micros").asLong(),
                row.path("requests").isNumber() ? row.path("requests").asLong() : null,
                tokens.path("input").asLong(),
                tokens.path("output").asLong(),
                tokens.path("cache_read").asLong(),
                tokens.path("cache_write").asLong());
    }

    private static String text(@Nullable SpendTotals totals) {
        return totals == null
                ? "nothing"
                : Money.dollars(totals.micros()) + ", " + (totals.requests() == null ? "-" : totals.requests())
                        + " requests, tokens " + totals.inputTokens() + "/" + totals.outputTokens() + "/"
                        + totals.cacheReadTokens() + "/" + totals.cacheCreationTokens();
    }
}
