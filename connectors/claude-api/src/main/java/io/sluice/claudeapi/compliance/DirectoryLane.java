package io.sluice.claudeapi.compliance;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.claudeapi.RowId;
import io.sluice.claudeapi.compliance.ComplianceException.Kind;
import io.sluice.schema.Codec;
import io.sluice.schema.ComplianceDirectoryEntry;
import io.sluice.schema.Topic;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The directory, a page at a time, each list every hour: what is new, has changed or is gone. Gone is what a reading of its
 * whole list has missed, with all that is of it. After a restart all of it is put out again, for nobody knows what was put
 * out since the checkpoint; users first, since content names many by id only.
 */
final class DirectoryLane implements Lane {
    private static final long EVERY = WalkPlan.micros(Duration.ofHours(1));
    /** Between two rounds at least; what was read since is left out of one. */
    private static final long REST = WalkPlan.micros(Duration.ofMinutes(30));
    /** Until the first e-mails are there. */
    private static final long SOON = WalkPlan.micros(Duration.ofMinutes(1));

    private static final String NAME = "directory";
    /** Of a list within a round; after that it has to wait for the next. */
    private static final int MOST_ATTEMPTS = 5;

    /** A list of this round. */
    private static final class Reading {
        final DirectoryList list;
        /** Its entries so far. */
        final Set<String> seen = new HashSet<>();

        @Nullable
        String page;

        /** It has a row that cannot be used: who knows which entry that is. */
        boolean doubtful;

        int failures;
        /** Of cursors, which a good first page does not make good. */
        int expired;

        Reading(DirectoryList list) {
            this.list = list;
        }

        void restart() {
            page = null;
            seen.clear();
            doubtful = false;
        }
    }

    /**
     * Entries to be put out.
     *
     * @param list of the entry
     * @param hash of its content; null: it is gone
     */
    private record Change(
            DirectoryList list, String id, @Nullable Long hash) {}

    private final ComplianceSplit split;
    private final Labels labels;
    private final Deque<Reading> round = new ArrayDeque<>();
    private final Map<String, String> emails = new HashMap<>();
    /** Whether e-mails of this round are all that there are. */
    private boolean allUsers;

    /** Whether e-mails were complete once. */
    private boolean hadAllUsers;
    /** Whether they could not be had for something that passes. */
    private boolean usersSoon;

    private boolean labelled;
    /** Before the first e-mails nothing else is read, unless they cannot be had. */
    private Rank rank = Rank.FIRST;

    /** What could not be read when it was asked for last. */
    private final Set<String> told = ConcurrentHashMap.newKeySet();
    /** The same of this round. */
    private final Set<String> failed = new HashSet<>();

    /** Lists that were not there the last time. */
    private final Set<DirectoryList> absent = new HashSet<>();

    private @Nullable Reading current;
    private long nextAt;
    /** When the list was read whose reading is the oldest. */
    private long oldest;

