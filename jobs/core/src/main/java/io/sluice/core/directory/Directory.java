package io.sluice.core.directory;

import io.sluice.schema.DirectoryGroup;
import io.sluice.schema.DirectoryMembership;
import io.sluice.schema.DirectoryOrganization;
import io.sluice.schema.DirectoryRole;
import io.sluice.schema.DirectorySeatRequest;
import io.sluice.schema.DirectorySeats;
import io.sluice.schema.DirectoryTeam;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.DirectoryVersion;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is known of one organization's directory: a function of the set of versions that were applied, in any
 * order, with repetitions and gaps.
 *
 * <p>For one writer and many readers at a time. A reader sees all of a version or nothing of it, and sees what
 * {@link #apply} returned from. Several queries see one state inside {@link #consistently}. Finding a document by its id
 * takes no lock.
 */
public final class Directory {
    private final String orgId;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private volatile long revision;

    private final Table<DirectoryUser> users = new Table<>();
    private final Table<DirectoryTeam> teams = new Table<>();
    private final Table<DirectoryGroup> groups = new Table<>();
    private final Table<DirectoryMembership> memberships = new Table<>();
    private final Table<DirectoryRole> roles = new Table<>();
    private final Table<DirectorySeats> seats = new Table<>();
    private final Table<DirectorySeatRequest> seatRequests = new Table<>();
    private final Table<DirectoryOrganization> organizations = new Table<>();

    private final Map<String, UserHistory> histories = new ConcurrentHashMap<>();
    private final Map<String, List<TeamVersion>> teamVersions = new ConcurrentHashMap<>();
    /** By tier, in order of version. */
    private final Map<String, List<DirectoryVersion>> seatsVersions = new ConcurrentHashMap<>();

    private final NameIndex usersByUserName = new NameIndex();
    private final NameIndex usersByExternalId = new NameIndex();
    /** Who ever had the label. */
    private final NameIndex usersByLabel = new NameIndex();

    private final NameIndex groupsByDisplayName = new NameIndex();
    private final NameIndex groupsByExternalId = new NameIndex();
    private final NameIndex rolesByName = new NameIndex();

    /** By user and group, whether or not these are there. */
    private final Map<String, SortedMap<String, Document<DirectoryMembership>>> membershipsByUser = new HashMap<>();
    /** By group, of users that are there; whether or not the group is. */
    private final Map<String, NavigableMap<Place, Document<DirectoryMembership>>> membersByGroup = new HashMap<>();

    /** By user. */
    private final Map<String, List<Joining>> joinings = new ConcurrentHashMap<>();
    /** By group: users who ever joined or left it. */
    private final Map<String, Set<String>> everInGroup = new ConcurrentHashMap<>();
    /** By group id and {@code |}: when anybody joined or left last. */
    private final Map<String, Long> membersChangedAt = new ConcurrentHashMap<>();

    private final SortedMap<String, NavigableSet<Asking>> askingByTier = new TreeMap<>();

    public Directory(String orgId) {
        this.orgId = orgId;
    }

    /** The documents of one kind. Written under the lock; read by id without it. */
    private static final class Table<T> {
        private record Row<T>(Tip tip, @Nullable Document<T> document) {}

        /** @param before null: was not there; {@code after}: is not there */
        private record Change<T>(
                @Nullable Document<T> before, @Nullable Document<T> after) {}

        private final Map<String, Row<T>> rows = new ConcurrentHashMap<>();
        private final NavigableMap<Place, Document<T>> inOrder = new TreeMap<>();

        /** Null: it changes nothing. */
        @Nullable
        Change<T> put(DirectoryVersion version, @Nullable T content) {
            Row<T> row = rows.get(version.getId());
            boolean scim = Source.SCIM.equals(version.getSource()) || (row != null && row.tip.touchedByScim());
            String origin =
                    version.getVersion() == 1 ? version.getSource().intern() : row == null ? null : row.tip.origin();
            Document<T> before = row == null ? null : row.document;
            Row<T> next;
            if (row == null || version.getVersion() > row.tip.version()) {
                Tip tip = new Tip(
                        version.getVersion(),
                        version.getCreatedAt(),
                        version.getRecordedAt(),
                        version.getDeleted(),
                        origin,
                        scim);
                next = new Row<>(tip, content == null ? null : document(version, tip, content, row));
            } else if (scim == row.tip.touchedByScim() && Objects.equals(origin, row.tip.origin())) {
                return null;
            } else {
                Tip tip = new Tip(
                        row.tip.version(), row.tip.createdAt(), row.tip.recordedAt(), row.tip.deleted(), origin, scim);
                next = new Row<>(
                        tip,
                        before == null
                                ? null
                                : new Document<>(
                                        before.id(), tip, before.source(), before.changedBy(), before.content()));
            }
            if (before != null) {
                inOrder.remove(before.place());
            }
            Document<T> after = next.document;
            if (after != null) {
                inOrder.put(after.place(), after);
            }
            rows.put(version.getId(), next);
            return new Change<>(before, after);
        }

        /** The few texts that many documents share are kept once. */
        private static <T> Document<T> document(DirectoryVersion version, Tip tip, T content, @Nullable Row<T> row) {
            String id = row != null && row.document != null ? row.document.id() : version.getId();
            return new Document<>(
                    id,
                    tip,
                    version.getSource().intern(),
                    version.getChangedBy().intern(),
                    content);
        }

        @Nullable
        Document<T> find(String id) {
            Row<T> row = rows.get(id);
            return row == null ? null : row.document;
        }

        Optional<Document<T>> get(String id) {
            return Optional.ofNullable(find(id));
        }

        List<Document<T>> all(List<String> ids) {
            List<Document<T>> found = new ArrayList<>(ids.size());
            for (String id : ids) {
                Document<T> document = find(id);
                if (document != null) {
                    found.add(document);
                }
            }
            found.sort(Comparator.comparing(Document::place));
            return Collections.unmodifiableList(found);
        }
    }

    /**
     * Takes in a version.
     *
     * @return whether it said something new; a version of an unknown kind never does
     * @throws IllegalArgumentException when it is none of this organization, or damaged; the directory is as it was
     */
    public boolean apply(DirectoryVersion version) {
        Optional<Kind> kind = Kind.named(version.getKind());
        if (kind.isEmpty()) {
            return false;
        }
        check(version, kind.get());
        lock.writeLock().lock();
        try {
            boolean changed = switch (kind.get()) {
                case USER -> applyUser(version);
                case TEAM -> applyTeam(version);
                case GROUP -> applyGroup(version);
                case MEMBERSHIP -> applyMembership(version);
                case ROLE -> applyRole(version);
                case SEATS -> applySeats(version);
                case SEAT_REQUEST -> seatRequests.put(version, live(version, version.getSeatRequest())) != null;
                case ORGANIZATION -> organizations.put(version, live(version, version.getOrganization())) != null;
            };
            if (changed) {
                long next = revision + 1; // there is one writer, and it has the lock
                revision = next;
            }
            return changed;
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void check(DirectoryVersion version, Kind kind) {
        if (!orgId.equals(version.getOrgId())) {
            throw new IllegalArgumentException("org_id: another organization's (expected: " + orgId + ")");
        }
        if (version.getVersion() < 1) {
            throw new IllegalArgumentException("version: " + version.getVersion() + " (expected: 1 or greater)");
        }
        if (content(version, kind) == null && !version.getDeleted()) {
            throw new IllegalArgumentException(
                    kind.kindName().replace('-', '_') + ": missing (expected: the document that is not deleted)");
        }
        DirectoryMembership membership = version.getMembership();
        if (kind == Kind.MEMBERSHIP
                && membership != null
                && !Versions.membershipId(membership.getGroupId(), membership.getUserId())
                        .equals(version.getId())) {
            throw new IllegalArgumentException("id: not that of the membership (expected: group_id|user_id)");
        }
        if (kind == Kind.ORGANIZATION && !orgId.equals(version.getId())) {
            throw new IllegalArgumentException("id: not the organization's (expected: " + orgId + ")");
        }
    }

    private static @Nullable Object content(DirectoryVersion version, Kind kind) {
        return switch (kind) {
            case USER -> version.getUser();
            case TEAM -> version.getTeam();
            case GROUP -> version.getGroup();
            case MEMBERSHIP -> version.getMembership();
            case ROLE -> version.getRole();
            case SEATS -> version.getSeats();
            case SEAT_REQUEST -> version.getSeatRequest();
            case ORGANIZATION -> version.getOrganization();
        };
    }

    private static <T> @Nullable T live(DirectoryVersion version, @Nullable T content) {
        return version.getDeleted() ? null : content;
    }

    private boolean applyUser(DirectoryVersion version) {
        String id = version.getId();
        DirectoryUser user = live(version, version.getUser());
        boolean remembered = remember(version, user);
        Table.Change<DirectoryUser> change = users.put(version, user);
        if (change == null) {
            return remembered;
        }
        DirectoryUser before = change.before == null ? null : change.before.content();
        DirectoryUser after = change.after == null ? null : change.after.content();
        usersByUserName.move(
                id,
                before == null ? null : Labels.lowerCase(before.getUserName()),
                after == null ? null : Labels.lowerCase(after.getUserName()));
        usersByExternalId.move(
                id, before == null ? null : before.getExternalId(), after == null ? null : after.getExternalId());
        if ((before == null) != (after == null)) {
            membershipsByUser
                    .getOrDefault(id, Collections.emptySortedMap())
                    .values()
                    .forEach(membership -> setMember(membership, after != null));
        }
        return true;
    }

    private boolean remember(DirectoryVersion version, @Nullable DirectoryUser user) {
        String id = version.getId();
        UserHistory before = histories.getOrDefault(id, UserHistory.NONE);
        String tier = user == null || !user.getActive() ? null : user.getSeatTier();
        UserHistory after = before.with(
                version.getVersion(),
                version.getRecordedAt(),
                tier == null ? null : tier.intern(),
                user == null ? List.of() : Labels.of(user),
                version.getDeleted());
        if (after.equals(before)) {
            return false;
        }
        histories.put(id, after);
        if (user != null) {
            Labels.of(user).forEach(label -> usersByLabel.add(id, label));
        }
        Optional<Asking> left = before.asking(id);
        Optional<Asking> joined = after.asking(id);
        if (!left.equals(joined)) {
            left.ifPresent(asking -> {
                NavigableSet<Asking> queue = Objects.requireNonNull(askingByTier.get(asking.tier()));
                queue.remove(asking);
                if (queue.isEmpty()) {
                    askingByTier.remove(asking.tier());
                }
            });
            joined.ifPresent(asking -> askingByTier
                    .computeIfAbsent(asking.tier(), tierName -> new TreeSet<>())
                    .add(asking));
        }
        return true;
    }

    private boolean applyTeam(DirectoryVersion version) {
        DirectoryTeam team = live(version, version.getTeam());
        teams.put(version, team);
        return add(
                teamVersions,
                version,
                TeamVersion::version,
                new TeamVersion(
                        version.getVersion(),
                        version.getEffectiveAt(),
                        version.getRecordedAt(),
                        version.getDeleted(),
                        team == null ? null : team.getTeam()));
    }

    private boolean applySeats(DirectoryVersion version) {
        seats.put(version, live(version, version.getSeats()));
        return add(seatsVersions, version, DirectoryVersion::getVersion, version);
    }

    /** Adds what is kept of a version to that of the document's others. False: it was there. */
    private static <T> boolean add(
            Map<String, List<T>> byDocument, DirectoryVersion version, ToLongFunction<T> number, T kept) {
        List<T> known = byDocument.getOrDefault(version.getId(), List.of());
        int at = known.size();
        while (at > 0 && number.applyAsLong(known.get(at - 1)) > version.getVersion()) {
            at--;
        }
        if (at > 0 && number.applyAsLong(known.get(at - 1)) == version.getVersion()) {
            return false;
        }
        List<T> more = new ArrayList<>(known);
        more.add(at, kept);
        byDocument.put(version.getId(), List.copyOf(more));
        return true;
    }

    private boolean applyGroup(DirectoryVersion version) {
        Table.Change<DirectoryGroup> change = groups.put(version, live(version, version.getGroup()));
        if (change == null) {
            return false;
        }
        DirectoryGroup before = change.before == null ? null : change.before.content();
        DirectoryGroup after = change.after == null ? null : change.after.content();
        groupsByDisplayName.move(
                version.getId(),
                before == null ? null : Labels.lowerCase(before.getDisplayName()),
                after == null ? null : Labels.lowerCase(after.getDisplayName()));
        groupsByExternalId.move(
                version.getId(),
                before == null ? null : before.getExternalId(),
                after == null ? null : after.getExternalId());
        return true;
    }

    private boolean applyMembership(DirectoryVersion version) {
        int bar = version.getId().lastIndexOf('|');
        membersChangedAt.merge(version.getId().substring(0, bar + 1), version.getRecordedAt(), Math::max);
        boolean remembered = remember(
                version, version.getId().substring(0, bar), version.getId().substring(bar + 1));
        Table.Change<DirectoryMembership> change =
                memberships.put(version, shared(live(version, version.getMembership())));
        if (change == null) {
            return remembered;
        }
        if (change.before != null) {
            String userId = change.before.content().getUserId();
            SortedMap<String, Document<DirectoryMembership>> ofUser =
                    Objects.requireNonNull(membershipsByUser.get(userId));
            ofUser.remove(change.before.content().getGroupId());
            if (ofUser.isEmpty()) {
                membershipsByUser.remove(userId);
            }
            setMember(change.before, false);
        }
        if (change.after != null) {
            String userId = change.after.content().getUserId();
            membershipsByUser
                    .computeIfAbsent(userId, user -> new TreeMap<>())
                    .put(change.after.content().getGroupId(), change.after);
            setMember(change.after, users.find(userId) != null);
        }
        return true;
    }

    private boolean remember(DirectoryVersion version, String groupId, String userId) {
        List<Joining> known = joinings.getOrDefault(userId, List.of());
        boolean isNew = known.stream()
                .noneMatch(each -> each.groupId().equals(groupId) && each.version() == version.getVersion());
        if (isNew) {
            Document<DirectoryGroup> group = groups.find(groupId);
            List<Joining> more = new ArrayList<>(known);
            more.add(new Joining(
                    group == null ? groupId : group.id(),
                    version.getVersion(),
                    version.getEffectiveAt(),
                    version.getDeleted()));
            joinings.put(userId, List.copyOf(more));
            Document<DirectoryUser> user = users.find(userId);
            everInGroup
                    .computeIfAbsent(group == null ? groupId : group.id(), key -> ConcurrentHashMap.newKeySet())
                    .add(user == null ? userId : user.id());
        }
        return isNew;
    }

    /** With the ids that the documents of group and user keep, where these are there: there are many memberships. */
    private @Nullable DirectoryMembership shared(@Nullable DirectoryMembership membership) {
        if (membership == null) {
            return null;
        }
        Document<DirectoryGroup> group = groups.find(membership.getGroupId());
        Document<DirectoryUser> user = users.find(membership.getUserId());
        return new DirectoryMembership(
                group == null ? membership.getGroupId() : group.id(),
                user == null ? membership.getUserId() : user.id(),
                membership.getWithDisplay());
    }

    private void setMember(Document<DirectoryMembership> membership, boolean member) {
        String groupId = membership.content().getGroupId();
        if (member) {
            membersByGroup.computeIfAbsent(groupId, group -> new TreeMap<>()).put(membership.place(), membership);
            return;
        }
        NavigableMap<Place, Document<DirectoryMembership>> members = membersByGroup.get(groupId);
        if (members != null) {
            members.remove(membership.place());
            if (members.isEmpty()) {
                membersByGroup.remove(groupId);
            }
        }
    }

    private boolean applyRole(DirectoryVersion version) {
        Table.Change<DirectoryRole> change = roles.put(version, live(version, version.getRole()));
        if (change == null) {
            return false;
        }
        rolesByName.move(
                version.getId(),
                change.before == null
                        ? null
                        : Labels.lowerCase(change.before.content().getName()),
                change.after == null
                        ? null
                        : Labels.lowerCase(change.after.content().getName()));
        return true;
    }

    public String orgId() {
        return orgId;
    }

    /**
     * Grows with every change, so that what was derived from a state can be kept until it changes. To be read before the
     * queries, or with them inside {@link #consistently}.
     */
    public long revision() {
        return revision;
    }

    /** Several queries of one state. No version is taken in meanwhile, so it must be short, and must not apply one. */
    public <T> T consistently(Supplier<T> queries) {
        lock.readLock().lock();
        try {
            return queries.get();
        } finally {
            lock.readLock().unlock();
        }
    }

    /** The newest version of a document, deleted or not. Empty: there never was one. */
    public Optional<Tip> tip(Kind kind, String id) {
        Table.Row<?> row = table(kind).rows.get(id);
        return row == null ? Optional.empty() : Optional.of(row.tip);
    }

    private Table<?> table(Kind kind) {
        return switch (kind) {
            case USER -> users;
            case TEAM -> teams;
            case GROUP -> groups;
            case MEMBERSHIP -> memberships;
            case ROLE -> roles;
            case SEATS -> seats;
            case SEAT_REQUEST -> seatRequests;
            case ORGANIZATION -> organizations;
        };
    }

    public Optional<Document<DirectoryUser>> user(String id) {
        return users.get(id);
    }

    /** Without regard to case. Should two have it (a rename was not read yet), the one that changed last. */
    public Optional<Document<DirectoryUser>> userByUserName(String userName) {
        return consistently(() -> users.all(usersByUserName.get(Labels.lowerCase(userName))).stream()
                .max(Comparator.comparingLong((Document<DirectoryUser> user) -> user.changedAt())
                        .thenComparing(Document::id)));
    }

    /** External ids are the identity provider's, which may give one twice. */
    public List<Document<DirectoryUser>> usersByExternalId(String externalId) {
        return consistently(() -> users.all(usersByExternalId.get(externalId)));
    }

    /**
     * The user whom a label means now: the one who began to have it last, even if no longer; on equal times the greater
     * id. Empty: nobody, or a deleted user.
     */
    public Optional<Document<DirectoryUser>> userByLabel(String label) {
        String name = Labels.normalized(label);
        return consistently(() -> {
            String holder = null;
            long since = 0;
            for (String id : usersByLabel.get(name)) {
                OptionalLong claimed = history(id).claimed(name);
                if (claimed.isPresent()
                        && (holder == null
                                || claimed.getAsLong() > since
                                || (claimed.getAsLong() == since && id.compareTo(holder) > 0))) {
                    holder = id;
                    since = claimed.getAsLong();
                }
            }
            return holder == null ? Optional.empty() : users.get(holder);
        });
    }

    /** The users that have the label by their newest version. */
    public List<Document<DirectoryUser>> usersWithLabel(String label) {
        String name = Labels.normalized(label);
        return consistently(() -> users.all(usersByLabel.get(name)).stream()
                .filter(user -> Labels.of(user.content()).contains(name))
                .toList());
    }

    public Listing<DirectoryUser> users() {
        return new Ordered<>(() -> users.inOrder);
    }

    /** Ids of the users who ever had a normalized label, also of deleted ones. */
    List<String> everLabelled(String label) {
        return usersByLabel.get(label);
    }

    /** Ids of all users that ever were, with deleted ones. */
    Collection<String> everybody() {
        return histories.keySet();
    }

    /** Ids of the users of whose membership of a group any version was read. */
    Set<String> everInGroup(String groupId) {
        return everInGroup.getOrDefault(groupId, Set.of());
    }

    /** All versions of a user's memberships that were read, in no order. */
    List<Joining> joinings(String userId) {
        return joinings.getOrDefault(userId, List.of());
    }

    /** Also of deleted users; of unknown ones without stretches. */
    public UserHistory history(String userId) {
        return histories.getOrDefault(userId, UserHistory.NONE);
    }

    /** All versions of a user's cost team that were read, in order of version. */
    public List<TeamVersion> teamVersions(String userId) {
        return teamVersions.getOrDefault(userId, List.of());
    }

    public Optional<Document<DirectoryGroup>> group(String id) {
        return groups.get(id);
    }

    /** Without regard to case; several may have one name. */
    public List<Document<DirectoryGroup>> groupsByDisplayName(String displayName) {
        return consistently(() -> groups.all(groupsByDisplayName.get(Labels.lowerCase(displayName))));
    }

    public List<Document<DirectoryGroup>> groupsByExternalId(String externalId) {
        return consistently(() -> groups.all(groupsByExternalId.get(externalId)));
    }

    public Listing<DirectoryGroup> groups() {
        return new Ordered<>(() -> groups.inOrder);
    }

    /** The direct members that are there, in the order in which they first joined. */
    public Listing<DirectoryMembership> members(String groupId) {
        return new Ordered<>(() -> {
            NavigableMap<Place, Document<DirectoryMembership>> members = membersByGroup.get(groupId);
            return members == null || groups.find(groupId) == null ? Collections.emptyNavigableMap() : members;
        });
    }

    /** When a membership of the group was accepted last, joining or leaving; 0: never. */
    public long membersChangedAt(String groupId) {
        return membersChangedAt.getOrDefault(groupId + '|', 0L);
    }

    public boolean isMember(String groupId, String userId) {
        return consistently(() -> groups.find(groupId) != null
                && users.find(userId) != null
                && membershipsByUser
                        .getOrDefault(userId, Collections.emptySortedMap())
                        .containsKey(groupId));
    }

    /** The groups that a user is a direct member of. */
    public List<Document<DirectoryGroup>> groupsOf(String userId) {
        return consistently(() -> users.find(userId) == null
                ? List.of()
                : groups.all(List.copyOf(membershipsByUser
                        .getOrDefault(userId, Collections.emptySortedMap())
                        .keySet())));
    }

    /** A user's memberships as documents, also of a deleted user or in a deleted group; by group id. */
    public List<Document<DirectoryMembership>> membershipsOf(String userId) {
        return consistently(() -> List.copyOf(membershipsByUser
                .getOrDefault(userId, Collections.emptySortedMap())
                .values()));
    }

    public Optional<Document<DirectoryRole>> role(String id) {
        return roles.get(id);
    }

    /** Without regard to case. */
    public List<Document<DirectoryRole>> rolesByName(String name) {
        return consistently(() -> roles.all(rolesByName.get(Labels.lowerCase(name))));
    }

    public Listing<DirectoryRole> roles() {
        return new Ordered<>(() -> roles.inOrder);
    }

    public Optional<Document<DirectorySeats>> seats(String tier) {
        return seats.get(tier);
    }

    /** What was bought, by tier. */
    public Listing<DirectorySeats> seats() {
        return new Ordered<>(() -> seats.inOrder);
    }

    /** All versions of a tier's seats that were read, in order of version. See {@link Purchase}. */
    public List<DirectoryVersion> seatsVersions(String tier) {
        return seatsVersions.getOrDefault(tier, List.of());
    }

    /** Who asks for a tier, first come first. */
    public List<Asking> asking(String tier) {
        return consistently(() -> List.copyOf(askingByTier.getOrDefault(tier, Collections.emptyNavigableSet())));
    }

    /** Tiers that somebody asks for or that were bought, sorted. */
    public List<String> tiers() {
        return consistently(() -> {
            NavigableSet<String> tiers = new TreeSet<>(askingByTier.keySet());
            seats.inOrder.values().forEach(bought -> tiers.add(bought.id()));
            return List.copyOf(tiers);
        });
    }

    /** How many users asked for each tier at a time. Goes through all users, without a lock. */
    public SortedMap<String, Long> askingAt(long micros) {
        SortedMap<String, Long> counts = new TreeMap<>();
        histories
                .values()
                .forEach(history -> history.tierAt(micros).ifPresent(tier -> counts.merge(tier, 1L, Long::sum)));
        return counts;
    }

    public Optional<Document<DirectorySeatRequest>> seatRequest(String id) {
        return seatRequests.get(id);
    }

    public Listing<DirectorySeatRequest> seatRequests() {
        return new Ordered<>(() -> seatRequests.inOrder);
    }

    public Optional<Document<DirectoryOrganization>> organization() {
        return organizations.get(orgId);
    }

    private final class Ordered<T> implements Listing<T> {
        private final Supplier<NavigableMap<Place, Document<T>>> documents;

        Ordered(Supplier<NavigableMap<Place, Document<T>>> documents) {
            this.documents = documents;
        }

        @Override
        public int size() {
            return consistently(() -> documents.get().size());
        }

        @Override
        public List<Document<T>> after(@Nullable Place place, int limit) {
            return consistently(() -> {
                NavigableMap<Place, Document<T>> all = documents.get();
                return (place == null ? all : all.tailMap(place, false))
                        .values().stream().limit(limit).toList();
            });
        }

        @Override
        public List<Document<T>> from(int index, int limit) {
            return consistently(() ->
                    documents.get().values().stream().skip(index).limit(limit).toList());
        }
    }
}
