package io.sluice.elasticsearch;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.common.operators.ProcessingTimeService;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.base.sink.writer.BufferedRequestState;
import org.apache.flink.connector.base.sink.writer.RequestEntryWrapper;
import org.apache.flink.metrics.Counter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gathers documents into requests, and accounts for each until it is done or rejected.
 *
 * <p>Not Flink's {@code AsyncSinkWriter}: once its timer fires, that one keeps the task's thread until its buffer is
 * empty. While Elasticsearch is away no input and no checkpoint would pass, although the buffer has room. It also lets
 * a checkpoint wait for requests in flight; here they are part of the checkpoint, since sending a document again is
 * harmless.
 *
 * <p>All but the requests themselves happens on the task's thread: their answers come as mails.
 */
final class ElasticsearchSinkWriter implements StatefulSinkWriter<DocumentWrite, BufferedRequestState<BulkItem>> {
    private static final Logger LOG = LoggerFactory.getLogger(ElasticsearchSinkWriter.class);

    /** While Elasticsearch is away every so many failures are logged: about every 5 minutes. */
    private static final int FAILURES_PER_LOG_LINE = 30;

    /**
     * Bounds of one writer.
     *
     * @param bufferedDocuments waiting and in flight; above it, the job is held back
     * @param millisInBuffer until documents are sent though they do not fill a request
     * @param drained a checkpoint waits until there are no documents, and holds none
     */
    record Limits(
            int documentsPerRequest,
            long bytesPerRequest,
            long bytesPerDocument,
            int bufferedDocuments,
            long millisInBuffer,
            boolean drained) {}

    private final Limits limits;
    private final BulkClient client;
    private final RetryGate gate;
    private final RejectedDocumentHandler onRejected;
    private final MailboxExecutor mailbox;
    private final ProcessingTimeService timers;
    private final SinkMetrics metrics;
    private final Counter recordsSent;
    private final Counter bytesSent;

    private final CoalescingBuffer waiting = new CoalescingBuffer();
    private final Set<List<BulkItem>> inFlight = Collections.newSetFromMap(new IdentityHashMap<>());
    private int documentsInFlight;

    /** A timer is set that will make what waits overdue. */
    private boolean timerSet;

    /** What waits is sent as soon as the gate is open, even if it does not fill a request. */
    private boolean overdue;

    ElasticsearchSinkWriter(
            Limits limits,
            BulkClient client,
            RetryGate gate,
            RejectedDocumentHandler onRejected,
            WriterInitContext context,
            Collection<BufferedRequestState<BulkItem>> restored) {
        this.limits = limits;
        this.client = client;
        this.gate = gate;
        this.onRejected = onRejected;
        this.mailbox = context.getMailboxExecutor();
        this.timers = context.getProcessingTimeService();
        this.metrics = new SinkMetrics(context.metricGroup());
        this.recordsSent = context.metricGroup().getNumRecordsSendCounter();
        this.bytesSent = context.metricGroup().getNumBytesSendCounter();
        for (BufferedRequestState<BulkItem> state : restored) {
            for (RequestEntryWrapper<BulkItem> entry : state.getBufferedRequestEntries()) {
                buffer(entry.getRequestEntry());
            }
        }
    }

    @Override
    public void write(DocumentWrite write, Context context) throws InterruptedException {
        BulkItem item = BulkItem.of(write);
        if (item.size() > limits.bytesPerDocument()) {
            reject(List.of(RejectedDocument.of(item, 413, "document_too_large", null)));
            return;
        }
        while (waiting.size() + documentsInFlight >= limits.bufferedDocuments()) {
            mailbox.yield();
        }
        buffer(item);
        send();
    }

    /**
     * Waits at the end of the input, and before each checkpoint if that is wanted: else what is neither done nor rejected
     * is in the checkpoint.
     */
    @Override
    public void flush(boolean endOfInput) throws InterruptedException {
        while ((endOfInput || limits.drained()) && waiting.size() + documentsInFlight > 0) {
            overdue = true;
            send();
            mailbox.yield();
        }
    }

    @Override
    public List<BufferedRequestState<BulkItem>> snapshotState(long checkpointId) {
        List<BulkItem> open = new ArrayList<>();
        inFlight.forEach(open::addAll);
        open.addAll(waiting.items());
        return List.of(new BufferedRequestState<>(open.stream()
                .map(item -> new RequestEntryWrapper<>(item, item.size()))
                .toList()));
    }

    @Override
    public void close() {
        onRejected.close();
    }

    private void add(BulkItem item) {
        if (!waiting.add(item)) {
            metrics.coalesced.inc();
        }
    }

    private void buffer(BulkItem item) {
        add(item);
        if (!timerSet && !overdue) {
            timerSet = true;
            after(limits.millisInBuffer(), () -> {
                timerSet = false;
                overdue = true;
                send();
            });
        }
    }

    private void send() {
        while (gate.isOpen() && (overdue || fillsARequest()) && waiting.size() > 0) {
            List<BulkItem> items = waiting.take(limits.documentsPerRequest(), limits.bytesPerRequest());
            inFlight.add(items);
            documentsInFlight += items.size();
            gate.started();
            recordsSent.inc(items.size());
            bytesSent.inc(items.stream().mapToLong(BulkItem::size).sum());
            // Refused only when the task has ended; then nobody waits for the answer.
            var unused = client.send(items)
                    .thenAccept(result -> mailbox.execute(() -> settle(items, result), "Elasticsearch answered"));
        }
        overdue &= waiting.size() > 0;
    }

    private boolean fillsARequest() {
        return waiting.size() >= limits.documentsPerRequest() || waiting.bytes() >= limits.bytesPerRequest();
    }

    private void settle(List<BulkItem> items, BulkResult result) throws Exception {
        inFlight.remove(items);
        documentsInFlight -= items.size();
        metrics.done.inc(result.done());
        metrics.conflicts.inc(result.conflicts());
        reject(result.rejected());
        if (result.fatal() != null) {
            throw result.fatal();
        }
        if (result.retries().isEmpty()) {
            if (gate.failuresInARow() > 0) {
                LOG.info("Elasticsearch takes documents again, after {} failed requests", gate.failuresInARow());
            }
            gate.succeeded();
        } else {
            sendAgain(result);
        }
        send();
    }

    private void sendAgain(BulkResult result) {
        List<BulkItem> retries = result.retries();
        metrics.retries.inc(retries.size());
        retries.forEach(this::add);
        overdue = true;
        gate.failed(this::send);
        if (gate.failuresInARow() == 1 || gate.failuresInARow() % FAILURES_PER_LOG_LINE == 0) {
            LOG.warn(
                    "Elasticsearch did not take {} documents, they are sent again (failed request {} in a row): {}",
                    retries.size(),
                    gate.failuresInARow(),
                    result.retryCause());
        }
    }

    private void reject(List<RejectedDocument> rejected) {
        if (!rejected.isEmpty()) {
            metrics.rejected.inc(rejected.size());
            rejected.forEach(onRejected::onRejected);
            onRejected.flush();
        }
    }

    private void after(long millis, Runnable task) {
        var unused = timers.registerTimer(timers.getCurrentProcessingTime() + millis, now -> task.run());
    }
}
