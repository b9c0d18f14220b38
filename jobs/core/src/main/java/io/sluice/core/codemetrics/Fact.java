package io.sluice.core.codemetrics;

import io.sluice.core.counters.Sample;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * One thing that is known of a session. Times are microseconds since the epoch.
 *
 * @param id identity within the session; copies of a fact that came in several ways have one
 * @param event identity of the record that told it
 * @param channels all in which it came, see {@link Channel#bit}
 * @param sequence {@code event.sequence}; -1: none
 * @param user whom the record names; null: nobody
 * @param subject see {@link Kind}
 * @param detail see {@link Kind}
 * @param code see {@link Kind}
 * @param value see {@link Kind}; of a counter its value in millionths; -1: none
 * @param startMicros of a counter the start of its interval
 * @param series of a counter identity of its series
 * @param cumulative of a counter what it claims to be
 * @param installation of a counter without session, and of what is told again by it, whose it is; 0: it names none
 */
public record Fact(
        Kind kind,
        long id,
        long event,
        Channel channel,
        int channels,
        long at,
        long receivedAt,
        long sequence,
        Origin origin,
        @Nullable String user,
        @Nullable String model,
        @Nullable String subject,
        @Nullable String detail,
        int code,
        long value,
        long startMicros,
        long series,
        boolean cumulative,
        long installation)
        implements Sample {
    /** A counter's value of 1. */
    static final long UNIT = 1_000_000;

    static final Comparator<Fact> BY_TIME =
            Comparator.comparingLong(Fact::at).thenComparingLong(Fact::sequence).thenComparingLong(Fact::id);

    /** See {@link io.sluice.core.counters.Increases}. */
    static final Comparator<Fact> BY_START = Comparator.comparing(Fact::cumulative)
            .thenComparingLong(Fact::startMicros)
            .thenComparingLong(Fact::at)
            .thenComparingLong(Fact::id);

    private static final Comparator<Fact> BETTER = Comparator.comparing(Fact::channel)
            .thenComparingLong(Fact::at)
            .thenComparingLong(Fact::event)
            .thenComparingLong(Fact::receivedAt);

    private static final int HAS_SEQUENCE = 1;
    private static final int HAS_VALUE = 2;
    private static final int CUMULATIVE = 4;
    private static final int HAS_INSTALLATION = 8;

    @Override
    public long timeMicros() {
        return at;
    }

    @Override
    public long exact() {
        return value;
    }

    /**
     * Of two copies the better one, which then came in the channels of both, with the labels that either knows. Where they
     * know different ones, the first by name: so it makes no difference which of several copies meet first.
     */
    Fact or(Fact copy) {
        Fact best = BETTER.compare(this, copy) <= 0 ? this : copy;
        return best.with(
                best.kind,
                channels | copy.channels,
                either(model, copy.model),
                either(subject, copy.subject),
                either(detail, copy.detail));
    }

    private static @Nullable String either(@Nullable String a, @Nullable String b) {
        return a == null ? b : b == null || a.compareTo(b) <= 0 ? a : b;
    }

    Fact as(Kind other) {
        return with(other, channels, model, subject, detail);
    }

    private Fact with(
            Kind newKind,
            int newChannels,
            @Nullable String newModel,
            @Nullable String newSubject,
            @Nullable String newDetail) {
        return new Fact(
                newKind,
                id,
                event,
                channel,
                newChannels,
                at,
                receivedAt,
                sequence,
                origin,
                user,
                newModel,
                newSubject,
                newDetail,
                code,
                value,
                startMicros,
                series,
                cumulative,
                installation);
    }

    void write(RowWriter row, Words words) {
        row.putByte(kind.code());
        row.putByte(channel.code());
        row.putByte(channels);
        row.putByte((sequence >= 0 ? HAS_SEQUENCE : 0)
                | (value >= 0 ? HAS_VALUE : 0)
                | (cumulative ? CUMULATIVE : 0)
                | (installation != 0 ? HAS_INSTALLATION : 0));
        row.putLong(id);
        row.putLong(event);
        row.putVarlong(at);
        row.putVarlong(receivedAt - at);
        if (sequence >= 0) {
            row.putVarlong(sequence);
        }
        origin.write(row, words);
        words.put(row, user);
        words.put(row, model);
        words.put(row, subject);
        words.put(row, detail);
        row.putVarlong(code);
        if (value >= 0) {
            row.putVarlong(value);
        }
        if (kind.isPoint()) {
            row.putVarlong(at - startMicros);
            row.putLong(series);
        }
        if (installation != 0) {
            row.putLong(installation);
        }
    }

    static Fact read(RowReader row, Words words) {
        Kind kind = Kind.of(row.readByte());
        Channel channel = Channel.of(row.readByte());
        int channels = row.readByte();
        int flags = row.readByte();
        long id = row.readLong();
        long event = row.readLong();
        long at = row.readVarlong();
        long receivedAt = at + row.readVarlong();
        long sequence = (flags & HAS_SEQUENCE) != 0 ? row.readVarlong() : -1;
        Origin origin = Origin.read(row, words);
        String user = words.get(row);
        String model = words.get(row);
        String subject = words.get(row);
        String detail = words.get(row);
        int code = (int) row.readVarlong();
        long value = (flags & HAS_VALUE) != 0 ? row.readVarlong() : -1;
        boolean counter = kind.isPoint();
        long startMicros = counter ? at - row.readVarlong() : 0;
        long series = counter ? row.readLong() : 0;
        long installation = (flags & HAS_INSTALLATION) != 0 ? row.readLong() : 0;
        return new Fact(
                kind,
                id,
                event,
                channel,
                channels,
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
                (flags & CUMULATIVE) != 0,
                installation);
    }
}
