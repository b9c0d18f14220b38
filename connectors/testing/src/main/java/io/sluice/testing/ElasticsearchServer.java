package io.sluice.testing;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A real Elasticsearch node as a child process on 127.0.0.1, with security on. Only indices of conversations are
 * created by use.
 *
 * <p>As root it runs as user 65534 (Elasticsearch refuses root). It ends when this JVM ends, however that ends.
 */
public final class ElasticsearchServer implements AutoCloseable {
    /** The built-in superuser. */
    public static final String USER = "elastic";

    /** Flags for every JVM that is started: the build says here how tests compile. */
    private static final String JAVA_FLAGS = "JDK_JAVA_OPTIONS";

    private static final int NOBODY = 65534;

    private static final int LOG_END_BYTES = 8_192;

    /**
     * Runs $0 and ends it when standard input closes, which the operating system does even for a parent killed with
     * signal 9. The command keeps the shell's process id.
     */
    private static final String TIED_TO_PARENT =
            "exec 3<&0; (cat <&3; kill -TERM $$) >/dev/null 2>&1 & exec \"$0\" </dev/null 3<&-";

    private static final String LOG4J = """
            appender.console.type = Console
            appender.console.name = console
            appender.console.layout.type = PatternLayout
            appender.console.layout.pattern = %d{ISO8601} %-5p %c{1.} %m%n
            rootLogger.level = info
            rootLogger.appenderRef.console.ref = console
            """;

    /** The serial collector, and no heap touched ahead of need: half the resident memory at rest. */
    private static final String JVM = """
            -Xms%1$dm
            -Xmx%1$dm
            -XX:+UseSerialGC
            -XX:-AlwaysPreTouch
            -XX:+ExitOnOutOfMemoryError
            -Djava.io.tmpdir=${ES_TMPDIR}
            -Des.queryable_built_in_roles_enabled=false
            """;

    /**
     * How a node is run.
     *
     * @param software where the software is, or is unpacked to at the first start
     * @param folder everything of this node: configuration, data, log; survives it
     * @param port of HTTP
     * @param password of {@link #USER}
     * @param heapMegabytes for example 512; the process takes about 250 MB besides
     * @param startLimit how long a start may take until it counts as failed
     */
    public record Settings(
            Path software, Path folder, int port, String password, int heapMegabytes, Duration startLimit) {
        public Settings {
            software = software.toAbsolutePath();
            folder = folder.toAbsolutePath();
        }

        /** Says everything but the password. */
        @Override
        public String toString() {
            return "Settings[software=" + software + ", folder=" + folder + ", port=" + port + ", heapMegabytes="
                    + heapMegabytes + ", startLimit=" + startLimit + "]";
        }
    }

    private static @Nullable Path sharedSoftware;

    private final Settings settings;
    private final @Nullable Path temporary;
    private final Path home;
    private final Thread endWithJvm = new Thread(this::endWithJvm, "elasticsearch-end");
    private volatile @Nullable Process process;

    private ElasticsearchServer(Settings settings, @Nullable Path temporary) throws IOException {
        this.settings = settings;
        this.temporary = temporary;
        this.home = ElasticsearchDistribution.unpackInto(settings.software());
        configure();
        Runtime.getRuntime().addShutdownHook(endWithJvm);
    }

    /** Starts on a free port, with a generated password and a temporary folder, which {@link #close} deletes. */
    public static ElasticsearchServer start() throws IOException, InterruptedException {
        byte[] secret = new byte[18];
        new SecureRandom().nextBytes(secret);
        Path temporary = temporaryFolder();
        Settings settings = new Settings(
                sharedSoftware(),
                temporary.resolve("node"),
                FreePort.next(),
                Base64.getUrlEncoder().encodeToString(secret),
                512,
                Duration.ofMinutes(3));
        return start(settings, temporary);
    }

    /** Unpacked once for all temporary nodes of this JVM. */
    private static synchronized Path sharedSoftware() throws IOException {
        Path software = sharedSoftware;
        if (software == null) {
            software = temporaryFolder();
            sharedSoftware = software;
            Path folder = software;
            Runtime.getRuntime().addShutdownHook(new Thread(() -> deleteQuietly(folder)));
        }
        return software;
    }

