package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.schema.Index;
import io.sluice.server.DirectoryStack.Client;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The records of Anthropic's analytics APIs, field by field as they are documented, at a real server. */
class UpstreamRecordsITCase {
    private static final String CLAUDE_CODE = "/v1/organizations/usage_report/claude_code";
    private static final String ANALYTICS = "/v1/organizations/analytics/";

    /** Of the Claude Code Analytics API, without the actor. */
    private static final String USAGE = """
            date                                          midnight
            organization_id                               text
            customer_type                                 api|subscription
            subscription_type                             enterprise|team?
            terminal_type                                 text
            is_remote                                     boolean
            core_metrics.num_sessions                     whole
            core_metrics.lines_of_code.added              whole
            core_metrics.lines_of_code.removed            whole
            core_metrics.commits_by_claude_code           whole
            core_metrics.pull_requests_by_claude_code     whole
            tool_actions.edit_tool.accepted               whole
            tool_actions.edit_tool.rejected               whole
            tool_actions.multi_edit_tool.accepted         whole
            tool_actions.multi_edit_tool.rejected         whole
            tool_actions.write_tool.accepted              whole
            tool_actions.write_tool.rejected              whole
            tool_actions.notebook_edit_tool.accepted      whole
            tool_actions.notebook_edit_tool.rejected      whole
            model_breakdown[].model                       text
            model_breakdown[].tokens.input                whole
            model_breakdown[].tokens.output               whole
            model_breakdown[].tokens.cache_read           whole
            model_breakdown[].tokens.cache_creation       whole
            model_breakdown[].estimated_cost.currency     USD
            model_breakdown[].estimated_cost.amount       number
            """;

    private static final DocumentedRecord OF_PERSON =
            DocumentedRecord.of(USAGE + "actor.type user_actor\nactor.email_address address");
    private static final DocumentedRecord OF_KEY =
            DocumentedRecord.of(USAGE + "actor.type api_actor\nactor.api_key_name text");

    /** Of the Claude Enterprise Analytics API; null is what Sluice does not measure. */
    private static final DocumentedRecord USER = DocumentedRecord.of("""
            user.id                                                            text?
            user.email_address                                                 address?
            user.type                                                          text
            chat_metrics                                                       null
            claude_code_metrics.core_metrics.commit_count                      whole
            claude_code_metrics.core_metrics.distinct_session_count            whole
            claude_code_metrics.core_metrics.lines_of_code.added_count         whole
            claude_code_metrics.core_metrics.lines_of_code.removed_count       whole
            claude_code_metrics.core_metrics.pull_request_count                whole
            claude_code_metrics.tool_actions.edit_tool.accepted_count          whole
            claude_code_metrics.tool_actions.edit_tool.rejected_count          whole
            claude_code_metrics.tool_actions.multi_edit_tool.accepted_count    whole
            claude_code_metrics.tool_actions.multi_edit_tool.rejected_count    whole
            claude_code_metrics.tool_actions.notebook_edit_tool.accepted_count whole
            claude_code_metrics.tool_actions.notebook_edit_tool.rejected_count whole
            claude_code_metrics.tool_actions.write_tool.accepted_count         whole
            claude_code_metrics.tool_actions.write_tool.rejected_count         whole
            cowork_metrics                                                     null
            design_metrics                                                     null
            office_metrics                                                     null
            science_metrics                                                    null
            web_search_count                                                   null
            last_activity_date                                                 day?
            """);

    private static final DocumentedRecord GROUP = new DocumentedRecord(group());

    private static final DocumentedRecord SUMMARY = DocumentedRecord.of(summary());

    @TempDir
    static Path folder;

    private static final AtomicInteger IDS = new AtomicInteger();

    @SuppressWarnings("NullAway.Init")
    private static DirectoryStack stack;

    @SuppressWarnings("NullAway.Init")
    private static RunningServer running;

    /** Of the same, with {@code group_by[]=rbac_group_id}. */
    private static Map<String, String> group() {
        Map<String, String> types = new LinkedHashMap<>(USER.types());
        types.keySet().removeIf(path -> path.startsWith("user."));
        types.putAll(Map.of(
                "user", "null", "distinct_user_count", "whole", "rbac_group_id", "text?", "rbac_group_name", "text?"));
        return types;
    }

    private static String summary() {
        StringBuilder lines = new StringBuilder("date day\nassigned_seat_count whole\npending_invite_count null\n");
        for (String span : List.of("daily", "weekly", "monthly")) {
            lines.append(span).append("_active_user_count whole\n");
            lines.append(span).append("_adoption_rate number?\n");
            lines.append("claude_code_").append(span).append("_active_user_count whole\n");
            for (String product : List.of("chat", "cowork", "office_agent", "claude_design", "science")) {
                lines.append(product).append('_').append(span).append("_active_user_count null\n");
            }
        }
        return lines.toString();
    }

