package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.compliance.Register;
import io.sluice.core.compliance.Requested;
import io.sluice.schema.ComplianceChange;
import io.sluice.schema.ErasureProgress;
import io.sluice.schema.Index;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has to follow by itself: an erasure that the job has seen is started; one that holds kept is started again when one of
 * them is released; an end is told to the audit; retention runs at night. Does the same on every server of an installation:
 * the register takes a start once, the audit an event once.
 */
final class ErasureKeeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ErasureKeeper.class);
    private static final String ACTOR = "sluice";
    private static final Set<String> TOLD = Set.of("completed", "held", "failed");
    private static final int PAGE = 500;
    private static final long PAUSE_MILLIS = 1000;

    private final ComplianceRegister register;
    private final ErasureBook book;
    private final AuditLog audit;
    private final Elastic elastic;
    private final Runnable nightly;

    /** Ids of events that are in the audit. */
    private final Set<String> told = new HashSet<>();

    private final BlockingQueue<Boolean> wakes = new ArrayBlockingQueue<>(1);
    private final Thread thread = new Thread(this::run, "sluice-erasures");
    private volatile boolean closing;
    private boolean checked; // whether the audit was asked for what it has of the time before this start

    /** @param nightly called again and again, on this thread */
    ErasureKeeper(ComplianceRegister register, ErasureBook book, AuditLog audit, Elastic elastic, Runnable nightly) {
        this.register = register;
        this.book = book;
        this.audit = audit;
        this.elastic = elastic;
        this.nightly = nightly;
        thread.setDaemon(true);
    }

    void start() {
        register.start(this::wake);
        book.start(this::wake);
        thread.start();
    }

    private void wake() {
        boolean unused = wakes.offer(true); // one that waits is enough
    }

    private void run() {
        try {
            CompletableFuture.allOf(register.loaded(), book.loaded()).get();
            while (!closing) {
                attempt(this::startWhatIsDue);
                attempt(this::tellTheAudit);
                attempt(nightly);
                Boolean unused = wakes.poll(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            LOG.error("Erasures are not started by this server", e);
        }
    }

    private static void attempt(Runnable step) {
        try {
            step.run();
        } catch (Refusal e) {
            LOG.info("Tried again soon: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("Erasures are not kept going", e);
        }
    }

    private void startWhatIsDue() {
        for (String orgId : book.organizations()) {
            for (ErasureBook.Report report : book.reports(orgId)) {
                if (register.read(all -> isDue(all, report.progress()))) {
                    Optional<ComplianceChange> started = register.append(
                            orgId,
                            ACTOR,
                            all -> isDue(all, report.progress())
                                    ? Optional.of(ComplianceChange.newBuilder()
                                            .setKind("start")
                                            .setStart(report.progress().getErasureId()))
                                    : Optional.empty());
                    started.ifPresent(
                            entry -> LOG.info("Erasure {} starts with number {}", entry.getStart(), entry.getNumber()));
                }
            }
        }
    }

    private static boolean isDue(Register all, ErasureProgress progress) {
        Optional<Requested> erasure = all.erasure(progress.getOrgId(), progress.getErasureId());
        if (erasure.isEmpty()) {
            return false;
        }
        return switch (progress.getStatus()) {
            case "pending" -> erasure.get().start() == 0;
            case "held" -> all.canResume(progress.getOrgId(), erasure.get(), progress.getHeldBy());
            default -> false;
        };
    }

    private void tellTheAudit() {
        for (String orgId : book.organizations()) {
            List<ErasureBook.Report> untold = book.reports(orgId).stream()
                    .filter(report -> TOLD.contains(report.progress().getStatus()))
                    .filter(report -> !told.contains(eventId(report.progress())))
                    .toList();
            if (!checked) {
                askTheAudit(orgId, untold);
            }
            for (ErasureBook.Report report : untold) {
                tell(report);
            }
        }
        checked = true;
    }

    private static String eventId(ErasureProgress progress) {
        return AuditLog.eventId(
                "erasure",
                progress.getOrgId(),
                progress.getErasureId(),
                progress.getStatus(),
                Long.toString(progress.getStartNumber()));
    }

    /** After a start: what is in the audit need not be sent again. Twice would do no harm. */
    private void askTheAudit(String orgId, List<ErasureBook.Report> reports) {
        for (int from = 0; from < reports.size(); from += PAGE) {
            List<String> ids = new ArrayList<>();
            reports.subList(from, Math.min(reports.size(), from + PAGE))
                    .forEach(report -> ids.add(eventId(report.progress())));
            ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", PAGE);
            body.putArray("_source").add("event_id");
            JsonNode hits;
            try {
                hits = elastic.search(orgId, Index.AUDIT, List.of(Elastic.anyOf("event_id", ids)), body)
                        .join()
                        .at("/hits/hits");
            } catch (CompletionException e) {
                throw Refusals.of(e);
            }
            hits.forEach(hit -> told.add(hit.at("/_source/event_id").asText()));
        }
    }

    private void tell(ErasureBook.Report report) {
        ErasureProgress progress = report.progress();
        String eventId = eventId(progress);
        if (told.contains(eventId)) {
            return;
        }
        Map<String, String> details = new TreeMap<>();
        details.put("found", String.valueOf(progress.getFound()));
        details.put("erased", Long.toString(progress.getErased()));
        details.put("held", Long.toString(progress.getHeld()));
        if (!progress.getHeldBy().isEmpty()) {
            details.put("held_by", String.join(" ", progress.getHeldBy()));
        }
        if (report.receiptHash() != null) {
            details.put("receipt_hash", report.receiptHash());
        }
        try {
            audit.record(
                            new AuditLog.Entry(
                                    progress.getOrgId(),
                                    ACTOR,
                                    "erasure " + progress.getStatus(),
                                    progress.getErasureId(),
                                    AuditLog.DONE,
                                    "",
                                    details),
                            eventId,
                            progress.getAt())
                    .join();
        } catch (CompletionException e) {
            throw Refusals.of(e);
        }
        told.add(eventId);
    }

    @Override
    public void close() {
        closing = true;
        thread.interrupt();
        try {
            thread.join(3000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        book.close();
        register.close();
    }
}
