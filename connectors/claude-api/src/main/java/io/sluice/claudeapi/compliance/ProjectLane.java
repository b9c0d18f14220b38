package io.sluice.claudeapi.compliance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.sluice.claudeapi.RowId;
import io.sluice.claudeapi.compliance.ComplianceException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Projects: their instructions, documents and names of files. The list is walked every hour for what has changed, and every
 * day each project is looked at, since a new document need not change its project.
 */
final class ProjectLane implements Lane {
    /** Microseconds. */
    static final long ALL_EVERY = WalkPlan.micros(Duration.ofDays(1));

    private static final long CHANGED_EVERY = WalkPlan.micros(Duration.ofHours(1));
    private static final int OF_CHANGED = 0;
    private static final int OF_ALL = 1;
    private static final String NAME = "projects";
    private static final String DOCUMENT = "project_doc";
    private static final int LIMIT = 100;
    private static final int MOST_PENDING = 2_000;
    /** Of one step: others wait for it. */
    private static final int MOST_DOCUMENTS = 20;

    private final ComplianceSplit split;
    private final Contents contents;
    private final FileLane files;
    private int walk;
    private @Nullable Task current;

    ProjectLane(ComplianceSplit split, Labels labels, FileLane files) {
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
        if (!files.hasRoomForProjects()) {
            return NEVER;
        }
        long due = Tasks.dueAt(split.pendingProjects, now);
        if (split.pendingProjects.size() < MOST_PENDING) {
            for (Walk each : split.projects) {
                due = Math.min(due, each.running ? now : each.nextAt);
            }
        }
        return due;
    }

    @Override
    public Step next(long now) {
        Task task = Tasks.due(split.pendingProjects, now);
        current = task;
        if (task != null) {
            return api -> project(api, task, now);
        }
        walk = split.projects[OF_CHANGED].isDue(now) ? OF_CHANGED : OF_ALL;
        Walk walked = split.projects[walk];
        walked.running = true;
        return api -> {
            JsonNode answer =
                    api.get(Target.of("apps", NAME).with("limit", LIMIT).cursor("page", walked.cursor));
            return listed(walked, CursorPage.ofTokens(answer, walked.cursor), now);
        };
    }

    private static RowId mark(JsonNode project) {
        return RowId.of(List.of(
                "project",
                project.path("id").asText(),
                project.path("updated_at").asText(),
                project.path("name").asText(),
                project.path("deleted_at").asText()));
    }

    private Found listed(Walk walked, CursorPage page, long now) {
        boolean all = walked == split.projects[OF_ALL];
        List<Captured> out = new ArrayList<>();
        List<Task> tasks = new ArrayList<>();
        Map<RowId, Long> known = new LinkedHashMap<>();
        for (JsonNode row : page.rows()) {
            try {
                String id = Rows.id(row, "id");
                if (all || !split.knownDocuments.has(mark(row))) {
                    tasks.add(new Task(id, MOST_DOCUMENTS));
                }
            } catch (Rows.Unusable e) {
                Captured letter = Rows.letter(split.orgId, NAME, row, e, now);
                RowId id = RowId.of(List.of(letter.key()));
                if (!split.knownDocuments.has(id) && known.put(id, now) == null) {
                    out.add(letter);
                }
            }
        }
        return new Found(out, () -> {
            know(known);
            tasks.forEach(task -> split.pendingProjects.putIfAbsent(task.id, task));
            walked.cursor = page.next();
            if (!page.hasMore()) {
                walked.running = false;
                walked.nextAt = now + (all ? ALL_EVERY : CHANGED_EVERY);
            }
        });
    }

    private void know(Map<RowId, Long> documents) {
        documents.forEach((id, at) -> {
            Long unused = split.knownDocuments.put(id, at);
        });
    }

    /** One project, as far as it is new. */
    private Found project(ComplianceApi api, Task task, long now) throws ComplianceException, InterruptedException {
        JsonNode project = api.get(Target.of("apps", NAME, task.id));
        List<Captured> out = new ArrayList<>();
        Map<RowId, Long> known = new LinkedHashMap<>();
        List<TextFile> wanted = new ArrayList<>();
        Long deletedAt = Rows.timeOrNull(project, "deleted_at");
        boolean whole = true;
        try {
            if (deletedAt != null) {
                if (!split.knownDocuments.has(mark(project))) {
                    out.add(contents.deleted(project, task.id, deletedAt, task.id, now));
                }
            } else {
                texts(project, task.id, out, known, now);
                whole = attachments(api, project, task.id, out, known, wanted, now);
            }
        } catch (Rows.Unusable e) {
            out.add(Rows.letter(split.orgId, NAME, project, e, now));
        }
        if (whole) {
            known.put(mark(project), now);
        }
        boolean done = whole;
        return new Found(out, () -> {
            know(known);
            split.pendingProjects.remove(task.id);
            if (!wanted.isEmpty()) {
                files.addProject(task.id);
            }
            if (!done) {
                task.failures = 0;
                split.pendingProjects.put(task.id, task); // the others first
            }
        });
    }

