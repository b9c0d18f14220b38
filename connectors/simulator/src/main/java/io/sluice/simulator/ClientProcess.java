package io.sluice.simulator;

import static io.sluice.simulator.Otlp.attribute;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.Span;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * The telemetry side of one Claude Code process: stamps events and counters with the standard attributes, and exports
 * them at the client's default intervals and at exit. Driven by simulated time, which must not go back.
 */
final class ClientProcess {
    /** Who and what spent: a {@link SpendKey} without its hour. */
    record Attribution(
            Model model,
            @Nullable String mcpServer,
            @Nullable String skill) {}

    static final String VERSION = "2.1.328";

    private static final long LOGS_INTERVAL_MILLIS = 5_000;
    private static final long METRICS_INTERVAL_MILLIS = 60_000;
    private static final long HOUR_MILLIS = 3_600_000;
    private static final DateTimeFormatter EVENT_TIMESTAMP =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private final User user;
    private final Session session;
    private final Resource resource;
    private final List<KeyValue> startupAttributes;
    private final List<KeyValue> sessionAttributes;
    private final List<KeyValue> openingAttributes;
    private final Counters counters;
    private final List<Export> exports = new ArrayList<>();

    private final List<LogRecord> records = new ArrayList<>();
    private final List<Span> spans = new ArrayList<>();
    private final Map<SpendKey, SpendTotals> eventSpend = new LinkedHashMap<>();
    private final Map<Attribution, SpendTotals> counterSpend = new LinkedHashMap<>();
    private boolean prompted;
    private long sequence;
    private long now;
    private long nextLogs;
    private long nextMetrics;

    /**
     * @param startupSessionId carried by what comes before the first prompt; another than the session's if it is
     *     continued
     */
    ClientProcess(User user, Session session, String startupSessionId, String organizationId, long startMillis) {
        this.user = user;
        this.session = session;
        now = startMillis;
        nextLogs = startMillis + LOGS_INTERVAL_MILLIS;
        nextMetrics = startMillis + METRICS_INTERVAL_MILLIS;
        counters = new Counters(user.cumulative());
        List<KeyValue> custom = new ArrayList<>();
        if (user.team() != null) {
            custom.add(attribute("department", user.department()));
            custom.add(attribute("team.id", user.team()));
        }
        resource = Resource.newBuilder()
                .addAllAttributes(custom)
                .addAttributes(attribute("host.arch", user.arch()))
                .addAttributes(attribute("os.type", user.os()))
                .addAttributes(attribute("os.version", user.os().equals("linux") ? "6.8.0" : "25.1.0"))
                .addAttributes(attribute("service.name", session.product()))
                .addAttributes(attribute("service.version", VERSION))
                .build();
        startupAttributes = standard(custom, startupSessionId, null, organizationId);
        sessionAttributes = standard(custom, session.id(), session.repository(), organizationId);
        openingAttributes = standard(custom, startupSessionId, session.repository(), organizationId);
    }

    private List<KeyValue> standard(
            List<KeyValue> custom, String sessionId, @Nullable Repository repository, String organizationId) {
        List<KeyValue> all = new ArrayList<>(custom);
        all.add(attribute("user.id", session.desktop() ? user.desktopInstallationId() : user.installationId()));
        all.add(attribute("session.id", sessionId));
        all.add(attribute("app.version", VERSION));
        if (repository != null) {
            all.add(attribute("vcs.repository.url.full", repository.url()));
            all.add(attribute("vcs.owner.name", repository.owner()));
            all.add(attribute("vcs.repository.name", repository.name()));
        }
        all.add(attribute("organization.id", organizationId));
        all.add(attribute("user.email", user.email()));
        all.add(attribute("user.account_uuid", user.accountUuid()));
        all.add(attribute("user.account_id", user.accountId()));
        all.add(attribute("anthropic.provider", "firstParty"));
        all.add(attribute("anthropic.custom_base_url", true));
        all.add(attribute("terminal.type", session.desktop() ? "non-interactive" : user.terminal()));
        return all;
    }

    /** An event before the first prompt, when the client does not know the repository yet. */
    void startupEvent(String name, long atMillis, List<KeyValue> attributes) {
        event(startupAttributes, name, atMillis, null, attributes);
    }

    /**
     * @param promptId null: not caused by a prompt
     */
    void event(String name, long atMillis, @Nullable String promptId, List<KeyValue> attributes) {
        prompted |= promptId != null;
        event(prompted ? sessionAttributes : openingAttributes, name, atMillis, promptId, attributes);
    }

    private void event(
            List<KeyValue> standard, String name, long atMillis, @Nullable String promptId, List<KeyValue> attributes) {
        advanceTo(atMillis);
        long number = sequence++;
        if (!user.sendsEvents()) {
            return;
        }
        LogRecord.Builder logRecord = LogRecord.newBuilder()
                .setTimeUnixNano(Otlp.nanos(atMillis))
                .setObservedTimeUnixNano(Otlp.nanos(atMillis))
                .setBody(AnyValue.newBuilder().setStringValue("claude_code." + name))
                .addAllAttributes(standard)
                .addAttributes(attribute("event.name", name))
                .addAttributes(attribute("event.timestamp", EVENT_TIMESTAMP.format(Instant.ofEpochMilli(atMillis))))
                .addAttributes(attribute("event.sequence", number));
        if (promptId != null) {
            logRecord.addAttributes(attribute("prompt.id", promptId));
        }
        records.add(logRecord.addAllAttributes(attributes).build());
    }

