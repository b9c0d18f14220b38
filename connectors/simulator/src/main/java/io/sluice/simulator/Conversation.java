package io.sluice.simulator;

import static io.sluice.simulator.Otlp.attribute;
import static io.sluice.simulator.Randoms.between;
import static io.sluice.simulator.Randoms.happens;

import io.opentelemetry.proto.common.v1.KeyValue;
import io.sluice.simulator.ClientProcess.Attribution;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * What happens in one client process, from its start to its exit: prompts, requests, tools, subagents, failures. The
 * names, the order and the types of attributes are those of Claude Code 2.1.328.
 */
final class Conversation {
    /** How a process begins, as {@code claude_code.session.count} names it. */
    enum Start {
        FRESH("fresh"),
        RESUME("resume"),
        CONTINUE("continue");

        private final String type;

        Start(String type) {
            this.type = type;
        }
    }

    /** Nothing between two looks at the clock takes longer. */
    private static final long LONGEST_STEP_MILLIS = 90_000;

    private static final List<String> PROMPTS = List.of(
            "Fix the failing test in the importer",
            "Rename this method and update the callers",
            "Why does the build take so long?",
            "Schreibe eine Prüfung für leere Eingaben",
            "Add paging to the list of invoices 🧾",
            "この関数を説明して",
            "Review the last commit",
            "Write a migration for the new column, then run it");
    private static final List<String> ANSWERS = List.of(
            "Done. The test passes now.",
            "I changed three files and ran the tests.",
            "Die Prüfung steht in der ersten Zeile.",
            "It downloads the same archive twice; I cached it.",
            "完了しました。");
    private static final List<String> SKILLS = List.of("release-notes", "sql-review", "api-design");
    private static final List<String> AGENTS = List.of("Explore", "Plan", "general-purpose");
    private static final List<String> PLUGINS = List.of(
            "cc-plugin-agents-md",
            "da63145d0acbb62d",
            "cc-plugin-privacy",
            "a2f27f067781660d",
            "cc-plugin-plugin-authoring",
            "559932fe5f722b82");

    private final User user;
    private final Session session;
    private final SimulationOptions options;
    private final Random random;
    private final ClientProcess client;
    private final long limit;
    private final String querySource;
    private long now;

    // Of the prompt that is being answered.
    private String promptId = "";
    private String traceId = "";
    private @Nullable String skill;
    /** What the next request will have consumed. */
    private @Nullable McpCall mcpResult;

    private record McpCall(McpServer server, String tool) {}

    /** What a request was made for. */
    private record Purpose(
            Model model,
            String querySource,
            String counterSource,
            @Nullable String agent) {}

    /** A request that succeeded. */
    private record Answered(String requestId, Purpose purpose) {}

    private Conversation(
            User user, Session session, SimulationOptions options, Random random, ClientProcess client, long start) {
        this.user = user;
        this.session = session;
        this.options = options;
        this.random = random;
        this.client = client;
        limit = options.end().toEpochMilli() - 1_000;
        querySource = session.desktop() ? "sdk" : "repl_main_thread";
        now = start;
    }

    /** Whether there is time left for a process that starts then. */
    static boolean fits(SimulationOptions options, long startMillis) {
        return startMillis >= options.start().toEpochMilli()
                && startMillis + 2 * LONGEST_STEP_MILLIS < options.end().toEpochMilli();
    }

    /** What a process exported, in order, and when it ended. */
    record Run(List<Export> exports, long exitMillis) {}

    static Run run(
            User user, Session session, Start start, SimulationOptions options, Random random, long startMillis) {
        String startupId = start == Start.CONTINUE ? Randoms.uuid(random) : session.id();
        ClientProcess client = new ClientProcess(user, session, startupId, options.organizationId(), startMillis);
        return new Conversation(user, session, options, random, client, startMillis).run(start);
    }

    private Run run(Start start) {
        startUp(start);
        double mean = options.promptsPerSession();
        int prompts = 1 + random.nextInt((int) Math.max(1, Math.round(2 * mean - 1)));
        for (int i = 0; i < prompts && hasTime(); i++) {
            answerPrompt();
            now += between(random, 15_000, 240_000);
        }
        now = Math.min(now, limit - 2_000);
        for (McpServer server : user.mcpServers()) {
            client.event("mcp_server_connection", now, promptId, mcpConnection(server, "disconnected"));
        }
        long exit = now + 1_000;
        return new Run(client.exit(exit), exit);
    }

