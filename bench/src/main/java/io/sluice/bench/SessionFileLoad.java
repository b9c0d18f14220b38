package io.sluice.bench;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Writes session files as Claude Code 2.1 writes them: prompts, attachments, answers of one to three lines each, tool
 * uses and their results (which the client writes twice, as the model sees them and as it keeps them), bookkeeping.
 * Sizes are those of work on code: most results are of a few hundred to a few thousand bytes, one in a hundred of over
 * 100 KB. The same seed gives the same bytes.
 */
final class SessionFileLoad {
    private static final String[] WORDS = {
        "return",
        "value",
        "the",
        "if (",
        ") {\n",
        "    final ",
        "String",
        "\"name\"",
        "=>",
        "// größe",
        "public ",
        "import ",
        "request",
        "index",
        "\n",
        "\t",
        "0x7f",
        "and",
        "test",
        "assertThat(",
        ");\n",
        "\\d+",
        "null",
        "state",
        "for"
    };

    private final SplittableRandom random;
    private long lines;
    private long responses;
    private long prompts;
    private long toolUses;
    private long bytes;
    private long clock = Instant.parse("2026-10-05T09:00:00Z").toEpochMilli();

    SessionFileLoad(long seed) {
        random = new SplittableRandom(seed);
    }

    /** Writes files, of some hundred KB to some MB each, until there are so many bytes. */
    void write(Path folder, long wantedBytes) throws IOException {
        for (int file = 0; bytes < wantedBytes; file++) {
            String session = uuid();
            Path project = Files.createDirectories(folder.resolve("-home-dev-service-" + file % 10));
            Path path = project.resolve(session + ".jsonl");
            try (BufferedWriter out = Files.newBufferedWriter(path)) {
                new Session(out, session).write(1 + random.nextInt(30));
            }
            bytes += Files.size(path);
        }
    }

    long lines() {
        return lines;
    }

    /** Usage records that a decoder has to find. */
    long responses() {
        return responses;
    }

    /** Messages: one of each prompt, each response, each tool use, each tool's result. */
    long messages() {
        return prompts + responses + 2 * toolUses;
    }

    /** Activity records: each prompt, each tool use, each tool's result, each turn's end. */
    long activities() {
        return 2 * prompts + 2 * toolUses;
    }

    long bytes() {
        return bytes;
    }

    private String uuid() {
        return String.format(
                Locale.ROOT,
                "%08x-%04x-4%03x-8%03x-%012x",
                random.nextInt(),
                random.nextInt(1 << 16),
                random.nextInt(1 << 12),
                random.nextInt(1 << 12),
                random.nextLong(1L << 48));
    }

    private String text(int length) {
        StringBuilder text = new StringBuilder(length + 16);
        while (text.length() < length) {
            text.append(WORDS[random.nextInt(WORDS.length)]).append(' ');
        }
        return new String(JsonStringEncoder.getInstance().quoteAsString(text));
    }

    /** Of a tool's result: log-normal, median 800, one in a hundred above 100 KB. */
    private int resultLength() {
        return (int) Math.min(400_000, 800 * Math.exp(2.1 * random.nextGaussian()));
    }

    private final class Session {
        private final Writer out;
        private final String common;
        private final String session;
        private String parent = "";

        Session(Writer out, String session) {
            this.out = out;
            this.session = session;
            common = "\"userType\":\"external\",\"entrypoint\":\"cli\",\"cwd\":\"/home/dev/service\",\"sessionId\":\""
                    + session + "\",\"version\":\"2.1.328\",\"gitBranch\":\"main\"}";
        }

        void write(int turns) throws IOException {
            for (int turn = 0; turn < turns; turn++) {
                String prompt = uuid();
                String text = text(30 + random.nextInt(600));
                line("{\"type\":\"queue-operation\",\"operation\":\"enqueue\",\"timestamp\":\"" + now()
                        + "\",\"sessionId\":\"" + session + "\",\"content\":\"" + text + "\"}");
                message(
                        "\"promptId\":\"" + prompt
                                + "\",\"type\":\"user\",\"message\":{\"role\":\"user\",\"content\":\"" + text + "\"},",
                        "\"permissionMode\":\"default\",\"promptSource\":\"typed\",");
                prompts++;
                for (int i = random.nextInt(5); i >= 0; i--) {
                    message(
                            "\"attachment\":{\"type\":\"environment\"},\"type\":\"attachment\",",
                            "\"renderedRole\":\"system\",");
                }
                for (int i = random.nextInt(12); i >= 0; i--) {
                    step(prompt, i > 0);
                }
                message(
                        "\"type\":\"system\",\"subtype\":\"turn_duration\",\"durationMs\":" + random.nextInt(90_000)
                                + ",\"isMeta\":false,",
                        "");
                line("{\"type\":\"last-prompt\",\"lastPrompt\":\"" + text + "\",\"leafUuid\":\"" + parent
                        + "\",\"sessionId\":\"" + session + "\"}");
            }
        }

