package io.sluice.standalone;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What conversations are searched by, besides text. */
final class SearchOptions {
    @Option(names = "--user", paramLabel = "USER", split = ",", description = "E-mail, other label, or directory id.")
    private List<String> users = List.of();

    @Option(names = "--group", paramLabel = "ID", split = ",", description = "Members of these groups, now.")
    private List<String> groups = List.of();

    @Option(names = "--since", paramLabel = "TIME", description = "Start, for example 2026-11-01; UTC.")
    private @Nullable String since;

    @Option(names = "--until", paramLabel = "TIME", description = "End, not included.")
    private @Nullable String until;

    @Option(names = "--model", paramLabel = "MODEL", split = ",")
    private List<String> models = List.of();

    @Option(names = "--product", paramLabel = "PRODUCT", split = ",")
    private List<String> products = List.of();

    @Option(names = "--repository", paramLabel = "NAME", split = ",")
    private List<String> repositories = List.of();

    @Option(names = "--role", paramLabel = "ROLE", split = ",", description = "user, assistant or file.")
    private List<String> roles = List.of();

    @Option(names = "--project", paramLabel = "ID", split = ",")
    private List<String> projects = List.of();

    @Option(names = "--rule", paramLabel = "RULE", split = ",", description = "Flagged by these rules.")
    private List<String> rules = List.of();

    @Option(names = "--tool", paramLabel = "TOOL", split = ",", description = "That use these tools.")
    private List<String> tools = List.of();

    @Option(names = "--flagged", description = "Only what a rule has flagged.")
    private boolean flagged;

    @Option(names = "--has-files", description = "Only what files were sent with.")
    private boolean hasFiles;

    /** As the server's searches have it. */
    ObjectNode body(@Nullable String text) {
        ObjectNode body = Api.JSON.createObjectNode();
        if (text != null) {
            body.put("q", text);
        }
        add(body, "user", users);
        add(body, "group", groups);
        add(body, "model", models);
        add(body, "product", products);
        add(body, "repository", repositories);
        add(body, "role", roles);
        add(body, "project_id", projects);
        add(body, "rule", rules);
        add(body, "tool", tools);
        if (since != null) {
            body.withObject("/created_at").put("gte", since);
        }
        if (until != null) {
            body.withObject("/created_at").put("lt", until);
        }
        if (flagged) {
            body.put("flagged", true);
        }
        if (hasFiles) {
            body.put("has_files", true);
        }
        return body;
    }

    private static void add(ObjectNode body, String name, List<String> values) {
        if (!values.isEmpty()) {
            values.forEach(body.putArray(name)::add);
        }
    }
}
