package io.sluice.core.compliance;

import io.sluice.schema.RetentionClass;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a run of retention deletes. Of the classes that fit a message one decides: the first in the order of
 * {@link #sorted}. What fits none is kept.
 */
public final class RetentionPlan {
    /** Classes of groups before those of everybody, of one product before those of every one; then the longer period. */
    private static final Comparator<RetentionClass> ORDER = Comparator.comparing(
                    (RetentionClass each) -> each.getGroupId() == null)
            .thenComparing(each -> each.getProduct() == null)
            .thenComparing(each -> -each.getDays())
            .thenComparing(RetentionClass::getId);

    private static final int FOR_EVER = Integer.MAX_VALUE;

    /** Somebody of the directory, as it is now. */
    public record Person(Set<String> labels, Set<String> groupIds) {
        public Person {
            labels = Item.labels(labels);
            groupIds = Set.copyOf(groupIds);
        }
    }

    /**
     * Content that is deleted when it is older than a number of days.
     *
     * @param product null: every one
     * @param labels of the people whose it is; empty: everybody's
     * @param keptLonger labels of people whose it must not be; only where it is everybody's
     */
    public record Part(@Nullable String product, Set<String> labels, Set<String> keptLonger, int days) {
        public Part {
            labels = Set.copyOf(labels);
            keptLonger = Set.copyOf(keptLonger);
        }
    }

    private RetentionPlan() {}

    /** In the order in which they decide. */
    public static List<RetentionClass> sorted(Collection<RetentionClass> classes) {
        return classes.stream().sorted(ORDER).toList();
    }

    /**
     * The parts of a run.
     *
     * @param products of which there is content
     */
    public static List<Part> of(
            Collection<RetentionClass> classes, Collection<String> products, Collection<Person> people) {
        List<RetentionClass> sorted = sorted(classes);
        List<Part> parts = new ArrayList<>();
        if (sorted.stream().allMatch(each -> each.getProduct() == null)) {
            add(parts, null, sorted, people);
            return parts;
        }
        for (String product : new TreeSet<>(products)) {
            add(
                    parts,
                    product,
                    sorted.stream()
                            .filter(each -> each.getProduct() == null
                                    || each.getProduct().equals(product))
                            .toList(),
                    people);
        }
        return parts;
    }

    private static void add(
            List<Part> parts, @Nullable String product, List<RetentionClass> fitting, Collection<Person> people) {
        int everybody = fitting.stream()
                .filter(each -> each.getGroupId() == null)
                .mapToInt(RetentionClass::getDays)
                .findFirst()
                .orElse(FOR_EVER);
        Map<String, Integer> daysByLabel = new HashMap<>();
        for (Person person : people) {
            int days = fitting.stream()
                    .filter(each ->
                            each.getGroupId() != null && person.groupIds().contains(each.getGroupId()))
                    .mapToInt(RetentionClass::getDays)
                    .findFirst()
                    .orElse(everybody);
            // Whoever shares a label keeps it alive.
            person.labels().forEach(label -> daysByLabel.merge(label, days, Math::max));
        }
        SortedMap<Integer, Set<String>> labelsByDays = new TreeMap<>();
        Set<String> keptLonger = new HashSet<>();
        daysByLabel.forEach((label, days) -> {
            if (days > everybody) {
                keptLonger.add(label);
            }
            if (days != everybody && days != FOR_EVER) {
                labelsByDays.computeIfAbsent(days, each -> new HashSet<>()).add(label);
            }
        });
        labelsByDays.forEach((days, labels) -> parts.add(new Part(product, labels, Set.of(), days)));
        if (everybody != FOR_EVER) {
            parts.add(new Part(product, Set.of(), keptLonger, everybody));
        }
    }
}
