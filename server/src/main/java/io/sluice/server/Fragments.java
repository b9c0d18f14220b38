package io.sluice.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Shows where in a text a search was found: pieces of it as runs, each of which is a match or is not, so that no text can look like
 * a mark. Compares as the index does, by {@link io.sluice.core.content.Folding}. Pure.
 */
final class Fragments {
    private static final int MOST_FRAGMENTS = 3;
    private static final int MOST_MATCHES = 50;
    private static final int AROUND = 80;
    private static final int LONGEST_TEXT = 300_000;
    private static final String LETTER = "[\\p{L}\\p{N}]";

    /** [from, to) of the text. */
    private record Span(int from, int to) {}

    /** Null: there is nothing to mark. */
    private final @Nullable Pattern pattern;

    Fragments(@Nullable SearchText search) {
        List<String> terms = search == null
                ? List.of()
                : search.wanted().stream()
                        .filter(term -> !term.words().isEmpty())
                        .map(Fragments::pattern)
                        .toList();
        pattern = terms.isEmpty() ? null : Pattern.compile(String.join("|", terms));
    }

    private static String pattern(SearchText.Term term) {
        List<String> words = term.words();
        boolean apart = words.stream().noneMatch(word -> word.codePoints().anyMatch(Character::isIdeographic));
        String text = words.stream().map(Pattern::quote).collect(Collectors.joining("[^\\p{L}\\p{N}]{1,8}"));
        String end = term.kind() == SearchText.Kind.PREFIX ? LETTER + "{0,100}" : apart ? "(?!" + LETTER + ")" : "";
        return (apart ? "(?<!" + LETTER + ")" : "") + text + end;
    }

    /**
     * Pieces of texts, the first of which with a match counts.
     *
     * @return {@code [{"field", "runs": [{"text"}, {"text", "match": true}]}]}; without a match the beginning of the first text
     */
    ArrayNode of(List<Field> fields) {
        for (Field field : fields) {
            List<Span> matches = matches(field.text());
            if (!matches.isEmpty()) {
                return pieces(field, matches);
            }
        }
        ArrayNode none = JsonNodeFactory.instance.arrayNode();
        fields.stream()
                .filter(field -> !field.text().isBlank())
                .findFirst()
                .ifPresent(field -> add(none, field, new Span(0, 2 * AROUND), List.of()));
        return none;
    }

    /** @param name of the document's field */
    record Field(String name, String text) {}

    private List<Span> matches(String text) {
        List<Span> spans = new ArrayList<>();
        if (pattern == null || text.isEmpty()) {
            return spans;
        }
        FoldedText folded = new FoldedText(text, LONGEST_TEXT);
        Matcher matcher = pattern.matcher(folded.folded());
        while (spans.size() < MOST_MATCHES && matcher.find()) {
            spans.add(new Span(folded.original(matcher.start()), folded.original(matcher.end())));
        }
        return spans;
    }

    private static ArrayNode pieces(Field field, List<Span> matches) {
        ArrayNode pieces = JsonNodeFactory.instance.arrayNode();
        int end = 0;
        for (Span match : matches) {
            if (pieces.size() == MOST_FRAGMENTS) {
                break;
            }
            if (match.from() >= end) {
                Span piece =
                        new Span(Math.max(end, match.from() - AROUND), Math.max(match.from() + AROUND, match.to()));
                end = add(pieces, field, piece, matches);
            }
        }
        return pieces;
    }

    /** @return where it ends in the text */
    private static int add(ArrayNode pieces, Field field, Span around, List<Span> matches) {
        String text = field.text();
        int from = wordStart(text, around.from());
        int to = wordEnd(text, Math.min(text.length(), around.to()));
        ObjectNode piece = pieces.addObject().put("field", field.name());
        piece.put("begins", from == 0).put("ends", to == text.length());
        ArrayNode runs = piece.putArray("runs");
        int at = from;
        for (Span match : matches) {
            if (match.from() >= at && match.to() <= to && match.to() > match.from()) {
                if (match.from() > at) {
                    runs.addObject().put("text", text.substring(at, match.from()));
                }
                runs.addObject()
                        .put("text", text.substring(match.from(), match.to()))
                        .put("match", true);
                at = match.to();
            }
        }
        if (at < to) {
            runs.addObject().put("text", text.substring(at, to));
        }
        return to;
    }

    /** The next beginning of a word, if there is one near. */
    private static int wordStart(String text, int at) {
        if (at == 0) {
            return 0;
        }
        for (int i = at; i < Math.min(text.length(), at + AROUND / 4); i++) {
            if (Character.isWhitespace(text.charAt(i))) {
                return i + 1;
            }
        }
        return Character.isLowSurrogate(text.charAt(at)) ? at - 1 : at;
    }

    private static int wordEnd(String text, int at) {
        if (at >= text.length()) {
            return text.length();
        }
        for (int i = at; i < Math.min(text.length(), at + AROUND / 4); i++) {
            if (Character.isWhitespace(text.charAt(i))) {
                return i;
            }
        }
        return Character.isLowSurrogate(text.charAt(at)) ? at + 1 : at;
    }
}
