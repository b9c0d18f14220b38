package io.sluice.standalone;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "up",
        description = "Starts Kafka, Elasticsearch, Flink and the server. Data survives a restart.",
        mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
    private static final String READY = "Sluice is ready.";

    @Mixin
    private Common common = new Common();

    @Option(names = "--detach", description = "Return when everything is ready, and leave it running.")
    private boolean detach;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Settings settings = common.settings();
        Installation installation = Installation.find();
        if (detach) {
            startDetached(settings);
            print(settings);
            return 0;
        }
        try (Supervisor supervisor = Supervisor.start(settings, installation, common::tell, null)) {
            print(settings);
            common.tell(READY + " Ctrl-C ends it.");
            supervisor.awaitEnd();
        }
        return 0;
    }

    private void print(Settings settings) {
        if (common.json) {
            common.printJson(places(settings));
        } else {
            common.print(placesText(settings));
        }
    }

    static ObjectNode places(Settings settings) {
        return Api.JSON
                .createObjectNode()
                .put("console", settings.restUrl() + "/")
                .put("otlp_http", settings.otlpUrl().toString())
                .put("flink", settings.flinkUrl().toString())
                .put("data", settings.data().toString())
                .put(
                        "admin_token_file",
                        new DataFolder(settings.data()).adminToken().toString());
    }

    static String placesText(Settings settings) {
        return String.join(
                System.lineSeparator(),
                "Console      " + settings.restUrl() + "/",
                "OTLP/HTTP    " + settings.otlpUrl() + "   (set OTEL_EXPORTER_OTLP_ENDPOINT of Claude Code to it)",
                "Flink        " + settings.flinkUrl() + "/",
                "Data         " + settings.data(),
                "Admin token  " + new DataFolder(settings.data()).adminToken());
    }

    /** Runs this command again, without a terminal, and shows what that one says until it is ready or has ended. */
    private void startDetached(Settings settings) throws IOException, InterruptedException {
        DataFolder data = new DataFolder(settings.data());
        data.create();
        Path log = data.log("supervisor");
        if (Files.exists(log)) {
            Files.move(log, log.resolveSibling("supervisor.log.1"), StandardCopyOption.REPLACE_EXISTING);
        }
        Files.createFile(log);
        List<String> command = new ArrayList<>(List.of(
                "/bin/sh",
                "-c",
                "trap '' INT HUP QUIT; exec \"$@\"",
                "sluice",
                Installation.java().toString()));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "up",
                "--data",
                settings.data().toString()));
        Process supervisor = new ProcessBuilder(command)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        Thread giveUp = new Thread(supervisor::destroy, "give-up");
        Runtime.getRuntime().addShutdownHook(giveUp);
        try (RandomAccessFile printed = new RandomAccessFile(log.toFile(), "r")) {
            while (true) {
                boolean ended = supervisor.waitFor(200, TimeUnit.MILLISECONDS);
                for (String line = line(printed); line != null; line = line(printed)) {
                    if (line.startsWith(READY)) {
                        Runtime.getRuntime().removeShutdownHook(giveUp);
                        return;
                    }
                    common.tell(line);
                }
                if (ended) {
                    throw new CommandException("Sluice has not started; its log: " + log);
                }
            }
        }
    }

    /** Null: not a whole one yet. */
    private static @Nullable String line(RandomAccessFile file) throws IOException {
        long start = file.getFilePointer();
        String line = file.readLine();
        if (line == null) {
            return null;
        }
        file.seek(file.getFilePointer() - 1);
        if (file.read() != '\n') {
            file.seek(start);
            return null;
        }
        return new String(line.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }
}
