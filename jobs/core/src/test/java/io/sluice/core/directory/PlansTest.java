package io.sluice.core.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlansTest {
    private static final String PLAN = "'plans': [{'name': 'team', 'title': 'Team'}]";

    private final Plans plans = Plans.bundled();

    @ParameterizedTest
    @CsvSource({
        "groups-and-roles, true,  true",
        "spend-caps,       true,  true",
        "managed-policies, true,  true",
        "code-analytics,   true,  true",
        "compliance,       false, true",
        "self-serve-seats, true,  true",
    })
    void whichPlanHasWhat(String feature, boolean team, boolean enterprise) {
        assertThat(plans.has("team", feature)).isEqualTo(team);
        assertThat(plans.has("enterprise", feature)).isEqualTo(enterprise);
        assertThat(plans.feature(feature).title()).isNotBlank().isNotEqualTo(feature);
    }

    @Test
    void namesAndTitles() {
        assertThat(plans.planNames()).containsExactly("team", "enterprise");
        assertThat(plans.featureNames())
                .containsExactly(
                        "groups-and-roles",
                        "spend-caps",
                        "managed-policies",
                        "code-analytics",
                        "compliance",
                        "self-serve-seats");
        assertThat(plans.feature("compliance").plans()).containsExactly(new Plans.Plan("enterprise", "Enterprise"));
        assertThat(plans.findPlan("free")).isEmpty();
        assertThat(plans.findPlan("team")).contains(new Plans.Plan("team", "Team"));
    }

    @Test
    void whatDoesNotExistIsAnError() {
        assertThatThrownBy(() -> plans.has("free", "compliance"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("plan: a text of 4 characters that is none (expected: one of team, enterprise)");
        assertThatThrownBy(() -> plans.has("team", "compliant"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        "feature: a text of 9 characters that is none (expected: one of groups-and-roles, ");
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(
            delimiter = ';',
            value = {
                "{}                                                                       ; plans: missing or empty (expected: a list)",
                "{'plans': []}                                                            ; plans: missing or empty (expected: a list)",
                "{'plans': [{'name': 'team'}]}                                            ; title: missing or empty (expected: a text)",
                "{'plans': [{'name':'a','title':'A'},{'name':'a','title':'B'}]}           ; plans: a twice (expected: once)",
                "{PLAN}                                                                   ; features: missing or empty (expected: a list)",
                "{PLAN, 'features': [{'name': 'f', 'title': 'F', 'plans': []}]}           ; plans: missing or empty (expected: a list)",
                "{PLAN, 'features': [{'name': 'f', 'title': 'F', 'plans': ['free']}]}     ; plan: a text of 4 characters that is none (expected: one of team)",
                "{PLAN, 'features': [{'name': 'f', 'title': 'F', 'plans': ['team']}, {'name': 'f', 'title': 'G', 'plans': ['team']}]}; features: f twice (expected: once)",
            },
            quoteCharacter = '~')
    void damagedDataIsRefused(String json, String message) {
        assertThatThrownBy(() -> read(json.replace("PLAN", PLAN))).hasMessage(message);
    }

    private static Plans read(String json) throws IOException {
        return Plans.read(new ByteArrayInputStream(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8)));
    }
}
