package io.sluice.claudeapi.compliance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.sluice.claudeapi.ApiConnection;
import io.sluice.claudeapi.RowId;
import io.sluice.claudeapi.compliance.ComplianceException.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Texts of the files that messages and projects name, when there is nothing else to read. What has to be read is kept by
 * the chat or project, of which the page with the names is asked for once more: so names and titles are nowhere in state.
 */
final class FileLane implements Lane {
    private static final String NAME = "files";
    private static final int LIMIT = 100;
    /** Of one step: others wait for it. */
    private static final int MOST_OF_A_STEP = 10;
    /** That fail one after the other: it is not of the file. */
    private static final int MOST_FAILURES = 2;
    /** After so many failures of a chat it is of the file. */
    private static final int MOST_ATTEMPTS = 23;

    private static final int UNAUTHORIZED = 401;
    /** When so many chats wait for their files, those of before the first start wait; at twice as many all do. */
    private static final int MOST_PENDING = 20_000;

    private final ComplianceSplit split;
    private final Contents contents;
    private final boolean wanted;
    private LinkedHashMap<String, Task> queue = new LinkedHashMap<>();
    private @Nullable Task current;

    /** @param wanted otherwise nothing is read */
    FileLane(ComplianceSplit split, Labels labels, boolean wanted) {
        this.split = split;
        this.contents = new Contents(split.orgId, labels);
        this.wanted = wanted;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Rank rank() {
        return Rank.LAST;
    }

    /** Whether more chats may be read. */
    boolean hasRoom(boolean urgent) {
        return !wanted || split.filesOfChats.size() < (urgent ? 2 * MOST_PENDING : MOST_PENDING);
    }

    boolean hasRoomForProjects() {
        return !wanted || split.filesOfProjects.size() < MOST_PENDING;
    }

    /** Whether the text of a file is going to be read here, or was. */
    boolean has(TextFile file, String conversationId) {
        return wanted || split.knownFiles.has(file.mark(conversationId));
    }

    /** Whether the text of a file has to be read. */
    boolean wants(TextFile file, String conversationId) {
        return wanted && !split.knownFiles.has(file.mark(conversationId));
    }

    /** When the first message of a page was said that names files to be read; {@link Lane#NEVER}: none does. */
    long firstWanted(String chatId, JsonNode messages) {
        long first = NEVER;
        for (JsonNode message : messages) {
            Long saidAt = Rows.timeOrNull(message, "created_at");
            if (saidAt != null && TextFile.ofMessage(message).stream().anyMatch(file -> wants(file, chatId))) {
                first = Math.min(first, saidAt);
            }
        }
        return first;
    }

    /** On the task's thread. */
    void addChat(String id, long since) {
        Task task = split.filesOfChats.computeIfAbsent(id, absent -> {
            Task fresh = new Task(id, LIMIT);
            fresh.since = since;
            return fresh;
        });
        task.since = Math.min(task.since, since);
        task.restart();
    }

    /** On the task's thread. */
    void addProject(String id) {
        split.filesOfProjects.computeIfAbsent(id, absent -> new Task(id, LIMIT)).restart();
    }

    @Override
    public long dueAt(long now) {
        return Math.min(Tasks.dueAt(split.filesOfChats, now), Tasks.dueAt(split.filesOfProjects, now));
    }

    @Override
    public Step next(long now) {
        Task ofChat = Tasks.due(split.filesOfChats, now);
        queue = ofChat != null ? split.filesOfChats : split.filesOfProjects;
        Task task = Objects.requireNonNull(ofChat != null ? ofChat : Tasks.due(split.filesOfProjects, now));
        current = task;
        return ofChat != null ? api -> chat(api, task, now) : api -> project(api, task, now);
    }

    private Found chat(ComplianceApi api, Task task, long now) throws ComplianceException, InterruptedException {
        JsonNode chat = api.get(Target.of("apps", "chats", task.id, "messages")
                .time("created_at.gte", task.since)
                .with("limit", task.limit)
                .cursor("after_id", task.cursor));
        CursorPage page = CursorPage.of(chat, "chat_messages", task.cursor);
        List<TextFile> files = new ArrayList<>();
        page.rows().forEach(message -> files.addAll(TextFile.ofMessage(message)));
        return read(api, task, page, files, file -> contents.ofChat(chat, task.id, file), now);
    }

    private Found project(ComplianceApi api, Task task, long now) throws ComplianceException, InterruptedException {
        JsonNode project = api.get(Target.of("apps", "projects", task.id));
        CursorPage page = Rows.timeOrNull(project, "deleted_at") != null
                ? new CursorPage(JsonNodeFactory.instance.arrayNode(), null, false)
                : CursorPage.ofTokens(
                        api.get(Target.of("apps", "projects", task.id, "attachments")
                                .with("limit", task.limit)
                                .cursor("page", task.cursor)),
                        task.cursor);
        return read(
                api,
                task,
                page,
                TextFile.ofProject(page.rows()),
                file -> contents.ofProject(project, task.id, file),
                now);
    }

    /** What a record of a file begins with. */
    private interface Frame {
        Contents.FileFrame of(TextFile file);
    }

    /** Those files of a page that are new, as far as they can be read; what was read is not lost over one that cannot. */
    private Found read(ComplianceApi api, Task task, CursorPage page, List<TextFile> files, Frame frame, long now)
            throws ComplianceException, InterruptedException {
        List<Captured> out = new ArrayList<>();
        Map<RowId, Long> known = new LinkedHashMap<>();
        ComplianceException failed = null;
        boolean whole = true;
        int asked = 0;
        int failures = 0;
        for (TextFile file : files) {
            RowId mark = file.mark(task.id);
            if (split.knownFiles.has(mark) || known.containsKey(mark)) {
                continue;
            }
            if (asked++ == MOST_OF_A_STEP || failures == MOST_FAILURES) {
                whole = false;
                break;
            }
            try {
                out.add(frame.of(file).with(bytes(api, file), now));
                known.put(mark, now);
            } catch (ComplianceException e) {
                if (isOfTheFile(e, task)) {
                    known.put(mark, now);
                    if (e.kind() != Kind.ABSENT) {
                        out.add(letter(file, e, now));
                    }
                    continue;
                }
                failed = e;
                whole = false;
                failures = e.kind() == Kind.UNAVAILABLE || e.kind() == Kind.UNANSWERED ? failures + 1 : MOST_FAILURES;
            }
        }
        if (failed != null && known.isEmpty()) {
            throw failed;
        }
        boolean done = whole;
        return new Found(out, () -> {
            known.forEach((id, at) -> {
                Long unused = split.knownFiles.put(id, at);
            });
            advance(task, page, done);
        });
    }

    private ApiConnection.Download bytes(ComplianceApi api, TextFile file)
            throws ComplianceException, InterruptedException {
        ApiConnection.Download content = api.download(file.content(), Contents.MOST_READ);
        if (!content.cut() && !Contents.isWhole(content)) {
            throw new ComplianceException(Kind.UNAVAILABLE, "content: not what its Content-MD5 says");
        }
        if (content.bytes().length == 0 && file.row().path("size_bytes").asLong() > 0) {
            throw new ComplianceException(Kind.UNAVAILABLE, "content: empty (expected: as long as it was said to be)");
        }
        return content;
    }

    /** It is of no use to ask for it again: others of the same chat were just answered. */
    private static boolean isOfTheFile(ComplianceException failure, Task task) {
        return switch (failure.kind()) {
            case ABSENT, INVALID, FAILED, TOO_LONG, EXPIRED -> true;
            case REFUSED -> failure.status() != UNAUTHORIZED;
            case UNAVAILABLE, UNANSWERED -> task.failures >= MOST_ATTEMPTS;
            case RATE_LIMITED, NO_KEY -> false;
        };
    }

    private Captured letter(TextFile file, ComplianceException failure, long now) {
        return Rows.letter(
                split.orgId,
                NAME,
                file.id(),
                failure.kind() == Kind.REFUSED || failure.kind() == Kind.INVALID
                        ? "upstream-refused"
                        : "upstream-failed",
                NAME + ": " + failure.getMessage() + " (expected: the bytes of a file; it is not asked for again)",
                now);
    }

    private void advance(Task task, CursorPage page, boolean whole) {
        if (!whole) {
            queue.remove(task.id);
            queue.put(task.id, task); // the others first
            return;
        }
        task.failures = 0;
        if (page.hasMore()) {
            task.cursor = page.next();
        } else {
            queue.remove(task.id);
        }
    }

    @Override
    public @Nullable List<Captured> failed(ComplianceException failure, long now) {
        Task task = Objects.requireNonNull(current);
        switch (failure.kind()) {
            case ABSENT -> {
                queue.remove(task.id); // its chat has been deleted for good, and its files with it
                return List.of();
            }
            case EXPIRED -> {
                task.restart();
                return List.of();
            }
            default -> {
                if (failure.kind() == Kind.TOO_LONG && task.limit > 1) {
                    task.limit = Math.max(1, task.limit / 10);
                    return List.of();
                }
                return Tasks.failed(queue, task, split.orgId, NAME, failure, now);
            }
        }
    }
}
