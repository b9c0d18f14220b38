package io.sluice.claudeapi.compliance;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.claudeapi.RowId;
import io.sluice.claudeapi.compliance.ComplianceException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The messages of chats that have to be read, a page at a time; first those that have just changed. What upstream has
 * emptied is never put out as a message: a deletion is told of by a record about the conversation.
 */
final class MessageLane implements Lane {
    /** Most messages of one answer. */
    static final int LIMIT = 500;

    /** Of what is known of a chat, so much is read again. */
    static final long OVERLAP = WalkPlan.micros(Duration.ofHours(1));

    private static final String NAME = "messages";
    /** A chat that was changed longer ago is not remembered: nothing looks for it again. */
    private static final long REMEMBERED = WalkPlan.micros(Duration.ofDays(8));

    private final ComplianceSplit split;
    private final Contents contents;
    private final FileLane files;
    private @Nullable Task current;

    MessageLane(ComplianceSplit split, Labels labels, FileLane files) {
        this.split = split;
        this.files = files;
        this.contents = new Contents(split.orgId, labels);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public long dueAt(long now) {
        return Math.min(
                files.hasRoom(true) ? Tasks.dueAt(split.urgentChats, now) : NEVER,
                files.hasRoom(false) ? Tasks.dueAt(split.otherChats, now) : NEVER);
    }

    @Override
    public Step next(long now) {
        Task urgent = files.hasRoom(true) ? Tasks.due(split.urgentChats, now) : null;
        Task task = Objects.requireNonNull(urgent != null ? urgent : Tasks.due(split.otherChats, now));
        current = task;
        return api -> {
            Target target = Target.of("apps", "chats", task.id, NAME)
                    .time("created_at.gte", task.since)
                    .with("limit", task.limit)
                    .with("tool_use_input_max_chars", -1)
                    .with("tool_result_max_chars", -1)
                    .cursor("after_id", task.cursor);
            return found(task, api.get(target), now);
        };
    }

    private Found found(Task task, JsonNode chat, long now) throws ComplianceException {
        CursorPage page = CursorPage.of(chat, "chat_messages", task.cursor);
        List<Captured> out = new ArrayList<>();
        long newest = task.newest;
        for (JsonNode row : page.rows()) {
            try {
                Captured message = contents.message(chat, task.id, row, now);
                if (message != null) {
                    out.add(message);
                }
                Long createdAt = Rows.timeOrNull(row, "created_at");
                newest = Math.max(newest, createdAt == null ? 0 : createdAt);
            } catch (Rows.Unusable e) {
                out.add(Rows.letter(split.orgId, NAME, row, e, now));
            }
        }
        Long deletedAt = Rows.timeOrNull(chat, "deleted_at");
        if (deletedAt != null && !page.hasMore()) {
            try {
                out.add(contents.deleted(chat, task.id, deletedAt, Rows.text(chat, "project_id"), now));
            } catch (Rows.Unusable e) {
                out.add(Rows.letter(split.orgId, NAME, chat, e, now));
            }
        }
        long newestNow = newest;
        long withFiles = files.firstWanted(chat, task.id, page.rows());
        return new Found(out, () -> {
            if (withFiles != NEVER) {
                files.addChat(task.id, withFiles);
            }
            advance(task, chat, page, newestNow, now);
        });
    }

    private void advance(Task task, JsonNode chat, CursorPage page, long newest, long now) {
        task.begunAt = task.begunAt == 0 ? now : task.begunAt;
        task.newest = newest;
        task.failures = 0;
        if (page.hasMore()) {
            task.cursor = page.next();
            return;
        }
        long about = ChatLane.about(chat);
        ChatMark before = split.knownChats.get(RowId.of(List.of(task.id)));
        if (task.since > 0 && before != null && before.about() != about) {
            task.since = 0; // it has changed since its list told of it
            task.restart();
            return;
        }
        remove(task);
        Long updatedAt = Rows.timeOrNull(chat, "updated_at");
        long changedAt = Math.max(task.updatedAt, updatedAt == null ? 0 : updatedAt);
        if (changedAt >= now - REMEMBERED) {
            // Of a chat that is read from somewhere on, the newest message may be before that.
            long known = newest != 0 || task.since == 0 ? newest : task.since + OVERLAP;
            split.know(task.id, new ChatMark(changedAt, task.begunAt, about, known));
        }
    }

    private void remove(Task task) {
        split.urgentChats.remove(task.id);
        split.otherChats.remove(task.id);
    }

    @Override
    public @Nullable List<Captured> failed(ComplianceException failure, long now) {
        Task task = Objects.requireNonNull(current);
        if (failure.kind() == Kind.ABSENT) {
            remove(task); // deleted for good, or past its retention
            return List.of();
        }
        if (failure.kind() == Kind.TOO_LONG && task.limit > 1) {
            task.limit = Math.max(1, task.limit / 10);
            return List.of();
        }
        LinkedHashMap<String, Task> tasks =
                split.urgentChats.containsKey(task.id) ? split.urgentChats : split.otherChats;
        if (failure.kind() == Kind.EXPIRED) {
            return Tasks.expired(tasks, task, split.orgId, NAME, failure, now);
        }
        return Tasks.failed(tasks, task, split.orgId, NAME, failure, now);
    }
}
