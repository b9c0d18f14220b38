package io.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsPartialSuccess;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class OtlpSenderTest {
    private static final SimulationOptions OPTIONS = SimulationOptions.builder(11, 6, 1, SimulationTest.END)
            .promptsPerSession(4)
            .share(Share.TRACES, 0.5)
            .share(Share.DUPLICATES, 0.1)
            .build();
    private static final OtlpSender.Progress SILENT = (batch, soFar) -> {};

    /** What the receiver does with a request: the status it answers. */
    private interface Behaviour {
        int answer(HttpExchange exchange) throws IOException;
    }

    private final FoldingReceiver folded = new FoldingReceiver();
    private final List<byte[]> bodies = new ArrayList<>();
    private final Set<InetSocketAddress> connections = new HashSet<>();
    private byte[] responseBody = new byte[0];
    private final ExecutorService threads = Executors.newFixedThreadPool(8);
    private HttpServer server = start(0, exchange -> 200);

    private HttpServer start(int port, Behaviour behaviour) {
        try {
            HttpServer started = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
            started.setExecutor(threads);
            for (Signal signal : Signal.values()) {
                started.createContext(signal.path(), exchange -> receive(signal, exchange, behaviour));
            }
            started.start();
            return started;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void receive(Signal signal, HttpExchange exchange, Behaviour behaviour) throws IOException {
        boolean gzip = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
        byte[] body;
        try (InputStream in = exchange.getRequestBody();
                InputStream plain = gzip ? new GZIPInputStream(in) : in) {
            body = plain.readAllBytes();
        }
        int status = behaviour.answer(exchange);
        if (status == 200) {
            synchronized (folded) {
                connections.add(exchange.getRemoteAddress());
                folded.receive(signal, body);
                bodies.add(body);
            }
        }
        exchange.sendResponseHeaders(status, responseBody.length == 0 ? -1 : responseBody.length);
        exchange.getResponseBody().write(responseBody);
        exchange.close();
    }

    private void behave(Behaviour behaviour) {
        server.stop(0);
        server = start(0, behaviour);
    }

    private OtlpSender.Options options() {
        return OtlpSender.Options.to(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
    }

    @AfterEach
    void stop() {
        server.stop(0);
        threads.shutdownNow();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void sendsEverythingOnce(boolean gzip) throws Exception {
        OtlpSender.Options to = options();
        Truth truth = new Truth();
        List<Long> progress = new ArrayList<>();
        OtlpSender.Report report = new OtlpSender(new OtlpSender.Options(to.baseUrl(), null, gzip, 3, to.deadline()))
                .send(
                        truth.addingFrom(new Simulation(OPTIONS).batches()),
                        (batch, soFar) -> progress.add(soFar.totalRecords()));

        for (Signal signal : Signal.values()) {
            assertThat(report.records().get(signal))
                    .isEqualTo(truth.recordsSent(signal))
                    .isEqualTo(folded.received.get(signal))
                    .isPositive();
        }
        assertThat(folded.spend()).isEqualTo(truth.cells());
        assertThat(report.batches()).isEqualTo(bodies.size());
        assertThat(report.resent()).isZero();
        assertThat(report.rejected()).isZero();
        assertThat(progress).isSorted().hasSize(bodies.size()).endsWith(report.totalRecords());
        assertThat(connections).hasSizeBetween(2, 3);
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 502, 503, 504})
    void sendsAgainUntilAcknowledged(int status) throws Exception {
        Random random = new Random(status);
        behave(exchange -> {
            synchronized (random) {
                return random.nextInt(30) == 0 ? status : 200;
            }
        });
        Truth truth = new Truth();
        OtlpSender.Report report =
                new OtlpSender(options()).send(truth.addingFrom(new Simulation(OPTIONS).batches()), SILENT);
        assertThat(folded.spend()).isEqualTo(truth.cells());
        assertThat(report.totalRecords()).isEqualTo(total(truth));
        assertThat(report.resent()).isPositive();
        assertThat(report.resentRecords()).isGreaterThanOrEqualTo(report.resent());
    }

    @Test
    void whatIsOfOneUserStaysInOrder() throws Exception {
        Random random = new Random(1);
        behave(exchange -> {
            synchronized (random) {
                return random.nextInt(30) == 0 ? 503 : 200;
            }
        });
        List<Batch> batches = SimulationTest.all(new Simulation(OPTIONS).batches());
        Map<String, List<Batch>> acknowledged = new HashMap<>();
        Map<String, List<Batch>> sent = new HashMap<>();
        batches.forEach(batch ->
                sent.computeIfAbsent(batch.user(), key -> new ArrayList<>()).add(batch));
        new OtlpSender(options())
                .send(
                        batches.iterator(),
                        (batch, soFar) -> acknowledged
                                .computeIfAbsent(batch.user(), key -> new ArrayList<>())
                                .add(batch));
        assertThat(acknowledged).isEqualTo(sent);
    }

    @Test
    void survivesAReceiverThatGoesAndComesBack() throws Exception {
        int port = server.getAddress().getPort();
        CountDownLatch refused = new CountDownLatch(1);
        AtomicInteger answered = new AtomicInteger();
        server.stop(0);
        server = start(port, exchange -> {
            // Taken, but never acknowledged: the connection breaks instead.
            if (answered.incrementAndGet() == 20) {
                throw new IOException("as if killed");
            }
            return 200;
        });
        Truth truth = new Truth();
        Iterator<Batch> batches = truth.addingFrom(new Simulation(OPTIONS).batches());
        Thread restart = new Thread(() -> {
            try {
                refused.await();
                server = start(port, exchange -> 200);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        restart.start();
        OtlpSender.Report report = new OtlpSender(options()).send(batches, (batch, soFar) -> {
            if (soFar.batches() == 50) {
                server.stop(0);
                refused.countDown();
            }
        });
        restart.join();
        assertThat(folded.spend()).isEqualTo(truth.cells());
        assertThat(report.totalRecords()).isEqualTo(total(truth));
        assertThat(report.resent()).isPositive();
    }

    @Test
    void waitsAsLongAsItIsTold() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        behave(exchange -> {
            if (requests.incrementAndGet() == 1) {
                exchange.getResponseHeaders().add("Retry-After", "1");
                return 503;
            }
            return 200;
        });
        Batch one = new Simulation(OPTIONS).batches().next();
        long began = System.nanoTime();
        new OtlpSender(options()).send(List.of(one).iterator(), SILENT);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 404, 500})
    void givesUpOnAnAnswerThatWillNotChange(int status) {
        behave(exchange -> status);
        assertThatThrownBy(() -> new OtlpSender(options()).send(new Simulation(OPTIONS).batches(), SILENT))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("status: " + status + " (expected: 2xx)");
    }

    @Test
    void givesUpAtTheDeadline() throws IOException {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        OtlpSender sender = new OtlpSender(
                new OtlpSender.Options(URI.create("http://127.0.0.1:" + free), null, false, 2, Duration.ofMillis(400)));
        assertThatThrownBy(() -> sender.send(new Simulation(OPTIONS).batches(), SILENT))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not acknowledged within PT0.4S, last ConnectException");
    }

    @Test
    void sendsTheTokenButNeverTellsIt() throws Exception {
        behave(exchange ->
                "Bearer secret-1".equals(exchange.getRequestHeaders().getFirst("Authorization")) ? 200 : 401);
        OtlpSender.Options to = options();
        Batch one = new Simulation(OPTIONS).batches().next();
        OtlpSender.Options right = new OtlpSender.Options(to.baseUrl(), "secret-1", false, 1, to.deadline());
        OtlpSender.Options wrong = new OtlpSender.Options(to.baseUrl(), "secret-2", false, 1, to.deadline());
        assertThat(new OtlpSender(right).send(List.of(one).iterator(), SILENT).batches())
                .isEqualTo(1);
        assertThatThrownBy(() -> new OtlpSender(wrong).send(List.of(one).iterator(), SILENT))
                .isInstanceOf(IOException.class)
                .hasMessageNotContaining("secret");
        assertThat(right.toString()).doesNotContain("secret");
    }

    @Test
    void countsWhatThePartialSuccessRejects() throws Exception {
        responseBody = ExportLogsServiceResponse.newBuilder()
                .setPartialSuccess(ExportLogsPartialSuccess.newBuilder().setRejectedLogRecords(2))
                .build()
                .toByteArray();
        Batch one = new Simulation(OPTIONS).batches().next();
        assertThat(new OtlpSender(options())
                        .send(List.of(one, one).iterator(), SILENT)
                        .rejected())
                .isEqualTo(4);
        responseBody = new byte[] {'{', '}', (byte) 0xff};
        assertThat(new OtlpSender(options())
                        .send(List.of(one).iterator(), SILENT)
                        .rejected())
                .isZero();
    }

    @Test
    void stopsWhenInterrupted() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        behave(exchange -> {
            busy.countDown();
            return 503;
        });
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread sending = new Thread(() -> {
            try {
                new OtlpSender(options()).send(new Simulation(OPTIONS).batches(), SILENT);
            } catch (IOException | InterruptedException e) {
                thrown.set(e);
            }
        });
        sending.start();
        busy.await();
        sending.interrupt();
        sending.join();
        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
    }

    private static long total(Truth truth) {
        long total = 0;
        for (Signal signal : Signal.values()) {
            total += truth.recordsSent(signal);
        }
        return total;
    }
}
