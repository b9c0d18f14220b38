package io.sluice.server;

import io.sluice.core.content.Folding;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a search asks of the text, in a small language of its own: words, all of which must occur; {@code "phrases"};
 * {@code prefix*}; {@code -excluded}; {@code one OR another}. All else, such as names of fields, is text to look for. Pure.
 *
 * @param all of each of these at least one must occur
 * @param none of these none may occur
 */
record SearchText(List<List<Term>> all, List<Term> none) {
    static final int MOST_BYTES = 10 * 1024;
    static final int MOST_TERMS = 64;
    static final int MOST_WORDS = 64;
    static final int SHORTEST_PREFIX = 2;

    /** What any text has: of signs alone no index is made. */
    private static final Pattern SOMETHING = Pattern.compile("[\\p{L}\\p{N}\\p{So}]");

    private static final Pattern NOT_A_WORD = Pattern.compile("[^\\p{L}\\p{N}]+");
    private static final String QUOTES = "\"\u201c\u201d\u201e\u00ab\u00bb";
    private static final String Q = "q";

    enum Kind {
        /** Without quotes: a word, or several with signs between them, which are one phrase. */
        WORD,
        /** The words in this order, nothing between them. */
        PHRASE,
        /** The same; the last word may go on. */
        PREFIX
    }

    /** @param text as it was written, without quotes and star */
    record Term(Kind kind, String text) {
        String folded() {
            return Folding.fold(text);
        }

        /** Folded words, none empty. */
        List<String> words() {
            return NOT_A_WORD
                    .splitAsStream(folded())
                    .filter(word -> !word.isEmpty())
                    .toList();
        }
    }

    SearchText {
        all = all.stream().map(List::copyOf).toList();
        none = List.copyOf(none);
    }

    /** @throws Refusal INVALID; it does not repeat the text */
    static SearchText parse(String q) {
        int bytes = q.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MOST_BYTES) {
            throw invalid(bytes + " bytes", "at most " + MOST_BYTES);
        }
        return new Parser(q).parse();
    }

    /** Those that must occur, for whoever marks them. */
    List<Term> wanted() {
        return all.stream().flatMap(List::stream).toList();
    }

    private static Refusal invalid(String found, String expected) {
        return new Refusal(Refusal.Kind.INVALID, Q, Q + ": " + found + " (expected: " + expected + ")");
    }

    /** Of one text, used once. */
    private static final class Parser {
        private final String q;
        private final List<List<Term>> all = new ArrayList<>();
        private final List<Term> none = new ArrayList<>();
        private int at;
        private int terms;
        /** Whether OR stands before what comes. */
        private boolean alternative;
        /** Whether what was last can have an alternative. */
        private boolean continues;

        Parser(String q) {
            this.q = q;
        }

        SearchText parse() {
            while (skipBlanks()) {
                boolean excluded = isExclusion();
                if (excluded) {
                    at++;
                }
                if (isQuote(q.charAt(at))) {
                    phrase(excluded);
                } else {
                    word(excluded);
                }
            }
            if (alternative) {
                throw invalid("OR at the end", "words on both sides of it");
            }
            if (all.isEmpty() && none.isEmpty()) {
                throw invalid("no word", "at least one letter or digit; leave it out to search by filters alone");
            }
            return new SearchText(all, none);
        }

        private boolean skipBlanks() {
            while (at < q.length() && isBlank(q.charAt(at))) {
                at++;
            }
            return at < q.length();
        }

        private static boolean isBlank(char c) {
            return Character.isWhitespace(c) || Character.isSpaceChar(c) || Character.isISOControl(c);
        }

        private static boolean isQuote(char c) {
            return QUOTES.indexOf(c) >= 0;
        }

        /** A dash right before a word or a quote; of two dashes none, since that is how options look. */
        private boolean isExclusion() {
            return q.charAt(at) == '-'
                    && at + 1 < q.length()
                    && (isQuote(q.charAt(at + 1)) || Character.isLetterOrDigit(q.codePointAt(at + 1)));
        }

        private void phrase(boolean excluded) {
            int end = at + 1;
            while (end < q.length() && !isQuote(q.charAt(end))) {
                end++;
            }
            if (end == q.length()) {
                throw invalid("a quotation mark that is not closed", "two of them around a phrase");
            }
            String text = q.substring(at + 1, end);
            at = end + 1;
            add(new Term(Kind.PHRASE, text), excluded);
        }

        private void word(boolean excluded) {
            int end = at;
            while (end < q.length() && !isBlank(q.charAt(end)) && !isQuote(q.charAt(end))) {
                end++;
            }
            String word = q.substring(at, end);
            at = end;
            if (!excluded && (word.equals("OR") || word.equals("|"))) {
                or();
            } else if (excluded || !(word.equals("AND") || word.equals("&&"))) {
                add(term(word), excluded);
            }
        }

        private void or() {
            if (!continues || alternative) {
                throw invalid("OR without a word before it", "words on both sides of it, none of them excluded");
            }
            alternative = true;
        }

        private static Term term(String word) {
            int star = word.indexOf('*');
            if (star < 0) {
                return new Term(Kind.WORD, word);
            }
            if (star < word.length() - 1 || !endsInWord(Folding.fold(word.substring(0, star)))) {
                throw invalid(
                        "a * that does not end a word",
                        "as in confiden*, after at least " + SHORTEST_PREFIX
                                + " letters or digits; within quotation marks it is no wildcard");
            }
            Term prefix = new Term(Kind.PREFIX, word.substring(0, star));
            List<String> words = prefix.words();
            String last = words.isEmpty() ? "" : words.get(words.size() - 1);
            if (last.codePointCount(0, last.length()) < SHORTEST_PREFIX) {
                throw invalid(
                        "a prefix of " + last.codePointCount(0, last.length()) + " letters",
                        "at least " + SHORTEST_PREFIX + " letters or digits before the *");
            }
            return prefix;
        }

        private static boolean endsInWord(String folded) {
            return !folded.isEmpty() && Character.isLetterOrDigit(folded.codePointBefore(folded.length()));
        }

        private void add(Term term, boolean excluded) {
            if (!SOMETHING.matcher(term.text()).find()) {
                return;
            }
            if (++terms > MOST_TERMS) {
                throw invalid("more than " + MOST_TERMS + " words, phrases and alternatives", "at most " + MOST_TERMS);
            }
            int words = term.words().size();
            if (words > MOST_WORDS) {
                throw invalid("a phrase of " + words + " words", "at most " + MOST_WORDS);
            }
            if (excluded && alternative) {
                throw invalid("OR before an excluded word", "words on both sides of it, none of them excluded");
            }
            if (excluded) {
                none.add(term);
            } else if (alternative) {
                all.get(all.size() - 1).add(term);
            } else {
                all.add(new ArrayList<>(List.of(term)));
            }
            continues = !excluded;
            alternative = false;
        }
    }
}
