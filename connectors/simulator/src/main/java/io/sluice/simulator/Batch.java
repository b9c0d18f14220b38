package io.sluice.simulator;

import com.google.protobuf.MessageLite;
import java.time.Instant;
import java.util.Map;

/**
 * One OTLP request of one client.
 *
 * @param user e-mail. What is of one user is to be sent in order
 * @param sentAt when the simulated client sends it: after its events, hours or days after if it was offline
 * @param request {@code ExportLogsServiceRequest}, {@code ExportMetricsServiceRequest} or
 *     {@code ExportTraceServiceRequest}, as the signal says
 * @param records log records, data points or spans in it
 * @param spend what a correct receiver learns from this request. Spend that both signals report is with the logs;
 *     empty for a duplicate
 * @param duplicate a request that was sent before, byte for byte
 */
public record Batch(
        Signal signal,
        String user,
        Instant sentAt,
        MessageLite request,
        int records,
        Map<SpendKey, SpendTotals> spend,
        boolean duplicate) {

    Batch again(Instant laterAt) {
        return new Batch(signal, user, laterAt, request, records, Map.of(), true);
    }
}
