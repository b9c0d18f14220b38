package io.sluice.runtime;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;

/**
 * Values of keyed state as objects: read once, changed in place, written back before a checkpoint or when room is
 * needed for others. The least recently used go first.
 */
public final class WriteBackCache<K, V> {
    /** The state behind the cache. */
    public interface Backing<K, V> {
        /** The value of a key, a new one if there is none. */
        V read(K key) throws Exception;

        void write(K key, V value) throws Exception;
    }

    public static final class Entry<V> {
        public final V value;
        private int weight;
        private boolean changed;

        private Entry(V value) {
            this.value = value;
        }
    }

    private final Backing<K, V> backing;
    private final ToIntFunction<V> weigher;
    private final long capacity;
    private final LinkedHashMap<K, Entry<V>> entries = new LinkedHashMap<>(1024, 0.75f, true);
    private long weight;

    /** @param capacity greatest sum of weights; the entry in use stays whatever its weight */
    public WriteBackCache(Backing<K, V> backing, ToIntFunction<V> weigher, long capacity) {
        this.backing = backing;
        this.weigher = weigher;
        this.capacity = capacity;
    }

    /** To be changed only before the next call, and to be followed by {@link #changed}. */
    public Entry<V> get(K key) throws Exception {
        Entry<V> entry = entries.get(key);
        if (entry == null) {
            entry = new Entry<>(backing.read(key));
            weigh(entry);
            entries.put(key, entry);
            makeRoom();
        }
        return entry;
    }

    public boolean holds(K key) {
        return entries.containsKey(key);
    }

    /** Those that are in memory. */
    public Set<K> keys() {
        return entries.keySet();
    }

    public void changed(Entry<V> entry) {
        entry.changed = true;
        weigh(entry);
    }

    private void weigh(Entry<V> entry) {
        int now = weigher.applyAsInt(entry.value);
        weight += now - entry.weight;
        entry.weight = now;
    }

    private void makeRoom() throws Exception {
        Iterator<Map.Entry<K, Entry<V>>> eldest = entries.entrySet().iterator();
        while (weight > capacity && entries.size() > 1) {
            Map.Entry<K, Entry<V>> entry = eldest.next();
            eldest.remove();
            weight -= entry.getValue().weight;
            writeBack(entry.getKey(), entry.getValue());
        }
    }

    private void writeBack(K key, Entry<V> entry) throws Exception {
        if (entry.changed) {
            entry.changed = false;
            backing.write(key, entry.value);
        }
    }

    public void writeBack() throws Exception {
        List<Map.Entry<K, Entry<V>>> changed = new ArrayList<>();
        for (Map.Entry<K, Entry<V>> entry : entries.entrySet()) {
            if (entry.getValue().changed) {
                changed.add(entry);
            }
        }
        for (Map.Entry<K, Entry<V>> entry : changed) {
            writeBack(entry.getKey(), entry.getValue());
        }
    }

    /** Forgets a key without writing it. */
    public void drop(K key) {
        Entry<V> entry = entries.remove(key);
        if (entry != null) {
            weight -= entry.weight;
        }
    }
}
