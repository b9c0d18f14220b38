package io.sluice.core.codemetrics;

import io.sluice.core.spend.CostTeam;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.RowWriter;
import io.sluice.core.spend.Users;
import io.sluice.schema.CodeMetricRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a session did in an hour under one combination of labels: a sum of facts. Every figure is a sum of rows. Mutable
 * while it is summed up.
 */
final class Row {
    /**
     * @param hour hours since the epoch
     * @param segment see {@link io.sluice.core.spend.Segments}
     * @param own what the facts say themselves, without what other facts of the session add
     */
    record Key(long hour, long segment, @Nullable String ownUser, Origin own, Labels labels) {}

    /** What a figure is about, besides who and where. Each null: nothing, or not known. */
    record Labels(
            @Nullable String model,
            @Nullable String tool,
            @Nullable String language,
            @Nullable String mcpServer,
            @Nullable String skill,
            @Nullable String agent,
            @Nullable String status,
            @Nullable String mode) {
        static final Labels NONE = new Labels(null, null, null, null, null, null, null, null);

        static Labels ofModel(@Nullable String model) {
            return model == null ? NONE : new Labels(model, null, null, null, null, null, null, null);
        }
    }

    private static final long NEVER_SENT = Long.MIN_VALUE;

    private final Key key;
    private final String user;
    private final Origin origin;
    private final CostTeam team;
    private final long[] sums = new long[Measure.COUNT];
    private List<Long> toolDurations = List.of();
    private List<Long> apiDurations = List.of();
    private long minutes; // a bit for each
    private int channels;
    private long aheadMicros = NEVER_SENT;
    private long firstAt = Long.MAX_VALUE;
    private long lastAt = Long.MIN_VALUE;

    /**
     * @param user that the row counts for
     * @param origin with what other facts of the session add
     */
    Row(Key key, String user, Origin origin, CostTeam team) {
        this.key = key;
        this.user = user;
        this.origin = origin;
        this.team = team;
    }

    Key key() {
        return key;
    }

    String user() {
        return user;
    }

    Origin origin() {
        return origin;
    }

    CostTeam team() {
        return team;
    }

    void add(Measure measure, long by) {
        sums[measure.index()] += by;
    }

    long get(Measure measure) {
        return sums[measure.index()];
    }

    void addToolDuration(long millis) {
        toolDurations = added(toolDurations, millis);
    }

    void addApiDuration(long millis) {
        apiDurations = added(apiDurations, millis);
    }

    private static List<Long> added(List<Long> durations, long millis) {
        List<Long> more = durations.isEmpty() ? new ArrayList<>(4) : durations;
        more.add(millis);
        return more;
    }

    /** @param minute of the hour */
    void addMinute(int minute) {
        minutes |= 1L << minute;
    }

    /** That work was seen. */
    void seeWork(Fact fact) {
        firstAt = Math.min(firstAt, fact.at());
        lastAt = Math.max(lastAt, fact.at());
    }

    /** How a fact of the row became known. */
    void see(Fact fact) {
        channels |= fact.channels();
        if (fact.channel() == Channel.EVENTS || fact.channel() == Channel.COUNTERS) {
            aheadMicros = Math.max(aheadMicros, fact.at() - fact.receivedAt());
        }
    }

    /** Whether work was seen in it. */
    boolean isWork() {
        return firstAt <= lastAt;
    }

    /** Identity of the row, which nothing but the facts themselves and the directory decides. */
    Id id(SessionFacts.Subject subject) {
        RowWriter row = new RowWriter(256);
        Words words = new Words();
        words.put(row, subject.orgId());
        words.put(row, subject.id());
        row.putByte(subject.sessionless() ? 1 : 0);
        row.putLong(key.hour);
        row.putLong(key.segment);
        words.put(row, key.ownUser);
        key.own.write(row, words);
        Labels labels = key.labels;
        for (String label : new @Nullable String[] {
            labels.model,
            labels.tool,
            labels.language,
            labels.mcpServer,
            labels.skill,
            labels.agent,
            labels.status,
            labels.mode
        }) {
            words.put(row, label);
        }
        return Id.of(row.array(), 0, row.length());
    }

    /** Without a version. */
    @SuppressWarnings("NullAway") // Avro's nullable fields have setters without annotations.
    CodeMetricRow record(SessionFacts.Subject subject, Id id) {
        CodeMetricRow record = new CodeMetricRow();
        record.setOrgId(subject.orgId());
        record.setRowId(id.text());
        record.setStartingAt(Periods.hourStartMicros(key.hour));
        record.setSessionId(subject.sessionless() ? null : subject.id());
        record.setUser(user);
        record.setTeam(team.name());
        record.setTeamSource(team.source().text());
        record.setProduct(origin.product());
        record.setRepository(origin.repository());
        record.setTerminal(origin.terminal());
        record.setAppVersion(origin.version());
        record.setRemote(origin.remote());
        Labels labels = key.labels;
        record.setModel(labels.model);
        record.setTool(labels.tool);
        record.setLanguage(labels.language);
        record.setMcpServer(labels.mcpServer);
        record.setSkill(labels.skill);
        record.setAgent(labels.agent);
        record.setStatus(labels.status);
        record.setMode(labels.mode);
        for (Measure measure : Measure.values()) {
            record.put(FIELDS[measure.index()], sums[measure.index()]);
        }
        record.setToolDurationMs(toolDurations.stream().sorted().toList());
        record.setApiDurationMs(apiDurations.stream().sorted().toList());
        record.setActiveMinutes(minutesOfHour());
        record.setChannels(Arrays.stream(Channel.values())
                .filter(channel -> (channels & channel.bit()) != 0)
                .map(Channel::text)
                .toList());
        record.setAheadMicros(aheadMicros == NEVER_SENT ? 0 : aheadMicros);
        record.setFirstAt(firstAt > lastAt ? 0 : firstAt);
        record.setLastAt(firstAt > lastAt ? 0 : lastAt);
        return record;
    }

    /** What takes the place of a row that is no more. Without a version. */
    static CodeMetricRow empty(SessionFacts.Subject subject, Id id) {
        CodeMetricRow record = new Row(
                        new Key(0, 0, null, Origin.UNKNOWN, Labels.NONE),
                        Users.UNATTRIBUTED,
                        Origin.UNKNOWN,
                        CostTeam.of(null, Users.UNASSIGNED))
                .record(subject, id);
        record.setEmpty(true);
        return record;
    }

    private List<Integer> minutesOfHour() {
        List<Integer> set = new ArrayList<>(Long.bitCount(minutes));
        for (int minute = 0; minute < 60; minute++) {
            if ((minutes & 1L << minute) != 0) {
                set.add(minute);
            }
        }
        return set;
    }

    private static final int[] FIELDS = fields();

    private static int[] fields() {
        int[] fields = new int[Measure.COUNT];
        for (Measure measure : Measure.values()) {
            fields[measure.index()] =
                    CodeMetricRow.getClassSchema().getField(measure.field()).pos();
        }
        return fields;
    }
}
