package io.sluice.claudeapi.compliance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.sluice.claudeapi.ApiConnection;
import io.sluice.claudeapi.RowId;
import io.sluice.claudeapi.compliance.ComplianceException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Texts of the files that messages and projects name, when there is nothing else to read. What has to be read is kept by
 * the chat or project, of which the page with the names is asked for once more: so names and titles are nowhere in state.
 */
final class FileLane implements Lane {
    private static final Logger LOG = LoggerFactory.getLogger(FileLane.class);
    private static final String NAME = "files";
    private static final int LIMIT = 100;
    /** Of one step: others wait for it. */
    private static final int MOST_OF_A_STEP = 10;
    /** That fail one after the other: it is not of the file. */
    private static final int MOST_FAILURES = 2;
    /** Others wait for a step. */
    private static final long LONGEST_STEP = WalkPlan.micros(Duration.ofSeconds(5));
    /** Of a file whose bytes are damaged. */
    private static final int MOST_TRIES = 5;
    /** Of a chat, of which nothing new was read meanwhile. */
    private static final int FAILURES_TOLD = 8;

    private static final long FIRST_WAIT = WalkPlan.micros(Duration.ofMinutes(1));
    private static final long LONGEST_WAIT = WalkPlan.micros(Duration.ofHours(1));
    private static final int MOST_DOUBLINGS = 6;
    /** A file may be named before its bytes are there. */
    private static final long YOUNG = WalkPlan.micros(Duration.ofHours(1));

    /** When so many chats wait for their files, those of before the first start wait; at twice as many all do. */
    private static final int MOST_PENDING = 20_000;

    private final ComplianceSplit split;
    private final Contents contents;
    private final boolean wanted;
    /** Of files that were damaged, or not there. */
    private final Known<Integer> tries = new Known<>(MOST_PENDING);

    private LinkedHashMap<String, Task> queue = new LinkedHashMap<>();
    private @Nullable Task current;

