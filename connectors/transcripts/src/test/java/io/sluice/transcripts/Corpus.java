package io.sluice.transcripts;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A seeded folder of session files with everything that makes counting them awkward: responses of several lines with
 * partial output tokens, across midnight, with and without request and message ids, retried under a second request id,
 * replayed by side questions, repeated by progress lines, forked, copied, cut off.
 */
final class Corpus {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Instant FIRST_DAY = Instant.parse("2026-08-01T00:00:00Z");
    private static final int DAYS = 45;
    private static final List<String> MODELS = List.of(
            "claude-opus-4-8",
            "claude-opus-4-6",
            "claude-sonnet-4-5-20250929",
            "claude-sonnet-5-5",
            "claude-haiku-4-5",
            "claude-sonnet-4-5[1m]");

    /** Versions of the tool disagree about requests without a request id, see README.md. */
    enum Scope {
        /** What all agree about. */
        COMMON,
        /** As until 20.0.20: a message id is one response. In several lines at different times, and in forks, too. */
        BY_MESSAGE,
        /** As since 20.0.24: it is one per session and time. A constant id for all responses, too. */
        BY_SESSION
    }

    private final Random random;
    private final Scope scope;
    private final SortedMap<String, byte[]> files = new TreeMap<>();
    private int requests;

    private Corpus(long seed, Scope scope) {
        random = new Random(seed);
        this.scope = scope;
    }

    /** Contents by path under the configuration folder, for example {@code projects/-home-p1/<session>.jsonl}. */
    static SortedMap<String, byte[]> generate(long seed, int sessions, Scope scope) {
        Corpus corpus = new Corpus(seed, scope);
        for (int i = 0; i < sessions; i++) {
            corpus.session();
        }
        return corpus.files;
    }

    static void write(SortedMap<String, byte[]> files, Path folder) throws IOException {
        for (var file : files.entrySet()) {
            Path path = folder.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.write(path, file.getValue());
        }
    }

    /** One session while it is written. */
    private final class Session {
        final String id = uuid();
        final String folder = "projects/-home-alice-p" + random.nextInt(8);
        final boolean requestIds = random.nextInt(8) != 0;
        final boolean oldVersion = random.nextInt(6) == 0;
        final boolean copies = random.nextInt(3) == 0;
        final boolean constantId = scope == Scope.BY_SESSION && !requestIds && random.nextBoolean();
        final List<ObjectNode> lines = new ArrayList<>();
        final List<ObjectNode> responses = new ArrayList<>();
        /** Often shortly before midnight, so that responses cross it. */
        Instant clock = FIRST_DAY
                .plus(Duration.ofDays(random.nextInt(DAYS)))
                .plusSeconds(random.nextBoolean() ? 86_400 - random.nextInt(600) : random.nextInt(86_400));

        String agent = "";

        void tick(int maxMillis) {
            clock = clock.plusMillis(1 + random.nextInt(maxMillis));
        }
    }

    private void session() {
        Session session = new Session();
        int turns = 3 + random.nextInt(20);
        for (int turn = 0; turn < turns; turn++) {
            prompt(session);
            int steps = 1 + random.nextInt(4);
            for (int step = 0; step < steps; step++) {
                response(session, session.lines, false);
                toolResult(session);
            }
            noise(session);
        }
        // The tool takes sidechain lines with the same message id for replays, whatever else they say.
        if (random.nextInt(3) == 0 && !session.constantId) {
            sideQuestion(session);
        }
        int agents = session.constantId ? 0 : random.nextInt(3);
        for (int i = 0; i < agents; i++) {
            subagent(session);
        }
        save(session.folder + "/" + session.id + ".jsonl", session.lines, random.nextInt(5) == 0);
        if (session.copies) {
            copy(session);
        }
    }

    private void prompt(Session session) {
        session.tick(120_000);
        ObjectNode line = line(session, "user");
        line.putObject("message").put("role", "user").put("content", "Please do thing " + random.nextInt(1000));
        session.lines.add(line);
    }

