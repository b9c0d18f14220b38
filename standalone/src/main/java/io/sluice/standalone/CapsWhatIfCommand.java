package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "what-if",
        description = "Shows the alerts that other limits would have given over what was spent. Changes nothing.",
        footer = {
            "",
            "Example: what if each member had $200 a month?",
            "  ./sluice caps what-if --organization 200 --from 2026-11-01"
        },
        mixinStandardHelpOptions = true)
final class CapsWhatIfCommand implements Callable<Integer> {
    private static final String WHAT_IF = "/v1/caps/what-if";
    private static final String CAPS = "caps";
    /** As many as the API gives: which come first is decided here. */
    private static final int MOST_ALERTS = 10_000;

    @Mixin
    private Common common = new Common();

    @Spec
    private @Nullable CommandSpec spec;

    @ArgGroup
    private @Nullable CapScopeOptions scope;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "AMOUNT",
            description = "Of the limit, US dollars such as 50 or 49.90; 0 is included usage only; unlimited.")
    private @Nullable String amount;

    @Option(
            names = "--period",
            paramLabel = "PERIOD",
            description = "Of the limit: daily, weekly (from Monday) or monthly (default: monthly).")
    private @Nullable String period;

    @Option(
            names = "--thresholds",
            paramLabel = "PERCENT",
            split = ",",
            description = "When it tells, 1 to 1000 percent; several with commas (default: 50,75,90,100).")
    private List<Integer> thresholds = List.of();

    @Option(names = "--disable", description = "The limit is passed over as if it were not there.")
    private boolean disable;

    @Option(
            names = "--file",
            paramLabel = "FILE.json",
            description =
                    "Several limits: a list of them as POST /v1/organizations/spend_limits takes them, or the whole"
                            + " body of POST /v1/caps/what-if.")
    private @Nullable Path file;

    @Option(names = "--only", description = "These limits and no others (default: all others stay as they are).")
    private boolean only;

    @Option(
            names = "--from",
            paramLabel = "TIME",
            description = "Periods that begin then or later, such as 2026-11-01 (default: all that are known).")
    private @Nullable String from;

    @Option(names = "--to", paramLabel = "TIME", description = "Periods that begin before (default: now).")
    private @Nullable String to;

    @Option(
            names = "--rows",
            paramLabel = "N",
            defaultValue = "20",
            description = "At most so many alerts are shown (default: ${DEFAULT-VALUE}; --json has all).")
    private int rows = 20;

    @Override
    public Integer call() throws InterruptedException {
        if (scope == null ? amount != null || describesLimit() : amount == null) {
            throw wrong("expected: whose limit (--organization, --user, ...) together with its AMOUNT");
        }
        if (rows < 0) {
            throw wrong("--rows: " + rows + " (expected: 0 or more)");
        }
        ObjectNode body = file == null ? Api.JSON.createObjectNode() : read(file);
        Api api = new Api(common.settings());
        if (scope != null && amount != null) {
            caps(body).add(limit(api, scope, amount));
        }
        if (only) {
            body.put("only", true);
        }
        if (from != null) {
            body.put("from", from);
        }
        if (to != null) {
            body.put("to", to);
        }
        if (!body.has("limit")) {
            body.put("limit", MOST_ALERTS);
        }
        JsonNode answer = api.post(WHAT_IF, body);
        return common.answer(answer, WhatIfText.of(answer, !body.path(CAPS).isEmpty() || body.has("only"), rows));
    }

    private boolean describesLimit() {
        return period != null || !thresholds.isEmpty() || disable;
    }

    private ParameterException wrong(String problem) {
        if (spec == null) {
            throw new IllegalStateException("used outside of a command");
        }
        return new ParameterException(spec.commandLine(), problem);
    }

    private ObjectNode limit(Api api, CapScopeOptions whose, String dollars) throws InterruptedException {
        ObjectNode limit = Api.JSON.createObjectNode().put("amount", CapText.cents(dollars));
        if (period != null) {
            limit.put("period", period);
        }
        if (!thresholds.isEmpty()) {
            ArrayNode percents = limit.putArray("thresholds");
            thresholds.forEach(percents::add);
        }
        if (disable) {
            limit.put("is_enabled", false);
        }
        limit.set("scope", whose.scope(api));
        return limit;
    }

    private static ArrayNode caps(ObjectNode body) {
        JsonNode caps = body.path(CAPS);
        return caps.isArray() ? (ArrayNode) caps : body.putArray(CAPS);
    }

    /** A list is that of the limits. */
    private static ObjectNode read(Path file) {
        JsonNode json;
        try {
            json = Api.JSON.readTree(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new CommandException("--file: " + file + " cannot be read: " + e.getMessage(), e);
        }
        if (json.isArray()) {
            ObjectNode body = Api.JSON.createObjectNode();
            body.set(CAPS, json);
            return body;
        }
        JsonNode caps = json.path(CAPS);
        if (!json.isObject() || !(caps.isArray() || caps.isMissingNode())) {
            throw new CommandException(
                    "--file: " + file + " (expected: a JSON list of limits, or an object with such a list as caps)");
        }
        return (ObjectNode) json;
    }
}
