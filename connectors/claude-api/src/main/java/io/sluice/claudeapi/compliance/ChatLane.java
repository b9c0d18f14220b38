package io.sluice.claudeapi.compliance;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.claudeapi.RowId;
import io.sluice.claudeapi.compliance.ComplianceException.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The list of chats: which have changed, and so have to be read. Its end every few seconds; half an hour before once more,
 * for rows that come behind the cursor; what was there before the first start; and the last week once a day.
 */
final class ChatLane implements Lane {
    static final WalkPlan LATE = WalkPlan.overlapping(Duration.ofMinutes(30), Duration.ofMinutes(10));
    static final WalkPlan WEEK = WalkPlan.overlapping(Duration.ofDays(7), Duration.ofDays(1));

    private static final int OF_NOW = 0;
    private static final int OF_LATE = 1;
    private static final int OF_BEFORE = 2;
    private static final int OF_WEEK = 3;
    private static final WalkPlan[] PLANS = {
        new WalkPlan(LATE.overlap(), WalkPlan.micros(Duration.ofSeconds(20)), true),
        LATE,
        WalkPlan.overlapping(Duration.ZERO, Duration.ofDays(36_500)),
        WEEK
    };
    private static final String NAME = "chats";
    /** A message may be seen later than that its chat has changed: it is read once more when it has come to rest. */
    private static final long REST = WalkPlan.micros(Duration.ofMinutes(5));

    /** Of these the list need not tell. */
    private static final Set<String> CHANGES =
            Set.of("claude_chat_updated", "claude_chat_settings_updated", "claude_chat_deleted");

    private static final Set<String> BEGINNINGS = Set.of("claude_chat_created", "claude_file_uploaded");
    private static final int LIMIT = 1000;
    private static final int MOST_URGENT = 10_000;
    private static final int MOST_OTHERS = 2_000;

    private final ComplianceSplit split;
    private int current;

    ChatLane(ComplianceSplit split) {
        this.split = split;
    }

    @Override
    public String name() {
        return NAME;
    }

    private boolean hasRoom(int walk) {
        return walk <= OF_LATE ? split.urgentChats.size() < MOST_URGENT : split.otherChats.size() < MOST_OTHERS;
    }

    @Override
    public long dueAt(long now) {
        long due = NEVER;
        for (int i = 0; i < PLANS.length; i++) {
            if (hasRoom(i)) {
                due = Math.min(due, split.chats[i].running ? now : split.chats[i].nextAt);
            }
        }
        return due;
    }

    @Override
    public Step next(long now) {
        current = 0;
        while (!hasRoom(current) || !split.chats[current].isDue(now)) {
            current++;
        }
        int number = current;
        Walk walk = split.chats[number];
        WalkPlan plan = PLANS[number];
        plan.begin(walk, now);
        return api -> {
            Target target = Target.of("apps", NAME)
                    .with("order_by", "updated_at")
                    .time("updated_at.gte", walk.from)
                    .with("limit", LIMIT)
                    .cursor("after_id", walk.cursor);
            if (number == OF_BEFORE) {
                target.time("updated_at.lt", walk.to);
            }
            return found(number, CursorPage.of(api.get(target), "data", walk.cursor), now);
        };
    }

    private Found found(int number, CursorPage page, long now) {
        List<Captured> out = new ArrayList<>();
        List<Task> tasks = new ArrayList<>();
        long furthest = 0;
        for (JsonNode row : page.rows()) {
            try {
                long updatedAt = Rows.time(row, "updated_at");
                furthest = Math.max(furthest, updatedAt);
                Task task = task(Rows.id(row, "id"), row, updatedAt, number, now);
                if (task != null) {
                    tasks.add(task);
                }
            } catch (Rows.Unusable e) {
                letter(row, e, now, out);
            }
        }
        long reached = furthest;
        List<RowId> letters =
                out.stream().map(letter -> RowId.of(List.of(letter.key()))).toList();
        return new Found(out, () -> {
            tasks.forEach(task -> add(task, number <= OF_LATE));
            letters.forEach(id -> {
                Long unused = split.knownDocuments.put(id, now);
            });
            PLANS[number].advance(split.chats[number], page, reached, now);
            if (number == OF_BEFORE && !split.chats[number].running) {
                split.chats[number].nextAt = NEVER; // that was all
            }
        });
    }

