package io.sluice.spend;

import io.sluice.core.spend.Amounts;
import io.sluice.core.spend.Dimensions;
import io.sluice.core.spend.Periods;
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
 * (delta or cumulative, with or without the session), both or nothing; session files may be imported on top; records may
 * lack their person or name another one, be sent twice, and come in any order.
 */
final class SpendScenario {
    record Input(Topic topic, byte[] value, long receivedAtMicros) {}

    /** Cells by user, model, terminal, cloud and hour; requests are 0 where only counters tell. */
    record Cell(String user, String model, @Nullable String terminal, boolean remote, long hour) {
        static Cell of(Sheet.Update update) {
            Dimensions dimensions = Documents.dimensions(update.cell());
            return new Cell(
                    dimensions.user(),
                    dimensions.model(),
                    dimensions.terminal(),
                    dimensions.remote(),
                    update.cell().hour());
        }
    }

    private record Request(
            String id, Instant at, String model, long input, long output, long micros, boolean nameless) {}

    /** A process of the client: what its records say about where they come from. */
    private record Client(
            String session,
            String installation,
            Owner owner,
            @Nullable String terminal,
            boolean remote) {

        /** As its session's file tells it: neither terminal nor cloud. */
        Client inFile() {
            return new Client(session, installation, owner, null, false);
        }

        void spend(Actor actor, String model, Instant at, Amounts amounts) {
            String user = actor.getEmail() == null ? "" : actor.getEmail();
            owner.spent.merge(
                    new Cell(user, model, terminal, remote, at.getEpochSecond() / 3600), amounts, Amounts::plus);
        }
    }

    /** A session, or an installation's counters without session: what names nobody is its person's. */
    private static final class Owner {
        final Map<Cell, Amounts> spent = new HashMap<>(); // by user as named; empty: by nobody
        private String person = Users.UNATTRIBUTED;
        private long since = Long.MAX_VALUE;

        void named(Actor actor, Instant at) {
            String user = actor.getEmail();
            if (user != null && (micros(at) < since || (micros(at) == since && user.compareTo(person) < 0))) {
                person = user;
                since = micros(at);
            }
        }

        void addTo(Map<Cell, Amounts> truth) {
            spent.forEach((cell, amounts) -> truth.merge(
                    new Cell(
                            cell.user().isEmpty() ? person : cell.user(),
                            cell.model(),
                            cell.terminal(),
                            cell.remote(),
                            cell.hour()),
                    amounts,
                    Amounts::plus));
        }
    }

    /** What a counter without session says of (from, to]. */
    private record Interval(Client client, Actor actor, String model, Instant from, Instant to, Amounts amounts) {}

    private record Used(String installation, Instant at) {}

    private static final Instant START = Instant.parse("2026-11-10T09:00:00Z");
    private static final Duration LATENESS = Duration.ofHours(2);
    private static final Duration OPEN_AFTER_END = Duration.ofDays(35);
    private static final List<String> MODELS = List.of("claude-opus-4-5", "claude-haiku-4-5");
    private static final List<String> TERMINALS = List.of("vscode", "xterm");
    private static final Actor NOBODY = Actor.newBuilder().build();

    final List<Input> inputs = new ArrayList<>();

    /** Distinct records that report no request. */
    int others;

    final Map<Cell, Amounts> truth = new HashMap<>();

    private final Random random;
    private final boolean untilClosed;
    private final PriceBook prices = PriceBook.bundled();
    private final List<Interval> withoutSession = new ArrayList<>();
    private final List<Used> used = new ArrayList<>();
    private final Map<String, Owner> installations = new TreeMap<>();
    private int events;

    SpendScenario(long seed, int sessions) {
        this(seed, sessions, List.of(START), false);
    }

    /**
     * @param starts about when sessions begin
     * @param untilClosed whether records come until their month is closed; else within hours
     */
    SpendScenario(long seed, int sessions, List<Instant> starts, boolean untilClosed) {
        random = new Random(seed);
        this.untilClosed = untilClosed;
        for (int s = 0; s < sessions; s++) {
            session("s" + s, starts.get(random.nextInt(starts.size())));
        }
        for (Interval interval : withoutSession) {
            boolean reported = used.stream()
                    .anyMatch(each -> each.installation.equals(interval.client.installation)
                            && each.at.isAfter(interval.from)
                            && !each.at.isAfter(interval.to));
            if (!reported) {
                interval.client.spend(interval.actor, interval.model, interval.to, interval.amounts);
            }
        }
        installations.values().forEach(owner -> owner.addTo(truth));
        truth.values().removeIf(Amounts::isZero);
    }

