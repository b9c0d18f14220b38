package io.sluice.core.codemetrics;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.PriceBook;
import io.sluice.core.spend.Users;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Actor;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.Temporality;
import io.sluice.schema.UsageEvent;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The facts in the records of the topics. Which event or counter says what: {@code claude_code.*} of Claude Code's
 * monitoring documentation; how session files say it: {@code connectors/transcripts}.
 */
public final class FactReader {
    private static final JsonFactory JSON = new JsonFactory();

    /** Above every counter of a real session; sums of many such still fit. */
    private static final double MOST_COUNTED = 1e11;

    /** How exactly it is remembered when something was said. */
    static final long SLOT_MICROS = Duration.ofMinutes(10).toMillis() * 1000;

    /** How long before the end of a month counters without sessions are remembered in the next one. */
    static final long CARRIED_MICROS = Duration.ofDays(7).toMillis() * 1000;

    private static final long LONGEST_MONTH_MICROS = Duration.ofDays(31).toMillis() * 1000;

    private static final String PRODUCT = "claude-code";
    private static final String MCP_PREFIX = "mcp__";
    private static final String MCP_TOOL = "mcp_tool";

    private FactReader() {}

    /** Whether records of a product are facts: code metrics are of Claude Code, in whatever form. */
    public static boolean isMeasured(String product) {
        return product.startsWith(PRODUCT);
    }

    /** Hands over what an activity says: always something, at least that it was there. */
    public static void of(ActivityEvent event, Consumer<Fact> facts) {
        Map<String, String> attributes = event.getAttributes();
        Draft draft = new Draft(
                event.getEventId(),
                event.getSource(),
                event.getOccurredAt(),
                event.getReceivedAt(),
                event.getSequence() == null ? -1 : event.getSequence(),
                new Origin(
                        event.getProduct(),
                        event.getRepository(),
                        terminal(event.getTerminal(), attributes),
                        version(attributes),
                        event.getTeam(),
                        remote(event.getRemote(), attributes)),
                user(event.getActor()));
        draft.model = model(attributes.get("model"));
        switch (event.getName()) {
            case "user_prompt" -> {
                String message = attributes.get("message.uuid");
                String prompt = event.getPromptId() != null ? event.getPromptId() : message;
                facts.accept(draft.as(Kind.PROMPT, prompt));
            }
            case "tool_decision" -> {
                Decision decision = Decision.of(attributes.get("decision"), attributes.get("source"));
                if (decision == null) {
                    facts.accept(draft.as(Kind.OTHER, null));
                    return;
                }
                draft.tool(attributes);
                draft.code = decision.code();
                facts.accept(draft.as(Kind.DECISION, attributes.get("tool_use_id")));
            }
            case "tool_result" -> result(draft, attributes, facts);
            case "api_error" -> {
                draft.subject = attributes.get("status_code");
                draft.value = number(attributes.get("attempt"));
                facts.accept(draft.as(Kind.API_ERROR, attributes.get("request_id")));
            }
            case "api_retries_exhausted" -> facts.accept(draft.as(Kind.RETRIES_EXHAUSTED, null));
            case "api_refusal" -> facts.accept(draft.as(Kind.REFUSAL, null));
            case "mcp_server_connection" -> {
                Connection connection = Connection.of(attributes.get("status"));
                draft.detail = attributes.get("server_name");
                draft.code = connection == null ? 0 : connection.code();
                facts.accept(draft.as(connection == null ? Kind.OTHER : Kind.MCP_CONNECTION, null));
            }
            case "skill_activated" -> {
                draft.subject = attributes.get("skill.name");
                facts.accept(draft.as(Kind.SKILL, null));
            }
            case "subagent_completed" -> {
                draft.subject = attributes.get("agent_type");
                facts.accept(draft.as(Kind.SUBAGENT, null));
            }
            case "compaction" -> facts.accept(draft.as(Kind.COMPACTION, null));
            case "permission_mode_changed" -> {
                draft.subject = attributes.get("to_mode");
                facts.accept(draft.as(Kind.MODE_CHANGE, null));
            }
            default -> facts.accept(draft.as(Kind.OTHER, null));
        }
    }

    private static void result(Draft draft, Map<String, String> attributes, Consumer<Fact> facts) {
        String call = attributes.get("tool_use_id");
        draft.tool(attributes);
        draft.code = "true".equals(attributes.get("success")) ? 1 : 0;
        draft.value = number(attributes.get("duration_ms"));
        facts.accept(draft.as(Kind.RESULT, call));
        draft.sequence = -1; // the number is of one fact
        draft.code = 0;
        draft.value = -1;
        String commit = commit(attributes);
        if (commit != null) {
            facts.accept(draft.as(Kind.COMMIT, commit));
        }
        for (int added = 0; added <= 1; added++) {
            draft.code = added;
            draft.value = number(attributes.get(added == 1 ? "lines_added" : "lines_removed"));
            if (draft.value > 0) {
                facts.accept(draft.as(Kind.LINES, call == null ? null : call + '|' + added));
            }
        }
    }

