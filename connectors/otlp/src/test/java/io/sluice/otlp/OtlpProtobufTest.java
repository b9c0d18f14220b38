package io.sluice.otlp;

import static io.sluice.otlp.Otlp.attribute;
import static io.sluice.otlp.Otlp.event;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.Sum;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The generated parser is the reference. */
class OtlpProtobufTest {
    private enum Kind {
        LOGS(ExportLogsServiceRequest.getDefaultInstance()),
        METRICS(ExportMetricsServiceRequest.getDefaultInstance());

        private final Message type;
        private final Parser<? extends Message> reference;

        Kind(Message type) {
            this.type = type;
            reference = DiscardUnknownFieldsParser.wrap(type.getParserForType());
        }

        Message expected(byte[] bytes) throws InvalidProtocolBufferException {
            return reference.parseFrom(bytes);
        }

        /** Unknown fields do not matter. */
        Message parsed(byte[] bytes) throws InvalidProtocolBufferException {
            Message read = this == LOGS ? OtlpProtobuf.logs(bytes) : OtlpProtobuf.metrics(bytes);
            return reference.parseFrom(read.toByteArray());
        }
    }

    @Test
    void capturesAreReadAsTheGeneratedParserReadsThem() throws IOException {
        for (String name : Capture.ALL) {
            for (Capture.Body body : Capture.of(name).bodies()) {
                Kind kind = body.isLogs() ? Kind.LOGS : Kind.METRICS;
                byte[] bytes = body.bytes();
                if (body.isJson()) {
                    bytes = (body.isLogs() ? OtlpJson.logs(bytes) : OtlpJson.metrics(bytes)).toByteArray();
                }
                assertThat(kind.parsed(bytes)).as(body.file()).isEqualTo(kind.expected(bytes));
            }
        }
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @CsvSource({"LOGS, 1", "LOGS, 2", "LOGS, 20261124", "METRICS, 1", "METRICS, 2", "METRICS, 20261125"})
    void anyMessageWholeOrDamagedIsReadAsTheGeneratedParserReadsIt(Kind kind, long seed) throws IOException {
        Random random = new Random(seed);
        RandomMessages messages = new RandomMessages(random);
        int accepted = 0;
        int refused = 0;
        for (int i = 0; i < 300; i++) {
            byte[] whole = messages.like(kind.type).toByteArray();
            assertThat(kind.parsed(whole)).as("seed %d, message %d", seed, i).isEqualTo(kind.expected(whole));
            for (int j = 0; j < 20 && whole.length > 0; j++) {
                byte[] damaged =
                        Arrays.copyOf(whole, random.nextInt(3) == 0 ? random.nextInt(whole.length) : whole.length);
                for (int n = random.nextInt(3); n >= 0 && damaged.length > 0; n--) {
                    damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
                }
                Message expected = null;
                try {
                    expected = kind.expected(damaged);
                } catch (InvalidProtocolBufferException e) {
                    refused++;
                }
                try {
                    assertThat(kind.parsed(damaged))
                            .as("seed %d, message %d, mutation %d", seed, i, j)
                            .isEqualTo(expected);
                    accepted++;
                } catch (InvalidProtocolBufferException e) {
                    assertThat(expected)
                            .as("seed %d, message %d, mutation %d: %s", seed, i, j, e)
                            .isNull();
                }
            }
        }
        assertThat(accepted).as("seed %d", seed).isPositive();
        assertThat(refused).as("seed %d", seed).isPositive();
    }

    @Test
    void equalAttributesInTheSamePlaceAreOneObject() throws IOException {
        List<LogRecord> records = OtlpProtobuf.logs(request(
                                event("a").addAttributes(attribute("x", "1")),
                                event("a").addAttributes(attribute("x", "2")))
                        .toByteArray())
                .getResourceLogs(0)
                .getScopeLogs(0)
                .getLogRecordsList();
        int last = records.get(0).getAttributesCount() - 1;
        assertThat(records.get(1).getAttributes(0)).isSameAs(records.get(0).getAttributes(0));
        assertThat(records.get(0).getAttributes(last)).isEqualTo(attribute("x", "1"));
        assertThat(records.get(1).getAttributes(last)).isEqualTo(attribute("x", "2"));
    }

    @Test
    void messagesSentInPartsAreTheirSum() throws IOException {
        ByteArrayOutputStream twice = new ByteArrayOutputStream();
        ResourceLogs logs = request(event("a")).getResourceLogs(0);
        // Field 1, the resource, again after the whole.
        byte[] resource = ResourceLogs.newBuilder()
                .setResource(logs.getResource().toBuilder().addAttributes(attribute("part", "2")))
                .build()
                .toByteArray();
        byte[] inner = logs.toByteArray();
        twice.write(10);
        int size = inner.length + resource.length;
        twice.write(0x80 | (size & 0x7f));
        twice.write(size >>> 7);
        twice.writeBytes(inner);
        twice.writeBytes(resource);
        assertThat(size).isBetween(128, 16_383);
        assertThat(Kind.LOGS.parsed(twice.toByteArray())).isEqualTo(Kind.LOGS.expected(twice.toByteArray()));
    }

    @Test
    void pointsShareAttributesToo() throws IOException {
        NumberDataPoint.Builder point = NumberDataPoint.newBuilder()
                .addAttributes(attribute("text", "1"))
                .addAttributes(KeyValue.newBuilder()
                        .setKey("integer")
                        .setValue(AnyValue.newBuilder().setIntValue(300)))
                .addAttributes(KeyValue.newBuilder()
                        .setKey("double")
                        .setValue(AnyValue.newBuilder().setDoubleValue(0.25)));
        ExportMetricsServiceRequest request = ExportMetricsServiceRequest.newBuilder()
                .addResourceMetrics(ResourceMetrics.newBuilder()
                        .addScopeMetrics(ScopeMetrics.newBuilder()
                                .addMetrics(Metric.newBuilder()
                                        .setSum(Sum.newBuilder()
                                                .addDataPoints(point)
                                                .addDataPoints(point)))))
                .build();

        ExportMetricsServiceRequest read = OtlpProtobuf.metrics(request.toByteArray());

        assertThat(read).isEqualTo(request);
        List<NumberDataPoint> points = read.getResourceMetrics(0)
                .getScopeMetrics(0)
                .getMetrics(0)
                .getSum()
                .getDataPointsList();
        for (int i = 0; i < 3; i++) {
            assertThat(points.get(1).getAttributes(i)).isSameAs(points.get(0).getAttributes(i));
        }
    }

    private static ExportLogsServiceRequest request(LogRecord.Builder... records) {
        ScopeLogs.Builder scope = ScopeLogs.newBuilder();
        for (LogRecord.Builder record : records) {
            scope.addLogRecords(record);
        }
        return ExportLogsServiceRequest.newBuilder()
                .addResourceLogs(ResourceLogs.newBuilder().addScopeLogs(scope))
                .build();
    }
}
