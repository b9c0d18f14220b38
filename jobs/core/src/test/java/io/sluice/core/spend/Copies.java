package io.sluice.core.spend;

import io.sluice.schema.Actor;
import io.sluice.schema.Codec;
import io.sluice.schema.UsageEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Reports of requests for tests. */
final class Copies {
    private Copies() {}

    /** A report and the ids that it carries. */
    record Copy(
            Report report,
            byte[] encoded,
            String eventId,
            @Nullable String requestId,
            @Nullable String clientRequestId,
            @Nullable String messageId) {
        Cell cell() {
            return report.cell();
        }

        Amounts amounts() {
            return report.amounts();
        }

        /** The same once it is known whose it is. */
        Copy of(String user) {
            try {
                Usage usage = new Usage(PriceBook.bundled(), Duration.ofDays(35));
                usage.read(encoded);
                usage.resolveTo(user);
                return new Copy(usage.report(), encoded, eventId, requestId, clientRequestId, messageId);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        boolean sidechain() {
            return report.sidechain();
        }
    }

    static Copy copy(
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
        UsageEvent event = UsageEvent.newBuilder()
                .setOrgId("acme")
                .setEventId(eventId)
                .setOccurredAt(Periods.hourStartMicros(hour) + output)
                .setReceivedAt(Periods.hourStartMicros(hour + 1))
                .setSource(basis == CostBasis.PRICED ? "session-file" : "otlp-logs")
                .setActor(Actor.newBuilder()
                        .setEmail(user.equals(Users.UNATTRIBUTED) ? null : user)
                        .build())
                .setSessionId("s")
                .setRequestId(requestId)
                .setClientRequestId(clientRequestId)
                .setMessageId(messageId)
                .setSidechain(sidechain)
                .setModel("claude-haiku-4-5")
                .setProduct("claude-code")
                .setInputTokens(10)
                .setOutputTokens(output)
                .setReportedCostMicros(basis == CostBasis.PRICED ? null : micros)
                .build();
        try {
            byte[] encoded = Codec.encode(event);
            Usage usage = new Usage(PriceBook.bundled(), Duration.ofDays(35));
            usage.read(encoded);
            return new Copy(usage.report(), encoded, eventId, requestId, clientRequestId, messageId);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
