package io.sluice.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import io.sluice.core.caps.CapScope;
import io.sluice.core.caps.CapSubject;
import io.sluice.core.caps.Caps;
import io.sluice.core.caps.Limit;
import io.sluice.core.caps.Limits;
import io.sluice.core.caps.Replay;
import io.sluice.core.caps.Spend;
import io.sluice.core.directory.Directory;
import io.sluice.core.spend.Users;
import io.sluice.schema.CapVersion;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/caps/what-if}: the alerts that other caps would have given over what was spent. */
final class WhatIfRoutes {
    private static final int ALL_PERCENT = 100;

    private static final Comparator<Replay.Alert> IN_ORDER = Comparator.comparingLong(Replay.Alert::periodStart)
            .thenComparing(Replay.Alert::period)
            .thenComparing(alert -> alert.subject().scope())
            .thenComparing(alert -> alert.subject().name())
            .thenComparing(alert -> alert.crossing().percent());

    private final CapRoutes common;
    private final SpentHours hours;

    WhatIfRoutes(CapRoutes common, Elastic elastic) {
        this.common = common;
        this.hours = new SpentHours(elastic);
    }

    List<Route> routes() {
        return List.of(common.ask("/v1/caps/what-if", this::ask));
    }

    private HttpResponse ask(Call call) {
        WhatIfFields fields = WhatIfFields.of(call, common);
        Directory directory = common.directory(call);
        Map<CapSubject, Spend> spent = spent(call.orgId());
        // Copies, so that nobody waits for the answer.
        Caps actualCaps = caps(call, new WhatIfFields(List.of(), false, 0, 0, 0));
        Caps askedCaps = caps(call, fields);
        List<Replay.Alert> actual = replay(actualCaps, directory, spent, fields);
        List<Replay.Alert> asked = replay(askedCaps, directory, withPools(askedCaps, directory, spent, fields), fields);
        asked.sort(IN_ORDER);
        List<Replay.Alert> shown = asked.subList(0, Math.min(asked.size(), fields.rows()));
        Map<Replay.Alert, SpentHours.Hour> reached = hours.of(call.orgId(), shown);
        ObjectNode answer = CapRoutes.object();
        ObjectNode summary = answer.putObject("summary");
        summarize(summary.putObject("asked"), asked);
        summarize(summary.putObject("actual"), actual);
        ArrayNode data = answer.putArray("data");
        shown.forEach(alert -> data.add(json(alert, reached.get(alert))));
        return Answers.ok(answer.put("has_more", asked.size() > shown.size()));
    }

    private Caps caps(Call call, WhatIfFields fields) {
        return common.store().read(call.orgId(), book -> caps(call.orgId(), book, fields));
    }

    private static Caps caps(String orgId, CapBook.OfOrganization book, WhatIfFields fields) {
        Caps caps = new Caps(orgId);
        Set<String> replaced = new HashSet<>();
        for (CapVersion version : fields.caps()) {
            caps.apply(version);
            replaced.add(version.getId());
        }
        if (!fields.only()) {
            book.allCaps().stream()
                    .filter(cap -> !replaced.contains(cap.id()))
                    .forEach(cap -> cap.versions().forEach(caps::apply));
        }
        book.caps().settingsVersions().forEach(caps::apply);
        return caps;
    }

    private Map<CapSubject, Spend> spent(String orgId) {
        Map<CapSubject, Spend> spent = new HashMap<>();
        for (CapSubject subject : common.spent().subjects(orgId)) {
            if (!subject.name().equals(Users.UNATTRIBUTED)) { // nobody's limit
                spent.put(subject, common.spent().spend(subject));
            }
        }
        return spent;
    }

    /** A group that never had a pool has no sums of its own yet: they are those of its members. */
    private static Map<CapSubject, Spend> withPools(
            Caps caps, Directory directory, Map<CapSubject, Spend> spent, WhatIfFields fields) {
        Map<String, Spend> byLabel = new HashMap<>();
        spent.forEach((subject, spend) -> {
            if (subject.user() != null) {
                byLabel.put(subject.name(), spend);
            }
        });
        Map<CapSubject, Spend> all = new HashMap<>(spent);
        for (CapVersion version : fields.caps()) {
            if (version.getCap().getScopeType().equals(CapScope.GROUP_POOL.scopeName())) {
                String groupId = Objects.requireNonNull(version.getCap().getScopeId());
                all.computeIfAbsent(
                        CapSubject.pool(version.getOrgId(), groupId),
                        pool -> Replay.ofPool(caps, directory, groupId, byLabel));
            }
        }
        return all;
    }

    private List<Replay.Alert> replay(
            Caps caps, Directory directory, Map<CapSubject, Spend> spent, WhatIfFields fields) {
        List<Replay.Alert> alerts = new ArrayList<>();
        spent.forEach((subject, spend) -> alerts.addAll(Replay.alerts(
                subject,
                Limits.of(caps, directory, subject),
                spend,
                Math.max(fields.from(), common.spent().knownFrom(subject)),
                fields.to())));
        return alerts;
    }

    private static void summarize(ObjectNode json, List<Replay.Alert> alerts) {
        List<CapSubject> stopped = alerts.stream()
                .filter(alert -> alert.crossing().percent() == ALL_PERCENT)
                .map(Replay.Alert::subject)
                .distinct()
                .toList();
        json.put("alerts", alerts.size())
                .put("users_stopped", count(stopped, CapScope.USER))
                .put("pools_stopped", count(stopped, CapScope.GROUP_POOL))
                .put("organization_stopped", count(stopped, CapScope.ORGANIZATION_TOTAL) > 0);
    }

    private static long count(List<CapSubject> subjects, CapScope scope) {
        return subjects.stream().filter(subject -> subject.scope() == scope).count();
    }

    private static ObjectNode json(Replay.Alert alert, SpentHours.@Nullable Hour hour) {
        Limit limit = alert.crossing().limit();
        ObjectNode json = CapRoutes.object()
                .put("user", alert.subject().user())
                .put("period", alert.period().periodName())
                .put("period_start", DirectoryRoutes.time(alert.periodStart()))
                .put("threshold", alert.crossing().percent())
                .put("amount_micros", limit.amountMicros());
        json.set("scope", CapRoutes.scope(limit.scope(), limit.scopeId()));
        return json.put("spend_limit_id", CapIds.external(limit.capId()))
                .put("cap_version", limit.capVersion())
                .put("cause", alert.crossing().byEdit() ? "cap-edited" : "spend")
                .put("stops", alert.crossing().percent() == ALL_PERCENT)
                .put("reached_from", DirectoryRoutes.time(hour == null ? alert.from() : hour.from()))
                .put("reached_to", DirectoryRoutes.time(hour == null ? alert.to() : hour.to()));
    }
}