    private void toolResult(Session session) {
        session.tick(5_000);
        ObjectNode line = line(session, "user");
        ObjectNode message = line.putObject("message").put("role", "user");
        message.putArray("content")
                .addObject()
                .put("type", "tool_result")
                .put("tool_use_id", "toolu_" + random.nextInt(1_000_000))
                .put("content", "x".repeat(random.nextInt(200)));
        line.putObject("toolUseResult").put("stdout", "y".repeat(random.nextInt(2_000)));
        session.lines.add(line);
    }

    /** The lines of one response, added to a file. */
    private void response(Session session, List<ObjectNode> to, boolean sidechain) {
        session.tick(60_000);
        requests++;
        // The line of a request without any id stands for itself: it is not copied, since tools count copies.
        boolean anonymous = !session.copies && !session.requestIds && random.nextInt(10) == 0;
        String messageId = anonymous ? null : messageId(session);
        String requestId = session.requestIds ? "req_" + requests + "_" + uuid().substring(0, 8) : null;
        String model = MODELS.get(random.nextInt(MODELS.size()));
        ObjectNode usage = usage(session, model);
        int blocks = anonymous ? 1 : 1 + random.nextInt(4);
        long finalOutput = usage.path("output_tokens").asLong();
        int finalFrom = random.nextInt(blocks);
        if (session.requestIds && random.nextInt(25) == 0) {
            // The same message a second time under another request id: a retry that was billed, too.
            write(session, to, sidechain, messageId, requestId + "_retried", model, usage, 0);
        }
        for (int block = 0; block < blocks; block++) {
            usage.put("output_tokens", block < finalFrom ? 1 + random.nextInt(3) : finalOutput);
            write(session, to, sidechain, messageId, requestId, model, usage, block);
            if (session.requestIds || scope == Scope.BY_MESSAGE) {
                session.tick(20_000);
            }
        }
    }

    private String messageId(Session session) {
        if (session.constantId) {
            return "gateway";
        }
        boolean gateway = !session.requestIds && scope != Scope.BY_MESSAGE && random.nextBoolean();
        return (gateway ? "gen-" : "msg_") + requests + "_" + uuid().substring(0, 8);
    }

    private void write(
            Session session,
            List<ObjectNode> to,
            boolean sidechain,
            @Nullable String messageId,
            @Nullable String requestId,
            String model,
            ObjectNode usage,
            int block) {
        ObjectNode line = line(session, "assistant");
        line.put("isSidechain", sidechain);
        if (sidechain) {
            line.put("agentId", session.agent);
        }
        if (requestId != null) {
            line.put("requestId", requestId);
        }
        if (session.oldVersion) {
            line.put("costUSD", 0.0123);
        }
        ObjectNode message = line.putObject("message").put("role", "assistant").put("model", model);
        if (messageId != null) {
            message.put("id", messageId);
        }
        ArrayNode content = message.putArray("content");
        switch (block) {
            case 0 -> content.addObject().put("type", "thinking").put("thinking", "hm");
            case 1 -> content.addObject().put("type", "text").put("text", "I \"see\".\nNext. \u00e9\u4e16\ud83d\ude00");
            default ->
                content.addObject()
                        .put("type", "tool_use")
                        .put("id", "toolu_" + requests + "_" + block)
                        .put("name", "Bash")
                        .putObject("input")
                        .put("command", "ls");
        }
        message.putNull("stop_reason");
        message.set("usage", usage.deepCopy());
        to.add(line);
        if (!sidechain) {
            session.responses.add(line);
        }
    }

