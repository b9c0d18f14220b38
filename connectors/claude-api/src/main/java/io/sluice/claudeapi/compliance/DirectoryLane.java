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
import org.jspecify.annotations.Nullable;

/**
 * The directory, a page at a time, each list every hour: what is new, has changed or is gone. Gone is what a reading of its
 * whole list has missed, with all that is of it. After a restart users are read first, since content names many by id only,
 * and then those lists that were not read just before; one that was on begins anew.
 */
final class DirectoryLane implements Lane {
    private static final long EVERY = WalkPlan.micros(Duration.ofHours(1));
    /** Between two rounds at least; what was read since is left out of one. */
    private static final long REST = WalkPlan.micros(Duration.ofMinutes(30));

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

        Reading(DirectoryList list) {
            this.list = list;
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

    private boolean labelled;
    /** Before the first e-mails nothing else is read, unless they cannot be had. */
    private Rank rank = Rank.FIRST;

    private final Set<String> told = new HashSet<>();
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
    public long dueAt(long now) {
        return round.isEmpty() ? nextAt : now;
    }

    @Override
    public Step next(long now) {
        if (round.isEmpty()) {
            round.add(new Reading(DirectoryList.ORGANIZATIONS));
            emails.clear();
            allUsers = true;
            labelled = false;
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
        List<Captured> out = new ArrayList<>();
        List<Change> changes = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        Map<String, String> found = new HashMap<>();
        Map<RowId, Long> letters = new LinkedHashMap<>();
        boolean doubtful = reading.doubtful;
        for (JsonNode row : page.rows()) {
            try {
                ComplianceDirectoryEntry entry = list.entry(split.orgId, row, now);
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
                    gone(list, id, out, changes, now);
                }
            }
        }
        boolean anyDoubtful = doubtful;
        return new Found(out, () -> {
            reading.doubtful = anyDoubtful;
            changes.forEach(this::change);
            letters.forEach((id, at) -> {
                Long unused = split.knownDocuments.put(id, at);
            });
            emails.putAll(found);
            reading.seen.addAll(ids);
            reading.page = page.next();
            reading.failures = 0;
            if (!page.hasMore()) {
                told.remove(about(list));
                told.remove(list.kind().text());
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
    private void gone(DirectoryList list, String id, List<Captured> out, List<Change> changes, long now) {
        for (DirectoryList below : list.below(id)) {
            for (String each : split.directory.ids(below)) {
                gone(below, each, out, changes, now);
            }
        }
        out.add(captured(list.gone(split.orgId, id, now)));
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
                labels.replace(emails);
            } else {
                labels.add(emails);
            }
        }
        if (round.isEmpty()) {
            nextAt = Math.max(oldest + EVERY, now + REST);
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
    private void giveUp(Reading reading, long now) {
        if (leadsToUsers(reading)) {
            allUsers = false;
        }
        end(reading, split.directory.ids(reading.list), now);
    }

    private static String about(DirectoryList list) {
        return list.kind().text() + ' ' + list.parent();
    }

    @Override
    public @Nullable List<Captured> failed(ComplianceException failure, long now) {
        rank = Rank.USUAL;
        Reading reading = Objects.requireNonNull(current);
        DirectoryList list = reading.list;
        switch (failure.kind()) {
            case RATE_LIMITED, NO_KEY -> {
                return null;
            }
            case EXPIRED -> {
                reading.page = null;
                reading.seen.clear();
                reading.doubtful = false;
                return List.of();
            }
            case UNAVAILABLE, UNANSWERED -> {
                if (++reading.failures < MOST_ATTEMPTS) {
                    round.remove(reading);
                    round.addLast(reading); // the others first
                    return null;
                }
                giveUp(reading, now);
                return tell(about(list), list, failure, now);
            }
            case ABSENT -> {
                giveUp(reading, now);
                // What it is of has gone meanwhile: the list of that will tell.
                return list.parent() == null ? tell(about(list), list, failure, now) : List.of();
            }
            case REFUSED -> {
                if (list.kind() == DirectoryList.Kind.ORGANIZATION
                        && split.directory.ids(list).isEmpty()) {
                    round.clear(); // there is nothing to ask for
                    return null;
                }
                List.copyOf(round).stream()
                        .filter(other -> other.list.kind() == list.kind())
                        .forEach(other -> giveUp(other, now));
                return tell(list.kind().text(), list, failure, now);
            }
            case TOO_LONG, FAILED, INVALID -> {
                giveUp(reading, now);
                return tell(about(list), list, failure, now);
            }
        }
        throw new IllegalStateException("kind of failure: " + failure.kind());
    }

    /** Once until it can be read again. */
    private List<Captured> tell(String about, DirectoryList list, ComplianceException failure, long now) {
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
