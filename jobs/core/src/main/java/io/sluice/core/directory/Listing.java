package io.sluice.core.directory;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Documents in the order of {@link Place}. Each call sees one state of the directory; two calls may see two. */
public interface Listing<T> {
    int size();

    /**
     * The next ones after a place, whether or not something still stands there.
     *
     * @param place null: from the start
     */
    List<Document<T>> after(@Nullable Place place, int limit);

    /** By number, from 0. Walks over what it skips; {@link #after} does not. */
    List<Document<T>> from(int index, int limit);
}