    /** Once: a row is seen again in every overlap. */
    private void letter(JsonNode row, Rows.Unusable why, long now, List<Captured> out) {
        Captured letter = Rows.letter(split.orgId, NAME, row, why, now);
        boolean told = split.knownDocuments.has(RowId.of(List.of(letter.key())))
                || out.stream().anyMatch(other -> other.key().equals(letter.key()));
        if (!told) {
            out.add(letter);
        }
    }

    /** Null: it was read as it is. */
    private @Nullable Task task(String id, JsonNode row, long updatedAt, int number, long now) {
        ChatMark known = split.knownChats.get(RowId.of(List.of(id)));
        Task task = new Task(id, MessageLane.LIMIT);
        task.updatedAt = updatedAt;
        if (known == null) {
            return number == OF_WEEK && updatedAt <= split.chatsForgottenUntil ? null : task;
        }
        boolean same = known.about() == about(row);
        if (updatedAt <= known.updatedAt() && same) {
            long rest = known.updatedAt() + REST;
            if (known.readAt() >= rest || now < rest) {
                return null;
            }
        }
        // What is said of the chat goes with every message.
        task.since = same ? Math.max(0, known.newest() - MessageLane.OVERLAP) : 0;
        return task;
    }

    /** It is going to be read, if it is not already. */
    void add(Task task, boolean urgent) {
        Task pending = split.urgentChats.get(task.id);
        if (pending == null && urgent) {
            pending = split.otherChats.remove(task.id);
            if (pending != null) {
                split.urgentChats.put(task.id, pending);
            }
        } else if (pending == null) {
            pending = split.otherChats.get(task.id);
        }
        if (pending == null) {
            (urgent ? split.urgentChats : split.otherChats).put(task.id, task);
            return;
        }
        pending.updatedAt = Math.max(pending.updatedAt, task.updatedAt);
        if (task.since < pending.since) {
            pending.since = task.since;
            pending.restart();
        }
    }

    /** Of what is said of a chat besides its messages, and when it was changed last. */
    static long about(JsonNode row) {
        String user = row.path("user").path("id").asText()
                + ' '
                + row.path("user").path("email_address").asText();
        String all = String.join(
                "\n",
                user,
                row.path("name").asText(),
                row.path("model").asText(),
                row.path("project_id").asText(),
                row.path("deleted_at").asText());
        return ByteBuffer.wrap(RowId.sha256(all.getBytes(StandardCharsets.UTF_8)))
                .getLong();
    }

    /** Something was done with a chat of which its list need not tell. On the task's thread. */
    void hear(JsonNode activity) {
        String type = activity.path("type").asText();
        boolean changed = CHANGES.contains(type);
        if (!changed && !BEGINNINGS.contains(type)) {
            return;
        }
        try {
            String id = Rows.id(activity, "claude_chat_id");
            if (changed || !split.knownChats.has(RowId.of(List.of(id)))) {
                add(new Task(id, MessageLane.LIMIT), true);
            }
        } catch (Rows.Unusable e) {
            // of no chat, but of a project
        }
    }

    @Override
    public @Nullable List<Captured> failed(ComplianceException failure, long now) {
        Walk walk = split.chats[current];
        if (failure.kind() == Kind.EXPIRED) {
            if (current == OF_BEFORE) {
                walk.cursor = null; // from where it has come to, to the same end
                walk.from = walk.reached;
            } else {
                PLANS[current].restart(walk, now);
            }
            return List.of();
        }
        return null;
    }
}
