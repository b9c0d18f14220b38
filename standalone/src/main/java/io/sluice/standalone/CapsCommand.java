package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "caps",
        description = "Shows, changes and tries limits on spend; answers requests for more.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            CapsCommand.ListCaps.class,
            CapsSetCommand.class,
            CapsCommand.Remove.class,
            CapsWhatIfCommand.class,
            CapRequestCommands.Requests.class,
            CapRequestCommands.Approve.class,
            CapRequestCommands.Deny.class
        })
final class CapsCommand {
    static final String LIMITS = "/v1/organizations/spend_limits";

    static final Api.Parameter PAGE = new Api.Parameter("limit", "1000");

    @Command(
            name = "list",
            description =
                    "Shows all limits, the most general first; or what holds for one user, and where it comes from.",
            mixinStandardHelpOptions = true)
    static final class ListCaps implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Option(
                names = "--user",
                paramLabel = "USER",
                description = "What holds for this user: id in the directory, e-mail, or another label of telemetry.")
        private @Nullable String user;

        @Option(
                names = "--period",
                paramLabel = "PERIOD",
                split = ",",
                description = "daily, weekly, monthly; several with commas (default: all).")
        private List<String> periods = List.of();

        @Override
        public Integer call() throws InterruptedException {
            Api api = new Api(common.settings());
            if (user == null) {
                JsonNode answer = api.getAll(LIMITS, List.of(PAGE));
                return common.answer(answer, text(answer, periods));
            }
            List<Api.Parameter> parameters = new ArrayList<>(List.of(PAGE, new Api.Parameter("user_ids[]", user)));
            periods.forEach(period -> parameters.add(new Api.Parameter("period[]", period)));
            JsonNode answer = api.getAll(LIMITS + "/effective", parameters);
            return common.answer(answer, effectiveText(answer, user));
        }

        static String text(JsonNode answer, List<String> periods) {
            Table table = new Table(
                    Table.Column.text("limits"),
                    Table.Column.text("period"),
                    Table.Column.number("USD"),
                    Table.Column.text("told at"),
                    Table.Column.text("enabled"),
                    Table.Column.text("since (UTC)"),
                    Table.Column.number("version"),
                    Table.Column.text("reason"),
                    Table.Column.text("id"));
            boolean empty = true;
            boolean unknown = false;
            for (JsonNode limit : answer.path("data")) {
                String period = limit.path("period").asText();
                if (!periods.isEmpty() && !periods.contains(period)) {
                    continue;
                }
                empty = false;
                boolean known = limit.path("known").asBoolean(true);
                unknown |= !known;
                table.row(
                        CapText.scope(
                                        limit.path("scope"),
                                        limit.path("scope_name").textValue())
                                + (known ? "" : " *"),
                        period,
                        CapText.amount(limit.path("amount_micros")),
                        CapText.percents(limit.path("thresholds")),
                        limit.path("is_enabled").asBoolean() ? "yes" : "no",
                        CapText.second(limit.path("effective_at").asText()),
                        limit.path("version").asText(),
                        limit.path("reason").asText(),
                        limit.path("id").asText());
            }
            if (empty) {
                return "No limits" + (periods.isEmpty() ? "" : " for " + String.join(", ", periods))
                        + ": everybody may spend without end. Set one, for example:"
                        + " ./sluice caps set --organization 500 --reason \"budget 2026\"";
            }
            return table.render().stripTrailing()
                    + (unknown ? System.lineSeparator() + "* not in the directory (yet)" : "");
        }

        static String effectiveText(JsonNode answer, String user) {
            Table table = new Table(
                    Table.Column.text("user"),
                    Table.Column.text("period"),
                    Table.Column.number("USD"),
                    Table.Column.text("comes from"),
                    Table.Column.number("spent USD"),
                    Table.Column.text("id"));
            boolean limited = false;
            for (JsonNode row : answer.path("data")) {
                boolean has = row.path("source").isObject();
                limited |= has;
                table.row(
                        row.at("/actor/email_address")
                                .asText(row.at("/actor/user_id").asText()),
                        row.path("period").asText(),
                        has ? CapText.amount(row.path("amount_micros")) : "none",
                        has
                                ? CapText.scope(
                                        row.path("source"),
                                        row.path("source_name").textValue())
                                : "-",
                        CapText.spentCents(row.path("period_to_date_spend").asText("0")),
                        row.path("spend_limit_id").asText("-"));
            }
            return limited
                    ? table.render().stripTrailing()
                    : "No limit holds for " + user + ". Set one, for example: ./sluice caps set --user " + user + " 50";
        }
    }

    @Command(name = "rm", description = "Removes a limit.", mixinStandardHelpOptions = true)
    static final class Remove implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Parameters(index = "0", paramLabel = "ID", description = "As ./sluice caps list shows it.")
        private String id = "";

        @Option(names = "--reason", paramLabel = "TEXT", description = "Why; kept in the limit's history.")
        private @Nullable String reason;

        @Option(
                names = "--if-version",
                paramLabel = "N",
                description = "Only if this is the current version: somebody else may have changed it meanwhile.")
        private @Nullable Long version;

        @Override
        public Integer call() throws InterruptedException {
            String path = LIMITS + "/" + Api.segment(id)
                    + (reason == null ? "" : Api.query(List.of(new Api.Parameter("reason", reason))));
            Api api = new Api(common.settings());
            JsonNode answer =
                    version == null ? api.delete(path) : api.delete(path, "If-Match", "W/\"" + version + "\"");
            return common.answer(
                    answer, "Removed " + answer.path("id").asText() + ". Its history stays; open alerts are resolved.");
        }
    }
}
