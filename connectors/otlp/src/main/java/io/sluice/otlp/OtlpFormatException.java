package io.sluice.otlp;

import java.io.IOException;

/** A body that is not OTLP/JSON. The message names the place, what was found and what was expected; never content. */
public final class OtlpFormatException extends IOException {
    private static final long serialVersionUID = 1L;
    private static final int MAX_PATH_CHARS = 256;

    private final String path;

    OtlpFormatException(String path, String found, String expected) {
        super(shorten(path) + ": " + found + " (expected: " + expected + ")");
        this.path = shorten(path);
    }

    /** JSON pointer to the value at fault, for example {@code /resourceLogs/0/resource}; {@code body}: the whole. */
    public String path() {
        return path;
    }

    private static String shorten(String path) {
        if (path.isEmpty()) {
            return "body";
        }
        return path.length() <= MAX_PATH_CHARS ? path : path.substring(0, MAX_PATH_CHARS) + '…';
    }
}
