package io.sluice.transcripts;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Folds the lines of one file that report the same response: a response is written as one line per content block, and
 * each repeats the usage, the earlier ones sometimes with a part of the output tokens only.
 */
final class Responses {
    /** Message ids of Anthropic's API, of Bedrock and of Vertex: each stands for one response. */
    private static final String ANTHROPIC = "msg_";

    private final Map<String, Report> best = new LinkedHashMap<>();
    private long duplicates;
    private long unidentified;

    /**
     * One report of the usage of a response or of an advisor in it.
     *
     * @param line where it stands
     * @param usage of the response or the advisor
     * @param model of the response or the advisor
     * @param sessionId of the line, else of the file
     * @param occurredAt microseconds since the epoch
     * @param advisor position among the advisors of the response; -1: the response itself
     */
    record Report(Line line, TokenUsage usage, String model, String sessionId, long occurredAt, int advisor) {

        /**
         * Null: the response has none. Some gateways send one constant id with every response, and no request id: then
         * session and prompt tell responses apart, since the lines of one repeat its prompt's tokens.
         */
        @Nullable
        String messageId() {
            String id = line.messageId;
            if (id != null && line.requestId == null && !id.startsWith(ANTHROPIC)) {
                id += "@" + sessionId + ':' + usage.inputTokens + '-' + usage.cacheReadTokens + '-'
                        + usage.cacheCreationTokens();
            }
            return ofAdvisor(id);
        }

        /** Null: the response has none. */
        @Nullable
        String requestId() {
            return ofAdvisor(line.requestId);
        }

        /** An advisor's answer is billed besides the response: under the same ids it would be taken for a copy of it. */
        private @Nullable String ofAdvisor(@Nullable String id) {
            return id == null || advisor < 0 ? id : id + ":advisor:" + advisor;
        }

        /**
         * A main line goes before a sidechain's copy, more tokens before less, a known speed before none. On equal rank
         * the first line stays: its time decides the day.
         */
        private boolean betterThan(Report other) {
            if (line.sidechain != other.line.sidechain) {
                return !line.sidechain;
            }
            if (usage.total() != other.usage.total()) {
                return usage.total() > other.usage.total();
            }
            return usage.speed != null && other.usage.speed == null;
        }
    }

    void add(Report report) {
        String key = key(report);
        Report known = best.get(key);
        if (known != null) {
            duplicates++;
        }
        if (known == null || report.betterThan(known)) {
            best.put(key, report);
        }
    }

    /** Without message id and request id a line stands for itself; a copy of it has the same uuid. */
    private String key(Report report) {
        String message = report.messageId();
        String request = report.requestId();
        if (message != null || request != null) {
            return "m" + message + '\n' + request;
        }
        return report.line.uuid != null ? "u" + report.line.uuid + '\n' + report.advisor : "n" + unidentified++;
    }

    /** In the order of their first lines. */
    Collection<Report> best() {
        return best.values();
    }

    long duplicates() {
        return duplicates;
    }
}
