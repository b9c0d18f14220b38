package io.sluice.elasticsearch;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the documents of one request ended.
 *
 * @param done including {@code conflicts}
 * @param conflicts found as new or newer in the index
 * @param fatal not null: the job must fail, whatever else is here
 * @param retryCause why documents are to be sent again; null if none are
 */
record BulkResult(
        int done,
        int conflicts,
        List<BulkItem> retries,
        List<RejectedDocument> rejected,
        @Nullable Exception fatal,
        @Nullable String retryCause) {

    static BulkResult retry(List<BulkItem> items, String cause) {
        return new BulkResult(0, 0, items, List.of(), null, cause);
    }

    static BulkResult fatal(Exception fatal) {
        return new BulkResult(0, 0, List.of(), List.of(), fatal, null);
    }

    BulkResult and(BulkResult other) {
        return new BulkResult(
                done + other.done,
                conflicts + other.conflicts,
                joined(retries, other.retries),
                joined(rejected, other.rejected),
                fatal != null ? fatal : other.fatal,
                retryCause != null ? retryCause : other.retryCause);
    }

    private static <T> List<T> joined(List<T> first, List<T> second) {
        List<T> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }
}