    private boolean hasTime() {
        return now + LONGEST_STEP_MILLIS < limit;
    }

    private void startUp(Start start) {
        client.startupEvent(
                "managed_settings_resolved",
                now,
                List.of(
                        attribute("managed_settings.trigger", "startup"),
                        Otlp.emptyList("managed_settings.sources"),
                        attribute("managed_settings.source_behavior", "first-wins"),
                        attribute("managed_settings.helper.state", "none"),
                        attribute("managed_settings.helper.applied", "none")));
        now += between(random, 20, 60);
        for (int i = 0; i < PLUGINS.size(); i += 2) {
            client.startupEvent(
                    "plugin_loaded",
                    now,
                    List.of(
                            attribute("plugin.name", PLUGINS.get(i)),
                            attribute("marketplace.name", "builtin"),
                            attribute("plugin.scope", "default-bundle"),
                            attribute("enabled_via", "default-enable"),
                            attribute("plugin_id_hash", PLUGINS.get(i + 1)),
                            attribute("has_hooks", true),
                            attribute("has_mcp", false),
                            attribute("host_owned_mcp", false),
                            attribute("skill_path_count", 0),
                            attribute("command_path_count", 0),
                            attribute("agent_path_count", 0),
                            attribute("safe_mode", "false")));
        }
        now += between(random, 40, 80);
        client.sessionStarted(start.type, now);
        for (McpServer server : user.mcpServers()) {
            now += between(random, 20, 400);
            client.event("mcp_server_connection", now, null, mcpConnection(server, "connected"));
        }
        now += between(random, 3_000, 60_000);
    }

    private List<KeyValue> mcpConnection(McpServer server, String status) {
        return List.of(
                attribute("status", status),
                attribute("transport_type", server.transport()),
                attribute("server_scope", "user"),
                attribute("duration_ms", String.valueOf(between(random, 20, 400))),
                attribute("is_plugin", false),
                attribute("server_name", server.name()));
    }

    private void answerPrompt() {
        promptId = Randoms.uuid(random);
        traceId = Randoms.hex(random, 32);
        skill = null;
        mcpResult = null;
        long began = now;
        String prompt = Randoms.pick(random, PROMPTS);
        List<KeyValue> attributes = new ArrayList<>();
        attributes.add(attribute("prompt_length", String.valueOf(prompt.length())));
        attributes.add(attribute("prompt", options.content() ? prompt : "<REDACTED>"));
        if (options.content()) {
            attributes.add(attribute("prompt_text", prompt));
        }
        attributes.add(attribute("message.uuid", Randoms.uuid(random)));
        client.event("user_prompt", now, promptId, attributes);
        client.count(
                Instrument.ACTIVE_TIME,
                now,
                between(random, 2_000, 40_000) / 1000.0,
                List.of(attribute("type", "user")));
        if (happens(random, options.share(Share.SKILLS))) {
            skill = Randoms.pick(random, SKILLS);
            client.event(
                    "skill_activated",
                    now,
                    promptId,
                    List.of(
                            attribute("skill.name", skill),
                            attribute("invocation_trigger", "claude-proactive"),
                            attribute("skill.source", "projectSettings")));
        }
        if (happens(random, 0.2)) {
            ask(new Purpose(Model.HAIKU_4_5, "prompt_suggestion", "auxiliary", null));
        }
        converse(mainPurpose());
        client.count(Instrument.ACTIVE_TIME, now, (now - began) / 1000.0, List.of(attribute("type", "cli")));
        client.span(
                random, "interaction", traceId, began, now, List.of(attribute("interaction.duration_ms", now - began)));
    }

    private Purpose mainPurpose() {
        Model model = happens(random, 0.8) ? user.mainModel() : Randoms.pick(random, List.of(Model.values()));
        return new Purpose(model, querySource, "main", null);
    }

    /** Requests and tools in turn, until the model answers without a tool or a request fails. */
    private void converse(Purpose purpose) {
        int toolCalls = random.nextInt(5);
        boolean subagent = happens(random, options.share(Share.SUBAGENTS));
        for (int i = 0; hasTime(); i++) {
            Answered answered = ask(purpose);
            if (answered == null) {
                return;
            }
            if (i == 0 && subagent) {
                delegate(answered);
            } else if (i < toolCalls) {
                useTool(answered);
            } else {
                answer(answered);
                return;
            }
        }
    }

