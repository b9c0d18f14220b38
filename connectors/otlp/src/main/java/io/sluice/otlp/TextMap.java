package io.sluice.otlp;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A map of few texts, in the order in which they came. Every record has one, so it is an array and no objects: names
 * are compared one by one, by their hashes, which the names that are often sent know already.
 */
final class TextMap extends AbstractMap<String, String> {
    /** Key and value in turn. */
    private String[] texts;

    private int length;

    /** @param expected entries */
    TextMap(int expected) {
        texts = new String[2 * expected];
    }

    /** The entries of another map, with room for more. */
    TextMap(TextMap other, int expected) {
        texts = Arrays.copyOf(other.texts, Math.max(other.length, 2 * expected));
        length = other.length;
    }

    private int find(Object name) {
        int hash = name.hashCode();
        for (int i = 0; i < length; i += 2) {
            if (texts[i].hashCode() == hash && texts[i].equals(name)) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public @Nullable String get(Object name) {
        int found = find(name);
        return found < 0 ? null : texts[found + 1];
    }

    @Override
    public boolean containsKey(Object name) {
        return find(name) >= 0;
    }

    @Override
    public @Nullable String put(String name, String text) {
        int found = find(name);
        if (found >= 0) {
            String before = texts[found + 1];
            texts[found + 1] = text;
            return before;
        }
        if (length == texts.length) {
            texts = Arrays.copyOf(texts, 2 * length + 2);
        }
        texts[length++] = name;
        texts[length++] = text;
        return null;
    }

    @Override
    public int size() {
        return length / 2;
    }

    @Override
    public Set<Map.Entry<String, String>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Map.Entry<String, String>> iterator() {
                return new Entries();
            }

            @Override
            public int size() {
                return TextMap.this.size();
            }
        };
    }

    private final class Entries implements Iterator<Map.Entry<String, String>> {
        private int next;

        @Override
        public boolean hasNext() {
            return next < length;
        }

        @Override
        public Map.Entry<String, String> next() {
            if (next >= length) {
                throw new NoSuchElementException();
            }
            next += 2;
            return new SimpleImmutableEntry<>(texts[next - 2], texts[next - 1]);
        }
    }
}
