package io.sluice.server;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.directory.Directories;
import io.sluice.core.directory.Purchase;
import io.sluice.schema.Delivery;
import io.sluice.schema.Micros;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a receiver of every purchase of seats: at least once, each organization's in their order, since the first. What is
 * not taken is sent again ({@link Backoff}) and holds back the organization's next ones. After the last attempt, or when the
 * receiver says that it is gone, an organization's queue stops until the server is started again: nothing is left out.
 */
final class BillingWebhook implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BillingWebhook.class);
    private static final String DESTINATION = "billing-webhook";
    private static final Duration LOOK = Duration.ofMillis(500);

    /** Attempts of the purchase that an organization is at. */
    private static final class Queue {
        private int attempts;
        private long dueNanos = System.nanoTime();
        private volatile boolean stopped;

        boolean due() {
            return !stopped && System.nanoTime() - dueNanos >= 0;
        }
    }

    private final Webhook webhook;
    private final Directories directories;
    private final CompletableFuture<Void> loaded;
    private final DeliveryLog deliveries;
    private final Clock clock;
    private final Map<String, Queue> queues = new ConcurrentHashMap<>();
    private final Thread thread = new Thread(this::run, "sluice-billing");
    private final CompletableFuture<Void> closing = new CompletableFuture<>();
    private boolean complained;

    /** @param loaded completes when the directories are known */
    BillingWebhook(
            Webhook webhook,
            Directories directories,
            CompletableFuture<Void> loaded,
            DeliveryLog deliveries,
            Clock clock) {
        this.webhook = webhook;
        this.directories = directories;
        this.loaded = loaded;
        this.deliveries = deliveries;
        this.clock = clock;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** {@code delivered}, {@code waiting}, or {@code stopped}: waiting for a start of the server. */
    String state(String orgId, Purchase purchase) {
        if (purchase.version() <= delivered(orgId, purchase.tier())) {
            return "delivered";
        }
        Queue queue = queues.get(orgId);
        return queue != null && queue.stopped ? "stopped" : "waiting";
    }

    private long delivered(String orgId, String tier) {
        return deliveries.version(orgId, DESTINATION, tier);
    }

    private Optional<Purchase> next(String orgId) {
        return Purchase.next(directories.of(orgId), tier -> delivered(orgId, tier));
    }

    private void run() {
        CompletableFuture.anyOf(loaded, closing).join();
        while (!closing.isDone()) {
            try {
                round();
                complained = false;
            } catch (KafkaException e) {
                if (!complained) {
                    LOG.warn("Purchases are told when Kafka answers again: {}", e.toString());
                    complained = true;
                }
            } catch (RuntimeException e) {
                // What is sent while the server ends fails, and is sent again after the next start.
                if (!closing.isDone()) {
                    LOG.error("Purchases cannot be told", e);
                }
            }
            pause();
        }
    }

    /** Every organization's purchases, as far as they are taken. */
    private void round() {
        boolean caughtUp = false;
        for (String orgId : directories.organizations()) {
            Queue queue = queues.computeIfAbsent(orgId, org -> new Queue());
            while (queue.due() && !closing.isDone()) {
                Optional<Purchase> next = next(orgId);
                if (next.isEmpty()) {
                    break;
                }
                if (caughtUp) {
                    send(orgId, queue, next.get());
                } else {
                    // Perhaps it was delivered before the start, or by another server.
                    deliveries.catchUp();
                    caughtUp = true;
                }
            }
        }
    }

    private void send(String orgId, Queue queue, Purchase purchase) {
        String id = SeatPurchases.id(orgId, purchase);
        Webhook.Outcome outcome = webhook.post(id, body(orgId, purchase));
        queue.attempts++;
        if (outcome.delivered()) {
            int attempts = queue.attempts;
            queue.attempts = 0;
            deliveries.add(Delivery.newBuilder()
                    .setOrgId(orgId)
                    .setDestination(DESTINATION)
                    .setSubject(purchase.tier())
                    .setVersion(purchase.version())
                    .setDeliveredAt(Micros.of(clock.instant()))
                    .setAttempts(attempts)
                    .build());
        } else if (outcome.gone() || queue.attempts >= Backoff.MOST_ATTEMPTS) {
            queue.stopped = true;
            LOG.error(
                    "Purchases of {} are not told any more, from {} on, until the server is started again: the billing"
                            + " webhook {} (attempt {})",
                    orgId,
                    id,
                    outcome.problem(),
                    queue.attempts);
        } else {
            Duration delay = Backoff.delay(queue.attempts, outcome.retryAfter());
            queue.dueNanos = System.nanoTime() + delay.toNanos();
            LOG.warn(
                    "{} of {} is told again in {} s: the billing webhook {} (attempt {})",
                    id,
                    orgId,
                    delay.toSeconds(),
                    outcome.problem(),
                    queue.attempts);
        }
    }

    /** The same bytes for every attempt. */
    private static byte[] body(String orgId, Purchase purchase) {
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("type", purchase.quantity() < 0 ? "seats.released" : "seats.purchased")
                .put("timestamp", SeatContext.time(purchase.at()));
        ObjectNode data = SeatPurchases.json(orgId, purchase);
        body.putObject("data").put("organization", orgId).setAll(data);
        return body.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void pause() {
        try {
            closing.get(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            // The ordinary end of a pause.
        } catch (ExecutionException | InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closing.complete(null);
        try {
            thread.join(Duration.ofSeconds(3).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        webhook.close();
        if (!thread.isAlive()) {
            deliveries.close();
        }
    }
}
