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

@Command(
        name = "hold",
        description = "Keeps conversations from being destroyed, until it is released.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {HoldCommand.Add.class, HoldCommand.ListHolds.class, HoldCommand.Release.class})
final class HoldCommand {
    private static final String PATH = "/v1/holds";

    @Command(name = "add", description = "Sets a hold.", mixinStandardHelpOptions = true)
    static final class Add implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Option(names = "--matter", paramLabel = "NAME", required = true, description = "What it is for.")
        private String matter = "";

        @Option(names = "--reason", paramLabel = "TEXT", description = "Why.")
        private @Nullable String reason;

        @Option(
                names = "--user",
                paramLabel = "USER",
                description = "All of this user, also what comes: e-mail, id or another label; may be repeated.")
        private List<String> users = List.of();

        @Option(
                names = "--conversation",
                paramLabel = "ID",
                description = "This conversation (a chat, a Claude Code session); may be repeated.")
        private List<String> conversations = List.of();

        @Option(names = "--project", paramLabel = "ID", description = "All of this project; may be repeated.")
        private List<String> projects = List.of();

        @Option(names = "--search", paramLabel = "ID", description = "What a saved search finds now.")
        private @Nullable String search;

        @Override
        public Integer call() throws InterruptedException {
            ObjectNode body = Api.JSON.createObjectNode().put("matter", matter);
            if (reason != null) {
                body.put("reason", reason);
            }
            if (search != null) {
                body.put("search_id", search);
            }
            users.forEach(body.putArray("users")::add);
            conversations.forEach(body.putArray("conversations")::add);
            projects.forEach(body.putArray("projects")::add);
            JsonNode made = new Api(common.settings()).post(PATH, body);
            return common.answer(made, text(made));
        }

        static String text(JsonNode made) {
            StringBuilder text = new StringBuilder("Held as ")
                    .append(made.path("id").asText())
                    .append(", since ")
                    .append(EraseCommand.second(made.path("effective_at").asText()))
                    .append('.');
            if (!made.path("too_late_for").isEmpty()) {
                text.append(System.lineSeparator())
                        .append("Started before, and not stopped by it: ")
                        .append(EraseCommand.joined(made.path("too_late_for")))
                        .append('.');
            }
            return text.toString();
        }
    }

    @Command(name = "list", description = "Shows holds, newest first.", mixinStandardHelpOptions = true)
    static final class ListHolds implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Option(names = "--all", description = "Also those that were released.")
        private boolean all;

        @Override
        public Integer call() throws InterruptedException {
            JsonNode answer = new Api(common.settings())
                    .get(PATH, all ? List.of() : List.of(new Api.Parameter("status", "active")));
            return common.answer(answer, text(answer));
        }

        static String text(JsonNode answer) {
            if (answer.path("data").isEmpty()) {
                return "No holds.";
            }
            Table table = new Table(
                    Table.Column.text("id"),
                    Table.Column.text("matter"),
                    Table.Column.text("about"),
                    Table.Column.text("since (UTC)"),
                    Table.Column.text("released (UTC)"));
            for (JsonNode hold : answer.path("data")) {
                List<String> about = new ArrayList<>();
                hold.path("targets").forEach(target -> about.add(EraseCommand.about(target)));
                table.row(
                        hold.path("id").asText(),
                        hold.path("matter").asText(),
                        String.join("; ", about),
                        EraseCommand.second(hold.path("effective_at").asText()),
                        EraseCommand.second(hold.path("released_at").asText("-")));
            }
            return table.render().stripTrailing();
        }
    }

    @Command(
            name = "release",
            description = "Releases a hold. Erasures that it held go on at once, and cannot be taken back.",
            mixinStandardHelpOptions = true)
    static final class Release implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Parameters(index = "0", paramLabel = "ID", description = "As ./sluice hold list shows it.")
        private String id = "";

        @Option(names = "--yes", description = "Do not ask.")
        private boolean yes;

        @Override
        public Integer call() throws InterruptedException {
            if (!yes && !EraseCommand.isConfirmed("Release " + id + "? What it keeps may be destroyed at once.")) {
                common.tell("Not released.");
                return 1;
            }
            JsonNode released = new Api(common.settings()).delete(PATH + "/" + Api.segment(id));
            return common.answer(
                    released,
                    "Released " + released.path("id").asText() + " at "
                            + EraseCommand.second(released.path("released_at").asText()) + ".");
        }
    }
}
