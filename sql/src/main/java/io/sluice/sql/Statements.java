package io.sluice.sql;

import java.util.ArrayList;
import java.util.List;

/** Text with statements, each ended by a semicolon; the last one's may be missing. */
final class Statements {
    private Statements() {}

    /** Statements without their semicolons, comments included; none that is only blanks and comments. */
    static List<String> split(String text) {
        List<String> statements = new ArrayList<>();
        Scanner scanner = new Scanner(text);
        int start = 0;
        while (scanner.next()) {
            if (scanner.ends) {
                add(statements, text.substring(start, scanner.at), scanner.hasCode);
                start = scanner.at + 1;
                scanner.hasCode = false;
            }
        }
        add(statements, text.substring(start), scanner.hasCode);
        return statements;
    }

    private static void add(List<String> statements, String statement, boolean hasCode) {
        if (hasCode) {
            statements.add(statement.strip());
        }
    }

    /** Whether whoever types is done: nothing stands after a semicolon, or there is nothing at all. */
    static boolean isComplete(String text) {
        Scanner scanner = new Scanner(text);
        boolean open = false;
        while (scanner.next()) {
            if (scanner.ends) {
                scanner.hasCode = false;
            }
            open = scanner.hasCode;
        }
        return !open;
    }

    /** A statement without comments, and each run of blanks outside of quotes a single one. For telling what it is. */
    static String plain(String statement) {
        StringBuilder plain = new StringBuilder();
        Scanner scanner = new Scanner(statement);
        while (scanner.next()) {
            char c = statement.charAt(scanner.at);
            if (scanner.inComment || scanner.endsComment || (scanner.quote == 0 && Character.isWhitespace(c))) {
                if (!plain.isEmpty() && plain.charAt(plain.length() - 1) != ' ') {
                    plain.append(' ');
                }
            } else {
                plain.append(c);
            }
        }
        return plain.toString().strip();
    }

    /** Goes through SQL, and knows what is quoted and what is a comment. */
    private static final class Scanner {
        private final String text;
        int at = -1;
        /** The quote that is open; 0: none. */
        char quote;

        boolean inComment;
        /** At a semicolon that ends a statement. */
        boolean ends;

        boolean hasCode;
        boolean endsComment;
        private boolean inBlock;
        private int blockFrom;

        Scanner(String text) {
            this.text = text;
        }

        boolean next() {
            at++;
            if (at >= text.length()) {
                return false;
            }
            ends = false;
            endsComment = false;
            char c = text.charAt(at);
            if (inComment) {
                endComment(c);
            } else if (quote != 0) {
                if (c == quote) {
                    quote = 0; // Of a doubled quote the second one opens again.
                }
            } else if (text.startsWith("--", at) || text.startsWith("/*", at)) {
                inComment = true;
                inBlock = c == '/';
                blockFrom = at + 2;
            } else if (c == '\'' || c == '`' || c == '"') {
                quote = c;
                hasCode = true;
            } else if (c == ';') {
                ends = true;
            } else if (!Character.isWhitespace(c)) {
                hasCode = true;
            }
            return true;
        }

        private void endComment(char c) {
            if (inBlock ? c == '/' && at > blockFrom && text.charAt(at - 1) == '*' : c == '\n') {
                inComment = false;
                endsComment = true;
            }
        }
    }
}
