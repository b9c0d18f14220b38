package io.sluice.bench;

import io.sluice.core.caps.CapPeriod;
import io.sluice.core.caps.CapScope;
import io.sluice.core.caps.CapSubject;
import io.sluice.core.caps.Controls;
import io.sluice.core.caps.Replay;
import io.sluice.core.caps.Spend;
import io.sluice.schema.Cap;
import io.sluice.schema.CapVersion;
import io.sluice.schema.DirectoryVersion;
import io.sluice.schema.UsageEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Caps of every scope over a {@link UsageLoad}, edits of them while it is worked on, and the alerts that there have to be
 * in the end: by the rules of {@code jobs/core} over sums that are added up while the load is made.
 *
 * <p>Amounts lie around what is spent, so that some thresholds are crossed and some are not. An edit holds from the start of
 * a day of the load: there spend is cut anyway, so that the outcome does not depend on how fast the job is.
 */
final class CapsLoad {
    private static final long SINCE = micros("2026-10-01T00:00:00Z");
    private static final long MICROS_PER_DAY = Duration.ofDays(1).toSeconds() * 1_000_000;
    /** Of a request of the load, micro-USD. */
    private static final long MEAN_MICROS = 55_000;

    private static final long MICROS_PER_CENT = 10_000;
    private static final List<Integer> THRESHOLDS = List.of(50, 75, 90, 100);
    /** One user in so many has a limit of its own. */
    private static final int USERS_WITH_LIMIT = 20;

    /** What of 20 edits each is of. */
    private static final List<CapScope> EDITED = List.of(
            CapScope.ORGANIZATION,
            CapScope.USER,
            CapScope.GROUP,
            CapScope.USER,
            CapScope.GROUP_POOL,
            CapScope.USER,
            CapScope.SEAT_TIER,
            CapScope.USER,
            CapScope.GROUP,
            CapScope.USER,
            CapScope.ORGANIZATION_TOTAL,
            CapScope.USER,
            CapScope.GROUP,
            CapScope.USER,
            CapScope.GROUP_POOL,
            CapScope.USER,
            CapScope.USER,
            CapScope.GROUP,
            CapScope.USER,
            CapScope.GROUP_POOL);

    private final UsageLoad.Options options;
    private final int groups;
    private final ControlVersions versions = new ControlVersions(SINCE);
    private final List<DirectoryVersion> directory;
    private final List<CapVersion> caps = new ArrayList<>();
    private final List<CapVersion> edits = new ArrayList<>();
    /** By label, then by start of the day. */
    private final Map<String, Map<Long, Long>> spent = new HashMap<>();

    CapsLoad(UsageLoad.Options options, int groups, int edits) {
        this.options = options;
        this.groups = groups;
        directory = versions.directory(options.users(), groups);
        set();
        edit(edits);
    }

    private static long micros(String time) {
        return Instant.parse(time).getEpochSecond() * 1_000_000;
    }

    List<DirectoryVersion> directory() {
        return directory;
    }

    /** Set before the load. */
    List<CapVersion> caps() {
        return caps;
    }

    /** In the order in which they are published. */
    List<CapVersion> edits() {
        return edits;
    }

    /** To be called with each event that counts. */
    void count(UsageEvent event) {
        spent.computeIfAbsent(event.getActor().getEmail(), email -> new HashMap<>())
                .merge(
                        Math.floorDiv(event.getOccurredAt(), MICROS_PER_DAY) * MICROS_PER_DAY,
                        event.getReportedCostMicros(),
                        Long::sum);
    }

