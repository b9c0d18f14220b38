package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;

/** Messages that were found, and threads, for people. */
final class SearchText {
    private static final String NEW_LINE = System.lineSeparator();

    private SearchText() {}

    static String found(JsonNode answer) {
        JsonNode data = answer.path("data");
        if (data.isEmpty()) {
            return "Nothing found. Less finds more: fewer words, the beginning of one (confiden*), one OR another, a longer"
                    + " time." + NEW_LINE
                    + "./sluice search without anything lists the newest messages. If there are none: Claude Code sends what"
                    + " is said with OTEL_LOG_USER_PROMPTS=1, and ./sluice import reads session files.";
        }
        Table table = new Table(
                Table.Column.text("when (UTC)"),
                Table.Column.text("who"),
                Table.Column.text("product"),
                Table.Column.text("conversation"),
                Table.Column.text("text"));
        for (JsonNode hit : data) {
            table.row(
                    time(hit),
                    who(hit),
                    hit.path("product").asText(),
                    hit.path("conversation_id").asText(),
                    (hit.path("flagged").asBoolean() ? "[flagged] " : "") + named(hit) + snippet(hit));
        }
        long total = answer.path("total").asLong();
        return table.render() + Table.count(data.size()) + " of " + Table.count(total)
                + (answer.path("has_more").asBoolean() ? "; --limit shows more, --export FILE takes all" : "")
                + ". A whole conversation: ./sluice search --conversation ID";
    }

    private static boolean isFile(JsonNode message) {
        return message.path("role").asText().equals("file");
    }

    private static String who(JsonNode message) {
        String user = message.path("user").asText("");
        if (isFile(message)) {
            return user.isEmpty() ? "file" : "file of " + user;
        }
        return message.path("role").asText().equals("user")
                ? user
                : message.path("role").asText() + " to " + user;
    }

    private static String time(JsonNode message) {
        String at = message.path("created_at").asText();
        return at.length() < 19 ? at : at.substring(0, 10) + ' ' + at.substring(11, 19);
    }

    /** A file's text is nobody's words without its name. */
    private static String named(JsonNode hit) {
        String name = names(hit.path("files"));
        return isFile(hit) && !name.isEmpty() ? name + ": " : "";
    }

    /** What matches stands between » and «. */
    private static String snippet(JsonNode hit) {
        StringBuilder text = new StringBuilder();
        for (JsonNode fragment : hit.path("fragments")) {
            text.append(text.isEmpty() ? "" : " ")
                    .append(fragment.path("begins").asBoolean() ? "" : "…");
            for (JsonNode run : fragment.path("runs")) {
                String part = run.path("text").asText();
                text.append(run.path("match").asBoolean() ? "»" + part + "«" : part);
            }
            text.append(fragment.path("ends").asBoolean() ? "" : "…");
        }
        return text.toString().replaceAll("\\s+", " ");
    }

    static String thread(JsonNode conversation) {
        StringBuilder text = new StringBuilder();
        String title = conversation.path("title").asText("");
        text.append(title.isEmpty() ? "Conversation " + conversation.path("id").asText() : title)
                .append(NEW_LINE);
        for (JsonNode message : conversation.path("data")) {
            text.append(NEW_LINE)
                    .append(time(message))
                    .append("  ")
                    .append(isFile(message) ? printable("file " + names(message.path("files"))) : who(message))
                    .append(NEW_LINE);
            append(text, "", message.path("text").asText(""));
            String tools = names(message.path("tools"));
            String toolText = message.path("tool_text").asText("");
            if (!tools.isEmpty() || !toolText.isEmpty()) {
                append(text, "tool " + tools + ": ", toolText);
            }
            String files = names(message.path("files"));
            if (!files.isEmpty() && !isFile(message)) {
                append(text, "files: ", files);
            }
        }
        if (conversation.path("has_more").asBoolean()) {
            text.append(NEW_LINE).append("There is more; --json tells next_page, and an export has all of it.");
        }
        return text.toString().stripTrailing();
    }

    private static void append(StringBuilder text, String before, String content) {
        if (!before.isEmpty() || !content.isEmpty()) {
            for (String line : (before + content).split("\\R", -1)) {
                text.append("  ").append(printable(line)).append(NEW_LINE);
            }
        }
    }

    private static String names(JsonNode list) {
        StringBuilder names = new StringBuilder();
        list.forEach(name -> names.append(names.isEmpty() ? "" : ", ").append(name.asText()));
        return names.toString();
    }

    /** What was said must not command the terminal. */
    private static String printable(String line) {
        return line.replace('\t', ' ').replaceAll("[\\p{Cntrl}\\p{Cf}\\p{Cs}]", "?");
    }
}
