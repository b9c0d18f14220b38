package io.sluice.claudeapi.compliance;

import io.sluice.claudeapi.compliance.ComplianceException.Kind;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Queues of things that have to be read. Times are microseconds. */
final class Tasks {
    private static final long FIRST = WalkPlan.micros(Duration.ofSeconds(1));
    private static final long LONGEST = WalkPlan.micros(Duration.ofMinutes(10));
    private static final long AFTER_FAILED = WalkPlan.micros(Duration.ofHours(1));
    private static final int MOST_ATTEMPTS = 24;
    private static final int MOST_EXPIRED = 5;
    private static final int MOST_DOUBLINGS = 20;

    private Tasks() {}

    /** The first that is due; null: none is. */
    static @Nullable Task due(LinkedHashMap<String, Task> tasks, long now) {
        for (Task task : tasks.values()) {
            if (task.notBefore <= now) {
                return task;
            }
        }
        return null;
    }

    static long dueAt(LinkedHashMap<String, Task> tasks, long now) {
        long due = Lane.NEVER;
        for (Task task : tasks.values()) {
            if (task.notBefore <= now) {
                return now;
            }
            due = Math.min(due, task.notBefore);
        }
        return due;
    }

    /**
     * One has failed: the others go first.
     *
     * @return what is put out of it; null: it is not of this one alone
     */
    static @Nullable List<Captured> failed(
            LinkedHashMap<String, Task> tasks,
            Task task,
            String orgId,
            String feed,
            ComplianceException failure,
            long now) {
        boolean ofThisOne = switch (failure.kind()) {
            case FAILED, TOO_LONG, INVALID, ABSENT -> true;
            case UNAVAILABLE, UNANSWERED, DAMAGED, EXPIRED -> true;
            case RATE_LIMITED, REFUSED, NO_KEY -> false;
        };
        if (!ofThisOne) {
            return null;
        }
        tasks.remove(task.id);
        task.failures++;
        boolean passes = failure.passes();
        if (passes) {
            long wait = FIRST << Math.min(task.failures - 1, MOST_DOUBLINGS);
            task.notBefore = now + Math.min(wait, LONGEST);
        } else {
            task.notBefore = now + AFTER_FAILED;
        }
        if (passes || task.failures < MOST_ATTEMPTS) {
            tasks.put(task.id, task);
        }
        // Told when it fails for good, and when it is given up; also of what should pass and does not.
        if (passes ? task.failures == MOST_ATTEMPTS : task.failures == 1 || task.failures == MOST_ATTEMPTS) {
            String about = task.failures == MOST_ATTEMPTS ? task.id + " given up" : task.id;
            return List.of(Rows.letter(
                    orgId,
                    feed,
                    about,
                    failure.kind() == Kind.FAILED || passes ? "upstream-failed" : "upstream-refused",
                    feed + ": " + failure.getMessage() + " (expected: what there is; it is asked for again)",
                    now));
        }
        return List.of();
    }

    /** A cursor of one is not accepted: from its begin, behind the others, but not for ever. */
    static List<Captured> expired(
            LinkedHashMap<String, Task> tasks,
            Task task,
            String orgId,
            String feed,
            ComplianceException failure,
            long now) {
        task.restart();
        tasks.remove(task.id);
        if (++task.expired < MOST_EXPIRED) {
            tasks.put(task.id, task);
            return List.of();
        }
        return List.of(Rows.letter(
                orgId,
                feed,
                task.id + " given up",
                "upstream-failed",
                feed + ": " + failure.getMessage() + " (expected: the next page; it is not asked for again)",
                now));
    }
}
