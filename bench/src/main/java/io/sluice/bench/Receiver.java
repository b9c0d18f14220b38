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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Sluice's server in a process of its own, with the embedded stack's options. */
final class Receiver {
    private static final int START_SECONDS = 60;

    private final Process process;
    private final int port;
    private final int restPort;

    private Receiver(Process process, int port, int restPort) {
        this.process = process;
        this.port = port;
        this.restPort = restPort;
    }

    /** Without Elasticsearch and Flink, which telemetry does not need. */
    static Receiver start(Workspace workspace, Broker broker) throws IOException, InterruptedException {
        return start(workspace, broker, Map.of("SLUICE_ELASTICSEARCH_URL", "http://127.0.0.1:1"));
    }

    /** Returns when it takes telemetry. */
    static Receiver start(Workspace workspace, Broker broker, Map<String, String> settings)
            throws IOException, InterruptedException {
        Path portFile = workspace.folder().resolve("ports");
        Files.deleteIfExists(portFile); // of one before
        Map<String, String> environment = new HashMap<>(settings);
        environment.put("MALLOC_ARENA_MAX", "2");
        environment.put("SLUICE_REST_PORT", "0");
        environment.put("SLUICE_OTLP_HTTP_PORT", "0");
        environment.put("SLUICE_OTLP_GRPC_PORT", "0");
        environment.put("SLUICE_KAFKA_BOOTSTRAP_SERVERS", broker.servers());
        environment.put("SLUICE_DATA_DIR", workspace.folder("server").toString());
        environment.put("SLUICE_FLINK_URL", "http://127.0.0.1:1");
        Process process = workspace.start(
                "server",
                List.of(
                        "-Xms32m",
                        "-Xmx512m",
                        "-XX:NewRatio=1",
                        "-Xss512k",
                        "-XX:+UseSerialGC",
                        "-XX:+ExitOnOutOfMemoryError"),
                environment,
                Receiver.class,
                portFile.toString());
        HttpClient http = HttpClient.newHttpClient();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (process.isAlive() && System.nanoTime() < deadline) {
            if (Files.exists(portFile)) {
                String[] ports = Files.readString(portFile).split(" ");
                int port = Integer.parseInt(ports[0]);
                HttpRequest nothing = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/logs"))
                        .header("content-type", "application/x-protobuf")
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build();
                int status = http.send(nothing, HttpResponse.BodyHandlers.discarding())
                        .statusCode();
                if (status == 200) {
                    return new Receiver(process, port, Integer.parseInt(ports[1]));
                }
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        throw new IOException("The server does not start.\n" + workspace.logEnd("server"));
    }

    /** The process itself. Argument: the file for the ports of OTLP/HTTP and REST. Ends when its standard input does. */
    public static void main(String[] args) throws IOException {
        SluiceServer server = SluiceServer.start(System.getenv());
        Path file = Path.of(args[0]);
        Path whole = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(whole, server.otlpHttpPort() + " " + server.restPort());
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
        while (System.in.read() >= 0) {
            // Nothing is said to it.
        }
        Runtime.getRuntime().halt(0);
    }

    void stop() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Of OTLP/HTTP. */
    int port() {
        return port;
    }

    int restPort() {
        return restPort;
    }

    /** Processor time it has used so far. */
    double cpuSeconds() {
        return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
    }
}
