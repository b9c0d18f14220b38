package io.sluice.transcripts;

import static io.sluice.transcripts.Records.attributes;
import static io.sluice.transcripts.Records.put;

import io.sluice.schema.Micros;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One file while it is decoded: which line becomes what. */
final class OneFile {
    /** What the client writes in the user's name when the user stops it. */
    private static final String INTERRUPTED = "[Request interrupted by user";

    private final SessionFileSink sink;
    private final LineReader reader;
    private final Records records;
    private final String fileName;
    private final String fileSession;
    /** Microseconds since the epoch. */
    private final long latest;

    private final Responses responses = new Responses();
    /** Uuids of lines whose activity and content were sent. */
    private final Set<String> sent = new HashSet<>();
    /** By id of the tool use. */
    private final Map<String, String> toolNames = new HashMap<>();
    /** By response, oldest first. */
    private final Map<String, Answer> answers = new LinkedHashMap<>();

    private @Nullable String title;
    private @Nullable String titleSession;
    private boolean titledByUser;
    /** Time of the newest line that has one: by which the newer of two names counts. */
    private long newest = Micros.NONE;

    private long answerChars;
    private long lines;
    private long usage;
    private long activity;
    private long content;
    private long duplicate;
    private long ignored;
    private long rejected;
    private boolean incompleteLastLine;

    /** The text of a response so far. Its identity is that of the response's last line, as in telemetry. */
    private static final class Answer {
        final StringBuilder text;
        Line last;
        long at;

        Answer(String text, Line last, long at) {
            this.text = new StringBuilder(text);
            this.last = last;
            this.at = at;
        }
    }

    OneFile(SessionFileSink sink, LineReader reader, Records records, String fileName, String fileSession) {
        this.sink = sink;
        this.reader = reader;
        this.records = records;
        this.fileName = AttributeText.of(fileName);
        this.fileSession = AttributeText.of(fileSession);
        latest = records.receivedAt() + Limits.AHEAD_MICROS;
    }

    FileCounts decode(Lines input) throws IOException {
        while (input.advance()) {
            if (!input.blank()) {
                line(input);
            }
        }
        for (Responses.Report report : responses.best()) {
            sink.usage(records.usage(report));
            usage++;
        }
        duplicate += responses.duplicates();
        sendAnswers(0);
        if (title != null && newest != Micros.NONE) {
            sink.content(records.name(titleSession == null ? fileSession : titleSession, title, newest));
            content++;
        }
        return new FileCounts(lines, usage, activity, content, duplicate, ignored, rejected, incompleteLastLine);
    }

    private void line(Lines input) {
        lines++;
        Line line = null;
        try {
            if (input.tooLong()) {
                throw new Rejection(
                        RejectReason.LINE_TOO_LONG,
                        null,
                        "more bytes than are read",
                        "at most " + SessionFileDecoder.MAX_LINE_BYTES);
            }
            line = reader.read(input.buffer(), input.start(), input.length());
            if (!accept(line)) {
                ignored++;
            }
            // Responses keep their lines to the end of the file, but not their texts.
            line.text = null;
            line.blocks = List.of();
        } catch (Rejection rejection) {
            if (rejection.reason == RejectReason.NOT_JSON && !input.ended()) {
                incompleteLastLine = true;
                lines--;
            } else {
                sink.deadLetter(records.deadLetter(rejection, fileName, fileSession, input, line));
                rejected++;
            }
        }
    }

    /**
     * Either all of a line is taken or, with a rejection, nothing of it.
     *
     * @return false: it tells nothing of use
     */
    private boolean accept(Line line) throws Rejection {
        return switch (line.type == null ? "assistant" : line.type) {
            case "assistant" -> assistant(line);
            case "user" -> user(line);
            case "system" -> system(line);
            case "progress" -> progress(line);
            default -> line.isTitle() && title(line);
        };
    }

    /** What the user called the session goes before what it was called for the user. The line has no time of its own. */
    private boolean title(Line line) {
        String told = line.title;
        if (told != null && (!titledByUser || "custom-title".equals(line.type))) {
            title = told;
            titleSession = line.sessionId;
            titledByUser = "custom-title".equals(line.type);
        }
        return false; // as the ledger counts lines: it tells nothing of use
    }

    private boolean assistant(Line line) throws Rejection {
        String text = spoken(line);
        boolean billed = line.usage != null && !line.isSynthetic();
        boolean acts = line.has("tool_use");
        boolean tells = line.apiError || (!line.isSynthetic() && (acts || text != null));
        if (!billed && !tells && !isDamaged(line)) {
            return false;
        }
        long at = occurredAt(line);
        if (billed) {
            report(line, line.sessionId, at);
        }
        if (isCopy(line)) {
            duplicate += billed ? 0 : 1;
        } else if (line.apiError) {
            Map<String, String> attributes = attributes(line);
            put(attributes, "request_id", line.requestId);
            put(attributes, "error", text == null ? null : AttributeText.of(text));
            send(line, "api_error", null, at, attributes);
        } else {
            toolUses(line, at);
            answer(line, text, at);
        }
        return true;
    }

