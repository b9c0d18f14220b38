package io.sluice.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;

/** {@link SearchText} for Elasticsearch: fixed fields, and only queries that take text as text. */
final class TextQuery {
    /** The text as the index has it. */
    static final String FOLDED = "folded";
    /** Only where the cluster can stem; else nothing has it, and nothing is found by it. */
    private static final String STEMMED = "folded.stemmed";

    private static final String TOOL_TEXT = "tool_text";
    private static final String FILES = "files.words";

    private TextQuery() {}

    static ObjectNode of(SearchText text) {
        ObjectNode query = object();
        ObjectNode bool = query.putObject("bool");
        ArrayNode must = bool.putArray("must");
        text.all()
                .forEach(any ->
                        must.add(anyOf(any.stream().map(TextQuery::wanted).toList())));
        ArrayNode mustNot = bool.putArray("must_not");
        text.none().forEach(term -> mustNot.add(of(term)));
        return query;
    }

    /**
     * One word also in its other forms: of several the analyzer leaves out some, so that {@code AT&T} would find every t. What is
     * excluded is excluded as it is written, to hide no more than that.
     */
    private static ObjectNode wanted(SearchText.Term term) {
        ObjectNode asWritten = of(term);
        return term.kind() == SearchText.Kind.WORD && term.words().size() == 1
                ? anyOf(List.of(asWritten, phrase(STEMMED, term.folded())))
                : asWritten;
    }

    private static ObjectNode of(SearchText.Term term) {
        return switch (term.kind()) {
            case WORD, PHRASE ->
                anyOf(List.of(
                        phrase(FOLDED, term.folded()), phrase(TOOL_TEXT, term.text()), phrase(FILES, term.text())));
            case PREFIX ->
                anyOf(List.of(
                        prefix(FOLDED, term.folded(), term.words()),
                        prefix(TOOL_TEXT, term.text().toLowerCase(Locale.ROOT), term.words()),
                        prefix(FILES, term.text().toLowerCase(Locale.ROOT), term.words())));
        };
    }

    private static ObjectNode anyOf(List<ObjectNode> queries) {
        ObjectNode query = object();
        ArrayNode should =
                query.putObject("bool").put("minimum_should_match", 1).putArray("should");
        queries.forEach(should::add);
        return query;
    }

    private static ObjectNode phrase(String field, String text) {
        ObjectNode query = object();
        query.putObject("match_phrase").put(field, text);
        return query;
    }

    /** Some signs are within a word of the index, as in {@code foo.bar}, others end it: so it is looked for in both ways. */
    private static ObjectNode prefix(String field, String whole, List<String> words) {
        String last = words.get(words.size() - 1);
        if (last.codePoints().anyMatch(Character::isIdeographic)) {
            return phrase(field, whole); // each of them is a word
        }
        if (words.size() == 1) {
            return anyOf(List.of(prefix(field, whole), prefix(field, last)));
        }
        ObjectNode apart = object();
        ArrayNode must = apart.putObject("bool").putArray("must");
        words.subList(0, words.size() - 1).forEach(word -> must.add(phrase(field, word)));
        must.add(prefix(field, last));
        return anyOf(List.of(prefix(field, whole), apart));
    }

    private static ObjectNode prefix(String field, String text) {
        ObjectNode query = object();
        query.putObject("prefix").put(field, text);
        return query;
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
