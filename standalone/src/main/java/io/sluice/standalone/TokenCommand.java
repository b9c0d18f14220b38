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
        name = "token",
        description = "Makes, lists and revokes API tokens.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {TokenCommand.Create.class, TokenCommand.ListTokens.class, TokenCommand.Revoke.class})
final class TokenCommand {
    @Command(
            name = "create",
            description = "Makes a token and shows it, this one time.",
            mixinStandardHelpOptions = true)
    static final class Create implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Parameters(index = "0", paramLabel = "NAME", description = "What it is for.")
        private String name = "";

        @Option(
                names = "--scope",
                paramLabel = "SCOPE",
                split = ",",
                required = true,
                description = "ingest, read:analytics or admin; several with commas.")
        private List<String> scopes = List.of();

        @Option(
                names = "--organization",
                paramLabel = "ID",
                description = "Organization that it is bound to (default: your own).")
        private @Nullable String organization;

        @Option(
                names = "--organization-id",
                paramLabel = "UUID",
                split = ",",
                description = "organization.id values that telemetry sent with it may claim (default: any, or that of"
                        + " the organization if it is a uuid).")
        private List<String> organizationIds = List.of();

        @Override
        public Integer call() throws InterruptedException {
            ObjectNode body = Api.JSON.createObjectNode().put("name", name);
            body.set("scopes", Api.JSON.valueToTree(scopes));
            if (organization != null) {
                body.put("organization", organization);
            }
            if (!organizationIds.isEmpty()) {
                body.set("organization_ids", Api.JSON.valueToTree(organizationIds));
            }
            JsonNode created = new Api(common.settings()).post("/v1/tokens", body);
            if (common.json) {
                common.printJson(created);
            } else {
                common.tell("Keep it: it is not shown again. Its id is "
                        + created.path("id").asText() + ".");
                common.print(created.path("token").asText());
            }
            return 0;
        }
    }

    @Command(name = "list", description = "Lists tokens, without their secrets.", mixinStandardHelpOptions = true)
    static final class ListTokens implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Override
        public Integer call() throws InterruptedException {
            JsonNode answer = new Api(common.settings()).get("/v1/tokens", List.of());
            if (common.json) {
                common.printJson(answer);
                return 0;
            }
            Table table = new Table(
                    Table.Column.text("id"),
                    Table.Column.text("name"),
                    Table.Column.text("organization"),
                    Table.Column.text("scopes"),
                    Table.Column.text("created"),
                    Table.Column.text("revoked"));
            for (JsonNode token : answer.path("data")) {
                List<String> scopes = new ArrayList<>();
                token.path("scopes").forEach(scope -> scopes.add(scope.asText()));
                table.row(
                        token.path("id").asText(),
                        token.path("name").asText(),
                        token.path("organization").asText(),
                        String.join(", ", scopes),
                        token.path("created_at").asText(),
                        token.path("revoked_at").asText("-"));
            }
            common.print(table.render());
            return 0;
        }
    }

    @Command(name = "revoke", description = "Revokes a token for good.", mixinStandardHelpOptions = true)
    static final class Revoke implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Parameters(index = "0", paramLabel = "ID", description = "As ./sluice token list shows it.")
        private String id = "";

        @Override
        public Integer call() throws InterruptedException {
            JsonNode revoked = new Api(common.settings()).delete("/v1/tokens/" + Api.encoded(id));
            if (common.json) {
                common.printJson(revoked);
            } else {
                common.print("Revoked " + revoked.path("id").asText() + ".");
            }
            return 0;
        }
    }
}
