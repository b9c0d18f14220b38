package io.sluice.spend;

import io.sluice.core.hooks.HookAlerts;
import io.sluice.core.hooks.HookSign;
import io.sluice.core.hooks.HookWatch;
import io.sluice.core.hooks.HooksInUse;
import io.sluice.schema.Codec;
import java.time.Duration;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReadOnlyBroadcastState;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Shell around {@link HookWatch}, by session; puts out alerts, encoded. The calls of the hook come also to all instances: they
 * tell which organizations use it. Time is that of receipt.
 */
final class HookFunction extends KeyedBroadcastProcessFunction<String, HookSign, HookSign, byte[]> {
    private static final long serialVersionUID = 1L;

    /** By organization; one entry for each that has ever called the hook. */
    static final MapStateDescriptor<String, HooksInUse> IN_USE =
            new MapStateDescriptor<>("hooks-in-use", Types.STRING, TypeInformation.of(HooksInUse.class));

    /** A session without a sign for so long is forgotten. */
    private static final long FORGET_MICROS = Duration.ofDays(1).toSeconds() * 1_000_000;

    /**
     * State of a session.
     *
     * @param watch see there
     */
    public record Session(String orgId, String sessionId, HookWatch watch) {}

    private transient ValueState<Session> sessions;

    static String key(HookSign sign) {
        return sign.orgId() + '|' + sign.sessionId();
    }

    @Override
    public void open(OpenContext context) {
        sessions = getRuntimeContext()
                .getState(new ValueStateDescriptor<>("hook-session", TypeInformation.of(Session.class)));
    }

    @Override
    public void processElement(HookSign sign, ReadOnlyContext ctx, Collector<byte[]> out) throws Exception {
        Session before = sessions.value();
        HookWatch watch = before == null ? HookWatch.NEW : before.watch();
        put(sign.orgId(), sign.sessionId(), watch.add(sign), out);
        if (sign.kind() == HookSign.Kind.PROMPT) {
            ctx.timerService().registerEventTimeTimer(millis(sign.at() + HookWatch.WAIT_MICROS));
        }
        ctx.timerService().registerEventTimeTimer(millis(sign.at() + FORGET_MICROS));
    }

    @Override
    public void processBroadcastElement(HookSign call, Context ctx, Collector<byte[]> out) throws Exception {
        var inUse = ctx.getBroadcastState(IN_USE);
        HooksInUse before = inUse.get(call.orgId());
        inUse.put(call.orgId(), before == null ? new HooksInUse(call.at(), call.at()) : before.called(call.at()));
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext ctx, Collector<byte[]> out) throws Exception {
        Session session = sessions.value();
        if (session == null) {
            return;
        }
        long now = timestamp * 1000;
        ReadOnlyBroadcastState<String, HooksInUse> organizations = ctx.getBroadcastState(IN_USE);
        HooksInUse inUse = organizations.get(session.orgId());
        HookWatch.Step step = session.watch().due(now, at -> inUse != null && inUse.at(at));
        put(session.orgId(), session.sessionId(), step, out);
        if (step.watch().lastAt() + FORGET_MICROS <= now) {
            sessions.clear();
        }
    }

    private void put(String orgId, String sessionId, HookWatch.Step step, Collector<byte[]> out) throws Exception {
        sessions.update(new Session(orgId, sessionId, step.watch()));
        for (HookWatch.Change change : step.changes()) {
            out.collect(Codec.encode(HookAlerts.of(orgId, sessionId, step.watch(), change)));
        }
    }

    /** Rounded up, so that what is due is due. */
    private static long millis(long micros) {
        return Math.floorDiv(micros + 999, 1000);
    }
}
