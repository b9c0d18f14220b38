package io.sluice.bench;

import io.opentelemetry.proto.logs.v1.LogRecord;
import io.sluice.core.caps.CapPeriod;
import io.sluice.core.caps.CapScope;
import io.sluice.core.caps.Caps;
import io.sluice.schema.CapVersion;
import io.sluice.schema.DirectoryVersion;
import io.sluice.schema.Micros;
import io.sluice.schema.Topic;
import io.sluice.spend.SpendJob;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * How long after the server has answered an export with 200 the alert can be read that one of its events makes due.
 *
 * <p>Everybody spends next to nothing at random; a few times a second somebody, each person once, makes a request that
 * reaches the limit. Some other people, who have no limit of their own, make requests of the size of one threshold of
 * their group's pool, and somebody in no group makes those of the size of one threshold of the organization's total. So it is known
 * of each alert which request it waits for.
 */
final class AlertLatency {
    private static final long LITTLE = 10;
    /** Of each member and day. */
    private static final long LIMIT = 100_000;

    /** From one threshold of a pool to the next; all members together spend less besides. */
    private static final long POOL_STEP = 100_000_000;
    /** The same of the total; nearly as much as an event may cost. */
    private static final long TOTAL_STEP = 500_000_000_000L;

    private static final int STEP_PERCENT = 10;
    private static final List<Integer> THRESHOLDS = List.of(50, 75, 90, 100);
    private static final List<Integer> STEPS = IntStream.rangeClosed(1, 100)
            .map(step -> step * STEP_PERCENT)
            .boxed()
            .toList();

    private static final double USERS_A_SECOND = 40;
    private static final double POOLS_A_SECOND = 20;
    private static final double TOTALS_A_SECOND = 1;
    private static final int CONNECTIONS = 64;
    private static final long LIMIT_SECONDS = 120;

    /**
     * @param perSecond events
     * @param seconds that count; a third as long before that does not
     */
    record Options(int users, int groups, double perSecond, int perRequest, int seconds, long seed) {
        double requestsPerSecond() {
            return perSecond / perRequest;
        }

        int warmUp() {
            return Math.max(1, (int) (seconds / 3.0 * requestsPerSecond()));
        }

        int requests() {
            return Math.max(1, (int) (seconds * requestsPerSecond()));
        }
    }

    private final Options options;
    private final Broker broker;
    private final Progress progress;

    AlertLatency(Options options, Broker broker, Progress progress) {
        this.options = options;
        this.broker = broker;
        this.progress = progress;
    }

    /** @return facts for the report */
    Map<String, Object> measure(Workspace workspace, Map<String, String> jobOptions) throws Exception {
        progress.step("latency: server, job");
        publish();
        Receiver receiver = Receiver.start(workspace, broker);
        try (BenchCluster cluster = new BenchCluster(workspace, jobOptions);
                BenchCluster.Job job = cluster.start(() -> SpendJob.main(SpendRuns.arguments(broker, jobOptions)));
                AlertReader alerts = new AlertReader(broker)) {
            Sender sender = new Sender();
            PacedClient client = new PacedClient(receiver.port(), CONNECTIONS);
            client.run(1, 1, sender.first());
            awaitFirst(job);
            progress.done(String.format(Locale.ROOT, "ready; %,.0f events/s wanted", options.perSecond()));
            progress.step("latency");
            client.run(options.requestsPerSecond(), options.warmUp(), sender);
            // What the job has put off while it was starting is no part of the figures either.
            alerts.await(sender.expected().size(), LIMIT_SECONDS);
            sender.measure();
            Map<String, Double> late;
            try (Hiccups hiccups = new Hiccups()) {
                client.run(options.requestsPerSecond(), options.requests(), sender);
                late = hiccups.millis();
            }
            Set<String> expected = sender.expected();
            alerts.await(expected.size(), LIMIT_SECONDS);
            job.requireRunning();
            CapAlerts.check(alerts.readAt().keySet(), expected);
            Map<String, Object> facts = sender.facts(alerts.readAt());
            facts.put("latency_machine_late_ms", late);
            progress.done(facts.toString());
            return facts;
        } finally {
            receiver.stop();
        }
    }

