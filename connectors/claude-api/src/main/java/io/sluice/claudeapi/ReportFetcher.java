package io.sluice.claudeapi;

import io.sluice.claudeapi.ApiException.Kind;
import io.sluice.schema.Micros;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads days by the newest generation of the API that the organization has. Whether it has it is seen by asking; where it
 * has not, it is asked again a day later. Of one thread.
 */
final class ReportFetcher {
    private static final Logger LOG = LoggerFactory.getLogger(ReportFetcher.class);
    private static final Duration ASK_AGAIN = Duration.ofDays(1);
    /** What an API answers that is not there, or not for this key. */
    private static final Set<Integer> ABSENT = Set.of(400, 403, 404);

    private final ApiAccount account;
    private final Pace pace;
    private final DayReader reader;
    private final Map<Report, Instant> olderUntil = new EnumMap<>(Report.class);

    ReportFetcher(ApiAccount account, Pace pace) {
        this.account = account;
        this.pace = pace;
        reader = new DayReader(account.orgId(), new Upstream(account, pace));
    }

    /** @param after the reading is newer than this, microseconds since the epoch */
    DayRows fetch(Report report, LocalDate day, long after) throws ApiException, InterruptedException {
        Instant now = pace.now();
        long fetchedAt = Math.max(Micros.of(now), after + 1);
        List<ReportAdapter> adapters = report.adapters(account.plan());
        boolean older = olderUntil.getOrDefault(report, Instant.EPOCH).isAfter(now);
        ApiException tooOld = null;
        if (!older) {
            try {
                return reader.read(report, adapters.get(0), day, fetchedAt);
            } catch (ApiException e) {
                boolean absent = e.kind() == Kind.REFUSED && ABSENT.contains(e.status());
                if (adapters.size() == 1 || !(absent || e.kind() == Kind.TOO_OLD)) {
                    throw e;
                }
                if (absent) {
                    LOG.info("{} of {}: {}; the older API is read", report, account.orgId(), e.getMessage());
                    olderUntil.put(report, now.plus(ASK_AGAIN));
                } else {
                    tooOld = e; // that one API no longer has a day does not say that it is not there
                }
            }
        }
        try {
            return reader.read(report, adapters.get(1), day, fetchedAt);
        } catch (ApiException e) {
            throw tooOld != null && e.kind() == Kind.REFUSED ? tooOld : e;
        }
    }
}
