package io.sluice.standalone;

/** A command cannot do what it was asked for. The message is for people, and all that they see. */
final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CommandException(String message) {
        super(message);
    }

    CommandException(String message, Throwable cause) {
        super(message, cause);
    }
}
