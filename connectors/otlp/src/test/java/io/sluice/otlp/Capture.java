package io.sluice.otlp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A recorded run of the real client: its request bodies, and the totals that it printed itself. */
record Capture(String name, List<Body> bodies) {
    static final List<String> ALL =
            List.of("accept", "denied", "mcp", "errors", "cumulative", "resume", "protobuf", "grpc", "blocked-prompt");

    private static final ObjectMapper JSON = new ObjectMapper();

    static final class Body {
        private final String file;
        private final byte[] bytes;

        Body(String file, byte[] bytes) {
            this.file = file;
            this.bytes = bytes;
        }

        String file() {
            return file;
        }

        byte[] bytes() {
            return bytes;
        }

        boolean isJson() {
            return file.endsWith(".json");
        }

        boolean isLogs() {
            return file.contains("-logs.");
        }
    }

    static Capture of(String name) throws IOException {
        List<Body> bodies = new ArrayList<>();
        try (Stream<Path> files = Files.list(root().resolve(name))) {
            for (Path file : files.sorted().toList()) {
                String fileName = file.getFileName().toString();
                if (!fileName.equals("expected.json")) {
                    bodies.add(new Body(fileName, Files.readAllBytes(file)));
                }
            }
        }
        return new Capture(name, bodies);
    }

    /**
     * Micro-USD per session, of all events of the capture. A resumed process prints the total of its predecessors and
     * its own; a fork does so under a new session.
     */
    Map<String, Long> expectedMicros() throws IOException {
        Map<String, Long> expected = new TreeMap<>();
        if (!Files.exists(root().resolve(name).resolve("expected.json"))) {
            JsonNode session = read(root().resolve("expected.json")).get(name);
            expected.put(
                    session.get("session_id").asText(),
                    session.get("total_cost_micros").asLong());
            return expected;
        }
        long before = 0;
        for (JsonNode result :
                read(root().resolve(name).resolve("expected.json")).get("results")) {
            long printed = result.get("total_cost_micros").asLong();
            boolean accumulates = List.of("resume", "continue", "fork")
                    .contains(result.path("process").asText());
            long own = accumulates ? printed - before : printed;
            expected.merge(result.get("session_id").asText(), own, Long::sum);
            before = printed;
        }
        expected.values().removeIf(micros -> micros == 0);
        return expected;
    }

    private static JsonNode read(Path file) throws IOException {
        return JSON.readTree(file.toFile());
    }

    private static Path root() {
        try {
            return Path.of(Objects.requireNonNull(Capture.class.getResource("/claude-code"))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
