package io.sluice.spend;

import io.sluice.core.spend.Amounts;
import io.sluice.core.spend.CostTeam;
import io.sluice.core.spend.Dimensions;
import io.sluice.core.spend.Sheet;
import io.sluice.core.spend.Users;
import io.sluice.schema.Actor;
import io.sluice.schema.Codec;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.DirectoryTeam;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.DirectoryVersion;
import io.sluice.schema.Temporality;
import io.sluice.schema.Topic;
import io.sluice.schema.UsageEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Requests over three days at the turn of a month, of people who come and go, move between teams, change their names and
 * give them to others, some of it backdated by hand; and what each team really spent, found by going through all
 * versions for each event's exact time.
 */
final class TeamScenario {
    /** @param version whether it is one of the directory, else a record of the topic */
    record Input(Topic topic, byte[] value, long receivedAt, boolean version) {}

    record Cell(String user, long hour, String team, CostTeam.Source source) {
        static Cell of(Sheet.Update update) {
            Dimensions dimensions = Documents.dimensions(update.cell());
            CostTeam team = CostTeam.of(update.directoryTeam(), dimensions.team());
            return new Cell(dimensions.user(), update.cell().hour(), team.name(), team.source());
        }
    }

    private static final long SECOND = 1_000_000;
    static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;
    private static final long START = Instant.parse("2026-10-30T06:00:00Z").getEpochSecond() * SECOND;
    private static final long LENGTH = 60 * HOUR;
    private static final int PEOPLE = 3;

    final List<Input> inputs = new ArrayList<>();
    final Map<Cell, Amounts> truth = new HashMap<>();
    final Map<Long, Amounts> truthByDay = new HashMap<>();

    private final Random random;
    private final List<DirectoryVersion> versions = new ArrayList<>(); // in order of recording

    TeamScenario(long seed, int requests) {
        random = new Random(seed);
        directory();
        for (int r = 0; r < requests; r++) {
            request(r);
        }
        for (int c = 0; c < requests / 10; c++) {
            counter(c);
        }
        truth.values().removeIf(Amounts::isZero);
    }

    /** Documents are user {@code uN} and team; a person that is deleted comes again as another document. */
    private void directory() {
        String[] ids = new String[PEOPLE];
        int[] userVersions = new int[PEOPLE];
        int[] teamVersions = new int[PEOPLE];
        int made = 0;
        long at = START - HOUR;
        while (at < START + LENGTH) {
            int p = random.nextInt(PEOPLE);
            int lot = random.nextInt(10);
            if (ids[p] == null || lot < 2) {
                if (ids[p] == null) {
                    ids[p] = "u" + made++;
                    userVersions[p] = 0;
                    teamVersions[p] = 0;
                }
                // Mostly the own e-mail, now and then somebody else's.
                user(ids[p], ++userVersions[p], at, random.nextInt(4) == 0 ? random.nextInt(PEOPLE) : p, p, false);
            } else if (lot == 2) {
                user(ids[p], ++userVersions[p], at, p, p, true);
                ids[p] = null;
            } else {
                boolean byHand = lot < 6 && at > START;
                long effective = byHand
                        ? Math.floorDiv(START + random.nextLong(at - START), HOUR) * HOUR
                        : random.nextInt(5) == 0 ? Math.floorDiv(at, HOUR) * HOUR : at;
                team(ids[p], ++teamVersions[p], effective, at);
            }
            at += random.nextInt(3) == 0 ? random.nextLong(MINUTE) : random.nextLong(6 * HOUR);
        }
    }

    private void user(String id, int version, long at, int email, int account, boolean deleted) {
        DirectoryVersion made = version("user", id, version, at, at);
        made.setDeleted(deleted);
        made.setUser(DirectoryUser.newBuilder()
                .setUserName(id)
                .setEmails(List.of(email(email)))
                .setAccountId("user_" + account)
                .build());
        publish(made);
    }

    private void team(String id, int version, long effectiveAt, long recordedAt) {
        DirectoryVersion made = version("team", id, version, effectiveAt, recordedAt);
        made.setTeam(DirectoryTeam.newBuilder()
                .setTeam(random.nextInt(6) == 0 ? null : "team-" + random.nextInt(3))
                .build());
        publish(made);
    }

    private static DirectoryVersion version(String kind, String id, int version, long effectiveAt, long recordedAt) {
        return DirectoryVersion.newBuilder()
                .setOrgId("acme")
                .setKind(kind)
                .setId(id)
                .setVersion(version)
                .setEffectiveAt(effectiveAt)
                .setRecordedAt(recordedAt)
                .setCreatedAt(recordedAt)
                .setSource("scim")
                .build();
    }

    private void publish(DirectoryVersion version) {
        versions.add(version);
        for (int i = random.nextInt(6) == 0 ? 2 : 1; i > 0; i--) {
            inputs.add(new Input(Topic.DIRECTORY, Codec.encode(version), version.getRecordedAt(), true));
        }
    }

    private static String email(int person) {
        return "person" + person + "@example.com";
    }

    /** Near a version half of the time: there it is decided. */
    private long time() {
        if (random.nextBoolean()) {
            long near = versions.get(random.nextInt(versions.size())).getEffectiveAt()
                    + random.nextLong(-12 * MINUTE, 12 * MINUTE);
            if (near >= START && near < START + LENGTH) {
                return near;
            }
        }
        return START + random.nextLong(LENGTH);
    }

