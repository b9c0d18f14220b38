package io.sluice.core.content;

import io.sluice.core.spend.Periods;
import io.sluice.schema.ContentEvent;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is told of a conversation. Only grows with each copy of its messages, and is the same in whatever order they come.
 * Holds ids and numbers, never text: so not its name.
 *
 * @param messages different ones; a file is none, and neither is the conversation's name
 * @param firstAt when the first message or file occurred, microseconds UTC; {@link Long#MAX_VALUE}: there is none
 * @param lastAt when the last of them occurred; {@link Long#MIN_VALUE}: there is none
 * @param deletedUpstreamAt the first time that is told; {@link Long#MAX_VALUE}: not deleted
 * @param users as shown
 * @param labels all that its people are known by
 */
public record Conversation(
        long messages,
        long firstAt,
        long lastAt,
        long deletedUpstreamAt,
        boolean hasFiles,
        List<String> users,
        List<String> labels,
        List<String> products,
        List<String> models,
        List<String> repositories,
        List<String> projects) {
    /** Of each list the smallest are kept. A conversation of more people than this is an attack. */
    static final int MOST = 200;

    /** A longer name would not fit into an index. */
    private static final int MOST_CHARS = 1_024;

    public static final Conversation NONE = new Conversation(
            0,
            Long.MAX_VALUE,
            Long.MIN_VALUE,
            Long.MAX_VALUE,
            false,
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of());

    /**
     * With one more copy of a message.
     *
     * @param before what was kept of the message; null: no copy of it was known
     * @param kept what is kept of it now
     * @throws ArithmeticException if its time is no time of a record
     */
    public Conversation add(ContentEvent event, @Nullable Kept before, Kept kept) {
        Periods.check("occurred_at", event.getOccurredAt());
        boolean name = MessageCopy.isName(event);
        Long deleted = name ? event.getDeletedUpstreamAt() : null;
        return new Conversation(
                Math.max(0, messages + kept.turns() - (before == null ? 0 : before.turns())),
                name ? firstAt : Math.min(firstAt, event.getOccurredAt()),
                name ? lastAt : Math.max(lastAt, event.getOccurredAt()),
                deleted == null ? deletedUpstreamAt : Math.min(deletedUpstreamAt, deleted),
                hasFiles || !event.getFiles().isEmpty(),
                with(users, Labels.user(event.getActor())),
                with(labels, Labels.of(event.getActor())),
                with(products, event.getProduct()),
                with(models, event.getModel()),
                with(repositories, MessageCopy.repository(event)),
                with(projects, event.getProjectId()));
    }

    /**
     * Without a message, a file or a name that was erased. Whose the conversation is stays known, and is told to nobody once
     * nothing else is: what comes late without a name is that person's, too.
     *
     * @param gone what was kept of it
     * @param lastOne there is nothing else, no file either
     */
    public Conversation without(Kept gone, boolean lastOne) {
        return new Conversation(
                lastOne ? 0 : Math.max(0, messages - gone.turns()),
                lastOne ? NONE.firstAt : firstAt,
                lastOne ? NONE.lastAt : lastAt,
                lastOne ? NONE.deletedUpstreamAt : deletedUpstreamAt,
                !lastOne && hasFiles,
                lastOne ? List.of() : users,
                labels,
                lastOne ? List.of() : products,
                lastOne ? List.of() : models,
                lastOne ? List.of() : repositories,
                lastOne ? List.of() : projects);
    }

    /** With nothing but whose it is: of a message that is not kept. */
    public Conversation learn(ContentEvent event) {
        List<String> more = with(labels, Labels.of(event.getActor()));
        return more.equals(labels)
                ? this
                : new Conversation(
                        messages,
                        firstAt,
                        lastAt,
                        deletedUpstreamAt,
                        hasFiles,
                        users,
                        more,
                        products,
                        models,
                        repositories,
                        projects);
    }

    private static List<String> with(List<String> known, @Nullable String told) {
        return with(known, told == null ? List.of() : List.of(told));
    }

    /** Nearly always there is nothing new. */
    private static List<String> with(List<String> known, List<String> told) {
        for (String each : told) {
            if (isName(each) && !known.contains(each)) {
                return Stream.concat(known.stream(), told.stream().filter(Conversation::isName))
                        .sorted()
                        .distinct()
                        .limit(MOST)
                        .toList();
            }
        }
        return known;
    }

    private static boolean isName(String told) {
        return !told.isEmpty() && told.length() <= MOST_CHARS;
    }
}
