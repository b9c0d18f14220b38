package io.sluice.spend;

import io.sluice.core.spend.Amounts;
import io.sluice.core.spend.CellKey;
import io.sluice.core.spend.Contribution;
import io.sluice.core.spend.CounterSums;
import io.sluice.core.spend.CounterSums.Booked;
import io.sluice.core.spend.Evidence;
import io.sluice.core.spend.Identities;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.Person;
import io.sluice.core.spend.Point;
import io.sluice.core.spend.RequestCopy;
import io.sluice.core.spend.RequestMessage;
import io.sluice.core.spend.RequestMessage.Kind;
import io.sluice.core.spend.Series;
import io.sluice.core.spend.SessionInput;
import io.sluice.core.spend.Timeline;
import io.sluice.core.spend.Users;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * Shell around {@link Person}, {@link Timeline} and {@link CounterSums}: finds out who a session belongs to, books
 * requests that name nobody on that person, and counters where no event reported the same.
 */
final class SessionFunction extends KeyedProcessFunction<String, SessionInput, RequestMessage> {
    private static final long serialVersionUID = 1L;

    /** A point without session covers an export interval; more than a week means that its start is not known. */
    private static final long MOST_HOURS = 7 * 24;

    private final Duration openAfterEnd;
    private transient ValueState<Person> person;
    private transient ListState<RequestCopy> unattributed;
    private transient ValueState<Timeline> timeline;
    private transient MapState<Long, Timeline> usageByHour; // of an installation, which lives long
    private transient MapState<String, Series> series;
    private transient ValueState<Booked> booked; // null: no series
    private transient Expiry expiry;

    SessionFunction(Duration openAfterEnd) {
        this.openAfterEnd = openAfterEnd;
    }

    @Override
    public void open(OpenContext openContext) {
        person = getRuntimeContext().getState(new ValueStateDescriptor<>("person", Person.class));
        unattributed = getRuntimeContext()
                .getListState(new ListStateDescriptor<>("unattributed", TypeInformation.of(RequestCopy.class)));
        timeline = getRuntimeContext().getState(new ValueStateDescriptor<>("timeline", Timeline.class));
        usageByHour = getRuntimeContext()
                .getMapState(new MapStateDescriptor<>("usage-by-hour", Types.LONG, TypeInformation.of(Timeline.class)));
        series = getRuntimeContext()
                .getMapState(new MapStateDescriptor<>("series", Types.STRING, TypeInformation.of(Series.class)));
        booked = getRuntimeContext().getState(new ValueStateDescriptor<>("booked", Booked.class));
        expiry = new Expiry(getRuntimeContext());
    }

    @Override
    public void processElement(SessionInput input, Context ctx, Collector<RequestMessage> out) throws Exception {
        expiry.holdUntil(input.heldUntilMillis(), ctx.timerService());
        Person known = person.value() == null ? Person.UNKNOWN : person.value();
        Person now = input.user() == null ? known : known.or(input.user(), input.atMicros());
        boolean renamed = !Objects.equals(known.user(), now.user());
        if (!now.equals(known)) {
            person.update(now);
        }
        if (renamed && now.user() != null) {
            for (RequestCopy copy : unattributed.get()) {
                send(copy.resolvedTo(now.user()), Kind.CORRECTION, input, ctx, out);
            }
        }
        if (input.unattributed() != null) {
            RequestCopy copy = input.unattributed();
            unattributed.add(copy);
            send(now.user() == null ? copy : copy.resolvedTo(now.user()), Kind.RECORD, input, ctx, out);
        }
        Set<CellKey> touched = new HashSet<>();
        boolean all = renamed;
        if (input.user() != null && (renamed || !input.user().equals(now.user()))) {
            touchAs(input.user(), input, touched, ctx);
        }
        if (input.evidence() != null) {
            all |= observe(input, input.evidence(), touched);
        }
        if (input.series() == null && ((!all && touched.isEmpty()) || series.isEmpty())) {
            return;
        }
        Series.ReportedAsEvents reported = reported(input.isInstallation());
        Booked before = booked.value() == null ? Booked.NOTHING : booked.value();
        Series old = null;
        Series next = null;
        if (input.series() != null) {
            old = series.get(input.series().seriesId());
            Point point = input.series().points().get(0);
            next = old == null ? input.series() : old.with(point);
            series.put(next.seriesId(), next);
            touch(next, point, touched);
        }
        Set<CellKey> cells = withUser(touched, now.userOrUnattributed());
        CounterSums.Step step = all || next == null
                ? CounterSums.settle(
                        before, series.values(), reported, now.userOrUnattributed(), cells, input.receivedAtMicros())
                : CounterSums.replace(
                        before, old, next, reported, now.userOrUnattributed(), cells, input.receivedAtMicros());
        booked.update(step.booked());
        step.contributions().forEach(contribution -> ctx.output(Tags.CONTRIBUTIONS, contribution));
        step.ledger().forEach(change -> ctx.output(Tags.LEDGER, change));
    }

