package io.sluice.server;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * What a {@code bucket_script} may say: {@code params.a / (params.b + params.c)}, with numbers and the four operations. It
 * is computed here; no script reaches Elasticsearch.
 */
final class DashboardFormula {
    private static final String PARAMS = "params.";
    private static final int LONGEST = 1_000;
    private static final int DEEPEST = 50;

    private final String text;
    private final Map<String, Double> values;
    private int at;
    private int depth;

    private DashboardFormula(String text, Map<String, Double> values) {
        this.text = text;
        this.values = values;
    }

    /** @throws Refusal INVALID for anything but a formula over these */
    static void check(String text, Set<String> names) {
        Map<String, Double> ones = new HashMap<>();
        names.forEach(name -> ones.put(name, 1.0));
        value(text, ones);
    }

    /** Empty: there is no such number, as after a division by 0. */
    static OptionalDouble value(String text, Map<String, Double> values) {
        DashboardFormula formula = new DashboardFormula(text, values);
        if (text.length() > LONGEST) {
            throw formula.refused();
        }
        double value = formula.sum();
        formula.skip();
        if (formula.at < text.length()) {
            throw formula.refused();
        }
        return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
    }

    private double sum() {
        double value = product();
        while (true) {
            if (take('+')) {
                value += product();
            } else if (take('-')) {
                value -= product();
            } else {
                return value;
            }
        }
    }

    private double product() {
        double value = factor();
        while (true) {
            if (take('*')) {
                value *= factor();
            } else if (take('/')) {
                value /= factor();
            } else {
                return value;
            }
        }
    }

    private double factor() {
        if (++depth > DEEPEST) {
            throw refused();
        }
        double value;
        if (take('-')) {
            value = -factor();
        } else if (take('(')) {
            value = sum();
            if (!take(')')) {
                throw refused();
            }
        } else {
            value = operand();
        }
        depth--;
        return value;
    }

    private double operand() {
        skip();
        int start = at;
        while (at < text.length()
                && (Character.isLetterOrDigit(text.charAt(at)) || "._".indexOf(text.charAt(at)) >= 0)) {
            at++;
        }
        String word = text.substring(start, at);
        Double value = word.startsWith(PARAMS) ? values.get(word.substring(PARAMS.length())) : null;
        if (value != null) {
            return value;
        }
        if (word.matches("\\d{1,15}(\\.\\d{1,15})?")) {
            return Double.parseDouble(word);
        }
        at = start;
        throw refused();
    }

    private void skip() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private boolean take(char expected) {
        skip();
        if (at < text.length() && text.charAt(at) == expected) {
            at++;
            return true;
        }
        return false;
    }

    private Refusal refused() {
        return Refusal.invalid(
                "script",
                text + " at " + (at + 1),
                "numbers and params of buckets_path with + - * / and brackets, of at most " + LONGEST + " characters");
    }
}