    /** One API request, tried again if the API fails. Null: it failed for good. */
    private @Nullable Answered ask(Purpose purpose) {
        int attempts = 1;
        boolean failed = false;
        if (happens(random, options.share(Share.ERRORS))) {
            attempts = 1 + random.nextInt(4);
            failed = random.nextBoolean();
            now += (attempts - 1) * between(random, 500, 5_000);
        }
        long began = now;
        long took = between(random, 600, 15_000);
        now += took;
        String requestId = "req_011C" + Randoms.base58(random, 20);
        if (failed) {
            fail(purpose, requestId, attempts, took);
            return null;
        }
        Tokens tokens = Tokens.draw(random);
        McpCall mcp = mcpResult;
        mcpResult = null;
        List<KeyValue> attribution = new ArrayList<>();
        if (!purpose.model().effort().isEmpty()) {
            attribution.add(attribute("effort", purpose.model().effort()));
        }
        if (purpose.agent() != null) {
            attribution.add(attribute("agent.name", purpose.agent()));
        }
        if (skill != null) {
            attribution.add(attribute("skill.name", skill));
        }
        if (mcp != null) {
            attribution.add(attribute("mcp_server.name", mcp.server().name()));
            attribution.add(attribute("mcp_tool.name", mcp.tool()));
        }
        List<KeyValue> counterAttributes = new ArrayList<>();
        counterAttributes.add(attribute("model", purpose.model().id()));
        counterAttributes.add(attribute("query_source", purpose.counterSource()));
        counterAttributes.addAll(attribution);
        client.spend(
                new Attribution(
                        purpose.model(), mcp == null ? null : mcp.server().name(), skill),
                tokens,
                now,
                counterAttributes);
        List<KeyValue> attributes = new ArrayList<>(List.of(
                attribute("model", purpose.model().id()),
                attribute("input_tokens", tokens.input()),
                attribute("output_tokens", tokens.output()),
                attribute("cache_read_tokens", tokens.cacheRead()),
                attribute("cache_creation_tokens", tokens.cacheCreation()),
                attribute("cache_creation_5m_tokens", 0),
                attribute("cache_creation_1h_tokens", 0),
                attribute("cost_usd", purpose.model().costUsd(tokens)),
                attribute("cost_usd_micros", purpose.model().costMicros(tokens)),
                attribute("duration_ms", took),
                attribute("ttft_ms", between(random, 200, took)),
                attribute("request_id", requestId),
                attribute("speed", "normal"),
                attribute("query_source", purpose.querySource())));
        attributes.addAll(attribution);
        client.event("api_request", now, promptId, attributes);
        client.span(
                random,
                "llm_request",
                traceId,
                began,
                now,
                List.of(attribute("model", purpose.model().id()), attribute("request_id", requestId)));
        return new Answered(requestId, purpose);
    }

    private void fail(Purpose purpose, String requestId, int attempts, long took) {
        boolean overloaded = random.nextBoolean();
        String error = overloaded ? "529 overloaded_error: Overloaded" : "500 api_error: Internal server error";
        int status = overloaded ? 529 : 500;
        client.event(
                "api_error",
                now,
                promptId,
                List.of(
                        attribute("model", purpose.model().id()),
                        attribute("error", error),
                        attribute("status_code", status),
                        attribute("duration_ms", took),
                        attribute("attempt", attempts),
                        attribute("request_id", requestId),
                        attribute("speed", "normal"),
                        attribute("query_source", purpose.querySource())));
        if (attempts > 1) {
            client.event(
                    "api_retries_exhausted",
                    now,
                    promptId,
                    List.of(
                            attribute("model", purpose.model().id()),
                            attribute("error", error),
                            attribute("status_code", status),
                            attribute("total_attempts", attempts),
                            attribute("total_retry_duration_ms", took),
                            attribute("speed", "normal")));
        }
    }

    private void answer(Answered answered) {
        String answer = Randoms.pick(random, ANSWERS);
        client.event(
                "assistant_response",
                now,
                promptId,
                List.of(
                        attribute("response_length", answer.length()),
                        attribute("response", options.content() ? answer : "<REDACTED>"),
                        attribute("request_id", answered.requestId()),
                        attribute("message.uuid", Randoms.uuid(random)),
                        attribute("model", answered.purpose().model().id()),
                        attribute("query_source", answered.purpose().querySource())));
    }

