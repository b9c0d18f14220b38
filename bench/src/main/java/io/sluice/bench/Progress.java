package io.sluice.bench;

import java.io.PrintStream;
import java.util.Locale;

/** Says on standard error what is going on. On a terminal one line that changes, else one line a step. */
final class Progress {
    /** Set by the {@code sluice} script if standard error is a terminal. */
    private static final String TERMINAL_PROPERTY = "sluice.terminal";

    private final PrintStream out;
    private final boolean terminal = Boolean.getBoolean(TERMINAL_PROPERTY);
    private String step = "";

    Progress(PrintStream out) {
        this.out = out;
    }

    void step(String name) {
        step = name;
        if (terminal) {
            line(name);
        }
    }

    /** How far the step is. */
    void at(double part) {
        if (terminal) {
            line(String.format(Locale.ROOT, "%s: %.0f %%", step, 100 * part));
        }
    }

    void done(String outcome) {
        if (terminal) {
            line("");
            out.print('\r');
        }
        out.println(step + ": " + outcome);
    }

    void result(Measure measure) {
        done(String.format(Locale.ROOT, "%.2f s, %,.0f/s", measure.seconds(), measure.rate()));
    }

    private void line(String text) {
        out.printf("\r%-70s", text);
        out.flush();
    }
}