    /** A request that succeeded; that it has a price is the ledger's business. */
    public static Fact of(UsageEvent event) {
        Map<String, String> attributes = event.getAttributes();
        Draft draft = new Draft(
                event.getEventId(),
                event.getSource(),
                event.getOccurredAt(),
                event.getReceivedAt(),
                event.getSequence() == null ? -1 : event.getSequence(),
                new Origin(
                        event.getProduct(),
                        event.getRepository(),
                        terminal(event.getTerminal(), attributes),
                        version(attributes),
                        event.getTeam(),
                        remote(event.getRemote(), attributes)),
                user(event.getActor()));
        draft.model = model(event.getModel());
        draft.value = number(attributes.get("duration_ms"));
        String request = event.getRequestId() != null
                ? event.getRequestId()
                : event.getClientRequestId() != null ? event.getClientRequestId() : event.getMessageId();
        return draft.as(Kind.REQUEST, request);
    }

    /**
     * Null: the ledger's business, or a counter that is not known.
     *
     * @throws ArithmeticException the value is no number of the possible
     */
    public static @Nullable Fact of(CounterPoint point) {
        Counter counter = Counter.of(point);
        if (counter == null) {
            return null;
        }
        Map<String, String> attributes = point.getAttributes();
        Draft draft = new Draft(
                point.getEventId(),
                point.getSource(),
                point.getOccurredAt(),
                point.getReceivedAt(),
                -1,
                new Origin(
                        point.getProduct(),
                        point.getRepository(),
                        terminal(point.getTerminal(), attributes),
                        version(attributes),
                        point.getTeam(),
                        remote(point.getRemote(), attributes)),
                user(point.getActor()));
        draft.model = model(point.getModel());
        draft.code = counter.code();
        if (counter == Counter.EDIT_DECISION) {
            Decision decision = Decision.of(attributes.get("decision"), attributes.get("source"));
            if (decision == null) {
                return null;
            }
            draft.code |= decision.code() << Draft.DECISION_SHIFT;
            draft.subject = attributes.get("tool_name");
            String language = attributes.get("language");
            draft.detail = "unknown".equals(language) ? null : language;
        }
        double value = point.getValue();
        if (!(value >= 0 && value <= MOST_COUNTED)) {
            throw new ArithmeticException("value: " + value + " (expected: a number from 0 to " + MOST_COUNTED + ")");
        }
        draft.value = BigDecimal.valueOf(value)
                .movePointRight(6)
                .setScale(0, RoundingMode.HALF_UP)
                .longValueExact();
        draft.startMicros = point.getStartAt();
        draft.series = hash(point.getSeriesId());
        draft.cumulative = point.getTemporality() == Temporality.CUMULATIVE;
        draft.installation = point.getSessionId() == null ? installation(point.getActor()) : 0;
        return draft.as(Kind.COUNTER, null);
    }

    /**
     * What a fact of a session says that counters without sessions may say again, about its time: the same for all facts of
     * a slot of ten minutes. Events say it of their installation, session files of their person; nothing if there is none.
     */
    public static List<Fact> saidWithSession(Fact fact, Actor actor) {
        boolean byFile = fact.channel() == Channel.FILE && fact.user() != null;
        boolean byEvent = fact.channel() == Channel.EVENTS && actor.getInstallationId() != null;
        if (!byFile && !byEvent) {
            return List.of();
        }
        long installation = byFile ? SaidWithSession.ANY_INSTALLATION : installation(actor);
        List<Fact> said = new ArrayList<>(2);
        for (SaidWithSession what : SaidWithSession.values()) {
            if (what.isSaidBy(fact)) {
                said.add(saidWithSession(fact, what, installation));
            }
        }
        return said;
    }

    private static Fact saidWithSession(Fact of, SaidWithSession what, long installation) {
        long slot = Math.floorDiv(of.at(), SLOT_MICROS) * SLOT_MICROS;
        return new Fact(
                Kind.SAID_WITH_SESSION,
                installation + slot + what.code(),
                slot,
                of.channel(),
                of.channel().bit(),
                slot,
                slot,
                -1,
                Origin.UNKNOWN,
                null,
                null,
                null,
                null,
                what.code(),
                -1,
                0,
                0,
                false,
                installation);
    }

    private static long installation(Actor actor) {
        return actor.getInstallationId() == null ? 0 : hash(actor.getInstallationId());
    }

    /** @return microseconds since the epoch */
    public static long startOfNextMonth(long epochMicros) {
        long inNextMonth = Periods.monthStartMicros(Periods.yearMonth(epochMicros)) + LONGEST_MONTH_MICROS;
        return Periods.monthStartMicros(Periods.yearMonth(inNextMonth));
    }