    /** That every user may enter. */
    private static Path temporaryFolder() throws IOException {
        Path folder = Files.createTempDirectory("sluice-elasticsearch-");
        return Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void deleteQuietly(Path folder) {
        try {
            Folders.delete(folder);
        } catch (IOException e) {
            // What stays is in the system's temporary folder, and nobody is left to tell.
        }
    }

    /**
     * Starts and waits until the node answers.
     *
     * @throws IOException if it does not start; the message ends with the end of its log
     */
    public static ElasticsearchServer start(Settings settings) throws IOException, InterruptedException {
        return start(settings, null);
    }

    private static ElasticsearchServer start(Settings settings, @Nullable Path temporary)
            throws IOException, InterruptedException {
        ElasticsearchServer server = new ElasticsearchServer(settings, temporary);
        try {
            server.restart();
            return server;
        } catch (IOException | InterruptedException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /** Of HTTP, without a path: {@code http://127.0.0.1:PORT}. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + settings.port());
    }

    public String password() {
        return settings.password();
    }

    /** Where it keeps its indices. */
    public Path data() {
        return settings.folder().resolve("data");
    }

    /** Everything the node printed, over all its starts. */
    public Path log() {
        return settings.folder().resolve("console.log");
    }

    public boolean isAlive() {
        Process current = process;
        return current != null && current.isAlive();
    }

    /** Completes when the running process ends, however it ends. */
    public CompletableFuture<?> onExit() {
        Process current = process;
        return current == null ? CompletableFuture.completedFuture(null) : current.onExit();
    }

    /** Ends the node with signal 9, as a crash would. Its data and its port stay for {@link #restart}. */
    public synchronized void kill() {
        destroy();
    }

    /** Ends the node in order. Its data and its port stay for {@link #restart}. */
    public synchronized void stop() throws InterruptedException {
        Process current = process;
        if (current != null) {
            current.destroy();
            if (!current.waitFor(30, TimeUnit.SECONDS)) {
                destroy();
            }
        }
    }

    /** Starts the node on the same data and port, after ending it in order if it runs; waits until it answers. */
    public synchronized void restart() throws IOException, InterruptedException {
        stop();
        ProcessBuilder builder = command("sh", "-c", TIED_TO_PARENT, script("elasticsearch"));
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
        Process started = builder.start();
        process = started;
        awaitAnswer(started);
    }

    @Override
    public synchronized void close() throws IOException {
        destroy();
        try {
            Runtime.getRuntime().removeShutdownHook(endWithJvm);
        } catch (IllegalStateException e) {
            // The JVM is ending: the hook has run or will run.
        }
        if (temporary != null) {
            Folders.delete(temporary);
        }
    }

    private void endWithJvm() {
        destroy();
        if (temporary != null) {
            deleteQuietly(temporary);
        }
    }

    private void destroy() {
        Process current = process;
        if (current == null) {
            return;
        }
        // The node itself is a child of its launcher. The list is taken first: nobody is parent to orphans.
        List<ProcessHandle> tree = new ArrayList<>(current.descendants().toList());
        tree.add(current.toHandle());
        tree.forEach(ProcessHandle::destroyForcibly);
        tree.forEach(handle -> handle.onExit().join());
    }

    private void configure() throws IOException {
        Path folder = settings.folder();
        Path configuration = folder.resolve("config");
        for (String name : List.of("config", "data", "logs", "tmp")) {
            Files.createDirectories(folder.resolve(name));
        }
        Files.writeString(configuration.resolve("elasticsearch.yml"), yaml());
        Files.writeString(configuration.resolve("log4j2.properties"), LOG4J);
        Files.writeString(configuration.resolve("jvm.options"), JVM.formatted(settings.heapMegabytes()));
        if (isRoot()) {
            for (Path needed : List.of(home, folder)) {
                Path closed = Folders.firstClosed(needed);
                if (closed != null) {
                    throw new IOException("Elasticsearch folder: " + needed + " (expected: a folder that user " + NOBODY
                            + " may enter, since Elasticsearch does not run as root; " + closed + " is closed to it)");
                }
            }
            Folders.giveTo(NOBODY, NOBODY, folder);
        }
        writePassword();
    }

    private String yaml() {
        Path folder = settings.folder();
        Map<String, String> lines = new TreeMap<>();
        lines.put("cluster.name", "sluice");
        lines.put("node.name", "sluice-1");
        lines.put("discovery.type", "single-node");
        lines.put("network.host", "127.0.0.1");
        lines.put("http.port", Integer.toString(settings.port()));
        lines.put("transport.port", "0");
        lines.put("path.data", quoted(folder.resolve("data")));
        lines.put("path.logs", quoted(folder.resolve("logs")));
        lines.put("xpack.security.enabled", "true");
        // An index made by a write would have guessed mappings. Those of conversations have a template each, and come
        // by month.
        lines.put("action.auto_create_index", "'+sluice-messages-*,+sluice-conversations-*,-*'");
        // The serial collector leaves garbage until the heap is full: by default that counts, and requests are refused.
        lines.put("indices.breaker.total.use_real_memory", "false");
        // By default in percent: a laptop's disk that is nine tenths full would count as full.
        lines.put("cluster.routing.allocation.disk.watermark.low", "2gb");
        lines.put("cluster.routing.allocation.disk.watermark.high", "1gb");
        lines.put("cluster.routing.allocation.disk.watermark.flood_stage", "500mb");
        StringBuilder yaml = new StringBuilder();
        lines.forEach(
                (key, value) -> yaml.append(key).append(": ").append(value).append('\n'));
        return yaml.toString();
    }

    private static String quoted(Path path) {
        return '"' + path.toString().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** The first password of {@link #USER} comes from the keystore; the core server has no API to change it. */
    private void writePassword() throws IOException {
        Process tool = command(script("elasticsearch-keystore"), "add", "--force", "--stdin", "bootstrap.password")
                .start();
        try (OutputStream in = tool.getOutputStream()) {
            in.write(settings.password().getBytes(StandardCharsets.UTF_8));
        }
        try (InputStream out = tool.getInputStream()) {
            String printed = new String(out.readAllBytes(), StandardCharsets.UTF_8);
            int code = tool.onExit().join().exitValue();
            if (code != 0) {
                throw new IOException("elasticsearch-keystore ended with " + code + " (expected: 0): " + printed);
            }
        }
    }

    private String script(String name) {
        return home.resolve("bin").resolve(name).toString();
    }

    private ProcessBuilder command(String... command) {
        List<String> whole = new ArrayList<>();
        if (isRoot()) {
            whole.addAll(List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"));
        }
        whole.addAll(List.of(command));
        ProcessBuilder builder = new ProcessBuilder(whole).redirectErrorStream(true);
        Map<String, String> environment = builder.environment();
        environment
                .keySet()
                .removeIf(name -> name.startsWith("ES_") || name.contains("JAVA") && !name.equals(JAVA_FLAGS));
        environment.put("ES_JAVA_HOME", System.getProperty("java.home"));
        environment.put("ES_PATH_CONF", settings.folder().resolve("config").toString());
        environment.put("ES_TMPDIR", settings.folder().resolve("tmp").toString());
        return builder.directory(home.toFile());
    }

    private static boolean isRoot() {
        return new UnixSystem().getUid() == 0;
    }

    private void awaitAnswer(Process started) throws IOException, InterruptedException {
        HttpRequest health = HttpRequest.newBuilder(url().resolve("/_cluster/health?wait_for_status=yellow&timeout=1s"))
                .header("Authorization", authorization())
                .timeout(Duration.ofSeconds(5))
                .build();
        HttpClient client = HttpClient.newHttpClient();
        long deadline = System.nanoTime() + settings.startLimit().toNanos();
        String last = "no answer";
        while (System.nanoTime() < deadline) {
            if (started.waitFor(100, TimeUnit.MILLISECONDS)) {
                throw new IOException("Elasticsearch ended with " + started.exitValue() + " while starting" + logEnd());
            }
            try {
                int status = client.send(health, HttpResponse.BodyHandlers.discarding())
                        .statusCode();
                if (status == 200) {
                    return;
                }
                last = "status " + status;
            } catch (IOException e) {
                last = e.toString();
            }
        }
        destroy();
        throw new IOException("Elasticsearch at " + url() + " not ready (expected: within " + settings.startLimit()
                + "; last: " + last + ")" + logEnd());
    }

    private String authorization() {
        byte[] credentials = (USER + ":" + settings.password()).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(credentials);
    }

    private String logEnd() throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(log())) {
            channel.position(Math.max(0, channel.size() - LOG_END_BYTES));
            String end = new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
            return "; end of " + log() + ":\n" + end;
        }
    }
}
