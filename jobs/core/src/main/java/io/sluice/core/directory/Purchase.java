package io.sluice.core.directory;

import io.sluice.schema.DirectorySeats;
import io.sluice.schema.DirectoryVersion;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * A change of how many seats of a tier are bought: a version of the tier's seats.
 *
 * @param version of the tier's seats, from 1
 * @param at when it was accepted; microseconds
 * @param quantity how many more, or below 0 less, than by the version before it that is known
 * @param purchased how many there are by it
 * @param priceMicros micro-USD per seat and month; 0: not known
 * @param key that the client gave it; empty: none
 * @param changedBy id of the token that was used, or empty
 */
public record Purchase(
        String tier,
        long version,
        long at,
        long quantity,
        long purchased,
        long priceMicros,
        String key,
        String changedBy) {

    /** Most seats of a tier. */
    public static final long MOST_SEATS = 1_000_000;

    /** Highest price per seat and month, a million dollars: with it, a tier's sum is still a long. */
    public static final long HIGHEST_PRICE_MICROS = 1_000_000_000_000L;

    private static final Comparator<Purchase> ORDER =
            Comparator.comparingLong(Purchase::at).thenComparing(Purchase::tier).thenComparingLong(Purchase::version);

    /** All of one tier, in order of version. */
    public static List<Purchase> of(Directory directory, String tier) {
        List<Purchase> purchases = new ArrayList<>();
        long before = 0;
        for (DirectoryVersion version : directory.seatsVersions(tier)) {
            DirectorySeats seats = version.getSeats();
            boolean none = version.getDeleted() || seats == null;
            long purchased = none ? 0 : seats.getPurchased();
            purchases.add(new Purchase(
                    tier,
                    version.getVersion(),
                    version.getRecordedAt(),
                    purchased - before,
                    purchased,
                    none ? 0 : seats.getPriceMicros(),
                    none ? "" : seats.getIdempotencyKey(),
                    version.getChangedBy()));
            before = purchased;
        }
        return List.copyOf(purchases);
    }

    /** All of an organization, by one state of the directory: in order of acceptance, then tier. */
    public static List<Purchase> of(Directory directory) {
        return directory.consistently(() -> directory.tiers().stream()
                .flatMap(tier -> of(directory, tier).stream())
                .sorted(ORDER)
                .toList());
    }

    /** The purchase that has the key, in whatever tier. */
    public static Optional<Purchase> withKey(Directory directory, String key) {
        return of(directory).stream()
                .filter(purchase -> purchase.key.equals(key))
                .findFirst();
    }

    /**
     * The first purchase that a receiver was not told: of the oldest that each tier has left, in the order of
     * {@link #of(Directory)}. A tier waits whose next version was not read yet.
     *
     * @param told by tier: the last version that the receiver was told; 0: none
     */
    public static Optional<Purchase> next(Directory directory, ToLongFunction<String> told) {
        return directory.consistently(() -> directory.tiers().stream()
                .flatMap(tier -> {
                    long next = told.applyAsLong(tier) + 1;
                    return of(directory, tier).stream().filter(purchase -> purchase.version == next);
                })
                .min(ORDER));
    }
}
