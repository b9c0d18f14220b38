package io.sluice.claudeapi.compliance;

import io.sluice.claudeapi.Pace;
import io.sluice.schema.Micros;
import java.time.Instant;
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
 * What people of an organization said and did, by Anthropic's Compliance API: activities, messages of chats, texts of
 * projects and of files, the directory. For as long as it runs. Terms, time and invariants are in the module's README.md.
 */
public final class ComplianceSource
        implements Source<Captured, ComplianceSplit, ComplianceEnumerator.State>, ResultTypeQueryable<Captured> {
    private static final long serialVersionUID = 1L;

    /** Metric of the source: how many kinds of things could not be read the last times that they were asked for. */
    public static final String FAILING = "compliance-failing";

    private final ComplianceAccount account;
    private final Instant from;
    private final boolean files;
    private final Pace pace;

    /**
     * A source.
     *
     * @param from what was done, and changed last, before that is not read
     * @param files whether texts of files are read, a request for each
     */
    public ComplianceSource(ComplianceAccount account, Instant from, boolean files) {
        this(account, from, files, Pace.SYSTEM);
    }

    ComplianceSource(ComplianceAccount account, Instant from, boolean files, Pace pace) {
        this.account = account;
        this.from = from;
        this.files = files;
        this.pace = pace;
        ComplianceApi unused = api(); // refuses the address now rather than later
    }

    private ComplianceApi api() {
        return new ComplianceApi(account, Budget.shared(account), pace);
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.CONTINUOUS_UNBOUNDED;
    }

    @Override
    public SourceReader<Captured, ComplianceSplit> createReader(SourceReaderContext context) {
        ComplianceReader reader =
                new ComplianceReader(account, files, api(), pace, Executors.newSingleThreadExecutor(task -> {
                    Thread thread = new Thread(task, "compliance-of-" + account.orgId());
                    thread.setDaemon(true);
                    return thread;
                }));
        context.metricGroup().gauge(FAILING, reader::failing);
        return reader;
    }

    @Override
    public SplitEnumerator<ComplianceSplit, ComplianceEnumerator.State> createEnumerator(
            SplitEnumeratorContext<ComplianceSplit> context) {
        return restoreEnumerator(context, new ComplianceEnumerator.State(Set.of(), List.of()));
    }

    @Override
    public SplitEnumerator<ComplianceSplit, ComplianceEnumerator.State> restoreEnumerator(
            SplitEnumeratorContext<ComplianceSplit> context, ComplianceEnumerator.State restored) {
        return new ComplianceEnumerator(
                context, restored, ComplianceSplit.first(account.orgId(), Micros.of(from), Micros.of(pace.now())));
    }

    @Override
    public SimpleVersionedSerializer<ComplianceSplit> getSplitSerializer() {
        return new ComplianceSplitSerializer();
    }

    @Override
    public SimpleVersionedSerializer<ComplianceEnumerator.State> getEnumeratorCheckpointSerializer() {
        return new ComplianceEnumerator.StateSerializer();
    }

    @Override
    public TypeInformation<Captured> getProducedType() {
        return TypeInformation.of(Captured.class);
    }
}
