package io.sluice.elasticsearch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Sends documents, and finds out how each of them ended. */
final class BulkClient {
    private final ElasticsearchHttp http;
    private final String path;
    private final int maxRejections;

    /**
     * Reads the password.
     *
     * @param maxRejections how often one document may be refused for now before the job fails; 0: at once
     */
    BulkClient(ElasticsearchConnection connection, int maxRejections) throws IOException {
        this.http = new ElasticsearchHttp(connection);
        this.maxRejections = maxRejections;
        // Half the time that is waited here: an index without a primary shard answers instead of timing out.
        long seconds = Math.max(1, connection.requestTimeout().toSeconds() / 2);
        this.path = "/_bulk?timeout=" + seconds + "s&filter_path=" + BulkAnswer.FILTER_PATH;
    }

    /** Sends them in one request if possible. Completes once, always normally, with an outcome for each of them. */
    CompletableFuture<BulkResult> send(List<BulkItem> items) {
        CompletableFuture<HttpResponse<byte[]>> answer;
        try {
            answer = http.send("POST", path, "application/x-ndjson", body(items));
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        return answer.thenCompose(response -> ofAnswer(items, response))
                .exceptionally(failure -> ofFailure(items, failure));
    }

    private static byte[] body(List<BulkItem> items) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        items.forEach(item -> item.writeTo(out));
        return out.toByteArray();
    }

    private CompletableFuture<BulkResult> ofAnswer(List<BulkItem> items, HttpResponse<byte[]> response) {
        int status = response.statusCode();
        return switch (BulkOutcome.ofRequest(status)) {
            case DONE -> CompletableFuture.completedFuture(ofItems(items, response.body()));
            case RETRY -> CompletableFuture.completedFuture(BulkResult.retry(items, "status " + status));
            case DEAD_LETTER -> inHalves(items, status);
            case FATAL -> CompletableFuture.completedFuture(BulkResult.fatal(refused(status, response.body())));
        };
    }

    private static IOException refused(int status, byte[] body) {
        return new IOException("bulk request: status " + status + " " + BulkAnswer.errorType(body)
                + " (expected: 200; check the URL, the user, the password and the user's privileges)");
    }

    private static BulkResult ofFailure(List<BulkItem> items, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (BulkOutcome.ofFailure(cause) == BulkOutcome.RETRY) {
            return BulkResult.retry(items, cause.toString());
        }
        return BulkResult.fatal(new IOException("bulk request not sent", cause));
    }

    private CompletableFuture<BulkResult> inHalves(List<BulkItem> items, int status) {
        if (items.size() == 1) {
            RejectedDocument rejected = RejectedDocument.of(items.get(0), status, "request_too_large", null);
            return CompletableFuture.completedFuture(new BulkResult(0, 0, List.of(), List.of(rejected), null, null));
        }
        int half = items.size() / 2;
        return send(items.subList(0, half))
                .thenCompose(first -> send(items.subList(half, items.size())).thenApply(first::and));
    }

    private BulkResult ofItems(List<BulkItem> items, byte[] body) {
        List<BulkAnswer.Item> answers;
        try {
            answers = BulkAnswer.parse(body);
        } catch (IOException e) {
            return BulkResult.fatal(new IOException("bulk request: status 200 without a bulk answer", e));
        }
        if (answers.size() != items.size()) {
            return BulkResult.fatal(
                    new IOException("bulk answer: " + answers.size() + " items (expected: " + items.size() + ")"));
        }
        int done = 0;
        int conflicts = 0;
        List<BulkItem> retries = new ArrayList<>();
        List<RejectedDocument> rejected = new ArrayList<>();
        String retryCause = null;
        for (int i = 0; i < answers.size(); i++) {
            BulkItem item = items.get(i);
            BulkAnswer.Item answer = answers.get(i);
            String said = "status " + answer.status() + " " + answer.errorType();
            switch (BulkOutcome.ofItem(answer.status(), answer.errorType())) {
                case DONE -> {
                    done++;
                    conflicts += answer.status() == 409 ? 1 : 0;
                }
                case RETRY -> {
                    if (item.rejections() >= maxRejections) {
                        return BulkResult.fatal(new IOException("document " + item.id() + " of " + item.index() + ": "
                                + said + " after " + item.rejections() + " retries"));
                    }
                    retries.add(item.afterRejections(item.rejections() + 1));
                    retryCause = said;
                }
                case DEAD_LETTER ->
                    rejected.add(RejectedDocument.of(item, answer.status(), answer.errorType(), answer.errorReason()));
                case FATAL -> {
                    return BulkResult.fatal(
                            new IOException("document " + item.id() + " of " + item.index() + ": " + said));
                }
            }
        }
        return new BulkResult(done, conflicts, retries, rejected, null, retryCause);
    }
}
