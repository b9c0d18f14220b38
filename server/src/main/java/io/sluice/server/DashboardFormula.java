package io.sluice.server;

import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.DoubleBinaryOperator;
import java.util.function.ToDoubleFunction;

/**
 * What a {@code bucket_script} may say: {@code params.a / (params.b + params.c)}, with numbers and the four operations. It
 * is computed here; no script reaches Elasticsearch.
 */
final class DashboardFormula {
    private final ToDoubleFunction<Map<String, Double>> formula;

    private DashboardFormula(ToDoubleFunction<Map<String, Double>> formula) {
        this.formula = formula;
    }

    /**
     * @param names of its variables
     * @throws Refusal INVALID for anything but a formula over these
     */
    static DashboardFormula of(String text, Set<String> names) {
        return new DashboardFormula(new Reader(text, names).whole());
    }

    /** Empty: there is no such number, as after a division by 0, or without the value of a variable. */
    OptionalDouble value(Map<String, Double> values) {
        double value = formula.applyAsDouble(values);
        return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
    }

    private static final class Reader {
        private static final String PARAMS = "params.";
        private static final int LONGEST = 1_000;
        private static final int DEEPEST = 50;

        private final String text;
        private final Set<String> names;
        private int at;
        private int depth;

        Reader(String text, Set<String> names) {
            this.text = text;
            this.names = names;
        }

        ToDoubleFunction<Map<String, Double>> whole() {
            if (text.length() > LONGEST) {
                throw refused();
            }
            ToDoubleFunction<Map<String, Double>> whole = sum();
            skip();
            if (at < text.length()) {
                throw refused();
            }
            return whole;
        }

        private ToDoubleFunction<Map<String, Double>> sum() {
            ToDoubleFunction<Map<String, Double>> sum = product();
            while (true) {
                if (take('+')) {
                    sum = both(sum, product(), (left, right) -> left + right);
                } else if (take('-')) {
                    sum = both(sum, product(), (left, right) -> left - right);
                } else {
                    return sum;
                }
            }
        }

        private ToDoubleFunction<Map<String, Double>> product() {
            ToDoubleFunction<Map<String, Double>> product = factor();
            while (true) {
                if (take('*')) {
                    product = both(product, factor(), (left, right) -> left * right);
                } else if (take('/')) {
                    product = both(product, factor(), (left, right) -> left / right);
                } else {
                    return product;
                }
            }
        }

        private static ToDoubleFunction<Map<String, Double>> both(
                ToDoubleFunction<Map<String, Double>> left,
                ToDoubleFunction<Map<String, Double>> right,
                DoubleBinaryOperator operation) {
            return values -> operation.applyAsDouble(left.applyAsDouble(values), right.applyAsDouble(values));
        }

        private ToDoubleFunction<Map<String, Double>> factor() {
            if (++depth > DEEPEST) {
                throw refused();
            }
            ToDoubleFunction<Map<String, Double>> factor;
            if (take('-')) {
                ToDoubleFunction<Map<String, Double>> negated = factor();
                factor = values -> -negated.applyAsDouble(values);
            } else if (take('(')) {
                factor = sum();
                if (!take(')')) {
                    throw refused();
                }
            } else {
                factor = operand();
            }
            depth--;
            return factor;
        }

        private ToDoubleFunction<Map<String, Double>> operand() {
            skip();
            int start = at;
            while (at < text.length()
                    && (Character.isLetterOrDigit(text.charAt(at)) || "._".indexOf(text.charAt(at)) >= 0)) {
                at++;
            }
            String word = text.substring(start, at);
            if (word.startsWith(PARAMS) && names.contains(word.substring(PARAMS.length()))) {
                String name = word.substring(PARAMS.length());
                return values -> values.getOrDefault(name, Double.NaN);
            }
            if (word.matches("\\d{1,15}(\\.\\d{1,15})?")) {
                double number = Double.parseDouble(word);
                return values -> number;
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
                    "numbers and params of buckets_path with + - * / and brackets, of at most " + LONGEST
                            + " characters");
        }
    }
}