    /** The job has started: that is no part of the figures. */
    private static void awaitFirst(BenchCluster.Job job) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (RecordCounters.received(SpendRuns.SOURCE) == 0) {
            if (System.nanoTime() > deadline) {
                throw new IncorrectException("job: no event within " + LIMIT_SECONDS + " s");
            }
            job.requireRunning();
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private void publish() throws Exception {
        long since = Micros.of(Instant.now().minus(Duration.ofDays(40)));
        ControlVersions versions = new ControlVersions(since);
        List<DirectoryVersion> directory = versions.directory(options.users(), options.groups());
        List<CapVersion> caps = new ArrayList<>();
        caps.add(versions.cap(CapScope.ORGANIZATION, null, CapPeriod.DAILY, LIMIT, THRESHOLDS));
        caps.add(versions.cap(CapScope.SEAT_TIER, ControlVersions.TIER, CapPeriod.MONTHLY, POOL_STEP, THRESHOLDS));
        caps.add(versions.cap(CapScope.ORGANIZATION_TOTAL, null, CapPeriod.MONTHLY, TOTAL_STEP * STEP_PERCENT, STEPS));
        for (int group = 0; group < options.groups(); group++) {
            String id = ControlVersions.groupId(group);
            caps.add(versions.cap(CapScope.GROUP, id, CapPeriod.WEEKLY, POOL_STEP, THRESHOLDS));
            caps.add(versions.cap(CapScope.GROUP_POOL, id, CapPeriod.MONTHLY, POOL_STEP * STEP_PERCENT, STEPS));
            directory.add(versions.user(poolUser(group), null));
            directory.add(versions.membership(poolUser(group), group));
        }
        directory.add(versions.user(totalUser(), null));
        for (int user = options.users(); user <= totalUser(); user++) {
            for (CapPeriod period : CapPeriod.values()) {
                caps.add(versions.cap(CapScope.USER, ControlVersions.userId(user), period, null, List.of()));
            }
        }
        ControlVersions.publish(broker, Topic.DIRECTORY, directory);
        ControlVersions.publish(broker, Topic.CAPS, caps);
    }

    private int poolUser(int group) {
        return options.users() + group;
    }

    private int totalUser() {
        return options.users() + options.groups();
    }

    /** Makes the exports, and remembers when those with an event that reaches something were answered. */
    private final class Sender implements PacedClient.Exchange {
        private final ApiRequestLoad load = new ApiRequestLoad(options.seed(), totalUser() + 1);
        private final SplittableRandom random = new SplittableRandom(options.seed());
        private final List<Integer> order = new ArrayList<>();
        /** By request: who reaches something with it. */
        private final Map<Integer, List<Integer>> reaching = new HashMap<>();
        /** By user: when exports with such events were answered. */
        private final Map<Integer, List<Long>> answered = new HashMap<>();

        private final Map<Integer, Integer> reachedTimes = new HashMap<>();
        private final List<Long> exports = new ArrayList<>();
        private final long midnight = CapPeriod.DAILY.start(Micros.of(Instant.now()));
        private double usersDue;
        private double poolsDue;
        private double totalsDue;
        private int nextUser;
        private int nextPool;
        private boolean measuring;
        private long measuredFrom;
        private long firstDue;
        private long lastAt;

        Sender() {
            for (int user = 0; user < options.users(); user++) {
                order.add(user);
            }
            Collections.shuffle(order, new Random(options.seed()));
        }

        /** One event of somebody who reaches nothing. */
        PacedClient.Exchange first() {
            return new PacedClient.Exchange() {
                @Override
                public ByteBuffer request(int index) {
                    return ApiRequestLoad.export(List.of(load.event(totalUser(), LITTLE)));
                }

                @Override
                public void answered(int index, long due, long at, String body) {}
            };
        }

        @Override
        public ByteBuffer request(int index) {
            List<LogRecord> events = new ArrayList<>();
            List<Integer> now = new ArrayList<>();
            usersDue += USERS_A_SECOND / options.requestsPerSecond();
            poolsDue += POOLS_A_SECOND / options.requestsPerSecond();
            totalsDue += TOTALS_A_SECOND / options.requestsPerSecond();
            for (; usersDue >= 1; usersDue--) {
                if (nextUser < order.size()) {
                    now.add(order.get(nextUser++));
                    events.add(load.event(now.get(now.size() - 1), LIMIT));
                }
            }
            for (; poolsDue >= 1; poolsDue--) {
                reach(poolUser(nextPool++ % options.groups()), POOL_STEP, events, now);
            }
            for (; totalsDue >= 1; totalsDue--) {
                reach(totalUser(), TOTAL_STEP, events, now);
            }
            while (events.size() < options.perRequest()) {
                events.add(load.event(random.nextInt(options.users()), LITTLE));
            }
            if (!now.isEmpty()) {
                Collections.shuffle(events, new Random(random.nextLong()));
                reaching.put(index, now);
            }
            return ApiRequestLoad.export(events);
        }

        /** What was sent until now is no part of the figures. */
        void measure() {
            measuring = true;
            measuredFrom = System.nanoTime();
        }

        /** As long as there are thresholds left. */
        private void reach(int user, long step, List<LogRecord> events, List<Integer> now) {
            if (reachedTimes.merge(user, 1, Integer::sum) <= STEPS.size()) {
                now.add(user);
                events.add(load.event(user, step));
            }
        }

        @Override
        public void answered(int index, long due, long at, String body) {
            if (measuring) {
                firstDue = index == 0 ? due : firstDue;
                lastAt = at;
                exports.add(at - due);
            }
            List<Integer> users = reaching.remove(index);
            if (users != null) {
                users.forEach(user -> answered.computeIfAbsent(user, each -> new ArrayList<>())
                        .add(at));
            }
        }

        /** By {@link CapAlerts#key}. */
        Set<String> expected() {
            Set<String> expected = new HashSet<>();
            answered.forEach((user, times) -> {
                if (user < options.users()) {
                    THRESHOLDS.forEach(percent -> expected.add(ofUser(user, percent)));
                } else {
                    for (int step = 1; step <= times.size(); step++) {
                        expected.add(ofShared(user, step));
                    }
                }
            });
            return expected;
        }

        private String ofUser(int user, int percent) {
            String cap = Caps.id(CapScope.ORGANIZATION, null, CapPeriod.DAILY);
            return CapAlerts.key(UsageLoad.email(user), cap, 1, midnight, percent);
        }

        private String ofShared(int user, int step) {
            String cap = user == totalUser()
                    ? Caps.id(CapScope.ORGANIZATION_TOTAL, null, CapPeriod.MONTHLY)
                    : Caps.id(CapScope.GROUP_POOL, ControlVersions.groupId(user - options.users()), CapPeriod.MONTHLY);
            return CapAlerts.key(null, cap, 1, CapPeriod.MONTHLY.start(midnight), step * STEP_PERCENT);
        }

        /** One that was there before the answer took no time. */
        Map<String, Object> facts(Map<String, Long> readAt) {
            List<Long> users = new ArrayList<>();
            List<Long> pools = new ArrayList<>();
            List<Long> totals = new ArrayList<>();
            answered.forEach((user, times) -> {
                Collections.sort(times);
                for (int i = 0; i < times.size(); i++) {
                    long at = times.get(i);
                    if (at < measuredFrom) {
                        continue;
                    }
                    String key = user < options.users() ? ofUser(user, 100) : ofShared(user, i + 1);
                    long took = Math.max(0, readAt.getOrDefault(key, Long.MAX_VALUE) - at);
                    (user < options.users() ? users : user == totalUser() ? totals : pools).add(took);
                }
            });
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("latency_events_per_second_wanted", Math.round(options.perSecond()));
            facts.put(
                    "latency_events_per_second",
                    Math.round((double) exports.size()
                            * options.perRequest()
                            * TimeUnit.SECONDS.toNanos(1)
                            / (lastAt - firstDue)));
            put(facts, "export_answer_ms", exports);
            put(facts, "user_alert_ms", users);
            put(facts, "pool_alert_ms", pools);
            put(facts, "total_alert_ms", totals);
            return facts;
        }

        private static void put(Map<String, Object> facts, String name, List<Long> nanos) {
            if (!nanos.isEmpty()) {
                Map<String, Object> figures = new LinkedHashMap<>(Percentiles.millis(
                        nanos.stream().mapToLong(Long::longValue).toArray()));
                figures.put("samples", nanos.size());
                facts.put(name, figures);
            }
        }
    }
}
