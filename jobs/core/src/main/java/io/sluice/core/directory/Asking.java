package io.sluice.core.directory;

/**
 * That an active user asks for a seat of a tier. In the order of the queue: who began first, then the smaller id.
 *
 * @param since when the version was accepted from which on all versions ask for this tier
 */
public record Asking(String userId, String tier, long since) implements Comparable<Asking> {
    @Override
    public int compareTo(Asking other) {
        int byTime = Long.compare(since, other.since);
        if (byTime != 0) {
            return byTime;
        }
        int byUser = userId.compareTo(other.userId);
        return byUser != 0 ? byUser : tier.compareTo(other.tier);
    }
}
