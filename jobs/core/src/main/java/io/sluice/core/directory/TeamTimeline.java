package io.sluice.core.directory;

import io.sluice.core.spend.Dimensions;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.Segments;
import io.sluice.schema.DirectoryTeam;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.DirectoryVersion;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which cost team the name under which telemetry shows somebody (a label: e-mail, account id, account uuid) counts for,
 * and when. A function of the set of versions that it was given, in whatever order, however often.
 *
 * <p>The team of a label at an instant is that of the user who claimed the label last until then: the user's newest team
 * version by {@code effective_at}; none once the user is deleted. A user claims a label with each version that names it
 * while the version before did not, and keeps it until another user claims it.
 *
 * <p>A segment begins with every version that names the label, and with every team version and the deletion of anybody who
 * has claimed it before, even if the team stays the same: so no version, in whatever order it comes, takes a cut away, and
 * cells that were cut once stay cut.
 */
public final class TeamTimeline {
    public static final String USER = "user";
    public static final String TEAM = "team";

    /**
     * What a version changes.
     *
     * @param known it was given before
     * @param accounts hashes of organization and label: those whose segments it changed; for a version that was known all
     *     whose segments it may have changed then
     */
    public record Change(boolean known, Collection<Id> accounts) {}

    private record Key(String orgId, String id) {}

    private record UserVersion(long version, long effectiveAt, long recordedAt, boolean deleted, Set<Id> labels) {}

    private record TeamVersion(
            long version,
            long effectiveAt,
            long recordedAt,
            @Nullable String team) {}

    private record Claim(long at, long recordedAt, Person person) {}

    private static final class Person {
        final String id;
        final List<UserVersion> versions = new ArrayList<>(2); // by number
        final List<TeamVersion> teams = new ArrayList<>(2); // by number

        Person(String id) {
            this.id = id;
        }

        @Nullable
        UserVersion deletion() {
            for (UserVersion version : versions) {
                if (version.deleted) {
                    return version;
                }
            }
            return null;
        }

        @Nullable
        String teamAt(long micros) {
            UserVersion deletion = deletion();
            if (deletion != null && deletion.effectiveAt <= micros) {
                return null;
            }
            TeamVersion newest = null;
            for (TeamVersion team : teams) {
                if (team.effectiveAt <= micros && (newest == null || NEWER.compare(team, newest) > 0)) {
                    newest = team;
                }
            }
            return newest == null ? null : newest.team;
        }
    }

    private static final Comparator<TeamVersion> NEWER =
            Comparator.comparingLong(TeamVersion::effectiveAt).thenComparingLong(TeamVersion::version);

    private static final Comparator<Claim> BY_TIME = Comparator.comparingLong(Claim::at)
            .thenComparingLong(Claim::recordedAt)
            .thenComparing(claim -> claim.person.id);

    private final Map<Key, Person> people = new HashMap<>();
    private final Map<Id, Set<Person>> claimants = new HashMap<>();
    private final Map<Id, Segments> segments = new HashMap<>();

    /** Versions of other kinds than users and teams change nothing. */
    public Change apply(DirectoryVersion version) {
        return switch (version.getKind()) {
            case USER -> user(version);
            case TEAM -> team(version);
            default -> new Change(true, List.of());
        };
    }

    private Person person(DirectoryVersion version) {
        return people.computeIfAbsent(new Key(version.getOrgId(), version.getId()), key -> new Person(key.id));
    }

    private Change user(DirectoryVersion version) {
        Person person = person(version);
        int at = 0;
        while (at < person.versions.size() && person.versions.get(at).version < version.getVersion()) {
            at++;
        }
        if (at < person.versions.size() && person.versions.get(at).version == version.getVersion()) {
            return new Change(true, labels(person));
        }
        Set<Id> labels = version.getDeleted() ? Set.of() : labels(version);
        if (at > 0 && person.versions.get(at - 1).labels.equals(labels)) {
            labels = person.versions.get(at - 1).labels; // nearly always: one object for all
        }
        person.versions.add(
                at,
                new UserVersion(
                        version.getVersion(),
                        time(version.getEffectiveAt()),
                        version.getRecordedAt(),
                        version.getDeleted(),
                        labels));
        for (Id label : labels) {
            claimants.computeIfAbsent(label, key -> new HashSet<>(2)).add(person);
        }
        return change(person);
    }

