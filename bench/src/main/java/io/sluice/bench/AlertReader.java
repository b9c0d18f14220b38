package io.sluice.bench;

import io.sluice.core.caps.Alerts;
import io.sluice.schema.Alert;
import io.sluice.schema.Codec;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.jspecify.annotations.Nullable;

/** Reads the topic {@code alerts} as whoever delivers them does, and remembers when it had which. */
final class AlertReader implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    private final Map<String, Long> readAt = new ConcurrentHashMap<>();
    private final KafkaConsumer<String, byte[]> reader;
    private final Thread thread = new Thread(this::run, "alerts");
    private volatile boolean closed;
    private volatile @Nullable String problem;

    /** From what is told from now on. */
    AlertReader(Broker broker) throws IOException, InterruptedException {
        reader = broker.reader(broker.ends(Topic.ALERTS));
        thread.start();
    }

    private void run() {
        Codec<Alert> codec = Codec.of(Alert.class);
        try (reader) {
            while (!closed) {
                for (ConsumerRecord<String, byte[]> message : reader.poll(POLL)) {
                    long now = System.nanoTime();
                    Alert alert = codec.decode(message.value());
                    String key = CapAlerts.key(alert);
                    if (!alert.getStatus().equals(Alerts.FIRING) || readAt.putIfAbsent(key, now) != null) {
                        problem = key + ": " + alert.getStatus() + " (expected: to fire, once)";
                    }
                }
            }
        } catch (IOException e) {
            problem = e.toString();
        }
    }

    /** By {@link CapAlerts#key}, as {@link System#nanoTime}. */
    Map<String, Long> readAt() {
        return readAt;
    }

    /**
     * Returns when there are so many.
     *
     * @throws IncorrectException if they do not come, or one is not as it should be
     */
    void await(int count, long seconds) throws IncorrectException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (readAt.size() < count && problem == null) {
            if (System.nanoTime() > deadline) {
                throw new IncorrectException(
                        "alerts: " + readAt.size() + " after " + seconds + " s (expected: " + count + ")");
            }
            TimeUnit.MILLISECONDS.sleep(POLL.toMillis());
        }
        if (problem != null) {
            throw new IncorrectException("alerts: " + problem);
        }
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        thread.join();
    }
}
