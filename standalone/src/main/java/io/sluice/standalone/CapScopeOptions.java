package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whose spend a limit is for: exactly one of these. */
final class CapScopeOptions {
    @Option(
            names = "--user",
            paramLabel = "USER",
            description = "One person: id in the directory, e-mail, or another label of telemetry.")
    private @Nullable String user;

    @Option(names = "--group", paramLabel = "GROUP", description = "Each member of a group, by its name or id.")
    private @Nullable String group;

    @Option(names = "--pool", paramLabel = "GROUP", description = "All members of a group together, by its name or id.")
    private @Nullable String pool;

    @Option(names = "--tier", paramLabel = "TIER", description = "Each member with a seat of this tier.")
    private @Nullable String tier;

    @Option(names = "--organization", description = "Each member: the default.")
    private boolean organization;

    @Option(names = "--total", description = "All of the organization together.")
    private boolean total;

    /** As the API has it. */
    ObjectNode scope(Api api) throws InterruptedException {
        ObjectNode scope = Api.JSON.createObjectNode();
        if (user != null) {
            return scope.put("type", "user").put("user_id", user);
        }
        if (group != null) {
            return scope.put("type", "rbac_group").put("rbac_group_id", groupId(api, "--group", group));
        }
        if (pool != null) {
            return scope.put("type", "rbac_group_pool").put("rbac_group_id", groupId(api, "--pool", pool));
        }
        if (tier != null) {
            return scope.put("type", "seat_tier").put("seat_tier", tier);
        }
        if (organization == total) {
            throw new IllegalStateException("picocli lets exactly one of the group through");
        }
        return scope.put("type", total ? "organization_total" : "organization");
    }

    /** A name is looked up; what nobody is called is taken for an id. */
    private static String groupId(Api api, String option, String group) throws InterruptedException {
        if (group.startsWith("rbac_group_")) {
            return group;
        }
        JsonNode found;
        try {
            found = api.get("/v1/groups", List.of(new Api.Parameter("name", group)));
        } catch (CommandException e) {
            throw new CommandException(
                    option + ": " + group + " cannot be looked up: " + e.getMessage()
                            + " (an id of the directory, such as rbac_group_…, needs no look-up)",
                    e);
        }
        return found.path("data").path(0).path("id").asText(group);
    }
}