    /**
     * What the next month has to know of a fact in order to understand counters without sessions, which go on over the end
     * of the month; null: nothing.
     */
    public static @Nullable Fact forNextMonth(Fact fact) {
        boolean isKnownThen = fact.at() >= startOfNextMonth(fact.at()) - CARRIED_MICROS;
        return !isKnownThen
                ? null
                : fact.kind() == Kind.COUNTER
                        ? fact.as(Kind.COUNTER_BEFORE)
                        : fact.kind() == Kind.SAID_WITH_SESSION ? fact : null;
    }

    /** Counter and decision share the code. */
    static Counter counter(Fact fact) {
        return Counter.of(fact.code() & Draft.COUNTER_MASK);
    }

    static Measure measure(Fact counter) {
        Measure measure = counter(counter).measure;
        return measure != null ? measure : Decision.of(counter.code() >>> Draft.DECISION_SHIFT).measure;
    }

    private static @Nullable String user(Actor actor) {
        String user = Users.key(actor);
        return user.equals(Users.UNATTRIBUTED) ? null : user;
    }

    /** Records of earlier schemas have it as an attribute only. */
    private static @Nullable String terminal(@Nullable String terminal, Map<String, String> attributes) {
        return terminal != null ? terminal : attributes.get("terminal.type");
    }

    /** Records of earlier schemas say it by the attribute only. */
    private static boolean remote(boolean remote, Map<String, String> attributes) {
        return remote || attributes.containsKey("ccr.session.id");
    }

    private static @Nullable String version(Map<String, String> attributes) {
        String version = attributes.get("app.version");
        return version != null ? version : attributes.get("service.version");
    }

    private static @Nullable String model(@Nullable String model) {
        return model == null ? null : PriceBook.groupName(model);
    }

    /** -1: none, or not a number that counts something. */
    private static long number(@Nullable String text) {
        if (text == null) {
            return -1;
        }
        try {
            double value = Double.parseDouble(text);
            return value >= 0 && value <= Integer.MAX_VALUE ? Math.round(value) : -1;
        } catch (NumberFormatException e) {
            return -1; // the record counts all the same
        }
    }

    private static @Nullable String commit(Map<String, String> attributes) {
        String parameters = attributes.get("tool_parameters");
        return parameters != null && parameters.contains("git_commit_id")
                ? parameter(parameters, "git_commit_id")
                : null;
    }

    /** A field of a JSON object; null: none, or it is cut off before. */
    private static @Nullable String parameter(String json, String field) {
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean found = parser.currentName().equals(field);
                JsonToken value = parser.nextToken();
                if (found && value == JsonToken.VALUE_STRING) {
                    return parser.getText();
                }
                parser.skipChildren();
            }
            return null;
        } catch (IOException e) {
            return null;
        }
    }

    private static long hash(String text) {
        return Id.of(Id.Kind.EVENT, "", text).lo();
    }

    /** A fact in the making. */
    private static final class Draft {
        static final int DECISION_SHIFT = 8;
        static final int COUNTER_MASK = 0xFF;

        private final String event;
        private final String source;
        private final long at;
        private final long receivedAt;
        private final Origin origin;
        private final @Nullable String user;
        long sequence;

        @Nullable
        String model;

        @Nullable
        String subject;

        @Nullable
        String detail;

        int code;
        long value = -1;
        long startMicros;
        long series;
        boolean cumulative;
        long installation;

        Draft(
                String event,
                String source,
                long at,
                long receivedAt,
                long sequence,
                Origin origin,
                @Nullable String user) {
            this.event = event;
            this.source = source;
            this.at = at;
            this.receivedAt = receivedAt;
            this.sequence = sequence;
            this.origin = origin;
            this.user = user;
        }

        /** Session files name an MCP tool with its server; telemetry names both apart, if it was asked for details. */
        void tool(Map<String, String> attributes) {
            subject = attributes.get("tool_name");
            if (subject == null || !subject.startsWith("mcp_")) {
                return;
            }
            String parameters = attributes.get("tool_parameters");
            detail = parameters == null ? null : parameter(parameters, "mcp_server_name");
            if (subject.startsWith(MCP_PREFIX)) {
                int end = subject.indexOf("__", MCP_PREFIX.length());
                detail = end < 0 ? detail : subject.substring(MCP_PREFIX.length(), end);
                subject = MCP_TOOL;
            }
        }

        /** @param joint what copies of the fact from elsewhere share with it; null: nothing */
        Fact as(Kind kind, @Nullable String joint) {
            long own = hash(event);
            Channel channel = Channel.of(source);
            return new Fact(
                    kind,
                    joint == null ? own + 31L * kind.code() + code : hash(kind.name() + '|' + joint),
                    own,
                    channel,
                    channel.bit(),
                    at,
                    receivedAt,
                    sequence,
                    origin,
                    user,
                    model,
                    subject,
                    detail,
                    code,
                    value,
                    startMicros,
                    series,
                    cumulative,
                    installation);
        }
    }
}
