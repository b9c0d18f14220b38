package io.sluice.spend;

import io.sluice.core.spend.Amounts;
import io.sluice.core.spend.Dimensions;
import io.sluice.core.spend.PriceBook;
import io.sluice.core.spend.Sheet;
import io.sluice.core.spend.Users;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Actor;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.Temporality;
import io.sluice.schema.Topic;
import io.sluice.schema.UsageEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.specific.SpecificRecordBase;
import org.jspecify.annotations.Nullable;

/**
 * Some sessions of Claude Code as Sluice receives them, and what was really spent. Processes report events, counters
 * (delta or cumulative), both or nothing; session files may be imported on top; records may lack their person, be sent
 * twice, and come in any order.
 */
final class SpendScenario {
    record Input(Topic topic, byte[] value) {}

    /** Cells by user, model and hour; requests are 0 where only counters tell. */
    record Cell(String user, String model, long hour) {
        static Cell of(Sheet.Update update) {
            Dimensions dimensions = Documents.dimensions(update.cell());
            return new Cell(dimensions.user(), dimensions.model(), update.cell().hour());
        }
    }

    private record Request(
            String id, Instant at, String model, long input, long output, long micros, boolean nameless) {}

    private static final Instant START = Instant.parse("2026-11-10T09:00:00Z");
    private static final Duration LATENESS = Duration.ofHours(2);
    private static final List<String> MODELS = List.of("claude-opus-4-5", "claude-haiku-4-5");

    final List<Input> inputs = new ArrayList<>();

    /** Distinct records that report no request. */
    int others;

    final Map<Cell, Amounts> truth = new HashMap<>();

    private final Random random;
    private final PriceBook prices = PriceBook.bundled();
    private int events;

    SpendScenario(long seed, int sessions) {
        random = new Random(seed);
        for (int s = 0; s < sessions; s++) {
            session("s" + s);
        }
        truth.values().removeIf(Amounts::isZero);
    }

    private void session(String session) {
        String user = random.nextInt(5) == 0 ? null : "user" + random.nextInt(2) + "@example.com";
        boolean file = random.nextInt(3) == 0;
        Map<Cell, Amounts> spent = new HashMap<>();
        boolean[] anyoneNamed = {false};
        Instant at = START.plusSeconds(random.nextInt(7200));
        int processes = 1 + random.nextInt(3);
        for (int p = 0; p < processes; p++) {
            at = process(session, p, user, file, at, spent, anyoneNamed).plusSeconds(2 + random.nextInt(60));
        }
        String booked = user != null && anyoneNamed[0] ? user : Users.UNATTRIBUTED;
        spent.forEach(
                (cell, amounts) -> truth.merge(new Cell(booked, cell.model(), cell.hour()), amounts, Amounts::plus));
    }

