package io.sluice.server;

import java.util.ArrayList;
import java.util.List;

/**
 * What dashboards may write into the line of a query: {@code team:platform AND NOT model:("a" OR "b") AND _exists_:tool},
 * as Grafana fills in its variables. Nothing else of Lucene's language: no wildcards, ranges, regular expressions.
 */
final class DashboardQueryString {
    private static final String SPECIAL = "+-!^~?*[]{}<>/&|\"():";
    private static final String EXPECTED =
            "field:value, field:\"value\" or field:(\"a\" OR \"b\"), joined by AND, with NOT"
                    + " in front, or _exists_:field; * for anything";

    /**
     * One condition.
     *
     * @param values any of which; none with exists
     * @param exists whether it asks for any value
     */
    record Term(String field, List<String> values, boolean negated, boolean exists) {}

    private final String text;
    private int at;

    private DashboardQueryString(String text) {
        this.text = text;
    }

    /**
     * Terms that all have to hold. {@code field:*} is none: it is what Grafana asks for All, and that is to contain what has no
     * such label.
     *
     * @throws Refusal INVALID for anything else
     */
    static List<Term> parse(String text) {
        return new DashboardQueryString(text).terms();
    }

    private List<Term> terms() {
        List<Term> terms = new ArrayList<>();
        skip();
        if (at == text.length() || text.substring(at).strip().equals("*")) {
            return terms;
        }
        while (true) {
            boolean negated = takeWord("NOT");
            String field = bare();
            take(':');
            List<String> values = values();
            if (field.equals("_exists_")) {
                if (values.size() != 1) {
                    throw refused();
                }
                terms.add(new Term(values.get(0), List.of(), negated, true));
            } else if (!values.isEmpty()) {
                terms.add(new Term(field, values, negated, false));
            } else if (negated) {
                throw refused();
            }
            skip();
            if (at == text.length()) {
                return terms;
            }
            if (!takeWord("AND")) {
                throw refused();
            }
        }
    }

    /** Empty: anything. */
    private List<String> values() {
        if (at < text.length() && text.charAt(at) == '*') {
            at++;
            return List.of();
        }
        if (at == text.length() || text.charAt(at) != '(') {
            return List.of(value());
        }
        List<String> values = new ArrayList<>();
        do {
            at += values.isEmpty() ? 1 : 0;
            skip();
            if (text.startsWith("*)", at) && values.isEmpty()) {
                at += 2;
                return List.of();
            }
            values.add(value());
            skip();
        } while (takeWord("OR"));
        take(')');
        return values;
    }

    private String value() {
        if (at == text.length() || text.charAt(at) != '"') {
            return bare();
        }
        StringBuilder value = new StringBuilder();
        at++;
        while (at < text.length() && text.charAt(at) != '"') {
            value.append(character());
        }
        take('"');
        return value.toString();
    }

    private String bare() {
        StringBuilder word = new StringBuilder();
        // A minus is part of names; in front it would mean NOT.
        while (at < text.length()
                && !Character.isWhitespace(text.charAt(at))
                && (SPECIAL.indexOf(text.charAt(at)) < 0 || text.charAt(at) == '-' && word.length() > 0)) {
            word.append(character());
        }
        if (word.isEmpty()) {
            throw refused();
        }
        return word.toString();
    }

    private char character() {
        if (text.charAt(at) == '\\' && at + 1 < text.length()) {
            at++;
        }
        return text.charAt(at++);
    }

    private void skip() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private boolean takeWord(String word) {
        skip();
        int end = at + word.length();
        if (text.startsWith(word, at) && end < text.length() && Character.isWhitespace(text.charAt(end))) {
            at = end;
            skip();
            return true;
        }
        return false;
    }

    private void take(char expected) {
        if (at == text.length() || text.charAt(at) != expected) {
            throw refused();
        }
        at++;
    }

    private Refusal refused() {
        return Refusal.invalid("query", text + " at " + (at + 1), EXPECTED);
    }
}
