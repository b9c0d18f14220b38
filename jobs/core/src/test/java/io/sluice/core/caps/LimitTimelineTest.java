package io.sluice.core.caps;

import static io.sluice.core.caps.CapPeriod.DAILY;
import static io.sluice.core.caps.CapPeriod.MONTHLY;
import static io.sluice.core.caps.CapScope.GROUP;
import static io.sluice.core.caps.CapScope.ORGANIZATION;
import static io.sluice.core.caps.CapScope.SEAT_TIER;
import static io.sluice.core.caps.CapScope.USER;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.directory.AsOf;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Edits;
import io.sluice.core.directory.Kind;
import io.sluice.core.directory.Versions;
import io.sluice.schema.Cap;
import io.sluice.schema.CapVersion;
import io.sluice.schema.DirectoryVersion;
import io.sluice.schema.IncludedUsage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class LimitTimelineTest {
    private static final String KIM = "kim@example.com";

    private final Edits people = new Edits();
    private final History history = new History();

    /** {@code scope id dollars}, or none. */
    private static String text(@Nullable Limit limit) {
        if (limit == null) {
            return "none";
        }
        Long amount = limit.amountMicros();
        return limit.scope().scopeName() + " " + limit.scopeId() + " "
                + (amount == null ? "unlimited" : String.valueOf(amount / History.DOLLAR));
    }

    private LimitTimeline timeline() {
        return LimitTimeline.ofMember(history.caps(), AsOf.historyOf(people.directory(), KIM), KIM, MONTHLY);
    }

    private String now() {
        return text(timeline().at(people.now).limit());
    }

    private long half() {
        return Objects.requireNonNull(timeline().at(people.now).limit()).thresholdMicros(50);
    }

    private void cap(CapScope scope, @Nullable String scopeId, @Nullable Long dollars) {
        people.now += Edits.SECOND;
        history.cap(people.now, scope, scopeId, MONTHLY, dollars);
    }

    /** Of a newer build, or damaged: each says nothing. */
    @ParameterizedTest
    @CsvSource({"robot, monthly", "organization, yearly", "user, monthly"})
    void whatIsNotUnderstoodIsPassedOver(String scope, String period) {
        cap(ORGANIZATION, null, 10L);
        CapVersion known = history.versions.get(0);
        Caps caps = history.caps();
        boolean news = caps.apply(CapVersion.newBuilder(known)
                .setVersion(2)
                .setCap(Cap.newBuilder(known.getCap())
                        .setScopeType(scope)
                        .setScopeId(KIM)
                        .setPeriod(period)
                        .setAmountMicros(1L)
                        .build())
                .build());
        assertThat(news).isFalse();
        assertThat(text(LimitTimeline.ofMemberAt(caps, people.directory(), KIM, MONTHLY, people.now)
                        .limit()))
                .isEqualTo("organization null 10");
    }

    @Test
    void ofAUserWithoutALabel() {
        people.user("u1", "Kim", true, "premium");
        cap(ORGANIZATION, null, 10L);
        assertThat(ofUser()).isEqualTo("organization null 10");
        cap(SEAT_TIER, "premium", 20L);
        assertThat(ofUser()).isEqualTo("seat_tier premium 20");
        cap(GROUP, "g1", 30L);
        people.group("g1", "One");
        people.join("g1", "u1");
        assertThat(ofUser()).isEqualTo("rbac_group g1 30");
        cap(USER, "u1", 0L);
        assertThat(ofUser()).isEqualTo("user u1 0");
    }

    private String ofUser() {
        return text(LimitTimeline.ofUserAt(history.caps(), people.directory(), "u1", MONTHLY, people.now)
                .limit());
    }

    @Test
    void theFirstThatThereIs() {
        assertThat(now()).isEqualTo("none");
        cap(ORGANIZATION, null, 10L);
        assertThat(now()).as("also for somebody who is not known").isEqualTo("organization null 10");
        people.user("u1", KIM, true, "premium", KIM);
        cap(SEAT_TIER, "premium", 20L);
        cap(SEAT_TIER, "standard", 21L);
        assertThat(now()).isEqualTo("seat_tier premium 20");
        cap(GROUP, "g1", 30L);
        assertThat(now()).isEqualTo("seat_tier premium 20");
        people.group("g1", "One");
        people.join("g1", "u1");
        assertThat(now()).isEqualTo("rbac_group g1 30");
        cap(USER, KIM, 40L);
        assertThat(now()).isEqualTo("user kim@example.com 40");
        cap(USER, "u1", 50L);
        assertThat(now()).as("the person before the name").isEqualTo("user u1 50");
        history.cap(people.now, USER, "u1", DAILY, 1L);
        assertThat(now()).as("periods have nothing to do with each other").isEqualTo("user u1 50");
        assertThat(timeline().versions())
                .extracting(version -> text(version.limit()))
                .containsExactly(
                        "organization null 10",
                        "seat_tier premium 20",
                        "rbac_group g1 30",
                        "user kim@example.com 40",
                        "user u1 50");
    }

    @Test
    void ofSeveralGroupsTheLowestOrTheHighest() {
        people.user("u1", KIM, true, null, KIM);
        for (String group : List.of("g1", "g2", "g3")) {
            people.group(group, group);
            people.join(group, "u1");
        }
        cap(GROUP, "g1", 30L);
        cap(GROUP, "g2", 20L);
        cap(GROUP, "g3", null);
        assertThat(now()).isEqualTo("rbac_group g2 20");
        history.settings(++people.now, "highest");
        assertThat(now()).isEqualTo("rbac_group g3 unlimited");
        people.delete(Kind.MEMBERSHIP, Versions.membershipId("g3", "u1"));
        assertThat(now()).isEqualTo("rbac_group g1 30");
        history.settings(++people.now, "lowest");
        people.delete(Kind.GROUP, "g2");
        assertThat(now()).isEqualTo("rbac_group g1 30");
        cap(GROUP, "g1", 30L);
        people.group("g0", "Zero");
        people.join("g0", "u1");
        cap(GROUP, "g0", 30L);
        assertThat(now()).as("of equal ones the smaller id").isEqualTo("rbac_group g0 30");
    }

    @Test
    void whoIsDisabledOrDeletedIsPassedOver() {
        people.user("u1", KIM, true, "premium", KIM);
        cap(ORGANIZATION, null, 10L);
        cap(USER, "u1", 50L);
        history.cap(++people.now, USER, "u1", MONTHLY, 50L, false, History.DEFAULT);
        assertThat(now()).isEqualTo("organization null 10");
        history.cap(++people.now, ORGANIZATION, null, MONTHLY, 10L, false, History.DEFAULT);
        assertThat(timeline().at(people.now)).isEqualTo(new LimitVersion(people.now, null, true));
        history.delete(++people.now, ORGANIZATION, null, MONTHLY);
        history.delete(++people.now, USER, "u1", MONTHLY);
        assertThat(timeline().at(people.now)).isEqualTo(new LimitVersion(people.now, null, false));
    }

    @Test
    void aSeatIncludesUsage() {
        people.user("u1", KIM, true, "premium", KIM);
        cap(ORGANIZATION, null, 10L);
        history.settings(
                ++people.now,
                "lowest",
                new IncludedUsage("premium", "monthly", 5 * History.DOLLAR),
                new IncludedUsage("premium", "daily", History.DOLLAR));
        assertThat(half()).isEqualTo(10 * History.DOLLAR);
        people.user("u1", KIM, false, "premium", KIM);
        assertThat(half()).as("without a seat nothing is included").isEqualTo(5 * History.DOLLAR);
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 200);
    }

    /** No change is missed, and the order in which they become known does not matter. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void betweenItsVersionsNothingChanges(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 60; i++) {
            edit(random);
        }
        List<CapVersion> caps = new ArrayList<>(history.versions);
        Collections.shuffle(caps, random);
        List<DirectoryVersion> versions = new ArrayList<>(people.versions);
        Collections.shuffle(versions, random);
        Directory directory = Edits.directory(versions);
        LimitTimeline timeline =
                LimitTimeline.ofMember(History.caps(caps), AsOf.historyOf(directory, KIM), KIM, MONTHLY);
        assertThat(timeline.versions()).hasToString(timeline().versions().toString()); // with all that limits say
        for (long at = Edits.START; at <= people.now; at += Edits.SECOND) {
            LimitVersion expected = LimitTimeline.ofMemberAt(history.caps(), directory, KIM, MONTHLY, at);
            assertThat(timeline.at(at).saysTheSameAs(expected))
                    .as("at %s: %s, %s", at, timeline.at(at), expected)
                    .isTrue();
        }
    }

    private void edit(Random random) {
        String user = "u" + random.nextInt(2);
        String group = "g" + random.nextInt(3);
        String tier = random.nextBoolean() ? "premium" : "standard";
        long dollars = random.nextInt(5);
        switch (random.nextInt(9)) {
            case 0 ->
                people.user(user, user, random.nextInt(4) > 0, tier, random.nextInt(3) > 0 ? KIM : "x@example.com");
            case 1 -> people.group(group, group);
            case 2, 3 -> people.join(group, user);
            case 4 -> {
                Kind kind = random.nextBoolean() ? Kind.MEMBERSHIP : random.nextBoolean() ? Kind.GROUP : Kind.USER;
                String id = kind == Kind.MEMBERSHIP
                        ? Versions.membershipId(group, user)
                        : kind == Kind.GROUP ? group : user;
                if (people.isThere(kind, id)) {
                    people.delete(kind, id);
                }
            }
            case 5 -> cap(GROUP, group, dollars);
            case 6 -> cap(SEAT_TIER, tier, dollars);
            case 7 ->
                history.settings(
                        ++people.now,
                        random.nextBoolean() ? "highest" : "lowest",
                        new IncludedUsage(tier, "monthly", random.nextInt(3) * 1L));
            default -> {
                CapScope scope = random.nextBoolean() ? USER : ORGANIZATION;
                String id = scope == ORGANIZATION ? null : random.nextBoolean() ? KIM : user;
                if (random.nextInt(4) == 0 && history.has(scope, id, MONTHLY)) {
                    history.delete(++people.now, scope, id, MONTHLY);
                } else {
                    history.cap(++people.now, scope, id, MONTHLY, dollars, random.nextInt(4) > 0, History.DEFAULT);
                }
            }
        }
    }
}
