package io.sluice.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.security.auth.module.UnixSystem;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ElasticsearchServerITCase {
    private Path folder;

    @BeforeEach
    void makeAFolderThatAnyUserMayEnter() throws IOException {
        folder = Files.createTempDirectory("sluice-elasticsearch-test-");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @AfterEach
    void deleteTheFolder() throws IOException {
        Folders.delete(folder);
    }

    @Test
    void keepsWhatItAcknowledgedOverAKillAndAsksForThePassword() throws Exception {
        ElasticsearchServer server = ElasticsearchServer.start();
        try (server) {
            assertThat(call(server, "GET", "/_cluster/health", "", "wrong")).isEqualTo(401);
            assertThat(call(server, "PUT", "/made-by-use/_doc/1", "{\"n\":1}")).isEqualTo(404);
            assertThat(call(server, "PUT", "/things", "{}")).isEqualTo(200);
            assertThat(call(server, "PUT", "/things/_doc/1", "{\"n\":1}")).isEqualTo(201);

            server.kill();
            assertThat(server.isAlive()).isFalse();
            assertThatThrownBy(() -> call(server, "GET", "/things/_doc/1", "")).isInstanceOf(IOException.class);

            server.restart();
            assertThat(call(server, "GET", "/_cluster/health/things?wait_for_status=yellow", ""))
                    .isEqualTo(200);
            assertThat(call(server, "GET", "/things/_doc/1", "")).isEqualTo(200);
            assertThat(usersOf(children())).isNotEmpty().doesNotContain("root");
            assertThat(server.log()).content().contains("started").doesNotContain(server.password());
        }
        assertThat(children()).isEmpty();
        assertThat(server.log()).doesNotExist();
    }

    @Test
    void endsWithAJvmThatIsKilledAndStartsAgainOnItsFolder() throws Exception {
        ElasticsearchServer.Settings settings = settings(512);
        Process owner = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Owner.class.getName(),
                        folder.toString(),
                        Integer.toString(settings.port()),
                        settings.password())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<ProcessHandle> nodes;
        try (BufferedReader out = owner.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).isEqualTo("started");
            nodes = owner.descendants().toList();
            assertThat(nodes).isNotEmpty();
        } finally {
            owner.destroyForcibly();
        }
        for (ProcessHandle node : nodes) {
            node.onExit().get(60, TimeUnit.SECONDS);
        }
        try (ElasticsearchServer server = ElasticsearchServer.start(settings)) {
            assertThat(call(server, "GET", "/_cluster/health", "")).isEqualTo(200);
            server.stop();
            assertThat(server.isAlive()).isFalse();
        }
        assertThat(settings.folder().resolve("data")).isNotEmptyDirectory();
    }

    /** The JVM that is killed. Arguments: folder, port, password. */
    static final class Owner {
        public static void main(String[] arguments) throws Exception {
            Path folder = Path.of(arguments[0]);
            ElasticsearchServer server = ElasticsearchServer.start(new ElasticsearchServer.Settings(
                    folder.resolve("software"),
                    folder.resolve("node"),
                    Integer.parseInt(arguments[1]),
                    arguments[2],
                    512,
                    Duration.ofMinutes(3)));
            System.out.println("started");
            server.onExit().join();
        }
    }

    @Test
    void showsItsLogWhenItDoesNotStart() throws Exception {
        ElasticsearchServer.Settings settings = settings(1);
        assertThatThrownBy(() -> ElasticsearchServer.start(settings))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Elasticsearch ended with")
                .hasMessageContaining(settings.folder().resolve("console.log").toString())
                .hasMessageContaining("heap");
        assertThat(settings.toString()).doesNotContain(settings.password());
        assertThat(children()).isEmpty();
    }

    @Test
    void asRootRefusesAFolderThatIsClosedToOthers() throws Exception {
        assumeTrue(new UnixSystem().getUid() == 0, "only root changes the user");
        Path closed = Files.createDirectory(folder.resolve("closed"));
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
        ElasticsearchServer.Settings open = settings(512);
        ElasticsearchServer.Settings settings = new ElasticsearchServer.Settings(
                open.software(), closed.resolve("node"), open.port(), open.password(), 512, open.startLimit());
        assertThatThrownBy(() -> ElasticsearchServer.start(settings))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(closed + " is closed to it");
    }

    private ElasticsearchServer.Settings settings(int heapMegabytes) throws IOException {
        return new ElasticsearchServer.Settings(
                folder.resolve("software"),
                folder.resolve("node"),
                FreePort.next(),
                "only-in-this-test",
                heapMegabytes,
                Duration.ofMinutes(3));
    }

    private static List<ProcessHandle> children() {
        return ProcessHandle.current()
                .descendants()
                .filter(ProcessHandle::isAlive)
                .toList();
    }

    private static List<String> usersOf(List<ProcessHandle> processes) {
        return processes.stream()
                .map(process -> process.info().user().orElse("unknown"))
                .toList();
    }

    private static int call(ElasticsearchServer server, String method, String path, String body) throws Exception {
        return call(server, method, path, body, server.password());
    }

    private static int call(ElasticsearchServer server, String method, String path, String body, String password)
            throws Exception {
        String credentials = ElasticsearchServer.USER + ":" + password;
        HttpRequest request = HttpRequest.newBuilder(server.url().resolve(path))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .header("Content-Type", "application/json")
                .header(
                        "Authorization",
                        "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8)))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }
}
