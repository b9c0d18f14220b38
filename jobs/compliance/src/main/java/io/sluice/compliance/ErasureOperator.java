package io.sluice.compliance;

import io.sluice.core.compliance.Receipt;
import io.sluice.core.compliance.Register;
import io.sluice.core.compliance.Requested;
import io.sluice.elasticsearch.ContentStore;
import io.sluice.runtime.KeyedValue;
import io.sluice.runtime.RestartSafeVersions;
import io.sluice.schema.Codec;
import io.sluice.schema.ComplianceChange;
import io.sluice.schema.ErasureProgress;
import io.sluice.schema.Micros;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Executes erasures, one instance for all. Takes what the gate acknowledges and the register; puts out progress, null records
 * ({@link Tags#NULLS}) and the documents of progress ({@link Tags#DOCUMENTS}).
 *
 * <p>Of each erasure that has a start: it waits until every instance of the gate has acknowledged the start, then until a
 * checkpoint that was begun after that is complete, so that everything which passed the gate before is in Elasticsearch;
 * replaces the documents; has null records written; waits for a checkpoint that has these; has the bytes purged; and makes
 * the receipt, which is created once. Nothing of this is state: after a restart it is done again from the register, up to
 * the receipt. Work with Elasticsearch is done by threads of its own; what they find comes back with the timer.
 */
final class ErasureOperator extends AbstractStreamOperator<KeyedValue>
        implements TwoInputStreamOperator<Ack, byte[], KeyedValue> {
    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(ErasureOperator.class);

    private static final long TICK_MILLIS = 100;
    private static final long RETRY_MILLIS = 2_000;
    private static final long PURGE_RETRY_MILLIS = 15_000;
    /** How long the documents of conversations may take to follow their messages. */
    private static final long CONVERSATIONS_MILLIS = 20_000;

    private static final Duration PURGE_LIMIT = Duration.ofMinutes(3);

    private static final List<Receipt.Residual> RESIDUALS = List.of(
            new Receipt.Residual("usage", "rows of usage and spend, which hold no content, stay: they are accounts"),
            new Receipt.Residual(
                    "anthropic",
                    "what Anthropic stores is deleted by its own retention, or if the request asked for it"));

    private final ComplianceJob.Erasing erasing;

    private transient Register register;
    private transient Acknowledged acknowledged;
    private transient Map<String, ErasureWork> works; // by organization and id, in the order of the register
    private transient RestartSafeVersions versions;
    private transient ListState<Settled> settledState;
    private transient ContentStore store;
    private transient @Nullable UpstreamDeletion upstream;
    private transient ExecutorService hiding;
    private transient ExecutorService purging;
    private transient ExecutorService finishing;
    private transient Queue<Runnable> mails;
    /** A crash may have kept from being told what the receipt tells. */
    private transient List<ErasureWork> complete;

    private transient long heartbeatAt;
    private transient boolean purgeRuns;
    private transient boolean closed;

    /** All instances had acknowledged this number. */
    public record Settled(String orgId, long number) {}

    ErasureOperator(ComplianceJob.Erasing erasing) {
        this.erasing = erasing;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        acknowledged = new Acknowledged();
        versions = RestartSafeVersions.open(context, System.currentTimeMillis());
        settledState = context.getOperatorStateStore()
                .getUnionListState(new ListStateDescriptor<>("settled", TypeInformation.of(Settled.class)));
        for (Settled settled : settledState.get()) {
            acknowledged.restore(settled.orgId(), settled.number());
        }
    }

    @Override
    public void open() throws Exception {
        super.open();
        register = new Register();
        works = new LinkedHashMap<>();
        mails = new ConcurrentLinkedQueue<>();
        complete = new ArrayList<>();
        store = new ContentStore(erasing.elasticsearch());
        upstream = erasing.upstream() == null ? null : new UpstreamDeletion(erasing.upstream());
        hiding = worker("sluice-erasures");
        purging = worker("sluice-purge");
        finishing = worker("sluice-receipts");
        erasing.register().readToEnd(value -> {
            try {
                register.add(Codec.of(ComplianceChange.class).decode(value));
            } catch (IOException e) {
                throw new UncheckedIOException("compliance: an entry cannot be read: " + value.length + " bytes", e);
            }
        });
        Map<String, String> receipts = new HashMap<>();
        store.receipts(
                ErasureDocuments.INDEX,
                (orgId, erasureId, receipt) -> receipts.put(orgId.length() + ":" + orgId + erasureId, receipt));
        for (String orgId : register.organizations()) {
            for (Requested erasure : register.erasures(orgId)) {
                String receipt = receipts.get(key(orgId, erasure));
                if (receipt == null) {
                    work(orgId, erasure);
                } else {
                    complete.add(new ErasureWork(orgId, erasure).completed(receipt));
                }
            }
        }
        tickLater();
    }

    private static ExecutorService worker(String name) {
        return Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    private ErasureWork work(String orgId, Requested erasure) {
        return works.computeIfAbsent(key(orgId, erasure), key -> new ErasureWork(orgId, erasure));
    }

    @Override
    public void processElement1(StreamRecord<Ack> element) {
        Ack ack = element.getValue();
        acknowledged.add(ack);
        if (!ack.again().isEmpty()) {
            register.erasure(ack.orgId(), ack.again())
                    .ifPresent(erasure -> work(ack.orgId(), erasure).startAgain());
        }
    }

    /** One that is complete stays so for whoever asks. */
    private void lookAgain(String orgId, Requested erasure) {
        boolean complete = !works.containsKey(key(orgId, erasure));
        ErasureWork work = work(orgId, erasure);
        if (complete) {
            work.quiet();
        }
        work.startAgain();
    }

    @Override
    public void processElement2(StreamRecord<byte[]> element) throws Exception {
        ComplianceChange told = Codec.of(ComplianceChange.class).decode(element.getValue());
        for (ComplianceChange change : register.add(told)) {
            String id = change.getErasure() != null ? change.getErasure().getId() : change.getStart();
            if (id != null) {
                register.erasure(change.getOrgId(), id).ifPresent(erasure -> work(change.getOrgId(), erasure));
            }
        }
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        versions.snapshot();
        settledState.update(acknowledged.all().entrySet().stream()
                .map(each -> new Settled(each.getKey(), each.getValue()))
                .toList());
        for (ErasureWork work : works.values()) {
            work.checkpointBegan(context.getCheckpointId());
        }
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) throws Exception {
        super.notifyCheckpointComplete(checkpointId);
        for (ErasureWork work : works.values()) {
            work.checkpointCompleted(checkpointId);
        }
        advance();
    }

    private void tickLater() {
        long now = getProcessingTimeService().getCurrentProcessingTime();
        getProcessingTimeService().registerTimer(now + TICK_MILLIS, at -> {
            advance();
            tickLater();
        });
    }

    private void advance() {
        if (!complete.isEmpty()) {
            complete.forEach(each -> report(each, "completed", null));
            complete.clear();
        }
        Runnable mail = mails.poll();
        while (mail != null) {
            mail.run();
            mail = mails.poll();
        }
        long now = getProcessingTimeService().getCurrentProcessingTime();
        for (ErasureWork work : List.copyOf(works.values())) {
            advance(work, now);
        }
        purge(now);
        beat(now);
    }

    /** So that segments are closed, and compacted, also where nothing is said any more. */
    private void beat(long now) {
        if (now >= heartbeatAt) {
            heartbeatAt = now + Math.max(TICK_MILLIS, erasing.kafkaWithin().toMillis() / 8);
            for (int partition = 0; partition < ContentRecords.MOST_PARTITIONS; partition++) {
                output.collect(Tags.NULLS, new StreamRecord<>(ContentRecords.heartbeat(partition)));
            }
        }
    }

    private void advance(ErasureWork work, long now) {
        work.follow();
        if (!erasing.checkpoints()) {
            work.checkpointBegan(Long.MAX_VALUE);
            work.checkpointCompleted(Long.MAX_VALUE);
        }
        switch (work.phase()) {
            case REQUESTED -> {
                if (!work.told()) {
                    work.tell();
                    report(work, "pending", null);
                }
            }
            case STARTED -> {
                if (acknowledged.byAll(work.orgId()) >= work.erasure().start()) {
                    work.acknowledged();
                }
            }
            case DUE -> {
                if (now >= work.notBefore()) {
                    work.hiding();
                    hide(work);
                }
            }
            case WAITING_FOR_CHECKPOINT, HIDING, REPLACED, HIDDEN, PURGEABLE, PURGING, DONE, HELD -> {}
        }
        if (work.phase() == ErasureWork.Phase.REPLACED && now >= work.notBefore()) {
            followConversations(work, now);
        }
    }

    private void hide(ErasureWork work) {
        // A register of its own: the thread works while this operator goes on to learn.
        ErasureRun run = new ErasureRun(store, register.copy(work.orgId()), work.orgId(), id(work.erasure()));
        hiding.execute(() -> {
            try {
                ErasureRun.Result result = run.run();
                mails.add(() -> replaced(work, run, result));
            } catch (IOException e) {
                mails.add(() -> failed(work, e));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                mails.add(() -> failed(work, e));
            }
        });
    }

    private void failed(ErasureWork work, Exception e) {
        if (!closed) {
            LOG.warn("erasure {} is tried again: {}", id(work.erasure()), e.toString());
            work.retry(getProcessingTimeService().getCurrentProcessingTime() + RETRY_MILLIS);
            report(work, "pending", e.toString());
        }
    }

    private void replaced(ErasureWork work, ErasureRun run, ErasureRun.Result result) {
        result.messages().values().forEach(message -> {
            String key = Topic.contentKey(work.orgId(), message.conversationId(), message.messageId());
            output.collect(Tags.NULLS, new StreamRecord<>(new KeyedValue(key.getBytes(StandardCharsets.UTF_8), null)));
        });
        work.replaced(run, result, getProcessingTimeService().getCurrentProcessingTime() + CONVERSATIONS_MILLIS);
    }

    /** The null records make the job forget the messages; the documents of conversations follow. */
    private void followConversations(ErasureWork work, long now) {
        work.waitUntil(now + TICK_MILLIS * 3);
        ErasureRun run = work.run();
        ErasureRun.Result result = work.result();
        boolean patient = now < work.patientUntil();
        work.following();
        hiding.execute(() -> {
            try {
                boolean gone = run.conversationsAreGone(result.messages().values());
                if (!gone && !patient) {
                    // The job knows nothing of them, and will not write them any more.
                    run.emptyConversations(result.messages().values());
                }
                mails.add(() -> followed(work, gone));
            } catch (IOException | RuntimeException e) {
                mails.add(() -> followed(work, false));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void followed(ErasureWork work, boolean gone) {
        if (gone) {
            work.hidden(Micros.of(Instant.now()));
            report(work, work.result().held().isEmpty() ? "hidden" : "held", null);
        } else {
            work.followAgain();
        }
    }

    /** All that are due at once: what costs is the merge of an index, not the number of erasures. */
    private void purge(long now) {
        if (purgeRuns) {
            return;
        }
        List<ErasureWork> due = works.values().stream()
                .filter(work -> work.phase() == ErasureWork.Phase.PURGEABLE && now >= work.notBefore())
                .toList();
        if (due.isEmpty()) {
            return;
        }
        TreeSet<String> indices = new TreeSet<>();
        due.forEach(work -> {
            work.purging();
            indices.addAll(work.result().indices());
        });
        purgeRuns = true;
        purging.execute(() -> {
            try {
                store.purge(indices, PURGE_LIMIT);
                mails.add(() -> {
                    purgeRuns = false;
                    due.forEach(this::finish);
                });
            } catch (IOException | RuntimeException e) {
                mails.add(() -> {
                    purgeRuns = false;
                    LOG.warn("the purge of {} indices is tried again: {}", indices.size(), e.toString());
                    due.forEach(work -> purgeAgain(work, e));
                });
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** Deletes upstream, where it is asked for, and writes the receipt: each for itself, one may have to wait long. */
    private void finish(ErasureWork work) {
        finishing.execute(() -> {
            try {
                Optional<String> receipt = receipt(work);
                mails.add(() -> completed(work, receipt));
            } catch (IOException | RuntimeException e) {
                mails.add(() -> {
                    LOG.warn("erasure {} is finished later: {}", id(work.erasure()), e.toString());
                    purgeAgain(work, e);
                });
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void purgeAgain(ErasureWork work, Exception e) {
        work.purgeAgain(getProcessingTimeService().getCurrentProcessingTime() + PURGE_RETRY_MILLIS);
        report(work, work.result().held().isEmpty() ? "hidden" : "held", e.toString());
    }

    /** Empty while holds keep something: there is one receipt, when all is done. */
    private Optional<String> receipt(ErasureWork work) throws IOException, InterruptedException {
        if (!work.result().held().isEmpty()) {
            return Optional.empty();
        }
        long now = Micros.of(Instant.now());
        String json = Receipt.of(
                work.orgId(),
                work.run().erasure(),
                work.result().messages().keySet(),
                work.hiddenAt(),
                now,
                now + erasing.kafkaWithin().toMillis() * 1000,
                upstream(work),
                RESIDUALS);
        return Optional.of(ErasureDocuments.receipt(store.create(
                ErasureDocuments.INDEX,
                ErasureDocuments.receiptId(work.orgId(), id(work.erasure())),
                ErasureDocuments.ofReceipt(work.orgId(), id(work.erasure()), json))));
    }

    private List<Receipt.Upstream> upstream(ErasureWork work) throws IOException, InterruptedException {
        if (upstream == null || !work.erasure().erasure().getUpstream()) {
            return List.of();
        }
        Set<String> conversations =
                new TreeSet<>(work.erasure().erasure().getTarget().getConversationIds());
        work.result().messages().values().forEach(message -> conversations.add(message.conversationId()));
        return upstream.delete(work.orgId(), conversations, work.upstream());
    }

    private void completed(ErasureWork work, Optional<String> receipt) {
        if (work.isStale()) {
            work.rest();
            return;
        }
        work.purged(receipt.orElse(null), Micros.of(Instant.now()));
        report(work, receipt.isPresent() ? "completed" : "held", null);
        if (receipt.isPresent()) {
            works.remove(key(work.orgId(), work.erasure()));
        }
    }

    private void report(ErasureWork work, String status, @Nullable String error) {
        if (work.isQuiet() && !status.equals("completed")) {
            return;
        }
        ErasureProgress progress = work.progress(versions, status, error, Micros.of(Instant.now()));
        String key = work.orgId() + '|' + id(work.erasure());
        output.collect(
                new StreamRecord<>(new KeyedValue(key.getBytes(StandardCharsets.UTF_8), Codec.encode(progress))));
        output.collect(Tags.DOCUMENTS, new StreamRecord<>(ErasureDocuments.of(progress)));
    }

    private static String key(String orgId, Requested erasure) {
        return orgId.length() + ":" + orgId + id(erasure);
    }

    private static String id(Requested erasure) {
        return erasure.erasure().getId();
    }

    @Override
    public void close() throws Exception {
        closed = true;
        for (ExecutorService worker : new ExecutorService[] {hiding, purging, finishing}) {
            if (worker != null) {
                worker.shutdownNow();
                boolean ended = worker.awaitTermination(30, TimeUnit.SECONDS);
                if (!ended) {
                    LOG.warn("an erasure still runs after its job has ended");
                }
            }
        }
        super.close();
    }
}
