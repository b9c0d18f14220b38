package io.sluice.otlp;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsPartialSuccess;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsPartialSuccess;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;

/** The answer to a decoded request: {@code partial_success} is unset unless something was rejected (OTLP 1.11). */
public final class OtlpResponses {
    private OtlpResponses() {}

    public static ExportLogsServiceResponse logs(Decoded decoded) {
        if (decoded.rejected() == 0) {
            return ExportLogsServiceResponse.getDefaultInstance();
        }
        return ExportLogsServiceResponse.newBuilder()
                .setPartialSuccess(ExportLogsPartialSuccess.newBuilder()
                        .setRejectedLogRecords(decoded.rejected())
                        .setErrorMessage(decoded.message()))
                .build();
    }

    public static ExportMetricsServiceResponse metrics(Decoded decoded) {
        if (decoded.rejected() == 0) {
            return ExportMetricsServiceResponse.getDefaultInstance();
        }
        return ExportMetricsServiceResponse.newBuilder()
                .setPartialSuccess(ExportMetricsPartialSuccess.newBuilder()
                        .setRejectedDataPoints(decoded.rejected())
                        .setErrorMessage(decoded.message()))
                .build();
    }

    /** Spans are ignored, never rejected. */
    public static ExportTraceServiceResponse traces() {
        return ExportTraceServiceResponse.getDefaultInstance();
    }
}
