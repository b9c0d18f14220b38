package io.sluice.spend;

import io.sluice.core.spend.CellKey;
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
import java.util.HashSet;
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

    private transient ValueState<Person> person;
    private transient ListState<RequestCopy> unattributed;
    private transient ValueState<Timeline> timeline;
    private transient MapState<Long, Timeline> usageByHour; // of an installation, which lives long
    private transient MapState<String, Series> series;
    private transient ValueState<Booked> booked; // null: no series
    private transient Expiry expiry;

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
                send(copy.resolvedTo(now.user()), Kind.CORRECTION, ctx, out);
            }
        }
        if (input.unattributed() != null) {
            RequestCopy copy = input.unattributed();
            unattributed.add(copy);
            send(now.user() == null ? copy : copy.resolvedTo(now.user()), Kind.RECORD, ctx, out);
        }
        Set<CellKey> touched = new HashSet<>();
        boolean settle = renamed;
        if (input.evidence() != null) {
            settle |= observe(input, input.evidence(), touched);
        }
        if (input.series() != null) {
            add(input.series(), touched);
            settle = true;
        }
        if (settle && !series.isEmpty()) {
            settle(input.isInstallation(), now, touched, ctx);
        }
    }

    private static void send(RequestCopy copy, Kind kind, Context ctx, Collector<RequestMessage> out) {
        Identities.Route route = Identities.route(copy, kind);
        route.direct().forEach(out::collect);
        route.aliases().forEach(message -> ctx.output(Tags.ALIASES, message));
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
        if (after.equals(before)) {
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

    private void add(Series arrived, Set<CellKey> touched) throws Exception {
        Series known = series.get(arrived.seriesId());
        Point point = arrived.points().get(0);
        series.put(arrived.seriesId(), known == null ? arrived : known.with(point));
        touch(arrived, point, touched);
    }

    private static void touch(Series series, Point point, Set<CellKey> touched) {
        touched.add(series.cell().atHour(Periods.hour(point.timeMicros())));
    }

    private void settle(boolean installation, Person now, Set<CellKey> touched, Context ctx) throws Exception {
        Series.ReportedAsEvents reported;
        if (installation) {
            reported = this::usageReported;
        } else {
            Timeline.Processes processes = orEmpty(timeline.value()).processes();
            reported = (from, to) -> processes.reportedUsageAt(to);
        }
        Set<CellKey> cells = new HashSet<>(touched);
        touched.forEach(cell -> {
            if (cell.user().equals(Users.UNATTRIBUTED)) {
                cells.add(cell.withUser(now.userOrUnattributed()));
            }
        });
        Booked before = booked.value() == null ? Booked.NOTHING : booked.value();
        CounterSums.Step step = CounterSums.settle(before, series.values(), reported, now.userOrUnattributed(), cells);
        booked.update(step.booked());
        step.contributions().forEach(contribution -> ctx.output(Tags.CONTRIBUTIONS, contribution));
        step.ledger().forEach(change -> ctx.output(Tags.LEDGER, change));
    }

    /** Whether the installation reported a request in (from, to]. */
    private boolean usageReported(long fromMicros, long toMicros) {
        try {
            for (long hour = Periods.hour(fromMicros); hour <= Periods.hour(toMicros); hour++) {
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
        }
    }
}
