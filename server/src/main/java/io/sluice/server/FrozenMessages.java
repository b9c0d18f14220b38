package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.schema.ContentIndex;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What a search of conversations finds now. */
final class FrozenMessages implements FrozenSearch {
    private final ContentQueries queries;
    private final SearchClauses clauses;

    FrozenMessages(Elastic elastic, DirectoryStore directory) {
        queries = new ContentQueries(elastic);
        clauses = new SearchClauses(new ContentPeople(directory, new UpstreamDirectory(elastic)));
    }

    @Override
    public void check(String orgId, JsonNode body) {
        SearchBody unused = SearchBody.parse(body);
    }

    @Override
    public Found find(String orgId, JsonNode body, int most) {
        Set<String> documents = new TreeSet<>();
        long[] more = {0};
        long unused = queries.forEach(
                orgId,
                ContentIndex.MESSAGES,
                clauses.of(orgId, SearchBody.parse(body)),
                page -> page.forEach(ref -> {
                    String id = message(ref.id());
                    if (documents.size() < most) {
                        documents.add(id);
                    } else if (!documents.contains(id)) {
                        more[0]++;
                    }
                }));
        return new Found(documents.size() + more[0], List.copyOf(documents));
    }

    /** The parts of a long message have its id and a number. */
    private static String message(String id) {
        int dash = id.indexOf('-');
        return dash < 0 ? id : id.substring(0, dash);
    }
}
