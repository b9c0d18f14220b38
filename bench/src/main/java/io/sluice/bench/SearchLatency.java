package io.sluice.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.schema.Micros;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How many messages a second are indexed while they keep coming, and how long after Kafka has acknowledged a message, which is
 * when the receiver answers, a search by REST finds it. Some of the messages have a word of their own, and one search after
 * another asks for those that came last.
 */
final class SearchLatency {
    private static final String WORD = "needle";
    private static final int PROBES_A_SECOND = 5;
    private static final int WARM_UP_SECONDS = 90;
    private static final int MAXIMUM_SECONDS = 60;
    private static final int SETTLING_SECONDS = 15;
    /** Sent and not yet read by the job: so much that it never waits for a message. */
    private static final int AHEAD = 50_000;

    /** More than are ever sent; their times are spread as if they all were. */
    private static final int MOST_A_SECOND = 50_000;

    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Broker broker;
    private final Api api;
    private final int seconds;
    private final ConversationLoad load;
    private final Map<String, Long> acknowledged = new ConcurrentHashMap<>();
    private final Map<String, Long> found = new ConcurrentHashMap<>();
    private long sent;
    private long warmUp;
    private int probes;
    private final AtomicBoolean done = new AtomicBoolean();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private final Thread reader = new Thread(this::read, "searches");

    /** @param seconds that count; some before them do not */
    SearchLatency(Broker broker, Api api, int seconds, int users, long seed) {
        this.broker = broker;
        this.api = api;
        this.seconds = seconds;
        int spread = WARM_UP_SECONDS + MAXIMUM_SECONDS + SETTLING_SECONDS + seconds;
        this.load = new ConversationLoad(new ConversationLoad.Options(
                seed, MOST_A_SECOND * spread, users, Instant.now(), Duration.ofSeconds(spread)));
        reader.setDaemon(true);
    }

    /** Messages so far, those with the word included. */
    long sent() {
        return sent;
    }

    void sendFirst() throws IOException {
        try (ConversationLoad.Sender sender = new ConversationLoad.Sender(broker)) {
            probe(sender, false);
        }
    }

    /**
     * Sends as fast as the job reads, after a warm-up; searches go on meanwhile.
     *
     * @param read how many the job has read so far
     * @return messages a second
     */
    double maximum(LongSupplier read, Progress progress, BenchCluster.Job job) throws Exception {
        reader.start();
        try (ConversationLoad.Sender sender = new ConversationLoad.Sender(broker)) {
            long started = System.nanoTime();
            long readBefore = 0;
            long needles = 0;
            double from = 0;
            while (true) {
                double elapsed = (System.nanoTime() - started) / 1e9;
                for (; needles < elapsed * PROBES_A_SECOND; needles++) {
                    probe(sender, false);
                    requireRunning(job);
                    progress.at(elapsed / (WARM_UP_SECONDS + MAXIMUM_SECONDS));
                }
                if (from == 0 && elapsed >= WARM_UP_SECONDS) {
                    from = elapsed;
                    readBefore = read.getAsLong();
                }
                if (elapsed >= WARM_UP_SECONDS + MAXIMUM_SECONDS) {
                    return (read.getAsLong() - readBefore) / (elapsed - from);
                }
                if (sent - read.getAsLong() < AHEAD) {
                    for (int i = 0; i < 500; i++) {
                        sender.send(load.next());
                        sent++;
                    }
                } else {
                    TimeUnit.MILLISECONDS.sleep(2);
                }
            }
        }
    }

    private void requireRunning(BenchCluster.Job job) throws Exception {
        job.requireRunning();
        if (failure.get() != null) {
            throw failure.get();
        }
    }

    /**
     * Some messages before those that count do not.
     *
     * @return facts for the report
     */
    Map<String, Object> measure(int perSecond, Progress progress, BenchCluster.Job job) throws Exception {
        Map<String, Double> late;
        double took;
        try (ConversationLoad.Sender sender = new ConversationLoad.Sender(broker)) {
            send(sender, perSecond, SETTLING_SECONDS, false, progress, job);
            awaitFound();
            try (Hiccups hiccups = new Hiccups()) {
                took = send(sender, perSecond, seconds, true, progress, job);
                late = hiccups.millis();
            }
        }
        double rate = (sent - warmUp) / took;
        awaitFound();
        done.set(true);
        reader.join();
        if (failure.get() != null) {
            throw failure.get();
        }
        long[] nanos = acknowledged.entrySet().stream()
                .mapToLong(each -> Math.max(0, found.getOrDefault(each.getKey(), Long.MAX_VALUE) - each.getValue()))
                .toArray();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("messages_per_second_wanted", perSecond);
        facts.put("messages_per_second", Math.round(rate));
        Map<String, Object> figures = new LinkedHashMap<>(Percentiles.millis(nanos));
        figures.put("samples", nanos.length);
        facts.put("found_ms", figures);
        facts.put("latency_machine_late_ms", late);
        return facts;
    }

    /** @return seconds that it took */
    private double send(
            ConversationLoad.Sender sender,
            int perSecond,
            int forSeconds,
            boolean counts,
            Progress progress,
            BenchCluster.Job job)
            throws Exception {
        warmUp = counts ? sent : 0;
        long started = System.nanoTime();
        long messages = 0;
        long needles = 0;
        while (true) {
            double elapsed = (System.nanoTime() - started) / 1e9;
            if (elapsed >= forSeconds) {
                return elapsed;
            }
            for (; messages < elapsed * perSecond; messages++) {
                sender.send(load.next());
                sent++;
            }
            for (; needles < elapsed * PROBES_A_SECOND; needles++) {
                probe(sender, counts);
                requireRunning(job);
            }
            progress.at(elapsed / forSeconds);
            TimeUnit.MILLISECONDS.sleep(2);
        }
    }

    private void awaitFound() throws Exception {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (found.size() < probes && failure.get() == null) {
            if (System.nanoTime() > deadline) {
                throw new IncorrectException("search: " + found.size() + " of " + probes + " messages with the word "
                        + WORD + " were found");
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private void probe(ConversationLoad.Sender sender, boolean counts) {
        String id = WORD + probes++;
        sent++;
        sender.send(
                ConversationLoad.event(WORD + probes / 10, id, ConversationLoad.email(0), Micros.of(Instant.now()))
                        .setRole("user")
                        .setText(WORD + " number " + probes)
                        .build(),
                at -> {
                    if (counts) {
                        acknowledged.put(id, at);
                    }
                });
    }

    private void read() {
        try {
            while (!done.get()) {
                JsonNode answer = api.json("GET", "/v1/compliance/search?q=" + WORD + "&sort=newest&limit=50", "");
                long at = System.nanoTime();
                for (JsonNode hit : answer.path("data")) {
                    found.putIfAbsent(hit.path("message_id").asText(), at);
                }
                TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
            }
        } catch (IOException | RuntimeException e) {
            failure.set(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
