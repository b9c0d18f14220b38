package io.sluice.core.caps;

import org.jspecify.annotations.Nullable;

/**
 * A version of a virtual cap: what is resolved for one subject and period from an instant on, until the next version.
 *
 * @param since inclusive, microseconds
 * @param limit null: there is none
 * @param paused there is none only because caps are disabled, so what fired stays
 */
public record LimitVersion(long since, @Nullable Limit limit, boolean paused) {
    /** Nothing is known yet. */
    static final LimitVersion NONE = new LimitVersion(Long.MIN_VALUE, null, false);

    /** What a record has by itself takes several times as long, and edits compare very many. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof LimitVersion version && since == version.since && saysTheSameAs(version);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(since);
    }

    boolean saysTheSameAs(LimitVersion other) {
        return paused == other.paused && (limit == null ? other.limit == null : limit.equals(other.limit));
    }

    /** Whether alerts that fired before are over. */
    boolean endsAlerts() {
        return limit == null ? !paused : limit.isUnlimited();
    }
}
