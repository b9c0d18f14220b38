package io.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.audit.AuditCheckpoint;
import io.sluice.core.caps.Account;
import io.sluice.core.caps.Alerts;
import io.sluice.core.caps.CapPeriod;
import io.sluice.core.caps.CapScope;
import io.sluice.core.caps.CapSubject;
import io.sluice.core.caps.Caps;
import io.sluice.core.caps.Controls;
import io.sluice.core.caps.Limit;
import io.sluice.core.caps.Replay;
import io.sluice.core.caps.Spend;
import io.sluice.core.directory.AsOf;
import io.sluice.core.directory.Directories;
import io.sluice.core.spend.Amounts;
import io.sluice.core.spend.Contribution;
import io.sluice.core.spend.Dimensions;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.RowWriter;
import io.sluice.core.spend.Users;
import io.sluice.runtime.Bundle;
import io.sluice.runtime.ControlTopic;
import io.sluice.schema.Alert;
import io.sluice.schema.Cap;
import io.sluice.schema.CapVersion;
import io.sluice.schema.Codec;
import io.sluice.schema.DirectoryMembership;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.DirectoryVersion;
import io.sluice.schema.SpendMonth;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The alerts that are not resolved in the end are those of the rule, whatever the order in which spend, corrections and
 * edits come, with crashes that lose work which was told already, and with another parallelism afterwards.
 */
class CapPropertyTest {
    private static final String ORG = "acme";
    /** Within a week; the other one at the end of a month as well. */
    private static final List<Instant> STARTS =
            List.of(Instant.parse("2026-11-24T23:30:00Z"), Instant.parse("2026-11-30T23:30:00Z"));

    /** November is closed, December is not. */
    private static final Instant NOVEMBER_CLOSED = Instant.parse("2027-01-05T00:00:01Z");

    private static final long SPAN = Duration.ofHours(1).toSeconds() * 1_000_000;
    private static final long DOLLAR = 1_000_000;

    /** One input of either kind. */
    private sealed interface Input {}

    private record Spent(String user, long at, long micros) implements Input {}

    private record Edited(Control control) implements Input {}

    private long start;

    private final List<Edited> edits = new ArrayList<>();
    private final List<Spent> spent = new ArrayList<>();
    private final Map<String, Long> numbers = new HashMap<>();
    private final Set<Edited> published = new HashSet<>();
    /** By id: the status that was told last. */
    private final Map<String, Alert> told = new HashMap<>();

