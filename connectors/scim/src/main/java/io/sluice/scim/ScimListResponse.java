package io.sluice.scim;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** The answer to a query (RFC 7644, 3.4.2). */
public final class ScimListResponse {
    private ScimListResponse() {}

    /**
     * {@code Resources} is always there, also when it is empty: Okta's test reads it as a list.
     *
     * @param totalResults how many match, on all pages
     * @param startIndex of the first of this page, from 1
     */
    public static ObjectNode of(long totalResults, int startIndex, List<ObjectNode> resources) {
        ObjectNode out = ScimJson.object();
        out.putArray("schemas").add(ScimSchemas.LIST_RESPONSE);
        out.put("totalResults", totalResults);
        out.put("startIndex", startIndex);
        out.put("itemsPerPage", resources.size());
        ArrayNode list = out.putArray("Resources");
        resources.forEach(list::add);
        return out;
    }
}
