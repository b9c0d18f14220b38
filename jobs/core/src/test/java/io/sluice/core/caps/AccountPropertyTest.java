package io.sluice.core.caps;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.directory.AsOf;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Edits;
import io.sluice.core.directory.Kind;
import io.sluice.core.directory.Versions;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import io.sluice.schema.CapVersion;
import io.sluice.schema.DirectoryVersion;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A person who moves between groups while caps are edited and corrections come: in whatever order all of it arrives, with
 * restarts in between, the alerts that are not resolved are those of a walk through time.
 */
class AccountPropertyTest {
    private static final String KIM = "kim@example.com";
    private static final long SPAN = 200 * Edits.SECOND;

    private record Event(long at, long micros) {}

    private record Alert(CapPeriod period, long start, AlertBook.Key key) {}

    private final Edits people = new Edits();
    private final History history = new History();

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 300);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void anyOrderWithRestarts(long seed) {
        Random random = new Random(seed);
        people.now -= random.nextInt(2) * SPAN / 2; // half of them go over midnight
        long begin = people.now;
        for (int i = 0; i < 40; i++) {
            edit(random);
        }
        List<Event> events = new ArrayList<>();
        List<Object> arrivals = new ArrayList<>(history.versions);
        arrivals.addAll(people.versions);
        for (int i = 0; i < 80; i++) {
            Event event = new Event(begin + random.nextLong(SPAN), random.nextLong(4 * History.DOLLAR));
            long back = random.nextInt(3) == 0 ? random.nextLong(event.micros + 1) : 0;
            events.add(new Event(event.at, event.micros - back));
            arrivals.add(event);
            if (back > 0) {
                arrivals.add(new Event(event.at, -back));
            }
        }
        arrivals.addAll(history.versions.subList(0, history.versions.size() / 2));
        Collections.shuffle(arrivals, random);
        assertThat(told(arrivals, random)).containsExactlyInAnyOrderElementsOf(walk(events));
    }

    private Set<Alert> told(List<Object> arrivals, Random random) {
        Set<Alert> firing = new HashSet<>();
        Account.Teller teller = (period, start, change) -> {
            Alert alert = new Alert(period, start, change.key());
            assertThat(change.isFiring() ? firing.add(alert) : firing.remove(alert))
                    .as("fires and is resolved in turn: %s", alert)
                    .isTrue();
        };
        Caps caps = new Caps(History.ORG);
        Directory directory = new Directory(Edits.ORG);
        boolean shared = random.nextBoolean();
        Account account = new Account(shared);
        for (Object arrival : arrivals) {
            if (arrival instanceof Event event) {
                account.add(event.at, event.micros, teller);
                continue;
            }
            if (arrival instanceof CapVersion version) {
                caps.apply(version);
            } else {
                directory.apply((DirectoryVersion) arrival);
            }
            account.limit(Limits.ofMember(caps, AsOf.historyOf(directory, KIM), KIM), teller);
            if (random.nextInt(10) == 0) {
                RowWriter saved = new RowWriter(256);
                account.save(saved);
                account = Account.restore(new RowReader(saved.toByteArray()), shared);
                account.limit(Limits.ofMember(caps, AsOf.historyOf(directory, KIM), KIM), teller);
            }
        }
        return firing;
    }

    /** Moment by moment, with what was known in the end. */
    private Set<Alert> walk(List<Event> events) {
        Set<Alert> alerts = new HashSet<>();
        Directory directory = people.directory();
        Caps caps = history.caps();
        TreeSet<Long> moments = new TreeSet<>();
        events.forEach(event -> moments.add(event.at));
        people.versions.forEach(version -> moments.add(version.getEffectiveAt()));
        history.versions.forEach(version -> moments.add(version.getEffectiveAt()));
        for (CapPeriod period : CapPeriod.values()) {
            TreeMap<Long, Walk> walks = new TreeMap<>();
            for (long now : moments) {
                long start = period.start(now);
                Walk walk = walks.computeIfAbsent(start, key -> new Walk(period, key));
                walk.enter(LimitTimeline.ofMemberAt(caps, directory, KIM, period, start));
                walk.enter(LimitTimeline.ofMemberAt(caps, directory, KIM, period, now));
                events.stream().filter(event -> event.at == now).forEach(event -> walk.spend(event.micros));
            }
            walks.values().forEach(walk -> alerts.addAll(walk.alerts));
        }
        return alerts;
    }

    private static final class Walk {
        private final CapPeriod period;
        private final long start;
        private final Set<Alert> alerts = new HashSet<>();
        private final Set<Integer> fired = new HashSet<>();
        private final Set<Integer> armed = new HashSet<>();
        private LimitVersion current = LimitVersion.NONE;
        private boolean entered;
        private long spent;

        Walk(CapPeriod period, long start) {
            this.period = period;
            this.start = start;
        }

        void enter(LimitVersion version) {
            if (version.since() == start && entered) {
                return; // the limit at the start of the period, once
            }
            if (entered && version.saysTheSameAs(current)) {
                return;
            }
            entered = true;
            current = version;
            armed.clear();
            Limit limit = version.limit();
            if (version.endsAlerts()) {
                alerts.clear();
            }
            if (limit == null || limit.amountMicros() == null || limit.amountMicros() == 0) {
                return;
            }
            for (int percent : limit.thresholds()) {
                if (spent < limit.thresholdMicros(percent)) {
                    armed.add(percent);
                } else if (fired.add(percent)) {
                    alert(limit, percent);
                }
            }
        }

        void spend(long micros) {
            spent += micros;
            for (int percent : List.copyOf(armed)) {
                Limit limit = Objects.requireNonNull(current.limit());
                if (spent >= limit.thresholdMicros(percent)) {
                    armed.remove(percent);
                    fired.add(percent);
                    alert(limit, percent);
                }
            }
        }

        private void alert(Limit limit, int percent) {
            alerts.add(new Alert(period, start, new AlertBook.Key(limit.capId(), limit.capVersion(), percent)));
        }
    }

    private void edit(Random random) {
        String user = "u" + random.nextInt(2);
        String group = "g" + random.nextInt(2);
        long dollars = random.nextInt(60);
        CapPeriod period = CapPeriod.values()[random.nextInt(3)];
        people.now += Edits.SECOND * random.nextInt(5);
        switch (random.nextInt(8)) {
            case 0 -> people.user(user, user, true, "premium", random.nextInt(3) > 0 ? KIM : "x@example.com");
            case 1 -> people.group(group, group);
            case 2, 3 -> people.join(group, user);
            case 4 -> {
                if (people.isThere(Kind.MEMBERSHIP, Versions.membershipId(group, user))) {
                    people.delete(Kind.MEMBERSHIP, Versions.membershipId(group, user));
                }
            }
            case 5 -> cap(CapScope.GROUP, group, period, dollars, random);
            case 6 -> cap(CapScope.USER, random.nextBoolean() ? KIM : user, period, dollars, random);
            default -> cap(CapScope.ORGANIZATION, null, period, dollars, random);
        }
    }

    private void cap(CapScope scope, @Nullable String id, CapPeriod period, long dollars, Random random) {
        people.now++;
        if (random.nextInt(5) == 0 && history.has(scope, id, period)) {
            history.delete(people.now, scope, id, period);
        } else {
            Long amount = random.nextInt(6) == 0 ? null : Long.valueOf(dollars);
            history.cap(people.now, scope, id, period, amount, random.nextInt(5) > 0, History.DEFAULT);
        }
    }
}
