package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "search",
        description = "Searches conversations, or shows one. Each search is in the audit.",
        mixinStandardHelpOptions = true)
final class SearchCommand implements Callable<Integer> {
    @Mixin
    private Common common = new Common();

    @Mixin
    private SearchOptions options = new SearchOptions();

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "TEXT",
            description =
                    "All of these words; \"a phrase\", begin*, -without, one OR another. Left out: every message.")
    private @Nullable String text;

    @Option(
            names = "--sort",
            paramLabel = "ORDER",
            description = "relevance, newest or oldest (default: relevance, without TEXT newest).")
    private @Nullable String sort;

    @Option(
            names = "--limit",
            paramLabel = "ROWS",
            defaultValue = "20",
            description = "Up to 100 (default: ${DEFAULT-VALUE}).")
    private int limit = 20;

    @Option(names = "--conversation", paramLabel = "ID", description = "Shows this conversation instead.")
    private @Nullable String conversation;

    @Option(
            names = "--export",
            paramLabel = "FILE",
            description = "Writes all that is found to FILE (.csv, else lines of JSON), and the hashes of it to"
                    + " FILE.manifest.json.")
    private @Nullable Path export;

    @Override
    public Integer call() throws InterruptedException {
        Api api = new Api(common.settings());
        if (conversation != null) {
            JsonNode thread = api.get("/v1/compliance/conversations/" + Api.segment(conversation), List.of());
            return common.answer(thread, SearchText.thread(thread));
        }
        ObjectNode body = options.body(text);
        if (export != null) {
            return export(api, body, export);
        }
        if (sort != null) {
            body.put("sort", sort);
        }
        JsonNode answer = api.post("/v1/compliance/search", body.put("limit", limit));
        return common.answer(answer, SearchText.found(answer));
    }

    private int export(Api api, ObjectNode search, Path file) throws InterruptedException {
        boolean csv = file.toString().toLowerCase(Locale.ROOT).endsWith(".csv");
        ObjectNode body = Api.JSON.createObjectNode().put("format", csv ? "csv" : "jsonl");
        body.set("search", search);
        ExportFiles files = new ExportFiles(file);
        try (InputStream in = api.download("/v1/compliance/exports", body)) {
            JsonNode manifest = files.write(in);
            JsonNode counts = manifest.path("counts");
            long gone = counts.path("gone").asLong();
            return common.answer(
                    manifest,
                    Table.count(counts.path("exported").asLong()) + " messages in " + file + ", their hashes in "
                            + files.manifest()
                            + (gone == 0 ? "." : "; " + gone + " were erased meanwhile."));
        } catch (IOException e) {
            throw new CommandException(file + ": " + e, e);
        }
    }
}
