package io.sluice.runtime;

import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;

/**
 * A watermark that waits for the results that it stands for. That an input is idle waits behind it, since nobody listens to the
 * watermark of an idle one; that it is active again does not, since then others would wait for nothing.
 */
public final class HeldProgress {
    private long watermark = Long.MIN_VALUE;
    private boolean idle;

    /** @param millis as of {@link #watermark()} */
    public void hold(long millis) {
        watermark = Math.max(watermark, millis);
    }

    public void setIdle(boolean now) {
        idle = now;
    }

    /** Holds what another one holds. */
    public void hold(HeldProgress other) {
        hold(other.watermark);
        idle = other.idle;
    }

    /** Epoch milliseconds; {@link Long#MIN_VALUE}: none yet. */
    public long watermark() {
        return watermark;
    }

    public void putOut(Output<?> out) {
        if (watermark != Long.MIN_VALUE) {
            out.emitWatermark(new Watermark(watermark));
        }
        if (idle) {
            out.emitWatermarkStatus(WatermarkStatus.IDLE);
        }
    }
}
