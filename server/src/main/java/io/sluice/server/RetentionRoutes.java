package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import io.sluice.core.compliance.RetentionPlan;
import io.sluice.schema.ComplianceChange;
import io.sluice.schema.RetentionClass;
import io.sluice.schema.RetentionSettings;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code /v1/retention}: how long content is kept. */
final class RetentionRoutes {
    private static final String PATH = "/v1/retention";
    private static final int MOST_CLASSES = 200;
    private static final int MOST_DAYS = 36_500;
    private static final int LONGEST_PRODUCT = 100;

    private final ComplianceDecisions common;
    private final RetentionRuns runs;

    RetentionRoutes(ComplianceDecisions common, RetentionRuns runs) {
        this.common = common;
        this.runs = runs;
    }

    List<Route> routes() {
        return List.of(
                common.read(PATH, this::answer),
                common.decide(HttpMethod.PUT, PATH, this::replace),
                common.decide(HttpMethod.POST, PATH + "/runs", this::run));
    }

    /** In the order in which they decide. */
    private HttpResponse answer(Call call) {
        ObjectNode answer = DirectoryRoutes.object().put("type", "retention");
        ArrayNode classes = answer.putArray("classes");
        common.register()
                .read(all -> RetentionPlan.sorted(all.retention(call.orgId())))
                .forEach(each -> classes.addObject()
                        .put("id", each.getId())
                        .put("product", each.getProduct())
                        .put("group_id", each.getGroupId())
                        .put("days", each.getDays()));
        Instant next = runs.nextRun();
        return Answers.ok(answer.put("next_run_at", next == null ? null : next.toString()));
    }

    private HttpResponse replace(Call call) {
        JsonNode given = call.body();
        JsonFields unused = new JsonFields(given, Set.of("classes"));
        JsonNode list = given.path("classes");
        if (!list.isArray() || list.size() > MOST_CLASSES) {
            throw JsonFields.invalid("classes", list, "a list of up to " + MOST_CLASSES + " classes");
        }
        List<RetentionClass> classes = new ArrayList<>();
        Set<String> scopes = new HashSet<>();
        for (JsonNode each : list) {
            String field = "classes[" + classes.size() + ']';
            try {
                classes.add(retentionClass(call, each));
            } catch (Refusal refusal) {
                throw refusal.within(field);
            }
            RetentionClass last = classes.get(classes.size() - 1);
            if (!scopes.add(last.getProduct() + "|" + last.getGroupId())) {
                throw new Refusal(
                        Refusal.Kind.INVALID,
                        field,
                        field + ": the product and group of an earlier one (expected: each once)");
            }
        }
        List<RetentionClass> sorted = RetentionPlan.sorted(classes);
        common.append(
                call,
                all -> all.retention(call.orgId()).equals(sorted)
                        ? Optional.empty()
                        : Optional.of(ComplianceChange.newBuilder()
                                .setKind("retention")
                                .setRetention(RetentionSettings.newBuilder()
                                        .setClasses(sorted)
                                        .build())));
        return answer(call);
    }

    private RetentionClass retentionClass(Call call, JsonNode json) {
        JsonFields fields = new JsonFields(json, Set.of("id", "product", "group_id", "days"));
        String product = fields.textOrNull("product", LONGEST_PRODUCT);
        String groupId = fields.textOrNull("group_id", ContentTargets.LONGEST_ID);
        if (groupId != null
                && common.directory().of(call.orgId()).group(groupId).isEmpty()) {
            throw new Refusal(
                    Refusal.Kind.INVALID, "group_id", "group_id: no such group (expected: one of the directory)");
        }
        // Named after what it is about, so that the same settings are the same entry.
        String id = "retention_" + Secret.sha256(product + "|" + groupId).substring(0, 16);
        return RetentionClass.newBuilder()
                .setId(id)
                .setProduct(product)
                .setGroupId(groupId)
                .setDays(fields.count("days", 1, MOST_DAYS))
                .build();
    }

    private HttpResponse run(Call call) {
        JsonNode body = call.body();
        JsonFields fields = new JsonFields(body, Set.of("dry_run"));
        boolean dryRun = fields.has("dry_run") && fields.flag("dry_run");
        String runId = ComplianceDecisions.newId("run");
        call.target(call.orgId(), runId);
        if (dryRun) {
            call.detail("dry_run", "true");
        }
        List<RetentionRuns.Made> made = runs.run(call.orgId(), call.caller().actor(), runId, dryRun);
        ObjectNode answer = DirectoryRoutes.object()
                .put("id", runId)
                .put("type", "retention_run")
                .put("dry_run", dryRun);
        ArrayNode erasures = answer.putArray("erasures");
        made.forEach(each -> {
            ObjectNode json = erasures.addObject().put("id", dryRun ? null : each.erasureId());
            json.set("target", ContentTargets.json(each.target()));
            json.put("found", each.found());
        });
        return Answers.json(dryRun ? HttpStatus.OK : HttpStatus.ACCEPTED, answer);
    }
}
