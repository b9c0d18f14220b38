package io.sluice.server;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.TlsKeyPair;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import io.sluice.core.directory.Directories;
import io.sluice.core.directory.Plans;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.DirectoryVersion;
import io.sluice.tracing.RecordTracer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The server: OTLP over HTTP, OTLP over gRPC, REST. It starts whether or not Kafka, Elasticsearch and Flink are up, and
 * takes telemetry as long as Kafka is.
 */
public final class SluiceServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SluiceServer.class);

    /**
     * Longer than any interval at which a client exports: were the server to close a connection just as the client
     * sends on it, the client would drop that batch.
     */
    private static final Duration IDLE = Duration.ofMinutes(10);

    /** For slow senders; how long Kafka may take is a setting. */
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);

    /** Of plans that have it messages are stored. */
    private static final String CONTENT_FEATURE = "compliance";

    private static final int MOST_CONNECTIONS = 4000;
    /** Measured with session telemetry in JSON: body, decoded request, records and what waits to be sent. */
    private static final int HEAP_PER_BYTE = 5;

    private static final int REST_BODY_BYTES = 1024 * 1024;
    /** A search that is too long is told its size: each byte of it may be three of the address. */
    private static final int REST_ADDRESS_BYTES = 48 * 1024;
    /** A gRPC message has a frame around it. */
    private static final int GRPC_FRAME_BYTES = 1024;

    private final Deque<AutoCloseable> resources = new ArrayDeque<>();
    private final List<Server> listening = new ArrayList<>();
    private final Settings settings;
    private final Kafka kafka;
    private final DirectoryStore directory;
    private final CapStore caps;
    private final SpentBook spent;
    private final ErasureKeeper erasures;
    private final CompletableFuture<Void> erasuresLoaded;
    private final TokenService tokenService;
    private final MetricsExport metrics;
    private final @Nullable BillingWebhook billing;
    private final @Nullable LimitWriter limitWriter;
    private final Server rest;
    private final Server otlpHttp;
    private final Server otlpGrpc;

    private SluiceServer(Settings settings, Clock clock) throws IOException {
        this.settings = settings;
        String adminSecret = SecretFile.readOrCreate(settings.adminTokenFile());
        TokenRegistry tokens = new TokenRegistry();
        Settings.OtlpTraces tracing = settings.otlpTraces();
        AtomicReference<Predicate<String>> tells = new AtomicReference<>(orgId -> false); // until privacy is known
        ReceiptTraces traces = tracing == null
                ? null
                : new ReceiptTraces(
                        opened(RecordTracer.open(
                                "sluice-server",
                                tracing.oneIn(),
                                tracing.receiver().url().toString(),
                                tracing.receiver().headers())),
                        orgId -> Objects.requireNonNull(tells.get()).test(orgId));
        Publisher publisher =
                opened(new Publisher(settings.kafkaBootstrapServers(), settings.kafkaAckTimeout(), traces));
        kafka = opened(new Kafka(settings, tokens, publisher, adminSecret));
        AuditLog audit = AuditLog.to(publisher, kafka::ready, clock);
        TokenUse use = new TokenUse(tokens, kafka::publish, clock);
        Access access = access(settings, tokens, use, audit, clock);
        everyMinute(audit, use);
        ExecutorService workers = workers();
        resources.push(workers::shutdownNow);
        int maxRequestBytes = (int) affordable(Setting.MAX_REQUEST_BYTES, settings.maxRequestBytes());
        ByteBudget budget = new ByteBudget(affordable(Setting.MAX_IN_FLIGHT_BYTES, settings.maxInFlightBytes()));
        ClientFactory clients = opened(
                ClientFactory.builder().connectTimeout(Duration.ofSeconds(1)).build());
        Elastic elastic = new Elastic(settings, clients);
        SpendReport spend = new SpendReport(elastic);
        Directories directories = new Directories();
        TeamAuthors authors = new TeamAuthors();
        directory = opened(new DirectoryStore(
                directories,
                new DirectoryIndex(elastic),
                new VersionTopic<>(settings, kafka, Control.DIRECTORY, version -> {
                    authors.apply(version);
                    directories.apply(version);
                    endTokensOfWhoLeft(version);
                }),
                clock));
        caps = opened(new CapStore(settings, kafka, elastic, clock));
        spent = opened(new SpentBook(settings, kafka));
        Health health = opened(new Health(
                settings, clients, tokens, elastic, () -> directory.loaded().isDone()));
        Organizations organizations =
                new DirectoryOrganizations(directories, () -> directory.loaded().isDone());
        String secret = SecretFile.readOrCreate(settings.pseudonymKeyFile());
        audit.hiding(new AuditNames(directories, secret)::in);
        PrivacyGate privacy = new PrivacyGate(organizations, directories, elastic, secret, clock);
        tells.set(privacy::isNamed);
        CodeMetricsReport codeMetrics =
                new CodeMetricsReport(elastic, privacy, new FrozenDays(elastic, directories, clock));
        tokenService = new TokenService(access, tokens, kafka::publish, use, organizations, clock);
        Leavers leavers = Leavers.revoking(tokenService);
        Settings.BillingWebhook webhook = settings.billingWebhook();
        billing = webhook == null
                ? null
                : opened(new BillingWebhook(
                        new Webhook(webhook, Clock.systemUTC()),
                        directories,
                        directory.loaded(),
                        new DeliveryLog(settings.kafkaBootstrapServers(), publisher),
                        Clock.systemUTC()));
        Settings.SpendLimitsApi upstream = settings.spendLimitsApi();
        limitWriter = upstream == null
                ? null
                : opened(new LimitWriter(
                        upstream,
                        caps,
                        directory,
                        new DeliveryLog(settings.kafkaBootstrapServers(), publisher),
                        clock));
        PlanGate plans = new PlanGate(Plans.bundled(), organizations);
        TelemetryDecoder decoder =
                new TelemetryDecoder(Clock.systemUTC(), maxRequestBytes, orgId -> plans.has(CONTENT_FEATURE, orgId));
        Ingest ingest = new Ingest(kafka, publisher, decoder, workers);
        metrics = opened(new MetricsExport(
                new ExportQuestions(elastic),
                MetricsExport.tellsUse(plans, privacy),
                new OtlpPush(settings.otlpPush()),
                settings.metricsRefresh(),
                clock));
        ComplianceRegister register = new ComplianceRegister(settings, kafka, elastic, clock);
        ErasureBook erasureBook = new ErasureBook(settings, kafka, elastic);
        CoveredContent content = new CoveredContent(elastic);
        RetentionRuns retention = new RetentionRuns(register, directory, content, plans, settings.retentionHour());
        erasures = opened(new ErasureKeeper(register, erasureBook, audit, elastic, retention::nightly));
        erasuresLoaded = CompletableFuture.allOf(register.loaded(), erasureBook.loaded());
        ComplianceDecisions decisions = new ComplianceDecisions(
                register, erasureBook, directory, content, new FrozenMessages(elastic, directory));
        ActiveDays activeDays = new ActiveDays(elastic, directories);
        Listing listing = new Listing(elastic, directory);
        PageCipher pages = new PageCipher(secret);
        RestApi api = new RestApi(
                access,
                plans,
                privacy,
                pages,
                audit,
                List.of(
                        SpendRoutes.of(spend, listing),
                        CodeMetricsRoutes.of(
                                codeMetrics,
                                new CodeMetricsExplain(elastic, codeMetrics, listing),
                                new TelemetryHealth(elastic, activeDays),
                                new NotSeen(activeDays, directories),
                                new ClaudeCodeReport(elastic, directories, organizations::planOf),
                                new AnalyticsReport(elastic, directories),
                                new ReconciliationReport(elastic)),
                        MetricsRoutes.of(metrics),
                        DashboardRoutes.of(elastic, privacy, access),
                        TokenRoutes.of(tokenService),
                        new ScimRoutes(directory, settings.tls() != null, leavers).group(),
                        DirectoryRoutes.of(directory, authors, access, Plans.bundled(), leavers),
                        SeatRoutes.of(directory, elastic, billing),
                        CapRoutes.of(caps, directory, spent, elastic, limitWriter),
                        ClaudeCodeRoutes.of(
                                new CapRoutes(caps, directory, spent, limitWriter),
                                opened(new HookLog(publisher, kafka::ready)),
                                settings.tls() != null,
                                this::otlpHttpPort),
                        decisions.routes(Receipts.signedBy(settings.receiptKeyFile()), retention),
                        AuditRoutes.of(elastic, new ChainHead(settings.kafkaBootstrapServers(), kafka::ready)),
                        ContentRoutes.of(elastic, directory, pages, audit, clock),
                        InstallationRoutes.of(spend, health, this::otlpEndpoint)));

        rest = server(settings.restPort(), REST_BODY_BYTES, server -> {
            api.register(server);
            server.http1MaxInitialLineLength(REST_ADDRESS_BYTES).http2MaxHeaderListSize(REST_ADDRESS_BYTES);
        });
        otlpHttp = server(settings.otlpHttpPort(), maxRequestBytes, server -> {
            for (Signal signal : Signal.values()) {
                server.service(signal.path(), new OtlpHttp(signal, access, budget, ingest));
            }
            server.errorHandler(new OtlpHttp.Errors(maxRequestBytes));
        });
        OtlpGrpc grpc = new OtlpGrpc(access, budget, ingest, maxRequestBytes);
        otlpGrpc = server(
                settings.otlpGrpcPort(),
                maxRequestBytes + GRPC_FRAME_BYTES,
                server -> server.service(grpc.service(), service -> service.decorate(grpc::admit)));
    }

    /**
     * Starts within this process; the same as {@link #main} otherwise.
     *
     * @param environment settings by the names of their environment variables; what is left out has its default
     * @throws IllegalArgumentException naming every setting that is wrong
     * @throws IOException when a port is taken or the admin token file cannot be read or written
     */
    public static SluiceServer start(Map<String, String> environment) throws IOException {
        return start(Settings.of(Settings.merge(environment, Map.of())));
    }

    /**
     * Starts all three listeners.
     *
     * @throws IOException when a port is taken or the admin token file cannot be read or written
     */
    static SluiceServer start(Settings settings) throws IOException {
        return start(settings, Clock.systemUTC());
    }

    /**
     * Starts all three listeners.
     *
     * @param clock decides about tokens, rates, the audit and the directory; telemetry is received at the system's time
     * @throws IOException when a port is taken or the admin token file cannot be read or written
     */
    static SluiceServer start(Settings settings, Clock clock) throws IOException {
        SluiceServer server = new SluiceServer(settings, clock);
        try {
            server.listen(Setting.REST_PORT, settings.restPort(), server.rest);
            server.listen(Setting.OTLP_HTTP_PORT, settings.otlpHttpPort(), server.otlpHttp);
            server.listen(Setting.OTLP_GRPC_PORT, settings.otlpGrpcPort(), server.otlpGrpc);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
        server.kafka.start();
        server.directory.start();
        server.caps.start();
        server.spent.start();
        server.erasures.start();
        server.metrics.start();
        if (server.billing != null) {
            server.billing.start();
        }
        if (server.limitWriter != null) {
            server.limitWriter.start();
        }
        LOG.info(
                "REST on {}, OTLP/HTTP on {}, OTLP/gRPC on {}",
                server.restPort(),
                server.otlpHttpPort(),
                server.otlpGrpcPort());
        return server;
    }

    public int restPort() {
        return rest.activeLocalPort();
    }

    public int otlpHttpPort() {
        return otlpHttp.activeLocalPort();
    }

    public int otlpGrpcPort() {
        return otlpGrpc.activeLocalPort();
    }

    Kafka kafka() {
        return kafka;
    }

    private static Access access(Settings settings, TokenRegistry tokens, TokenUse use, AuditLog audit, Clock clock) {
        String operator = settings.defaultOrganization();
        // Whoever guesses names no organization: it is the operator who should know.
        GuessGuard guesses = new GuessGuard(
                clock,
                remote -> audit.count(
                        operator,
                        AuditLog.UNAUTHENTICATED,
                        "authenticate",
                        Refusal.Kind.UNAUTHENTICATED.rest(),
                        remote),
                remote -> audit.count(
                        operator, AuditLog.UNAUTHENTICATED, "authenticate", Refusal.Kind.RATE_LIMITED.rest(), remote));
        RateLimiter rates = new RateLimiter(settings.rateLimitPerMinute(), settings.ingestRateLimitPerMinute(), clock);
        return new Access(tokens, operator, guesses, rates, use, clock);
    }

    /** Publishes what is collected in memory, and once more at the end. */
    private void everyMinute(AuditLog audit, TokenUse use) {
        ScheduledExecutorService minutes = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "sluice-access");
            thread.setDaemon(true);
            return thread;
        });
        Future<?> unused = minutes.scheduleWithFixedDelay(
                () -> {
                    CompletableFuture<Void> published = publishCollected(audit, use);
                },
                1,
                1,
                TimeUnit.MINUTES);
        resources.push(() -> {
            minutes.shutdown();
            publishCollected(audit, use).get(2, TimeUnit.SECONDS);
        });
    }

    private CompletableFuture<Void> publishCollected(AuditLog audit, TokenUse use) {
        if (!kafka.ready()) {
            return CompletableFuture.completedFuture(null);
        }
        return CompletableFuture.allOf(audit.publishCounts(), use.publish());
    }

    /** A token that was made while its person left, perhaps by another server, ends as well. */
    private void endTokensOfWhoLeft(DirectoryVersion version) {
        DirectoryUser user = version.getUser();
        if (user != null
                && (version.getDeleted() || !user.getActive())
                && directory.loaded().isDone()) {
            Future<?> unused = tokenService.revokeAllOf(version.getOrgId(), version.getId());
        }
    }

    DirectoryStore directory() {
        return directory;
    }

    /** Completes when caps and spend are known as they were at start. */
    CompletableFuture<Void> capsLoaded() {
        return CompletableFuture.allOf(caps.loaded(), spent.loaded());
    }

    /** Completes when holds and erasures are known as they were at start. */
    CompletableFuture<Void> erasuresLoaded() {
        return erasuresLoaded.copy();
    }

    private String otlpEndpoint() {
        String host = settings.bindAddress().isAnyLocalAddress()
                ? "127.0.0.1"
                : settings.bindAddress().getHostAddress();
        return (settings.tls() == null ? "http://" : "https://") + (host.indexOf(':') >= 0 ? "[" + host + "]" : host)
                + ":" + otlpHttpPort();
    }

    /** A limit that the heap cannot keep would end in a crash under load instead of a refusal. */
    private static long affordable(Setting setting, long bytes) {
        long affordable = Runtime.getRuntime().maxMemory() / HEAP_PER_BYTE;
        if (bytes <= affordable) {
            return bytes;
        }
        LOG.warn(
                "{}: {} is lowered to {}, a fraction of the heap (for the full size: -Xmx{}m)",
                setting.variable(),
                bytes,
                affordable,
                bytes * HEAP_PER_BYTE / 1024 / 1024 + 1);
        return affordable;
    }

    /** Decoding is work for the processor; the rest of the time a worker may wait for the producer's buffer. */
    private static ExecutorService workers() {
        int threads = Math.max(4, 2 * Runtime.getRuntime().availableProcessors());
        AtomicInteger number = new AtomicInteger();
        // The queue needs no bound of its own: the byte budget bounds what may wait in it.
        return Executors.newFixedThreadPool(threads, task -> {
            Thread thread = new Thread(task, "sluice-worker-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    private Server server(int port, int maxRequestBytes, Consumer<ServerBuilder> services) {
        Settings.Tls tls = settings.tls();
        ServerBuilder builder = Server.builder()
                .port(
                        new InetSocketAddress(settings.bindAddress(), port),
                        tls == null ? SessionProtocol.HTTP : SessionProtocol.HTTPS)
                .maxRequestLength(maxRequestBytes)
                .requestTimeout(REQUEST_TIMEOUT)
                .idleTimeout(IDLE)
                .maxNumConnections(MOST_CONNECTIONS)
                .gracefulShutdownTimeout(Duration.ZERO, Duration.ofSeconds(2));
        if (tls != null) {
            builder.tls(TlsKeyPair.of(tls.key().toFile(), tls.certificate().toFile()));
        }
        services.accept(builder);
        return builder.build();
    }

    private void listen(Setting setting, int port, Server server) throws IOException {
        try {
            server.start().join();
        } catch (CompletionException e) {
            throw new IOException(
                    setting.variable() + ": " + port + " cannot be bound on "
                            + settings.bindAddress().getHostAddress()
                            + " (expected: a free port; set another with " + setting.variable() + " or "
                            + setting.option() + ")",
                    e.getCause());
        }
        listening.add(server);
    }

    /** Ends the listeners first, so that requests in work are still stored. */
    @Override
    public void close() {
        CompletableFuture.allOf(listening.stream().map(Server::stop).toArray(CompletableFuture[]::new))
                .join();
        while (!resources.isEmpty()) {
            try {
                resources.pop().close();
            } catch (Exception e) {
                LOG.warn("Not closed in order: {}", e.toString());
            }
        }
    }

    /** Exit codes: 0 ended by a signal or after {@code --help}, 1 cannot start, 2 wrong settings. */
    public static void main(String[] args) throws InterruptedException {
        CommandSpec spec = CommandSpec.create().name("sluice-server").mixinStandardHelpOptions(true);
        for (Setting setting : Setting.values()) {
            spec.addOption(OptionSpec.builder(setting.option())
                    .type(String.class)
                    .paramLabel("VALUE")
                    .description(
                            setting.description().replace("%", "%%"),
                            "Environment: " + setting.variable() + ", default: "
                                    + (setting.defaultValue().isEmpty() ? "none" : setting.defaultValue()))
                    .build());
        }
        SluiceServer server;
        try {
            CommandLine.ParseResult parsed = new CommandLine(spec).parseArgs(args);
            if (CommandLine.printHelpIfRequested(parsed)) {
                return;
            }
            Map<Setting, String> given = new EnumMap<>(Setting.class);
            for (Setting setting : Setting.values()) {
                if (parsed.hasMatchedOption(setting.option())) {
                    given.put(setting, parsed.matchedOptionValue(setting.option(), ""));
                }
            }
            server = start(Settings.of(Settings.merge(System.getenv(), given)));
        } catch (Settings.InvalidException | CommandLine.ParameterException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        } catch (IOException e) {
            System.err.println(e.getMessage());
            System.exit(1);
            return;
        }
        CountDownLatch closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            server.close();
            closed.countDown();
        }));
        closed.await();
    }

    private <T extends AutoCloseable> T opened(T resource) {
        resources.push(resource);
        return resource;
    }
}
