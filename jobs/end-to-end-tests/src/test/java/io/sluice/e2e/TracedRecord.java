package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;

/** A receiver of traces: what server and job tell of one record, each for itself, is one trace. */
final class TracedRecord implements AutoCloseable {
    private static final List<String> WAY = List.of(
            "sluice.receive",
            "sluice.publish",
            "sluice.code_metrics.facts",
            "sluice.code_metrics.rows",
            "sluice.code_metrics.told");

    private final List<Span> spans = new CopyOnWriteArrayList<>();
    private final HttpServer receiver;

    TracedRecord() throws IOException {
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/v1/traces", exchange -> {
            try (exchange;
                    InputStream body = new GZIPInputStream(exchange.getRequestBody())) {
                ExportTraceServiceRequest.parseFrom(body).getResourceSpansList().stream()
                        .flatMap(resource -> resource.getScopeSpansList().stream())
                        .forEach(scope -> spans.addAll(scope.getSpansList()));
                exchange.sendResponseHeaders(200, -1);
            }
        });
        receiver.start();
    }

    /** For a stack that tells it of every record. */
    Cli settings(Cli cli) {
        return cli.with(
                        "OTLP_TRACES_URL",
                        "http://127.0.0.1:" + receiver.getAddress().getPort() + "/v1/traces")
                .with("OTLP_TRACES_ONE_IN", "1");
    }

    /**
     * Reports a record, and waits until its trace is whole.
     *
     * @param stack that nothing was reported to
     */
    void report(RunningStack stack) throws Exception {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        long at = now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
        stack.operator()
                .report(
                        List.of(new Client.Usage("dev@example.com", at, 20_000, "req_trace", true)),
                        1,
                        Map.of(
                                "user.id", "the-installation",
                                "user.account_uuid", "the-account",
                                "organization.id", "the-organization-upstream",
                                "terminal.type", "the-terminal"));
        RunningStack.until(
                () -> "a trace is whole: " + names(spans),
                Duration.ofMinutes(3),
                () -> byTrace(spans).values().stream().anyMatch(trace -> trace.size() >= WAY.size()));
    }

    /** Some time later, so that what was told twice would have come. */
    void check() {
        assertThat(byTrace(spans)).as("%s", names(spans)).hasSize(1);
        assertThat(names(spans)).as("each once").containsExactlyInAnyOrderElementsOf(WAY);
        assertThat(spans)
                .as("who it was is in none of them")
                .noneMatch(
                        span -> span.toString()
                                .matches(
                                        "(?s).*(dev@example|session of|the-installation|the-account|the-organization|the-terminal).*"));
        Map<String, Span> trace = new HashMap<>();
        spans.forEach(span -> trace.put(span.getName(), span));
        ByteString parent = ByteString.EMPTY;
        long before = 0;
        for (String name : WAY) {
            Span span = trace.getOrDefault(name, Span.getDefaultInstance());
            assertThat(span.getParentSpanId()).as(name).isEqualTo(parent);
            assertThat(span.getEndTimeUnixNano()).as(name).isGreaterThanOrEqualTo(before);
            parent = span.getSpanId();
            before = span.getEndTimeUnixNano();
        }
    }

    @Override
    public void close() {
        receiver.stop(0);
    }

    private static Map<ByteString, List<Span>> byTrace(List<Span> spans) {
        return spans.stream().collect(Collectors.groupingBy(Span::getTraceId));
    }

    private static List<String> names(List<Span> spans) {
        return spans.stream().map(Span::getName).toList();
    }
}
