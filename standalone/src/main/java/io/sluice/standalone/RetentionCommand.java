package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "retention",
        description = "Shows how long conversations are kept; changes it; deletes now what is too old.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "[COMMAND]",
        subcommands = {RetentionCommand.SetClass.class, RetentionCommand.Remove.class, RetentionCommand.Run.class})
final class RetentionCommand implements Callable<Integer> {
    private static final String PATH = "/v1/retention";

    @Mixin
    private Common common = new Common();

    /** Which class is meant. */
    static final class Scope {
        @Option(names = "--product", paramLabel = "NAME", description = "Of this product (default: every one).")
        private @Nullable String product;

        @Option(names = "--group", paramLabel = "ID", description = "Of members of this group (default: everybody).")
        private @Nullable String group;

        private boolean is(JsonNode each) {
            return Objects.equals(product, each.path("product").textValue())
                    && Objects.equals(group, each.path("group_id").textValue());
        }

        /** All classes but this one. */
        private ArrayNode others(JsonNode before) {
            ArrayNode others = Api.JSON.createArrayNode();
            before.path("classes").forEach(each -> {
                if (!is(each)) {
                    others.add(each);
                }
            });
            return others;
        }
    }

    @Override
    public Integer call() throws InterruptedException {
        JsonNode answer = new Api(common.settings()).get(PATH, List.of());
        return common.answer(answer, text(answer));
    }

    static String text(JsonNode answer) {
        if (answer.path("classes").isEmpty()) {
            return "Everything is kept: there are no classes of retention.";
        }
        Table table =
                new Table(Table.Column.text("product"), Table.Column.text("group"), Table.Column.number("days kept"));
        for (JsonNode each : answer.path("classes")) {
            table.row(
                    each.path("product").isTextual() ? each.path("product").asText() : "every one",
                    each.path("group_id").isTextual() ? each.path("group_id").asText() : "everybody",
                    Table.count(each.path("days").asLong()));
        }
        JsonNode next = answer.path("next_run_at");
        return table.render() + "The first that fits decides. Next run: "
                + (next.isTextual() ? next.asText() : "when it is asked for") + ".";
    }

    private static int replace(Common common, Api api, ArrayNode classes) throws InterruptedException {
        ObjectNode body = Api.JSON.createObjectNode();
        body.set("classes", classes);
        JsonNode answer = api.put(PATH, body);
        return common.answer(answer, text(answer));
    }

    @Command(
            name = "set",
            description = "Sets how long content of a product, a group or everybody is kept.",
            mixinStandardHelpOptions = true)
    static final class SetClass implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Mixin
        private Scope scope = new Scope();

        @Option(names = "--days", paramLabel = "N", required = true, description = "Deleted when older.")
        private int days;

        @Override
        public Integer call() throws InterruptedException {
            Api api = new Api(common.settings());
            ArrayNode classes = scope.others(api.get(PATH, List.of()));
            classes.addObject()
                    .put("product", scope.product)
                    .put("group_id", scope.group)
                    .put("days", days);
            return replace(common, api, classes);
        }
    }

    @Command(name = "rm", description = "Removes a class: its content is kept.", mixinStandardHelpOptions = true)
    static final class Remove implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Mixin
        private Scope scope = new Scope();

        @Override
        public Integer call() throws InterruptedException {
            Api api = new Api(common.settings());
            return replace(common, api, scope.others(api.get(PATH, List.of())));
        }
    }

    @Command(name = "run", description = "Deletes now what is too old.", mixinStandardHelpOptions = true)
    static final class Run implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Option(names = "--dry-run", description = "Show what would go, and destroy nothing.")
        private boolean dryRun;

        @Option(names = "--yes", description = "Do not ask.")
        private boolean yes;

        @Override
        public Integer call() throws InterruptedException {
            if (!dryRun && !yes && !EraseCommand.isConfirmed("Destroy for good what is too old?")) {
                common.tell("Nothing is destroyed.");
                return 1;
            }
            JsonNode answer = new Api(common.settings())
                    .post(PATH + "/runs", Api.JSON.createObjectNode().put("dry_run", dryRun));
            return common.answer(answer, text(answer));
        }

        static String text(JsonNode answer) {
            if (answer.path("erasures").isEmpty()) {
                return "Nothing is too old.";
            }
            Table table =
                    new Table(Table.Column.text("erasure"), Table.Column.text("about"), Table.Column.number("found"));
            for (JsonNode each : answer.path("erasures")) {
                table.row(
                        each.path("id").isTextual() ? each.path("id").asText() : "-",
                        EraseCommand.about(each.path("target")),
                        Table.count(each.path("found").asLong()));
            }
            return table.render().stripTrailing();
        }
    }
}