    private static void send(
            RequestCopy copy, Kind kind, SessionInput because, Context ctx, Collector<RequestMessage> out) {
        Identities.Route route = Identities.route(copy, kind, because.receivedAtMicros());
        route.direct().forEach(out::collect);
        route.aliases().forEach(message -> ctx.output(Tags.ALIASES, message));
    }

    /** What names nobody an earlier attempt may have booked on this person, if it heard of this person first. */
    private void touchAs(String user, SessionInput input, Set<CellKey> touched, Context ctx) throws Exception {
        for (RequestCopy copy : unattributed.get()) {
            ctx.output(
                    Tags.CONTRIBUTIONS,
                    new Contribution(copy.cell().withUser(user), Amounts.ZERO, input.receivedAtMicros()));
        }
        for (Series known : series.values()) {
            if (known.cell().user().equals(Users.UNATTRIBUTED)) {
                known.points()
                        .forEach(point ->
                                touched.add(known.cell().withUser(user).atHour(Periods.hour(point.timeMicros()))));
            }
        }
    }

    /** Whether the evidence may change what counters count for. */
    private boolean observe(SessionInput input, Evidence evidence, Set<CellKey> touched) throws Exception {
        if (input.isInstallation()) {
            long hour = Periods.hour(evidence.timeMicros());
            usageByHour.put(hour, orEmpty(usageByHour.get(hour)).with(evidence));
            return !series.isEmpty();
        }
        Timeline before = orEmpty(timeline.value());
        Timeline after = before.with(evidence);
        if (after == before) {
            return false;
        }
        timeline.update(after);
        if (series.isEmpty() || after.processes().equals(before.processes())) {
            return false;
        }
        // With the evidence in another order an earlier attempt may have booked any of the counters.
        for (Series known : series.values()) {
            known.points().forEach(point -> touch(known, point, touched));
        }
        return true;
    }

    private static void touch(Series series, Point point, Set<CellKey> touched) {
        touched.add(series.cell().atHour(Periods.hour(point.timeMicros())));
    }

    /** Cells that nobody is named for, and their twins under the session's person. */
    private static Set<CellKey> withUser(Set<CellKey> touched, String user) {
        Set<CellKey> cells = new HashSet<>(touched);
        touched.forEach(cell -> {
            if (cell.user().equals(Users.UNATTRIBUTED)) {
                cells.add(cell.withUser(user));
            }
        });
        return cells;
    }

    private Series.ReportedAsEvents reported(boolean installation) throws Exception {
        if (installation) {
            return this::usageReported;
        }
        Timeline.Processes processes = orEmpty(timeline.value()).processes();
        return (from, to) -> processes.reportedUsageAt(to);
    }

    /** Whether the installation reported a request in (from, to]. */
    private boolean usageReported(long fromMicros, long toMicros) {
        try {
            for (long hour = Math.max(Periods.hour(fromMicros), Periods.hour(toMicros) - MOST_HOURS);
                    hour <= Periods.hour(toMicros);
                    hour++) {
                for (Evidence e : orEmpty(usageByHour.get(hour)).evidence()) {
                    if (e.timeMicros() > fromMicros && e.timeMicros() <= toMicros) {
                        return true;
                    }
                }
            }
            return false;
        } catch (Exception e) {
            throw new IllegalStateException("usage of the installation cannot be read", e);
        }
    }

    private static Timeline orEmpty(@Nullable Timeline timeline) {
        return timeline == null ? Timeline.EMPTY : timeline;
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext ctx, Collector<RequestMessage> out) throws Exception {
        if (expiry.isDue(timestamp, ctx.timerService())) {
            person.clear();
            unattributed.clear();
            timeline.clear();
            usageByHour.clear();
            series.clear();
            booked.clear();
        } else {
            // An installation goes on for years: what is closed goes month by month.
            List<Long> closed = new ArrayList<>();
            for (Long hour : usageByHour.keys()) {
                if (Periods.monthClosesAtMillis(Periods.hourStartMicros(hour), openAfterEnd) <= timestamp) {
                    closed.add(hour);
                }
            }
            for (Long hour : closed) {
                usageByHour.remove(hour);
            }
        }
    }
}
