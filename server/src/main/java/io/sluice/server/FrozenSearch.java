package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** Searches conversations for those who freeze what they find: a hold or an erasure is then about these documents. */
interface FrozenSearch {
    /**
     * What was found.
     *
     * @param total messages that match, also those that are not among the documents
     * @param documents ids of messages, without those of their parts
     */
    record Found(long total, List<String> documents) {
        public Found {
            documents = List.copyOf(documents);
        }
    }

    /** @throws Refusal INVALID naming what is wrong with the body of a search */
    void check(String orgId, JsonNode body);

    /**
     * Finds messages of one organization. Blocking.
     *
     * @param most that are wanted; of more, any of them
     */
    Found find(String orgId, JsonNode body, int most);
}