    DirectoryLane(ComplianceSplit split, Labels labels) {
        this.split = split;
        this.labels = labels;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Rank rank() {
        return rank;
    }

    @Override
    public boolean lacks() {
        return !told.isEmpty();
    }

    @Override
    public long dueAt(long now) {
        return round.isEmpty() ? nextAt : now;
    }

    @Override
    public Step next(long now) {
        if (round.isEmpty()) {
            round.add(new Reading(DirectoryList.ORGANIZATIONS));
            emails.clear();
            allUsers = true;
            usersSoon = false;
            labelled = false;
            failed.clear();
            oldest = now;
            addIfDue(DirectoryList.GROUPS, now);
        }
        Reading reading = round.getFirst();
        current = reading;
        return api ->
                found(reading, CursorPage.ofTokens(api.get(reading.list.target(reading.page)), reading.page), now);
    }

    private Found found(Reading reading, CursorPage page, long now) {
        DirectoryList list = reading.list;
        long at = Math.max(now, split.directory.newest + 1);
        List<Captured> out = new ArrayList<>();
        List<Change> changes = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        Map<String, String> found = new HashMap<>();
        Map<RowId, Long> letters = new LinkedHashMap<>();
        boolean doubtful = reading.doubtful;
        for (JsonNode row : page.rows()) {
            try {
                ComplianceDirectoryEntry entry = list.entry(split.orgId, row, at);
                String id = entry.getEntryId();
                long hash = hash(entry.getRaw());
                if (ids.add(id) && !Objects.equals(split.directory.get(list, id), hash)) {
                    out.add(captured(entry));
                    changes.add(new Change(list, id, hash));
                }
                if (list.kind() == DirectoryList.Kind.USER && entry.getEmail() != null) {
                    found.put(id, entry.getEmail());
                }
            } catch (Rows.Unusable e) {
                Captured letter = Rows.letter(split.orgId, list.kind().text(), row, e, now);
                RowId id = RowId.of(List.of(letter.key()));
                if (!split.knownDocuments.has(id) && letters.put(id, now) == null) {
                    out.add(letter);
                }
                doubtful = true;
            }
        }
        if (!page.hasMore() && !doubtful) {
            for (String id : split.directory.ids(list)) {
                if (!ids.contains(id) && !reading.seen.contains(id)) {
                    gone(list, id, out, changes, at);
                }
            }
        }
        boolean anyDoubtful = doubtful;
        return new Found(out, () -> {
            reading.doubtful = anyDoubtful;
            changes.forEach(this::change);
            split.directory.newest = changes.isEmpty() ? split.directory.newest : at;
            letters.forEach((id, toldAt) -> {
                Long unused = split.knownDocuments.put(id, toldAt);
            });
            emails.putAll(found);
            reading.seen.addAll(ids);
            reading.page = page.next();
            reading.failures = 0;
            if (!page.hasMore()) {
                absent.remove(list);
                split.directory.read(list, now);
                end(reading, reading.seen, now);
            }
        });
    }

    private static long hash(String raw) {
        return ByteBuffer.wrap(RowId.sha256(raw.getBytes(StandardCharsets.UTF_8)))
                .getLong();
    }

    private static Captured captured(ComplianceDirectoryEntry entry) {
        return new Captured(
                Captured.Kind.DIRECTORY,
                Topic.complianceDirectoryKey(
                        entry.getOrgId(), entry.getKind(), entry.getParentId(), entry.getEntryId()),
                Codec.encode(entry));
    }

    /** With all that is of it: nothing lists that any more. */
    private void gone(DirectoryList list, String id, List<Captured> out, List<Change> changes, long at) {
        for (DirectoryList below : list.below(id)) {
            for (String each : split.directory.ids(below)) {
                gone(below, each, out, changes, at);
            }
        }
        if (!split.directory.hasElsewhere(list, id)) {
            out.add(captured(list.gone(split.orgId, id, at)));
        }
        changes.add(new Change(list, id, null));
    }

    private void change(Change change) {
        if (change.hash() == null) {
            split.directory.remove(change.list(), change.id());
            change.list().below(change.id()).forEach(split.directory::forget);
        } else {
            split.directory.put(change.list(), change.id(), change.hash());
        }
    }

    /** Of this list that was all in this round. */
    private void end(Reading reading, Iterable<String> ids, long now) {
        round.remove(reading);
        add(reading.list, ids, now);
        if (!labelled && round.stream().noneMatch(DirectoryLane::leadsToUsers)) {
            labelled = true;
            rank = Rank.USUAL;
            if (allUsers) {
                hadAllUsers = true;
                labels.replace(emails);
            } else {
                labels.add(emails);
            }
        }
        if (round.isEmpty()) {
            told.retainAll(failed);
            nextAt = usersSoon && !hadAllUsers ? now + SOON : Math.max(oldest + EVERY, now + REST);
        }
    }

    /** What is below, as far as it is due. */
    private void add(DirectoryList list, Iterable<String> ids, long now) {
        for (String id : ids) {
            for (DirectoryList below : list.below(id)) {
                if (below.kind() == DirectoryList.Kind.USER) {
                    round.addFirst(new Reading(below));
                } else {
                    addIfDue(below, now);
                }
            }
        }
    }

    private void addIfDue(DirectoryList list, long now) {
        long readAt = split.directory.readAt(list);
        if (readAt + REST <= now) {
            round.addLast(new Reading(list));
        } else {
            oldest = Math.min(oldest, readAt);
            add(list, split.directory.ids(list), now);
        }
    }

    private static boolean leadsToUsers(Reading reading) {
        DirectoryList.Kind kind = reading.list.kind();
        return kind == DirectoryList.Kind.ORGANIZATION || kind == DirectoryList.Kind.USER;
    }

    /** It takes nothing away, and what is known of it is gone on with. */
    private void giveUp(Reading reading, ComplianceException failure, long now) {
        if (leadsToUsers(reading)) {
            allUsers = false;
            usersSoon |= failure.passes();
        }
        end(reading, split.directory.ids(reading.list), now);
    }

    private static String about(DirectoryList list) {
        return list.kind().text() + ' ' + list.parent();
    }

    @Override
    public @Nullable List<Captured> failed(ComplianceException failure, long now) {
        Reading reading = Objects.requireNonNull(current);
        DirectoryList list = reading.list;
        switch (failure.kind()) {
            case RATE_LIMITED, NO_KEY -> {
                rank = Rank.USUAL;
                return null;
            }
            case EXPIRED -> {
                reading.restart();
                return again(reading, ++reading.expired, failure, now);
            }
            case UNAVAILABLE, UNANSWERED -> {
                return again(reading, ++reading.failures, failure, now);
            }
            case ABSENT -> {
                if (list.parent() != null && absent.add(list)) {
                    giveUp(reading, failure, now);
                    return List.of(); // what it is of has gone meanwhile: else it is not there the next time either
                }
            }
            case REFUSED -> {
                if (list.kind() == DirectoryList.Kind.ORGANIZATION
                        && split.directory.ids(list).isEmpty()) {
                    round.clear(); // there is nothing to ask for
                    rank = Rank.USUAL;
                    return null;
                }
                if (failure.isOfTheKey()) {
                    List<Captured> letters = tell(list.kind().text(), list, failure, now);
                    List.copyOf(round).stream()
                            .filter(other -> other.list.kind() == list.kind())
                            .forEach(other -> giveUp(other, failure, now));
                    return letters;
                }
            }
            case TOO_LONG, FAILED, INVALID, DAMAGED -> {}
        }
        List<Captured> letters = tell(about(list), list, failure, now);
        giveUp(reading, failure, now);
        return letters;
    }

    /** The others first, but for what nobody else may go before. */
    private @Nullable List<Captured> again(Reading reading, int attempts, ComplianceException failure, long now) {
        if (attempts < MOST_ATTEMPTS) {
            if (rank != Rank.FIRST || !leadsToUsers(reading)) {
                round.remove(reading);
                round.addLast(reading);
            }
            return null;
        }
        List<Captured> letters = tell(about(reading.list), reading.list, failure, now);
        giveUp(reading, failure, now);
        return letters;
    }

    /** Once until it can be read again; before the round may end with it. */
    private List<Captured> tell(String about, DirectoryList list, ComplianceException failure, long now) {
        failed.add(about);
        if (!told.add(about)) {
            return List.of();
        }
        String name = NAME + "." + list.kind().text();
        String reason = failure.passes()
                ? "upstream-unavailable"
                : failure.kind() == Kind.FAILED ? "upstream-failed" : "upstream-refused";
        return List.of(Rows.letter(
                split.orgId,
                name,
                about + ' ' + now,
                reason,
                name + ": " + failure.getMessage() + " (expected: what there is; it is asked for again)",
                now));
    }
}
