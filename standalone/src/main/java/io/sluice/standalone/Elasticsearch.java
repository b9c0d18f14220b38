package io.sluice.standalone;

import io.sluice.elasticsearch.ElasticsearchConnection;
import io.sluice.elasticsearch.ElasticsearchIndices;
import io.sluice.schema.ContentIndex;
import io.sluice.schema.Index;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Elasticsearch as a process: one node on loopback, security on, one user from the file realm. As root it runs as
 * {@link User#NOBODY}, since it refuses root.
 */
final class Elasticsearch {
    static final String USER = "sluice";

    /** Where its folder is when the data folder is closed to the user it runs as. */
    private static final Path ROOT_FOLDER = Path.of("/var/lib/sluice");

    private static final int HASH_ITERATIONS = 10_000;
    private static final int HASH_BITS = 256;

    private final Settings settings;
    private final Installation installation;
    private final Path folder;
    private final String password;

    private Elasticsearch(Settings settings, Installation installation, Path folder, String password) {
        this.settings = settings;
        this.installation = installation;
        this.folder = folder;
        this.password = password;
    }

    static Elasticsearch of(Settings settings, DataFolder data, Installation installation) throws IOException {
        return new Elasticsearch(settings, installation, folder(data), data.elasticsearchPassword());
    }

    /**
     * Everything of this node: in the data folder, unless the user it runs as cannot get there. Where it was once it
     * stays, since it would be empty elsewhere.
     */
    static Path folder(DataFolder data) throws IOException {
        Path usual = data.root().resolve("elasticsearch");
        Path outside = ROOT_FOLDER.resolve("elasticsearch-" + data.id());
        boolean closed = User.isRoot() && !Files.exists(usual) && User.firstClosed(data.root()) != null;
        return closed || Files.exists(outside) ? outside : usual;
    }

    ProcessSpec process() throws IOException {
        requireEnterable("JAVA_HOME", Path.of(System.getProperty("java.home")));
        Path cache = ElasticsearchSoftware.cache(settings, System.getenv(), User.home(), User.isRoot());
        ElasticsearchSoftware software = new ElasticsearchSoftware(installation.elasticsearchZip(), cache);
        Path home = software.home();
        requireEnterable(Setting.CACHE_DIR.variable(), home);
        requireEnterable("folder of Elasticsearch", folder);
        Requirements.requireSpace(folder, Requirements.LEAST_FREE_BYTES);
        return new ProcessSpec(
                "elasticsearch",
                List.of(home.resolve("bin").resolve("elasticsearch").toString()),
                Map.of(
                        "ES_JAVA_HOME", System.getProperty("java.home"),
                        "ES_PATH_CONF", configuration().toString(),
                        "ES_TMPDIR", folder.resolve("tmp").toString(),
                        // A small JVM that only starts the server and waits for it.
                        "CLI_JAVA_OPTS", "-XX:TieredStopAtLevel=1 -Xss512k",
                        "ES_JAVA_OPTS", "",
                        "JAVA_TOOL_OPTIONS", "",
                        "MALLOC_ARENA_MAX", "2"),
                home,
                User.isRoot(),
                this::prepare,
                Duration.ofSeconds(30));
    }

    private static void requireEnterable(String name, Path needed) throws IOException {
        Path closed = User.isRoot() ? User.firstClosed(needed) : null;
        if (closed != null) {
            throw new CommandException(name + ": " + needed + " (expected: a folder that user " + User.NOBODY
                    + " may enter, since Elasticsearch does not run as root; " + closed + " is closed to it)");
        }
    }

    private Path configuration() {
        return folder.resolve("config");
    }

    /**
     * Writes the configuration anew, and gives it away last: as root nothing may be written into a folder where another
     * user could have put a link.
     */
    private void prepare() throws IOException {
        if (folder.startsWith(ROOT_FOLDER)) {
            Folders.createOpen(ROOT_FOLDER);
            Folders.createOpen(folder);
            Files.writeString(folder.resolve("data-folder"), settings.data() + "\n");
        }
        Folders.createOpen(folder);
        Folders.empty(configuration());
        Folders.empty(folder.resolve("tmp"));
        Path stored = folder.resolve("data");
        Files.createDirectories(stored);
        Files.createDirectories(folder.resolve("logs"));
        Files.writeString(configuration().resolve("elasticsearch.yml"), yaml());
        Files.copy(installation.logging("log4j2.properties"), configuration().resolve("log4j2.properties"));
        Files.writeString(configuration().resolve("jvm.options"), jvmOptions());
        Files.writeString(configuration().resolve("users"), USER + ":" + hash(password) + "\n");
        Files.writeString(configuration().resolve("users_roles"), "superuser:" + USER + "\n");
        for (Path each : List.of(configuration(), folder.resolve("tmp"), stored, folder.resolve("logs"))) {
            Files.setPosixFilePermissions(each, PosixFilePermissions.fromString("rwx------"));
            if (User.isRoot() && !Integer.valueOf(User.NOBODY).equals(Files.getAttribute(each, "unix:uid"))) {
                Folders.giveTo(User.NOBODY, each);
            }
        }
    }

    private String yaml() {
        Map<String, String> lines = new TreeMap<>();
        lines.put("cluster.name", "sluice");
        lines.put("node.name", "sluice-1");
        lines.put("discovery.type", "single-node");
        lines.put("network.host", "127.0.0.1");
        lines.put("http.port", Integer.toString(settings.number(Setting.ELASTICSEARCH_PORT)));
        // Nobody connects to it, so any free port will do.
        lines.put("transport.port", "0");
        lines.put("path.data", quoted(folder.resolve("data")));
        lines.put("path.logs", quoted(folder.resolve("logs")));
        lines.put("xpack.security.enabled", "true");
        lines.put("xpack.security.enrollment.enabled", "false");
        // An index made by a write would have guessed mappings. Those of conversations have a template each, and come
        // by month.
        lines.put("action.auto_create_index", "'+sluice-messages-*,+sluice-conversations-*,-*'");
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

    /** The serial collector, and no heap touched ahead of need: half the resident memory at rest. */
    private String jvmOptions() {
        int heap = settings.number(Setting.ELASTICSEARCH_HEAP_MB);
        return String.join(
                "\n",
                "-Xms" + heap + "m",
                "-Xmx" + heap + "m",
                "-XX:+UseSerialGC",
                "-XX:-AlwaysPreTouch",
                "-XX:+ExitOnOutOfMemoryError",
                "-Djava.io.tmpdir=${ES_TMPDIR}",
                // Needs a module that this distribution does not have.
                "-Des.queryable_built_in_roles_enabled=false",
                "");
    }

    /** As the file realm stores passwords: {@code {PBKDF2}iterations$salt$hash}. */
    private static String hash(String password) throws IOException {
        byte[] salt = new byte[32];
        new SecureRandom().nextBytes(salt);
        try {
            byte[] hash = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA512")
                    .generateSecret(new PBEKeySpec(password.toCharArray(), salt, HASH_ITERATIONS, HASH_BITS))
                    .getEncoded();
            Base64.Encoder base64 = Base64.getEncoder();
            return "{PBKDF2}" + HASH_ITERATIONS + "$" + base64.encodeToString(salt) + "$" + base64.encodeToString(hash);
        } catch (GeneralSecurityException e) {
            throw new IOException("the password cannot be hashed", e);
        }
    }

    /** Value of the header. */
    static String authorization(String password) {
        byte[] credentials = (USER + ":" + password).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(credentials);
    }

    /** Null: it answers, and what it has stored can be read. */
    @Nullable
    String notReadyBecause(HttpClient http) throws InterruptedException {
        return Probe.get(
                http,
                settings.elasticsearchUrl().resolve("/_cluster/health?wait_for_status=yellow&timeout=1s"),
                authorization(password));
    }

    /** Makes what is missing of templates and indices. */
    void applyIndices() throws IOException, InterruptedException {
        ElasticsearchIndices indices = new ElasticsearchIndices(
                ElasticsearchConnection.to(settings.elasticsearchUrl().toString())
                        .withPassword(USER, password),
                Duration.ofSeconds(60),
                progress -> {});
        for (Index index : Index.values()) {
            indices.apply(index.indexName(), index.template());
        }
        boolean english = indices.hasAnalyzer("english");
        for (ContentIndex index : ContentIndex.values()) {
            indices.applyTemplate(index.templateName(), index.template(english));
        }
    }
}
