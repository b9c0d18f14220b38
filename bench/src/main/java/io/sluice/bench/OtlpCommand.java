package io.sluice.bench;

import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.sluice.schema.Topic;
import io.sluice.simulator.Signal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The receiver until Kafka has acknowledged, in relation to parsing the protobuf of the same requests on all processors,
 * for small and for large requests.
 */
@Command(
        name = "otlp",
        description = "The server, from OTLP/HTTP requests to Kafka's acknowledgement (200), in relation to parsing "
                + "the protobuf of the same requests on all processors (parse), and on one (parse-core). Once with the "
                + "requests as the clients send them, about six records each, and once merged to 512 as a collector "
                + "does (otlp-512). Server, Kafka and the client that sends share the processors; the ratio is that "
                + "of wall-clock times. By CPU time: of the server alone.")
final class OtlpCommand extends BenchCommand {
    /** A single pass would be over too soon to be measured well. */
    private static final int PARSE_PASSES = 5;

    @Option(
            names = "--events",
            paramLabel = "N",
            description = "Log records and points in a round, at least (default: ${DEFAULT-VALUE}).")
    long events = 500_000;

    @Option(names = "--users", paramLabel = "N", description = "Simulated users (default: ${DEFAULT-VALUE}).")
    int users = 50;

    @Option(names = "--days", paramLabel = "N", description = "Simulated days (default: ${DEFAULT-VALUE}).")
    int days = 2;

    /** Each waits for an answer, and the producer lingers 5 ms: with few of them the processors would be idle. */
    @Option(
            names = "--connections",
            paramLabel = "N",
            split = ",",
            description = "Clients at a time, each with one request on its way; for each size of requests, the last "
                    + "one for all others (default: ${DEFAULT-VALUE}).")
    List<Integer> connections = List.of(512, 64);

    @Option(
            names = "--records-per-request",
            paramLabel = "N",
            split = ",",
            description = "Requests merged until each has so many records, 0: as the clients send them; several "
                    + "sizes are measured in turn (default: ${DEFAULT-VALUE}).")
    List<Integer> sizes = List.of(0, 512);

    @Option(names = "--seed", paramLabel = "N", description = "Of the simulation (default: ${DEFAULT-VALUE}).")
    long seed = 42;

    @Override
    String benchmark() {
        return "otlp";
    }

