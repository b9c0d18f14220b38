package io.sluice.bench;

import io.sluice.schema.Actor;
import io.sluice.schema.Topic;
import io.sluice.schema.UsageEvent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Records of the topic {@code usage}, as the OTLP decoder makes them of Claude Code's {@code api_request} events, in the
 * order of receipt, and the {@link Truth} about them.
 *
 * <p>A user works in sessions of about 60 requests, in one repository each and mostly with one model; a prompt takes
 * about six requests, some with a skill or an MCP server. Time goes on evenly from 9 to 17 o'clock UTC of as many days
 * of one month as give each user about 160 requests a day. 1 % of the records are repeated, a tenth of these hours later;
 * 1 % are received up to six hours after they occurred; one in 10,000 occurred in a month that is closed.
 *
 * <p>The same options give the same records, on every JVM.
 */
final class UsageLoad {
    static final String ORGANIZATION = "default";

    /** A Monday. No record is received before. */
    private static final long FIRST_DAY_MICROS =
            Instant.parse("2026-10-05T09:00:00Z").getEpochSecond() * 1_000_000;

    /** Closed since 5 September. */
    private static final long CLOSED_MICROS =
            Instant.parse("2026-07-06T09:00:00Z").getEpochSecond() * 1_000_000;

    private static final long HOUR = 3_600_000_000L;
    private static final long WORKING_DAY = 8 * HOUR;
    private static final long DAY = 24 * HOUR;
    private static final long REQUESTS_PER_USER_AND_DAY = 160;
    private static final int LEAST_DAYS = 1;
    private static final int MOST_DAYS = 25;
    private static final long SECOND = 1_000_000L;

    private static final String[] MODELS = {"claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"};
    /** Micro-USD per 100 tokens: input, output, cache read, cache write. */
    private static final long[][] PRICES = {{500, 2500, 50, 625}, {300, 1500, 30, 375}, {100, 500, 10, 125}};

    private static final String[] MCP_SERVERS = {"github", "jira", "playwright", "postgres"};
    private static final String[] SKILLS = {"code-review", "release-notes", "migration", "test-plan"};
    private static final String[] TERMINALS = {"vscode", "iTerm.app", "xterm-256color", "ghostty"};
    private static final String[] DEPARTMENTS = {"engineering", "data", "platform", "research"};
    private static final int TEAMS = 40;
    private static final int REPOSITORIES = 200;
    private static final char[] BASE64 =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789Aa".toCharArray();

    /**
     * @param events records on the topic, repetitions included
     * @param zipf exponent of the users' popularity; 0: all the same
     */
    record Options(long seed, long events, int users, double zipf) {
        Options {
            if (events < 1 || users < 1 || !(zipf >= 0)) {
                throw new IllegalArgumentException("events: " + events + ", users: " + users + ", zipf: " + zipf
                        + " (expected: 1 or more, 1 or more, 0 or more)");
            }
        }

        /** How many days the records are of. */
        long days() {
            return Math.max(LEAST_DAYS, Math.min(MOST_DAYS, events / users / REQUESTS_PER_USER_AND_DAY));
        }

        /** Start of one of them, counted from 0; microseconds. */
        static long dayMicros(long day) {
            return FIRST_DAY_MICROS / DAY * DAY + day * DAY;
        }
    }

    @FunctionalInterface
    interface Sink {
        void accept(String key, byte[] value, long receivedAtMillis);
    }

