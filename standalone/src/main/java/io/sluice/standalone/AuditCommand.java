package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.core.audit.CanonicalJson;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "audit",
        description = "Shows who did what, the newest first; takes it along; finds out whether it was bent.",
        mixinStandardHelpOptions = true,
        subcommands = {AuditVerifyCommand.class, AuditCommand.Export.class})
final class AuditCommand implements Callable<Integer> {
    static final String AUDIT = "/v1/audit";

    /** All entries, in the order in which they were chained. */
    static final List<Api.Parameter> ALL =
            List.of(new Api.Parameter("order", "asc"), new Api.Parameter("limit", "1000"));

    @Mixin
    private Common common = new Common();

    @Option(names = "--actor", paramLabel = "TOKEN", description = "Only of this token, by its id.")
    private @Nullable String actor;

    @Option(names = "--action", paramLabel = "ACTION", description = "Only this, for example 'POST /v1/tokens'.")
    private @Nullable String action;

    @Option(names = "--outcome", paramLabel = "OUTCOME", description = "Only done, or only this type of error.")
    private @Nullable String outcome;

    @Option(names = "--from", paramLabel = "TIME", description = "Date or RFC 3339, inclusive.")
    private @Nullable String from;

    @Option(names = "--to", paramLabel = "TIME", description = "Date or RFC 3339, exclusive.")
    private @Nullable String to;

    @Option(
            names = "--limit",
            paramLabel = "ROWS",
            defaultValue = "50",
            description = "At most so many (default: ${DEFAULT-VALUE}).")
    private int limit = 50;

    @Override
    public Integer call() throws InterruptedException {
        List<Api.Parameter> parameters = new ArrayList<>();
        parameters.add(new Api.Parameter("limit", Integer.toString(limit)));
        add(parameters, "actor", actor);
        add(parameters, "action", action);
        add(parameters, "outcome", outcome);
        add(parameters, "starting_at", from);
        add(parameters, "ending_at", to);
        JsonNode answer = new Api(common.settings()).get(AUDIT, parameters);
        return common.answer(answer, text(answer));
    }

    private static void add(List<Api.Parameter> parameters, String name, @Nullable String value) {
        if (value != null) {
            parameters.add(new Api.Parameter(name, value));
        }
    }

    static String text(JsonNode answer) {
        if (answer.path("data").isEmpty()) {
            return "No records.";
        }
        Table table = new Table(
                Table.Column.number("number"),
                Table.Column.text("time (UTC)"),
                Table.Column.text("actor"),
                Table.Column.text("action"),
                Table.Column.text("target"),
                Table.Column.text("outcome"),
                Table.Column.text("remote"));
        for (JsonNode entry : answer.path("data")) {
            table.row(
                    Table.count(entry.path("number").asLong()),
                    entry.path("occurred_at").asText(),
                    entry.path("actor").asText(),
                    entry.path("action").asText(),
                    entry.path("target").isTextual() ? entry.path("target").asText() : "",
                    entry.path("outcome").asText(),
                    entry.path("remote").asText());
        }
        String text = table.render().stripTrailing();
        return answer.path("differing").isEmpty()
                ? text
                : text + System.lineSeparator() + "Some of these were changed in Elasticsearch: ./sluice audit verify";
    }

    /** A page after the other. */
    interface Pages {
        void add(JsonNode answer) throws IOException;

        /** Whether no more are wanted. */
        default boolean enough() {
            return false;
        }
    }

    static void walk(Api api, Pages pages) throws InterruptedException, IOException {
        List<Api.Parameter> parameters = new ArrayList<>(ALL);
        while (true) {
            JsonNode answer = api.get(AUDIT, parameters);
            pages.add(answer);
            if (!answer.path("has_more").asBoolean() || pages.enough()) {
                return;
            }
            parameters = new ArrayList<>(ALL);
            parameters.add(new Api.Parameter("page", answer.path("next_page").asText()));
        }
    }

    @Command(
            name = "export",
            description = "Writes all records to a file, one JSON object a line, as they were hashed.",
            mixinStandardHelpOptions = true)
    static final class Export implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Parameters(
                index = "0",
                paramLabel = "FILE",
                description = "For example audit.jsonl. One that is there is replaced.")
        private Path file = Path.of("");

        @Override
        public Integer call() throws InterruptedException, IOException {
            Api api = new Api(common.settings());
            Path part = file.resolveSibling(file.getFileName() + ".part");
            Written written;
            try (BufferedWriter out = Files.newBufferedWriter(part, StandardCharsets.UTF_8);
                    Bar bar = Bar.of("exporting", -1, " records", 1)) {
                written = new Written(out, bar);
                walk(api, written);
            }
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
            if (written.differing > 0) {
                common.tell("Changed in Elasticsearch: " + written.differing + " (see ./sluice audit verify)");
            }
            return common.answer(
                    Api.JSON.createObjectNode().put("file", file.toString()).put("records", written.records),
                    "Wrote " + Table.count(written.records) + " records to " + file + ".");
        }
    }

    private static final class Written implements Pages {
        private final BufferedWriter out;
        private final Bar bar;
        private long records;
        private long differing;

        Written(BufferedWriter out, Bar bar) {
            this.out = out;
            this.bar = bar;
        }

        @Override
        public void add(JsonNode answer) throws IOException {
            for (JsonNode entry : answer.path("data")) {
                out.write(spelled(entry));
                out.write('\n');
                records++;
            }
            differing += answer.path("differing").size();
            bar.at(records);
        }

        /** What was bent may have no canonical spelling; it is not to be lost. */
        private static String spelled(JsonNode entry) {
            try {
                return CanonicalJson.of(entry);
            } catch (IllegalArgumentException e) {
                return entry.toString();
            }
        }
    }
}
