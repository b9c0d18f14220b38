package io.sluice.server;

import io.sluice.core.compliance.RetentionPlan;
import io.sluice.core.compliance.RetentionPlan.Part;
import io.sluice.core.compliance.RetentionPlan.Person;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.schema.ContentTarget;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.Erasure;
import io.sluice.schema.Micros;
import io.sluice.schema.RetentionClass;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks for the erasure of what is older than its class of retention allows: every night, and when somebody says so. What a
 * class of everybody must leave to others is found out as the run begins; who becomes a member later is so in the next one.
 */
final class RetentionRuns {
    private static final Logger LOG = LoggerFactory.getLogger(RetentionRuns.class);
    private static final String ACTOR = "retention";
    private static final int PEOPLE = 1000;
    /** Of one erasure: an entry of the register has up to 256 KiB. */
    private static final int MOST_LABEL_CHARACTERS = 60_000;

    /**
     * An erasure of a run.
     *
     * @param found documents, when the run began
     */
    record Made(String erasureId, ContentTarget target, long found) {}

    private final ComplianceRegister register;
    private final DirectoryStore directory;
    private final CoveredContent content;
    private final PlanGate plans;
    private final int hour;

    private final Map<String, LocalDate> lastNights = new HashMap<>();
    private LocalDate lastNight = LocalDate.MIN;

    /** @param hour of the day (UTC) from which on a night's run begins; negative: there are none */
    RetentionRuns(
            ComplianceRegister register, DirectoryStore directory, CoveredContent content, PlanGate plans, int hour) {
        this.register = register;
        this.directory = directory;
        this.content = content;
        this.plans = plans;
        this.hour = hour;
    }

    /** When the next night's run begins; null: never. */
    @Nullable
    Instant nextRun() {
        if (hour < 0) {
            return null;
        }
        Instant now = register.now();
        Instant today = now.truncatedTo(ChronoUnit.DAYS).plus(Duration.ofHours(hour));
        return now.isBefore(today) ? today : today.plus(Duration.ofDays(1));
    }

    /** Runs once a night; called again and again, from one thread. After a restart once more, which changes nothing. */
    void nightly() {
        Instant now = register.now();
        LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        if (hour < 0
                || !directory.loaded().isDone()
                || today.equals(lastNight)
                || now.atOffset(ZoneOffset.UTC).getHour() < hour) {
            return;
        }
        Collection<String> organizations = register.read(all -> all.organizations().stream()
                .filter(orgId -> !all.retention(orgId).isEmpty())
                .toList());
        for (String orgId : organizations) {
            try {
                if (!today.equals(lastNights.get(orgId)) && isInPlan(orgId)) {
                    run(orgId, ACTOR, today.toString(), false);
                }
                lastNights.put(orgId, today);
            } catch (RuntimeException e) {
                LOG.warn("Retention runs again: {}", e.getMessage());
            }
        }
        if (organizations.stream().allMatch(orgId -> today.equals(lastNights.get(orgId)))) {
            lastNight = today;
        }
    }

    /** Nothing is destroyed for an organization that could not look at it. */
    private boolean isInPlan(String orgId) {
        try {
            plans.require(ComplianceDecisions.FEATURE, orgId);
            return true;
        } catch (Refusal e) {
            LOG.info("Retention does not run: {}", e.getMessage());
            return false;
        }
    }

    /**
     * Runs for one organization. What would find nothing is not asked for. Blocking.
     *
     * @param runId the same again: what is asked for already is not asked for twice
     * @param dryRun counts only
     */
    List<Made> run(String orgId, String actor, String runId, boolean dryRun) {
        List<RetentionClass> classes = register.read(all -> all.retention(orgId));
        List<Made> made = new ArrayList<>();
        if (classes.isEmpty()) {
            return made;
        }
        Instant now = register.now();
        for (Part part : RetentionPlan.of(classes, content.products(orgId), people(orgId))) {
            int chunk = 0;
            for (ContentTarget target : targets(orgId, part, now)) {
                long found = content.count(orgId, target, List.of()).found();
                String id = "erasure_retention_"
                        + Secret.sha256(runId + "|" + orgId + "|" + part.product() + "|" + part.days() + "|"
                                        + part.labels().isEmpty() + "|" + chunk++)
                                .substring(0, 32);
                if (found > 0) {
                    made.add(new Made(id, target, found));
                    if (!dryRun) {
                        ask(orgId, actor, id, target, now);
                    }
                }
            }
        }
        return made;
    }

    private void ask(String orgId, String actor, String id, ContentTarget target, Instant now) {
        register.append(
                orgId,
                actor,
                all -> all.erasure(orgId, id).isPresent()
                        ? Optional.empty()
                        : Optional.of(ErasureRoutes.erasure(Erasure.newBuilder()
                                .setId(id)
                                .setTarget(target)
                                .setReason("retention")
                                .setDueAt(ComplianceDecisions.dueAt(now))
                                .build())));
    }

    private List<Person> people(String orgId) {
        Directory of = directory.of(orgId);
        List<Person> people = new ArrayList<>();
        List<Document<DirectoryUser>> page = of.users().after(null, PEOPLE);
        while (!page.isEmpty()) {
            for (Document<DirectoryUser> user : page) {
                people.add(new Person(
                        ContentTargets.labelsOf(of, user.id()),
                        of.groupsOf(user.id()).stream().map(Document::id).collect(Collectors.toSet())));
            }
            page = of.users().after(page.get(page.size() - 1).place(), PEOPLE);
        }
        return people;
    }

    private List<ContentTarget> targets(String orgId, Part part, Instant now) {
        long until = Micros.of(now.minus(Duration.ofDays(part.days())).truncatedTo(ChronoUnit.MILLIS));
        ContentTarget.Builder all = ContentTarget.newBuilder()
                .setKind("retention")
                .setProduct(part.product())
                .setUntil(until);
        if (part.labels().isEmpty() && part.keptLonger().isEmpty()) {
            return List.of(all.build());
        }
        Set<String> labels =
                part.labels().isEmpty() ? content.labels(orgId, all.build(), part.keptLonger()) : part.labels();
        List<ContentTarget> targets = new ArrayList<>();
        List<String> chunk = new ArrayList<>();
        int characters = 0;
        for (String label : new TreeSet<>(labels)) {
            if (characters + label.length() > MOST_LABEL_CHARACTERS && !chunk.isEmpty()) {
                targets.add(all.setLabels(chunk).build());
                chunk = new ArrayList<>();
                characters = 0;
            }
            chunk.add(label);
            characters += label.length();
        }
        if (!chunk.isEmpty()) {
            targets.add(all.setLabels(chunk).build());
        }
        return targets;
    }
}
