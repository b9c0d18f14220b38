package io.sluice.core.caps;

import static io.sluice.core.caps.CapPeriod.MONTHLY;
import static io.sluice.core.caps.CapScope.GROUP;
import static io.sluice.core.caps.CapScope.ORGANIZATION;
import static io.sluice.core.caps.CapScope.SEAT_TIER;
import static io.sluice.core.caps.CapScope.USER;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.directory.Edits;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which caps were looked at for a member, and why they are or are not the limit. */
class ExplanationTest {
    private static final String KIM = "kim@example.com";

    private final Edits people = new Edits();
    private final History history = new History();

    private void cap(CapScope scope, @Nullable String scopeId, @Nullable Long dollars, boolean enabled) {
        people.now += Edits.SECOND;
        history.cap(people.now, scope, scopeId, MONTHLY, dollars, enabled, History.DEFAULT);
    }

    private void cap(CapScope scope, @Nullable String scopeId, @Nullable Long dollars) {
        cap(scope, scopeId, dollars, true);
    }

    @BeforeEach
    void everyScope() {
        people.user("u1", KIM, true, "premium", KIM);
        for (String group : List.of("g1", "g2", "g3", "g4")) {
            people.group(group, group);
            people.join(group, "u1");
        }
        cap(ORGANIZATION, null, 10L);
        cap(SEAT_TIER, "premium", 20L);
        cap(SEAT_TIER, "standard", 21L);
        cap(GROUP, "g1", 30L);
        cap(GROUP, "g2", 25L);
        cap(GROUP, "g3", 25L);
        cap(GROUP, "g4", 5L, false);
    }

    private List<String> explained() {
        Explanation explanation =
                LimitTimeline.explainMemberAt(history.caps(), people.directory(), KIM, MONTHLY, people.now);
        assertThat(explanation.version())
                .hasToString(LimitTimeline.ofMemberAt(history.caps(), people.directory(), KIM, MONTHLY, people.now)
                        .toString());
        assertThat(explanation.candidates())
                .filteredOn(each -> each.outcome() == Candidate.Outcome.WON)
                .extracting(Candidate::limit)
                .isEqualTo(
                        explanation.version().limit() == null
                                ? List.of()
                                : List.of(explanation.version().limit()));
        return explanation.candidates().stream()
                .map(each -> each.limit().scope().scopeName() + " "
                        + each.limit().scopeId() + " " + each.outcome().outcomeName())
                .toList();
    }

    @Test
    void theLowestOfTheGroups() {
        assertThat(explained())
                .containsExactly(
                        "rbac_group g4 disabled",
                        "rbac_group g1 higher",
                        "rbac_group g2 won",
                        "rbac_group g3 equal",
                        "seat_tier premium less_special",
                        "organization null less_special");
    }

    @Test
    void theHighestOfTheGroups() {
        history.settings(++people.now, "highest");
        assertThat(explained())
                .contains("rbac_group g1 won", "rbac_group g2 lower", "rbac_group g3 lower", "rbac_group g4 disabled");
    }

    @Test
    void aUsersOwnGoesFirstAndByIdBeforeByLabel() {
        cap(USER, KIM, 2L);
        assertThat(explained()).startsWith("user kim@example.com won").contains("rbac_group g2 less_special");
        cap(USER, "u1", null);
        assertThat(explained()).startsWith("user u1 won", "user kim@example.com less_special");
        cap(USER, "u1", null, false);
        assertThat(explained()).startsWith("user u1 disabled", "user kim@example.com won");
    }

    @Test
    void nothingIsLeft() {
        for (String group : List.of("g1", "g2", "g3")) {
            cap(GROUP, group, 1L, false);
        }
        cap(SEAT_TIER, "premium", 20L, false);
        history.delete(++people.now, ORGANIZATION, null, MONTHLY);
        assertThat(explained()).hasSize(5).allMatch(each -> each.endsWith("disabled"));
    }

    @Test
    void aUserWithoutALabelIsLookedUpOnce() {
        people.user("u2", "Lee", true, "premium");
        cap(USER, "u2", 3L);
        assertThat(LimitTimeline.explainUserAt(history.caps(), people.directory(), "u2", MONTHLY, people.now)
                        .candidates())
                .extracting(each -> each.limit().scope() + " " + each.outcome())
                .containsExactly("USER WON", "SEAT_TIER LESS_SPECIAL", "ORGANIZATION LESS_SPECIAL");
    }
}
