package io.sluice.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** How long after the request to erase a person no search finds them, and their bytes are out of the index. */
final class ErasureTimes {
    private static final long LIMIT_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final Api api;
    private final ContentDocuments documents;

    ErasureTimes(Api api, ContentDocuments documents) {
        this.api = api;
        this.documents = documents;
    }

    /**
     * Erases the first person.
     *
     * @param expected messages of theirs
     * @return facts for the report
     */
    Map<String, Object> measure(long expected, Progress progress, BenchCluster.Job job) throws Exception {
        progress.step("erasure");
        String email = ConversationLoad.email(0);
        long before = found(email);
        if (before != expected) {
            throw new IncorrectException("erasure: " + before + " messages before it (expected: " + expected + ")");
        }
        long start = System.nanoTime();
        String id = api.json(
                        "POST", "/v1/erasures", "{\"target\":{\"user\":\"" + email + "\"},\"reason\":\"measured\"}")
                .path("id")
                .asText();
        double hidden = 0;
        double nothingFound = 0;
        JsonNode erasure;
        do {
            if (System.nanoTime() - start > LIMIT_NANOS) {
                throw new IncorrectException("erasure: not completed within 10 minutes (expected: completed)");
            }
            job.requireRunning();
            TimeUnit.MILLISECONDS.sleep(100);
            if (nothingFound == 0 && found(email) == 0) {
                nothingFound = (System.nanoTime() - start) / 1e9;
            }
            erasure = api.json("GET", "/v1/erasures/" + id, "");
            if (hidden == 0 && !erasure.path("hidden_at").isNull()) {
                hidden = (System.nanoTime() - start) / 1e9;
            }
        } while (!erasure.path("status").asText().equals("completed"));
        double purged = (System.nanoTime() - start) / 1e9;
        long erased = erasure.path("erased").asLong();
        long left = found(email);
        long replaced = documents.replaced();
        if (erased != expected || left != 0 || replaced != 0) {
            throw new IncorrectException("erasure: " + erased + " erased, " + left + " found after it, " + replaced
                    + " replaced documents in segments (expected: " + expected + ", 0, 0)");
        }
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("erased_messages", erased);
        facts.put("erasure_nothing_found_s", tenths(nothingFound));
        facts.put("erasure_hidden_s", tenths(hidden));
        facts.put("erasure_purged_s", tenths(purged));
        progress.done(facts.toString());
        return facts;
    }

    private long found(String email) throws Exception {
        return api.json("POST", "/v1/compliance/search", "{\"user\":[\"" + email + "\"]}")
                .path("total")
                .asLong();
    }

    private static double tenths(double seconds) {
        return Math.round(seconds * 10) / 10.0;
    }
}