    private void session(String session, Instant begin) {
        String user = random.nextInt(5) == 0 ? null : "user" + random.nextInt(2) + "@example.com";
        String other = user != null && random.nextInt(4) == 0 ? "user" + random.nextInt(3) + "@example.com" : user;
        boolean file = random.nextInt(3) == 0;
        Owner owner = new Owner();
        Instant at = begin.plusSeconds(random.nextInt(7200));
        int processes = 1 + random.nextInt(3);
        for (int p = 0; p < processes; p++) {
            // An installation is of one month here: what is known of one is forgotten with its months.
            Client client = new Client(
                    session,
                    "installation-" + random.nextInt(2) + "-of-" + begin,
                    owner,
                    TERMINALS.get(random.nextInt(TERMINALS.size())),
                    random.nextInt(4) == 0);
            at = process(client, p, user, other, file, at).plusSeconds(2 + random.nextInt(60));
        }
        owner.addTo(truth);
    }

    private Instant process(
            Client client, int number, @Nullable String user, @Nullable String other, boolean file, Instant start) {
        boolean logs = random.nextInt(4) > 0;
        boolean metrics = random.nextInt(4) > 0;
        boolean cumulative = random.nextBoolean();
        Client counting = metrics && random.nextInt(4) == 0
                ? new Client(
                        "",
                        client.installation,
                        installations.computeIfAbsent(client.installation, key -> new Owner()),
                        client.terminal,
                        client.remote)
                : client;
        Actor counted = who(user, other); // an attribute of the series
        long sequence = 0;
        if (logs) {
            add(Topic.ACTIVITY, activity(client, sequence++, start, who(user, other)));
        }
        if (metrics && counting == client) {
            add(
                    Topic.COUNTERS,
                    point(
                            client,
                            "claude_code.session.count",
                            null,
                            null,
                            start,
                            start.plusSeconds(1),
                            1,
                            cumulative,
                            who(user, other)));
        }
        Instant at = start.plusMillis(200);
        Map<String, Series> series = new TreeMap<>();
        int requests = random.nextInt(6);
        for (int r = 0; r < requests; r++) {
            at = at.plusSeconds(1 + random.nextInt(900));
            Request request = request(client.session + "-" + number + "-" + r, at);
            Actor actor = who(user, other);
            if (logs) {
                add(Topic.USAGE, usage(client, sequence++, request, actor));
                used.add(new Used(client.installation, at));
                if (request.nameless && random.nextBoolean()) {
                    // A proxy reports it again, a little later, by the client's id alone.
                    Request later = new Request(
                            request.id,
                            at.plusNanos(1000),
                            request.model,
                            request.input,
                            request.output,
                            request.micros,
                            true);
                    UsageEvent again = usage(client, -1, later, who(user, other));
                    again.setEventId("again-" + request.id);
                    again.setMessageId(null);
                    add(Topic.USAGE, again);
                    used.add(new Used(client.installation, later.at));
                }
            }
            if (file) {
                add(Topic.USAGE, line(client, request));
                if (random.nextInt(3) == 0) {
                    advisor(client, request, logs);
                }
            }
            if (logs || file) {
                (logs ? client : client.inFile())
                        .spend(
                                logs ? actor : NOBODY,
                                request.model,
                                at,
                                amounts(request, logs ? request.micros : priced(request)));
            }
            if (metrics) {
                series.computeIfAbsent(request.model, model -> new Series(request.at.minusMillis(5)))
                        .add(request);
                if (random.nextBoolean() || r == requests - 1) {
                    Instant exported = at.plusMillis(300);
                    for (Map.Entry<String, Series> each : series.entrySet()) {
                        if (cumulative || each.getValue().newMicros > 0) {
                            export(
                                    counting,
                                    client.session + number,
                                    each.getKey(),
                                    each.getValue(),
                                    exported,
                                    cumulative,
                                    counted);
                            if (counting != client) {
                                withoutSession.add(new Interval(
                                        counting,
                                        counted,
                                        each.getKey(),
                                        each.getValue().from,
                                        exported,
                                        each.getValue().fresh()));
                            } else if (!logs && !file) {
                                client.spend(
                                        counted,
                                        each.getKey(),
                                        exported,
                                        each.getValue().fresh());
                            }
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
        private Instant from; // of what is new
        private double cost;
        private long input;
        private long output;
        private long newMicros;
        private long newInput;
        private long newOutput;

        Series(Instant start) {
            this.start = start;
            this.from = start;
        }

        void add(Request request) {
            cost += request.micros / 1e6;
            input += request.input;
            output += request.output;
            newMicros += request.micros;
            newInput += request.input;
            newOutput += request.output;
        }

        Amounts fresh() {
            return new Amounts(newMicros, 0, newInput, newOutput, 0, 0);
        }

        void exported(Instant at, boolean cumulative) {
            newMicros = 0;
            newInput = 0;
            newOutput = 0;
            from = at;
            if (!cumulative) {
                start = at;
                cost = 0;
                input = 0;
                output = 0;
            }
        }
    }

    /** @param process whose series it is */
    private void export(
            Client client, String process, String model, Series series, Instant at, boolean cumulative, Actor actor) {
        Map<String, Double> values = new TreeMap<>(
                Map.of("", series.cost, "input", (double) series.input, "output", (double) series.output));
        values.forEach((type, value) -> {
            CounterPoint point = point(
                    client,
                    type.isEmpty() ? "claude_code.cost.usage" : "claude_code.token.usage",
                    model,
                    type.isEmpty() ? null : type,
                    series.start,
                    at,
                    value,
                    cumulative,
                    actor);
            point.setSeriesId(process + point.getSeriesId());
            add(Topic.COUNTERS, point);
        });
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
    private void advisor(Client client, Request advised, boolean inTelemetry) {
        Request advisor = request(advised.id + ":advisor:0", advised.at);
        add(Topic.USAGE, line(client, advisor));
        client.inFile().spend(NOBODY, advisor.model, advisor.at, amounts(advisor, inTelemetry ? 0 : priced(advisor)));
    }

    private static Amounts amounts(Request request, long micros) {
        return new Amounts(micros, 1, request.input, request.output, 0, 0);
    }

    /** Now the one, now the other, now nobody. */
    private Actor who(@Nullable String user, @Nullable String other) {
        String named = random.nextInt(3) == 0 ? other : user;
        return random.nextInt(2) > 0 ? Actor.newBuilder().setEmail(named).build() : NOBODY;
    }

    private static Actor of(Client client, Actor actor) {
        return Actor.newBuilder(actor).setInstallationId(client.installation).build();
    }

    private UsageEvent usage(Client client, long sequence, Request request, Actor actor) {
        client.owner.named(actor, request.at);
        UsageEvent event = line(client, request);
        event.setEventId("otlp-" + request.id);
        event.setReceivedAt(micros(received(request.at)));
        event.setSource("otlp-logs");
        event.setHistorical(false);
        event.setActor(of(client, actor));
        if (sequence >= 0) {
            event.setSequence(sequence);
        }
        event.setClientRequestId("client_" + request.id);
        event.setRepository("https://git.example.com/acme/billing");
        event.setTerminal(client.terminal);
        event.setRemote(client.remote);
        event.setReportedCostMicros(request.micros);
        // Telemetry may not know the request's id, until the file tells it.
        if (request.nameless) {
            event.setRequestId(null);
        } else {
            event.setMessageId(null);
        }
        return event;
    }

    /** Of a session file, which knows neither repository nor terminal: the copies of a request are booked in different cells. */
    private UsageEvent line(Client client, Request request) {
        return UsageEvent.newBuilder()
                .setOrgId("acme")
                .setEventId("file-" + request.id)
                .setOccurredAt(micros(request.at))
                .setReceivedAt(micros(received(request.at)))
                .setSource("session-file")
                .setHistorical(true)
                .setActor(NOBODY)
                .setSessionId(client.session)
                .setRequestId("req_" + request.id)
                .setMessageId("msg_" + request.id)
                .setModel(request.model)
                .setProduct("claude-code")
                .setInputTokens(request.input)
                .setOutputTokens(request.output)
                .build();
    }

    private ActivityEvent activity(Client client, long sequence, Instant at, Actor actor) {
        client.owner.named(actor, at);
        return ActivityEvent.newBuilder()
                .setOrgId("acme")
                .setEventId("activity-" + events++)
                .setOccurredAt(micros(at))
                .setReceivedAt(micros(received(at)))
                .setSource("otlp-logs")
                .setActor(of(client, actor))
                .setSessionId(client.session)
                .setSequence(sequence)
                .setName("managed_settings_resolved")
                .setProduct("claude-code")
                .build();
    }

    private CounterPoint point(
            Client client,
            String metric,
            @Nullable String model,
            @Nullable String type,
            Instant start,
            Instant time,
            double value,
            boolean cumulative,
            Actor actor) {
        client.owner.named(actor, time);
        return CounterPoint.newBuilder()
                .setOrgId("acme")
                .setEventId("point-" + events++)
                .setOccurredAt(micros(time))
                .setReceivedAt(micros(received(time)))
                .setSource("otlp-metrics")
                .setActor(of(client, actor))
                .setSessionId(client.session.isEmpty() ? null : client.session)
                .setMetric(metric)
                .setTemporality(cumulative ? Temporality.CUMULATIVE : Temporality.DELTA)
                .setStartAt(micros(start))
                .setValue(value)
                .setSeriesId(client.session + metric + model + type + actor.getEmail())
                .setProduct("claude-code")
                .setModel(model)
                .setType(type)
                .setTerminal(client.terminal)
                .setRemote(client.remote)
                .build();
    }

    private Instant received(Instant at) {
        if (!untilClosed) {
            return at.plusSeconds(random.nextInt((int) LATENESS.toSeconds()));
        }
        long open = Periods.monthClosesAtMillis(micros(at), OPEN_AFTER_END) - at.toEpochMilli() - 1;
        return at.plusMillis((long) (random.nextDouble() * open));
    }

    private static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    private void add(Topic topic, SpecificRecordBase record) {
        byte[] value = encode(record);
        others += topic == Topic.USAGE ? 0 : 1;
        long received =
                (Long) record.get(record.getSchema().getField("received_at").pos());
        int times = random.nextInt(5) == 0 ? 2 : 1;
        for (int i = 0; i < times; i++) {
            inputs.add(new Input(topic, value, received));
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
