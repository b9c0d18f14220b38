package io.sluice.bench;

/** What was measured gave a wrong result, so that its speed says nothing. */
final class IncorrectException extends Exception {
    private static final long serialVersionUID = 1L;

    IncorrectException(String problem) {
        super(problem);
    }
}
