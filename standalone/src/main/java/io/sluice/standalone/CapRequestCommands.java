package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Requests for a higher limit, below {@link CapsCommand}. */
final class CapRequestCommands {
    private static final String REQUESTS = "/v1/organizations/spend_limit_increase_requests";

    private CapRequestCommands() {}

    private static String who(JsonNode request) {
        return request.at("/actor/email_address")
                .asText(request.at("/actor/user_id").asText());
    }

    private static String answer(String id, String answer) {
        return REQUESTS + "/" + Api.segment(id) + "/" + answer;
    }

    /** @param version that the answer was decided on; null: whatever it is */
    private static ObjectNode body(@Nullable Long version, boolean quiet) {
        ObjectNode body = Api.JSON.createObjectNode();
        if (version != null) {
            body.put("version", version);
        }
        return quiet ? body.put("suppress_notification", true) : body;
    }

    @Command(name = "requests", description = "Shows requests for a higher limit.", mixinStandardHelpOptions = true)
    static final class Requests implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Option(
                names = "--status",
                paramLabel = "STATUS",
                defaultValue = "pending",
                description = "pending, approved, denied or all (default: ${DEFAULT-VALUE}).")
        private String status = "pending";

        @Option(names = "--user", paramLabel = "USER", split = ",", description = "Only of these users.")
        private List<String> users = List.of();

        @Override
        public Integer call() throws InterruptedException {
            List<Api.Parameter> parameters = new ArrayList<>(List.of(CapsCommand.PAGE));
            if (!status.equals("all")) {
                parameters.add(new Api.Parameter("status[]", status));
            }
            users.forEach(user -> parameters.add(new Api.Parameter("actor_ids[]", user)));
            JsonNode answer = new Api(common.settings()).getAll(REQUESTS, parameters);
            return common.answer(answer, text(answer, status));
        }

        static String text(JsonNode answer, String status) {
            if (answer.path("data").isEmpty()) {
                return status.equals("all") ? "No requests yet." : "No " + status + " requests.";
            }
            Table table = new Table(
                    Table.Column.text("id"),
                    Table.Column.text("user"),
                    Table.Column.text("period"),
                    Table.Column.text("status"),
                    Table.Column.number("limit USD"),
                    Table.Column.number("spent USD"),
                    Table.Column.text("since (UTC)"),
                    Table.Column.text("reason"));
            for (JsonNode request : answer.path("data")) {
                table.row(
                        request.path("id").asText(),
                        who(request),
                        request.path("period").asText(),
                        request.path("status").asText(),
                        limit(request),
                        spent(request.path("spend_summary")),
                        CapText.second(request.path("created_at").asText()),
                        request.path("reason").asText());
            }
            return table.render().stripTrailing();
        }

        /** Of a pending one what holds now, of an approved one what was approved. */
        private static String limit(JsonNode request) {
            JsonNode summary = request.path("spend_summary");
            if (summary.isObject()) {
                return summary.path("source").isObject() ? CapText.amount(summary.path("amount_micros")) : "none";
            }
            return request.path("status").asText().equals("approved")
                    ? CapText.amount(request.path("amount_micros"))
                    : "-";
        }

        private static String spent(JsonNode summary) {
            return summary.isObject()
                    ? CapText.spentCents(summary.path("period_to_date_spend").asText("0"))
                    : "-";
        }
    }

    @Command(
            name = "approve",
            description = "Approves a request: sets its user's own limit.",
            mixinStandardHelpOptions = true)
    static final class Approve implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Parameters(index = "0", paramLabel = "ID", description = "As ./sluice caps requests shows it.")
        private String id = "";

        @Parameters(
                index = "1",
                paramLabel = "AMOUNT",
                description = "The new limit: US dollars such as 50 or 49.90, or unlimited.")
        private String amount = "";

        @Option(names = "--quiet", description = "Do not notify the user.")
        private boolean quiet;

        @Option(
                names = "--if-version",
                paramLabel = "N",
                description = "Only if this is the request's current version.")
        private @Nullable Long version;

        @Override
        public Integer call() throws InterruptedException {
            ObjectNode body = body(version, quiet).put("amount", CapText.cents(amount));
            JsonNode made = new Api(common.settings()).post(answer(id, "approve"), body);
            return common.answer(
                    made,
                    "Approved. " + who(made) + " may spend " + CapText.amount(made.path("amount_micros")) + " "
                            + made.path("period").asText() + ".");
        }
    }

    @Command(
            name = "deny",
            description = "Denies a request; its user cannot ask again for 30 days.",
            mixinStandardHelpOptions = true)
    static final class Deny implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Parameters(index = "0", paramLabel = "ID", description = "As ./sluice caps requests shows it.")
        private String id = "";

        @Option(names = "--quiet", description = "Do not notify the user.")
        private boolean quiet;

        @Option(
                names = "--if-version",
                paramLabel = "N",
                description = "Only if this is the request's current version.")
        private @Nullable Long version;

        @Override
        public Integer call() throws InterruptedException {
            JsonNode made = new Api(common.settings()).post(answer(id, "deny"), body(version, quiet));
            return common.answer(made, "Denied " + made.path("id").asText() + " of " + who(made) + ".");
        }
    }
}
