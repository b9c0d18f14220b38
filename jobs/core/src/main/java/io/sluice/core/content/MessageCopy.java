package io.sluice.core.content;

import io.sluice.core.spend.Periods;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.Sha256;
import io.sluice.schema.Texts;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One copy of a message, as it would be indexed.
 *
 * @param role of who says it, or of what is none
 * @param rank the greatest counts
 * @param month of its index, for example 202611
 * @param texts by part; empty where there is none
 * @param toolTexts by part
 * @param contentSha256 of the text and the tools' text, hex
 */
public record MessageCopy(
        String role, long rank, int month, List<String> texts, List<String> toolTexts, String contentSha256) {
    /** The role of what tells something about the conversation. */
    public static final String CONVERSATION = "conversation";

    /** The role of a file of the conversation: its text is the file's. */
    public static final String FILE = "file";

    /** Clocks that are wrong and dates that are made up must not make an index for every month there is. */
    private static final int FIRST_MONTH = 202001;

    private static final long AHEAD_MICROS = Duration.ofDays(1).toSeconds() * 1_000_000L;

    /** @throws ArithmeticException if a time is no time of a record */
    public static MessageCopy of(ContentEvent event) {
        Periods.check("occurred_at", event.getOccurredAt());
        Periods.check("received_at", event.getReceivedAt());
        boolean name = isName(event);
        String text = Texts.wellFormed(name && event.getTitle() != null ? event.getTitle() : event.getText());
        String toolText = event.getToolText() == null ? "" : Texts.wellFormed(event.getToolText());
        MessageDigest sha256 = Sha256.begin();
        add(sha256, text);
        add(sha256, toolText);
        byte[] content = sha256.digest();
        sha256.update(content);
        for (String told : List.of(
                event.getRole(),
                event.getProduct(),
                event.getSource(),
                String.valueOf(event.getModel()),
                String.valueOf(event.getProjectId()),
                String.valueOf(repository(event)),
                String.valueOf(team(event)),
                String.valueOf(event.getDeletedUpstreamAt()),
                Long.toString(event.getOccurredAt()),
                String.join("\n", Labels.of(event.getActor())),
                String.join("\n", event.getToolNames()),
                String.join("\n", event.getFiles()))) {
            add(sha256, told);
        }
        long hash = ByteBuffer.wrap(sha256.digest()).getLong();
        long rank = CopyRank.of(event, name, text.length() + toolText.length(), hash);
        return new MessageCopy(
                event.getRole(),
                rank,
                month(event),
                Parts.split(text),
                Parts.split(toolText),
                HexFormat.of().formatHex(content));
    }

    /** Whether it is about the conversation: its text is the conversation's name. */
    public static boolean isName(ContentEvent event) {
        return event.getRole().equals(CONVERSATION);
    }

    /** Whether somebody said it. A file is part of the conversation, and no turn of it. */
    public boolean isTurn() {
        return !role.equals(CONVERSATION) && !role.equals(FILE);
    }

    public static @Nullable String repository(ContentEvent event) {
        return event.getAttributes().get("repository");
    }

    public static @Nullable String team(ContentEvent event) {
        return event.getAttributes().get("team");
    }

    /** How many documents it is: one also without text, so that whoever erases finds it. */
    public int parts() {
        return Math.max(1, Math.max(texts.size(), toolTexts.size()));
    }

    private static int month(ContentEvent event) {
        boolean ahead = event.getOccurredAt() > event.getReceivedAt() + AHEAD_MICROS;
        return Math.max(FIRST_MONTH, Periods.yearMonth(ahead ? event.getReceivedAt() : event.getOccurredAt()));
    }

    private static void add(MessageDigest sha256, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
        sha256.update(bytes);
    }
}
