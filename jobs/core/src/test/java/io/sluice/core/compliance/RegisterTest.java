package io.sluice.core.compliance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.schema.ComplianceChange;
import io.sluice.schema.ContentTarget;
import io.sluice.schema.Erasure;
import io.sluice.schema.LegalHold;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegisterTest {
    private static final String ORG = "acme";
    private static final long NOON = 1_795_000_000_000_000L;

    /** A story is a list of entries: h hold, r release, e erasure, s start. All are about the conversation c. */
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "e,     kept",
        "e s,   erased",
        "h e s, held",
        // It stood at the start, though it was asked for later than the erasure.
        "e h s, held",
        // Too late: the start has destroyed it.
        "e s h, erased",
        "h r e s, erased",
        "h e s r, held",
        "h e s r s, erased",
        "h e s r h2 s, held",
        "h h2 e s r s, held",
        "h e r s, erased",
    })
    void aStoryHasOneEnd(String story, String end) {
        Register register = new Register();
        entries(story).forEach(register::add);

        Fate fate = register.fate(ORG, item("c", NOON));

        assertThat(fate.erased() ? "erased" : fate.heldBy().isEmpty() ? "kept" : "held")
                .isEqualTo(end);
        assertThat(register.fate(ORG, "erasure", item("c", NOON))).isEqualTo(fate);
        assertThat(register.fate(ORG, item("another", NOON))).isEqualTo(Fate.KEPT);
        assertThat(register.fate("globex", item("c", NOON))).isEqualTo(Fate.KEPT);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void theOrderOfArrivalChangesNothing(long seed) {
        Random random = new Random(seed);
        List<ComplianceChange> entries = anything(random, 60);
        Register expected = new Register();
        entries.forEach(expected::add);
        List<ComplianceChange> shuffled = new ArrayList<>(entries);
        shuffled.addAll(entries.subList(0, 20));
        Collections.shuffle(shuffled, random);
        Register register = new Register();
        shuffled.forEach(register::add);

        assertThat(register.known(ORG)).isEqualTo(60);
        for (Item item : items()) {
            assertThat(register.fate(ORG, item)).as("seed %d, %s", seed, item).isEqualTo(expected.fate(ORG, item));
            assertThat(register.fate(ORG, item)).as("seed %d, %s", seed, item).isEqualTo(model(entries, item));
        }
    }

    @Test
    void erasuresAreFoundByWhomTheyAreAbout() {
        Register register = new Register();
        ContentTarget kim = target("user")
                .setLabels(List.of("kim@example.com"))
                .setUntil(NOON)
                .build();
        ContentTarget everybody = target("retention").setUntil(NOON).build();
        ContentTarget group = target("retention")
                .setLabels(List.of("kim@example.com"))
                .setUntil(NOON)
                .build();
        register.add(erasure(1, "b", everybody));
        register.add(erasure(2, "c", kim));
        register.add(erasure(3, "a", group));
        assertThat(register.erasuresOf(ORG, List.of("kim@example.com"))).isEmpty();
        for (int i = 0; i < 3; i++) {
            register.add(change(4 + i)
                    .setKind("start")
                    .setStart(List.of("b", "c", "a").get(i))
                    .build());
        }
        assertThat(register.erasuresOf(ORG, List.of("Kim@Example.com"))).containsExactly("a", "c");
        assertThat(register.erasuresOf(ORG, List.of("lee@example.com"))).isEmpty();
        assertThat(register.erasuresOf("globex", List.of("kim@example.com"))).isEmpty();
    }

    @Test
    void aCopyDoesNotChange() {
        Register register = new Register();
        List<ComplianceChange> entries = entries("h e s r s");
        entries.subList(0, 3).forEach(register::add);
        Register copy = register.copy(ORG);
        entries.subList(3, 5).forEach(register::add);
        assertThat(copy.fate(ORG, item("c", NOON)).heldBy()).containsExactly("h");
        assertThat(register.fate(ORG, item("c", NOON)).erased()).isTrue();
        entries.subList(3, 5).forEach(copy::add);
        assertThat(copy.fate(ORG, item("c", NOON)).erased()).isTrue();
    }

    /** A server that knows less says the same of what it knows. */
    @Test
    void whatIsMissingHoldsBackWhatFollows() {
        Register register = new Register();
        List<ComplianceChange> entries = entries("e h s");
        assertThat(register.add(entries.get(2))).isEmpty();
        assertThat(register.add(entries.get(0))).containsExactly(entries.get(0));
        assertThat(register.known(ORG)).isEqualTo(1);
        assertThat(register.fate(ORG, item("c", NOON))).isEqualTo(Fate.KEPT);
        assertThat(register.add(entries.get(1))).containsExactly(entries.get(1), entries.get(2));
        assertThat(register.add(entries.get(1))).isEmpty();
        assertThat(register.fate(ORG, item("c", NOON)).heldBy()).containsExactly("h");
    }

    @Test
    void usersAndProjectsAreErasedUpToTheRequest() {
        for (ContentTarget target : List.of(
                target("user")
                        .setLabels(List.of("Kim@Example.com"))
                        .setUntil(NOON)
                        .build(),
                target("project").setProjectIds(List.of("p")).setUntil(NOON).build(),
                target("retention").setProduct("chat").setUntil(NOON).build(),
                target("retention")
                        .setLabels(List.of("kim@example.com"))
                        .setUntil(NOON)
                        .build())) {
            Register register = new Register();
            register.add(erasure(1, "erasure", target));
            register.add(change(2).setKind("start").setStart("erasure").build());

            assertThat(register.fate(ORG, item("c", NOON - 1)).erasedBy())
                    .as("%s", target)
                    .isEqualTo("erasure");
            assertThat(register.fate(ORG, item("c", NOON))).as("%s", target).isEqualTo(Fate.KEPT);
            Item another = new Item("c", "d", Set.of("lee@example.com"), null, "claude_code", NOON - 1);
            assertThat(register.fate(ORG, another)).as("%s", target).isEqualTo(Fate.KEPT);
        }
    }

    @Test
    void holdsWithoutAnEndCoverWhatComes() {
        Register register = new Register();
        register.add(hold(
                1, "h", target("user").setLabels(List.of("kim@example.com")).build()));
        Held hold = register.hold(ORG, "h").orElseThrow();
        assertThat(hold.covers(item("c", Long.MAX_VALUE - 1))).isTrue();
        assertThat(hold.releasedBy()).isZero();
        register.add(change(2).setKind("release").setRelease("h").build());
        assertThat(hold.releasedBy()).isEqualTo(2);
    }

    @Test
    void anErasureCanGoOnWhenAHoldThatKeptSomethingIsReleased() {
        Register register = new Register();
        entries("h e s").forEach(register::add);
        Requested erasure = register.erasure(ORG, "erasure").orElseThrow();
        assertThat(register.canResume(ORG, erasure, List.of("h"))).isFalse();
        register.add(change(4).setKind("release").setRelease("h").build());
        assertThat(register.canResume(ORG, erasure, List.of("h"))).isTrue();
        assertThat(register.canResume(ORG, erasure, List.of())).isFalse();
        register.add(change(5).setKind("start").setStart("erasure").build());
        assertThat(register.canResume(ORG, erasure, List.of("h"))).isFalse();
    }

    @Test
    void aTargetOfAnUnknownKindIsRefusedRatherThanOverlooked() {
        assertThatThrownBy(
                        () -> new Register().add(hold(1, "h", target("planet").build())))
                .hasMessageContaining("target.kind: planet (expected: ");
    }

    /** The rules once more, without an index and without state. */
    private static Fate model(List<ComplianceChange> entries, Item item) {
        TreeSet<String> kept = new TreeSet<>();
        for (ComplianceChange asked : entries) {
            Erasure erasure = asked.getErasure();
            long start = erasure == null
                    ? 0
                    : entries.stream()
                            .filter(each ->
                                    erasure.getId().equals(each.getStart()) && each.getNumber() > asked.getNumber())
                            .mapToLong(ComplianceChange::getNumber)
                            .max()
                            .orElse(0);
            if (erasure == null || start == 0 || !new Coverage(erasure.getTarget()).covers(item)) {
                continue;
            }
            List<String> holds = entries.stream()
                    .filter(each -> each.getHold() != null && each.getNumber() < start)
                    .filter(each -> entries.stream()
                            .noneMatch(release -> each.getHold().getId().equals(release.getRelease())
                                    && release.getNumber() > each.getNumber()
                                    && release.getNumber() < start))
                    .filter(each ->
                            each.getHold().getTargets().stream().anyMatch(target -> new Coverage(target).covers(item)))
                    .map(each -> each.getHold().getId())
                    .toList();
            if (holds.isEmpty()) {
                return new Fate(erasure.getId(), List.of());
            }
            kept.addAll(holds);
        }
        return new Fate(null, List.copyOf(kept));
    }

    private static List<ComplianceChange> anything(Random random, int size) {
        List<ComplianceChange> entries = new ArrayList<>();
        List<String> holds = new ArrayList<>();
        List<String> erasures = new ArrayList<>();
        for (int number = 1; number <= size; number++) {
            int dice = random.nextInt(4);
            if (dice == 0 || holds.isEmpty()) {
                holds.add("h" + number);
                entries.add(hold(number, "h" + number, anyTarget(random)));
            } else if (dice == 1 || erasures.isEmpty()) {
                erasures.add("e" + number);
                entries.add(erasure(number, "e" + number, anyTarget(random)));
            } else if (dice == 2) {
                entries.add(change(number)
                        .setKind("release")
                        .setRelease(any(random, holds))
                        .build());
            } else {
                entries.add(change(number)
                        .setKind("start")
                        .setStart(any(random, erasures))
                        .build());
            }
        }
        return entries;
    }

    private static ContentTarget anyTarget(Random random) {
        return switch (random.nextInt(5)) {
            case 0 ->
                target("conversation")
                        .setConversationIds(List.of("c" + random.nextInt(3)))
                        .build();
            case 1 ->
                target("user")
                        .setLabels(List.of("u" + random.nextInt(3)))
                        .setUntil(NOON + random.nextInt(3))
                        .build();
            case 2 ->
                target("project")
                        .setProjectIds(List.of("p" + random.nextInt(2)))
                        .build();
            case 3 ->
                target("search").setDocuments(List.of("d" + random.nextInt(3))).build();
            default ->
                target("retention")
                        .setProduct("chat")
                        .setUntil(NOON + random.nextInt(2))
                        .build();
        };
    }

    private static List<Item> items() {
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < 54; i++) {
            String project = i % 2 == 0 ? null : "p" + i / 2 % 2;
            items.add(new Item(
                    "c" + i % 3, "d" + i / 3 % 3, Set.of("u" + i / 9 % 3), project, "chat", NOON + i / 27 % 2));
        }
        return items;
    }

    private static String any(Random random, List<String> of) {
        return of.get(random.nextInt(of.size()));
    }

    private static List<ComplianceChange> entries(String story) {
        List<ComplianceChange> entries = new ArrayList<>();
        ContentTarget target =
                target("conversation").setConversationIds(List.of("c")).build();
        for (String word : story.trim().split(" ")) {
            long number = entries.size() + 1L;
            entries.add(
                    switch (word) {
                        case "h", "h2" -> hold(number, word, target);
                        case "r" ->
                            change(number).setKind("release").setRelease("h").build();
                        case "e" -> erasure(number, "erasure", target);
                        case "s" ->
                            change(number).setKind("start").setStart("erasure").build();
                        default -> throw new IllegalArgumentException(word);
                    });
        }
        return entries;
    }

    private static Item item(String conversation, long occurredAt) {
        return new Item(conversation, "d", Set.of("kim@example.com"), "p", "chat", occurredAt);
    }

    private static ContentTarget.Builder target(String kind) {
        return ContentTarget.newBuilder().setKind(kind);
    }

    private static ComplianceChange hold(long number, String id, ContentTarget target) {
        return change(number)
                .setKind("hold")
                .setHold(LegalHold.newBuilder()
                        .setId(id)
                        .setMatter("m")
                        .setTargets(List.of(target))
                        .build())
                .build();
    }

    private static ComplianceChange erasure(long number, String id, ContentTarget target) {
        return change(number)
                .setKind("erasure")
                .setErasure(Erasure.newBuilder()
                        .setId(id)
                        .setTarget(target)
                        .setDueAt(NOON)
                        .build())
                .build();
    }

    private static ComplianceChange.Builder change(long number) {
        return ComplianceChange.newBuilder()
                .setOrgId(ORG)
                .setNumber(number)
                .setRecordedAt(NOON)
                .setChangedBy("tok");
    }
}
