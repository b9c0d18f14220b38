package io.sluice.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.Plans;
import io.sluice.core.privacy.PrivacyMode;
import io.sluice.schema.DirectoryOrganization;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The organization itself: its administrator has the name and the defaults, the operator the plan and the parent. */
final class OrganizationRoutes {
    private static final String OWN = "/v1/organization";
    private static final String ANY = "/v1/organizations/{id}";
    private static final String DEFAULT_ROLE_IDS = "default_role_ids";
    private static final String DEFAULT_SEAT_TIER = "default_seat_tier";
    private static final String PARENT_ID = "parent_id";
    private static final String PRIVACY = "analytics_privacy";
    private static final String MINIMUM = "minimum_group_size";
    private static final int LEAST_GROUP = 3;
    private static final int MOST_GROUP = 1000;
    private static final int LONGEST_NAME = 200;
    private static final int MOST_ROLES = 100;

    private final DirectoryRoutes common;
    private final DirectoryStore store;
    private final Access access;
    private final Plans plans;

    OrganizationRoutes(DirectoryRoutes common, Access access, Plans plans) {
        this.common = common;
        this.store = common.store();
        this.access = access;
        this.plans = plans;
    }

    List<Route> routes() {
        return List.of(
                common.read(OWN, call -> ok(call.orgId())),
                common.administer(HttpMethod.PATCH, OWN, this::patch).feature(DirectoryRoutes.FEATURE),
                common.administer(HttpMethod.PUT, ANY, this::put));
    }

    /** What is known of an organization; one without a document has every feature: the schema's default plan. */
    static DirectoryOrganization of(Directory directory) {
        return of(directory.organization());
    }

    private static DirectoryOrganization of(Optional<Document<DirectoryOrganization>> document) {
        return document.map(Document::content)
                .orElseGet(() -> DirectoryOrganization.newBuilder().build());
    }

    static @Nullable String name(DirectoryOrganization organization) {
        return organization.getName().isEmpty() ? null : organization.getName();
    }

    private HttpResponse ok(String orgId) {
        Optional<Document<DirectoryOrganization>> document = store.of(orgId).organization();
        return Answers.versioned(HttpStatus.OK, version(document), json(orgId, of(document)));
    }

    private static long version(Optional<Document<DirectoryOrganization>> document) {
        return document.map(Document::version).orElse(0L);
    }

    private ObjectNode json(String orgId, DirectoryOrganization organization) {
        String planName = organization.getPlan();
        ObjectNode json = DirectoryRoutes.object()
                .put("id", orgId)
                .put("type", "organization")
                .put("name", name(organization));
        ObjectNode plan = json.putObject("plan")
                .put("name", planName)
                .put("title", plans.findPlan(planName).map(Plans.Plan::title).orElse(planName));
        ArrayNode features = plan.putArray("features");
        for (String name : plans.featureNames()) {
            Plans.Feature feature = plans.feature(name);
            List<String> having = feature.plans().stream().map(Plans.Plan::name).toList();
            ObjectNode each = features.addObject()
                    .put("name", name)
                    .put("title", feature.title())
                    .put("included", having.contains(planName));
            having.forEach(each.putArray("plans")::add);
        }
        json.put(PARENT_ID, organization.getParentId());
        organization.getDefaultRoleIds().forEach(json.putArray(DEFAULT_ROLE_IDS)::add);
        return json.put(DEFAULT_SEAT_TIER, organization.getDefaultSeatTier())
                .put(PRIVACY, organization.getAnalyticsPrivacy())
                .put(MINIMUM, organization.getMinimumGroupSize());
    }

