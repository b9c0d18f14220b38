package io.sluice.core.directory;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What of a user's past still matters: labels and the seat asked for. A function of the set of versions it was given,
 * in any order. Immutable.
 *
 * @param stretches in order of version; neighbours without a gap differ
 */
public record UserHistory(List<Stretch> stretches) {
    static final UserHistory NONE = new UserHistory(List.of());

    /**
     * Versions in a row that are the same in what matters here.
     *
     * @param firstVersion and {@code lastVersion}: inclusive
     * @param since when the first of them was accepted
     * @param tier null: no seat asked for, or not active, or deleted
     * @param labels see {@link Labels#of}; none when deleted
     */
    public record Stretch(
            long firstVersion,
            long lastVersion,
            long since,
            @Nullable String tier,
            List<String> labels,
            boolean deleted) {
        private boolean sameAs(Stretch other) {
            return deleted == other.deleted && Objects.equals(tier, other.tier) && labels.equals(other.labels);
        }

        private Stretch upTo(long version) {
            return new Stretch(firstVersion, version, since, tier, labels, deleted);
        }
    }

    public UserHistory {
        stretches = List.copyOf(stretches);
    }

    /** With one more version; the same object if it is known already. */
    UserHistory with(long version, long recordedAt, @Nullable String tier, List<String> labels, boolean deleted) {
        int at = stretches.size();
        while (at > 0 && stretches.get(at - 1).firstVersion > version) {
            at--;
        }
        if (at > 0 && stretches.get(at - 1).lastVersion >= version) {
            return this;
        }
        Stretch added = new Stretch(version, version, recordedAt, tier, labels, deleted);
        List<Stretch> result = new ArrayList<>(stretches);
        if (at < result.size() && result.get(at).firstVersion == version + 1 && added.sameAs(result.get(at))) {
            added = added.upTo(result.remove(at).lastVersion);
        }
        if (at > 0 && result.get(at - 1).lastVersion == version - 1 && added.sameAs(result.get(at - 1))) {
            result.set(at - 1, result.get(at - 1).upTo(added.lastVersion));
        } else {
            result.add(at, added);
        }
        return new UserHistory(result);
    }

    /** The seat that the user asks for now. */
    public Optional<Asking> asking(String userId) {
        if (stretches.isEmpty()) {
            return Optional.empty();
        }
        Stretch newest = stretches.get(stretches.size() - 1);
        String tier = newest.tier;
        if (tier == null) {
            return Optional.empty();
        }
        int first = stretches.size() - 1;
        while (first > 0 && tier.equals(stretches.get(first - 1).tier)) {
            first--;
        }
        return Optional.of(new Asking(userId, tier, stretches.get(first).since));
    }

    /** The tier that the user asked for at a time, by the newest stretch that had begun. */
    public Optional<String> tierAt(long micros) {
        for (int i = stretches.size() - 1; i >= 0; i--) {
            if (stretches.get(i).since <= micros) {
                return Optional.ofNullable(stretches.get(i).tier);
            }
        }
        return Optional.empty();
    }

    /** When the user last began to have the label. Empty: never had it. */
    public OptionalLong claimed(String label) {
        List<Long> claims = claims(label);
        return claims.isEmpty() ? OptionalLong.empty() : OptionalLong.of(claims.get(claims.size() - 1));
    }

    /** The times at which the user began to have the label, oldest first. */
    List<Long> claims(String label) {
        List<Long> claims = new ArrayList<>();
        boolean had = false;
        for (Stretch stretch : stretches) {
            boolean has = stretch.labels.contains(label);
            if (has && !had) {
                claims.add(stretch.since);
            }
            had = has;
        }
        return claims;
    }

    /** Whether the user had been deleted by a time; whoever is deleted does not come back. */
    boolean wasDeletedAt(long micros) {
        return stretches.stream().anyMatch(stretch -> stretch.deleted && stretch.since <= micros);
    }
}
