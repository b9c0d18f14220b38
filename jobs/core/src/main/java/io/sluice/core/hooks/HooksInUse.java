package io.sluice.core.hooks;

import java.time.Duration;

/**
 * Since when an organization's clients call the hook. Without that a prompt that nobody was asked about means nothing.
 *
 * @param first call, microseconds
 * @param last call, microseconds
 */
public record HooksInUse(long first, long last) {
    /** An organization that has given up hooks is not told of every prompt for ever. */
    private static final long AFTER_LAST_MICROS = Duration.ofDays(7).toSeconds() * 1_000_000;

    public HooksInUse called(long at) {
        return new HooksInUse(Math.min(first, at), Math.max(last, at));
    }

    public boolean at(long micros) {
        return first <= micros && micros <= last + AFTER_LAST_MICROS;
    }
}
