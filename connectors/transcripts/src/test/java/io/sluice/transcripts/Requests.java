package io.sluice.transcripts;

import io.sluice.schema.Micros;
import io.sluice.schema.UsageEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The rule by which copies of one request, from any number of files, count once: a main line goes before a sidechain's. */
final class Requests {
    private static final Comparator<UsageEvent> BEST_FIRST = Comparator.comparing(UsageEvent::getSidechain)
            .thenComparing(UsageEvent::getOutputTokens, Comparator.reverseOrder())
            .thenComparing(event -> tokens(event).total(), Comparator.reverseOrder())
            .thenComparing(UsageEvent::getOccurredAt)
            .thenComparing(UsageEvent::getEventId);

    private Requests() {}

    static Map<DayModel, Tokens> totals(List<UsageEvent> events) {
        Map<String, Boolean> hasMainLine = new LinkedHashMap<>();
        for (UsageEvent event : events) {
            if (event.getMessageId() != null) {
                hasMainLine.merge(event.getMessageId(), !event.getSidechain(), Boolean::logicalOr);
            }
        }
        Map<String, List<UsageEvent>> requests = new LinkedHashMap<>();
        for (UsageEvent event : events) {
            String identity = identity(event, hasMainLine);
            if (identity != null) {
                requests.computeIfAbsent(identity, key -> new ArrayList<>()).add(event);
            }
        }
        Map<DayModel, Tokens> totals = new TreeMap<>(Comparator.comparing(DayModel::toString));
        for (List<UsageEvent> copies : requests.values()) {
            UsageEvent best = copies.stream().min(BEST_FIRST).orElseThrow();
            String model = best.getModel() + (best.getFast() ? "-fast" : "");
            totals.merge(
                    new DayModel(
                            Micros.toInstant(best.getOccurredAt()).toString().substring(0, 10), model),
                    tokens(best),
                    Tokens::plus);
        }
        return totals;
    }

    /** Null: a sidechain's copy of a message that has a main line. */
    private static @Nullable String identity(UsageEvent event, Map<String, Boolean> hasMainLine) {
        String message = event.getMessageId();
        if (message != null && event.getSidechain()) {
            return hasMainLine.getOrDefault(message, false) ? null : "m" + message;
        }
        if (event.getRequestId() != null) {
            return "r" + event.getRequestId();
        }
        return message != null ? "m" + message : "e" + event.getEventId();
    }

    private static Tokens tokens(UsageEvent event) {
        return new Tokens(
                event.getInputTokens(),
                event.getOutputTokens(),
                event.getCacheReadTokens(),
                event.getCacheCreationTokens());
    }
}
