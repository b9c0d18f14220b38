package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "budget", description = "Shows what somebody has spent, and has left.", mixinStandardHelpOptions = true)
final class BudgetCommand implements Callable<Integer> {
    private static final BigDecimal PERCENT = BigDecimal.valueOf(100);

    @Mixin
    private Common common = new Common();

    @Parameters(
            index = "0",
            paramLabel = "USER",
            description = "Id in the directory, e-mail, or another label of telemetry.")
    private String user = "";

    @Option(
            names = "--period",
            paramLabel = "PERIOD",
            defaultValue = "monthly",
            description = "daily, weekly or monthly (default: ${DEFAULT-VALUE}).")
    private String period = "monthly";

    @Override
    public Integer call() throws InterruptedException {
        JsonNode answer = new Api(common.settings())
                .get("/v1/budgets/" + Api.segment(user), List.of(new Api.Parameter("period", period)));
        return common.answer(answer, text(answer));
    }

    static String text(JsonNode budget) {
        Table table = new Table(
                Table.Column.text("user"),
                Table.Column.text("period"),
                Table.Column.number("spent USD"),
                Table.Column.number("limit USD"),
                Table.Column.number("left USD"),
                Table.Column.number("used"),
                Table.Column.text("state"),
                Table.Column.text("resets (UTC)"));
        table.row(
                budget.path("user").asText(),
                budget.path("period").asText(),
                CapText.spent(budget.path("spent_micros").asLong()),
                limit(budget),
                budget.path("remaining_micros").isNumber()
                        ? CapText.spent(budget.path("remaining_micros").asLong())
                        : "-",
                used(budget),
                budget.path("state").asText(),
                CapText.second(budget.path("resets_at").asText()));
        StringBuilder text = new StringBuilder(table.render());
        String newLine = System.lineSeparator();
        text.append(newLine).append(from(budget)).append(newLine);
        if (budget.path("included_micros").asLong() > 0) {
            text.append("The seat includes ")
                    .append(Money.price(budget.path("included_micros").asLong()))
                    .append(" before the limit counts.")
                    .append(newLine);
        }
        JsonNode decides = budget.path("decided_by");
        if (decides.isObject()) {
            text.append(decided(budget.path("state").asText(), decides)).append(newLine);
        }
        for (JsonNode threshold : budget.path("thresholds")) {
            text.append(threshold.path("reached").asBoolean() ? "reached  " : "to come  ")
                    .append(String.format("%5s", threshold.path("percent").asText() + " %"))
                    .append("  ")
                    .append(Money.price(threshold.path("amount_micros").asLong()))
                    .append(newLine);
        }
        JsonNode forecast = budget.path("forecast");
        text.append("At this rate ")
                .append(CapText.spent(forecast.path("p50").asLong()))
                .append(" at the end of the period (")
                .append(CapText.spent(forecast.path("p10").asLong()))
                .append(" to ")
                .append(CapText.spent(forecast.path("p90").asLong()))
                .append(").");
        return text.toString();
    }

    private static String limit(JsonNode budget) {
        return budget.path("source").isObject() ? CapText.amount(budget.path("limit_micros")) : "none";
    }

    private static String used(JsonNode budget) {
        long most = budget.path("limit_micros").asLong()
                + budget.path("included_micros").asLong();
        return most == 0
                ? "-"
                : BigDecimal.valueOf(budget.path("spent_micros").asLong())
                                .multiply(PERCENT)
                                .divide(BigDecimal.valueOf(most), 1, RoundingMode.HALF_UP)
                        + " %";
    }

    private static String from(JsonNode budget) {
        return budget.path("source").isObject()
                ? "The limit is that of "
                        + CapText.scope(
                                budget.path("source"),
                                budget.path("source_name").textValue())
                        + " (" + budget.path("spend_limit_id").asText() + ")."
                : "No limit holds. Set one, for example: ./sluice caps set --user "
                        + budget.path("user").asText() + " 50";
    }

    private static String decided(String state, JsonNode decides) {
        String limit = "the " + decides.path("period").asText() + " limit of " + limit(decides);
        return state.equals("stopped")
                ? "Stopped by " + limit + ", until "
                        + CapText.second(decides.path("resets_at").asText()) + "."
                : "Near " + limit + ".";
    }
}