    /** What is written of the project itself. Each version is a message of its own: an earlier one was said, too. */
    private void texts(JsonNode project, String id, List<Captured> out, Map<RowId, Long> known, long now)
            throws Rows.Unusable {
        long createdAt = Rows.time(project, "created_at");
        for (String field : List.of("instructions", "description")) {
            String text = project.path(field).asText();
            String name = field + "-" + RowId.of(List.of(text)).text();
            if (!text.isEmpty() && isNew(RowId.of(List.of(field, id, text)), known, now)) {
                out.add(contents.text(project, id, name, createdAt, text, now));
            }
        }
    }

    private boolean isNew(RowId id, Map<RowId, Long> known, long now) {
        return !split.knownDocuments.has(id) && known.put(id, now) == null;
    }

    /** Returns whether that was all. */
    private boolean attachments(
            ComplianceApi api,
            JsonNode project,
            String projectId,
            List<Captured> out,
            Map<RowId, Long> known,
            List<TextFile> wanted,
            long now)
            throws ComplianceException, InterruptedException {
        String token = null;
        int documents = 0;
        while (true) {
            CursorPage page = CursorPage.ofTokens(
                    api.get(Target.of("apps", NAME, projectId, "attachments")
                            .with("limit", LIMIT)
                            .cursor("page", token)),
                    token);
            List<TextFile> texts = TextFile.ofProject(page.rows());
            texts.stream().filter(file -> files.wants(file, projectId)).forEach(wanted::add);
            for (JsonNode row : page.rows()) {
                try {
                    String id = Rows.id(row, "id");
                    if (texts.stream().anyMatch(file -> file.id().equals(id) && files.has(file, projectId))) {
                        continue; // a record without its text would be its newest
                    }
                    RowId document = RowId.of(List.of(DOCUMENT, projectId, id));
                    if (split.knownDocuments.has(document) || known.containsKey(document)) {
                        continue;
                    }
                    if (documents++ == MOST_DOCUMENTS) {
                        return false;
                    }
                    JsonNode text =
                            row.path("type").asText().equals(DOCUMENT) ? document(api, id) : MissingNode.getInstance();
                    if (text != null) {
                        out.add(contents.file(project, projectId, id, Rows.time(row, "created_at"), row, text, now));
                    }
                    known.put(document, now);
                } catch (Rows.Unusable e) {
                    Captured letter = Rows.letter(split.orgId, "attachments", row, e, now);
                    if (isNew(RowId.of(List.of(letter.key())), known, now)) {
                        out.add(letter);
                    }
                }
            }
            if (!page.hasMore()) {
                return true;
            }
            token = page.next();
        }
    }

    /** Null: it has gone meanwhile. */
    private static @Nullable JsonNode document(ComplianceApi api, String id)
            throws ComplianceException, InterruptedException {
        try {
            return api.get(Target.of("apps", NAME, "documents", id));
        } catch (ComplianceException e) {
            if (e.kind() == Kind.ABSENT) {
                return null;
            }
            throw e;
        }
    }

    /** Something was done with a project. On the task's thread. */
    void hear(JsonNode activity) {
        String type = activity.path("type").asText();
        if (type.startsWith("claude_project_") && !type.endsWith("_viewed")) {
            try {
                String id = Rows.id(activity, "claude_project_id");
                split.pendingProjects.putIfAbsent(id, new Task(id, MOST_DOCUMENTS));
            } catch (Rows.Unusable e) {
                // some are of several projects, or of none
            }
        }
    }

    @Override
    public @Nullable List<Captured> failed(ComplianceException failure, long now) {
        if (current == null) {
            Walk walked = split.projects[walk];
            if (failure.kind() == Kind.EXPIRED) {
                walked.cursor = null;
                return List.of();
            }
            return null;
        }
        Task task = Objects.requireNonNull(current);
        if (failure.kind() == Kind.ABSENT) {
            split.pendingProjects.remove(task.id);
            return List.of();
        }
        return Tasks.failed(split.pendingProjects, task, split.orgId, NAME, failure, now);
    }
}
