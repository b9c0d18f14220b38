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

@Command(
        name = "ledger",
        description = "Shows what became of every record received: nothing is dropped in silence.",
        mixinStandardHelpOptions = true)
final class LedgerCommand implements Callable<Integer> {
    private static final List<String> COUNTS =
            List.of("received", "accepted", "duplicate", "rejected", "late", "ignored", "erased", "superseded");

    @Mixin
    private Common common = new Common();

    @Option(names = "--source", paramLabel = "SOURCE", description = "Only this source, for example otlp-logs.")
    private @Nullable String source;

    @Option(
            names = "--limit",
            paramLabel = "ROWS",
            defaultValue = "48",
            description = "The newest hours (default: ${DEFAULT-VALUE}); totals are of all.")
    private int limit = 48;

    @Override
    public Integer call() throws InterruptedException {
        JsonNode answer = ask(new Api(common.settings()), source, limit);
        if (common.json) {
            common.printJson(answer);
        } else {
            common.print(text(answer));
        }
        return 0;
    }

    static JsonNode ask(Api api, @Nullable String source, int limit) throws InterruptedException {
        List<Api.Parameter> parameters = new ArrayList<>();
        parameters.add(new Api.Parameter("limit", Integer.toString(limit)));
        if (source != null) {
            parameters.add(new Api.Parameter("source", source));
        }
        return api.get("/v1/ledger", parameters);
    }

    static String text(JsonNode answer) {
        if (answer.path("data").isEmpty()) {
            return "Nothing received yet.";
        }
        List<Table.Column> columns =
                new ArrayList<>(List.of(Table.Column.text("hour received (UTC)"), Table.Column.text("source")));
        COUNTS.forEach(count -> columns.add(Table.Column.number(count)));
        Table table = new Table(columns);
        for (JsonNode row : answer.path("data")) {
            List<String> cells = new ArrayList<>(
                    List.of(row.path("hour").asText(), row.path("source").asText()));
            COUNTS.forEach(count -> cells.add(Table.count(row.path(count).asLong())));
            table.row(cells);
        }
        if (answer.path("totals") instanceof ObjectNode totals) {
            List<String> cells = new ArrayList<>(List.of("total", ""));
            COUNTS.forEach(count -> cells.add(Table.count(totals.path(count).asLong())));
            table.row(cells);
        }
        return table.render()
                + (answer.path("balanced").asBoolean(true)
                        ? "received = the sum of all others: yes"
                        : "received = the sum of all others: no, records are on their way through the job")
                + warnings(answer.path("warnings"));
    }

    private static String warnings(JsonNode warnings) {
        if (warnings.isEmpty()) {
            return "";
        }
        Table table = new Table(
                Table.Column.text("warning"),
                Table.Column.text("model"),
                Table.Column.number("requests"),
                Table.Column.number("spend USD"),
                Table.Column.text("first seen (UTC)"),
                Table.Column.text("last seen (UTC)"));
        for (JsonNode warning : warnings) {
            table.row(
                    warning.path("kind").asText(),
                    warning.path("model").asText(),
                    Table.count(warning.path("requests").asLong()),
                    Money.dollars(warning.path("spend_micros").asLong()),
                    warning.path("first_seen").asText(),
                    warning.path("last_seen").asText());
        }
        return "\n\n" + table.render() + "unknown-model: not in the price book, so its tokens are priced at a default";
    }
}
