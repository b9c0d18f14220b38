package io.sluice.scim;

import com.unboundid.scim2.common.exceptions.BadRequestException;
import com.unboundid.scim2.common.filters.Filter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Filter text to the library's tree. In front of the library's parser stand the limits that it lacks, the refusal of what
 * makes it fail with other exceptions (objects and lists as values), and one rewriting: Entra sends
 * {@code emails[type eq "work"].value eq "x"}, which the grammar does not have; it means
 * {@code emails[(type eq "work") and value eq "x"]}.
 */
final class FilterText {
    static final int LONGEST = 8_192;
    static final int DEEPEST = 32;

    private static final Pattern POSITION = Pattern.compile("position (\\d+)");

    private final String text;
    private final StringBuilder out = new StringBuilder();
    private int at;

    private FilterText(String text) {
        this.text = text;
    }

    /** @throws ScimException 400 {@code invalidFilter} */
    static Filter parse(String text) {
        if (text.length() > LONGEST) {
            throw refused(text, "at most " + LONGEST + " characters");
        }
        String prepared = new FilterText(text).prepare();
        try {
            return Filter.fromString(prepared);
        } catch (BadRequestException e) {
            Matcher position = POSITION.matcher(String.valueOf(e.getMessage()));
            // The position is in the prepared text, which differs from the given one only behind a "]."
            String where = position.find() && prepared.equals(text) ? " from position " + position.group(1) : "";
            throw refused(text, "the grammar of RFC 7644, 3.4.2.2, which it leaves" + where);
        } catch (RuntimeException e) {
            throw refused(text, "the grammar of RFC 7644, 3.4.2.2");
        }
    }

    static ScimException refused(String text, String expected) {
        return ScimException.badRequest(
                ScimErrorType.INVALID_FILTER,
                "filter: text of " + text.length() + " characters (expected: " + expected + ")");
    }

    private String prepare() {
        int depth = 0;
        int bracket = -1;
        int depthAtBracket = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            switch (c) {
                case '"' -> out.append(quoted());
                case '(' -> {
                    if (++depth > DEEPEST) {
                        throw refused(text, "parentheses nested at most " + DEEPEST + " deep");
                    }
                    take();
                }
                case ')' -> {
                    if (--depth < (bracket < 0 ? 0 : depthAtBracket)) {
                        throw refused(text, "no ')' without its '(', at position " + at);
                    }
                    take();
                }
                case '[' -> {
                    if (bracket >= 0 || at == 0 || !isName(text.charAt(at - 1))) {
                        throw refused(text, "'[' behind a name and not within another, at position " + at);
                    }
                    bracket = out.length();
                    depthAtBracket = depth;
                    take();
                }
                case ']' -> {
                    if (bracket < 0 || depth != depthAtBracket) {
                        throw refused(text, "no ']' without its '[', at position " + at);
                    }
                    at++;
                    if (at < text.length() && text.charAt(at) == '.') {
                        at++;
                        String condition = condition();
                        out.insert(bracket + 1, '(').append(") and ").append(condition);
                    }
                    out.append(']');
                    bracket = -1;
                }
                default -> {
                    if (c < ' ' || c == 0x7f || c == '{' || c == '}') {
                        throw refused(text, "no control character and no brace outside of quotes, at position " + at);
                    }
                    take();
                }
            }
        }
        if (depth != 0 || bracket >= 0) {
            throw refused(text, "every '(' and '[' closed");
        }
        return out.toString();
    }

    private void take() {
        out.append(text.charAt(at++));
    }

    /** The quoted text that begins here, with its quotes. */
    private String quoted() {
        int end = endOfQuoted(text, at);
        if (end < 0) {
            throw refused(text, "every '\"' closed");
        }
        String quoted = text.substring(at, end);
        at = end;
        return quoted;
    }

    /** The index behind the closing quote of the quoted text that begins at {@code from}, or -1. */
    static int endOfQuoted(String text, int from) {
        for (int i = from + 1; i < text.length(); i++) {
            if (text.charAt(i) == '\\') {
                i++;
            } else if (text.charAt(i) == '"') {
                return i + 1;
            }
        }
        return -1;
    }

    /** {@code value eq "x"} or {@code value pr}: what stands behind {@code ].} */
    private String condition() {
        String name = word();
        spaces();
        String operator = word();
        if (operator.equalsIgnoreCase("pr")) {
            return name + " pr";
        }
        spaces();
        return name + " " + operator + " " + (at < text.length() && text.charAt(at) == '"' ? quoted() : word());
    }

    private String word() {
        int start = at;
        while (at < text.length() && " ()[]\"".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        if (start == at) {
            throw refused(text, "sub-attribute, operator and value behind '].', at position " + at);
        }
        return text.substring(start, at);
    }

    private void spaces() {
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
    }

    private static boolean isName(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '-' || c == '$';
    }
}
