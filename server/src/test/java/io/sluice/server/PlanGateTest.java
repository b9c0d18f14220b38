package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.directory.Directories;
import io.sluice.core.directory.Plans;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanGateTest {
    private final AccessFixture fixture = new AccessFixture();
    private final PlanGate gate = new PlanGate(Plans.bundled(), fixture.organizations);

    @ParameterizedTest
    @CsvSource({
        "team, code-analytics, true",
        "team, spend-caps, true",
        "team, groups-and-roles, true",
        "team, self-serve-seats, true",
        "team, compliance, false",
        "team, , true",
        "enterprise, compliance, true",
        "enterprise, code-analytics, true",
        // A plan that the table does not know has what all have.
        "of-the-future, code-analytics, true",
        "of-the-future, compliance, false",
        "of-the-future, , true",
    })
    void lets(String plan, @Nullable String feature, boolean through) {
        fixture.plans.put("acme", plan);
        if (feature != null && !plan.equals("of-the-future")) {
            assertThat(gate.has(feature, "acme")).isEqualTo(through);
        }
        if (through) {
            assertThatCode(() -> gate.require(feature, "acme")).doesNotThrowAnyException();
        } else {
            assertThatThrownBy(() -> gate.require(feature, "acme"))
                    .extracting("kind")
                    .isEqualTo(Refusal.Kind.PLAN_REQUIRED);
        }
    }

    @Test
    void whatEveryPlanHasNeedsNoDirectory() {
        PlanGate unknowing = new PlanGate(Plans.bundled(), new DirectoryOrganizations(new Directories(), () -> false));
        assertThatCode(() -> unknowing.require("code-analytics", "acme")).doesNotThrowAnyException();
        assertThatThrownBy(() -> unknowing.require("compliance", "acme"))
                .extracting("kind")
                .isEqualTo(Refusal.Kind.UNAVAILABLE);
        assertThatThrownBy(() -> unknowing.has("compliance", "acme"))
                .extracting("kind")
                .isEqualTo(Refusal.Kind.UNAVAILABLE);
    }

    @Test
    void saysWhichPlanHasIt() {
        fixture.plans.put("acme", "team");
        assertThatThrownBy(() -> gate.require("compliance", "acme"))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal -> assertThat(
                                        RouteGroup.CLAUDE_ERRORS.of(refusal).toString())
                                .isEqualTo(
                                        "{\"error\":{\"type\":\"plan_required\",\"message\":\"Compliance API: logs and"
                                                + " content, search, flags and policy alerts, selective deletion, retention,"
                                                + " holds, audit export: not in the plan Team (expected: Enterprise)\","
                                                + "\"field\":null,\"feature\":\"compliance\",\"plan\":\"team\","
                                                + "\"available_in\":[\"enterprise\"]}}"));
    }

    @Test
    void aRouteOfAnUnknownFeatureIsFoundAtStart() {
        assertThatThrownBy(() -> gate.requireKnown("everything")).isInstanceOf(IllegalArgumentException.class);
    }
}
