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
import org.jspecify.annotations.Nullable;

/**
 * How long after Kafka has acknowledged a message, which is when the receiver answers, a search by REST finds it. Some of the
 * messages have a word of their own, and one search after another asks for those that came last.
 */
final class SearchLatency {
    private static final String WORD = "needle";
    private static final int PROBES_A_SECOND = 5;
    private static final int WARM_UP_SECONDS = 30;
    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Broker broker;
    private final Api api;
    private final int perSecond;
    private final int seconds;
    private final int users;
    private final long seed;
    private final Map<String, Long> acknowledged = new ConcurrentHashMap<>();
    private final Map<String, Long> found = new ConcurrentHashMap<>();
    private long sent;
    private long warmUp;
    private int probes;

    /** @param seconds that count; some before them do not */
    SearchLatency(Broker broker, Api api, int perSecond, int seconds, int users, long seed) {
        this.broker = broker;
        this.api = api;
        this.perSecond = perSecond;
        this.seconds = seconds;
        this.users = users;
        this.seed = seed;
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

    /** @return facts for the report */
    Map<String, Object> measure(Progress progress, BenchCluster.Job job) throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        Thread reader = new Thread(() -> read(done, failure), "searches");
        reader.setDaemon(true);
        reader.start();
        Map<String, Double> late;
        double took;
        try (ConversationLoad.Sender sender = new ConversationLoad.Sender(broker)) {
            ConversationLoad load = new ConversationLoad(new ConversationLoad.Options(
                    seed,
                    perSecond * (WARM_UP_SECONDS + seconds),
                    users,
                    Instant.now(),
                    Duration.ofSeconds(WARM_UP_SECONDS + seconds)));
            send(sender, load, WARM_UP_SECONDS, false, progress, job);
            awaitFound(failure);
            try (Hiccups hiccups = new Hiccups()) {
                took = send(sender, load, seconds, true, progress, job);
                late = hiccups.millis();
            }
        }
        double rate = (sent - warmUp) / took;
        awaitFound(failure);
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
            ConversationLoad load,
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
                job.requireRunning();
            }
            progress.at(elapsed / forSeconds);
            TimeUnit.MILLISECONDS.sleep(2);
        }
    }

    private void awaitFound(AtomicReference<@Nullable Exception> failure) throws Exception {
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

    private void read(AtomicBoolean done, AtomicReference<@Nullable Exception> failure) {
        try {
            while (!done.get()) {
                JsonNode answer = api.json("GET", "/v1/compliance/search?q=" + WORD + "&sort=newest&limit=50", "");
                long at = System.nanoTime();
                for (JsonNode hit : answer.path("data")) {
                    found.putIfAbsent(hit.path("message_id").asText(), at);
                }
                TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
            }
        } catch (IOException e) {
            failure.set(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