    private final List<Control> heard = new ArrayList<>();
    private final Map<String, SpendMonth> sums = new HashMap<>();

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 120);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void theFinalAlertsAreThoseOfTheRule(long seed) throws Exception {
        Random random = new Random(seed);
        start = STARTS.get((int) (seed / 4 % STARTS.size())).getEpochSecond() * 1_000_000;
        scenario(random);
        List<Input> inputs = new ArrayList<>(edits);
        inputs.addAll(spent);
        Collections.shuffle(inputs, random);

        long cached = seed % 2 == 0 ? 20 : 1_000_000;
        SpendJob.Controls topics = new SpendJob.Controls(read(Topic.DIRECTORY), read(Topic.CAPS));
        CapStages stages = new CapStages(topics, Duration.ofHours(2), cached);
        int position = 0;
        for (int crash = 0; crash < seed % 4; crash++) {
            int checkpoint = position + random.nextInt(inputs.size() - position + 1);
            run(stages, inputs.subList(position, checkpoint), random);
            CapStages.State state = stages.snapshot();
            int heardUntil = heard.size();
            take(stages);
            int lost = checkpoint + random.nextInt(inputs.size() - checkpoint + 1);
            run(stages, inputs.subList(checkpoint, lost), random);
            // Booked by mistake by the attempt that is lost; the next one only touches it.
            List<Spent> mistakes = new ArrayList<>(spent.subList(0, random.nextInt(3)));
            run(stages, mistakes, random);
            // While it is down the topics go on; what comes again comes in another order.
            edits.stream().filter(edit -> random.nextInt(3) == 0).forEach(published::add);
            stages.restore(state, 1 + random.nextInt(3), 1 + random.nextInt(3));
            mistakes.forEach(each -> inputs.add(new Spent(each.user, each.at, 0)));
            Collections.shuffle(inputs.subList(checkpoint, inputs.size()), random);
            hear(stages, heardUntil);
            position = checkpoint;
        }
        run(stages, inputs.subList(position, inputs.size()), random);
        stages.settle();
        take(stages);
        hear(stages, 0);
        stages.watermark(NOVEMBER_CLOSED.toEpochMilli());
        CapStages.State closed = stages.snapshot();
        take(stages);
        stages.restore(closed, 2, 2);
        for (Edited edit : edits) {
            stages.control(edit.control, true); // what is closed stays as it is, a week that goes on as well
        }
        stages.settle();
        take(stages);
        stages.watermark(Watermark.MAX_WATERMARK.getTimestamp());
        take(stages);
        assertThat(stages.stateEntries()).as("all state ends").isZero();
        stages.close();

        assertThat(told.values().stream()
                        .filter(alert -> alert.getStatus().equals(Alerts.FIRING))
                        .map(CapPropertyTest::text)
                        .sorted())
                .isEqualTo(rule());
        assertThat(replayed()).isEqualTo(rule());
    }

    /** The alerts that the actual caps give over the sums that were said. */
    private List<String> replayed() throws IOException {
        Controls controls = new Controls();
        for (Edited edit : edits) {
            if (edit.control.topic().equals(Topic.CAPS.topicName())) {
                controls.apply(Codec.of(CapVersion.class).decode(edit.control.value()));
            } else {
                controls.apply(Codec.of(DirectoryVersion.class).decode(edit.control.value()));
            }
        }
        Map<CapSubject, Spend> bySubject = new HashMap<>();
        for (SpendMonth month : sums.values()) {
            CapScope scope = CapScope.named(month.getSubjectType()).orElseThrow();
            bySubject
                    .computeIfAbsent(new CapSubject(ORG, scope, month.getSubject()), key -> new Spend())
                    .add(month);
        }
        List<String> alerts = new ArrayList<>();
        bySubject.forEach((subject, spend) -> {
            if (!subject.name().equals(Users.UNATTRIBUTED)) {
                Replay.alerts(subject, controls.limits(subject), spend, Long.MIN_VALUE, Long.MAX_VALUE).stream()
                        .map(CapPropertyTest::text)
                        .forEach(alerts::add);
            }
        });
        Collections.sort(alerts);
        return alerts;
    }

    private static String text(Replay.Alert alert) {
        Limit limit = alert.crossing().limit();
        return alert.subject().user() + " " + alert.period().periodName() + " " + alert.periodStart() + " "
                + limit.capId() + " " + limit.capVersion() + " "
                + alert.crossing().percent() + " " + limit.amountMicros();
    }

    private void run(CapStages stages, List<? extends Input> inputs, Random random) throws Exception {
        for (Input input : inputs) {
            if (input instanceof Spent each) {
                stages.process(bundle(each));
            } else if (input instanceof Edited each) {
                published.add(each);
                stages.control(each.control, random.nextBoolean());
            }
            if (random.nextInt(5) == 0) {
                stages.settle();
            }
        }
        take(stages);
    }

    private void hear(CapStages stages, int from) throws Exception {
        for (Control each : List.copyOf(heard.subList(from, heard.size()))) {
            stages.control(each, true);
        }
    }

    private void take(CapStages stages) throws IOException {
        for (SpendMonth each : stages.takeSums()) {
            String key = each.getSubjectType() + each.getSubject() + each.getMonth();
            sums.merge(key, each, (a, b) -> b.getVersion() > a.getVersion() ? b : a);
        }
        for (byte[] value : stages.take()) {
            Alert alert = Codec.of(Alert.class).decode(value);
            told.put(alert.getId(), alert);
            heard.add(new Control(Topic.ALERTS.topicName(), value));
        }
        // Alerts of other jobs are on the topic as well, and are nobody's here.
        Alert other = new AuditCheckpoint(1, "0".repeat(64)).alert(ORG, 0);
        heard.add(new Control(Topic.ALERTS.topicName(), Codec.encode(other)));
    }

    private ControlTopic read(Topic topic) {
        return values -> published.stream()
                .filter(edit -> edit.control.topic().equals(topic.topicName()))
                .forEach(edit -> values.accept(edit.control.value()));
    }

    private static Bundle bundle(Spent spent) {
        Dimensions dimensions =
                new Dimensions(ORG, spent.user, "unassigned", "opus", "claude-code", null, null, null, null, false);
        RowWriter row = new RowWriter(256);
        var cell = dimensions.cell(Periods.hour(spent.at), false, 0);
        new Contribution(cell, new Amounts(spent.micros, 1, 0, 0, 0, 0), 0, spent.at, spent.at).write(row);
        return new Bundle(cell.account(), row.toByteArray());
    }

    private List<String> rule() throws IOException {
        Controls controls = new Controls();
        Directories directories = new Directories();
        for (Edited edit : edits) {
            if (edit.control.topic().equals(Topic.CAPS.topicName())) {
                controls.apply(Codec.of(CapVersion.class).decode(edit.control.value()));
            } else {
                DirectoryVersion version = Codec.of(DirectoryVersion.class).decode(edit.control.value());
                controls.apply(version);
                directories.apply(version);
            }
        }
        List<String> alerts = new ArrayList<>();
        alerts.addAll(firing(controls, CapSubject.total(ORG), each -> true));
        for (int i = 0; i < 3; i++) {
            String user = "u" + i + "@example.com";
            alerts.addAll(firing(controls, CapSubject.person(ORG, user), each -> each.user.equals(user)));
            String group = "g" + i;
            alerts.addAll(firing(
                    controls,
                    CapSubject.pool(ORG, group),
                    each -> AsOf.memberOf(directories.of(ORG), each.user, each.at)
                            .groupIds()
                            .contains(group)));
        }
        Collections.sort(alerts);
        return alerts;
    }

    private Set<String> firing(Controls controls, CapSubject subject, Predicate<Spent> counts) {
        Account account = new Account(true);
        Set<String> firing = new HashSet<>();
        Account.Teller teller = (period, start, change) -> {
            String text = text(Alerts.alert(subject, period, start, change)
                    .setCause("")
                    .setSpendBeforeMicros(0)
                    .setSpendAfterMicros(0)
                    .setAt(0)
                    .build());
            if (change.isFiring()) {
                firing.add(text);
            } else {
                firing.remove(text);
            }
        };
        spent.stream().filter(counts).forEach(each -> account.add(each.at, each.micros, teller));
        account.limit(controls.limits(subject), teller);
        return firing;
    }

    /** What is compared. */
    private static String text(Alert alert) {
        return alert.getUser() + " " + alert.getPeriod() + " " + alert.getPeriodStart() + " " + alert.getCapId() + " "
                + alert.getCapVersion() + " " + alert.getThreshold() + " " + alert.getAmountMicros();
    }

    private void scenario(Random random) {
        long at = start;
        for (int i = 0; i < 30; i++) {
            at += random.nextLong(SPAN / 25);
            String user = "u" + random.nextInt(3);
            String group = "g" + random.nextInt(2);
            CapPeriod period = CapPeriod.values()[random.nextInt(3)];
            switch (random.nextInt(8)) {
                case 0 -> directory("user", user, at, false, user, null);
                case 1, 2 -> directory("membership", group + '|' + user, at, random.nextInt(3) == 0, user, group);
                case 3 -> cap(CapScope.USER, user + (random.nextBoolean() ? "@example.com" : ""), period, at, random);
                case 4 -> cap(CapScope.GROUP, group, period, at, random);
                case 5 -> cap(CapScope.GROUP_POOL, group, period, at, random);
                case 6 -> cap(CapScope.ORGANIZATION_TOTAL, null, period, at, random);
                default -> cap(CapScope.ORGANIZATION, null, period, at, random);
            }
        }
        for (int i = 0; i < 90; i++) {
            String user = random.nextInt(9) == 0 ? Users.UNATTRIBUTED : "u" + random.nextInt(3) + "@example.com";
            long when = start + random.nextLong(SPAN);
            long micros = random.nextLong(3 * DOLLAR);
            spent.add(new Spent(user, when, micros));
            if (random.nextInt(4) == 0) {
                spent.add(new Spent(user, when, -random.nextLong(micros + 1)));
            }
        }
    }

    private long number(String id) {
        return numbers.merge(id, 1L, Long::sum);
    }

    private void edit(Topic topic, SpecificRecordBase version) {
        edits.add(new Edited(new Control(topic.topicName(), Codec.encode(version))));
    }

    private void directory(String kind, String id, long at, boolean deleted, String user, @Nullable String group) {
        edit(
                Topic.DIRECTORY,
                DirectoryVersion.newBuilder()
                        .setOrgId(ORG)
                        .setKind(kind)
                        .setId(id)
                        .setVersion(number(kind + id))
                        .setEffectiveAt(at)
                        .setRecordedAt(at)
                        .setCreatedAt(start)
                        .setSource("admin")
                        .setDeleted(deleted)
                        .setUser(
                                group != null
                                        ? null
                                        : DirectoryUser.newBuilder()
                                                .setUserName(user)
                                                .setEmails(List.of(user + "@example.com"))
                                                .build())
                        .setMembership(group == null ? null : new DirectoryMembership(group, user, false))
                        .build());
    }

    private void cap(CapScope scope, @Nullable String scopeId, CapPeriod period, long at, Random random) {
        String id = Caps.id(scope, scopeId, period);
        edit(
                Topic.CAPS,
                CapVersion.newBuilder()
                        .setOrgId(ORG)
                        .setKind(Caps.CAP)
                        .setId(id)
                        .setVersion(number(id))
                        .setEffectiveAt(at)
                        .setRecordedAt(at)
                        .setCreatedAt(start)
                        .setDeleted(random.nextInt(6) == 0)
                        .setCap(Cap.newBuilder()
                                .setScopeType(scope.scopeName())
                                .setScopeId(scopeId)
                                .setPeriod(period.periodName())
                                .setAmountMicros(
                                        random.nextInt(6) == 0 ? null : Long.valueOf(random.nextLong(50) * DOLLAR))
                                .setEnabled(random.nextInt(6) > 0)
                                .setThresholds(List.of(50, 75, 90, 100))
                                .build())
                        .build());
    }
}