    private Change team(DirectoryVersion version) {
        Person person = person(version);
        int at = 0;
        while (at < person.teams.size() && person.teams.get(at).version < version.getVersion()) {
            at++;
        }
        if (at < person.teams.size() && person.teams.get(at).version == version.getVersion()) {
            return new Change(true, labels(person));
        }
        DirectoryTeam team = version.getDeleted() ? null : version.getTeam();
        person.teams.add(
                at,
                new TeamVersion(
                        version.getVersion(),
                        time(version.getEffectiveAt()),
                        version.getRecordedAt(),
                        team == null ? null : team.getTeam()));
        return change(person);
    }

    /** Segments have their start as a name, and 0 is the name of none. */
    private static long time(long effectiveAt) {
        return Math.max(1, effectiveAt);
    }

    private static Set<Id> labels(DirectoryVersion version) {
        DirectoryUser user = version.getUser();
        if (user == null) {
            return Set.of();
        }
        Set<Id> labels = new HashSet<>();
        for (String email : user.getEmails()) {
            labels.add(Dimensions.account(version.getOrgId(), email.toLowerCase(Locale.ROOT)));
        }
        for (String id : new @Nullable String[] {user.getAccountId(), user.getAccountUuid()}) {
            if (id != null && !id.isEmpty()) {
                labels.add(Dimensions.account(version.getOrgId(), id));
            }
        }
        return Set.copyOf(labels);
    }

    private static Set<Id> labels(Person person) {
        Set<Id> labels = new HashSet<>();
        for (UserVersion version : person.versions) {
            labels.addAll(version.labels);
        }
        return labels;
    }

    private Change change(Person person) {
        List<Id> changed = new ArrayList<>();
        for (Id label : labels(person)) {
            Segments now = compute(label);
            if (!now.equals(segments.put(label, now))) {
                changed.add(label);
            }
        }
        return new Change(false, changed);
    }

    private Segments compute(Id label) {
        List<Claim> claims = new ArrayList<>();
        TreeMap<Long, Long> cuts = new TreeMap<>(); // and since when each is known
        for (Person person : Objects.requireNonNull(claimants.get(label))) {
            int first = claims.size();
            UserVersion before = null;
            for (UserVersion version : person.versions) {
                if (version.labels.contains(label)) {
                    cuts.merge(version.effectiveAt, version.recordedAt, Math::min);
                    if (before == null || !before.labels.contains(label)) {
                        claims.add(new Claim(version.effectiveAt, version.recordedAt, person));
                    }
                }
                before = version;
            }
            List<Claim> own = claims.subList(first, claims.size());
            own.sort(BY_TIME);
            for (TeamVersion team : person.teams) {
                cut(cuts, own.get(0), team.effectiveAt, team.recordedAt);
            }
            UserVersion deletion = person.deletion();
            if (deletion != null) {
                cut(cuts, own.get(0), deletion.effectiveAt, deletion.recordedAt);
            }
        }
        claims.sort(BY_TIME);
        long[] starts = new long[cuts.size()];
        long[] knownSince = new long[cuts.size()];
        @Nullable String[] teams = new @Nullable String[cuts.size()];
        int i = 0;
        int claim = 0;
        for (Map.Entry<Long, Long> cut : cuts.entrySet()) {
            long at = cut.getKey();
            while (claim + 1 < claims.size() && claims.get(claim + 1).at <= at) {
                claim++;
            }
            starts[i] = at;
            knownSince[i] = cut.getValue();
            teams[i] = claims.get(claim).person.teamAt(at);
            i++;
        }
        return new Segments(starts, knownSince, teams);
    }

    private static void cut(TreeMap<Long, Long> cuts, Claim since, long at, long recordedAt) {
        if (at > since.at) {
            cuts.merge(at, Math.max(recordedAt, since.recordedAt), Math::min);
        }
    }

    /** @param account hash of organization and label, see {@link Dimensions#account} */
    public Segments of(Id account) {
        return segments.getOrDefault(account, Segments.NONE);
    }

    /** An e-mail is in lower case. */
    public Segments of(String orgId, String label) {
        return of(Dimensions.account(orgId, label));
    }

    /** Null: none. */
    public @Nullable String at(String orgId, String label, long micros) {
        Segments of = of(orgId, label);
        return of.team(of.at(micros));
    }
}