        private void step(String prompt, boolean withTool) throws IOException {
            String id = uuid().replace("-", "");
            String usage = "\"stop_reason\":\"" + (withTool ? "tool_use" : "end_turn")
                    + "\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":" + random.nextInt(3, 900)
                    + ",\"cache_creation_input_tokens\":" + random.nextInt(100, 5_000) + ",\"cache_read_input_tokens\":"
                    + random.nextInt(8_000, 150_000) + ",\"output_tokens\":" + random.nextInt(20, 2_000)
                    + ",\"output_tokens_details\":{\"thinking_tokens\":0},\"server_tool_use\":{\"web_search_requests\":0,"
                    + "\"web_fetch_requests\":0},\"service_tier\":\"standard\",\"cache_creation\":"
                    + "{\"ephemeral_1h_input_tokens\":0,\"ephemeral_5m_input_tokens\":0},\"inference_geo\":\"\","
                    + "\"iterations\":[],\"speed\":\"standard\",\"fallback_credit\":null},\"stop_details\":null},";
            if (random.nextInt(3) == 0) {
                answer(
                        id,
                        "{\"type\":\"thinking\",\"thinking\":\"" + text(random.nextInt(100, 3_000))
                                + "\",\"signature\":\"" + "EqoBCkgIARABGAIiQ".repeat(random.nextInt(10, 60)) + "\"}",
                        usage);
            }
            answer(id, "{\"type\":\"text\",\"text\":\"" + text(random.nextInt(40, 1_500)) + "\"}", usage);
            responses++;
            if (withTool) {
                String tool = "toolu_01" + uuid().replace("-", "").substring(0, 22);
                boolean edits = random.nextInt(3) == 0;
                String path =
                        "/home/dev/service/src/module" + random.nextInt(50) + "/File" + random.nextInt(500) + ".java";
                answer(
                        id,
                        "{\"type\":\"tool_use\",\"id\":\"" + tool + "\",\"name\":\"" + (edits ? "Write" : "Read")
                                + "\",\"input\":{\"file_path\":\"" + path + "\""
                                + (edits ? ",\"content\":\"" + text(random.nextInt(200, 8_000)) + "\"" : "") + "}}",
                        usage);
                String result = text(resultLength());
                message(
                        "\"promptId\":\"" + prompt + "\",\"type\":\"user\",\"message\":{\"role\":\"user\",\"content\":"
                                + "[{\"tool_use_id\":\"" + tool + "\",\"type\":\"tool_result\",\"content\":\"" + result
                                + "\"}]},",
                        "\"toolUseResult\":{\"type\":\"text\",\"file\":{\"filePath\":\"" + path + "\",\"content\":\""
                                + result + "\",\"numLines\":" + random.nextInt(500)
                                + "}},\"sourceToolAssistantUUID\":\"" + parent
                                + "\",");
                toolUses++;
            }
        }

        private void answer(String id, String block, String usage) throws IOException {
            message(
                    "\"message\":{\"id\":\"msg_01" + id.substring(0, 22)
                            + "\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-opus-4-5\",\"content\":["
                            + block + "]," + usage + "\"requestId\":\"req_011" + id.substring(0, 21)
                            + "\",\"requestedModel\":\"claude-opus-4-5\",\"type\":\"assistant\",",
                    "\"effort\":\"high\",\"madeBy\":\"model\",");
        }

        private void message(String before, String after) throws IOException {
            String uuid = uuid();
            line("{\"parentUuid\":" + (parent.isEmpty() ? "null" : "\"" + parent + "\"") + ",\"isSidechain\":false,"
                    + before + "\"uuid\":\"" + uuid + "\",\"timestamp\":\"" + now() + "\"," + after + common);
            parent = uuid;
        }

        private String now() {
            clock += random.nextInt(1, 2_000);
            return Instant.ofEpochMilli(clock).toString();
        }

        private void line(String line) throws IOException {
            out.write(line);
            out.write('\n');
            lines++;
        }
    }
}
