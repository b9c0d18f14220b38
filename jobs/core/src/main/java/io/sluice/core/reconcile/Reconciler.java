package io.sluice.core.reconcile;

import io.sluice.core.reconcile.Reconciliation.Explained;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Explains the difference of a day. Two parts are facts and stand as they are: other products and the contract's price.
 * The others are reasons that may or may not be it, so each takes no more than what is left, and only of its own sign.
 */
public final class Reconciler {
    /** Our products by upstream's names for them. */
    public static final Map<String, Set<String>> PRODUCTS =
            Map.of("claude_code", Set.of("claude-code", "claude-code-desktop"), "cowork", Set.of("cowork"));

    private final Map<String, Set<String>> products;

    /** @param products our products by upstream's names, of those that Sluice sees */
    public Reconciler(Map<String, Set<String>> products) {
        this.products = Map.copyOf(products);
    }

    /** @param reported empty: the day was not read yet */
    public Reconciliation reconcile(OwnDay own, Optional<ReportedCost> reported) {
        if (reported.isEmpty()) {
            long all = own.micros();
            return new Reconciliation(own.day(), all, 0, null, all, new Explained(0, 0, all, 0, 0, 0), false);
        }
        ReportedCost cost = reported.get();
        if (!cost.day().equals(own.day())) {
            throw new IllegalArgumentException("day: " + cost.day() + " (expected: " + own.day() + ")");
        }
        long difference = Math.subtractExact(own.micros(), cost.micros());
        boolean tellsProducts = cost.parts().stream().allMatch(part -> part.product() != null);

        long otherProducts = 0;
        long contractPrice = 0;
        for (ReportedCost.Part part : cost.parts()) {
            if (isSeen(part.product())) {
                contractPrice = Math.addExact(contractPrice, ReportedCost.list(part) - part.micros());
            } else {
                otherProducts = Math.subtractExact(otherProducts, part.micros());
            }
        }
        long notCovered = 0;
        long receivedLater = 0;
        for (OwnDay.Part part : own.parts()) {
            if (tellsProducts && !isReported(part.product())) {
                otherProducts = Math.addExact(otherProducts, part.micros());
            } else if (part.occurredAt() >= cost.coveredUntil()) {
                notCovered = Math.addExact(notCovered, part.micros());
            } else if (part.receivedAt() >= cost.fetchedAt()) {
                receivedLater = Math.addExact(receivedLater, part.micros());
            }
        }
        Long first = cost.firstMicros();
        long moved = first == null ? 0 : Math.subtractExact(first, cost.micros());

        long left = Math.subtractExact(difference, Math.addExact(otherProducts, contractPrice));
        long notYetReported = atMost(left, notCovered);
        left -= notYetReported;
        long late = atMost(left, receivedLater);
        left -= late;
        long revised = atMost(left, moved);
        left -= revised;
        return new Reconciliation(
                own.day(),
                own.micros(),
                cost.micros(),
                cost.knowsListPrices() ? Long.valueOf(cost.listMicros()) : null,
                difference,
                new Explained(otherProducts, contractPrice, notYetReported, late, revised, left),
                cost.complete());
    }

    /** As much of what is left as the reason accounts for. */
    private static long atMost(long left, long reason) {
        if (Long.signum(left) != Long.signum(reason)) {
            return 0;
        }
        return left < 0 ? Math.max(left, reason) : Math.min(left, reason);
    }

    /** What is not told apart may be of products that we see. */
    private boolean isSeen(@Nullable String product) {
        return product == null || products.containsKey(product);
    }

    private boolean isReported(String ours) {
        return products.values().stream().anyMatch(names -> names.contains(ours));
    }
}
