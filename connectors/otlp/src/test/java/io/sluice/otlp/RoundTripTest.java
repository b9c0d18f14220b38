package io.sluice.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The JSON and the protobuf form of a message say the same. */
class RoundTripTest {
    static final List<String> CAPTURES = Capture.ALL;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 20_261_123})
    void anyMessage(long seed) throws IOException {
        Random random = new Random(seed);
        RandomMessages messages = new RandomMessages(random);
        OtlpJsonPrinter printer = new OtlpJsonPrinter(random);
        for (int i = 0; i < 150; i++) {
            ExportLogsServiceRequest logs = filled(messages, ExportLogsServiceRequest.getDefaultInstance());
            ExportLogsServiceRequest readLogs = OtlpJson.logs(printer.print(logs));
            assertThat(readLogs).as("seed %d, message %d", seed, i).isEqualTo(logs);
            assertThat(Checks.decode(readLogs))
                    .as("seed %d, message %d", seed, i)
                    .isEqualTo(Checks.decode(ExportLogsServiceRequest.parseFrom(logs.toByteArray())));

            ExportMetricsServiceRequest metrics = filled(messages, ExportMetricsServiceRequest.getDefaultInstance());
            ExportMetricsServiceRequest readMetrics = OtlpJson.metrics(printer.print(metrics));
            assertThat(readMetrics).as("seed %d, message %d", seed, i).isEqualTo(metrics);
            assertThat(Checks.decode(readMetrics))
                    .as("seed %d, message %d", seed, i)
                    .isEqualTo(Checks.decode(ExportMetricsServiceRequest.parseFrom(metrics.toByteArray())));

            ExportTraceServiceRequest traces = filled(messages, ExportTraceServiceRequest.getDefaultInstance());
            ExportTraceServiceRequest readTraces = OtlpJson.traces(printer.print(traces));
            assertThat(readTraces).as("seed %d, message %d", seed, i).isEqualTo(traces);
            Checks.decode(readTraces);
        }
    }

    /** The printer adds unknown fields, and a request that has no others is refused. */
    private static <M extends Message> M filled(RandomMessages messages, M like) {
        M message = messages.like(like);
        while (message.getAllFields().isEmpty()) {
            message = messages.like(like);
        }
        return message;
    }

    /** Guards the property above against messages that are nearly empty. */
    @Test
    void randomMessagesReachTheDecoder() throws IOException {
        RandomMessages messages = new RandomMessages(new Random(1));
        long accepted = 0;
        long rejected = 0;
        for (int i = 0; i < 150; i++) {
            Decoded logs = Checks.decode(messages.like(ExportLogsServiceRequest.getDefaultInstance()));
            Decoded metrics = Checks.decode(messages.like(ExportMetricsServiceRequest.getDefaultInstance()));
            accepted += logs.activity().size() + metrics.counters().size();
            rejected += logs.rejected() + metrics.rejected();
        }
        assertThat(accepted).isGreaterThan(50);
        assertThat(rejected).isGreaterThan(50);
    }

    @ParameterizedTest
    @FieldSource("CAPTURES")
    void theClientsOwnMessages(String capture) throws IOException {
        OtlpJsonPrinter printer = new OtlpJsonPrinter(new Random(1));
        for (Capture.Body body : Capture.of(capture).bodies()) {
            if (body.isLogs()) {
                ExportLogsServiceRequest logs =
                        body.isJson() ? OtlpJson.logs(body.bytes()) : ExportLogsServiceRequest.parseFrom(body.bytes());
                assertThat(OtlpJson.logs(printer.print(logs))).isEqualTo(logs);
                assertThat(Checks.decode(ExportLogsServiceRequest.parseFrom(logs.toByteArray())))
                        .isEqualTo(Checks.decode(logs));
            } else {
                ExportMetricsServiceRequest metrics = body.isJson()
                        ? OtlpJson.metrics(body.bytes())
                        : ExportMetricsServiceRequest.parseFrom(body.bytes());
                assertThat(OtlpJson.metrics(printer.print(metrics))).isEqualTo(metrics);
                assertThat(Checks.decode(ExportMetricsServiceRequest.parseFrom(metrics.toByteArray())))
                        .isEqualTo(Checks.decode(metrics));
            }
        }
    }
}
