package io.sluice.simulator;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Sends batches to an OTLP/HTTP receiver (protobuf), over several connections. The batches of one user stay in order on
 * one connection, as a client sends them.
 *
 * <p>More patient than the real client, so that a receiver that is killed and comes back has lost nothing: a batch is
 * sent again, byte for byte, after 429, 502, 503 and 504 and after any failure of the connection, until it is
 * acknowledged or the deadline has passed. Any other answer ends the sending.
 */
public final class OtlpSender {
    private static final Set<Integer> RETRYABLE = Set.of(429, 502, 503, 504);
    private static final int WAITING_PER_CONNECTION = 8;
    private static final long FIRST_BACKOFF_MILLIS = 100;
    private static final long LONGEST_BACKOFF_MILLIS = 2_000;
    private static final long LONGEST_RETRY_AFTER_SECONDS = 30;

    /**
     * @param baseUrl the signal's path is appended, for example {@code http://127.0.0.1:4318}
     * @param token sent as {@code Authorization: Bearer …}; null: none
     * @param connections at least 1
     * @param deadline how long one batch may take, from the first try to the acknowledgement
     */
    public record Options(URI baseUrl, @Nullable String token, boolean gzip, int connections, Duration deadline) {
        public Options {
            if (connections < 1) {
                throw new IllegalArgumentException("connections: " + connections + " (expected: >= 1)");
            }
            if (deadline.isNegative() || deadline.isZero()) {
                throw new IllegalArgumentException("deadline: " + deadline + " (expected: > 0)");
            }
        }

        /** No token, no compression, 4 connections, 5 minutes. */
        public static Options to(URI baseUrl) {
            return new Options(baseUrl, null, false, 4, Duration.ofMinutes(5));
        }

        /** Without the token. */
        @Override
        public String toString() {
            return "Options[baseUrl=" + baseUrl + ", gzip=" + gzip + ", connections=" + connections + ", deadline="
                    + deadline + ']';
        }
    }

    /**
     * What was acknowledged.
     *
     * @param records by signal: log records, data points, spans, duplicates included; complete
     * @param rejected records that the receiver rejected (partial success), part of {@code records}
     * @param resent how often a batch was sent again, because it was not acknowledged
     * @param resentRecords the records of these: as many as that, or fewer, the receiver may have received besides
     */
    public record Report(long batches, Map<Signal, Long> records, long rejected, long resent, long resentRecords) {
        public long totalRecords() {
            return records.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /** Told after every acknowledgement. */
    @FunctionalInterface
    public interface Progress {
        /**
         * Called by one thread at a time.
         *
         * @param batch the one just acknowledged; its {@code sentAt} shows how far the simulated time has come
         */
        void acknowledged(Batch batch, Report soFar);
    }

    private final Options options;
    private final HttpClient http;

    public OtlpSender(Options options) {
        this.options = options;
        http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(5))
                .build();
    }

    /**
     * Sends all batches, and returns when each is acknowledged. The iterator is used by the calling thread only.
     *
     * @throws IOException a batch was refused, or not acknowledged before the deadline; others may or may not have been
     *     sent
     * @throws InterruptedException the calling thread was interrupted; sending has stopped
     */
    public Report send(Iterator<Batch> batches, Progress progress) throws IOException, InterruptedException {
        Sending sending = new Sending(progress);
        try {
            return sending.run(batches);
        } finally {
            sending.stop();
        }
    }

    /** One call of {@link #send}. */
    private final class Sending {
        private final Progress progress;
        private final List<ExecutorService> connections = new ArrayList<>();
        private final int permits = options.connections() * WAITING_PER_CONNECTION;
        private final Semaphore waiting = new Semaphore(permits);
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

        private final Object lock = new Object();
        private final Map<Signal, Long> records = new EnumMap<>(Signal.class);
        private long acknowledged;
        private long rejected;
        private long resent;
        private long resentRecords;
        private boolean stopped;

        private Sending(Progress progress) {
            this.progress = progress;
            for (Signal signal : Signal.values()) {
                records.put(signal, 0L);
            }
            for (int i = 0; i < options.connections(); i++) {
                String name = "otlp-sender-" + i;
                connections.add(Executors.newSingleThreadExecutor(task -> {
                    Thread thread = new Thread(task, name);
                    thread.setDaemon(true);
                    return thread;
                }));
            }
        }

