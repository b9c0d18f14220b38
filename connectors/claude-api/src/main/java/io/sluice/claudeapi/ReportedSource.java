package io.sluice.claudeapi;

import java.time.LocalDate;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * What Anthropic reports about one organization, day by day, for as long as it runs. Needs checkpoints. Terms, time and
 * invariants are in the module's README.md.
 */
public final class ReportedSource
        implements Source<Reported, ReportSplit, ReportEnumerator.State>, ResultTypeQueryable<Reported> {
    private static final long serialVersionUID = 1L;

    /** Metric of the source: how many reports could not be read the last time that they were asked for. */
    public static final String FAILING = "reports-failing";

    /** No report has anything older. */
    private static final LocalDate FIRST_DAY = LocalDate.of(2026, 1, 1);

    private final ApiAccount account;
    private final EnumSet<Report> reports;
    private final LocalDate from;
    private final Pace pace;

    /**
     * A source.
     *
     * @param reports that the plan has
     * @param from first day that is read, UTC
     */
    public ReportedSource(ApiAccount account, Set<Report> reports, LocalDate from) {
        this(account, reports, from, Pace.SYSTEM);
    }

    ReportedSource(ApiAccount account, Set<Report> reports, LocalDate from, Pace pace) {
        this.account = account;
        this.reports = EnumSet.noneOf(Report.class);
        this.reports.addAll(reports);
        this.from = from.isBefore(FIRST_DAY) ? FIRST_DAY : from;
        this.pace = pace;
        for (Report report : reports) {
            if (!report.isOf(account.plan())) {
                throw new IllegalArgumentException(
                        "reports: " + report.text() + " (expected: one that " + account.plan() + " has)");
            }
        }
        new Upstream(account, pace); // refuses the address now rather than later
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.CONTINUOUS_UNBOUNDED;
    }

    @Override
    public SourceReader<Reported, ReportSplit> createReader(SourceReaderContext context) {
        ReportReader reader = new ReportReader(account, reports, pace, Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "reports-of-" + account.orgId());
            thread.setDaemon(true);
            return thread;
        }));
        context.metricGroup().gauge(FAILING, reader::failing);
        return reader;
    }

    @Override
    public SplitEnumerator<ReportSplit, ReportEnumerator.State> createEnumerator(
            SplitEnumeratorContext<ReportSplit> context) {
        return restoreEnumerator(context, new ReportEnumerator.State(Set.of(), List.of()));
    }

    @Override
    public SplitEnumerator<ReportSplit, ReportEnumerator.State> restoreEnumerator(
            SplitEnumeratorContext<ReportSplit> context, ReportEnumerator.State restored) {
        List<ReportSplit> all = reports.stream()
                .map(report -> new ReportSplit(account.orgId(), report, from))
                .toList();
        return new ReportEnumerator(context, restored, all);
    }

    @Override
    public SimpleVersionedSerializer<ReportSplit> getSplitSerializer() {
        return new ReportSplitSerializer();
    }

    @Override
    public SimpleVersionedSerializer<ReportEnumerator.State> getEnumeratorCheckpointSerializer() {
        return new EnumeratorStateSerializer();
    }

    @Override
    public TypeInformation<Reported> getProducedType() {
        return TypeInformation.of(Reported.class);
    }
}