    /** A record that comes later than it would. */
    private record Pending(long atMicros, long order, UsageEvent event, boolean repetition)
            implements Comparable<Pending> {
        @Override
        public int compareTo(Pending other) {
            int byTime = Long.compare(atMicros, other.atMicros);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final Options options;
    private final Consumer<UsageEvent> counted;
    private final SplittableRandom random;
    private final Zipf popularity;
    private final Truth truth = new Truth();
    private final PriorityQueue<Pending> pending = new PriorityQueue<>();

    /** By user. A session goes on as long as it has requests left. */
    private final int[] session;

    private final int[] requestsLeft;
    private final int[] sequence;
    private final int[] prompt;
    private final int[] requestsOfPromptLeft;

    private long made;

    UsageLoad(Options options) {
        this(options, event -> {});
    }

    /** @param counted gets each event that a correct job counts, once */
    UsageLoad(Options options, Consumer<UsageEvent> counted) {
        this.options = options;
        this.counted = counted;
        random = new SplittableRandom(options.seed());
        popularity = new Zipf(options.users(), options.zipf());
        session = new int[options.users()];
        requestsLeft = new int[options.users()];
        sequence = new int[options.users()];
        prompt = new int[options.users()];
        requestsOfPromptLeft = new int[options.users()];
    }

    /** Hands out all records. To be called once. */
    Truth send(Sink sink) {
        long days = options.days();
        double step = (double) (days * WORKING_DAY) / options.events();
        while (truth.received() < options.events()) {
            long worked = (long) (made * step);
            long now = FIRST_DAY_MICROS + worked / WORKING_DAY * DAY + worked % WORKING_DAY;
            Pending due = pending.peek();
            if (due != null && due.atMicros() <= now) {
                pending.remove();
                deliver(due.event(), due.atMicros(), due.repetition(), sink);
            } else {
                request(now, sink);
            }
        }
        return truth;
    }

    private void request(long now, Sink sink) {
        int user = popularity.next(random);
        UsageEvent event = event(user, now);
        int lot = random.nextInt(100_000);
        if (lot < 1_000) {
            pending.add(new Pending(now + random.nextLong(SECOND, 6 * HOUR), made, event, false));
            return;
        }
        if (lot < 2_000) {
            boolean soon = random.nextInt(10) > 0;
            long wait = soon ? random.nextLong(SECOND / 10, 8 * SECOND) : random.nextLong(HOUR, 6 * HOUR);
            pending.add(new Pending(now + wait, made, event, true));
        } else if (lot < 2_010) {
            event.setOccurredAt(CLOSED_MICROS + now % WORKING_DAY);
        }
        deliver(event, now, false, sink);
    }

    private void deliver(UsageEvent event, long receivedAt, boolean repetition, Sink sink) {
        event.setReceivedAt(receivedAt);
        byte[] value = encode(event);
        boolean closed = event.getOccurredAt() < FIRST_DAY_MICROS - DAY;
        truth.add(event, repetition, closed, value.length);
        if (!closed && !repetition) {
            counted.accept(event);
        }
        sink.accept(
                Topic.sessionKey(
                        event.getOrgId(), event.getSessionId(), event.getActor().getInstallationId()),
                value,
                receivedAt / 1000);
    }

    private static byte[] encode(UsageEvent event) {
        try {
            ByteBuffer encoded = UsageEvent.getEncoder().encode(event);
            byte[] value = new byte[encoded.remaining()];
            encoded.get(value);
            return value;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The next request of a user, of the same fields and attributes as the decoder's; a test compares them. */
    private UsageEvent event(int user, long now) {
        long number = made++;
        step(user);
        long person = Mix.of(options.seed() ^ Mix.of(user));
        long work = Mix.of(person + session[user]);
        long task = Mix.of(work + prompt[user]);
        boolean main = random.nextInt(100) < 85;
        int model = main ? (int) (person >>> 1 & 1) : 2;
        int repository = (int) Math.floorMod((work & 1) == 0 ? person >>> 8 : person >>> 24, (long) REPOSITORIES);

        UsageEvent event = new UsageEvent();
        event.setOrgId(ORGANIZATION);
        event.setEventId(hex(Mix.of(2 * number)) + hex(Mix.of(2 * number + 1)));
        event.setOccurredAt((now - random.nextLong(SECOND / 2, 5 * SECOND)) / 1000 * 1000);
        event.setSource("otlp-logs");
        Actor actor = new Actor();
        actor.setAccountId("user_01" + base64(person, 11) + base64(Mix.of(person), 11));
        actor.setAccountUuid(uuid(Mix.of(person + 1)));
        actor.setEmail(email(user));
        actor.setInstallationId(
                hex(Mix.of(person + 2)) + hex(Mix.of(person + 3)) + hex(Mix.of(person + 4)) + hex(Mix.of(person + 5)));
        event.setActor(actor);
        event.setSessionId(uuid(work));
        event.setSequence((long) sequence[user]);
        event.setRequestId("req_011" + base64(Mix.of(~number), 10) + base64(Mix.of(~number ^ 1L << 62), 11));
        event.setClientRequestId(uuid(Mix.of(number ^ 1L << 61)));
        event.setModel(MODELS[model]);
        event.setProduct("claude-code");
        long input = 3 + random.nextInt(1200);
        long output = 20 + random.nextInt(1500);
        long cacheRead = 8_000 + random.nextInt(120_000);
        long cacheWrite = 200 + random.nextInt(5_000);
        event.setInputTokens(input);
        event.setOutputTokens(output);
        event.setCacheReadTokens(cacheRead);
        event.setCacheCreationTokens(cacheWrite);
        event.setCacheCreation5mTokens(cacheWrite);
        long[] price = PRICES[model];
        long micros = (input * price[0] + output * price[1] + cacheRead * price[2] + cacheWrite * price[3]) / 100;
        event.setReportedCostMicros(micros);
        event.setReportedCostUsd(micros / 1e6);
        event.setTeam("team-" + (person >>> 40) % TEAMS);
        String name = "service-" + repository;
        event.setRepository("https://git.example.com/acme/" + name);
        event.setMcpServer(task % 7 == 0 ? MCP_SERVERS[(int) (task >>> 20 & 3)] : null);
        event.setSkill(task % 6 == 0 ? SKILLS[(int) (task >>> 24 & 3)] : null);
        event.setQuerySource("repl_main_thread");
        event.setPromptId(uuid(task));
        event.setTerminal(TERMINALS[(int) (person >>> 54 & 3)]);
        event.setAttributes(attributes(person, name));
        return event;
    }

    private void step(int user) {
        if (requestsLeft[user] == 0) {
            requestsLeft[user] = 30 + random.nextInt(61);
            sequence[user] = 1 + random.nextInt(4);
            requestsOfPromptLeft[user] = 0;
            // One in ten is an earlier session resumed: a new process, which counts its events from 0 again.
            if (random.nextInt(10) > 0) {
                session[user]++;
            }
        }
        if (requestsOfPromptLeft[user] == 0) {
            requestsOfPromptLeft[user] = 1 + random.nextInt(11);
            prompt[user]++;
        }
        requestsLeft[user]--;
        requestsOfPromptLeft[user]--;
        sequence[user] += 1 + random.nextInt(4);
    }

    private Map<String, String> attributes(long person, String repository) {
        Map<String, String> attributes = new HashMap<>(32);
        attributes.put("department", DEPARTMENTS[(int) (person >>> 50 & 3)]);
        attributes.put("host.arch", (person >>> 52 & 1) == 0 ? "arm64" : "amd64");
        attributes.put("os.type", (person >>> 52 & 1) == 0 ? "darwin" : "linux");
        attributes.put("os.version", (person >>> 52 & 1) == 0 ? "25.1.0" : "6.8.0");
        attributes.put("service.version", "2.1.328");
        attributes.put("app.version", "2.1.328");
        attributes.put("vcs.owner.name", "acme");
        attributes.put("vcs.repository.name", repository);
        attributes.put("organization.id", "11111111-1111-4111-8111-111111111111");
        attributes.put("anthropic.provider", "firstParty");
        attributes.put("anthropic.custom_base_url", "false");
        attributes.put("duration_ms", Integer.toString(800 + random.nextInt(30_000)));
        attributes.put("ttft_ms", Integer.toString(300 + random.nextInt(3_000)));
        attributes.put("effort", "high");
        return attributes;
    }

    /** The label of a user, 0 or greater. */
    static String email(int user) {
        return "user-" + (1_000_000 + user) + "@example.com";
    }

    private static String hex(long value) {
        return HexFormat.of().toHexDigits(value);
    }

    private static String uuid(long value) {
        String high = hex(value);
        String low = hex(Mix.of(value));
        return high.substring(0, 8) + '-' + high.substring(8, 12) + "-4" + high.substring(13) + "-8"
                + low.substring(1, 4) + '-' + low.substring(4);
    }

    private static String base64(long value, int digits) {
        char[] text = new char[digits];
        for (int i = 0; i < digits; i++) {
            text[i] = BASE64[(int) (value >>> 6 * i & 63)];
        }
        return new String(text);
    }
}
