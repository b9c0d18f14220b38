package io.sluice.transcripts;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fields of one line that matter; all others are skipped unread. Null: absent, JSON null, or empty text. */
final class Line {
    @Nullable
    String type;

    @Nullable
    String subtype;

    @Nullable
    String uuid;

    @Nullable
    String sessionId;

    @Nullable
    String timestamp;

    /** Of lines that name the session. */
    @Nullable
    String title;

    @Nullable
    String requestId;

    @Nullable
    String promptId;

    @Nullable
    String promptSource;

    @Nullable
    String agentId;

    @Nullable
    String version;

    @Nullable
    String cwd;

    @Nullable
    String gitBranch;

    @Nullable
    String entrypoint;

    @Nullable
    String effort;

    @Nullable
    String attributionAgent;

    @Nullable
    String attributionSkill;

    @Nullable
    String attributionMcpServer;

    @Nullable
    String attributionMcpTool;

    @Nullable
    String decision;

    @Nullable
    String decisionSource;

    @Nullable
    String denialKind;

    @Nullable
    Double costUsd;

    boolean sidechain;
    boolean meta;
    boolean compactSummary;
    boolean transcriptOnly;
    boolean apiError;

    @Nullable
    String messageId;

    @Nullable
    String model;

    @Nullable
    String stopReason;
    /** {@code message.content} where it is one text. */
    @Nullable
    String text;

    @Nullable
    TokenUsage usage;

    /** By the tool call whose result it tells. */
    @Nullable
    WrittenLines written;

    List<Block> blocks = List.of();

    /** Of {@code system} lines: every other scalar, one level deep, names joined with dots. */
    Map<String, String> others = Map.of();

    /** Of {@code progress} lines: the subagent's line that they repeat. */
    @Nullable
    Line repeated;

    /** The first thing wrong with a field; it matters only if the line is used. */
    @Nullable
    Rejection problem;

    void problem(Rejection rejection) {
        if (problem == null) {
            problem = rejection;
        }
    }

    void add(Block block) {
        if (blocks.isEmpty()) {
            blocks = new ArrayList<>(4);
        }
        blocks.add(block);
    }

    /** A block of this type. */
    boolean has(String blockType) {
        for (Block block : blocks) {
            if (blockType.equals(block.type())) {
                return true;
            }
        }
        return false;
    }

    void putOther(String name, String value) {
        if (others.isEmpty()) {
            others = new LinkedHashMap<>();
        }
        others.put(name, value);
    }

    /** None of the fields that are still to come matters. */
    boolean isOfNoUse() {
        return type != null
                && switch (type) {
                    case "assistant", "user", "system", "progress" -> false;
                    default -> !isTitle();
                };
    }

    /** It names the session. */
    boolean isTitle() {
        return "summary".equals(type) || "ai-title".equals(type) || "custom-title".equals(type);
    }

    boolean isSynthetic() {
        return "<synthetic>".equals(model);
    }

    /** Texts of the message, joined with line feeds as telemetry does; null: none. */
    @Nullable
    String joinedText() {
        if (text != null) {
            return text;
        }
        String joined = null;
        for (Block block : blocks) {
            if ("text".equals(block.type()) && block.text() != null) {
                joined = joined == null ? block.text() : joined + '\n' + block.text();
            }
        }
        return joined;
    }
}
