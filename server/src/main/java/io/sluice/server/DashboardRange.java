package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The times that a query can find, which is what bounds the number of intervals in the answer.
 *
 * @param from epoch ms; {@link Long#MIN_VALUE}: no bound
 * @param to epoch ms; {@link Long#MAX_VALUE}: no bound
 */
record DashboardRange(long from, long to) {
    private static final DashboardRange ALL = new DashboardRange(Long.MIN_VALUE, Long.MAX_VALUE);

    /**
     * Of what must hold: ranges within {@code should} or {@code must_not} bound nothing.
     *
     * @param query as {@link DashboardFilter} writes it
     * @param time name of the field of time
     */
    static DashboardRange of(ObjectNode query, String time) {
        DashboardRange range = ALL;
        for (String must : new String[] {"filter", "must"}) {
            for (JsonNode clause : query.path("bool").path(must)) {
                range = range.and(of((ObjectNode) clause, time));
            }
        }
        JsonNode bounds = query.path("range").path(time);
        return range.and(new DashboardRange(
                Math.max(bounds.path("gte").asLong(ALL.from), bounds.path("gt").asLong(ALL.from)),
                Math.min(bounds.path("lte").asLong(ALL.to), bounds.path("lt").asLong(ALL.to))));
    }

    private DashboardRange and(DashboardRange other) {
        return new DashboardRange(Math.max(from, other.from), Math.min(to, other.to));
    }

    boolean isBounded() {
        return from != ALL.from && to != ALL.to;
    }

    /** How many intervals lie between the first and the last moment; both are bounded. */
    long intervals(long millis) {
        return to < from ? 0 : (to - from) / millis;
    }

    /** That and another one, with what lies between. */
    DashboardRange with(DashboardRange other) {
        return new DashboardRange(Math.min(from, other.from), Math.max(to, other.to));
    }
}
