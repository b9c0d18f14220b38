package io.sluice.claudeapi;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where a key is, never the key itself: it is read for each request, so a new one is taken without a restart, and no
 * state and no plan of a job has it.
 *
 * @param place path of a file, or name of an environment variable, of the process that sends the requests
 */
public record ApiKey(boolean file, String place) implements Serializable {
    /** It cannot be read now. The message says where it should be and how it is set, and has nothing of the key. */
    public static final class Unreadable extends IllegalStateException {
        private static final long serialVersionUID = 1L;

        Unreadable(String place, String shape) {
            super(place + ": " + shape + " (expected: a key of the API, printable ASCII; the place is set by"
                    + " SLUICE_REPORTED_KEY_FILE or SLUICE_COMPLIANCE_KEY_FILE of ./sluice up, and by key-file or key-variable"
                    + " of the job, below reported or compliance)");
        }
    }

    public static ApiKey file(Path file) {
        return new ApiKey(true, file.toString());
    }

    public static ApiKey environment(String variable) {
        return new ApiKey(false, variable);
    }

    public String read() {
        String key = (file ? content() : String.valueOf(System.getenv().getOrDefault(place, ""))).strip();
        if (!key.matches("[\\x21-\\x7e]+")) {
            throw new Unreadable(place, key.length() + " characters");
        }
        return key;
    }

    private String content() {
        try {
            return Files.readString(Path.of(place));
        } catch (IOException e) {
            throw new Unreadable(place, "not readable, " + e.getClass().getSimpleName());
        }
    }
}