        private Report run(Iterator<Batch> batches) throws IOException, InterruptedException {
            while (failure.get() == null && batches.hasNext()) {
                Batch batch = batches.next();
                waiting.acquire();
                connections
                        .get(Math.floorMod(batch.user().hashCode(), connections.size()))
                        .execute(() -> sendInTurn(batch));
            }
            // Those that wait for a receiver that is down need not be waited for once another one has failed.
            while (failure.get() == null && !waiting.tryAcquire(permits, 100, TimeUnit.MILLISECONDS)) {
                // Not all acknowledged yet.
            }
            Throwable thrown = failure.get();
            if (thrown != null) {
                throw new IOException(thrown.getMessage(), thrown);
            }
            synchronized (lock) {
                return report();
            }
        }

        private void sendInTurn(Batch batch) {
            try {
                if (failure.get() == null) {
                    sendUntilAcknowledged(batch);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IOException | RuntimeException e) {
                failure.compareAndSet(null, e);
            } finally {
                waiting.release();
            }
        }

        private void sendUntilAcknowledged(Batch batch) throws IOException, InterruptedException {
            HttpRequest request = request(batch);
            long deadline = System.nanoTime() + options.deadline().toNanos();
            long backoff = FIRST_BACKOFF_MILLIS;
            while (true) {
                String reason;
                long wait = backoff / 2 + ThreadLocalRandom.current().nextLong(backoff / 2 + 1);
                try {
                    HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
                    int status = response.statusCode();
                    if (status >= 200 && status < 300) {
                        acknowledged(batch, rejected(batch.signal(), response.body()));
                        return;
                    }
                    reason = "status: " + status + " (expected: 2xx)";
                    if (!RETRYABLE.contains(status)) {
                        throw new Refused(request.uri() + ": " + reason);
                    }
                    wait = Math.max(wait, retryAfterMillis(response));
                } catch (Refused e) {
                    throw e;
                } catch (IOException e) {
                    reason = e.getClass().getSimpleName();
                }
                if (System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(wait) > deadline || failure.get() != null) {
                    throw new IOException(
                            request.uri() + ": not acknowledged within " + options.deadline() + ", last " + reason);
                }
                Thread.sleep(wait);
                backoff = Math.min(2 * backoff, LONGEST_BACKOFF_MILLIS);
                synchronized (lock) {
                    resent++;
                    resentRecords += batch.records();
                }
            }
        }

        private void acknowledged(Batch batch, long rejectedRecords) {
            synchronized (lock) {
                if (stopped) {
                    return;
                }
                acknowledged++;
                rejected += rejectedRecords;
                records.merge(batch.signal(), (long) batch.records(), Long::sum);
                progress.acknowledged(batch, report());
            }
        }

        private Report report() {
            return new Report(acknowledged, Map.copyOf(records), rejected, resent, resentRecords);
        }

        private void stop() {
            synchronized (lock) {
                stopped = true;
            }
            connections.forEach(ExecutorService::shutdownNow);
        }
    }

    /** An answer that sending again would not change. */
    private static final class Refused extends IOException {
        private Refused(String message) {
            super(message);
        }
    }

    private HttpRequest request(Batch batch) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(endpoint(batch.signal()))
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/x-protobuf")
                .header("User-Agent", "sluice-simulator");
        if (options.token() != null) {
            request.header("Authorization", "Bearer " + options.token());
        }
        if (options.gzip()) {
            request.header("Content-Encoding", "gzip");
        }
        byte[] body =
                options.gzip() ? gzipped(batch.request()) : batch.request().toByteArray();
        return request.POST(HttpRequest.BodyPublishers.ofByteArray(body)).build();
    }

    private URI endpoint(Signal signal) {
        String base = options.baseUrl().toString();
        return URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + signal.path());
    }

    private static byte[] gzipped(MessageLite request) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            request.writeTo(gzip);
        }
        return bytes.toByteArray();
    }

    /** 0: not given, or given as a date. */
    private static long retryAfterMillis(HttpResponse<?> response) {
        return response.headers()
                .firstValue("Retry-After")
                .filter(value -> value.matches("\\d{1,9}"))
                .map(value -> 1_000 * Math.min(Long.parseLong(value), LONGEST_RETRY_AFTER_SECONDS))
                .orElse(0L);
    }

    /** 0 also if the answer is not OTLP: for a client, 2xx is an acknowledgement whatever comes with it. */
    private static long rejected(Signal signal, byte[] body) {
        try {
            return switch (signal) {
                case LOGS ->
                    ExportLogsServiceResponse.parseFrom(body)
                            .getPartialSuccess()
                            .getRejectedLogRecords();
                case METRICS ->
                    ExportMetricsServiceResponse.parseFrom(body)
                            .getPartialSuccess()
                            .getRejectedDataPoints();
                case TRACES ->
                    ExportTraceServiceResponse.parseFrom(body)
                            .getPartialSuccess()
                            .getRejectedSpans();
            };
        } catch (InvalidProtocolBufferException e) {
            return 0;
        }
    }
}
