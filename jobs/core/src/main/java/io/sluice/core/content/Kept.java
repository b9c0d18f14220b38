package io.sluice.core.content;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of a message: of its best copy, and no text.
 *
 * @param rank see {@link CopyRank}
 * @param month of the index of its documents, for example 202611
 * @param parts how many documents it is
 * @param aside no turn of the conversation, which does not count it: a name, a file
 */
public record Kept(long rank, int month, int parts, boolean aside) {
    /** A document of a message. */
    public record Place(int month, int part) {}

    /** What a copy was to the message. */
    public enum Outcome {
        /** The first, or better than what was known: it is written. */
        BEST,
        /** As good as the best: the same copy once more. */
        SAME,
        WORSE
    }

    /**
     * What follows from one more copy.
     *
     * @param kept the best copy
     * @param emptied where this copy or the one before could have left a document that the best one does not overwrite: a
     *     stub is written there, with the best one's rank as version
     */
    public record Step(Outcome outcome, Kept kept, List<Place> emptied) {}

    /** @param before null: no copy is known */
    public static Step add(@Nullable Kept before, MessageCopy copy) {
        Kept told = new Kept(copy.rank(), copy.month(), copy.parts(), !copy.isTurn());
        if (before == null) {
            return new Step(Outcome.BEST, told, List.of());
        }
        if (told.rank > before.rank) {
            return new Step(Outcome.BEST, told, told.missing(before));
        }
        return new Step(told.rank == before.rank ? Outcome.SAME : Outcome.WORSE, before, before.missing(told));
    }

    /** How many messages of its conversation it is. */
    public int turns() {
        return aside ? 0 : 1;
    }

    /** Places of the other that are none of this one's. */
    private List<Place> missing(Kept other) {
        List<Place> places = new ArrayList<>();
        for (int part = month == other.month ? parts : 0; part < other.parts; part++) {
            places.add(new Place(other.month, part));
        }
        return places;
    }
}
