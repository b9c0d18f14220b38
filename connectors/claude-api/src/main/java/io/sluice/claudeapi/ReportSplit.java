package io.sluice.claudeapi;

import java.time.LocalDate;
import java.util.TreeMap;
import org.apache.flink.api.connector.source.SourceSplit;

/** One report of one organization, and how far it has been read. Mutable: the reader's own. */
final class ReportSplit implements SourceSplit {
    private final String orgId;
    private final Report report;
    /** The first day that was never read. Days before it that are not in {@link #days} do not change any more. */
    LocalDate next;
    /** Begin of the newest reading, microseconds since the epoch. */
    long newestReadAt;

    final TreeMap<LocalDate, DayState> days = new TreeMap<>();

    ReportSplit(String orgId, Report report, LocalDate next) {
        this.orgId = orgId;
        this.report = report;
        this.next = next;
    }

    /** A day that is not read, and not read again. */
    void skip(LocalDate day) {
        days.remove(day);
        if (day.equals(next)) {
            next = day.plusDays(1);
        }
    }

    String orgId() {
        return orgId;
    }

    Report report() {
        return report;
    }

    @Override
    public String splitId() {
        return orgId + '|' + report.text();
    }
}
