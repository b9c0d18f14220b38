package io.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The {@code sluice} script, copied to a folder of the test, with programs of the test on its path. */
class ScriptTest {
    @TempDir
    private Path folder;

    private Path script = Path.of("");

    private record Result(int code, String output) {}

    @BeforeEach
    void copyScript() throws IOException {
        script = folder.resolve("sluice");
        Files.copy(Path.of("../sluice"), script);
        executable(script);
        Files.createDirectories(folder.resolve("bin"));
        for (String tool : List.of("sed", "head", "tail", "dirname", "readlink", "sleep", "mkdir", "rm")) {
            program(tool, "PATH=/usr/bin:/bin; exec " + tool + " \"$@\"");
        }
    }

    private static void executable(Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void program(String name, String body) throws IOException {
        executable(Files.writeString(folder.resolve("bin").resolve(name), "#!/bin/sh\n" + body + "\n"));
    }

    private void java(String version) throws IOException {
        program(
                "java",
                "if [ \"$1\" = -version ]; then echo 'openjdk version \"" + version
                        + "\" 2025-01-01' >&2; else echo ran" + " \"$@\"; fi");
    }

    private Result run(Map<String, String> environment, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("/bin/sh", script.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().put("PATH", folder.resolve("bin").toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }

    @Test
    void withoutJava() throws IOException, InterruptedException {
        assertThat(run(Map.of(), "spend"))
                .isEqualTo(
                        new Result(1, "Java: not found (expected: Java 17 or newer, by JAVA_HOME or on the PATH)\n"));
        assertThat(run(Map.of("JAVA_HOME", "/nowhere"), "spend").output())
                .isEqualTo("JAVA_HOME: /nowhere (expected: a folder with bin/java, of Java 17 or newer)\n");
    }

    @Test
    void withJavaThatIsTooOld() throws IOException, InterruptedException {
        for (String version : List.of("11.0.2", "1.8.0_292", "16")) {
            java(version);
            Result result = run(Map.of(), "spend");
            assertThat(result.code()).isEqualTo(1);
            assertThat(result.output())
                    .endsWith("bin/java is version " + version.replaceAll("\\..*", "")
                            + " (expected: 17 or newer; set JAVA_HOME)\n");
        }
    }

    @Test
    void withoutMaven() throws IOException, InterruptedException {
        java("17.0.15");

        assertThat(run(Map.of(), "spend"))
                .isEqualTo(new Result(
                        1, "Maven: not found (expected: Maven 3.8 or newer on the PATH, to build what is missing)\n"));
    }

    @Test
    void withMavenThatIsTooOld() throws IOException, InterruptedException {
        java("17.0.15");
        program("mvn", "echo 'Apache Maven 3.6.3'");

        assertThat(run(Map.of(), "spend")).isEqualTo(new Result(1, "Maven: version 3.6 (expected: 3.8 or newer)\n"));
    }

    @Test
    void withoutACompilerNothingIsBuilt() throws IOException, InterruptedException {
        java("21");
        program("mvn", "echo 'Apache Maven 3.9.9'");

        assertThat(run(Map.of(), "spend").output()).contains("has no compiler beside it (expected: a JDK");
    }

    @Test
    void buildsWhatIsMissingAndShowsWhy() throws IOException, InterruptedException {
        java("21");
        program("javac", "");
        program(
                "mvn",
                "if [ \"$1\" = -v ]; then echo 'Apache Maven 4.0.0'; else echo '[INFO] Building Sluice: schemas"
                        + " 0.1 [1/9]'; echo '[ERROR] no'; exit 1; fi");

        Result result = run(Map.of(), "spend");

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.output())
                .startsWith("Building Sluice.")
                .contains("[ERROR] no")
                .endsWith("The build has failed. Its log: " + folder.toRealPath() + "/standalone/target/build.log\n");
    }

    @Test
    void whatIsBuiltIsRunAlsoByALinkFromElsewhere() throws IOException, InterruptedException {
        java("17.0.15");
        Files.writeString(folder.resolve("VERSION"), "1");
        Path link = Files.createSymbolicLink(folder.resolve("bin/link"), Path.of("../sluice"));
        script = link;

        Result result = run(Map.of(), "spend", "--by", "user,model");

        assertThat(result.code()).isZero();
        assertThat(result.output())
                .startsWith("ran -Xms16m")
                .contains("-Dsluice.home=" + folder.toRealPath() + " ")
                .endsWith("io.sluice.standalone.Main spend --by user,model\n");
    }

    @Test
    void sqlHasFlinksClassPathBesides() throws IOException, InterruptedException {
        java("17.0.15");
        Files.writeString(folder.resolve("VERSION"), "1");

        assertThat(run(Map.of(), "sql", "--list"))
                .isEqualTo(new Result(
                        1,
                        folder.toRealPath()
                                + "/lib/sql: not there (expected: made by the build; SLUICE_REBUILD=1 ./sluice sql builds"
                                + " again)\n"));
        Files.createDirectories(folder.resolve("lib/sql"));
        assertThat(run(Map.of(), "sql", "-e", "SELECT 1").output())
                .contains(" -Dsluice.typing=false ")
                .contains("/lib/sql/*:" + folder.toRealPath() + "/lib/flink/*:" + folder.toRealPath() + "/lib/cli/* ")
                .endsWith("io.sluice.standalone.Main sql -e SELECT 1\n");
    }
}
