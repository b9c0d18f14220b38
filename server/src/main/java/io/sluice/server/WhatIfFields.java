package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.core.caps.Caps;
import io.sluice.schema.CapVersion;
import io.sluice.schema.Micros;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a what-if asks, checked.
 *
 * @param caps instead of those of the same scope and period, from the beginning
 * @param only these and no others
 * @param from periods that begin then or later; microseconds
 * @param to periods that begin before
 * @param rows at most so many alerts are shown
 */
record WhatIfFields(List<CapVersion> caps, boolean only, long from, long to, int rows) {
    private static final Set<String> FIELDS = Set.of("caps", "only", "from", "to", "limit");
    private static final List<String> WITHOUT_MEANING = List.of("effective_at", "version");
    private static final int MOST_CAPS = 1_000;
    private static final int MOST_ROWS = 10_000;
    private static final int DEFAULT_ROWS = 1_000;
    /** Longest text of a time. */
    private static final int LONGEST = 64;

    WhatIfFields {
        caps = List.copyOf(caps);
    }

    static WhatIfFields of(Call call, CapRoutes common) {
        JsonNode body = call.body();
        JsonFields fields = new JsonFields(body, FIELDS);
        JsonNode given = body.path("caps");
        boolean absent = given.isMissingNode() || given.isNull();
        if (!absent && (!given.isArray() || given.size() > MOST_CAPS)) {
            throw JsonFields.invalid("caps", given, "a list of at most " + MOST_CAPS + " limits");
        }
        Instant now = common.store().now();
        List<CapVersion> caps = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (JsonNode each : given) {
            String name = "caps[" + caps.size() + ']';
            CapVersion cap = cap(name, each, call, common, now);
            if (!ids.add(cap.getId())) {
                throw new Refusal(
                        Refusal.Kind.INVALID,
                        name,
                        name + ": the scope and period of an earlier one (expected: each once)");
            }
            caps.add(cap);
        }
        Instant from = time(fields, "from", Instant.EPOCH);
        Instant to = time(fields, "to", now);
        if (!from.isBefore(to)) {
            throw Refusal.invalid("to", to.toString(), "later than from " + from);
        }
        return new WhatIfFields(
                caps,
                body.hasNonNull("only") && fields.flag("only"),
                Micros.of(from),
                Micros.of(to),
                body.hasNonNull("limit")
                        ? CapFields.wholeNumber("limit", body.path("limit"), 1, MOST_ROWS)
                        : DEFAULT_ROWS);
    }

    private static Instant time(JsonFields fields, String name, Instant absent) {
        String text = fields.textOrNull(name, LONGEST);
        return text == null ? absent : Parameters.time(name, text);
    }

    private static CapVersion cap(String name, JsonNode cap, Call call, CapRoutes common, Instant now) {
        for (String field : WITHOUT_MEANING) {
            if (cap.has(field)) {
                String whole = name + '.' + field;
                throw new Refusal(
                        Refusal.Kind.INVALID,
                        whole,
                        whole + ": has no meaning here (expected: absent; the limit holds from the beginning)");
            }
        }
        CapFields fields;
        try {
            fields = CapFields.of(cap, now);
        } catch (Refusal e) {
            throw e.within(name);
        }
        String scopeId = common.scopeId(call, fields);
        return CapVersion.newBuilder()
                .setOrgId(call.orgId())
                .setKind(Caps.CAP)
                .setId(Caps.id(fields.scope(), scopeId, fields.period()))
                .setVersion(1)
                .setEffectiveAt(0)
                .setRecordedAt(0)
                .setCreatedAt(0)
                .setCap(LimitRoutes.cap(fields, scopeId, Optional.empty()))
                .build();
    }
}