    @Override
    Report measure(Workspace workspace, Progress progress) throws Exception {
        Broker broker = Broker.start(workspace);
        Receiver receiver = Receiver.start(workspace, broker);
        ExecutorService parsers =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(), task -> {
                    Thread thread = new Thread(task, "parse");
                    thread.setDaemon(true);
                    return thread;
                });
        List<Rounds.Variant> variants = new ArrayList<>();
        List<Report.Comparison> comparisons = new ArrayList<>();
        Map<String, Object> facts = new LinkedHashMap<>();
        Map<String, Cost> costs = new LinkedHashMap<>();
        for (int i = 0; i < sizes.size(); i++) {
            int size = sizes.get(i);
            int clients = connections.get(Math.min(i, connections.size() - 1));
            String suffix = size == 0 ? "" : "-" + size;
            progress.step("load" + suffix);
            OtlpLoad load = new OtlpLoad(seed, users, days, size);
            int times = (int) ((events + load.records() - 1) / load.records());
            progress.done(String.format(
                    Locale.ROOT,
                    "%,d requests, %,d records, %.1f MB; each sent %d times a round",
                    load.requests().size(),
                    load.records(),
                    load.bytes() / 1e6,
                    times));
            OtlpClient client = new OtlpClient(load.requests(), receiver.port(), clients);
            Cost cost = new Cost();
            costs.put("otlp" + suffix, cost);
            int processors = Runtime.getRuntime().availableProcessors();
            variants.add(
                    new Rounds.Variant("parse" + suffix, () -> parse(load, PARSE_PASSES * times, parsers, processors)));
            variants.add(
                    new Rounds.Variant("parse-core" + suffix, () -> parse(load, PARSE_PASSES * times, parsers, 1)));
            variants.add(
                    new Rounds.Variant("otlp" + suffix, () -> receive(load, times, client, receiver, broker, cost)));
            comparisons.add(new Report.Comparison("otlp" + suffix, "parse" + suffix));
            comparisons.add(new Report.Comparison("otlp" + suffix, "parse-core" + suffix));
            facts.put("events" + suffix, load.records() * times);
            facts.put("connections" + suffix, clients);
            facts.put("requests" + suffix, (long) load.requests().size() * times);
            facts.put(
                    "records_per_request" + suffix,
                    Math.round(10.0 * load.records() / load.requests().size()) / 10.0);
            facts.put(
                    "bytes_per_request" + suffix, load.bytes() / load.requests().size());
        }
        Map<String, List<Measure>> measures = Rounds.run(variants, rounds, progress);
        parsers.shutdown();
        costs.forEach((name, cost) -> {
            facts.put(name + "_client_cpu_micros_per_item", Math.round(1e9 * cost.client / cost.records) / 1e3);
            facts.put(name + "_kafka_cpu_micros_per_item", Math.round(1e9 * cost.kafka / cost.records) / 1e3);
        });
        return new Report(benchmark(), "records/s", comparisons, measures, facts);
    }

    /** Processor time around the server, of the last round. */
    private static final class Cost {
        private double client;
        private double kafka;
        private long records = 1;
    }

    private static Measure parse(OtlpLoad load, int times, ExecutorService parsers, int threads)
            throws InterruptedException, ExecutionException, IncorrectException {
        AtomicInteger next = new AtomicInteger();
        int total = load.requests().size() * times;
        double cpu = Cpu.seconds();
        long started = System.nanoTime();
        List<Future<Long>> parts = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            parts.add(parsers.submit(() -> {
                long records = 0;
                for (int n = next.getAndIncrement(); n < total; n = next.getAndIncrement()) {
                    records += records(load.requests().get(n % load.requests().size()));
                }
                return records;
            }));
        }
        long records = 0;
        for (Future<Long> part : parts) {
            records += part.get();
        }
        double seconds = (System.nanoTime() - started) / 1e9;
        double cpuSeconds = Cpu.seconds() - cpu;
        if (records != load.records() * times) {
            throw new IncorrectException("parse: " + records + " (expected: " + load.records() * times + " records)");
        }
        return new Measure(records, seconds, cpuSeconds);
    }

    private static long records(OtlpLoad.Request request) throws InvalidProtocolBufferException {
        long records = 0;
        if (request.signal() == Signal.LOGS) {
            for (var resource :
                    ExportLogsServiceRequest.parseFrom(request.body()).getResourceLogsList()) {
                for (var scope : resource.getScopeLogsList()) {
                    records += scope.getLogRecordsCount();
                }
            }
        } else {
            for (var resource :
                    ExportMetricsServiceRequest.parseFrom(request.body()).getResourceMetricsList()) {
                for (var scope : resource.getScopeMetricsList()) {
                    for (var metric : scope.getMetricsList()) {
                        records += metric.getSum().getDataPointsCount();
                    }
                }
            }
        }
        return records;
    }

    private static Measure receive(
            OtlpLoad load, int times, OtlpClient client, Receiver receiver, Broker broker, Cost cost)
            throws IOException, InterruptedException, IncorrectException {
        Map<Topic, Long> before = counts(broker);
        double clientCpu = Cpu.seconds();
        double serverCpu = receiver.cpuSeconds();
        double kafkaCpu = broker.cpuSeconds();
        long started = System.nanoTime();
        client.send(times);
        double seconds = (System.nanoTime() - started) / 1e9;
        double cpuSeconds = receiver.cpuSeconds() - serverCpu;
        cost.client = Cpu.seconds() - clientCpu;
        cost.kafka = broker.cpuSeconds() - kafkaCpu;
        cost.records = load.records() * times;
        Map<Topic, Long> after = counts(broker);
        for (Topic topic : after.keySet()) {
            long stored = after.getOrDefault(topic, 0L) - before.getOrDefault(topic, 0L);
            long expected = load.expected().getOrDefault(topic, 0L) * times;
            if (stored != expected) {
                throw new IncorrectException(
                        topic.topicName() + ": " + stored + " records (expected: " + expected + ")");
            }
        }
        return new Measure(load.records() * times, seconds, cpuSeconds);
    }

    /** Of all topics that the receiver writes telemetry to. */
    private static Map<Topic, Long> counts(Broker broker) throws IOException, InterruptedException {
        Map<Topic, Long> counts = new EnumMap<>(Topic.class);
        for (Topic topic :
                List.of(Topic.USAGE, Topic.COUNTERS, Topic.ACTIVITY, Topic.CONTENT, Topic.INTAKE, Topic.DEAD_LETTERS)) {
            counts.put(topic, broker.count(topic));
        }
        return counts;
    }
}