    /** A subagent's line, repeated in its parent's file: its usage counts where the subagent's own file is lost. */
    private boolean progress(Line line) throws Rejection {
        Line repeated = line.repeated;
        if (repeated == null || repeated.usage == null || repeated.isSynthetic()) {
            return false;
        }
        report(repeated, line.sessionId, occurredAt(repeated));
        return true;
    }

    private void report(Line line, @Nullable String sessionId, long at) throws Rejection {
        TokenUsage tokens = line.usage;
        if (tokens == null) {
            return;
        }
        if (line.model == null) {
            throw missing(RejectReason.MODEL_MISSING, "message.model", "the model's id");
        }
        requireTokens(tokens, "message.usage.");
        for (TokenUsage advisor : tokens.advisors) {
            requireTokens(advisor, "message.usage.iterations.");
        }
        String session = sessionId == null ? fileSession : sessionId;
        responses.add(new Responses.Report(line, tokens, line.model, session, at, -1));
        for (int i = 0; i < tokens.advisors.size(); i++) {
            TokenUsage advisor = tokens.advisors.get(i);
            if (advisor.model != null) {
                responses.add(new Responses.Report(line, advisor, advisor.model, session, at, i));
            }
        }
    }

    private static void requireTokens(TokenUsage tokens, String path) throws Rejection {
        if (tokens.inputTokens == TokenUsage.ABSENT) {
            throw missing(RejectReason.VALUE_MISSING, path + "input_tokens", "a whole number");
        }
        if (tokens.outputTokens == TokenUsage.ABSENT) {
            throw missing(RejectReason.VALUE_MISSING, path + "output_tokens", "a whole number");
        }
    }

    private void toolUses(Line line, long at) {
        for (Block block : line.blocks) {
            if ("tool_use".equals(block.type())) {
                if (block.id() != null && block.name() != null) {
                    toolNames.put(block.id(), block.name());
                }
                Map<String, String> attributes = attributes(line);
                put(attributes, "tool_use_id", block.id());
                put(attributes, "tool_name", block.name());
                put(attributes, "tool_parameters", block.parameters());
                put(attributes, "request_id", line.requestId);
                send(line, "tool_use", block.id(), at, attributes);
                if (block.toolText() != null && (block.id() != null || line.uuid != null)) {
                    sendTools(line, "assistant", block.id(), "", List.of(block), at);
                }
            }
        }
    }

    /** Texts of one response are joined with line feeds, as telemetry does. */
    private void answer(Line line, @Nullable String text, long at) {
        if (line.messageId == null) {
            if (text != null) {
                sendContent(line, "assistant", text, at);
            }
            return;
        }
        // A side question's copy has another request id.
        String response = line.messageId + '\n' + line.requestId;
        Answer answer = answers.get(response);
        if (answer != null) {
            answer.last = line;
            answer.at = at;
            if (text != null) {
                answer.text.append('\n').append(text);
            }
        } else if (text != null) {
            answers.put(response, new Answer(text, line, at));
        }
        answerChars += text == null ? 0 : text.length();
        sendAnswers(Limits.WAITING_CHARS);
    }

    /** Until at most so many UTF-16 units wait. */
    private void sendAnswers(long chars) {
        Iterator<Answer> oldest = answers.values().iterator();
        while (oldest.hasNext() && (answerChars > chars || chars == 0)) {
            Answer answer = oldest.next();
            oldest.remove();
            answerChars -= answer.text.length();
            sendContent(answer.last, "assistant", answer.text.toString(), answer.at);
        }
    }

    private boolean user(Line line) throws Rejection {
        String text = spoken(line);
        boolean results = line.has("tool_result");
        // What the client says to the model in the user's name is not what the user says.
        if (line.meta || line.compactSummary || line.transcriptOnly) {
            return false;
        }
        if (!results && text == null && !isDamaged(line)) {
            return false;
        }
        long at = occurredAt(line);
        if (isCopy(line)) {
            duplicate++;
            return true;
        }
        toolResults(line, at);
        if (text == null || text.startsWith(INTERRUPTED)) {
            List<Block> told = line.blocks.stream()
                    .filter(block -> "tool_result".equals(block.type()) && block.toolText() != null)
                    .toList();
            if (!told.isEmpty() && line.uuid != null) {
                sendTools(line, "user", null, "", told, at);
            }
        }
        if (text == null) {
            return true;
        }
        if (text.startsWith(INTERRUPTED)) {
            send(line, "user_interrupt", null, at, attributes(line));
            return true;
        }
        Map<String, String> attributes = attributes(line);
        put(attributes, "message.uuid", line.uuid);
        put(attributes, "prompt_source", line.promptSource);
        attributes.put("prompt_length", Integer.toString(text.length()));
        send(line, line.sidechain ? "subagent_prompt" : "user_prompt", null, at, attributes);
        if (results) {
            sendTools(line, "user", null, text, line.blocks, at);
        } else {
            sendContent(line, "user", text, at);
        }
        return true;
    }

