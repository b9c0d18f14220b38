package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "set",
        description = "Sets the limit of somebody for a period. What is left out stays as it is.",
        mixinStandardHelpOptions = true)
final class CapsSetCommand implements Callable<Integer> {
    @Mixin
    private Common common = new Common();

    @ArgGroup(multiplicity = "1")
    private CapScopeOptions scope = new CapScopeOptions();

    @Parameters(
            index = "0",
            paramLabel = "AMOUNT",
            description = "US dollars such as 50 or 49.90; 0 is included usage only; unlimited.")
    private String amount = "";

    @Option(
            names = "--period",
            paramLabel = "PERIOD",
            defaultValue = "monthly",
            description = "daily, weekly (from Monday) or monthly (default: ${DEFAULT-VALUE}).")
    private String period = "monthly";

    @Option(
            names = "--thresholds",
            paramLabel = "PERCENT",
            split = ",",
            description =
                    "When to tell, 1 to 1000 percent; several with commas (default of a new limit: 50,75,90,100).")
    private List<Integer> thresholds = List.of();

    @ArgGroup
    private @Nullable Switch switched;

    /** At most one of them. */
    static final class Switch {
        @Option(names = "--enable", description = "It counts (the default of a new limit).")
        private boolean enable;

        @Option(names = "--disable", description = "It is passed over as if it were not there; what fired stays.")
        private boolean disable;
    }

    @Option(
            names = "--effective-at",
            paramLabel = "TIME",
            description = "Since when, such as 2026-11-01T09:00:00Z; at most ten minutes ago (default: now).")
    private @Nullable String effectiveAt;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why; kept in the limit's history.")
    private @Nullable String reason;

    @Option(
            names = "--if-version",
            paramLabel = "N",
            description =
                    "Only if this is the current version, 0: none yet; somebody else may have changed it meanwhile.")
    private @Nullable Long version;

    @Override
    public Integer call() throws InterruptedException {
        ObjectNode body = Api.JSON.createObjectNode().put("amount", CapText.cents(amount));
        body.put("period", period);
        if (!thresholds.isEmpty()) {
            ArrayNode percents = body.putArray("thresholds");
            thresholds.forEach(percents::add);
        }
        if (switched != null) {
            body.put("is_enabled", switched.enable);
        }
        if (effectiveAt != null) {
            body.put("effective_at", effectiveAt);
        }
        if (reason != null) {
            body.put("reason", reason);
        }
        if (version != null) {
            body.put("version", version);
        }
        Api api = new Api(common.settings());
        body.set("scope", scope.scope(api));
        JsonNode made = api.post(CapsCommand.LIMITS, body);
        return common.answer(made, text(made));
    }

    static String text(JsonNode made) {
        String who = CapText.scope(made.path("scope"), made.path("scope_name").textValue());
        StringBuilder text = new StringBuilder("Limit for ")
                .append(who)
                .append(", ")
                .append(made.path("period").asText())
                .append(": ")
                .append(CapText.amount(made.path("amount_micros")));
        JsonNode micros = made.path("amount_micros");
        if (micros.isNumber()) {
            text.append(
                    micros.asLong() == 0
                            ? " (included usage only)"
                            : ", told at " + CapText.percents(made.path("thresholds")));
        }
        if (!made.path("is_enabled").asBoolean(true)) {
            text.append("; disabled");
        }
        text.append(". Version ")
                .append(made.path("version").asText())
                .append(" of ")
                .append(made.path("id").asText())
                .append('.');
        if (!made.path("known").asBoolean(true)) {
            text.append(System.lineSeparator())
                    .append(
                            made.at("/scope/type").asText().equals("user")
                                    ? "Not in the directory: it counts for whoever telemetry calls so."
                                    : "Not in the directory (yet): it counts once somebody is in it.");
        }
        return text.toString();
    }
}
