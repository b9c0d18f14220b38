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
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
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
            int count = 1 + random.nextInt(4);
            for (int i = 0; i < count; i++) {
                boolean file = random.nextBoolean();
                boolean named = random.nextInt(4) > 0;
                // A sidechain line of another message's request now and then: a replay.
                int message = random.nextInt(8) == 0 ? random.nextInt(requests) : r;
                boolean side = file && (message != r || random.nextInt(4) == 0);
                copies.add(Copies.copy(
                        "e" + r + "-" + i,
                        named || side ? "r" + r + (message != r ? "x" + i : "") : null,
                        !file && random.nextBoolean() ? "c" + r : null,
                        file ? "m" + message : null,
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
        if (requestId(copy) == null && copy.clientRequestId() != null) {
            return all.stream()
                    .filter(o -> o.requestId() != null && copy.clientRequestId().equals(o.clientRequestId()))
                    .map(o -> requestId(o))
                    .min(BY_HASH)
                    .map(request -> "r:" + request)
                    .orElse("c:" + copy.clientRequestId());
        }
        if (messageId(copy) == null) {
            return "e:" + copy.eventId();
        }
        for (boolean side : new boolean[] {false, true}) {
            var owner = all.stream()
                    .filter(o -> o.requestId() != null
                            && o.sidechain() == side
                            && Objects.equals(messageId(copy), messageId(o)))
                    .map(o -> requestId(o))
                    .min(BY_HASH);
            if (owner.isPresent()) {
                return "r:" + owner.get();
            }
        }
        return "m:" + messageId(copy);
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
        private final Map<Id, Alias> aliases = new HashMap<>();
        private final Map<Id, Request> requests = new HashMap<>();
        private final Map<Cell, Amounts> cells = new HashMap<>();
        private final Map<String, Deque<RequestMessage>> channels = new TreeMap<>();

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
                public void claim(Id alias, Id request, boolean sidechain) {
                    tell(new Alias.Message(alias, request, sidechain, null, null, 0, at));
                }

                @Override
                public void guest(Id alias, @Nullable Id request) {
                    tell(new Alias.Message(alias, request, request != null, kind, report, 0, at));
                }
            });
            if (random.nextBoolean()) {
                deliver();
            }
        }

        private void tell(Alias.Message message) {
            RowWriter row = new RowWriter(16);
            message.write(row);
            Alias.Step step = aliases.getOrDefault(message.alias(), Alias.UNSEEN)
                    .apply(Alias.Message.read(new RowReader(row.toByteArray())));
            aliases.put(message.alias(), step.alias());
            channel(message.alias().text()).addAll(step.messages());
        }

        void drain() {
            while (deliver()) {}
        }

        private Deque<RequestMessage> channel(String name) {
            return channels.computeIfAbsent(name, key -> new ArrayDeque<>());
        }

        private boolean deliver() {
            List<Deque<RequestMessage>> waiting =
                    channels.values().stream().filter(queue -> !queue.isEmpty()).toList();
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
