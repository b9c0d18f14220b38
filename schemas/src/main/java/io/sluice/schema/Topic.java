package io.sluice.schema;

import java.time.Duration;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The topic catalogue: names, settings, keys.
 *
 * <p>A value is Avro single-object encoding ({@code UsageEvent.getEncoder()} and the like), so a reader needs nothing
 * but this module.
 */
public enum Topic {
    USAGE("usage", Cleanup.DELETE),
    COUNTERS("counters", Cleanup.DELETE),
    ACTIVITY("activity", Cleanup.DELETE),
    /** Compacted, so that a null record erases a message. */
    CONTENT("content", Cleanup.COMPACT),
    /** Counts that a receiver alone can know: what it ignored. Input of the ledger. */
    INTAKE("intake", Cleanup.DELETE),
    DEAD_LETTERS("dead-letters", Cleanup.DELETE),
    SPEND_WINDOWS("spend-windows", Cleanup.COMPACT),
    LEDGER("ledger", Cleanup.COMPACT),
    /** How Claude Code is used, by session and hour. */
    CODE_METRICS("code-metrics", Cleanup.COMPACT),
    /** How many people use Claude Code, by day, week and month. */
    ACTIVE_USERS("active-users", Cleanup.COMPACT),
    TOKENS("tokens", Cleanup.COMPACT),
    /** Every version of every document of the directory. */
    DIRECTORY("directory", Cleanup.COMPACT),
    /** Every version of every cap, and of the settings of caps. */
    CAPS("caps", Cleanup.COMPACT),
    /** Facts: each alert that fired or was resolved. */
    ALERTS("alerts", Cleanup.DELETE),
    /** What each subject of caps has spent. */
    BUDGETS("budgets", Cleanup.COMPACT),
    /** What destinations outside have acknowledged. */
    DELIVERIES("deliveries", Cleanup.COMPACT),
    /** What Anthropic reports: the newest content of each row. */
    REPORTED("reported", Cleanup.COMPACT),
    /** Which days of which report were read. */
    REPORTED_DAYS("reported-days", Cleanup.COMPACT),
    /** What was done and tried, as it happened. Kept for ever: the chain is computed from it. */
    AUDIT("audit", Cleanup.DELETE),
    /** The same at its place in the chain of its organization. */
    AUDIT_CHAIN("audit-chain", Cleanup.COMPACT),
    /** The register: holds, erasures, retention, in one order for each organization. */
    COMPLIANCE("compliance", Cleanup.COMPACT),
    /** How far erasures have come, and their receipts. */
    RECEIPTS("receipts", Cleanup.COMPACT),
    /** What Anthropic's activity feed tells. */
    COMPLIANCE_ACTIVITIES("compliance-activities", Cleanup.COMPACT),
    /** Who and what is in an organization's directory at Anthropic: the newest state of each entry. */
    COMPLIANCE_DIRECTORY("compliance-directory", Cleanup.COMPACT);

    /** How long the text of an erased message may stay on {@link #CONTENT}, unless something else is set. */
    public static final Duration ERASED_WITHIN = Duration.ofHours(24);

    private enum Cleanup {
        DELETE,
        COMPACT
    }

    private final String topicName;
    private final Cleanup cleanup;

    Topic(String topicName, Cleanup cleanup) {
        this.topicName = topicName;
        this.cleanup = cleanup;
    }

    public String topicName() {
        return topicName;
    }

    /** Topic settings as Kafka names them. Inputs are kept without a limit: they are the truth behind every number. */
    public Map<String, String> settings() {
        if (this == CONTENT) {
            return contentSettings(ERASED_WITHIN);
        }
        return switch (cleanup) {
            case DELETE -> Map.of("cleanup.policy", "delete", "retention.ms", "-1");
            case COMPACT -> Map.of("cleanup.policy", "compact");
        };
    }

    /**
     * Settings of {@link #CONTENT}: a segment is closed after a quarter of the time and compacted after another, if records
     * come that close it; the job of conversations writes heartbeats to every partition, eight in that time.
     *
     * @param erasedWithin how long text may stay after the null record of its message
     */
    public static Map<String, String> contentSettings(Duration erasedWithin) {
        String quarter = Long.toString(Math.max(1, erasedWithin.toMillis() / 4));
        long eighth = Math.max(1, erasedWithin.toMillis() / 8);
        return Map.of(
                "cleanup.policy",
                "compact",
                "segment.ms",
                quarter,
                "max.compaction.lag.ms",
                quarter,
                "file.delete.delay.ms",
                Long.toString(Math.min(60_000, eighth)));
    }

    /**
     * Key of {@code usage}, {@code counters} and {@code activity}: what belongs to one session stays in order.
     *
     * @param sessionId null: the installation stands in
     * @param installationId null: the organization's records without either share a key
     */
    public static String sessionKey(String orgId, @Nullable String sessionId, @Nullable String installationId) {
        String session = sessionId != null ? sessionId : installationId != null ? "installation:" + installationId : "";
        return orgId + '|' + session;
    }

    /**
     * Key of {@code content}: one message, so that compaction keeps the newest and a null erases it. Whatever its ids are,
     * {@link #contentKeyParts} tells them.
     */
    public static String contentKey(String orgId, String conversationId, String messageId) {
        return escaped(orgId) + '|' + escaped(conversationId) + '|' + escaped(messageId);
    }

    /**
     * What a key of {@code content} is made of.
     *
     * @return organization, conversation, message; empty for a key of something else
     */
    public static List<String> contentKeyParts(String key) {
        String[] parts = key.split("\\|", -1);
        return parts.length != 3
                ? List.of()
                : Arrays.stream(parts)
                        .map(part -> part.replace("%7C", "|").replace("%25", "%"))
                        .toList();
    }

    /**
     * Key of {@code compliance-directory}: one entry, so that compaction keeps its newest state.
     *
     * @param parentId null: it is of nothing
     */
    public static String complianceDirectoryKey(String orgId, String kind, @Nullable String parentId, String entryId) {
        String parent = parentId == null ? "" : escaped(parentId);
        return escaped(orgId) + '|' + kind + '|' + parent + '|' + escaped(entryId);
    }

    private static String escaped(String part) {
        return part.indexOf('|') < 0 && part.indexOf('%') < 0
                ? part
                : part.replace("%", "%25").replace("|", "%7C");
    }

    /** Key of {@code deliveries}: one document at one destination, so that compaction keeps the newest. */
    public static String deliveryKey(String orgId, String destination, String subject) {
        return orgId + '|' + destination + '|' + subject;
    }

    /** Key of {@code reported-days}: a day of a report, so that compaction keeps the newest reading. */
    public static String reportedDayKey(String orgId, String report, LocalDate day) {
        return orgId + '|' + report + '|' + day;
    }

    /** Key of control documents: one version, so that compaction removes none. */
    public static String versionKey(String orgId, String kind, String id, long version) {
        return orgId + '|' + kind + '|' + id + '|' + version;
    }
}
