package io.sluice.spend;

import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.TimerService;

/** How long a key's state is held: until the watermark passes the greatest time asked for. One timer per key. */
final class Expiry {
    private final ValueState<Long> heldUntil;

    Expiry(RuntimeContext context) {
        heldUntil = context.getState(new ValueStateDescriptor<>("held-until", Types.LONG));
    }

    void holdUntil(long millis, TimerService timers) throws Exception {
        Long held = heldUntil.value();
        if (held == null || millis > held) {
            heldUntil.update(millis);
            if (held == null) {
                timers.registerEventTimeTimer(millis);
            }
        }
    }

    /** Whether the key's state is to be cleared now; if it was asked for longer meanwhile, sets the next timer. */
    boolean isDue(long timer, TimerService timers) throws Exception {
        Long held = heldUntil.value();
        if (held != null && held > timer) {
            timers.registerEventTimeTimer(held);
            return false;
        }
        heldUntil.clear();
        return true;
    }
}
