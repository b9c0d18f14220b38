package io.sluice.sql;

import java.util.HashSet;
import java.util.Set;

/** A statement that cannot be run. The message is for people, and all that they see. */
public final class SqlException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SqlException(String message) {
        super(message);
    }

    private SqlException(String message, Throwable cause) {
        super(message, cause);
    }

    /**
     * What is at the bottom of it, since around it are only names of the machinery that it came up through; with what was
     * said besides by who passed it on.
     */
    static SqlException of(Throwable failure) {
        if (failure instanceof SqlException known) {
            return known;
        }
        Set<Throwable> seen = new HashSet<>();
        Throwable deepest = failure;
        String message = failure.toString();
        for (Throwable cause = failure; cause != null && seen.add(cause); cause = cause.getCause()) {
            if (cause.getMessage() != null) {
                String said = plain(cause.getMessage());
                if (!message.endsWith(said) || cause == failure) {
                    message = said;
                }
                deepest = cause;
            }
        }
        return new SqlException(message, deepest);
    }

    private static String plain(String message) {
        return message
                // The name of an exception's class stands before messages that came over the wire.
                .replaceFirst("^(?:(?:[a-z]\\w*\\.)+\\w+(?:Exception|Error): )+", "")
                // The parser adds every word that it knows.
                .replaceFirst("(?s)\\s*Was expecting(?: one of)?:.*", "");
    }
}