    /**
     * A lane. What it has to read is begun anew: of what failed on a page nothing is known any more.
     *
     * @param wanted otherwise nothing is read
     */
    FileLane(ComplianceSplit split, Labels labels, boolean wanted) {
        this.split = split;
        this.contents = new Contents(split.orgId, labels);
        this.wanted = wanted;
        split.filesOfChats.values().forEach(Task::restart);
        split.filesOfProjects.values().forEach(Task::restart);
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
    long firstWanted(JsonNode chat, String chatId, JsonNode messages) {
        return TextFile.ofMessages(chat, messages).stream()
                .filter(file -> wants(file, chatId))
                .mapToLong(TextFile::saidAt)
                .min()
                .orElse(NEVER);
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
        return read(api, task, page, TextFile.ofMessages(chat, page.rows()), chat, now);
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
        return read(api, task, page, TextFile.ofProject(page.rows()), project, now);
    }

    /**
     * Those files of a page that are new, from the last one that failed in this pass on. What was read is not lost over one
     * that cannot be.
     *
     * @param of what upstream says of the chat or project
     */
    private Found read(ComplianceApi api, Task task, CursorPage page, List<TextFile> files, JsonNode of, long now)
            throws ComplianceException, InterruptedException {
        List<Captured> out = new ArrayList<>();
        Set<RowId> done = new LinkedHashSet<>();
        Set<RowId> again = new LinkedHashSet<>();
        ComplianceException failure = null;
        boolean whole = true;
        int asked = 0;
        int passed = 0;
        int failures = 0;
        for (TextFile file : files) {
            RowId mark = file.mark(task.id);
            if (split.knownFiles.has(mark) || done.contains(mark) || passed++ < task.tried) {
                continue;
            }
            boolean late = asked > 0 && api.now() > now + LONGEST_STEP;
            if (asked == MOST_OF_A_STEP || failures == MOST_FAILURES || late) {
                whole = false;
                break;
            }
            asked++;
            try {
                out.add(contents.text(of, task.id, file, bytes(api, file), now));
                done.add(mark);
            } catch (ComplianceException e) {
                if (isFinal(e, file, mark, now)) {
                    done.add(mark);
                    giveUp(task, file, of, e, now, out);
                } else if (e.kind() == Kind.ABSENT || e.kind() == Kind.DAMAGED) {
                    again.add(mark);
                } else if (e.kind() == Kind.UNAVAILABLE || e.kind() == Kind.UNANSWERED) {
                    failure = e;
                    failures++;
                } else if (asked == 1) {
                    throw e; // it is of all
                } else {
                    whole = false;
                    break;
                }
            }
        }
        boolean ended = whole;
        int failed = again.size() + failures;
        if (ended
                && !page.hasMore()
                && done.isEmpty()
                && (task.left || task.tried + failed > 0)
                && task.failures + 1 == FAILURES_TOLD) {
            out.add(Rows.letter(
                    split.orgId,
                    NAME,
                    task.id,
                    "upstream-unavailable",
                    NAME + ": some cannot be read (expected: their bytes; they are asked for again)",
                    now));
        }
        Runnable then = () -> {
            done.forEach(id -> {
                Long unused = split.knownFiles.put(id, now);
            });
            again.forEach(id -> {
                Integer unused = tries.put(id, tries(id) + 1);
            });
            if (!done.isEmpty()) {
                task.failures = 0;
                task.expired = 0;
            }
            task.tried += failed;
            advance(task, page, ended, now);
        };
        return new Found(out, then, done.isEmpty() && again.isEmpty() ? failure : null);
    }

    private int tries(RowId mark) {
        Integer before = tries.get(mark);
        return before == null ? 0 : before;
    }

    private ApiConnection.Download bytes(ComplianceApi api, TextFile file)
            throws ComplianceException, InterruptedException {
        ApiConnection.Download content = api.download(file.content(), Contents.MOST_READ);
        if (!content.cut() && !Contents.isWhole(content)) {
            throw new ComplianceException(Kind.DAMAGED, "content: not what its Content-MD5 says");
        }
        if (content.bytes().length == 0 && file.row().path("size_bytes").asLong(-1) != 0) {
            throw new ComplianceException(Kind.DAMAGED, "content: empty (expected: something, or size_bytes of 0)");
        }
        return content;
    }

    /** It is of no use to ask for it again, and of the file: a failure of upstream is waited for. */
    private boolean isFinal(ComplianceException failure, TextFile file, RowId mark, long now) {
        return switch (failure.kind()) {
            case INVALID, FAILED, TOO_LONG, EXPIRED -> true;
            case REFUSED -> !failure.isOfTheKey();
            case ABSENT -> file.at() < now - YOUNG || tries(mark) > 0;
            case DAMAGED -> tries(mark) + 1 >= MOST_TRIES;
            case UNAVAILABLE, UNANSWERED, RATE_LIMITED, NO_KEY -> false;
        };
    }

    /** Its name is on the message; nothing else has that of a project. */
    private void giveUp(
            Task task, TextFile file, JsonNode of, ComplianceException failure, long now, List<Captured> out) {
        if (file.messageId() == null) {
            out.add(contents.file(of, task.id, file.id(), file.at(), file.row(), MissingNode.getInstance(), now));
        }
        if (failure.kind() != Kind.ABSENT) {
            LOG.warn("{} of {}, one of them: {}", NAME, split.orgId, failure.getMessage());
            out.add(Rows.letter(
                    split.orgId,
                    NAME,
                    file.id(),
                    failure.kind() == Kind.REFUSED || failure.kind() == Kind.INVALID
                            ? "upstream-refused"
                            : "upstream-failed",
                    NAME + ": " + failure.getMessage() + " (expected: the bytes of a file; it is not asked for again)",
                    now));
        }
    }

    /** Behind the others, if there is more of the page; at its end to the next, or over all again for what has failed. */
    private void advance(Task task, CursorPage page, boolean whole, long now) {
        if (!whole) {
            queue.remove(task.id);
            queue.put(task.id, task);
            return;
        }
        task.left |= task.tried > 0;
        task.tried = 0;
        if (page.hasMore()) {
            task.cursor = page.next();
            return;
        }
        queue.remove(task.id);
        if (task.left) {
            task.left = false;
            task.restart();
            task.notBefore = now + Math.min(FIRST_WAIT << Math.min(task.failures, MOST_DOUBLINGS), LONGEST_WAIT);
            task.failures++;
            queue.put(task.id, task);
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
                return Tasks.expired(queue, task, split.orgId, NAME, failure, now);
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
