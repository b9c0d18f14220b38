package io.sluice.claudeapi.compliance;

import io.sluice.claudeapi.RowId;
import java.util.LinkedHashMap;
import java.util.List;
import org.apache.flink.api.connector.source.SourceSplit;

/**
 * All that is read of one organization, and how far that has come: ids, hashes, numbers, and upstream's cursors. No text.
 * Mutable: the reader's own.
 */
final class ComplianceSplit implements SourceSplit {
    static final int MOST_ACTIVITIES = 200_000;
    static final int MOST_CHATS = 100_000;
    static final int MOST_DOCUMENTS = 200_000;
    static final int MOST_FILES = 200_000;
    static final int MOST_ENTRIES = 200_000;

    final String orgId;

    /** Follows the feed; every so often over the last day, and the last week. */
    final Walk[] activities;

    /** Id to when it was created. */
    final Known<Long> knownActivities = new Known<>(MOST_ACTIVITIES);

    /** Follows changes; looks for late ones; begins with what was there before; looks for all that was missed. */
    final Walk[] chats;

    final Known<ChatMark> knownChats = new Known<>(MOST_CHATS);
    /** Of chats that were updated later than this, nothing is forgotten. */
    long chatsForgottenUntil;

    final LinkedHashMap<String, Task> urgentChats = new LinkedHashMap<>();
    final LinkedHashMap<String, Task> otherChats = new LinkedHashMap<>();

    /** What has changed; everything. */
    final Walk[] projects;

    final Known<Long> knownDocuments = new Known<>(MOST_DOCUMENTS);
    final LinkedHashMap<String, Task> pendingProjects = new LinkedHashMap<>();

    /** Whose texts were put out, or cannot be. */
    final Known<Long> knownFiles = new Known<>(MOST_FILES);
    /** Those that name files whose texts have to be read. */
    final LinkedHashMap<String, Task> filesOfChats = new LinkedHashMap<>();

    final LinkedHashMap<String, Task> filesOfProjects = new LinkedHashMap<>();
    final KnownDirectory directory = new KnownDirectory(MOST_ENTRIES);

    ComplianceSplit(String orgId, Walk[] activities, Walk[] chats, Walk[] projects) {
        this.orgId = orgId;
        this.activities = activities;
        this.chats = chats;
        this.projects = projects;
    }

    /**
     * One that has read nothing.
     *
     * @param from what was before is not read
     */
    static ComplianceSplit first(String orgId, long from, long now) {
        long begin = Math.min(from, now);
        Walk before = Walk.from(begin, now);
        before.running = true;
        before.from = begin;
        before.to = now;
        return new ComplianceSplit(
                orgId,
                new Walk[] {
                    Walk.from(begin, now),
                    Walk.from(now, now + ActivityLane.DAY.period()),
                    Walk.from(now, now + ActivityLane.WEEK.period())
                },
                new Walk[] {
                    Walk.from(now, now),
                    Walk.from(now, now + ChatLane.LATE.period()),
                    before,
                    Walk.from(now, now + ChatLane.WEEK.period())
                },
                new Walk[] {Walk.from(now, now), Walk.from(now, now + ProjectLane.ALL_EVERY)});
    }

    void know(String chatId, ChatMark mark) {
        ChatMark forgotten = knownChats.put(RowId.of(List.of(chatId)), mark);
        if (forgotten != null) {
            chatsForgottenUntil = Math.max(chatsForgottenUntil, forgotten.updatedAt());
        }
    }

    @Override
    public String splitId() {
        return orgId;
    }
}