    /** A subagent: requests and tools of its own, answered to the main conversation. */
    private void delegate(Answered answered) {
        String agent = Randoms.pick(random, AGENTS);
        String toolUseId = toolUseId();
        String parameters = "{\"subagent_type\":\"" + agent + "\"}";
        decide("Agent", toolUseId, "builtin", parameters, new Permission("accept", "config"), answered);
        Purpose purpose = new Purpose(
                happens(random, 0.5) ? Model.HAIKU_4_5 : user.mainModel(), "agent:builtin", "subagent", agent);
        long began = now;
        int requests = 1 + random.nextInt(4);
        int answers = 0;
        for (int i = 0; i < requests && hasTime(); i++) {
            Answered own = ask(purpose);
            if (own != null) {
                answers++;
                if (i < requests - 1) {
                    useTool(own);
                }
            }
        }
        client.event(
                "subagent_completed",
                now,
                promptId,
                List.of(
                        attribute("agent_type", agent),
                        attribute("agent.source", "built-in"),
                        attribute("is_built_in", true),
                        attribute("is_async", false),
                        attribute("total_tokens", between(random, 100, 5_000)),
                        attribute("total_tool_uses", Math.max(0, answers - 1)),
                        attribute("duration_ms", now - began),
                        attribute("model", purpose.model().id()),
                        attribute("final_model", purpose.model().id()),
                        attribute("model_swapped", false)));
        result("Agent", toolUseId, now - began, parameters, "{\"prompt\":\"Look into it\"}", List.of(), answered);
    }

    private void useTool(Answered answered) {
        if (!user.mcpServers().isEmpty() && happens(random, options.share(Share.MCP))) {
            useMcpTool(answered);
            return;
        }
        switch (random.nextInt(5)) {
            case 0 -> edit("Write", answered);
            case 1 -> edit("Edit", answered);
            case 2 -> bash(answered);
            default -> read(answered);
        }
    }

    private void useMcpTool(Answered answered) {
        McpServer server = Randoms.pick(random, user.mcpServers());
        String tool = Randoms.pick(random, server.tools());
        String toolUseId = toolUseId();
        String parameters = "{\"mcp_server_name\":\"" + server.name() + "\",\"mcp_tool_name\":\"" + tool + "\"}";
        if (permission("mcp_tool", toolUseId, "mcp", parameters, answered)) {
            long took = runTool();
            result("mcp_tool", toolUseId, took, parameters, "{\"id\":\"42\"}", List.of(), answered);
            mcpResult = new McpCall(server, tool);
        }
    }

    private void read(Answered answered) {
        String toolUseId = toolUseId();
        if (permission("Read", toolUseId, "builtin", null, answered)) {
            result("Read", toolUseId, runTool(), null, "{\"file_path\":\"" + file() + "\"}", List.of(), answered);
        }
    }

    private void edit(String tool, Answered answered) {
        String toolUseId = toolUseId();
        Permission permission = draw();
        decide(tool, toolUseId, "builtin", null, permission, answered);
        client.count(
                Instrument.EDIT_DECISIONS,
                now,
                1,
                List.of(
                        attribute("decision", permission.decision()),
                        attribute("source", permission.source()),
                        attribute("tool_name", tool),
                        attribute(
                                "language",
                                session.repository() == null
                                        ? "unknown"
                                        : session.repository().language())));
        if (!permission.accepted()) {
            return;
        }
        long took = runTool();
        String model = answered.purpose().model().id();
        lines("added", between(random, 1, 80), model);
        lines("removed", tool.equals("Write") ? 0 : between(random, 0, 40), model);
        result(
                tool,
                toolUseId,
                took,
                null,
                tool.equals("Write")
                        ? "{\"file_path\":\"" + file() + "\",\"content\":\"…\"}"
                        : "{\"file_path\":\"" + file()
                                + "\",\"old_string\":\"a\",\"new_string\":\"b\",\"replace_all\":false}",
                List.of(),
                answered);
    }

    private void lines(String type, long lines, String model) {
        client.count(Instrument.LINES_OF_CODE, now, lines, List.of(attribute("type", type), attribute("model", model)));
    }

