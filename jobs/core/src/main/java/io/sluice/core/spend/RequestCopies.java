package io.sluice.core.spend;

import io.sluice.schema.UsageEvent;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Prices and places the usage events that sources report. */
public final class RequestCopies {
    /** Team of users for whom none is known. */
    static final String UNASSIGNED = "unassigned";

    private RequestCopies() {}

    public static RequestCopy of(UsageEvent event, PriceBook prices, Duration openAfterEnd) {
        PriceBook.Price priced = prices.price(new PriceBook.Request(
                event.getModel(),
                event.getOccurredAt(),
                event.getInputTokens(),
                event.getOutputTokens(),
                event.getCacheReadTokens(),
                event.getCacheCreationTokens(),
                event.getCacheCreation5mTokens(),
                event.getCacheCreation1hTokens(),
                event.getWebSearchRequests(),
                event.getFast(),
                event.getBatch(),
                event.getInferenceGeo()));
        Long reported = event.getReportedCostMicros();
        CostBasis basis = CostBasis.REPORTED_MICROS;
        if (reported == null && event.getReportedCostUsd() != null) {
            reported = Math.round(event.getReportedCostUsd() * 1e6);
            basis = CostBasis.REPORTED_DECIMAL;
        } else if (reported == null) {
            basis = CostBasis.PRICED;
        }
        long occurredAt = micros(event.getOccurredAt());
        return new RequestCopy(
                new CellKey(
                        event.getOrgId(),
                        Users.key(event.getActor()),
                        team(event.getTeam()),
                        PriceBook.groupName(event.getModel()),
                        event.getProduct(),
                        event.getRepository(),
                        event.getMcpServer(),
                        event.getSkill(),
                        Periods.hour(occurredAt),
                        false,
                        Periods.importedIn(
                                occurredAt, micros(event.getReceivedAt()), event.getHistorical(), openAfterEnd)),
                new Amounts(
                        reported != null ? reported : priced.micros(),
                        1,
                        event.getInputTokens(),
                        event.getOutputTokens(),
                        event.getCacheReadTokens(),
                        event.getCacheCreationTokens()),
                event.getEventId(),
                event.getRequestId(),
                event.getClientRequestId(),
                event.getMessageId(),
                event.getSidechain(),
                basis,
                reported,
                priced.micros(),
                priced.unknownModel(),
                occurredAt,
                micros(event.getReceivedAt()),
                event.getHistorical(),
                event.getSource(),
                event.getSessionId(),
                SessionInput.installation(event.getActor()),
                event.getSequence() == null ? -1 : event.getSequence(),
                Periods.heldUntilMillis(occurredAt, micros(event.getReceivedAt()), event.getHistorical(), openAfterEnd),
                false);
    }

    static String team(@Nullable String team) {
        return team == null ? UNASSIGNED : team;
    }

    static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }
}
