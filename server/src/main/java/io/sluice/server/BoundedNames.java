package io.sluice.server;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The values of a label that are told by name. Whoever has a place keeps it, also if others become larger: a series that
 * moved between its name and the others would be counted in both.
 */
final class BoundedNames {
    /** Values come from clients too: what looks like an address or is endless gets no place. */
    private static final Pattern TELLABLE = Pattern.compile("(?!.+@.+\\.).{1,100}");

    private final int most;
    private final String ofNull;
    private final Set<String> named = new LinkedHashSet<>();
    private final Set<String> dropped = new HashSet<>();

    /** @param ofNull how documents without a value are told */
    BoundedNames(int most, String ofNull) {
        this.most = most;
        this.ofNull = ofNull;
    }

    /** Gives away the places that are free. */
    void offer(List<String> largestFirst) {
        for (String name : largestFirst) {
            if (named.size() >= most) {
                return;
            }
            // A value that is itself called other is told together with the others.
            if (!name.equals(ExportLabel.OTHER) && TELLABLE.matcher(name).matches()) {
                named.add(name);
            }
        }
    }

    String of(@Nullable String name) {
        if (name == null) {
            return ofNull.equals(ExportLabel.OTHER) ? ofNull : of(ofNull);
        }
        if (named.contains(name)) {
            return name;
        }
        dropped.add(name);
        return ExportLabel.OTHER;
    }

    /** How many values were ever asked for that have no place. */
    int dropped() {
        return dropped.size();
    }
}
