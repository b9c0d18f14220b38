package io.sluice.core.directory;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The directory as it was at an instant, by what is known of it now. Each answer is a function of the set of versions that
 * were applied. Times are microseconds since the epoch.
 */
public final class AsOf {
    private record Claim(long at, String userId) {}

    private static final Comparator<Claim> BY_TIME =
            Comparator.comparingLong(Claim::at).thenComparing(Claim::userId);

    private static final Comparator<TeamVersion> BY_EFFECT =
            Comparator.comparingLong(TeamVersion::effectiveAt).thenComparingLong(TeamVersion::version);

    private static final Comparator<Joining> NEWER =
            Comparator.comparingLong(Joining::at).thenComparingLong(Joining::version);

    private AsOf() {}

    /**
     * The user whom a label meant: the one who had begun to have it last, even if no longer, even if deleted since; of equal
     * times the greater id. Empty: nobody had had it yet.
     */
    public static Optional<String> userOf(Directory directory, String label, long micros) {
        String name = Labels.normalized(label);
        return directory.consistently(() -> {
            Claim last = null;
            for (String id : directory.everLabelled(name)) {
                for (long at : directory.history(id).claims(name)) {
                    Claim claim = new Claim(at, id);
                    if (at <= micros && (last == null || BY_TIME.compare(claim, last) > 0)) {
                        last = claim;
                    }
                }
            }
            return Optional.ofNullable(last).map(Claim::userId);
        });
    }

    /** The cost team of a label, as {@link TeamTimeline} has it. Null: none by the directory. */
    public static @Nullable String teamOf(Directory directory, String label, long micros) {
        return directory.consistently(() -> {
            String userId = userOf(directory, label, micros).orElse(null);
            if (userId == null || directory.history(userId).wasDeletedAt(micros)) {
                return null;
            }
            return directory.teamVersions(userId).stream()
                    .filter(version -> version.effectiveAt() <= micros)
                    .max(BY_EFFECT)
                    .map(TeamVersion::team)
                    .orElse(null);
        });
    }

    /**
     * The ids of the groups that a user was a direct member of, sorted. None once the user is deleted; none of a group once
     * it is deleted. A user who is not active is still a member.
     */
    public static List<String> groupsOf(Directory directory, String userId, long micros) {
        return directory.consistently(() -> {
            if (directory.history(userId).wasDeletedAt(micros)) {
                return List.of();
            }
            SortedMap<String, Joining> newest = new TreeMap<>();
            for (Joining each : directory.joinings(userId)) {
                if (each.at() <= micros) {
                    newest.merge(each.groupId(), each, (a, b) -> NEWER.compare(a, b) > 0 ? a : b);
                }
            }
            return newest.values().stream()
                    .filter(each -> !each.left())
                    .map(Joining::groupId)
                    .filter(group -> directory
                            .tip(Kind.GROUP, group)
                            .filter(tip -> tip.deleted() && tip.recordedAt() <= micros)
                            .isEmpty())
                    .toList();
        });
    }

    /**
     * What limits go by.
     *
     * @param userId empty: nobody had the label yet
     * @param tier the seat asked for; empty: none, or the user was not active
     * @param groupIds sorted
     */
    public record Member(Optional<String> userId, Optional<String> tier, List<String> groupIds) {
        private static final Member NOBODY = new Member(Optional.empty(), Optional.empty(), List.of());
    }

    /**
     * Whom a label meant at any time.
     *
     * @param revision of the directory that it is of
     * @param stretches in order of time; each ends where the next one begins
     */
    public record MemberHistory(long revision, List<Stretch> stretches) {
        /** @param since inclusive */
        public record Stretch(long since, Member member) {}

        /** The same as {@link #memberOf}. */
        public Member at(long micros) {
            for (int i = stretches.size() - 1; i >= 0; i--) {
                if (stretches.get(i).since <= micros) {
                    return stretches.get(i).member;
                }
            }
            return Member.NOBODY;
        }
    }

    /** What limits go by, at all times. */
    public static MemberHistory historyOf(Directory directory, String label) {
        return directory.consistently(() -> new MemberHistory(
                directory.revision(),
                changesOf(directory, label).stream()
                        .map(at -> new MemberHistory.Stretch(at, memberOf(directory, label, at)))
                        .toList()));
    }

    /** Whom a label meant, and what goes with it. */
    public static Member memberOf(Directory directory, String label, long micros) {
        return directory.consistently(() -> userOf(directory, label, micros)
                .map(userId -> userAt(directory, userId, micros))
                .orElse(Member.NOBODY));
    }

    /** The same of a user by id. */
    public static Member userAt(Directory directory, String userId, long micros) {
        return directory.consistently(() -> new Member(
                Optional.of(userId), directory.history(userId).tierAt(micros), groupsOf(directory, userId, micros)));
    }

    /** The instants at which {@link #memberOf} can have changed. */
    static SortedSet<Long> changesOf(Directory directory, String label) {
        String name = Labels.normalized(label);
        return directory.consistently(() -> {
            SortedSet<Long> changes = new TreeSet<>();
            for (String id : directory.everLabelled(name)) {
                directory.history(id).stretches().forEach(stretch -> changes.add(stretch.since()));
                for (Joining each : directory.joinings(id)) {
                    changes.add(each.at());
                    directory
                            .tip(Kind.GROUP, each.groupId())
                            .filter(Tip::deleted)
                            .ifPresent(tip -> changes.add(tip.recordedAt()));
                }
            }
            return changes;
        });
    }

    /** All labels that a user ever had. */
    public static Set<String> labelsOf(Directory directory, String userId) {
        Set<String> labels = new HashSet<>();
        directory.history(userId).stretches().forEach(stretch -> labels.addAll(stretch.labels()));
        return labels;
    }

    /** All labels of the users who ever were in a group. */
    public static Set<String> labelsEverInGroup(Directory directory, String groupId) {
        return labelsOfThose(directory, directory.everInGroup(groupId), userId -> true);
    }

    /** All labels that the users ever had who were in a group at a time; of users who have left since as well. */
    public static Set<String> labelsInGroup(Directory directory, String groupId, long micros) {
        return labelsOfThose(
                directory,
                directory.everInGroup(groupId),
                userId -> groupsOf(directory, userId, micros).contains(groupId));
    }

    /** All labels of the users who ever asked for a seat of a tier. Goes through all users. */
    public static Set<String> labelsEverOfTier(Directory directory, String tier) {
        return labelsOfThose(
                directory,
                directory.everybody(),
                userId -> directory.history(userId).stretches().stream()
                        .anyMatch(stretch -> tier.equals(stretch.tier())));
    }

    private static Set<String> labelsOfThose(Directory directory, Collection<String> userIds, Predicate<String> which) {
        return directory.consistently(() -> {
            Set<String> labels = new HashSet<>();
            userIds.stream().filter(which).forEach(id -> labels.addAll(labelsOf(directory, id)));
            return labels;
        });
    }
}
