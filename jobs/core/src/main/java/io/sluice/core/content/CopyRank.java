package io.sluice.core.content;

import io.sluice.schema.ContentEvent;

/**
 * Which copy of a message counts, as one number: the greatest. It is also the version of the message's documents, so that
 * Elasticsearch decides as the job does, even when the job has forgotten what it wrote.
 *
 * <p>From its highest bit on: whether there is text, the source, then of a message the length of the text and the hash; of
 * one from the API, which is read again when its chat has changed, when it was read and the hash; of a conversation's name
 * when it was given and the hash. The lowest bits are 0, for later versions of the same copy.
 */
final class CopyRank {
    /** What replaces an erased document has 2^62: above every rank. */
    static final long ABOVE_ALL = 1L << 62;

    private static final int REVISION_BITS = 8;
    private static final int HASH_BITS = 26;
    private static final int LENGTH_BITS = 24;
    private static final int TIMED_HASH_BITS = 18;
    private static final int SECONDS_BITS = 32;
    private static final String API = "compliance-api";
    private static final int SOURCE_BITS = 3;
    private static final int SOURCE_SHIFT = REVISION_BITS + HASH_BITS + LENGTH_BITS;

    private CopyRank() {}

    /** @param hash of all that is told, well spread */
    static long of(ContentEvent event, boolean name, int length, long hash) {
        long order = name || event.getSource().equals(API)
                ? seconds(name ? event.getOccurredAt() : event.getReceivedAt()) << TIMED_HASH_BITS
                        | bits(hash, TIMED_HASH_BITS)
                : clamp(length, LENGTH_BITS) << HASH_BITS | bits(hash, HASH_BITS);
        return (length > 0 ? 1L : 0L) << (SOURCE_SHIFT + SOURCE_BITS)
                | source(event.getSource()) << SOURCE_SHIFT
                | order << REVISION_BITS;
    }

    /** The more it tells of a message, the greater. Of a source that is not known nothing is. */
    private static long source(String source) {
        return switch (source) {
            case API -> 3;
            case "session-file" -> 2;
            case "otlp-logs" -> 1;
            default -> 0;
        };
    }

    private static long seconds(long micros) {
        return clamp(Math.floorDiv(micros, 1_000_000L), SECONDS_BITS);
    }

    private static long clamp(long value, int bits) {
        return Math.max(0, Math.min(value, (1L << bits) - 1));
    }

    private static long bits(long hash, int bits) {
        return hash >>> (Long.SIZE - bits);
    }
}
