package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.Codec;
import io.sluice.schema.ErasureProgress;
import io.sluice.schema.Index;
import io.sluice.schema.Topic;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * How far erasures have come, as the job tells it: the newest report of each, in this server's memory. Of the receipts only
 * the newest; the others are read from Elasticsearch.
 */
final class ErasureBook implements AutoCloseable {
    private static final int MOST_RECEIPTS = 1000;

    /**
     * A report.
     *
     * @param progress without the receipt
     * @param receiptHash as the receipt says; null: there is none
     */
    record Report(ErasureProgress progress, @Nullable String receiptHash) {
        boolean is(String status) {
            return progress.getStatus().equals(status);
        }

        /** Whether nothing more will come of it. */
        boolean ended() {
            return is("completed") || is("failed");
        }
    }

    /** By organization, then by erasure. */
    private final Map<String, Map<String, Report>> byOrganization = new ConcurrentHashMap<>();

    private final Map<String, String> receipts = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > MOST_RECEIPTS;
        }
    };
    private final Object changed = new Object();
    private final TopicReader<ErasureProgress> reader;
    private final Elastic elastic;
    private volatile Runnable listener = () -> {};

    ErasureBook(Settings settings, Kafka kafka, Elastic elastic) {
        this.elastic = elastic;
        reader = new TopicReader<>(settings, kafka, Topic.RECEIPTS, Codec.of(ErasureProgress.class), this::apply);
    }

    /** @param whenChanged called after every report, on the thread that reads the topic */
    void start(Runnable whenChanged) {
        listener = whenChanged;
        reader.start();
    }

    /** Completes when the topic has been read to the end that it had at start. */
    CompletableFuture<Void> loaded() {
        return reader.ready();
    }

    /** @throws Refusal UNAVAILABLE while it is not known how far erasures are */
    void requireLoaded() {
        if (!loaded().isDone()) {
            throw new Refusal(Refusal.Kind.UNAVAILABLE, "the progress of erasures is not loaded yet, try again");
        }
    }

    private void apply(ErasureProgress progress) {
        String receipt = progress.getReceipt();
        if (receipt != null) {
            synchronized (receipts) {
                receipts.put(key(progress.getOrgId(), progress.getErasureId()), receipt);
            }
        }
        Report report = new Report(
                ErasureProgress.newBuilder(progress).setReceipt(null).build(),
                receipt == null ? null : Receipts.hash(receipt));
        byOrganization
                .computeIfAbsent(progress.getOrgId(), each -> new ConcurrentHashMap<>())
                .merge(
                        progress.getErasureId(),
                        report,
                        (a, b) -> b.progress().getVersion() >= a.progress().getVersion() ? b : a);
        synchronized (changed) {
            changed.notifyAll();
        }
        listener.run();
    }

    private static String key(String orgId, String erasureId) {
        return orgId + '|' + erasureId;
    }

    /** Empty: the job has said nothing of it. */
    Optional<Report> report(String orgId, String erasureId) {
        return Optional.ofNullable(byOrganization.getOrDefault(orgId, Map.of()).get(erasureId));
    }

    Collection<String> organizations() {
        return List.copyOf(byOrganization.keySet());
    }

    Collection<Report> reports(String orgId) {
        return List.copyOf(byOrganization.getOrDefault(orgId, Map.of()).values());
    }

    /**
     * Waits for a report.
     *
     * @return the newest one, whether or not it is as wanted
     */
    Optional<Report> await(String orgId, String erasureId, Predicate<Report> wanted, Duration patience)
            throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        synchronized (changed) {
            while (true) {
                Optional<Report> newest = report(orgId, erasureId);
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (newest.filter(wanted).isPresent() || left <= 0) {
                    return newest;
                }
                changed.wait(left);
            }
        }
    }

    /** The receipt as it was written; empty: there is none. */
    Optional<String> receipt(String orgId, String erasureId) {
        Optional<Report> report = report(orgId, erasureId);
        if (report.isEmpty() || report.get().receiptHash() == null) {
            return Optional.empty();
        }
        synchronized (receipts) {
            String kept = receipts.get(key(orgId, erasureId));
            if (kept != null) {
                return Optional.of(kept);
            }
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", 1);
        body.putArray("_source").add("receipt");
        JsonNode hits = elastic.search(orgId, Index.ERASURES, List.of(Elastic.term("erasure_id", erasureId)), body)
                .join()
                .at("/hits/hits");
        String stored = hits.path(0).at("/_source/receipt").textValue();
        if (stored == null) {
            throw new Refusal(Refusal.Kind.UNAVAILABLE, "the receipt is not in Elasticsearch yet, try again");
        }
        return Optional.of(stored);
    }

    @Override
    public void close() {
        reader.close();
    }
}
