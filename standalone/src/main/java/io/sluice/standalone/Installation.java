package io.sluice.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The folder with everything that runs, as the build makes it. May be anywhere, and may be read-only. */
record Installation(Path home) {
    /** Set by the {@code sluice} script. */
    static final String HOME_PROPERTY = "sluice.home";

    /** @throws CommandException if the folder is not whole */
    static Installation find() {
        String home = System.getProperty(HOME_PROPERTY, "");
        Installation installation = new Installation(Path.of(home).toAbsolutePath());
        if (home.isEmpty() || !Files.isRegularFile(installation.home().resolve("VERSION"))) {
            throw new CommandException("-D" + HOME_PROPERTY + ": " + (home.isEmpty() ? "not set" : home)
                    + " (expected: a folder made by the build, and whole; run ./sluice, which builds it)");
        }
        return installation;
    }

    /** Class path of one process: {@code kafka}, {@code flink}, {@code server} or {@code cli}. */
    String classPath(String process) {
        return home.resolve("lib").resolve(process) + "/*";
    }

    Path job(String name) {
        return home.resolve("jobs").resolve(name + ".jar");
    }

    Path logging(String file) {
        return home.resolve("conf").resolve(file);
    }

    Path captures() {
        return home.resolve("captures");
    }

    Path elasticsearchZip() throws IOException {
        try (Stream<Path> files = Files.list(home.resolve("elasticsearch"))) {
            List<Path> zips =
                    files.filter(file -> file.toString().endsWith(".zip")).toList();
            if (zips.size() != 1) {
                throw new CommandException(home.resolve("elasticsearch") + ": " + zips.size()
                        + " archives (expected: one; SLUICE_REBUILD=1 ./sluice builds again)");
            }
            return zips.get(0);
        }
    }

    static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }
}