    private Instant process(
            String session,
            int number,
            @Nullable String user,
            boolean file,
            Instant start,
            Map<Cell, Amounts> spent,
            boolean[] anyoneNamed) {
        boolean logs = random.nextInt(4) > 0;
        boolean metrics = random.nextInt(4) > 0;
        boolean cumulative = random.nextBoolean();
        long sequence = 0;
        if (logs) {
            add(Topic.ACTIVITY, activity(session, sequence++, start, who(user, anyoneNamed)));
        }
        if (metrics) {
            add(
                    Topic.COUNTERS,
                    point(
                            session,
                            "claude_code.session.count",
                            null,
                            null,
                            start,
                            start.plusSeconds(1),
                            1,
                            cumulative,
                            who(user, anyoneNamed)));
        }
        Instant at = start.plusMillis(200);
        Map<String, Series> series = new TreeMap<>();
        int requests = random.nextInt(6);
        for (int r = 0; r < requests; r++) {
            at = at.plusSeconds(1 + random.nextInt(900));
            Request request = request(session + "-" + number + "-" + r, at);
            if (logs) {
                add(Topic.USAGE, usage(session, sequence++, request, who(user, anyoneNamed), false));
                if (request.nameless && random.nextBoolean()) {
                    // A proxy reports it again, by the client's id alone.
                    UsageEvent again = usage(session, -1, request, who(user, anyoneNamed), false);
                    again.setEventId("again-" + request.id);
                    again.setMessageId(null);
                    again.setOccurredAt(again.getOccurredAt() + 1);
                    add(Topic.USAGE, again);
                }
            }
            if (file) {
                add(Topic.USAGE, usage(session, -1, request, null, true));
                if (random.nextInt(3) == 0) {
                    advisor(session, request, logs, spent);
                }
            }
            if (logs || file) {
                spend(spent, request.model, at, logs ? request.micros : priced(request), 1, request);
            }
            if (metrics) {
                series.computeIfAbsent(request.model, model -> new Series(request.at.minusMillis(5)))
                        .add(request);
                if (random.nextBoolean() || r == requests - 1) {
                    Instant exported = at.plusMillis(300);
                    for (Map.Entry<String, Series> each : series.entrySet()) {
                        if (cumulative || each.getValue().newMicros > 0) {
                            export(
                                    session,
                                    each.getKey(),
                                    each.getValue(),
                                    exported,
                                    cumulative,
                                    who(user, anyoneNamed));
                        }
                        if (!logs && !file) {
                            each.getValue().book(spent, each.getKey(), exported);
                        }
                        each.getValue().exported(exported, cumulative);
                    }
                }
            }
        }
        return at;
    }

    private static final class Series {
        private Instant start;
        private double cost;
        private long input;
        private long output;
        private long newMicros;
        private long newInput;
        private long newOutput;

        Series(Instant start) {
            this.start = start;
        }

        void add(Request request) {
            cost += request.micros / 1e6;
            input += request.input;
            output += request.output;
            newMicros += request.micros;
            newInput += request.input;
            newOutput += request.output;
        }

        void book(Map<Cell, Amounts> spent, String model, Instant exported) {
            spent.merge(
                    new Cell("", model, exported.getEpochSecond() / 3600),
                    new Amounts(newMicros, 0, newInput, newOutput, 0, 0),
                    Amounts::plus);
        }

        void exported(Instant at, boolean cumulative) {
            newMicros = 0;
            newInput = 0;
            newOutput = 0;
            if (!cumulative) {
                start = at;
                cost = 0;
                input = 0;
                output = 0;
            }
        }
    }

    private void export(String session, String model, Series series, Instant at, boolean cumulative, Actor actor) {
        Instant start = series.start;
        add(
                Topic.COUNTERS,
                point(session, "claude_code.cost.usage", model, null, start, at, series.cost, cumulative, actor));
        String tokens = "claude_code.token.usage";
        add(
                Topic.COUNTERS,
                point(session, tokens, model, "input", start, at, (double) series.input, cumulative, actor));
        add(
                Topic.COUNTERS,
                point(session, tokens, model, "output", start, at, (double) series.output, cumulative, actor));
    }

    private Request request(String id, Instant at) {
        long input = 1L + random.nextInt(5000);
        long output = 1L + random.nextInt(2000);
        String model = MODELS.get(random.nextInt(MODELS.size()));
        Request request = new Request(id, at, model, input, output, 0, false);
        // What the client reports is not what the list says: the two must not be mixed up.
        return new Request(id, at, model, input, output, priced(request) + 7, random.nextInt(4) == 0);
    }

    private long priced(Request request) {
        return prices.price(new PriceBook.Request(
                        request.model, request.at, request.input, request.output, 0, 0, 0, 0, 0, false, false, null))
                .micros();
    }

    /** A second model was asked within the request. Telemetry has its cost within the request's, and not its tokens. */
    private void advisor(String session, Request advised, boolean inTelemetry, Map<Cell, Amounts> spent) {
        Request advisor = request(advised.id + ":advisor:0", advised.at);
        add(Topic.USAGE, usage(session, -1, advisor, null, true));
        spend(spent, advisor.model, advisor.at, inTelemetry ? 0 : priced(advisor), 1, advisor);
    }