    void sessionStarted(String startType, long atMillis) {
        advanceTo(atMillis);
        count(Instrument.SESSIONS, openingAttributes, 1, atMillis, List.of(attribute("start_type", startType)));
    }

    void count(Instrument instrument, long atMillis, double value, List<KeyValue> attributes) {
        advanceTo(atMillis);
        count(instrument, sessionAttributes, value, atMillis, attributes);
    }

    private void count(
            Instrument instrument, List<KeyValue> standard, double value, long atMillis, List<KeyValue> attributes) {
        if (user.sendsCounters()) {
            List<KeyValue> all = new ArrayList<>(standard);
            all.addAll(attributes);
            counters.add(instrument, List.copyOf(all), value, atMillis);
        }
    }

    /**
     * Counts a request's cost and tokens, and books them where a correct receiver must: by the event if there are
     * events, else by the next point.
     *
     * @param attributes those of the counters
     */
    void spend(Attribution attribution, Tokens tokens, long atMillis, List<KeyValue> attributes) {
        advanceTo(atMillis);
        Model model = attribution.model();
        count(Instrument.COST, sessionAttributes, model.costUsd(tokens), atMillis, attributes);
        countTokens("input", tokens.input(), atMillis, attributes);
        countTokens("output", tokens.output(), atMillis, attributes);
        countTokens("cacheRead", tokens.cacheRead(), atMillis, attributes);
        countTokens("cacheCreation", tokens.cacheCreation(), atMillis, attributes);
        SpendTotals totals = SpendTotals.of(model.costMicros(tokens), user.sendsEvents(), tokens);
        if (user.sendsEvents()) {
            eventSpend.merge(key(attribution, atMillis), totals, SpendTotals::plus);
        } else {
            counterSpend.merge(attribution, totals, SpendTotals::plus);
        }
    }

    private void countTokens(String type, long tokens, long atMillis, List<KeyValue> attributes) {
        List<KeyValue> typed = new ArrayList<>(attributes);
        typed.add(attribute("type", type));
        count(Instrument.TOKENS, sessionAttributes, tokens, atMillis, typed);
    }

    private SpendKey key(Attribution attribution, long atMillis) {
        return new SpendKey(
                user.email(),
                user.team() == null ? SpendKey.UNASSIGNED : user.team(),
                attribution.model().id(),
                session.product(),
                session.repository() == null ? null : session.repository().url(),
                attribution.mcpServer(),
                attribution.skill(),
                Instant.ofEpochMilli(atMillis).truncatedTo(ChronoUnit.HOURS));
    }

    void span(Random ids, String name, String traceId, long startMillis, long endMillis, List<KeyValue> attributes) {
        advanceTo(endMillis);
        if (user.sendsTraces()) {
            spans.add(Span.newBuilder()
                    .setTraceId(ByteString.fromHex(traceId))
                    .setSpanId(ByteString.fromHex(Randoms.hex(ids, 16)))
                    .setName("claude_code." + name)
                    .setKind(Span.SpanKind.SPAN_KIND_INTERNAL)
                    .setStartTimeUnixNano(Otlp.nanos(startMillis))
                    .setEndTimeUnixNano(Otlp.nanos(endMillis))
                    .addAllAttributes(sessionAttributes)
                    .addAttributes(attribute("span.type", name))
                    .addAllAttributes(attributes)
                    .build());
        }
    }

    /**
     * Ends the process: what is left is exported, logs first.
     *
     * @param atMillis after everything that happened
     * @return everything that the process exported, in order
     */
    List<Export> exit(long atMillis) {
        advanceTo(atMillis);
        exportEvents(atMillis);
        exportCounters(atMillis);
        return exports;
    }

    /** Exports what is due. Something that happens at the very moment of an export is part of the next one. */
    private void advanceTo(long atMillis) {
        if (atMillis < now) {
            throw new IllegalStateException("atMillis: " + atMillis + " (expected: >= " + now + ")");
        }
        now = atMillis;
        while (Math.min(nextLogs, nextMetrics) <= now) {
            if (nextLogs <= nextMetrics) {
                exportEvents(nextLogs);
                nextLogs += LOGS_INTERVAL_MILLIS;
            } else {
                exportCounters(nextMetrics);
                nextMetrics += METRICS_INTERVAL_MILLIS;
            }
        }
    }

    private void exportEvents(long atMillis) {
        if (!records.isEmpty()) {
            exports.add(new Export(
                    Signal.LOGS,
                    atMillis,
                    Otlp.logs(resource, VERSION, records),
                    records.size(),
                    new LinkedHashMap<>(eventSpend)));
            records.clear();
            eventSpend.clear();
        }
        if (!spans.isEmpty()) {
            exports.add(new Export(Signal.TRACES, atMillis, Otlp.traces(resource, spans), spans.size(), Map.of()));
            spans.clear();
        }
    }

    private void exportCounters(long dueMillis) {
        // A point exactly between two hours would cover the one and bear the time of the other.
        long atMillis = dueMillis % HOUR_MILLIS == 0 ? dueMillis + 1 : dueMillis;
        List<Metric> metrics = counters.collect(atMillis);
        if (metrics.isEmpty()) {
            return;
        }
        int points = 0;
        for (Metric metric : metrics) {
            points += metric.getSum().getDataPointsCount();
        }
        Map<SpendKey, SpendTotals> spend = new LinkedHashMap<>();
        counterSpend.forEach(
                (attribution, totals) -> spend.merge(key(attribution, atMillis), totals, SpendTotals::plus));
        counterSpend.clear();
        exports.add(new Export(Signal.METRICS, atMillis, Otlp.metrics(resource, VERSION, metrics), points, spend));
    }
}
