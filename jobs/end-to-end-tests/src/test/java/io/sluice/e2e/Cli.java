package io.sluice.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.testing.FreePort;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The {@code sluice} command as built, on ports and data of its own. */
final class Cli {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> PORTS = List.of(
            "REST_PORT",
            "OTLP_HTTP_PORT",
            "OTLP_GRPC_PORT",
            "FLINK_PORT",
            "FLINK_RPC_PORT",
            "KAFKA_PORT",
            "KAFKA_CONTROLLER_PORT",
            "ELASTICSEARCH_PORT");

    private final Path home;
    private final Map<String, String> environment = new HashMap<>();

    Cli(Path data) throws IOException {
        this(Path.of(System.getProperty("sluice.home")), data);
    }

    /** The command from another folder, where what was built is put. */
    static Cli moved(Path home, Path data) throws IOException, InterruptedException {
        // Hard links: it is some 400 MB.
        Process copy = new ProcessBuilder("cp", "-al", System.getProperty("sluice.home"), home.toString())
                .inheritIO()
                .start();
        if (copy.waitFor() != 0) {
            throw new IOException(home + ": cannot be made");
        }
        return new Cli(home, data);
    }

    private Cli(Path home, Path data) throws IOException {
        this.home = home;
        environment.putAll(freePorts());
        environment.put("SLUICE_DATA_DIR", data.toString());
        environment.put("JAVA_HOME", System.getProperty("java.home"));
    }

    /** Settings, by the name of their variable. */
    private static Map<String, String> freePorts() throws IOException {
        Map<String, String> ports = new HashMap<>();
        for (String port : PORTS) {
            ports.put("SLUICE_" + port, Integer.toString(FreePort.next()));
        }
        return ports;
    }

    /** @param setting without {@code SLUICE_} */
    Cli with(String setting, String value) {
        environment.put("SLUICE_" + setting, value);
        return this;
    }

    String setting(String name) {
        return Objects.requireNonNull(environment.get("SLUICE_" + name), name);
    }

    Path captures() {
        return home.resolve("captures");
    }

    /** A command under way. */
    record Running(Process process, CompletableFuture<String> output) {
        JsonNode json(long seconds) throws Exception {
            return JSON.readTree(output.get(seconds, TimeUnit.SECONDS));
        }
    }

    /** @param onLine told each line that the command says to a person (its standard error) */
    Running start(Consumer<String> onLine, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(home.resolve("sluice").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(Path.of("/").toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        new Thread(() -> process.errorReader().lines().forEach(onLine), "sluice-stderr").start();
        CompletableFuture<String> output = CompletableFuture.supplyAsync(
                () -> firstJson(process), task -> new Thread(task, "sluice-stdout").start());
        return new Running(process, output);
    }

    /** What the stack's processes are like; its exit code tells health, which is not asked here. */
    JsonNode status() throws Exception {
        Running running = start(line -> {}, "status", "--json");
        return running.json(60);
    }

    /** Runs a command with {@code --json} to its end, which has to be a good one. */
    JsonNode run(String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--json");
        List<String> said = new ArrayList<>();
        Running running = start(said::add, all.toArray(String[]::new));
        JsonNode answer = running.json(180);
        if (!running.process().waitFor(60, TimeUnit.SECONDS)
                || running.process().exitValue() != 0) {
            throw new AssertionError(String.join(" ", all) + ": " + answer + " " + said);
        }
        return answer;
    }

    /** What a command prints that ends well. */
    List<String> lines(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(home.resolve("sluice").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(Path.of("/").toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        List<String> lines = process.inputReader().lines().toList();
        if (process.waitFor() != 0) {
            throw new AssertionError(String.join(" ", arguments) + ": " + process.exitValue() + " " + lines);
        }
        return lines;
    }

    /** What a command prints until its JSON object is whole; it may go on running. */
    private static String firstJson(Process process) {
        StringBuilder text = new StringBuilder();
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                text.append(line).append('\n');
                if (line.equals("}") || (line.startsWith("{") && line.endsWith("}"))) {
                    break;
                }
            }
            return text.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
