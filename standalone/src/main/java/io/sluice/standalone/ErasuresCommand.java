package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "erasures",
        description = "Shows erasures and when they have to be done; gets their receipts.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "[COMMAND]",
        subcommands = ErasuresCommand.Receipt.class)
final class ErasuresCommand implements Callable<Integer> {
    private static final Api.Parameter PAGE = new Api.Parameter("limit", "1000");

    @Mixin
    private Common common = new Common();

    @Option(
            names = "--status",
            paramLabel = "STATUS",
            defaultValue = "open",
            description = "open, pending, held, hidden, completed, failed or all (default: ${DEFAULT-VALUE}).")
    private String status = "open";

    @Override
    public Integer call() throws InterruptedException {
        List<Api.Parameter> parameters =
                status.equals("all") ? List.of(PAGE) : List.of(PAGE, new Api.Parameter("status", status));
        JsonNode answer = new Api(common.settings()).getAll(EraseCommand.PATH, parameters);
        return common.answer(answer, text(answer, status));
    }

    static String text(JsonNode answer, String status) {
        if (answer.path("data").isEmpty()) {
            return status.equals("all") ? "No erasures yet." : "No erasures that are " + status + ".";
        }
        Table table = new Table(
                Table.Column.text("id"),
                Table.Column.text("about"),
                Table.Column.text("status"),
                Table.Column.number("found"),
                Table.Column.number("erased"),
                Table.Column.text("held by"),
                Table.Column.text("due (UTC)"),
                Table.Column.number("days left"));
        for (JsonNode erasure : answer.path("data")) {
            JsonNode found = erasure.path("found");
            table.row(
                    erasure.path("id").asText(),
                    EraseCommand.about(erasure.path("target")),
                    erasure.path("status").asText(),
                    found.isNumber() ? Table.count(found.asLong()) : "-",
                    Table.count(erasure.path("erased").asLong()),
                    erasure.path("held_by").isEmpty() ? "-" : EraseCommand.joined(erasure.path("held_by")),
                    EraseCommand.second(erasure.path("due_at").asText()),
                    erasure.path("days_left").asText("-").replace("null", "-"));
        }
        return table.render().stripTrailing();
    }

    @Command(
            name = "receipt",
            description = "Gets the receipt of an erasure, as ./sluice audit verify --receipt takes it.",
            mixinStandardHelpOptions = true)
    static final class Receipt implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Parameters(index = "0", paramLabel = "ID", description = "Of the erasure or of its receipt.")
        private String id = "";

        @Option(names = "--output", paramLabel = "FILE", description = "Write it there.")
        private @Nullable Path output;

        @Override
        public Integer call() throws InterruptedException {
            String receiptId = id.startsWith("receipt_") ? id : "receipt_" + id;
            JsonNode receipt = new Api(common.settings()).get("/v1/receipts/" + Api.segment(receiptId), List.of());
            if (output == null) {
                common.printJson(receipt);
                return 0;
            }
            try {
                Files.writeString(output, receipt.toPrettyString() + System.lineSeparator());
            } catch (IOException e) {
                throw new CommandException("--output: " + output + " cannot be written: " + e, e);
            }
            return common.answer(receipt, output + ": written.");
        }
    }
}
