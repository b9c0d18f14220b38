package io.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the simulator sends has the shape of what the real client sent: names, order and types of attributes. */
class RecordShapeTest {
    private static final List<Batch> BATCHES = new ArrayList<>();

    /** One line for each shape of each event or metric, as name and attributes with their types. */
    private static final Set<String> CAPTURED = new TreeSet<>();

    private static final Set<String> SIMULATED = new TreeSet<>();

    @BeforeAll
    static void readBoth() throws IOException {
        SimulationOptions options = SimulationOptions.builder(10, 12, 3, SimulationTest.END)
                .share(Share.UNASSIGNED, 0)
                .share(Share.SKILLS, 0.1)
                .build();
        BATCHES.addAll(SimulationTest.all(new Simulation(options).batches()));
        for (String name : List.of("accept-logs", "accept-metrics", "mcp-logs", "mcp-metrics")) {
            try (InputStream in = RecordShapeTest.class.getResourceAsStream("/claude-code/" + name + ".json")) {
                shapesOfCapture(new ObjectMapper().readTree(in));
            }
        }
        for (Batch batch : BATCHES) {
            if (batch.request() instanceof ExportLogsServiceRequest logs) {
                shapesOf(logs);
            } else if (batch.request() instanceof ExportMetricsServiceRequest metrics) {
                shapesOf(metrics);
            }
        }
    }

    @Test
    void everyCapturedShapeIsSimulated() {
        assertThat(CAPTURED).hasSizeGreaterThan(15);
        assertThat(SIMULATED).containsAll(CAPTURED);
    }

    /** Apart from what the captures have no example of. */
    @Test
    void nothingElseIsSimulatedUnderACapturedName() {
        Set<String> capturedNames =
                CAPTURED.stream().map(shape -> shape.split(" ", 2)[0]).collect(Collectors.toSet());
        Set<String> beyond = SIMULATED.stream()
                .filter(shape -> capturedNames.contains(shape.split(" ", 2)[0]))
                .map(RecordShapeTest::withoutUncaptured)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> captured =
                CAPTURED.stream().map(RecordShapeTest::withoutUncaptured).collect(Collectors.toSet());
        assertThat(captured).containsAll(beyond);
    }

    /** Attributes that the documentation names but the captures, or some of their records, are without. */
    private static String withoutUncaptured(String shape) {
        return shape.replaceAll(
                " (agent\\.name|skill\\.name|mcp_server\\.name|mcp_tool\\.name|effort|vcs\\.[a-z.]+|tool_parameters):STRING",
                "");
    }

    @Test
    void envelopesAreThoseOfTheClient() throws IOException {
        JsonNode capture;
        try (InputStream in = RecordShapeTest.class.getResourceAsStream("/claude-code/accept-logs.json")) {
            capture = new ObjectMapper().readTree(in).get("resourceLogs").get(0);
        }
        ExportLogsServiceRequest simulated = BATCHES.stream()
                .filter(batch -> batch.signal() == Signal.LOGS)
                .map(batch -> (ExportLogsServiceRequest) batch.request())
                .findFirst()
                .orElseThrow();
        ResourceLogs logs = simulated.getResourceLogs(0);
        assertThat(shape(logs.getResource().getAttributesList()))
                .isEqualTo(shape(capture.get("resource").get("attributes")));
        JsonNode scope = capture.get("scopeLogs").get(0).get("scope");
        assertThat(logs.getScopeLogs(0).getScope().getName())
                .isEqualTo(scope.get("name").asText());
        assertThat(logs.getScopeLogs(0).getScope().getVersion())
                .isEqualTo(scope.get("version").asText());
        LogRecord first = logs.getScopeLogs(0).getLogRecords(0);
        assertThat(first.getBody().getStringValue()).startsWith("claude_code.");
        assertThat(first.getTimeUnixNano()).isEqualTo(first.getObservedTimeUnixNano());
        assertThat(first.getTimeUnixNano() % 1_000_000).isZero();
    }

    private static void shapesOfCapture(JsonNode capture) {
        for (JsonNode scope : capture.findValues("logRecords")) {
            for (JsonNode logRecord : scope) {
                String body = logRecord.get("body").get("stringValue").asText();
                CAPTURED.add(body + shape(logRecord.get("attributes")));
            }
        }
        for (JsonNode metrics : capture.findValues("metrics")) {
            for (JsonNode metric : metrics) {
                for (JsonNode point : metric.get("sum").get("dataPoints")) {
                    CAPTURED.add(metric.get("name").asText()
                            + shape(point.get("attributes"))
                            + described(
                                    metric.get("description").asText(),
                                    metric.get("unit").asText()));
                }
            }
        }
    }

    private static void shapesOf(ExportLogsServiceRequest request) {
        for (ResourceLogs resource : request.getResourceLogsList()) {
            for (ScopeLogs scope : resource.getScopeLogsList()) {
                for (LogRecord logRecord : scope.getLogRecordsList()) {
                    SIMULATED.add(logRecord.getBody().getStringValue() + shape(logRecord.getAttributesList()));
                }
            }
        }
    }

    private static void shapesOf(ExportMetricsServiceRequest request) {
        for (ResourceMetrics resource : request.getResourceMetricsList()) {
            for (ScopeMetrics scope : resource.getScopeMetricsList()) {
                for (Metric metric : scope.getMetricsList()) {
                    for (NumberDataPoint point : metric.getSum().getDataPointsList()) {
                        SIMULATED.add(metric.getName()
                                + shape(point.getAttributesList())
                                + described(metric.getDescription(), metric.getUnit()));
                    }
                }
            }
        }
    }

    private static String described(String description, String unit) {
        return " (" + description + ") [" + unit + "]";
    }

    private static String shape(List<KeyValue> attributes) {
        StringBuilder shape = new StringBuilder();
        for (KeyValue attribute : attributes) {
            String type = attribute.getValue().getValueCase().name().replace("_VALUE", "");
            shape.append(' ').append(attribute.getKey()).append(':').append(type);
        }
        return shape.toString();
    }

    private static String shape(JsonNode attributes) {
        StringBuilder shape = new StringBuilder();
        for (JsonNode attribute : attributes) {
            Map.Entry<String, JsonNode> value =
                    attribute.get("value").properties().iterator().next();
            String type = value.getKey().replace("Value", "").toUpperCase(Locale.ROOT);
            shape.append(' ').append(attribute.get("key").asText()).append(':').append(type);
        }
        return shape.toString();
    }
}
