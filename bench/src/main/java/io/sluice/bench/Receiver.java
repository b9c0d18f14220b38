package io.sluice.bench;

import io.sluice.server.SluiceServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Sluice's server in a process of its own, with the embedded stack's options. */
final class Receiver {
    private static final int START_SECONDS = 60;

    private final Process process;
    private final int port;

    private Receiver(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Returns when it takes telemetry. */
    static Receiver start(Workspace workspace, Broker broker) throws IOException, InterruptedException {
        Path portFile = workspace.folder().resolve("otlp-port");
        Process process = workspace.start(
                "server",
                List.of(
                        "-Xms32m",
                        "-Xmx512m",
                        "-XX:NewRatio=1",
                        "-Xss512k",
                        "-XX:+UseSerialGC",
                        "-XX:+ExitOnOutOfMemoryError"),
                Map.of(
                        "MALLOC_ARENA_MAX", "2",
                        "SLUICE_REST_PORT", "0",
                        "SLUICE_OTLP_HTTP_PORT", "0",
                        "SLUICE_OTLP_GRPC_PORT", "0",
                        "SLUICE_KAFKA_BOOTSTRAP_SERVERS", broker.servers(),
                        "SLUICE_DATA_DIR", workspace.folder("server").toString(),
                        // There is neither; telemetry does not need them.
                        "SLUICE_ELASTICSEARCH_URL", "http://127.0.0.1:1",
                        "SLUICE_FLINK_URL", "http://127.0.0.1:1"),
                Receiver.class,
                portFile.toString());
        HttpClient http = HttpClient.newHttpClient();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (process.isAlive() && System.nanoTime() < deadline) {
            if (Files.exists(portFile)) {
                int port = Integer.parseInt(Files.readString(portFile));
                HttpRequest nothing = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/logs"))
                        .header("content-type", "application/x-protobuf")
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build();
                int status = http.send(nothing, HttpResponse.BodyHandlers.discarding())
                        .statusCode();
                if (status == 200) {
                    return new Receiver(process, port);
                }
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        throw new IOException("The server does not start.\n" + workspace.logEnd("server"));
    }

    /** The process itself. Argument: the file for the port of OTLP/HTTP. Ends when its standard input does. */
    public static void main(String[] args) throws IOException {
        SluiceServer server = SluiceServer.start(System.getenv());
        Path file = Path.of(args[0]);
        Path whole = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(whole, Integer.toString(server.otlpHttpPort()));
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
        while (System.in.read() >= 0) {
            // Nothing is said to it.
        }
        Runtime.getRuntime().halt(0);
    }

    int port() {
        return port;
    }

    /** Processor time it has used so far. */
    double cpuSeconds() {
        return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
    }
}
