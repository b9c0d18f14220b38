package io.sluice.server;

import com.linecorp.armeria.common.HttpData;
import io.sluice.server.Signal.Outcome;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** What OTLP over HTTP and over gRPC have in common: decode, store, answer, all off the event loop. */
final class Ingest {
    enum Encoding {
        PROTOBUF,
        JSON
    }

    /** @param content as received, compressed or not; may be pooled */
    record Body(HttpData content, Encoding encoding, boolean gzip) {
        /** The content, which is given back. */
        byte[] take() {
            try (content) {
                return content.array();
            }
        }
    }

    /** Claude Code gives up after ten seconds and then does not send again, but after a 503 it does. */
    private static final Duration DEADLINE = Duration.ofSeconds(9);

    private final Kafka kafka;
    private final Publisher publisher;
    private final TelemetryDecoder decoder;
    private final Executor workers;

    Ingest(Kafka kafka, Publisher publisher, TelemetryDecoder decoder, Executor workers) {
        this.kafka = kafka;
        this.publisher = publisher;
        this.decoder = decoder;
        this.workers = workers;
    }

    /**
     * Stores one request.
     *
     * @param body given back in any case
     * @param lease held until the request is out of the way, also when it was answered before that
     * @return done when Kafka has acknowledged every record; failed with a {@link Refusal} or a timeout
     */
    CompletableFuture<Outcome> ingest(
            Signal signal, Body body, Caller caller, boolean historical, ByteBudget.Lease lease) {
        if (!kafka.ready()) {
            body.content().close();
            return CompletableFuture.failedFuture(
                    new Refusal(Refusal.Kind.UNAVAILABLE, "Kafka is not ready yet, try again"));
        }
        CompletableFuture<Outcome> answer = new CompletableFuture<>();
        lease.retain();
        workers.execute(() -> {
            // Answered already: it waited for a worker too long.
            if (answer.isDone()) {
                body.content().close();
                lease.close();
                return;
            }
            CompletableFuture<?> unused = store(signal, body, caller, historical, lease)
                    .whenComplete((outcome, failure) -> {
                        lease.close();
                        if (failure == null) {
                            answer.complete(outcome);
                        } else {
                            answer.completeExceptionally(failure);
                        }
                    });
        });
        return answer.orTimeout(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
    }

    private CompletableFuture<Outcome> store(
            Signal signal, Body body, Caller caller, boolean historical, ByteBudget.Lease lease) {
        try {
            Publisher.Publication publication = publisher.begin();
            Outcome outcome = decoder.decode(signal, body, caller, historical, lease, publication::send);
            return publication.end().thenApply(stored -> outcome);
        } catch (Exception | OutOfMemoryError | StackOverflowError e) {
            // Whatever input does to a decoder, its request gets an answer and its bytes are given back.
            return CompletableFuture.failedFuture(e);
        }
    }
}