    private void bash(Answered answered) {
        String toolUseId = toolUseId();
        boolean commit = session.repository() != null && happens(random, 0.3);
        boolean pullRequest = session.repository() != null && !commit && happens(random, 0.1);
        String program = commit ? "git" : pullRequest ? "gh" : "make";
        String command = commit ? "git commit -q -am 'tidy up'" : pullRequest ? "gh pr create --fill" : "make test";
        String parameters = "{\"bash_command\":\"" + program + "\",\"full_command\":\"" + command
                + "\",\"description\":\"Run it\"}";
        if (!permission("Bash", toolUseId, "builtin", parameters, answered)) {
            return;
        }
        long took = runTool();
        List<KeyValue> head = List.of();
        if (commit) {
            String revision = Randoms.hex(random, 40);
            parameters = parameters.substring(0, parameters.length() - 1) + ",\"git_commit_id\":\"" + revision
                    + "\",\"git_branch\":\"main\"}";
            head = List.of(
                    attribute("vcs.ref.head.revision", revision),
                    attribute("vcs.ref.head.name", "main"),
                    attribute("vcs.ref.head.type", "branch"));
            client.count(Instrument.COMMITS, now, 1, List.of());
        } else if (pullRequest) {
            client.count(Instrument.PULL_REQUESTS, now, 1, List.of());
        }
        String input = "{\"command\":\"" + command + "\",\"description\":\"Run it\"}";
        result("Bash", toolUseId, took, parameters, input, head, answered);
    }

    private record Permission(String decision, String source) {
        boolean accepted() {
            return decision.equals("accept");
        }
    }

    /** A person needs some time to decide. */
    private Permission draw() {
        double at = random.nextDouble();
        if (at < 0.65) {
            return new Permission("accept", "config");
        }
        if (at < 0.68) {
            return new Permission("reject", "config");
        }
        now += between(random, 800, 12_000);
        if (at < 0.85) {
            return new Permission("accept", "user_temporary");
        }
        if (at < 0.94) {
            return new Permission("accept", "user_permanent");
        }
        return new Permission("reject", at < 0.98 ? "user_reject" : "user_abort");
    }

    private boolean permission(
            String tool, String toolUseId, String toolSource, @Nullable String parameters, Answered answered) {
        Permission permission = draw();
        decide(tool, toolUseId, toolSource, parameters, permission, answered);
        return permission.accepted();
    }

    private void decide(
            String tool,
            String toolUseId,
            String toolSource,
            @Nullable String parameters,
            Permission permission,
            Answered answered) {
        now += between(random, 5, 40);
        List<KeyValue> attributes = new ArrayList<>(List.of(
                attribute("decision", permission.decision()),
                attribute("source", permission.source()),
                attribute("tool_name", tool),
                attribute("tool_use_id", toolUseId),
                attribute("tool_source", toolSource)));
        if (parameters != null) {
            attributes.add(attribute("tool_parameters", parameters));
        }
        attributes.add(attribute("permission_mode", "default"));
        attributes.add(attribute("request_id", answered.requestId()));
        client.event("tool_decision", now, promptId, attributes);
    }

    /** How long it took, in milliseconds. */
    private long runTool() {
        long took = between(random, 4, 4_000);
        now += took;
        return took;
    }

    private void result(
            String tool,
            String toolUseId,
            long took,
            @Nullable String parameters,
            String input,
            List<KeyValue> head,
            Answered answered) {
        List<KeyValue> attributes = new ArrayList<>(List.of(
                attribute("tool_name", tool),
                attribute("tool_use_id", toolUseId),
                attribute("success", happens(random, 0.95) ? "true" : "false"),
                attribute("duration_ms", String.valueOf(took))));
        if (parameters != null) {
            attributes.add(attribute("tool_parameters", parameters));
        }
        attributes.add(attribute("tool_input", input));
        attributes.add(attribute("tool_input_size_bytes", String.valueOf(input.length())));
        attributes.add(attribute("tool_result_size_bytes", String.valueOf(between(random, 0, 9_000))));
        attributes.addAll(head);
        if (tool.equals("mcp_tool")) {
            attributes.add(attribute("mcp_server_scope", "user"));
        }
        attributes.add(attribute("request_id", answered.requestId()));
        client.event("tool_result", now, promptId, attributes);
    }

    private String toolUseId() {
        return "toolu_01" + Randoms.base58(random, 22);
    }

    private String file() {
        Repository repository = session.repository();
        return repository == null
                ? "/home/dev/notes.md"
                : "/home/dev/" + repository.name() + "/src/a." + repository.extension();
    }
}
