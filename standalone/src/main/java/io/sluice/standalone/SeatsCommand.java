package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "seats",
        description = "Shows seats by tier; buys and assigns them, finds those that nobody uses, answers requests.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "[COMMAND]",
        subcommands = {
            SeatsCommand.Buy.class,
            SeatsCommand.Assign.class,
            SeatsCommand.Unassign.class,
            SeatsCommand.Idle.class,
            SeatsCommand.Requests.class,
            SeatsCommand.Approve.class,
            SeatsCommand.Deny.class
        })
final class SeatsCommand implements Callable<Integer> {
    private static final Api.Parameter PAGE = new Api.Parameter("limit", "1000");

    @Mixin
    private Common common = new Common();

    @Override
    public Integer call() throws InterruptedException {
        JsonNode answer = new Api(common.settings()).get("/v1/seats", List.of());
        return common.answer(answer, text(answer));
    }

    static String text(JsonNode answer) {
        if (answer.path("data").isEmpty()) {
            return "No seats yet: none is bought, and nobody asks for one. Buy some, for example:"
                    + " ./sluice seats buy premium 10 --price 150";
        }
        Table table = new Table(
                Table.Column.text("tier"),
                Table.Column.number("bought"),
                Table.Column.number("assigned"),
                Table.Column.number("waiting"),
                Table.Column.number("free"),
                Table.Column.number("USD a month each"),
                Table.Column.number("free ones cost"),
                Table.Column.number("needed in 30 days"));
        for (JsonNode tier : answer.path("data")) {
            table.row(
                    tier.path("tier").asText(),
                    Table.count(tier.path("purchased").asLong()),
                    Table.count(tier.path("assigned").asLong()),
                    Table.count(tier.path("waiting").asLong()),
                    Table.count(tier.path("free").asLong()),
                    price(tier.path("price_micros")),
                    price(tier.path("unused_micros_per_month")),
                    Table.count(tier.path("forecast").path("needed").asLong()));
        }
        return table.render().stripTrailing();
    }

    private static String price(JsonNode micros) {
        return micros.isNumber() ? Money.price(micros.asLong()) : "-";
    }

    private static String second(String time) {
        return time.replaceFirst("\\.\\d+Z$", "Z");
    }

    /** An e-mail is looked up; anything else is an id. */
    private static String userId(Api api, String user) throws InterruptedException {
        if (user.indexOf('@') < 0) {
            return user;
        }
        JsonNode found;
        try {
            found = api.get("/v1/users", List.of(new Api.Parameter("user_name", user)));
        } catch (CommandException e) {
            throw new CommandException(
                    "USER: " + user + " cannot be looked up: " + e.getMessage()
                            + " (an id of the directory, such as user_…, needs no look-up)",
                    e);
        }
        JsonNode id = found.path("data").path(0).path("id");
        if (!id.isTextual()) {
            throw new CommandException(
                    "USER: " + user + " is not in the directory (expected: a user name, or an id such as user_…)");
        }
        return id.asText();
    }

    private static String assignments(String tier) {
        return "/v1/seats/" + Api.segment(tier) + "/assignments";
    }

    @Command(
            name = "buy",
            description = "Buys seats; a number below 0 releases some. No payment is taken.",
            mixinStandardHelpOptions = true)
    static final class Buy implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Parameters(index = "0", paramLabel = "TIER", description = "For example standard or premium.")
        private String tier = "";

        @Parameters(index = "1", paramLabel = "N", description = "How many more.")
        private int quantity;

        @Option(
                names = "--price",
                paramLabel = "USD",
                description = "Per seat and month, of all seats of the tier (default: as it was).")
        private @Nullable BigDecimal price;

        @Option(
                names = "--key",
                paramLabel = "KEY",
                description = "The same key again buys nothing more: for scripts that may be run twice.")
        private @Nullable String key;