    /** What is said of tools: a use under the id of the use, as in telemetry; results under that of their line. */
    private void sendTools(Line line, String role, @Nullable String id, String text, List<Block> blocks, long at) {
        Set<String> names = new LinkedHashSet<>();
        Set<String> files = new LinkedHashSet<>();
        StringBuilder said = new StringBuilder();
        for (Block block : blocks) {
            String name = block.name() == null && block.id() != null ? toolNames.get(block.id()) : block.name();
            if (name != null) {
                names.add(name);
            }
            if (block.file() != null) {
                files.add(block.file());
            }
            if (block.toolText() != null) {
                said.append(said.isEmpty() ? "" : "\n").append(block.toolText());
            }
        }
        Records.ToolTexts tools = new Records.ToolTexts(List.copyOf(names), said.toString(), List.copyOf(files));
        sink.content(records.tools(line, session(line), role, id, text, tools, at));
        content++;
    }

    private void toolResults(Line line, long at) {
        for (Block block : line.blocks) {
            if ("tool_result".equals(block.type())) {
                Map<String, String> attributes = attributes(line);
                put(attributes, "tool_use_id", block.id());
                put(attributes, "tool_name", block.id() == null ? null : toolNames.get(block.id()));
                if (line.decision != null) {
                    Map<String, String> decided = new HashMap<>(attributes);
                    decided.put("decision", line.decision);
                    put(decided, "source", line.decisionSource);
                    put(decided, "denial_kind", line.denialKind);
                    send(line, "tool_decision", block.id(), at, decided);
                }
                if (!"reject".equals(line.decision)) {
                    attributes.put("success", block.failed() ? "false" : "true");
                    if (line.written != null && line.blocks.size() == 1) {
                        attributes.put("lines_added", Integer.toString(line.written.added()));
                        attributes.put("lines_removed", Integer.toString(line.written.removed()));
                    }
                    send(line, "tool_result", block.id(), at, attributes);
                }
            }
        }
    }

    private boolean system(Line line) throws Rejection {
        if (line.subtype == null) {
            return false;
        }
        long at = occurredAt(line);
        if (isCopy(line)) {
            duplicate++;
            return true;
        }
        Map<String, String> attributes = attributes(line);
        line.others.forEach(attributes::putIfAbsent);
        send(line, "system_" + line.subtype, null, at, attributes);
        return true;
    }

    /** Something that cannot be read may be what makes the line useful. Lines of other programs have no type. */
    private static boolean isDamaged(Line line) {
        return line.type != null && line.problem != null;
    }

    /** The line was in this file before. Its usage is still reported: a later copy may know more tokens. */
    private boolean isCopy(Line line) {
        return line.uuid != null && !sent.add(line.uuid);
    }

    private void send(Line line, String name, @Nullable String subject, long at, Map<String, String> attributes) {
        sink.activity(records.activity(line, session(line), name, subject, at, attributes));
        activity++;
    }

    private void sendContent(Line line, String role, String text, long at) {
        sink.content(records.content(line, session(line), role, text, at));
        content++;
    }

    private String session(Line line) {
        return line.sessionId == null ? fileSession : line.sessionId;
    }

    /** Null: nothing but white space. */
    private static @Nullable String spoken(Line line) {
        String text = line.joinedText();
        return text == null || text.isBlank() ? null : text;
    }

    /** For lines that are used: whatever is wrong with them is said here. */
    private long occurredAt(Line line) throws Rejection {
        if (line.problem != null) {
            throw line.problem;
        }
        if (line.timestamp == null) {
            throw missing(RejectReason.TIMESTAMP_MISSING, "timestamp", "ISO 8601 with an offset");
        }
        long at = Micros.parse(line.timestamp);
        if (at == Micros.NONE) {
            throw new Rejection(
                    RejectReason.TIMESTAMP_EXPECTED,
                    "timestamp",
                    "text of " + line.timestamp.length() + " characters",
                    "ISO 8601 with an offset");
        }
        if (at < Limits.OLDEST_MICROS) {
            throw new Rejection(
                    RejectReason.TIMESTAMP_TOO_OLD,
                    "timestamp",
                    Micros.toInstant(at).toString(),
                    "not before " + Micros.toInstant(Limits.OLDEST_MICROS));
        }
        if (at > latest) {
            throw new Rejection(
                    RejectReason.TIMESTAMP_IN_FUTURE,
                    "timestamp",
                    Micros.toInstant(at).toString(),
                    "not after " + Micros.toInstant(latest));
        }
        newest = Math.max(newest, at);
        return at;
    }

    private static Rejection missing(RejectReason reason, String field, String expected) {
        return new Rejection(reason, field, "nothing", expected);
    }
}