    @BeforeAll
    static void start() throws Exception {
        stack = DirectoryStack.shared(folder);
        running = stack.server(new MovableClock());
    }

    @AfterAll
    static void stop() throws Exception {
        running.close();
    }

    /** @param fields ' stands for " */
    private static void row(String organization, String user, String fields) throws Exception {
        write(
                Index.CODE_METRICS,
                "{'org_id': '" + organization + "', 'empty': false, 'starting_at': '2026-11-23T09:00:00Z', 'user': '"
                        + user + "', 'team': 'data', 'team_source': 'directory', 'product': 'claude-code',"
                        + " 'session_id': 's-" + user + "', 'session_days': 1, 'sessions_started': 1,"
                        + " 'last_at': '2026-11-23T09:30:00Z'" + fields + "}");
    }

    /** As the spend job writes them: without {@code remote} where it was not. */
    private static void cell(String organization, String user, String model, long micros, String fields)
            throws Exception {
        write(
                Index.SPEND_CELLS,
                "{'org_id': '" + organization + "', 'empty': false, 'starting_at': '2026-11-23T09:00:00Z', 'user': '"
                        + user + "', 'team': 'data', 'model': '" + model
                        + "', 'product': 'claude-code', 'basis': 'events', 'requests': 1, 'input_tokens': 10,"
                        + " 'output_tokens': 20, 'cache_read_tokens': 30, 'cache_creation_tokens': 40, 'spend_micros': "
                        + micros + fields + "}");
    }

    private static void write(Index index, String document) throws Exception {
        TestElastic.send(
                stack.elasticsearch,
                "PUT",
                "/" + index.indexName() + "/_doc/upstream-" + IDS.incrementAndGet() + "?refresh=true",
                document.replace('\'', '"'));
    }

    private static Client organization(String organization) throws Exception {
        row(organization, "ada@example.com", ", 'terminal': 'vscode', 'remote': false, 'lines_added': 4");
        row(
                organization,
                "ada@example.com",
                ", 'terminal': 'vscode', 'remote': false, 'tool': 'Write', 'accepted_config': 2");
        row(organization, "user_01BEA", ", 'terminal': 'vscode', 'remote': true");
        row(organization, "user_01WHO", ", 'remote': false");
        row(organization, "unattributed", ", 'remote': false");
        cell(organization, "ada@example.com", "claude-opus-4-5", 505_000, ", 'terminal': 'vscode'");
        cell(organization, "user_01BEA", "claude-opus-4-5", 1, ", 'terminal': 'vscode', 'remote': true");
        cell(organization, "user_01WHO", "claude-opus-4-5", 0, "");
        cell(organization, "unattributed", "claude-haiku-4-5", 70_000, "");
        // Of whom only requests are known, and in another terminal of whom also other things are.
        cell(organization, "cal@example.com", "claude-opus-4-5", 20_000, ", 'terminal': 'iTerm'");
        cell(organization, "ada@example.com", "claude-opus-4-5", 30_000, ", 'terminal': 'iTerm'");
        Client admin = Client.of(running, organization);
        admin.post("/v1/users", "{'user_name': 'bea', 'email': 'bea@example.com', 'account_id': 'user_01BEA'}");
        return admin;
    }

    private static List<JsonNode> all(Client admin, String question) throws Exception {
        List<JsonNode> records = new ArrayList<>();
        String page = "";
        do {
            JsonNode answer = admin.get(question + page).body();
            answer.path("data").forEach(records::add);
            assertThat(answer.path("has_more").isBoolean()).isTrue();
            assertThat(answer.path("next_page").isTextual())
                    .isEqualTo(answer.path("has_more").asBoolean());
            page = answer.path("has_more").asBoolean()
                    ? "&page=" + answer.path("next_page").asText()
                    : "";
        } while (!page.isEmpty());
        return records;
    }

    @Test
    void everyFieldOfClaudeCodeIsAsDocumented() throws Exception {
        Client admin = organization("documented");
        List<JsonNode> records = all(admin, CLAUDE_CODE + "?starting_at=2026-11-23");
        assertThat(records).hasSize(6);
        for (JsonNode record : records) {
            boolean person = record.path("actor").path("type").asText().equals("user_actor");
            (person ? OF_PERSON : OF_KEY).check(record);
            assertThat(record.path("customer_type").asText()).isEqualTo(person ? "subscription" : "api");
            assertThat(record.path("subscription_type").isNull()).isEqualTo(!person);
        }
        assertThat(records)
                .extracting(record -> record.path("actor").path("email_address").asText()
                        + record.path("actor").path("api_key_name").asText() + " "
                        + record.path("terminal_type").asText() + " "
                        + record.path("core_metrics").path("num_sessions").asText() + " "
                        + record.path("model_breakdown")
                                .path(0)
                                .path("estimated_cost")
                                .path("amount")
                                .decimalValue()
                                .stripTrailingZeros()
                                .toPlainString())
                .containsExactly(
                        "ada@example.com iTerm 0 3",
                        "ada@example.com vscode 2 50.5",
                        "cal@example.com iTerm 0 2",
                        "unattributed unknown 1 7",
                        "bea@example.com vscode 1 0.0001",
                        "user_01WHO unknown 1 0");
        assertThat(all(admin, CLAUDE_CODE + "?starting_at=2026-11-23&limit=1"))
                .as("page by page")
                .isEqualTo(records);
    }