    private ObjectNode usage(Session session, String model) {
        ObjectNode usage = JSON.createObjectNode()
                .put("input_tokens", random.nextInt(3_000))
                .put("output_tokens", 5 + random.nextInt(4_000))
                .put("cache_read_input_tokens", random.nextInt(150_000));
        int shortLived = random.nextInt(4_000);
        int longLived = random.nextInt(2) * random.nextInt(4_000);
        usage.put("cache_creation_input_tokens", shortLived + longLived);
        if (!session.oldVersion) {
            if (random.nextInt(3) != 0) {
                usage.putObject("cache_creation")
                        .put("ephemeral_5m_input_tokens", shortLived)
                        .put("ephemeral_1h_input_tokens", longLived);
            }
            usage.put("service_tier", "standard");
            usage.put("speed", model.startsWith("claude-opus") && random.nextInt(6) == 0 ? "fast" : "standard");
            usage.putObject("server_tool_use").put("web_search_requests", random.nextInt(2));
        }
        if (random.nextInt(30) == 0) {
            ArrayNode iterations = usage.putArray("iterations");
            iterations.addObject().put("type", "message").put("input_tokens", 7).put("output_tokens", 9);
            int advisors = 1 + random.nextInt(2);
            for (int i = 0; i < advisors; i++) {
                iterations
                        .addObject()
                        .put("type", "advisor_message")
                        .put("model", "claude-opus-5")
                        .put("input_tokens", random.nextInt(50_000))
                        .put("output_tokens", random.nextInt(900))
                        .put("cache_read_input_tokens", random.nextInt(10));
            }
        }
        return usage;
    }

    private void noise(Session session) {
        List<ObjectNode> lines = session.lines;
        switch (random.nextInt(6)) {
            case 0 -> {
                ObjectNode line = line(session, "assistant").put("isApiErrorMessage", true);
                ObjectNode message = line.putObject("message")
                        .put("role", "assistant")
                        .put("id", uuid())
                        .put("model", "<synthetic>");
                message.putArray("content").addObject().put("type", "text").put("text", "API Error: 529");
                message.putObject("usage").put("input_tokens", 0).put("output_tokens", random.nextInt(2));
                lines.add(line);
            }
            case 1 -> {
                ObjectNode line = line(session, "system").put("subtype", "turn_duration");
                lines.add(line.put("durationMs", random.nextInt(9_999)));
            }
            case 2 -> lines.add(JSON.createObjectNode().put("type", "summary").put("summary", "\"usage\":{ in a text"));
            case 3 -> {
                ObjectNode line = JSON.createObjectNode().put("type", "file-history-snapshot");
                line.putObject("snapshot").putObject("trackedFileBackups").put("/a/b", random.nextInt());
                lines.add(line);
            }
            case 4 -> {
                // Half of a line, as a crash leaves it, and the next line behind it.
                lines.add(JSON.createObjectNode().put("broken", true));
            }
            default -> {
                ObjectNode line = line(session, "user").put("isMeta", true);
                line.putObject("message").put("role", "user").put("content", "Caveat");
                lines.add(line);
            }
        }
    }

    /** A side question replays messages of its parent under new request ids, and then has answers of its own. */
    private void sideQuestion(Session session) {
        List<ObjectNode> lines = new ArrayList<>();
        String sessionId = scope == Scope.BY_MESSAGE && random.nextInt(3) == 0 ? uuid() : session.id;
        session.agent = "side-" + random.nextInt(1_000_000);
        for (ObjectNode original : session.responses) {
            boolean identified =
                    original.has("requestId") && original.path("message").has("id");
            if (identified && !original.path("requestId").asText().endsWith("_retried") && random.nextInt(4) == 0) {
                session.tick(50);
                ObjectNode replay = original.deepCopy();
                replay.put("uuid", uuid()).put("isSidechain", true).put("agentId", session.agent);
                replay.put("sessionId", sessionId).put("timestamp", session.clock.toString());
                replay.put("requestId", "req_side_" + uuid());
                ((ObjectNode) replay.path("message").path("usage")).put("cache_read_input_tokens", 200_000);
                lines.add(replay);
            }
        }
        response(session, lines, true);
        save(session.folder + "/" + session.id + "/subagents/agent-" + session.agent + ".jsonl", lines, false);
    }

