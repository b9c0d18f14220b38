package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.sluice.core.privacy.PrivacyMode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Metrics for the dashboards that somebody has already. The figures are read in the background, of organizations whose
 * metrics somebody reads; nobody who reads waits for Elasticsearch.
 */
final class MetricsExport implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetricsExport.class);

    static final String FEATURE = "code-analytics";

    /** After so long without a reader figures are no longer read. */
    private static final Duration PATIENCE = Duration.ofHours(1);

    /** An organization that is read. What is not volatile belongs to the thread that refreshes. */
    private final class Watched {
        private final String orgId;
        private final boolean pushed;
        private final Instant since = clock.instant();
        private volatile long askedNanos = System.nanoTime();
        private volatile OrganizationMeters meters;
        private MonthTotals totals;

        Watched(String orgId, boolean pushed) {
            this.orgId = orgId;
            this.pushed = pushed;
            totals = new MonthTotals(Period.monthOf(since));
            meters = open(totals, true);
        }

        /** @param first since the start of the server */
        private OrganizationMeters open(MonthTotals read, boolean first) {
            return new OrganizationMeters(
                    orgId,
                    read.month(),
                    clock,
                    () -> reading(read.newest()),
                    () -> tellsUse.test(orgId),
                    pushed ? push.readers(first) : List.of());
        }

        private OrganizationMeters.Reading reading(ExportSnapshot read) {
            Instant from = read.readAt() == null ? since : read.readAt();
            return new OrganizationMeters.Reading(
                    read, Math.max(0, Duration.between(from, clock.instant()).toMillis() / 1000.0));
        }

        boolean forgotten() {
            return !pushed && System.nanoTime() - askedNanos > PATIENCE.toNanos();
        }

        /** Blocking. A month that has begun is told once there are figures of it. */
        void refresh() {
            Instant now = clock.instant();
            Instant month = Period.monthOf(now);
            MonthTotals next = month.equals(totals.month()) ? totals : new MonthTotals(month);
            ExportQuestions.Answers answers = questions.ask(orgId, month, now).join();
            if (next.newest().readAt() == null) {
                List<JsonNode> both = new ArrayList<>(answers.cells());
                both.addAll(questions
                        .cells(orgId, Period.monthOf(month.minusMillis(1)))
                        .join());
                next.rank(both);
            }
            next.update(answers, now);
            if (next != totals) {
                OrganizationMeters old = meters;
                totals = next;
                meters = open(next, false);
                // Sends what was read last of its month.
                old.close();
            }
        }
    }

    private final ExportQuestions questions;
    private final Predicate<String> tellsUse;
    private final OtlpPush push;
    private final Duration every;
    private final Clock clock;
    private final Map<String, Watched> watched = new ConcurrentHashMap<>();
    private final Set<String> failing = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService refreshing = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "sluice-metrics-export");
        thread.setDaemon(true);
        return thread;
    });

    /**
     * @param tellsUse whether metrics of how an organization uses Claude may leave
     * @param every how often figures are read
     */
    MetricsExport(ExportQuestions questions, Predicate<String> tellsUse, OtlpPush push, Duration every, Clock clock) {
        this.questions = questions;
        this.tellsUse = tellsUse;
        this.push = push;
        this.every = every;
        this.clock = clock;
    }

    /** As far as its plan and its privacy let it; of an organization that is not known yet nothing is told. */
    static Predicate<String> tellsUse(PlanGate plans, PrivacyGate privacy) {
        return orgId -> {
            try {
                plans.require(FEATURE, orgId);
                return privacy.of(orgId).mode() != PrivacyMode.TEAM_ONLY;
            } catch (Refusal unknown) {
                return false;
            }
        };
    }

    void start() {
        String pushed = push.organization();
        if (pushed != null) {
            watched.put(pushed, new Watched(pushed, true));
        }
        Future<?> unused =
                refreshing.scheduleWithFixedDelay(this::refreshAll, 0, every.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** What there is. Of an organization that nobody has read lately these are no figures yet, but soon. */
    MetricSnapshots scrape(String orgId) {
        @Nullable Watched known = watched.get(orgId);
        if (known == null) {
            known = watched.computeIfAbsent(orgId, org -> {
                Watched fresh = new Watched(org, false);
                Future<?> unused = refreshing.submit(() -> refresh(fresh));
                return fresh;
            });
        }
        known.askedNanos = System.nanoTime();
        return known.meters.scrape();
    }

    private void refreshAll() {
        for (Watched each : watched.values()) {
            if (each.forgotten()) {
                watched.remove(each.orgId);
                each.meters.close();
            } else {
                refresh(each);
            }
        }
    }

    private void refresh(Watched each) {
        try {
            each.refresh();
            if (failing.remove(each.orgId)) {
                LOG.info("Exported metrics of {} are read again", each.orgId);
            }
        } catch (RuntimeException e) {
            if (failing.add(each.orgId)) {
                LOG.warn(
                        "Exported metrics of {} are not read, and get older: {}",
                        each.orgId,
                        Refusals.of(e).getMessage());
            }
        }
    }

    @Override
    public void close() {
        refreshing.shutdownNow();
        watched.values().forEach(each -> each.meters.close());
    }
}
