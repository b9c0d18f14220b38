package io.sluice.standalone;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * How one process of the stack is run.
 *
 * @param name of its log and in messages, kebab-case
 * @param command program and arguments
 * @param environment added to this process' own; an empty value removes a variable
 * @param asNobody whether it runs as {@link User#NOBODY}; only root may ask for that
 * @param prepare done before each start, the first and later ones
 * @param stopLimit how long it may take to end in order
 */
record ProcessSpec(
        String name,
        List<String> command,
        Map<String, String> environment,
        Path directory,
        boolean asNobody,
        Preparation prepare,
        Duration stopLimit) {

    @FunctionalInterface
    interface Preparation {
        void run() throws IOException, InterruptedException;
    }
}
