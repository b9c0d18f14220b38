package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import io.sluice.core.caps.Caps;
import io.sluice.schema.CapSettings;
import io.sluice.schema.CapVersion;
import io.sluice.schema.IncludedUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** {@code /v1/caps/settings}: what an organization has decided about all its caps. */
final class CapSettingsRoutes {
    static final String WARN = "warn";
    static final String BLOCK = "block";
    static final String OPEN = "open";
    static final String CLOSED = "closed";

    private static final String PATH = "/v1/caps/settings";
    private static final String GROUP_LIMIT = "group_limit";
    private static final String WARNING_PERCENT = "warning_percent";
    private static final String ENFORCEMENT = "enforcement";
    private static final String UNREACHABLE = "unreachable";
    private static final String INCLUDED = "included";
    private static final String WRITE_UPSTREAM = "write_upstream";
    private static final int MOST_INCLUDED = 100;
    private static final int MOST_WARNING_PERCENT = 100;

    private final CapRoutes common;
    private final CapStore store;

    CapSettingsRoutes(CapRoutes common) {
        this.common = common;
        this.store = common.store();
    }

    List<Route> routes() {
        return List.of(
                common.read(PATH, call -> answer(document(call))), common.write(HttpMethod.PATCH, PATH, this::patch));
    }

    private CapBook.Document document(Call call) {
        return store.document(call.orgId(), Caps.SETTINGS, call.orgId());
    }

    private static CapSettings settings(CapBook.Document document) {
        return document.newest()
                .map(CapVersion::getSettings)
                .orElseGet(() -> CapSettings.newBuilder().build());
    }

    private static HttpResponse answer(CapBook.Document document) {
        CapSettings settings = settings(document);
        ObjectNode json = CapRoutes.object()
                .put("type", "cap_settings")
                .put(GROUP_LIMIT, settings.getGroupLimit())
                .put(WARNING_PERCENT, settings.getWarningPercent())
                .put(ENFORCEMENT, settings.getEnforcement())
                .put(UNREACHABLE, settings.getUnreachable())
                .put(WRITE_UPSTREAM, settings.getWriteUpstream());
        ArrayNode included = json.putArray(INCLUDED);
        settings.getIncluded()
                .forEach(each -> included.addObject()
                        .put("tier", each.getTier())
                        .put("period", each.getPeriod())
                        .put("amount_micros", each.getAmountMicros()));
        return Answers.versioned(HttpStatus.OK, document.version(), json.put("version", document.version()));
    }

    private HttpResponse patch(Call call) {
        JsonNode body = call.body();
        JsonFields fields = new JsonFields(
                body, Set.of(GROUP_LIMIT, WARNING_PERCENT, ENFORCEMENT, UNREACHABLE, WRITE_UPSTREAM, INCLUDED));
        if (fields.has(WRITE_UPSTREAM) && fields.flag(WRITE_UPSTREAM) && !common.hasUpstream(call.orgId())) {
            throw Refusal.invalid(
                    WRITE_UPSTREAM,
                    "true",
                    "false, since this server has no address of the Spend Limits API for the organization; the operator"
                            + " sets it by " + Setting.SPEND_LIMITS_API_URL.variable());
        }
        call.target(call.orgId(), call.orgId());
        return answer(store.change(() -> {
            CapBook.Document before = document(call);
            DirectoryRoutes.requireMatch(call, before.version());
            CapSettings after = change(fields, body, CapSettings.newBuilder(settings(before)))
                    .build();
            if (before.newest().isPresent() && after.equals(settings(before))) {
                return before;
            }
            CapVersion made = store.accept(
                    common.after(call, before, Caps.SETTINGS).setSettings(after).build());
            List<CapVersion> versions = new ArrayList<>(before.versions());
            versions.add(made);
            return new CapBook.Document(before.id(), versions);
        }));
    }

    /** What is left out stays as it is. */
    private static CapSettings.Builder change(JsonFields fields, JsonNode body, CapSettings.Builder settings) {
        if (fields.has(GROUP_LIMIT)) {
            settings.setGroupLimit(either(GROUP_LIMIT, body.path(GROUP_LIMIT), "lowest", "highest"));
        }
        if (fields.has(WARNING_PERCENT)) {
            settings.setWarningPercent(
                    CapFields.wholeNumber(WARNING_PERCENT, body.path(WARNING_PERCENT), 1, MOST_WARNING_PERCENT));
        }
        if (fields.has(ENFORCEMENT)) {
            settings.setEnforcement(either(ENFORCEMENT, body.path(ENFORCEMENT), WARN, BLOCK));
        }
        if (fields.has(UNREACHABLE)) {
            settings.setUnreachable(either(UNREACHABLE, body.path(UNREACHABLE), OPEN, CLOSED));
        }
        if (fields.has(WRITE_UPSTREAM)) {
            settings.setWriteUpstream(fields.flag(WRITE_UPSTREAM));
        }
        if (fields.has(INCLUDED)) {
            settings.setIncluded(included(body.path(INCLUDED)));
        }
        return settings;
    }

    private static String either(String name, JsonNode value, String one, String other) {
        String text = value.isTextual() ? value.asText() : "";
        if (!text.equals(one) && !text.equals(other)) {
            throw JsonFields.invalid(name, value, one + " or " + other);
        }
        return text;
    }

    private static List<IncludedUsage> included(JsonNode values) {
        if (!values.isArray() || values.size() > MOST_INCLUDED) {
            throw JsonFields.invalid(
                    INCLUDED, values, "a list of at most " + MOST_INCLUDED + " {tier, period, amount_micros}");
        }
        List<IncludedUsage> included = new ArrayList<>();
        for (JsonNode value : values) {
            String item = INCLUDED + '[' + included.size() + ']';
            if (!value.isObject()) {
                throw JsonFields.invalid(item, value, "an object with tier, period, amount_micros");
            }
            JsonNode tier = value.path("tier");
            if (!tier.isTextual() || !SeatFields.TIER.matcher(tier.asText()).matches()) {
                throw JsonFields.invalid(item + ".tier", tier, SeatFields.TIER_EXPECTED);
            }
            String period = CapFields.period(value.path("period")).periodName();
            if (included.stream()
                    .anyMatch(each -> each.getTier().equals(tier.asText())
                            && each.getPeriod().equals(period))) {
                throw new Refusal(
                        Refusal.Kind.INVALID,
                        item,
                        item + ": the same tier and period as an earlier one (expected: each once)");
            }
            included.add(IncludedUsage.newBuilder()
                    .setTier(tier.asText())
                    .setPeriod(period)
                    .setAmountMicros(CapFields.includedMicros(item + ".amount_micros", value.path("amount_micros")))
                    .build());
        }
        return included;
    }
}
