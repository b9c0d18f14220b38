package io.sluice.standalone;

import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A progress bar on standard error; none where that is not a terminal. */
final class Bar implements AutoCloseable {
    /** Set by the {@code sluice} script if standard error is a terminal. */
    private static final String TERMINAL_PROPERTY = "sluice.terminal";

    private final @Nullable ProgressBar bar;

    private Bar(@Nullable ProgressBar bar) {
        this.bar = bar;
    }

    /**
     * Shows it.
     *
     * @param max negative: not known
     * @param unit name of what is counted
     * @param size how many of what is counted make one unit
     */
    static Bar of(String task, long max, String unit, long size) {
        if (!Boolean.getBoolean(TERMINAL_PROPERTY)) {
            return new Bar(null);
        }
        return new Bar(new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(max)
                .setUnit(unit, size)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(200)
                .setConsumer(new ConsoleProgressBarConsumer(System.err))
                .build());
    }

    void step(long by) {
        if (bar != null) {
            bar.stepBy(by);
        }
    }

    void at(long position) {
        if (bar != null) {
            bar.stepTo(position);
        }
    }

    void say(String message) {
        if (bar != null) {
            bar.setExtraMessage(message);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
