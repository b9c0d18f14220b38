package io.sluice.claudeapi.compliance;

import org.jspecify.annotations.Nullable;

/** Something that has to be read: a chat's messages, or a project. Mutable: the reader's own. Times are microseconds. */
final class Task {
    final String id;
    /** Messages of before are known; 0: none is. */
    long since;
    /** As a list had it; 0: it is not from a list. */
    long updatedAt;
    /** When it was begun; 0: it was not. */
    long begunAt;

    @Nullable
    String cursor;

    /** Newest message so far. */
    long newest;
    /** Most messages of one answer. */
    int limit;

    long notBefore;
    int failures;

    // Of this process only

    /** Cursors that were not accepted. */
    int expired;
    /** Of the files that its page names and that are not read, how many were asked for in this pass. */
    int tried;
    /** Whether there are such on the pages before. */
    boolean left;

    Task(String id, int limit) {
        this.id = id;
        this.limit = limit;
    }

    /** Again from its begin. */
    void restart() {
        cursor = null;
        begunAt = 0;
        newest = 0;
        tried = 0;
    }
}
