package io.sluice.bench;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.sluice.otlp.OtlpContext;
import io.sluice.otlp.OtlpDecoder;
import io.sluice.otlp.Records;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Codec;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.Topic;
import io.sluice.schema.UsageEvent;
import io.sluice.simulator.Batch;
import io.sluice.simulator.Simulation;
import io.sluice.simulator.SimulationOptions;
import java.io.IOException;
import java.time.Instant;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** What the clients of a simulated organization send, on the topics that the receiver would write. */
final class CodeMetricsLoad implements Records {
    /** Of a fixed day, so that the same seed gives the same load. */
    private static final Instant END = Instant.parse("2026-11-24T00:00:00Z");

    /**
     * What a correct job finds.
     *
     * @param records on the three topics, those sent twice included
     * @param prompts distinct; likewise the others
     */
    record Expected(long records, double meanBytes, long prompts, long toolCalls, long requests) {}

    private final KafkaProducer<String, byte[]> producer;
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private final Set<String> prompts = new HashSet<>();
    private final Set<String> toolCalls = new HashSet<>();
    private final Set<String> requests = new HashSet<>();
    private long records;
    private long bytes;

    private CodeMetricsLoad(KafkaProducer<String, byte[]> producer) {
        this.producer = producer;
    }

    static Expected load(long seed, int users, int days, Broker broker, Progress progress) throws IOException {
        progress.step("load");
        long started = System.nanoTime();
        CodeMetricsLoad load;
        try (KafkaProducer<String, byte[]> producer = broker.producer()) {
            load = new CodeMetricsLoad(producer);
            Instant start = END.minusSeconds(86_400L * days);
            SimulationOptions options = SimulationOptions.builder(seed, users, days, END)
                    .content(false)
                    .build();
            for (Iterator<Batch> batches = new Simulation(options).batches(); batches.hasNext(); ) {
                Batch batch = batches.next();
                OtlpContext context = new OtlpContext("acme", Set.of(), batch.sentAt(), false);
                switch (batch.signal()) {
                    case LOGS -> OtlpDecoder.decode((ExportLogsServiceRequest) batch.request(), context, load);
                    case METRICS -> OtlpDecoder.decode((ExportMetricsServiceRequest) batch.request(), context, load);
                    case TRACES -> throw new IllegalStateException("spans: sent (expected: none)");
                }
                progress.at((double) (batch.sentAt().getEpochSecond() - start.getEpochSecond())
                        / (END.getEpochSecond() - start.getEpochSecond()));
            }
        }
        if (load.failure.get() != null) {
            throw new IOException("Kafka: not everything could be stored", load.failure.get());
        }
        progress.done(String.format(
                Locale.ROOT,
                "%,d records of %,d users, %.0f bytes each, in %.1f s",
                load.records,
                users,
                (double) load.bytes / load.records,
                (System.nanoTime() - started) / 1e9));
        return new Expected(
                load.records,
                (double) load.bytes / load.records,
                load.prompts.size(),
                load.toolCalls.size(),
                load.requests.size());
    }

    private void send(Topic topic, String key, long receivedAt, SpecificRecordBase record) {
        byte[] value = Codec.encode(record);
        records++;
        bytes += value.length;
        producer.send(new ProducerRecord<>(topic.topicName(), null, receivedAt / 1000, key, value), (sent, problem) -> {
            if (problem != null) {
                failure.compareAndSet(null, problem);
            }
        });
    }

    @Override
    public void usage(UsageEvent event) {
        if (event.getRequestId() != null) {
            requests.add(event.getRequestId());
        }
        send(
                Topic.USAGE,
                Topic.sessionKey(
                        event.getOrgId(), event.getSessionId(), event.getActor().getInstallationId()),
                event.getReceivedAt(),
                event);
    }

    @Override
    public void counter(CounterPoint point) {
        send(
                Topic.COUNTERS,
                Topic.sessionKey(
                        point.getOrgId(), point.getSessionId(), point.getActor().getInstallationId()),
                point.getReceivedAt(),
                point);
    }

    @Override
    public void activity(ActivityEvent event) {
        if (event.getName().equals("user_prompt")) {
            prompts.add(event.getEventId());
        } else if (event.getName().equals("tool_result")) {
            toolCalls.add(String.valueOf(event.getAttributes().get("tool_use_id")));
        }
        send(
                Topic.ACTIVITY,
                Topic.sessionKey(
                        event.getOrgId(), event.getSessionId(), event.getActor().getInstallationId()),
                event.getReceivedAt(),
                event);
    }

    /** What tools were given. The jobs do not read it. */
    @Override
    public void content(ContentEvent event) {}

    @Override
    public void deadLetter(DeadLetter letter) {
        throw new IllegalStateException(letter.getMessage());
    }
}