    @Test
    void aPlanIsASubscription() throws Exception {
        Client admin = organization("documented-team");
        Client.of(running, "default")
                .send("PUT", "/v1/organizations/documented-team", "{'plan': 'team', 'name': 'Documented'}")
                .is(200);
        assertThat(all(admin, CLAUDE_CODE + "?starting_at=2026-11-23"))
                .filteredOn(record -> record.path("actor").has("email_address"))
                .isNotEmpty()
                .allSatisfy(record ->
                        assertThat(record.path("subscription_type").asText()).isEqualTo("team"));
    }

    @Test
    void everyFieldOfEnterpriseAnalyticsIsAsDocumented() throws Exception {
        Client admin = organization("documented-enterprise");
        List<JsonNode> users = all(admin, ANALYTICS + "users?date=2026-11-23");
        users.forEach(USER::check);
        assertThat(users)
                .extracting(user -> user.path("user").path("email_address").asText(null) + " "
                        + user.path("user").path("id").asText(null))
                .containsExactly("ada@example.com null", "bea@example.com user_01BEA", "null user_01WHO");
        JsonNode summaries = admin.get(ANALYTICS + "summaries?starting_date=2026-11-22&ending_date=2026-11-25")
                .body();
        assertThat(summaries.path("summaries")).hasSize(3).allSatisfy(SUMMARY::check);
    }

    /** Whoever is in two groups counts in both, and nobody is left out. */
    @Test
    void activityOfGroupsIsThatOfTheirMembers() throws Exception {
        String organization = "documented-groups";
        Client admin = organization(organization);
        String ada = admin.post("/v1/users", "{'user_name': 'ada', 'email': 'ada@example.com'}")
                .body()
                .path("id")
                .asText();
        String bea = admin.get("/v1/users").body().path("data").findParents("account_id").stream()
                .filter(user -> user.path("account_id").asText().equals("user_01BEA"))
                .findFirst()
                .orElseThrow()
                .path("id")
                .asText();
        for (String group : List.of("both", "one")) {
            String id = admin.post("/v1/groups", "{'name': '" + group + "'}")
                    .body()
                    .path("id")
                    .asText();
            String members = group.equals("both") ? "'" + ada + "', '" + bea + "'" : "'" + ada + "'";
            admin.send("POST", "/v1/groups/" + id + "/members", "{'user_ids': [" + members + "]}")
                    .is(200);
        }
        String question = ANALYTICS + "users?date=2026-11-23&group_by[]=rbac_group_id";
        List<JsonNode> rows = all(admin, question);
        rows.forEach(GROUP::check);
        assertThat(rows)
                .extracting(row -> row.path("rbac_group_name").asText() + " "
                        + row.path("distinct_user_count").asText() + " "
                        + row.at("/claude_code_metrics/core_metrics/lines_of_code/added_count")
                                .asText() + " "
                        + row.at("/claude_code_metrics/core_metrics/distinct_session_count")
                                .asText() + " "
                        + row.at("/claude_code_metrics/tool_actions/write_tool/accepted_count")
                                .asText())
                .containsExactlyInAnyOrder("both 2 4 2 2", "one 1 4 1 2", "null 1 0 1 0");
        assertThat(rows.get(2).path("rbac_group_id").isNull()).as("comes last").isTrue();
        assertThat(all(admin, question + "&limit=1")).as("page by page").isEqualTo(rows);
        assertThat(admin.send("GET", ANALYTICS + "users?date=2026-11-23&group_by[]=team", "")
                        .is(400)
                        .message())
                .contains("group_by[]: team (expected: rbac_group_id");
    }

    /** Keys are no persons, but who has no address may be one. */
    @Test
    void pseudonymsStandForLabelsThatAreNoAddresses() throws Exception {
        Client admin = organization("documented-masked");
        admin.send("PATCH", "/v1/organization", "{'analytics_privacy': 'pseudonymous'}")
                .is(200);
        assertThat(all(admin, CLAUDE_CODE + "?starting_at=2026-11-23"))
                .hasSize(6)
                .allSatisfy(record -> assertThat(record.path("actor").toString())
                        .doesNotContain("example.com")
                        .doesNotContain("user_01WHO"));
    }
}
