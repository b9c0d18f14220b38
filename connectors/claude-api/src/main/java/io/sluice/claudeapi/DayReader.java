package io.sluice.claudeapi;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.claudeapi.ApiException.Kind;
import io.sluice.schema.Micros;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads one day of a report whole, all pages of one state of upstream's data. A cursor that expires, and data that is
 * refreshed between two pages, begin the reading anew: half of one state and half of another is neither.
 */
final class DayReader {
    private static final int ATTEMPTS = 10;
    private static final int MOST_PAGES = 100_000;

    private final String orgId;
    private final Upstream upstream;

    DayReader(String orgId, Upstream upstream) {
        this.orgId = orgId;
        this.upstream = upstream;
    }

    /** @param fetchedAt microseconds since the epoch */
    DayRows read(Report report, ReportAdapter adapter, LocalDate day, long fetchedAt)
            throws ApiException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            DayRows rows = new DayRows(orgId, report.text(), adapter.adapterName(), day, fetchedAt);
            try {
                if (readPages(adapter, rows)) {
                    return rows;
                }
            } catch (ApiException e) {
                if (e.kind() != Kind.EXPIRED) {
                    throw e;
                }
            }
            if (attempt == ATTEMPTS) {
                throw new ApiException(Kind.UNAVAILABLE, "the data changes faster than it can be read");
            }
        }
    }

    /** False: the data was refreshed meanwhile. */
    private boolean readPages(ReportAdapter adapter, DayRows rows) throws ApiException, InterruptedException {
        Set<String> cursors = new HashSet<>();
        String page = null;
        do {
            JsonNode answer = upstream.get(adapter.request(rows.day(), page));
            Long refreshedAt = refreshedAt(answer);
            if (page == null) {
                rows.refreshedAt(refreshedAt);
            } else if (isOther(rows.refreshedAt(), refreshedAt)) {
                return false;
            }
            adapter.read(answer, rows);
            page = answer.path("next_page").asText(null);
            if ((page != null && !cursors.add(page)) || cursors.size() > MOST_PAGES) {
                throw new ApiException(Kind.UNAVAILABLE, "next_page: a cursor again (expected: a new one or null)");
            }
        } while (page != null);
        ReportRequest rest = adapter.rest(rows);
        if (rest != null) {
            JsonNode answer = upstream.get(rest);
            if (isOther(rows.refreshedAt(), refreshedAt(answer))) {
                return false;
            }
            adapter.readRest(answer, rows);
        }
        return true;
    }

    private static boolean isOther(@Nullable Long before, @Nullable Long now) {
        return before != null && now != null && !before.equals(now);
    }

    private static @Nullable Long refreshedAt(JsonNode answer) {
        long micros = Micros.parse(answer.path("data_refreshed_at").asText(""));
        return micros == Micros.NONE ? null : Long.valueOf(micros);
    }
}