    private void set() {
        double each = (double) MEAN_MICROS * options.events() / options.users();
        double day = each / options.days();
        double group = each * options.users() / groups;
        set(CapScope.ORGANIZATION, null, CapPeriod.DAILY, day * 1.1);
        set(CapScope.ORGANIZATION, null, CapPeriod.WEEKLY, each * 1.2);
        set(CapScope.ORGANIZATION, null, CapPeriod.MONTHLY, each * 1.4);
        set(CapScope.SEAT_TIER, ControlVersions.TIER, CapPeriod.MONTHLY, each * 0.95);
        set(CapScope.ORGANIZATION_TOTAL, null, CapPeriod.DAILY, day * options.users() * 1.05);
        set(CapScope.ORGANIZATION_TOTAL, null, CapPeriod.MONTHLY, each * options.users() * 0.9);
        for (int i = 0; i < groups; i++) {
            String id = ControlVersions.groupId(i);
            // A third of the groups leaves its members to what is more general.
            if (i % 3 > 0) {
                set(CapScope.GROUP, id, i % 3 == 1 ? CapPeriod.DAILY : CapPeriod.WEEKLY, each * (0.7 + i % 9 * 0.1));
            }
            set(CapScope.GROUP_POOL, id, CapPeriod.MONTHLY, group * (0.7 + i % 7 * 0.1));
            if (i % 2 == 0) {
                set(CapScope.GROUP_POOL, id, CapPeriod.DAILY, group / options.days() * (0.8 + i % 5 * 0.1));
            }
        }
        for (int user = 0; user < options.users(); user += USERS_WITH_LIMIT) {
            set(CapScope.USER, ControlVersions.userId(user), CapPeriod.MONTHLY, each * (0.6 + user % 7 * 0.1));
        }
    }

    private void set(CapScope scope, @Nullable String scopeId, CapPeriod period, double micros) {
        caps.add(versions.cap(scope, scopeId, period, cents(micros), THRESHOLDS));
    }

    private static long cents(double micros) {
        return Math.max(1, Math.round(micros / MICROS_PER_CENT)) * MICROS_PER_CENT;
    }

    private void edit(int count) {
        SplittableRandom random = new SplittableRandom(options.seed());
        for (int i = 0; i < count; i++) {
            String scope = EDITED.get(i % EDITED.size()).scopeName();
            List<CapVersion> candidates = caps.stream()
                    .filter(cap -> cap.getCap().getScopeType().equals(scope))
                    .toList();
            CapVersion before = candidates.get(random.nextInt(candidates.size()));
            int lot = random.nextInt(10);
            Long amount = before.getCap().getAmountMicros();
            edits.add(versions.next(
                            Cap.newBuilder(before.getCap())
                                    .setAmountMicros(
                                            amount == null || lot == 0
                                                    ? null
                                                    : cents(amount * random.nextDouble(0.6, 1.4)))
                                    .setEnabled(lot != 1)
                                    .build(),
                            before.getId(),
                            UsageLoad.Options.dayMicros(random.nextLong(options.days())))
                    .setDeleted(lot == 2)
                    .build());
        }
    }

    /** By {@link CapAlerts#key}; to be called when the load is made. */
    Set<String> expected() {
        Controls controls = new Controls();
        directory.forEach(controls::apply);
        caps.forEach(controls::apply);
        edits.forEach(controls::apply);
        Set<String> expected = new HashSet<>();
        Spend total = new Spend();
        List<Spend> pools = new ArrayList<>();
        for (int group = 0; group < groups; group++) {
            pools.add(new Spend());
        }
        for (int user = 0; user < options.users(); user++) {
            String email = UsageLoad.email(user);
            Spend own = new Spend();
            List<Integer> ofUser = ControlVersions.groupsOf(user, groups);
            spent.getOrDefault(email, Map.of()).forEach((day, micros) -> {
                own.add(day, micros);
                total.add(day, micros);
                ofUser.forEach(group -> pools.get(group).add(day, micros));
            });
            add(controls, CapSubject.person(UsageLoad.ORGANIZATION, email), own, expected);
        }
        for (int group = 0; group < groups; group++) {
            add(
                    controls,
                    CapSubject.pool(UsageLoad.ORGANIZATION, ControlVersions.groupId(group)),
                    pools.get(group),
                    expected);
        }
        add(controls, CapSubject.total(UsageLoad.ORGANIZATION), total, expected);
        return expected;
    }

    private static void add(Controls controls, CapSubject subject, Spend spend, Set<String> to) {
        for (Replay.Alert alert : Replay.alerts(subject, controls.limits(subject), spend, 0, Long.MAX_VALUE)) {
            to.add(CapAlerts.key(
                    subject.user(),
                    alert.crossing().limit().capId(),
                    alert.crossing().limit().capVersion(),
                    alert.periodStart(),
                    alert.crossing().percent()));
        }
    }
}
