package io.sluice.server;

import com.google.protobuf.Descriptors.Descriptor;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.sluice.otlp.OtlpJson;

/** The three kinds of telemetry that OTLP carries. */
enum Signal {
    LOGS(
            "/v1/logs",
            "otlp-logs",
            "opentelemetry.proto.collector.logs.v1.LogsService",
            ExportLogsServiceRequest.getDescriptor()),
    METRICS(
            "/v1/metrics",
            "otlp-metrics",
            "opentelemetry.proto.collector.metrics.v1.MetricsService",
            ExportMetricsServiceRequest.getDescriptor()),
    TRACES(
            "/v1/traces",
            "otlp-traces",
            "opentelemetry.proto.collector.trace.v1.TraceService",
            ExportTraceServiceRequest.getDescriptor());

    private final String path;
    private final String source;
    private final String grpcService;

    @SuppressWarnings("ImmutableEnumChecker") // It does not change once it is made; it only lacks the annotation.
    private final Weight.Shape request;

    Signal(String path, String source, String grpcService, Descriptor request) {
        this.path = path;
        this.source = source;
        this.grpcService = grpcService;
        this.request = Weight.Shape.of(request);
    }

    /** Of OTLP/HTTP. */
    String path() {
        return path;
    }

    /** As the records name it. */
    String source() {
        return source;
    }

    /** Full name; its one method is {@code Export}. */
    String grpcService() {
        return grpcService;
    }

    /** Type of the one request message. */
    Weight.Shape request() {
        return request;
    }

    /** {@code Export…ServiceResponse}: empty on full success, else with the partial success. */
    byte[] response(Outcome outcome, Ingest.Encoding encoding) {
        boolean json = encoding == Ingest.Encoding.JSON;
        switch (this) {
            case LOGS -> {
                ExportLogsServiceResponse.Builder response = ExportLogsServiceResponse.newBuilder();
                if (!outcome.isFull()) {
                    response.getPartialSuccessBuilder()
                            .setRejectedLogRecords(outcome.rejected())
                            .setErrorMessage(outcome.message());
                }
                return json
                        ? OtlpJson.toJson(response.build())
                        : response.build().toByteArray();
            }
            case METRICS -> {
                ExportMetricsServiceResponse.Builder response = ExportMetricsServiceResponse.newBuilder();
                if (!outcome.isFull()) {
                    response.getPartialSuccessBuilder()
                            .setRejectedDataPoints(outcome.rejected())
                            .setErrorMessage(outcome.message());
                }
                return json
                        ? OtlpJson.toJson(response.build())
                        : response.build().toByteArray();
            }
            case TRACES -> {
                ExportTraceServiceResponse.Builder response = ExportTraceServiceResponse.newBuilder();
                if (!outcome.isFull()) {
                    response.getPartialSuccessBuilder()
                            .setRejectedSpans(outcome.rejected())
                            .setErrorMessage(outcome.message());
                }
                return json
                        ? OtlpJson.toJson(response.build())
                        : response.build().toByteArray();
            }
        }
        throw new IllegalStateException(name());
    }

    /**
     * What became of one request.
     *
     * @param rejected log records, data points or spans that are now dead letters
     * @param message empty: nothing to say
     */
    record Outcome(long rejected, String message) {
        static final Outcome FULL = new Outcome(0, "");

        boolean isFull() {
            return rejected == 0 && message.isEmpty();
        }
    }
}
