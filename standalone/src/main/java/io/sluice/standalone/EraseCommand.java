package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Console;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "erase",
        description = "Destroys conversations for good. What a hold keeps stays until the hold is released.",
        mixinStandardHelpOptions = true)
final class EraseCommand implements Callable<Integer> {
    static final String PATH = "/v1/erasures";
    private static final long AGAIN_MILLIS = 500;
    private static final Set<String> ENDS = Set.of("held", "completed", "failed");

    @Mixin
    private Common common = new Common();

    @ArgGroup(multiplicity = "1")
    private Target target = new Target();

    /** One of them. */
    static final class Target {
        @Option(
                names = "--user",
                paramLabel = "USER",
                description = "All of this user up to now: e-mail, id or another label.")
        private @Nullable String user;

        @Option(
                names = "--conversation",
                paramLabel = "ID",
                description = "This conversation (a chat, a Claude Code session), for ever.")
        private @Nullable String conversation;

        @Option(names = "--project", paramLabel = "ID", description = "All of this project up to now.")
        private @Nullable String project;

        @Option(names = "--search", paramLabel = "ID", description = "What a saved search finds now.")
        private @Nullable String search;

        ObjectNode json() {
            ObjectNode json = Api.JSON.createObjectNode();
            put(json, "user", user);
            put(json, "conversation_id", conversation);
            put(json, "project_id", project);
            put(json, "search_id", search);
            return json;
        }

        private static void put(ObjectNode json, String name, @Nullable String value) {
            if (value != null) {
                json.put(name, value);
            }
        }
    }

    @Option(names = "--dry-run", description = "Show what would go, and destroy nothing.")
    private boolean dryRun;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why; kept with the erasure.")
    private @Nullable String reason;

    @Option(names = "--upstream", description = "Also at Anthropic, where the installation is set up for it.")
    private boolean upstream;

    @Option(names = "--wait", description = "Wait until it is done or held.")
    private boolean wait;

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @Override
    public Integer call() throws InterruptedException {
        Api api = new Api(common.settings());
        ObjectNode body = Api.JSON.createObjectNode();
        body.set("target", target.json());
        if (reason != null) {
            body.put("reason", reason);
        }
        if (dryRun || (!yes && System.console() != null)) {
            JsonNode dry = api.post(PATH, body.deepCopy().put("dry_run", true));
            if (dryRun) {
                return common.answer(dry, dryText(dry));
            }
            common.tell(dryText(dry));
        }
        if (!yes && !isConfirmed("Destroy it for good?")) {
            common.tell("Nothing is destroyed.");
            return 1;
        }
        JsonNode asked = api.post(PATH, body.put("upstream", upstream));
        JsonNode shown = wait ? awaitEnd(api, asked) : asked;
        int unused = common.answer(shown, text(shown));
        return shown.path("status").asText().equals("failed") ? 1 : 0;
    }

    private static JsonNode awaitEnd(Api api, JsonNode asked) throws InterruptedException {
        String path = PATH + "/" + Api.segment(asked.path("id").asText());
        JsonNode now = asked;
        try (Bar bar = Bar.of("Erasing", -1, " messages", 1)) {
            while (!ENDS.contains(now.path("status").asText())) {
                bar.say(now.path("status").asText());
                TimeUnit.MILLISECONDS.sleep(AGAIN_MILLIS);
                now = api.get(path, List.of());
                bar.at(now.path("erased").asLong());
            }
        }
        return now;
    }

    /**
     * Asks at the terminal.
     *
     * @throws CommandException where there is none
     */
    static boolean isConfirmed(String question) {
        Console console = System.console();
        if (console == null) {
            throw new CommandException("--yes: missing (expected: given where nobody can be asked)");
        }
        String answer = console.readLine("%s [y/N] ", question);
        return answer != null && answer.strip().equalsIgnoreCase("y");
    }

    static String dryText(JsonNode dry) {
        StringBuilder text = new StringBuilder(Table.count(dry.path("found").asLong()))
                .append(" found, ")
                .append(Table.count(dry.path("erased").asLong()))
                .append(" would go, ")
                .append(Table.count(dry.path("held").asLong()))
                .append(" held");
        for (JsonNode hold : dry.path("held_by")) {
            text.append(System.lineSeparator())
                    .append("  ")
                    .append(Table.count(hold.path("held").asLong()))
                    .append(" kept by ")
                    .append(hold.path("id").asText());
        }
        if (dry.path("held_by_more").asInt() > 0) {
            text.append(System.lineSeparator())
                    .append("  and ")
                    .append(Table.count(dry.path("held_by_more").asLong()))
                    .append(" more holds");
        }
        for (JsonNode message : dry.path("sample")) {
            text.append(System.lineSeparator())
                    .append("  ")
                    .append(second(message.path("occurred_at").asText()))
                    .append("  ")
                    .append(message.path("conversation_id").asText())
                    .append("  ")
                    .append(message.path("message_id").asText());
        }
        return text.toString();
    }

    static String text(JsonNode erasure) {
        String id = erasure.path("id").asText();
        return switch (erasure.path("status").asText()) {
            case "completed" ->
                "Erased " + Table.count(erasure.path("erased").asLong()) + " of "
                        + Table.count(erasure.path("found").asLong()) + " found. Receipt: "
                        + erasure.path("receipt_id").asText() + ".";
            case "held" ->
                "Held: " + Table.count(erasure.path("held").asLong()) + " kept by " + joined(erasure.path("held_by"))
                        + ", " + Table.count(erasure.path("erased").asLong()) + " erased. " + id
                        + " goes on when they are released.";
            case "failed" -> "Failed: " + erasure.path("error").asText("no reason given") + " (" + id + ").";
            default ->
                "Asked for as " + id + ", to be done by "
                        + second(erasure.path("due_at").asText()) + ". See ./sluice erasures.";
        };
    }

    static String joined(JsonNode texts) {
        List<String> all = new ArrayList<>();
        texts.forEach(text -> all.add(text.asText()));
        return String.join(", ", all);
    }

    static String second(String time) {
        return time.replaceFirst("\\.\\d+Z$", "Z");
    }

    /** What a hold or an erasure is about, in few words. */
    static String about(JsonNode target) {
        String type = target.path("type").asText();
        return switch (type) {
            case "conversation" -> few("conversation", target.path("conversation_ids"));
            case "user" -> few("user", target.path("labels"));
            case "project" -> few("project", target.path("project_ids"));
            case "search" -> Table.count(target.path("documents").asLong()) + " messages of a search";
            case "retention" ->
                "older than " + second(target.path("until").asText()) + ", "
                        + target.path("product").asText("every product");
            default -> type;
        };
    }

    private static String few(String what, JsonNode names) {
        return what + " " + names.path(0).asText("-")
                + (names.size() > 1 ? " and " + (names.size() - 1) + " more" : "");
    }
}
