package io.sluice.core.directory;

import io.sluice.schema.DirectorySeats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Who has a seat. Computed from what was bought and who asks, never booked. */
public final class Seats {
    /** The growth of these days is taken to go on. */
    static final long GROWTH_DAYS = 28;

    static final long FORECAST_DAYS = 30;

    private Seats() {}

    /**
     * The seats of one tier.
     *
     * @param priceMicros micro-USD per seat and month; 0: not known
     * @param assigned who has one, first come first
     * @param waiting who asks for one and has none, first come first
     * @param free bought and assigned to nobody
     * @param unusedMicrosPerMonth what the free ones cost, in micro-USD; 0 where the price is not known
     */
    public record Tier(
            String tier,
            long purchased,
            long priceMicros,
            List<Asking> assigned,
            List<Asking> waiting,
            long free,
            long unusedMicrosPerMonth) {}

    /**
     * A seat that somebody has and does not use.
     *
     * @param idleSince when the user was last seen; if never, or before asking for the seat: when they asked
     */
    public record Idle(String userId, long idleSince) {}

    /**
     * How many seats of a tier will be asked for 30 days from now: {@code asking + growth · 30 / 28}, rounded up, at
     * least 0.
     *
     * @param asking users who ask now
     * @param growth how many more (or, below 0, less) than 28 days ago
     * @param missing how many more than bought; 0: enough
     */
    public record Forecast(long asking, long growth, long needed, long missing) {}

    /**
     * The first {@code purchased} of those who ask have a seat, the others wait.
     *
     * @param bought its {@code purchased} and price must not be below 0
     * @param asking in any order, of this tier
     */
    public static Tier allocate(String tier, DirectorySeats bought, List<Asking> asking) {
        if (bought.getPurchased() < 0) {
            throw new IllegalArgumentException("purchased: " + bought.getPurchased() + " (expected: 0 or greater)");
        }
        if (bought.getPriceMicros() < 0) {
            throw new IllegalArgumentException(
                    "price_micros: " + bought.getPriceMicros() + " (expected: 0 or greater)");
        }
        List<Asking> queue = asking.stream().sorted().toList();
        int assigned = (int) Math.min(bought.getPurchased(), queue.size());
        long free = bought.getPurchased() - assigned;
        return new Tier(
                tier,
                bought.getPurchased(),
                bought.getPriceMicros(),
                List.copyOf(queue.subList(0, assigned)),
                List.copyOf(queue.subList(assigned, queue.size())),
                free,
                Math.multiplyExact(free, bought.getPriceMicros()));
    }

    /** One tier, by one state of the directory. A tier that was not bought has 0 seats. */
    public static Tier of(Directory directory, String tier) {
        return directory.consistently(() -> allocate(
                tier,
                directory.seats(tier).map(Document::content).orElseGet(DirectorySeats::new),
                directory.asking(tier)));
    }

    /** All tiers that were bought or are asked for, sorted, by one state of the directory. */
    public static List<Tier> of(Directory directory) {
        return directory.consistently(() ->
                directory.tiers().stream().map(tier -> of(directory, tier)).toList());
    }

    /**
     * Assigned seats whose users were not seen for a time, nor began to ask within it; the longest idle first.
     *
     * @param lastSeen by user id, microseconds; who is not in it was never seen
     * @param idle of {@code idle} exactly counts as idle
     */
    public static List<Idle> idle(Tier tier, Map<String, Long> lastSeen, long now, Duration idle) {
        long latest = now - idle.toNanos() / 1_000;
        List<Idle> found = new ArrayList<>();
        for (Asking asking : tier.assigned) {
            long since = Math.max(asking.since(), lastSeen.getOrDefault(asking.userId(), Long.MIN_VALUE));
            if (since <= latest) {
                found.add(new Idle(asking.userId(), since));
            }
        }
        found.sort(Comparator.comparingLong(Idle::idleSince).thenComparing(Idle::userId));
        return List.copyOf(found);
    }

    /** @param askedBefore how many asked {@value #GROWTH_DAYS} days ago */
    public static Forecast forecast(long asking, long askedBefore, long purchased) {
        long growth = asking - askedBefore;
        long growing = -Math.floorDiv(-growth * FORECAST_DAYS, GROWTH_DAYS);
        long needed = Math.max(0, asking + growing);
        return new Forecast(asking, growth, needed, Math.max(0, needed - purchased));
    }

    /** Of all tiers that are bought, asked for, or were asked for 28 days ago. Goes through all users. */
    public static SortedMap<String, Forecast> forecast(Directory directory, long now) {
        SortedMap<String, Long> before =
                directory.askingAt(now - Duration.ofDays(GROWTH_DAYS).toNanos() / 1_000);
        SortedMap<String, Forecast> forecasts = new TreeMap<>();
        before.forEach((tier, count) -> forecasts.put(tier, forecast(0, count, 0)));
        for (Tier tier : of(directory)) {
            forecasts.put(
                    tier.tier,
                    forecast(
                            tier.assigned.size() + tier.waiting.size(),
                            before.getOrDefault(tier.tier, 0L),
                            tier.purchased));
        }
        return forecasts;
    }
}
