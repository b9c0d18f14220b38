package io.sluice.core.spend;

import org.jspecify.annotations.Nullable;

/** Reports of requests for tests. */
final class Copies {
    private Copies() {}

    static RequestCopy copy(
            String eventId,
            @Nullable String requestId,
            @Nullable String clientRequestId,
            @Nullable String messageId,
            boolean sidechain,
            CostBasis basis,
            String user,
            long hour,
            long micros,
            long output) {
        return new RequestCopy(
                new CellKey("acme", user, "unassigned", "m", "claude-code", null, null, null, hour, false, 0),
                new Amounts(micros, 1, 10, output, 0, 0),
                eventId,
                requestId,
                clientRequestId,
                messageId,
                sidechain,
                basis,
                micros,
                micros,
                false,
                Periods.hourStartMicros(hour) + output,
                Periods.hourStartMicros(hour + 1),
                false,
                basis == CostBasis.REPORTED_MICROS ? "otlp-logs" : "session-file",
                "s",
                null,
                -1,
                Long.MAX_VALUE,
                false);
    }
}
