package io.sluice.codemetrics;

import io.sluice.core.codemetrics.Fact;
import io.sluice.tracing.RecordTrace;
import io.sluice.tracing.RecordTracer;
import io.sluice.tracing.Stage;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** The last two spans of sampled records: until the rows of their session are computed, and until those are told. */
final class SessionTraces implements AutoCloseable {
    /** While no checkpoint completes; more are not traced. */
    private static final int MOST_WAITING = 10_000;

    private final RecordTracer tracer;
    private final TreeMap<Long, Map<Long, Instant>> computed = new TreeMap<>(); // by checkpoint and event
    private Map<Long, Instant> arrived = new LinkedHashMap<>(); // by event
    private int waiting;

    SessionTraces(RecordTracer tracer) {
        this.tracer = tracer;
    }

    void arrived(Fact fact) {
        if (tracer.isSampled(fact.event())
                && waiting < MOST_WAITING
                && arrived.putIfAbsent(fact.event(), Instant.now()) == null) {
            waiting++;
        }
    }

    /** Rows of all that arrived go to those who wait for this checkpoint. */
    void computed(long checkpointId) {
        Instant now = Instant.now();
        arrived.forEach((event, since) -> tracer.span(new RecordTrace(event), Stage.ROWS, since, now));
        arrived.replaceAll((event, since) -> now);
        computed.put(checkpointId, arrived);
        arrived = new LinkedHashMap<>();
    }

    void completed(long checkpointId) {
        Instant now = Instant.now();
        Map<Long, Map<Long, Instant>> told = computed.headMap(checkpointId, true);
        for (Map<Long, Instant> events : told.values()) {
            events.forEach((event, since) -> tracer.span(new RecordTrace(event), Stage.TOLD, since, now));
            waiting -= events.size();
        }
        told.clear();
    }

    @Override
    public void close() {
        tracer.close();
    }
}
