package io.sluice.claudeapi;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.jspecify.annotations.Nullable;

/**
 * Gives each report to a reader. There is one reader in use: the limits upstream are of the organization, and a process
 * knows of its own requests only.
 */
final class ReportEnumerator implements SplitEnumerator<ReportSplit, ReportEnumerator.State> {
    /**
     * What a checkpoint has.
     *
     * @param known ids of all reports that were ever begun
     * @param unassigned those of them that no reader has
     */
    record State(Set<String> known, List<ReportSplit> unassigned) {}

    private final SplitEnumeratorContext<ReportSplit> context;
    private final Set<String> known;
    private final List<ReportSplit> unassigned;

    /** @param all that are to be read; those not known are begun */
    ReportEnumerator(SplitEnumeratorContext<ReportSplit> context, State restored, List<ReportSplit> all) {
        this.context = context;
        known = new TreeSet<>(restored.known());
        unassigned = new ArrayList<>(restored.unassigned());
        for (ReportSplit split : all) {
            if (known.add(split.splitId())) {
                unassigned.add(split);
            }
        }
    }

    @Override
    public void start() {}

    @Override
    public void handleSplitRequest(int subtaskId, @Nullable String requesterHostname) {}

    @Override
    public void addSplitsBack(List<ReportSplit> splits, int subtaskId) {
        unassigned.addAll(splits);
        assign();
    }

    @Override
    public void addReader(int subtaskId) {
        assign();
    }

    private void assign() {
        if (context.registeredReaders().containsKey(0)) {
            unassigned.forEach(split -> context.assignSplit(split, 0));
            unassigned.clear();
        }
    }

    @Override
    public State snapshotState(long checkpointId) {
        return new State(Set.copyOf(known), List.copyOf(unassigned));
    }

    @Override
    public void close() {}
}