    private static void spend(
            Map<Cell, Amounts> spent, String model, Instant at, long micros, long requests, Request request) {
        spent.merge(
                new Cell("", model, at.getEpochSecond() / 3600),
                new Amounts(micros, requests, request.input, request.output, 0, 0),
                Amounts::plus);
    }

    private Actor who(@Nullable String user, boolean[] anyoneNamed) {
        Actor.Builder actor = Actor.newBuilder();
        if (user != null && random.nextInt(2) > 0) {
            anyoneNamed[0] = true;
            actor.setEmail(user);
        }
        return actor.build();
    }

    private UsageEvent usage(String session, long sequence, Request request, @Nullable Actor actor, boolean file) {
        return UsageEvent.newBuilder()
                .setOrgId("acme")
                .setEventId((file ? "file-" : "otlp-") + request.id)
                .setOccurredAt(micros(request.at))
                .setReceivedAt(micros(received(request.at)))
                .setSource(file ? "session-file" : "otlp-logs")
                .setHistorical(file)
                .setActor(actor == null ? Actor.newBuilder().build() : actor)
                .setSessionId(session)
                .setSequence(sequence < 0 ? null : sequence)
                // Telemetry may not know the request's id, until the file tells it.
                .setRequestId(file || !request.nameless ? "req_" + request.id : null)
                .setMessageId(file || request.nameless ? "msg_" + request.id : null)
                .setClientRequestId(file ? null : "client_" + request.id)
                .setModel(request.model)
                .setProduct("claude-code")
                // Files do not know it: the copies of a request are booked in different cells.
                .setRepository(file ? null : "https://git.example.com/acme/billing")
                .setInputTokens(request.input)
                .setOutputTokens(request.output)
                .setReportedCostMicros(file ? null : request.micros)
                .build();
    }

    private ActivityEvent activity(String session, long sequence, Instant at, Actor actor) {
        return ActivityEvent.newBuilder()
                .setOrgId("acme")
                .setEventId("activity-" + events++)
                .setOccurredAt(micros(at))
                .setReceivedAt(micros(received(at)))
                .setSource("otlp-logs")
                .setActor(actor)
                .setSessionId(session)
                .setSequence(sequence)
                .setName("managed_settings_resolved")
                .setProduct("claude-code")
                .build();
    }

    private CounterPoint point(
            String session,
            String metric,
            @Nullable String model,
            @Nullable String type,
            Instant start,
            Instant time,
            double value,
            boolean cumulative,
            Actor actor) {
        return CounterPoint.newBuilder()
                .setOrgId("acme")
                .setEventId("point-" + events++)
                .setOccurredAt(micros(time))
                .setReceivedAt(micros(received(time)))
                .setSource("otlp-metrics")
                .setActor(actor)
                .setSessionId(session)
                .setMetric(metric)
                .setTemporality(cumulative ? Temporality.CUMULATIVE : Temporality.DELTA)
                .setStartAt(micros(start))
                .setValue(value)
                .setSeriesId(session + metric + model + type)
                .setProduct("claude-code")
                .setModel(model)
                .setType(type)
                .build();
    }

    private Instant received(Instant at) {
        return at.plusSeconds(random.nextInt((int) LATENESS.toSeconds()));
    }

    private static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    private void add(Topic topic, SpecificRecordBase record) {
        byte[] value = encode(record);
        others += topic == Topic.USAGE ? 0 : 1;
        int times = random.nextInt(5) == 0 ? 2 : 1;
        for (int i = 0; i < times; i++) {
            inputs.add(new Input(topic, value));
        }
    }

    private static byte[] encode(SpecificRecordBase record) {
        try {
            ByteBuffer bytes = new BinaryMessageEncoder<SpecificRecordBase>(
                            record.getSpecificData(), record.getSchema())
                    .encode(record);
            byte[] value = new byte[bytes.remaining()];
            bytes.get(value);
            return value;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
