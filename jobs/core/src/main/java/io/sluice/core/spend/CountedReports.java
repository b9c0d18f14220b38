package io.sluice.core.spend;

import io.sluice.core.spend.RequestMessage.Kind;
import io.sluice.schema.Actor;
import io.sluice.schema.Codec;
import io.sluice.schema.UsageEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which of a set of reports count, one for each request and one for each answer of an advisor in it. The reports take the way that they take through the job, so
 * the answer is the job's if the set has all that bears on it.
 *
 * <p>To know it of one report, take the report and, {@link #HOPS} times, add every report that shares a request id, a
 * client request id or a message id with one that is there. An advisor's ids are for that those of the response, see
 * {@link AdvisorIds}.
 */
public final class CountedReports {
    /**
     * The longest way between a report and one that bears on it. From a report that has a client request id only (1) to
     * one that links it to a message id, (2) to one that links this to another client request id, (3) to one that tells
     * its request; (4) to a report of that request with a third client request id; and from there, to know whether it
     * leads to that request, (5) to (7) the same as from the first.
     */
    public static final int HOPS = 7;

    /**
     * What tells a report's request, and its rank among the reports of the request.
     *
     * @param eventId one report's, unique within the organization
     * @param basis where the amount comes from; the amount itself plays no part
     */
    public record Candidate(
            String eventId,
            @Nullable String requestId,
            @Nullable String clientRequestId,
            @Nullable String messageId,
            boolean sidechain,
            CostBasis basis,
            long occurredAtMicros,
            long inputTokens,
            long outputTokens,
            long cacheReadTokens,
            long cacheCreationTokens) {}

    /**
     * A report that counts.
     *
     * @param copies reports of the same, itself included
     * @param withinAdvised it is an advisor's, and costs nothing: its cost is within the one reported of the advised
     *     request
     */
    public record Counted(int copies, boolean withinAdvised) {}

    private static final PriceBook PRICES = PriceBook.bundled();

    private final Usage usage = new Usage(PRICES, Duration.ZERO);
    private final Map<Id, ClientAlias> clients = new HashMap<>();
    private final Map<Id, Alias> aliases = new HashMap<>();
    private final Map<Id, Request> requests = new HashMap<>();
    private final Map<Long, String> eventIds = new HashMap<>();

    private CountedReports() {}

    /**
     * The reports that count.
     *
     * @param reports of one organization, in any order; one that is there twice is one
     * @return by event id of each report that counts
     */
    public static Map<String, Counted> of(String orgId, Collection<Candidate> reports) {
        CountedReports counted = new CountedReports();
        for (Candidate report : reports) {
            counted.add(orgId, report);
        }
        Map<String, Counted> byEventId = new HashMap<>();
        counted.requests.values().forEach(request -> counted.collect(request, byEventId));
        return byEventId;
    }

    private void collect(Request request, Map<String, Counted> into) {
        Map<Integer, Integer> copies = new HashMap<>();
        request.copies().forEach(report -> copies.merge(report.part(), 1, Integer::sum));
        copies.forEach((part, count) -> {
            Report best = Objects.requireNonNull(request.best(part));
            into.put(
                    Objects.requireNonNull(eventIds.get(best.event())),
                    new Counted(count, request.isCostWithinResponse(best)));
        });
    }

    private void add(String orgId, Candidate candidate) {
        try {
            usage.read(Codec.encode(event(orgId, candidate)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Report read = usage.report();
        Report report = new Report(
                read.event(),
                read.part(),
                read.via(),
                candidate.basis(),
                read.sidechain(),
                read.historical(),
                read.resolved(),
                read.occurredAtMicros(),
                read.receivedAtMicros(),
                read.scope(),
                read.cell(),
                read.amounts());
        eventIds.put(report.event(), candidate.eventId());
        usage.route(Kind.RECORD, new Usage.Destinations() {
            @Override
            public void request(Id request) {
                tell(new RequestMessage(request, Kind.RECORD, report, 0));
            }

            @Override
            public void clientClaim(Id client, Id request) {
                tellClient(new Alias.Message(client, request, false, null, null, null, 0, 0));
            }

            @Override
            public void clientGuest(Id client, @Nullable Id message) {
                tellClient(new Alias.Message(client, null, false, Kind.RECORD, report, message, 0, 0));
            }

            @Override
            public void claim(Id message, Id request) {
                tell(new Alias.Message(message, request, false, null, null, null, 0, 0));
            }

            @Override
            public void guest(Id message, @Nullable Id request) {
                tell(new Alias.Message(message, request, request != null, Kind.RECORD, report, null, 0, 0));
            }
        });
    }

    private void tellClient(Alias.Message message) {
        ClientAlias.Step step =
                clients.getOrDefault(message.alias(), ClientAlias.UNSEEN).apply(message);
        clients.put(message.alias(), step.alias());
        step.requests().forEach(this::tell);
        step.aliases().forEach(this::tell);
    }

    private void tell(Alias.Message message) {
        Alias.Step step = aliases.getOrDefault(message.alias(), Alias.UNSEEN).apply(message);
        aliases.put(message.alias(), step.alias());
        step.messages().forEach(this::tell);
    }

    private void tell(RequestMessage message) {
        Request.Step step =
                requests.getOrDefault(message.request(), Request.UNSEEN).apply(message);
        requests.put(message.request(), step.request());
    }

    /** With a cost of nothing, so that nothing is priced: tokens that no price fits have a rank too. */
    private static UsageEvent event(String orgId, Candidate report) {
        return UsageEvent.newBuilder()
                .setOrgId(orgId)
                .setEventId(report.eventId())
                .setOccurredAt(report.occurredAtMicros())
                .setReceivedAt(report.occurredAtMicros())
                .setSource("")
                .setActor(new Actor())
                .setRequestId(report.requestId())
                .setClientRequestId(report.clientRequestId())
                .setMessageId(report.messageId())
                .setSidechain(report.sidechain())
                .setModel("")
                .setProduct("")
                .setInputTokens(report.inputTokens())
                .setOutputTokens(report.outputTokens())
                .setCacheReadTokens(report.cacheReadTokens())
                .setCacheCreationTokens(report.cacheCreationTokens())
                .setReportedCostMicros(0L)
                .build();
    }
}
