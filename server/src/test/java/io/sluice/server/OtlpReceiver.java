package io.sluice.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPInputStream;

/** Takes metrics by OTLP over HTTP, as a collector does. */
final class OtlpReceiver implements AutoCloseable {
    private final HttpServer server;
    final List<ExportMetricsServiceRequest> requests = new CopyOnWriteArrayList<>();
    final Set<String> keys = new ConcurrentSkipListSet<>();

    OtlpReceiver() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/metrics", this::take);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/metrics";
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("api-key")));
            boolean packed = "gzip".equals(exchange.getRequestHeaders().getFirst("content-encoding"));
            try (InputStream body =
                    packed ? new GZIPInputStream(exchange.getRequestBody()) : exchange.getRequestBody()) {
                requests.add(ExportMetricsServiceRequest.parseFrom(body));
            }
            exchange.getResponseHeaders().add("content-type", "application/x-protobuf");
            exchange.sendResponseHeaders(200, -1);
        }
    }

    List<Metric> metrics() {
        return requests.stream()
                .flatMap(request -> request.getResourceMetricsList().stream())
                .flatMap(resource -> resource.getScopeMetricsList().stream())
                .flatMap(scope -> scope.getMetricsList().stream())
                .toList();
    }

    private static List<NumberDataPoint> points(Metric metric) {
        return metric.hasSum()
                ? metric.getSum().getDataPointsList()
                : metric.getGauge().getDataPointsList();
    }

    /** Units and kinds of attributes, by name. */
    Map<String, String> shapes() {
        Map<String, Set<String>> keysByName = new TreeMap<>();
        for (Metric metric : metrics()) {
            Set<String> known =
                    keysByName.computeIfAbsent(metric.getName() + " " + metric.getUnit(), name -> new TreeSet<>());
            for (NumberDataPoint point : points(metric)) {
                point.getAttributesList().stream().map(KeyValue::getKey).forEach(known::add);
            }
        }
        Map<String, String> shapes = new TreeMap<>();
        keysByName.forEach((name, found) -> shapes.put(name, found.toString()));
        return shapes;
    }

    Set<AggregationTemporality> temporalities() {
        Set<AggregationTemporality> found = new TreeSet<>();
        for (Metric metric : metrics()) {
            if (metric.hasSum()) {
                found.add(metric.getSum().getAggregationTemporality());
            }
        }
        return found;
    }

    /** All points of a counter together: of deltas the sum so far. */
    double sumOfAll(String name) {
        return metrics().stream()
                .filter(metric -> metric.getName().equals(name))
                .flatMap(metric -> points(metric).stream())
                .mapToDouble(OtlpReceiver::value)
                .sum();
    }

    /** The points of the last report of a metric; 0: there is none. */
    double newest(String name) {
        return metrics().stream()
                .filter(metric -> metric.getName().equals(name))
                .reduce((a, b) -> b)
                .map(metric ->
                        points(metric).stream().mapToDouble(OtlpReceiver::value).sum())
                .orElse(0.0);
    }

    private static double value(NumberDataPoint point) {
        return point.hasAsInt() ? point.getAsInt() : point.getAsDouble();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
