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
        description = "Makes, lists, rotates and revokes API tokens.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            TokenCommand.Create.class,
            TokenCommand.ListTokens.class,
            TokenCommand.Rotate.class,
            TokenCommand.Revoke.class
        })
final class TokenCommand {
    /** The one moment in which the secret is shown. */
    private static void show(Common common, JsonNode created, String more) {
        if (common.json) {
            common.printJson(created);
            return;
        }
        common.tell("Keep it: it is not shown again. Its id is "
                + created.path("id").asText() + "." + more);
        common.print(created.path("token").asText());
    }

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
                description = {
                    "What it may do; several with commas.",
                    "ingest: send telemetry.",
                    "read:analytics: read spend and the ledger.",
                    "read:spend_limits, write:spend_limits: read, change caps.",
                    "read:directory, write:directory: read, change users, groups, roles, seats.",
                    "read:compliance_activities, read:compliance_user_data, delete:compliance_user_data,"
                            + " read:compliance_org_data: the compliance API.",
                    "scim: provision users; alone, for an identity provider.",
                    "budget:self: ask for one's own budget.",
                    "admin: all of these, and tokens."
                })
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

        @Option(
                names = "--linked-organization",
                paramLabel = "ID",
                split = ",",
                description = "Other organizations that it may read; several with commas.")
        private List<String> linkedOrganizations = List.of();

        @Option(
                names = "--expires-in-days",
                paramLabel = "DAYS",
                description = "When it ends, 1 to 3650 (default: never).")
        private @Nullable Integer expiresInDays;

        @Option(
                names = "--user",
                paramLabel = "ID",
                description = "Directory id of the person it belongs to: it is revoked when they are deactivated.")
        private @Nullable String user;

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
            if (!linkedOrganizations.isEmpty()) {
                body.set("linked_organizations", Api.JSON.valueToTree(linkedOrganizations));
            }
            if (expiresInDays != null) {
                body.put("expires_in_days", expiresInDays);
            }
            if (user != null) {
                body.put("user_id", user);
            }
            show(common, new Api(common.settings()).post("/v1/tokens", body), "");
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
                    Table.Column.text("expires"),
                    Table.Column.text("last used"),
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
                        token.path("expires_at").asText("-"),
                        token.path("last_used_at").asText("-"),
                        token.path("revoked_at").asText("-"));
            }
            common.print(table.render());
            return 0;
        }
    }

    @Command(
            name = "rotate",
            description = "Makes a token that takes the place of another, and shows it, this one time.",
            mixinStandardHelpOptions = true)
    static final class Rotate implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Parameters(index = "0", paramLabel = "ID", description = "As ./sluice token list shows it.")
        private String id = "";

        @Option(
                names = "--grace-hours",
                paramLabel = "HOURS",
                description = "How long the old one goes on, 0 to 720 (default: 24).")
        private @Nullable Integer graceHours;

        @Override
        public Integer call() throws InterruptedException {
            ObjectNode body = Api.JSON.createObjectNode();
            if (graceHours != null) {
                body.put("grace_hours", graceHours);
            }
            JsonNode rotated = new Api(common.settings()).post("/v1/tokens/" + Api.encoded(id) + "/rotate", body);
            show(
                    common,
                    rotated,
                    " The old one ends at " + rotated.path("replaces_until").asText() + ".");
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
