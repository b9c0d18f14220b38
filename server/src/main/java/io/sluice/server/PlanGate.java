package io.sluice.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import io.sluice.core.directory.Plans;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Refuses what is not in the organization's plan, and says which plan has it. */
final class PlanGate {
    private final Plans plans;
    private final Organizations organizations;

    PlanGate(Plans plans, Organizations organizations) {
        this.plans = plans;
        this.organizations = organizations;
    }

    /** @throws IllegalArgumentException when there is no such feature */
    void requireKnown(String feature) {
        plans.feature(feature);
    }

    /**
     * Whether the organization's plan has it.
     *
     * @throws Refusal UNAVAILABLE while the plan is not known
     */
    boolean has(String feature, String orgId) {
        String plan = organizations.planOf(orgId);
        return plans.feature(feature).plans().stream()
                .anyMatch(having -> having.name().equals(plan));
    }

    /**
     * Decides.
     *
     * @param feature null: in every plan
     * @throws Refusal PLAN_REQUIRED
     */
    void require(@Nullable String feature, String orgId) {
        if (feature == null) {
            return;
        }
        Plans.Feature wanted = plans.feature(feature);
        if (wanted.plans().size() == plans.planNames().size()) {
            // Nobody has to know the plan: this works before the directory is loaded.
            return;
        }
        if (has(feature, orgId)) {
            return;
        }
        String plan = organizations.planOf(orgId);
        ArrayNode names = JsonNodeFactory.instance.arrayNode();
        wanted.plans().forEach(having -> names.add(having.name()));
        String title = plans.findPlan(plan).map(Plans.Plan::title).orElse(plan);
        throw new Refusal(
                        Refusal.Kind.PLAN_REQUIRED,
                        wanted.title() + ": not in the plan " + title + " (expected: "
                                + wanted.plans().stream().map(Plans.Plan::title).collect(Collectors.joining(" or "))
                                + ")")
                .with("feature", TextNode.valueOf(feature))
                .with("plan", TextNode.valueOf(plan))
                .with("available_in", names);
    }
}