        @Override
        public Integer call() throws InterruptedException {
            ObjectNode body = Api.JSON.createObjectNode().put("tier", tier).put("quantity", quantity);
            if (price != null) {
                body.put("price_micros", micros(price));
            }
            String once = key == null ? UUID.randomUUID().toString() : key;
            JsonNode made = new Api(common.settings()).post("/v1/seats/purchases", body, once);
            return common.answer(made, text(made));
        }

        static long micros(BigDecimal price) {
            try {
                return price.movePointRight(6).longValueExact();
            } catch (ArithmeticException e) {
                throw new CommandException(
                        "--price: " + price + " (expected: US dollars with at most 6 decimals, such as 149.50)", e);
            }
        }

        static String text(JsonNode made) {
            long quantity = made.path("quantity").asLong();
            String tier = made.path("tier").asText();
            String price = price(made.path("price_micros"));
            return (quantity < 0 ? "Released " : "Bought ") + seats(Math.abs(quantity)) + " of " + tier + "; now "
                    + seats(made.path("purchased").asLong())
                    + (price.equals("-") ? ", the price is not known." : " at " + price + " each a month.");
        }

        private static String seats(long number) {
            return Table.count(number) + (number == 1 ? " seat" : " seats");
        }
    }

    @Command(
            name = "assign",
            description = "Gives a user a seat, or a place in the queue.",
            mixinStandardHelpOptions = true)
    static final class Assign implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Parameters(index = "0", paramLabel = "TIER")
        private String tier = "";

        @Parameters(index = "1", paramLabel = "USER", description = "E-mail, or id in the directory.")
        private String user = "";

        @Override
        public Integer call() throws InterruptedException {
            Api api = new Api(common.settings());
            JsonNode seat =
                    api.post(assignments(tier), Api.JSON.createObjectNode().put("user_id", userId(api, user)));
            return common.answer(seat, seatText(seat));
        }
    }

    private static String seatText(JsonNode seat) {
        String user = seat.path("user_name").asText(seat.path("user_id").asText());
        String tier = seat.path("tier").asText();
        return switch (seat.path("status").asText()) {
            case "assigned" -> user + " has a seat of " + tier + ".";
            case "waiting" ->
                user + " waits for a seat of " + tier + ", at place "
                        + seat.path("place").asLong() + ": none is free. Buy one: ./sluice seats buy " + tier + " 1";
            default -> user + " has no seat of " + tier + ".";
        };
    }

    @Command(
            name = "unassign",
            description = "Takes a user's seat, or place in the queue.",
            mixinStandardHelpOptions = true)
    static final class Unassign implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Parameters(index = "0", paramLabel = "TIER")
        private String tier = "";

        @Parameters(index = "1", paramLabel = "USER", description = "E-mail, or id in the directory.")
        private String user = "";

        @Override
        public Integer call() throws InterruptedException {
            Api api = new Api(common.settings());
            JsonNode seat = api.delete(assignments(tier) + "/" + Api.segment(userId(api, user)));
            return common.answer(seat, seatText(seat));
        }
    }

    @Command(
            name = "idle",
            description = "Shows seats that somebody has and does not use.",
            mixinStandardHelpOptions = true)
    static final class Idle implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Option(
                names = "--days",
                paramLabel = "N",
                defaultValue = "30",
                description = "Not seen for so long (default: ${DEFAULT-VALUE}).")
        private int days = 30;

        @Override
        public Integer call() throws InterruptedException {
            JsonNode answer = new Api(common.settings())
                    .getAll("/v1/seats/idle", List.of(PAGE, new Api.Parameter("days", Integer.toString(days))));
            return common.answer(answer, text(answer));
        }

        static String text(JsonNode answer) {
            long days = answer.path("days").asLong();
            if (answer.path("data").isEmpty()) {
                return "No idle seats: everybody who has one was seen, or got it, within the last " + days + " days.";
            }
            Table table = new Table(
                    Table.Column.text("user"),
                    Table.Column.text("tier"),
                    Table.Column.text("last seen (UTC)"),
                    Table.Column.number("days idle"),
                    Table.Column.number("USD a month"));
            for (JsonNode seat : answer.path("data")) {
                table.row(
                        seat.path("user_name").asText(seat.path("user_id").asText()),
                        seat.path("tier").asText(),
                        second(seat.path("last_seen").asText("never")),
                        Table.count(seat.path("idle_days").asLong()),
                        price(seat.path("price_micros")));
            }
            StringBuilder text = new StringBuilder(table.render());
            for (JsonNode tier : answer.path("tiers")) {
                text.append(System.lineSeparator())
                        .append(tier.path("tier").asText())
                        .append(": ")
                        .append(Table.count(tier.path("idle").asLong()))
                        .append(" of ")
                        .append(Table.count(tier.path("assigned").asLong()))
                        .append(" seats idle, ")
                        .append(price(tier.path("idle_micros_per_month")))
                        .append(" a month");
            }
            return text.toString();
        }
    }

    @Command(name = "requests", description = "Shows requests for seats.", mixinStandardHelpOptions = true)
    static final class Requests implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Option(
                names = "--status",
                paramLabel = "STATUS",
                defaultValue = "pending",
                description = "pending, approved, denied or all (default: ${DEFAULT-VALUE}).")
        private String status = "pending";

        @Override
        public Integer call() throws InterruptedException {
            List<Api.Parameter> parameters =
                    status.equals("all") ? List.of(PAGE) : List.of(PAGE, new Api.Parameter("status", status));
            JsonNode answer = new Api(common.settings()).getAll("/v1/seats/requests", parameters);
            return common.answer(answer, text(answer, status));
        }

        static String text(JsonNode answer, String status) {
            if (answer.path("data").isEmpty()) {
                return status.equals("all") ? "No requests yet." : "No " + status + " requests.";
            }
            Table table = new Table(
                    Table.Column.text("id"),
                    Table.Column.text("user"),
                    Table.Column.text("tier"),
                    Table.Column.text("status"),
                    Table.Column.text("since (UTC)"),
                    Table.Column.text("reason"));
            for (JsonNode request : answer.path("data")) {
                table.row(
                        request.path("id").asText(),
                        request.path("user_name").asText(request.path("user_id").asText()),
                        request.path("tier").asText(),
                        request.path("status").asText(),
                        second(request.path("created_at").asText()),
                        request.path("reason").asText());
            }
            return table.render().stripTrailing();
        }
    }

    private static String requests(String id, String answer) {
        return "/v1/seats/requests/" + Api.segment(id) + "/" + answer;
    }

    @Command(
            name = "approve",
            description = "Approves a request: its user asks for the seat.",
            mixinStandardHelpOptions = true)
    static final class Approve implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Parameters(index = "0", paramLabel = "ID", description = "As ./sluice seats requests shows it.")
        private String id = "";

        @Override
        public Integer call() throws InterruptedException {
            JsonNode answer = new Api(common.settings()).post(requests(id, "approve"), Api.JSON.createObjectNode());
            return common.answer(answer, "Approved. " + seatText(answer.path("seat")));
        }
    }

    @Command(name = "deny", description = "Denies a request.", mixinStandardHelpOptions = true)
    static final class Deny implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Parameters(index = "0", paramLabel = "ID", description = "As ./sluice seats requests shows it.")
        private String id = "";

        @Override
        public Integer call() throws InterruptedException {
            JsonNode answer = new Api(common.settings()).post(requests(id, "deny"), Api.JSON.createObjectNode());
            return common.answer(answer, "Denied " + answer.path("id").asText() + ".");
        }
    }

    /** Wherever seats can be bought below a command. A number below 0 looks like an option otherwise. */
    static void allowNegativeNumbers(CommandLine command) {
        if (command.getCommand() instanceof Buy) {
            command.setUnmatchedOptionsArePositionalParams(true);
        }
        command.getSubcommands().values().forEach(SeatsCommand::allowNegativeNumbers);
    }
}
