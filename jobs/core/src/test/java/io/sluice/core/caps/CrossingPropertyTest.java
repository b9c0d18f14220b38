package io.sluice.core.caps;

import static io.sluice.core.caps.CapScope.ORGANIZATION_TOTAL;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.schema.Cap;
import io.sluice.schema.CapVersion;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** In whatever order spend, corrections and edits come, the alerts in the end are those of a walk through time. */
class CrossingPropertyTest {
    private static final long MONTH = History.at("2026-11-01T00:00:00Z");
    private static final List<CapPeriod> PERIODS = List.of(CapPeriod.values());

    private record Event(long at, long micros) {}

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 500);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void anyOrderGivesTheAlertsOfTheWalk(long seed) {
        Random random = new Random(seed);
        CapPeriod period = PERIODS.get(random.nextInt(PERIODS.size()));
        long span = random.nextBoolean() ? 3_600_000_000L : 40L * 24 * 3_600_000_000L;
        History history = history(random, period, span);
        List<Event> events = new ArrayList<>();
        List<Object> arrivals = new ArrayList<>(history.versions);
        for (int i = 0; i < 60; i++) {
            Event event = new Event(MONTH + random.nextLong(span), random.nextLong(30) * History.DOLLAR / 2);
            Event correction = new Event(event.at, -random.nextLong(event.micros + 1));
            boolean corrected = random.nextInt(4) == 0;
            events.add(corrected ? new Event(event.at, event.micros + correction.micros) : event);
            arrivals.add(event);
            if (corrected) {
                arrivals.add(correction);
            }
        }
        arrivals.addAll(history.versions.subList(0, history.versions.size() / 2)); // told twice
        Collections.shuffle(arrivals, random);

        Set<Long> starts = new TreeSet<>();
        events.forEach(event -> starts.add(period.start(event.at)));
        for (long start : starts) {
            assertThat(told(arrivals, period, start))
                    .as("%s from %s", period, start)
                    .containsExactlyInAnyOrderElementsOf(walk(history.versions, events, period, start));
        }
    }

    private static History history(Random random, CapPeriod period, long span) {
        History history = new History();
        long at = MONTH - span / 10;
        for (int i = 0; i < 6; i++) {
            at += random.nextLong(span / 5);
            if (history.has(ORGANIZATION_TOTAL, null, period) && random.nextInt(5) == 0) {
                history.delete(at, ORGANIZATION_TOTAL, null, period);
                continue;
            }
            Long dollars = random.nextInt(6) == 0 ? null : Long.valueOf(random.nextInt(8) * 50L);
            List<Integer> thresholds = random.nextBoolean() ? History.DEFAULT : List.of(10, 75, 100, 150);
            history.cap(at, ORGANIZATION_TOTAL, null, period, dollars, random.nextInt(5) > 0, thresholds);
        }
        return history;
    }

    /** The alerts that are left when everything has arrived. */
    private static List<AlertBook.Key> told(List<Object> arrivals, CapPeriod period, long start) {
        Caps caps = new Caps(History.ORG);
        Spend spend = new Spend(100_000);
        AlertBook book = new AlertBook();
        Set<AlertBook.Key> firing = new HashSet<>();
        List<LimitVersion> versions = List.of();
        for (Object arrival : arrivals) {
            if (arrival instanceof Event event) {
                spend.add(event.at, event.micros);
            } else {
                caps.apply((CapVersion) arrival);
                versions = LimitTimeline.ofShared(caps, ORGANIZATION_TOTAL, null, period)
                        .versions();
                versions.forEach(version -> spend.cut(version.since()));
            }
            for (AlertBook.Change change :
                    book.update(Crossing.of(versions, period, start, spend).list())) {
                assertThat(change.isFiring() ? firing.add(change.key()) : firing.remove(change.key()))
                        .as("fires and is resolved in turn: %s", change)
                        .isTrue();
            }
        }
        assertThat(firing).containsExactlyInAnyOrderElementsOf(book.firing());
        return book.firing();
    }

    /** The same by walking through time once, event by event, edit by edit. */
    private static Set<AlertBook.Key> walk(List<CapVersion> edits, List<Event> events, CapPeriod period, long start) {
        Set<AlertBook.Key> alerts = new LinkedHashSet<>();
        Set<Integer> fired = new HashSet<>();
        Set<Integer> armed = new TreeSet<>();
        CapVersion current = null;
        long spent = 0;
        Set<Long> times = new TreeSet<>();
        edits.forEach(edit -> times.add(edit.getEffectiveAt()));
        events.forEach(event -> times.add(event.at));
        for (long now : times) {
            for (CapVersion edit : edits) {
                if (edit.getEffectiveAt() != now
                        || now >= period.end(start)
                        || edits.stream()
                                .anyMatch(other ->
                                        other.getEffectiveAt() == now && other.getVersion() > edit.getVersion())) {
                    continue;
                }
                current = edit;
                armed.clear();
                Cap cap = edit.getDeleted() ? null : edit.getCap();
                if (cap == null || (cap.getEnabled() && cap.getAmountMicros() == null)) {
                    if (now >= start) {
                        alerts.clear();
                    }
                    continue;
                }
                for (int percent : limited(cap) ? cap.getThresholds() : List.<Integer>of()) {
                    if (now > start && reached(spent, cap, percent)) {
                        if (fired.add(percent)) {
                            alerts.add(new AlertBook.Key(edit.getId(), edit.getVersion(), percent));
                        }
                    } else {
                        armed.add(percent);
                    }
                }
            }
            for (Event event : events) {
                if (event.at != now || now < start || now >= period.end(start)) {
                    continue;
                }
                spent += event.micros;
                for (int percent : List.copyOf(armed)) {
                    if (current != null && reached(spent, current.getCap(), percent)) {
                        armed.remove(percent);
                        fired.add(percent);
                        alerts.add(new AlertBook.Key(current.getId(), current.getVersion(), percent));
                    }
                }
            }
        }
        return alerts;
    }

    private static boolean limited(Cap cap) {
        return cap.getEnabled() && cap.getAmountMicros() != null && cap.getAmountMicros() > 0;
    }

    private static boolean reached(long spent, @Nullable Cap cap, int percent) {
        return cap != null && cap.getAmountMicros() != null && spent * 100 >= cap.getAmountMicros() * percent;
    }
}