    /** A subagent's file, repeated by the parent's progress lines; one in four is lost. */
    private void subagent(Session session) {
        List<ObjectNode> lines = new ArrayList<>();
        session.agent = uuid().substring(0, 17);
        int steps = 1 + random.nextInt(6);
        for (int i = 0; i < steps; i++) {
            response(session, lines, true);
        }
        boolean lost = random.nextInt(4) == 0;
        String skipped = "";
        String repeatedLast = "";
        for (ObjectNode line : lines) {
            String message = line.path("message").path("id").asText();
            // All lines of a response or none: of equal lines the tool takes the one in the first file by path, and
            // that would be the second of two when only that one is repeated.
            if (random.nextInt(3) == 0 && !message.equals(repeatedLast)) {
                skipped = message;
            }
            // Without any id the tool counts the copy, too.
            if (!message.equals(skipped) && !message.isEmpty()) {
                ObjectNode progress = line(session, "progress");
                ObjectNode repeated = line.deepCopy();
                repeated.remove("sessionId");
                // The tool counts advisors on lines of their own only.
                ((ObjectNode) repeated.path("message").path("usage")).remove("iterations");
                repeatedLast = message;
                progress.putObject("data").put("type", "agent_progress").set("message", repeated);
                session.lines.add(progress);
            }
        }
        if (!lost) {
            save(session.folder + "/" + session.id + "/subagents/agent-" + session.agent + ".jsonl", lines, false);
        }
    }

    /** A fork (new session id), or the same file in another folder; whole or only its first part. */
    private void copy(Session session) {
        boolean fork = random.nextBoolean() && (session.requestIds || scope == Scope.BY_MESSAGE);
        String id = fork ? uuid() : session.id;
        List<ObjectNode> lines = new ArrayList<>();
        for (ObjectNode line : session.lines.subList(0, 1 + random.nextInt(session.lines.size()))) {
            ObjectNode copied = line.deepCopy();
            if (copied.has("sessionId")) {
                copied.put("sessionId", id);
            }
            lines.add(copied);
        }
        String folder = fork ? session.folder : "projects/-home-alice-backup" + random.nextInt(3);
        session.lines.clear();
        session.lines.addAll(lines);
        prompt(session);
        save(folder + "/" + id + ".jsonl", session.lines, random.nextBoolean());
    }

    private ObjectNode line(Session session, String type) {
        ObjectNode line = JSON.createObjectNode();
        line.putNull("parentUuid");
        line.put("isSidechain", false).put("type", type).put("uuid", uuid());
        line.put("timestamp", session.clock.toString()).put("sessionId", session.id);
        line.put("cwd", "/home/alice/p").put("gitBranch", "main").put("userType", "external");
        return line.put("version", session.oldVersion ? "1.0.3" : "2.1.300");
    }

    private void save(String path, List<ObjectNode> lines, boolean cutOff) {
        StringBuilder text = new StringBuilder();
        for (ObjectNode line : lines) {
            if (line.has("broken")) {
                text.append("{\"type\":\"last-prompt\",\"lastPr").append(random.nextBoolean() ? "\n" : "\n\n");
                continue;
            }
            try {
                text.append(JSON.writeValueAsString(line)).append(random.nextInt(40) == 0 ? "\r\n" : "\n");
            } catch (JsonProcessingException e) {
                throw new AssertionError(e);
            }
        }
        if (cutOff) {
            text.append(
                    "{\"type\":\"assistant\",\"timestamp\":\"2026-08-01T00:00:00.000Z\",\"message\":{\"usage\":{\"inp");
        }
        files.put(path, text.toString().getBytes(StandardCharsets.UTF_8));
    }

    private String uuid() {
        return new UUID(random.nextLong(), random.nextLong()).toString();
    }
}
