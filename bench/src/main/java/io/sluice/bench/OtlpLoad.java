package io.sluice.bench;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.sluice.schema.Topic;
import io.sluice.simulator.Batch;
import io.sluice.simulator.Signal;
import io.sluice.simulator.Simulation;
import io.sluice.simulator.SimulationOptions;
import java.io.ByteArrayOutputStream;
import java.time.Clock;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The requests of a simulated organization, as bytes, and what they have to become. That is counted in the messages, not
 * by the decoder that is measured.
 */
final class OtlpLoad {
    private static final String REDACTED = "<REDACTED>";
    private static final Set<String> TEXTS = Set.of("prompt_text", "prompt", "response");
    private static final Set<String> TOOL_TEXTS = Set.of("tool_parameters", "tool_input", "error");

    /**
     * One OTLP request.
     *
     * @param body protobuf
     */
    @SuppressWarnings("ArrayRecordComponent") // Carried, never compared.
    record Request(Signal signal, byte[] body) {}

    private final List<Request> requests = new ArrayList<>();
    private final Map<Topic, Long> expected = new EnumMap<>(Topic.class);
    private final int recordsPerRequest;
    private long records;
    private long bytes;

    /**
     * Collects the simulation's requests.
     *
     * @param recordsPerRequest how many records a request has at least, as a collector merges those of many clients: one
     *     after another, each with its own resource; 0: as the clients send them
     */
    OtlpLoad(long seed, int users, int days, int recordsPerRequest) {
        this.recordsPerRequest = recordsPerRequest;
        Iterator<Batch> batches = new Simulation(
                        SimulationOptions.of(seed, users, days, SimulationOptions.lastMidnight(Clock.systemUTC())))
                .batches();
        Map<Signal, Merged> merged = new EnumMap<>(Signal.class);
        while (batches.hasNext()) {
            Batch batch = batches.next();
            add(batch, merged.computeIfAbsent(batch.signal(), signal -> new Merged()));
            records += batch.records();
            if (batch.request() instanceof ExportLogsServiceRequest logs) {
                count(logs);
            } else if (batch.request() instanceof ExportMetricsServiceRequest) {
                expected.merge(Topic.COUNTERS, (long) batch.records(), Long::sum);
            }
        }
        merged.forEach(this::end);
    }

    private static final class Merged {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private int records;
    }

    private void add(Batch batch, Merged merged) {
        // In protobuf the messages one after another are the message that has the resources of all.
        merged.bytes.writeBytes(batch.request().toByteArray());
        merged.records += batch.records();
        if (merged.records >= recordsPerRequest) {
            end(batch.signal(), merged);
        }
    }

    private void end(Signal signal, Merged merged) {
        if (merged.bytes.size() > 0) {
            requests.add(new Request(signal, merged.bytes.toByteArray()));
            bytes += merged.bytes.size();
            merged.bytes.reset();
            merged.records = 0;
        }
    }

    private void count(ExportLogsServiceRequest logs) {
        logs.getResourceLogsList().stream()
                .flatMap(resource -> resource.getScopeLogsList().stream())
                .flatMap(scope -> scope.getLogRecordsList().stream())
                .forEach(sent -> {
                    boolean request = sent.getBody().getStringValue().endsWith(".api_request");
                    expected.merge(request ? Topic.USAGE : Topic.ACTIVITY, 1L, Long::sum);
                    if (hasText(sent)) {
                        expected.merge(Topic.CONTENT, 1L, Long::sum);
                    }
                });
    }

    private static boolean hasText(LogRecord sent) {
        String body = sent.getBody().getStringValue();
        boolean rejected = sent.getAttributesList().stream()
                .anyMatch(attribute -> attribute.getKey().equals("decision")
                        && attribute.getValue().getStringValue().equals("reject"));
        boolean tool = body.endsWith(".tool_result") || (body.endsWith(".tool_decision") && rejected);
        if (!tool && !body.endsWith(".user_prompt") && !body.endsWith(".assistant_response")) {
            return false;
        }
        for (KeyValue attribute : sent.getAttributesList()) {
            String text = attribute.getValue().getStringValue();
            if ((tool ? TOOL_TEXTS : TEXTS).contains(attribute.getKey()) && !text.isEmpty() && !text.equals(REDACTED)) {
                return true;
            }
        }
        return false;
    }

    List<Request> requests() {
        return requests;
    }

    /** By topic, when each request is sent once. */
    Map<Topic, Long> expected() {
        return expected;
    }

    /** Log records and points. */
    long records() {
        return records;
    }

    long bytes() {
        return bytes;
    }
}