    private HttpResponse patch(Call call) {
        JsonFields fields = new JsonFields(
                call.body(), Set.of("name", DEFAULT_ROLE_IDS, DEFAULT_SEAT_TIER, PRIVACY, MINIMUM, "plan", PARENT_ID));
        for (String operators : List.of("plan", PARENT_ID)) {
            if (fields.has(operators)) {
                throw new Refusal(
                        Refusal.Kind.FORBIDDEN,
                        operators,
                        operators
                                + ": given (expected: name, default_role_ids, default_seat_tier, analytics_privacy and"
                                + " minimum_group_size only; the operator sets " + operators + ")");
            }
        }
        call.target(call.orgId(), call.orgId());
        String name = fields.textOrNull("name", LONGEST_NAME);
        List<String> roleIds = fields.has(DEFAULT_ROLE_IDS) ? fields.ids(DEFAULT_ROLE_IDS, 0, MOST_ROLES) : List.of();
        String tier = fields.matchingOrNull(DEFAULT_SEAT_TIER, SeatFields.TIER, SeatFields.TIER_EXPECTED);
        String privacy = fields.has(PRIVACY) ? privacy(fields.text(PRIVACY, LONGEST_NAME)) : "";
        int minimum = fields.has(MINIMUM) ? fields.count(MINIMUM, LEAST_GROUP, MOST_GROUP) : 0;
        store.change(() -> {
            Optional<Document<DirectoryOrganization>> before =
                    common.directory(call).organization();
            DirectoryRoutes.requireMatch(call, version(before));
            GroupRoutes.requireRoles(common, call, DEFAULT_ROLE_IDS, roleIds, List.of());
            DirectoryOrganization.Builder after = DirectoryOrganization.newBuilder(of(before));
            if (fields.has("name")) {
                after.setName(name == null ? "" : name);
            }
            if (fields.has(DEFAULT_ROLE_IDS)) {
                after.setDefaultRoleIds(roleIds);
            }
            if (fields.has(DEFAULT_SEAT_TIER)) {
                after.setDefaultSeatTier(tier);
            }
            if (fields.has(PRIVACY)) {
                after.setAnalyticsPrivacy(privacy);
            }
            if (fields.has(MINIMUM)) {
                after.setMinimumGroupSize(minimum);
            }
            accept(call, call.orgId(), before, after.build());
            return true;
        });
        return ok(call.orgId());
    }

    private static String privacy(String given) {
        return PrivacyMode.of(given)
                .map(PrivacyMode::text)
                .orElseThrow(() -> new Refusal(
                        Refusal.Kind.INVALID,
                        PRIVACY,
                        PRIVACY + ": a text of " + given.length()
                                + " characters that is none (expected: named, pseudonymous or team-only)"));
    }

    private HttpResponse put(Call call) {
        if (!access.isOperator(call.caller())) {
            throw new Refusal(
                    Refusal.Kind.FORBIDDEN,
                    "Authorization: the token is not the operator's (expected: scope admin of the default"
                            + " organization)");
        }
        String orgId = call.path("id");
        if (!Settings.ORGANIZATION.matcher(orgId).matches()) {
            throw new Refusal(
                    Refusal.Kind.INVALID,
                    "id",
                    "id: a text of " + orgId.length() + " characters (expected: " + Settings.ORGANIZATION_EXPECTED
                            + ")");
        }
        call.target(orgId, orgId);
        JsonFields fields = new JsonFields(call.body(), Set.of("plan", PARENT_ID, "name"));
        String plan = fields.text("plan", LONGEST_NAME);
        if (plans.findPlan(plan).isEmpty()) {
            throw new Refusal(
                    Refusal.Kind.INVALID,
                    "plan",
                    "plan: a text of " + plan.length() + " characters that is none (expected: one of "
                            + String.join(", ", plans.planNames()) + ")");
        }
        String name = fields.textOrNull("name", LONGEST_NAME);
        String parent = fields.matchingOrNull(PARENT_ID, Settings.ORGANIZATION, Settings.ORGANIZATION_EXPECTED);
        store.change(() -> {
            Optional<Document<DirectoryOrganization>> before = store.of(orgId).organization();
            DirectoryRoutes.requireMatch(call, version(before));
            requireNoCircle(orgId, parent);
            accept(
                    call,
                    orgId,
                    before,
                    DirectoryOrganization.newBuilder(of(before))
                            .setPlan(plan)
                            .setParentId(parent)
                            .setName(name == null ? "" : name)
                            .build());
            return true;
        });
        return ok(orgId);
    }

    private void accept(
            Call call, String orgId, Optional<Document<DirectoryOrganization>> before, DirectoryOrganization after) {
        if (before.filter(document -> document.content().equals(after)).isEmpty()) {
            common.change(call, orgId).organization(before, after).accept();
        }
    }

    /** An organization is not above itself. */
    private void requireNoCircle(String orgId, @Nullable String parent) {
        Set<String> above = new HashSet<>(Set.of(orgId));
        for (String next = parent; next != null; next = of(store.of(next)).getParentId()) {
            if (!above.add(next)) {
                throw new Refusal(
                        Refusal.Kind.INVALID,
                        PARENT_ID,
                        PARENT_ID + ": leads back to the organization itself (expected: one that is not below it)");
            }
        }
    }
}
