package io.sluice.core.caps;

import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What was told of one virtual cap in one period. Turns the crossings of now into what is to be told: a crossing that is
 * new fires, one that is gone is resolved, one that comes again fires with the next occurrence.
 */
public final class AlertBook {
    /** What a threshold alert is about: whatever else is told of it is about its delivery. */
    public record Key(String capId, long capVersion, int percent) {
        static Key of(Crossing crossing) {
            return new Key(crossing.limit().capId(), crossing.limit().capVersion(), crossing.percent());
        }
    }

    /**
     * Something to be told.
     *
     * @param occurrence 1, 2, …
     * @param amountMicros of the limit
     * @param crossing null: the alert is resolved
     */
    public record Change(
            Key key,
            int occurrence,
            long amountMicros,
            @Nullable Crossing crossing) {
        public boolean isFiring() {
            return crossing != null;
        }
    }

    private record Told(int occurrence, boolean firing, long amountMicros) {}

    private final Map<Key, Told> told = new LinkedHashMap<>();

    /** @param crossings of now, by version and percent; what is to be told comes in that order, the resolved first */
    public List<Change> update(List<Crossing> crossings) {
        Map<Key, Crossing> now = new LinkedHashMap<>();
        crossings.forEach(each -> now.putIfAbsent(Key.of(each), each));
        List<Change> changes = new ArrayList<>();
        told.forEach((key, before) -> {
            if (before.firing && !now.containsKey(key)) {
                changes.add(new Change(key, before.occurrence, before.amountMicros, null));
            }
        });
        now.forEach((key, crossing) -> {
            Told before = told.get(key);
            if (before == null || !before.firing) {
                changes.add(new Change(
                        key,
                        before == null ? 1 : before.occurrence + 1,
                        Objects.requireNonNull(crossing.limit().amountMicros()),
                        crossing));
            }
        });
        changes.forEach(
                change -> told.put(change.key, new Told(change.occurrence, change.isFiring(), change.amountMicros)));
        return changes;
    }

    /**
     * What was told of this cap before, perhaps by an attempt whose work is lost. To be called when everything is known that
     * it can have come from. What is told in return leaves the alert firing exactly if the threshold is crossed.
     *
     * @param crossing null: the threshold is not crossed
     */
    public List<Change> heard(Key key, int occurrence, boolean firing, long amountMicros, @Nullable Crossing crossing) {
        Told known = told.get(key);
        if (known != null
                && (known.occurrence > occurrence || (known.occurrence == occurrence && known.firing == firing))) {
            return List.of();
        }
        if (known != null && known.occurrence == occurrence && firing) {
            return List.of(); // was resolved since
        }
        List<Change> changes = new ArrayList<>();
        if (known != null && known.firing) {
            changes.add(new Change(key, known.occurrence, known.amountMicros, null)); // one that fires is enough
        }
        if (crossing != null && firing) {
            told.put(key, new Told(occurrence, true, amountMicros));
            return changes;
        }
        if (crossing != null) {
            changes.add(new Change(key, occurrence + 1, amountMicros, crossing));
        } else if (firing) {
            changes.add(new Change(key, occurrence, amountMicros, null));
        }
        told.put(
                key,
                crossing != null
                        ? new Told(occurrence + 1, true, amountMicros)
                        : new Told(occurrence, false, amountMicros));
        return changes;
    }

    int size() {
        return told.size();
    }

    void save(RowWriter to) {
        to.putVarlong(told.size());
        told.forEach((key, each) -> {
            to.putBlock(key.capId.getBytes(StandardCharsets.UTF_8));
            to.putVarlong(key.capVersion);
            to.putVarlong(key.percent);
            to.putVarlong(each.firing ? each.occurrence : -each.occurrence);
            to.putVarlong(each.amountMicros);
        });
    }

    static AlertBook restore(RowReader from) {
        AlertBook book = new AlertBook();
        for (long left = from.readVarlong(); left > 0; left--) {
            Key key = new Key(
                    new String(from.readBlock(), StandardCharsets.UTF_8), from.readVarlong(), (int) from.readVarlong());
            int occurrence = (int) from.readVarlong();
            book.told.put(key, new Told(Math.abs(occurrence), occurrence > 0, from.readVarlong()));
        }
        return book;
    }

    /** The alerts that are not resolved. */
    public List<Key> firing() {
        return told.entrySet().stream()
                .filter(each -> each.getValue().firing)
                .map(Map.Entry::getKey)
                .toList();
    }
}
