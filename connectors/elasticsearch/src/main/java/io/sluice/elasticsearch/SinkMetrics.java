package io.sluice.elasticsearch;

import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/** Counts documents. */
final class SinkMetrics {
    /** Stored or found as new or newer. */
    final Counter done;

    /** Of those done: found as new or newer. */
    final Counter conflicts;

    /** To be sent again, each time. */
    final Counter retries;

    /** Left out because Elasticsearch will never accept them. */
    final Counter rejected;

    /** Never sent, since a newer version was there in time. */
    final Counter coalesced;

    SinkMetrics(MetricGroup group) {
        MetricGroup documents = group.addGroup("documents");
        done = documents.counter("done");
        conflicts = documents.counter("conflicts");
        retries = documents.counter("retries");
        rejected = documents.counter("rejected");
        coalesced = documents.counter("coalesced");
    }
}
