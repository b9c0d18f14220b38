package io.sluice.claudeapi.compliance;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.claudeapi.compliance.ComplianceException.Kind;
import org.jspecify.annotations.Nullable;

/**
 * A page of a list, in either scheme.
 *
 * @param next what the next page is asked for with; null: keep what there was
 */
record CursorPage(JsonNode rows, @Nullable String next, boolean hasMore) {
    /** Of the scheme with {@code after_id}. */
    static CursorPage of(JsonNode answer, String member, @Nullable String asked) throws ComplianceException {
        return checked(
                new CursorPage(
                        answer.path(member),
                        Rows.cursor(answer, "last_id"),
                        answer.path("has_more").asBoolean()),
                member,
                asked);
    }

    /** Of the scheme with {@code page}. */
    static CursorPage ofTokens(JsonNode answer, @Nullable String asked) throws ComplianceException {
        String next = Rows.cursor(answer, "next_page");
        boolean hasMore = next != null || answer.path("has_more").asBoolean();
        return checked(new CursorPage(answer.path("data"), next, hasMore), "data", asked);
    }

    private static CursorPage checked(CursorPage page, String member, @Nullable String asked)
            throws ComplianceException {
        if (!page.rows.isArray()) {
            throw new ComplianceException(
                    Kind.UNAVAILABLE, member + ": " + Rows.shape(page.rows) + " (expected: an array)");
        }
        if (page.hasMore && (page.next == null || page.next.equals(asked))) {
            throw new ComplianceException(Kind.UNAVAILABLE, "page: does not lead on (expected: a cursor of the next)");
        }
        return page;
    }
}