    private long received(long at) {
        int lot = random.nextInt(10);
        if (lot == 0) {
            return at - random.nextLong(9 * MINUTE); // a clock that is ahead
        }
        return lot < 3 ? at + random.nextLong(20 * HOUR) : at + random.nextLong(MINUTE);
    }

    private void request(int number) {
        long at = time();
        int person = random.nextInt(PEOPLE + 1); // one is never in the directory
        boolean byAccount = random.nextInt(4) == 0;
        Actor actor = Actor.newBuilder()
                .setEmail(byAccount ? null : email(person))
                .setAccountId("user_" + person)
                .build();
        String team = random.nextBoolean() ? null : "telemetry-" + person;
        long micros = 1 + random.nextInt(1000);
        UsageEvent event = UsageEvent.newBuilder()
                .setOrgId("acme")
                .setEventId("event-" + number)
                .setOccurredAt(at)
                .setReceivedAt(received(at))
                .setSource("otlp-logs")
                .setActor(actor)
                .setSessionId("session-" + person)
                .setRequestId("req-" + number)
                .setModel("claude-opus-4-5")
                .setProduct("claude-code")
                .setInputTokens(1)
                .setReportedCostMicros(micros)
                .setTeam(team)
                .build();
        add(Topic.USAGE, Codec.encode(event), event.getReceivedAt());
        if (random.nextInt(4) == 0) {
            // A copy that does not count, of another time; sometimes of the same cell.
            long copyAt = at + random.nextLong(-5 * SECOND, 5 * SECOND);
            UsageEvent copy = UsageEvent.newBuilder(event)
                    .setEventId("copy-" + number)
                    .setOccurredAt(copyAt)
                    .setReceivedAt(received(copyAt))
                    .setSource("session-file")
                    .setReportedCostMicros(null)
                    .setTeam(random.nextBoolean() ? team : null)
                    .build();
            add(Topic.USAGE, Codec.encode(copy), copy.getReceivedAt());
        }
        String user = byAccount ? "user_" + person : email(person);
        spend(user, at, at, team, new Amounts(micros, 1, 1, 0, 0, 0));
    }

    /** Of a session that reports no request: the counter counts, for the start of its hour. */
    private void counter(int number) {
        long at = time();
        int person = random.nextInt(PEOPLE);
        long micros = 1 + random.nextInt(1000);
        CounterPoint point = CounterPoint.newBuilder()
                .setOrgId("acme")
                .setEventId("point-" + number)
                .setOccurredAt(at)
                .setReceivedAt(received(at))
                .setSource("otlp-metrics")
                .setActor(Actor.newBuilder().setEmail(email(person)).build())
                .setSessionId("counters-" + number)
                .setMetric("claude_code.cost.usage")
                .setTemporality(Temporality.DELTA)
                .setStartAt(at - MINUTE)
                .setValue(micros / 1e6)
                .setSeriesId("series-" + number)
                .setProduct("claude-code")
                .setModel("claude-opus-4-5")
                .build();
        add(Topic.COUNTERS, Codec.encode(point), point.getReceivedAt());
        spend(email(person), at, Math.floorDiv(at, HOUR) * HOUR, null, new Amounts(micros, 0, 0, 0, 0, 0));
    }

    private void add(Topic topic, byte[] value, long receivedAt) {
        for (int i = random.nextInt(5) == 0 ? 2 : 1; i > 0; i--) {
            inputs.add(new Input(topic, value, receivedAt, false));
        }
    }

    private void spend(String user, long at, long teamAt, @Nullable String telemetry, Amounts amounts) {
        CostTeam team = CostTeam.of(directoryTeam(user, teamAt), telemetry == null ? Users.UNASSIGNED : telemetry);
        long hour = Math.floorDiv(at, HOUR);
        truth.merge(new Cell(user, hour, team.name(), team.source()), amounts, Amounts::plus);
        truthByDay.merge(Math.floorDiv(hour, 24L), amounts, Amounts::plus);
    }

    /** By the definition: the last claim, and its user's newest team by effective time. */
    private @Nullable String directoryTeam(String label, long at) {
        DirectoryVersion claim = null;
        Map<String, DirectoryVersion> newest = new HashMap<>();
        for (DirectoryVersion each : versions) {
            if (!each.getKind().equals("user")) {
                continue;
            }
            DirectoryVersion before = newest.put(each.getId(), each);
            if (each.getEffectiveAt() <= at && names(each, label) && (before == null || !names(before, label))) {
                claim = each; // recorded in order
            }
        }
        if (claim == null) {
            return null;
        }
        String user = claim.getId();
        boolean deleted = versions.stream()
                .anyMatch(each -> each.getId().equals(user) && each.getDeleted() && each.getEffectiveAt() <= at);
        return deleted
                ? null
                : versions.stream()
                        .filter(each -> each.getKind().equals("team")
                                && each.getId().equals(user)
                                && each.getEffectiveAt() <= at)
                        .max(Comparator.comparingLong(DirectoryVersion::getEffectiveAt)
                                .thenComparingLong(DirectoryVersion::getVersion))
                        .map(each -> each.getTeam().getTeam())
                        .orElse(null);
    }

    private static boolean names(DirectoryVersion version, String label) {
        return !version.getDeleted()
                && (version.getUser().getEmails().contains(label)
                        || label.equals(version.getUser().getAccountId()));
    }
}
