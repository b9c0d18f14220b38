package io.sluice.claudeapi;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/** One report of one generation of the API. */
interface ReportAdapter {
    /** Never changed: it is part of what identifies a row. */
    String adapterName();

    /**
     * The look-up of a page.
     *
     * @param page null: the first
     */
    ReportRequest request(LocalDate day, @Nullable String page);

    /** Takes the rows of a page. */
    void read(JsonNode page, DayRows rows);

    /** Looks up what the rows of all pages leave out, if anything; null: nothing. Its answer goes to {@link #readRest}. */
    default @Nullable ReportRequest rest(DayRows rows) {
        return null;
    }

    default void readRest(JsonNode page, DayRows rows) {}

    /** Rows by bucket, or rows at once: what upstream does not document is taken either way. */
    static void readUsageOrCost(JsonNode page, DayRows rows) {
        for (JsonNode element : page.path("data")) {
            if (!element.has("results")) {
                rows.read(element, (node, row) -> row.usageOrCost(node, rows.day()));
                continue;
            }
            for (JsonNode result : element.path("results")) {
                rows.read(result, (node, row) -> {
                    Row.requireDay("starting_at", element.path("starting_at"), rows.day());
                    row.usageOrCost(node, rows.day());
                });
            }
        }
    }
}
