package io.sluice.claudeapi;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where a key is, never the key itself: it is read for each request, so a new one is taken without a restart, and no
 * state and no plan of a job has it.
 *
 * @param place path of a file, or name of an environment variable, of the process that reads the reports
 */
public record ApiKey(boolean file, String place) implements Serializable {
    public static ApiKey file(Path file) {
        return new ApiKey(true, file.toString());
    }

    public static ApiKey environment(String variable) {
        return new ApiKey(false, variable);
    }

    /** @throws IllegalStateException it is not there */
    String read() {
        String key = (file ? content() : String.valueOf(System.getenv().getOrDefault(place, ""))).strip();
        if (!key.matches("[\\x21-\\x7e]+")) {
            throw new IllegalStateException(
                    place + ": " + key.length() + " characters (expected: a key of the API, printable ASCII)");
        }
        return key;
    }

    private String content() {
        try {
            return Files.readString(Path.of(place));
        } catch (IOException e) {
            throw new IllegalStateException(place + ": not readable (expected: a file with a key of the API)", e);
        }
    }
}
