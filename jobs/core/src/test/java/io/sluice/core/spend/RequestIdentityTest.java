package io.sluice.core.spend;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.spend.Copies.Copy;
import io.sluice.core.spend.RequestMessage.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever the order in which reports of requests arrive, the same cells and the same ledger come out. */
class RequestIdentityTest {
    private static final Comparator<String> BY_HASH = Comparator.comparing(id -> Id.of(Id.Kind.REQUEST, "acme", id));

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 300);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void orderDoesNotMatter(long seed) {
        Random random = new Random(seed);
        List<Copy> copies = randomCopies(random);
        Map<Cell, Amounts> expected = model(copies);
        for (int order = 0; order < 4; order++) {
            Collections.shuffle(copies, random);
            Pipeline pipeline = new Pipeline(random);
            copies.forEach(pipeline::record);
            pipeline.drain();
            assertThat(pipeline.cells()).as("seed %d order %d", seed, order).isEqualTo(expected);
            assertThat(pipeline.ledger.get(Count.ACCEPTED))
                    .as("seed %d: one accepted record per request", seed)
                    .isEqualTo(expected.values().stream()
                            .mapToLong(Amounts::requests)
                            .sum());
            assertThat(pipeline.ledger.getOrDefault(Count.ACCEPTED, 0L)
                            + pipeline.ledger.getOrDefault(Count.DUPLICATE, 0L))
                    .as("seed %d: every record ends once", seed)
                    .isEqualTo(copies.size());
        }
    }

    @Test
    void sameReportTwiceIsADuplicate() {
        Copy copy = Copies.copy("e1", "r1", null, null, false, CostBasis.REPORTED_MICROS, "a", 1, 100, 5);
        Pipeline pipeline = new Pipeline(new Random(1));
        pipeline.record(copy);
        pipeline.record(copy);
        pipeline.drain();
        assertThat(pipeline.cells().values()).containsExactly(copy.amounts());
        assertThat(pipeline.ledger).containsEntry(Count.ACCEPTED, 1L).containsEntry(Count.DUPLICATE, 1L);
    }

    @Test
    void telemetryBeatsSessionFileWhicheverComesFirst() {
        Copy file = Copies.copy("f", "r1", null, "m1", false, CostBasis.PRICED, "unattributed", 1, 90, 5);
        Copy otlp = Copies.copy("o", "r1", "c1", null, false, CostBasis.REPORTED_MICROS, "alice", 2, 100, 5);
        for (List<Copy> order : List.of(List.of(file, otlp), List.of(otlp, file))) {
            Pipeline pipeline = new Pipeline(new Random(1));
            order.forEach(pipeline::record);
            pipeline.drain();
            assertThat(pipeline.cells()).containsExactly(Map.entry(otlp.cell(), otlp.amounts()));
            assertThat(pipeline.touched).contains(file.cell());
        }
    }

    /** A side question repeats the parent's message under a request id of its own. */
    @Test
    void replayedMessageBelongsToItsParent() {
        Copy parent = Copies.copy("p", "r1", null, "m1", false, CostBasis.PRICED, "a", 1, 100, 5);
        Copy replay = Copies.copy("q", "r2", null, "m1", true, CostBasis.PRICED, "a", 3, 100, 5);
        for (List<Copy> order : List.of(List.of(parent, replay), List.of(replay, parent))) {
            Pipeline pipeline = new Pipeline(new Random(1));
            order.forEach(pipeline::record);
            pipeline.drain();
            assertThat(pipeline.cells()).containsExactly(Map.entry(parent.cell(), parent.amounts()));
        }
    }

    /** A subagent's line is a sidechain's too, but its request is its own: telemetry reports it. */
    @Test
    void subagentsLineMeetsItsOwnRequest() {
        Copy file = Copies.copy("f", "r7", null, "m7", true, CostBasis.PRICED, "a", 1, 100, 5);
        Copy otlp = Copies.copy("o", "r7", "c7", null, false, CostBasis.REPORTED_MICROS, "a", 1, 101, 5);
        for (List<Copy> order : List.of(List.of(file, otlp), List.of(otlp, file))) {
            Pipeline pipeline = new Pipeline(new Random(1));
            order.forEach(pipeline::record);
            pipeline.drain();
            assertThat(pipeline.cells()).containsExactly(Map.entry(otlp.cell(), otlp.amounts()));
        }
    }

    /** What telemetry reports of a request includes its advisors; a session file tells the tokens of each. */
    @Test
    void advisorsCostIsWithinTheReportedOne() {
        Copy file = Copies.copy("f", "r1", null, "m1", false, CostBasis.PRICED, "a", 1, 0, 5);
        Copy first = advisor(file, 0, "b", 7);
        Copy second = advisor(file, 1, "b", 8);
        Copy fork = Copies.copy("g", "r1:advisor:1", null, "m1:advisor:1", false, CostBasis.PRICED, "c", 2, 0, 8);
        Copy otlp = Copies.copy("o", "r1", "c1", null, false, CostBasis.REPORTED_MICROS, "d", 1, 100, 5);
        Amounts advisors = first.amounts().plus(second.amounts());
        List<Copy> copies = new ArrayList<>(List.of(file, first, second, fork, otlp));
        for (int order = 0; order < 20; order++) {
            Random random = new Random(order);
            Collections.shuffle(copies, random);
            Pipeline both = new Pipeline(random);
            copies.forEach(both::record);
            both.drain();
            assertThat(both.cells())
                    .as("order %d", order)
                    .containsOnly(
                            Map.entry(otlp.cell(), otlp.amounts()), Map.entry(first.cell(), advisors.withoutCost()));
            assertThat(both.ledger).containsEntry(Count.ACCEPTED, 3L).containsEntry(Count.DUPLICATE, 2L);

            Pipeline onlyFile = new Pipeline(random);
            copies.stream().filter(copy -> copy != otlp).forEach(onlyFile::record);
            onlyFile.drain();
            assertThat(onlyFile.cells())
                    .as("order %d", order)
                    .containsOnly(Map.entry(file.cell(), file.amounts()), Map.entry(first.cell(), advisors));
        }
        assertThat(advisors.micros()).isPositive();
    }

    /** A gateway keeps the request id to itself: telemetry has the client's id, files have the message's. */
    @Test
    void eitherIdOfAReportWithoutRequestIdMeetsItsRequest() {
        Copy both = Copies.copy("b", null, "c1", "m1", false, CostBasis.REPORTED_MICROS, "a", 1, 100, 5);
        Copy client = Copies.copy("c", null, "c1", null, false, CostBasis.REPORTED_MICROS, "b", 1, 100, 6);
        Copy message = Copies.copy("m", null, null, "m1", false, CostBasis.PRICED, "a", 2, 0, 9);
        Copy main = Copies.copy("r", "r1", null, "m1", false, CostBasis.PRICED, "a", 2, 0, 9);
        Copy telemetry = Copies.copy("t", "r1", "c1", null, false, CostBasis.REPORTED_MICROS, "c", 1, 100, 9);
        for (List<Copy> set : List.of(
                List.of(both, client, message),
                List.of(both, client, message, main),
                List.of(both, client, message, telemetry),
                List.of(both, client, message, main, telemetry))) {
            Copy best = set.contains(telemetry) ? telemetry : client;
            for (int order = 0; order < 50; order++) {
                Random random = new Random(order);
                List<Copy> copies = new ArrayList<>(set);
                Collections.shuffle(copies, random);
                Pipeline pipeline = new Pipeline(random);
                copies.forEach(pipeline::record);
                pipeline.drain();
                assertThat(pipeline.cells())
                        .as("order %d of %d", order, set.size())
                        .containsExactly(Map.entry(best.cell(), best.amounts()));
                assertThat(pipeline.ledger)
                        .containsEntry(Count.ACCEPTED, 1L)
                        .containsEntry(Count.DUPLICATE, set.size() - 1L);
            }
        }
    }

    /** A report that waits under an alias moves, and its person is learned, in any order. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void correctionsMeetReportsThatMove(long seed) {
        Random random = new Random(seed);
        List<Runnable> steps = new ArrayList<>();
        Pipeline pipeline = new Pipeline(random);
        List<Copy> named = new ArrayList<>();
        for (Copy copy : randomCopies(random)) {
            boolean learned = copy.cell().equals(copy.report().unattributedCell());
            List<Runnable> inOrder = new ArrayList<>(List.of(() -> pipeline.record(copy)));
            if (learned) {
                inOrder.add(() -> pipeline.send(copy, Kind.CORRECTION, "alice"));
                inOrder.add(() -> pipeline.send(copy, Kind.CORRECTION, "bob"));
            }
            named.add(learned ? copy.of("bob") : copy);
            int from = 0;
            for (Runnable step : inOrder) {
                int at = from + random.nextInt(steps.size() - from + 1);
                steps.add(at, step);
                from = at + 1;
            }
        }
        steps.forEach(Runnable::run);
        pipeline.drain();
        assertThat(pipeline.cells()).as("seed %d", seed).isEqualTo(model(named));
    }

    @Test
    void correctionMovesSpendAndIsNoRecord() {
        Copy nobody = Copies.copy("e", "r", null, null, false, CostBasis.PRICED, "unattributed", 1, 100, 5);
        Pipeline pipeline = new Pipeline(new Random(1));
        pipeline.record(nobody);
        pipeline.send(nobody, Kind.CORRECTION, "alice");
        pipeline.drain();
        Cell alices = Copies.copy("e", "r", null, null, false, CostBasis.PRICED, "alice", 1, 100, 5)
                .cell();
        assertThat(pipeline.cells()).containsExactly(Map.entry(alices, nobody.amounts()));
        assertThat(pipeline.ledger).containsExactly(Map.entry(Count.ACCEPTED, 1L));
    }

    static List<Copy> randomCopies(Random random) {
        List<Copy> copies = new ArrayList<>();
        int requests = 1 + random.nextInt(6);
        for (int r = 0; r < requests; r++) {
            int count = 1 + random.nextInt(6);
            for (int i = 0; i < count; i++) {
                boolean file = random.nextBoolean();
                boolean named = random.nextInt(5) > 1;
                // A sidechain line of another message's request now and then: a replay.
                int message = random.nextInt(8) == 0 ? random.nextInt(requests) : r;
                boolean side = file && (message != r || random.nextInt(4) == 0);
                copies.add(Copies.copy(
                        "e" + r + "-" + i,
                        named || side ? "r" + r + (message != r ? "x" + i : "") : null,
                        !file && random.nextInt(3) > 0
                                ? "c" + (random.nextInt(10) == 0 ? random.nextInt(requests) : r)
                                : null,
                        file || random.nextBoolean() ? "m" + message : null,
                        side,
                        file ? CostBasis.PRICED : CostBasis.REPORTED_MICROS,
                        random.nextInt(3) == 0 ? "unattributed" : "user" + r % 2,
                        random.nextInt(3),
                        random.nextInt(1000),
                        random.nextInt(3)));
            }
        }
        addAdvisors(copies, random);
        return copies;
    }

    /** A line of a session file may tell an advisor's answer too. */
    private static void addAdvisors(List<Copy> copies, Random random) {
        for (Copy response : List.copyOf(copies)) {
            if (response.report().basis() != CostBasis.PRICED) {
                continue;
            }
            for (int n = random.nextInt(6) - 3; n >= 0; n--) {
                copies.add(advisor(
                        response,
                        n,
                        response.eventId().startsWith("e0") ? "user9" : "unattributed",
                        random.nextInt(3)));
            }
        }
    }

    private static Copy advisor(Copy response, int n, String user, long output) {
        String suffix = ":advisor:" + n;
        return Copies.copy(
                response.eventId() + suffix,
                response.requestId() == null ? null : response.requestId() + suffix,
                null,
                response.messageId() == null ? null : response.messageId() + suffix,
                response.sidechain(),
                CostBasis.PRICED,
                user,
                1,
                0,
                output);
    }

    /** The outcome by definition: which reports are of one request, and which of them is best. */
    static Map<Cell, Amounts> model(List<Copy> copies) {
        Map<String, Map<Integer, List<Report>>> byRequest = new HashMap<>();
        for (Copy copy : copies) {
            byRequest
                    .computeIfAbsent(identity(copy, copies), key -> new TreeMap<>())
                    .computeIfAbsent(copy.report().part(), key -> new ArrayList<>())
                    .add(copy.report());
        }
        Map<Cell, Amounts> cells = new HashMap<>();
        byRequest.values().forEach(parts -> {
            boolean reported = parts.getOrDefault(Report.RESPONSE, List.of()).stream()
                    .anyMatch(report -> report.basis() != CostBasis.PRICED);
            parts.forEach((part, reports) -> {
                Report best = Collections.min(reports, Report.BEST_FIRST);
                Amounts amounts = best.amounts();
                cells.merge(
                        best.cell(),
                        part != Report.RESPONSE && reported ? amounts.withoutCost() : amounts,
                        Amounts::plus);
            });
        });
        cells.values().removeIf(Amounts::isZero);
        return cells;
    }

    private static String identity(Copy copy, List<Copy> all) {
        if (requestId(copy) != null && !(copy.sidechain() && messageId(copy) != null)) {
            return "r:" + requestId(copy);
        }
        String message = messageId(copy);
        if (copy.requestId() == null && copy.clientRequestId() != null) {
            var linked = all.stream()
                    .filter(o -> o.requestId() == null
                            && copy.clientRequestId().equals(o.clientRequestId())
                            && o.messageId() != null)
                    .map(o -> String.valueOf(messageId(o)))
                    .min(Comparator.comparing(id -> Id.of(Id.Kind.MESSAGE, "acme", id)));
            if (linked.isEmpty()) {
                return requestOfClient(copy.clientRequestId(), all)
                        .map(request -> "r:" + request)
                        .orElse("c:" + copy.clientRequestId());
            }
            message = linked.get();
        }
        return message == null ? "e:" + copy.eventId() : identity(message, all);
    }

    /** Of what is known by the message id. */
    private static String identity(String message, List<Copy> all) {
        Stream<String> told = all.stream()
                .filter(o -> o.requestId() != null && !o.sidechain() && message.equals(messageId(o)))
                .map(o -> String.valueOf(requestId(o)));
        Stream<String> toldByClient = all.stream()
                .filter(o -> o.requestId() == null && message.equals(messageId(o)))
                .flatMap(o -> Stream.ofNullable(o.clientRequestId()))
                .flatMap(client -> requestOfClient(client, all).stream());
        Stream<String> toldBySidechain = all.stream()
                .filter(o -> o.requestId() != null && o.sidechain() && message.equals(messageId(o)))
                .map(o -> String.valueOf(requestId(o)));
        return Stream.concat(told, toldByClient)
                .min(BY_HASH)
                .or(() -> toldBySidechain.min(BY_HASH))
                .map(request -> "r:" + request)
                .orElse("m:" + message);
    }

    private static Optional<String> requestOfClient(String client, List<Copy> all) {
        return all.stream()
                .filter(o -> o.requestId() != null && client.equals(o.clientRequestId()))
                .map(o -> String.valueOf(requestId(o)))
                .min(BY_HASH);
    }

    private static @Nullable String requestId(Copy copy) {
        return ofResponse(copy.requestId());
    }

    private static @Nullable String messageId(Copy copy) {
        return ofResponse(copy.messageId());
    }

    /** Not by the rule under test. */
    static @Nullable String ofResponse(@Nullable String id) {
        return id == null ? null : id.replaceFirst(":advisor:\\d+$", "");
    }

    /** The stages as the job connects them; what different keys send to one request arrives in any order. */
    private static final class Pipeline {
        final Map<Count, Long> ledger = new HashMap<>();
        final Set<Cell> touched = new HashSet<>();
        private final Random random;
        private final Usage usage = new Usage(PriceBook.bundled(), Duration.ofDays(35));
        private final Map<Id, ClientAlias> clients = new HashMap<>();
        private final Map<Id, Alias> aliases = new HashMap<>();
        private final Map<Id, Request> requests = new HashMap<>();
        private final Map<Cell, Amounts> cells = new HashMap<>();
        private final Map<String, Deque<RequestMessage>> channels = new TreeMap<>();
        private final Map<String, Deque<Alias.Message>> aliasChannels = new TreeMap<>();

        Pipeline(Random random) {
            this.random = random;
        }

        void record(Copy copy) {
            send(copy, Kind.RECORD, null);
        }

        void send(Copy copy, Kind kind, @Nullable String user) {
            try {
                usage.read(copy.encoded());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            if (user != null) {
                usage.resolveTo(user);
            }
            Report report = usage.report();
            long at = report.receivedAtMicros();
            usage.route(kind, new Usage.Destinations() {
                @Override
                public void request(Id request) {
                    channel("direct").add(new RequestMessage(request, kind, report, at));
                }

                @Override
                public void clientClaim(Id client, Id request) {
                    tellClient(new Alias.Message(client, request, false, null, null, null, 0, at));
                }

                @Override
                public void clientGuest(Id client, @Nullable Id message) {
                    tellClient(new Alias.Message(client, null, false, kind, report, message, 0, at));
                }

                @Override
                public void claim(Id message, Id request) {
                    tell(new Alias.Message(message, request, false, null, null, null, 0, at));
                }

                @Override
                public void guest(Id message, @Nullable Id request) {
                    tell(new Alias.Message(message, request, request != null, kind, report, null, 0, at));
                }
            });
            if (random.nextBoolean()) {
                deliver();
            }
            if (random.nextBoolean()) {
                deliverToAlias();
            }
        }

        private void tellClient(Alias.Message message) {
            ClientAlias.Step step =
                    clients.getOrDefault(message.alias(), ClientAlias.UNSEEN).apply(read(message));
            clients.put(message.alias(), step.alias());
            channel(message.alias().text()).addAll(step.requests());
            aliasChannels
                    .computeIfAbsent(message.alias().text(), key -> new ArrayDeque<>())
                    .addAll(step.aliases());
        }

        private void tell(Alias.Message message) {
            Alias.Step step =
                    aliases.getOrDefault(message.alias(), Alias.UNSEEN).apply(read(message));
            aliases.put(message.alias(), step.alias());
            channel(message.alias().text()).addAll(step.messages());
        }

        private static Alias.Message read(Alias.Message message) {
            RowWriter row = new RowWriter(16);
            message.write(row);
            return Alias.Message.read(new RowReader(row.toByteArray()));
        }

        void drain() {
            while (deliver() | deliverToAlias()) {}
        }

        private Deque<RequestMessage> channel(String name) {
            return channels.computeIfAbsent(name, key -> new ArrayDeque<>());
        }

        private boolean deliverToAlias() {
            List<Deque<Alias.Message>> waiting = waiting(aliasChannels);
            if (waiting.isEmpty()) {
                return false;
            }
            tell(waiting.get(random.nextInt(waiting.size())).remove());
            return true;
        }

        private static <T> List<Deque<T>> waiting(Map<String, Deque<T>> channels) {
            return channels.values().stream().filter(queue -> !queue.isEmpty()).toList();
        }

        private boolean deliver() {
            List<Deque<RequestMessage>> waiting = waiting(channels);
            if (waiting.isEmpty()) {
                return false;
            }
            RowWriter row = new RowWriter(16);
            waiting.get(random.nextInt(waiting.size())).remove().write(row);
            RequestMessage message = RequestMessage.read(new RowReader(row.toByteArray()));
            Request.Step step =
                    requests.getOrDefault(message.request(), Request.UNSEEN).apply(message);
            requests.put(message.request(), step.request());
            step.contributions().forEach(contribution -> {
                touched.add(contribution.cell());
                cells.merge(contribution.cell(), contribution.difference(), Amounts::plus);
            });
            step.ledger().forEach(change -> ledger.merge(change.count(), change.difference(), Long::sum));
            return true;
        }

        Map<Cell, Amounts> cells() {
            Map<Cell, Amounts> filled = new HashMap<>(cells);
            filled.values().removeIf(Amounts::isZero);
            ledger.values().removeIf(count -> count == 0);
            return filled;
        }
    }
}
