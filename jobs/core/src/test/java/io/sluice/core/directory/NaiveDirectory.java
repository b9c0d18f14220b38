package io.sluice.core.directory;

import io.sluice.schema.DirectoryUser;
import io.sluice.schema.DirectoryVersion;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The same by going through all versions for each question. */
final class NaiveDirectory {
    private final Collection<DirectoryVersion> versions;

    NaiveDirectory(Collection<DirectoryVersion> versions) {
        this.versions = versions;
    }

    Collection<DirectoryVersion> versions() {
        return versions;
    }

    /** In order of version. */
    List<DirectoryVersion> all(Kind kind, String id) {
        TreeMap<Long, DirectoryVersion> found = new TreeMap<>();
        for (DirectoryVersion version : versions) {
            if (version.getKind().equals(kind.kindName()) && version.getId().equals(id)) {
                found.put(version.getVersion(), version);
            }
        }
        return List.copyOf(found.values());
    }

    @Nullable
    DirectoryVersion newest(Kind kind, String id) {
        List<DirectoryVersion> all = all(kind, id);
        return all.isEmpty() ? null : all.get(all.size() - 1);
    }

    @Nullable
    DirectoryVersion live(Kind kind, String id) {
        DirectoryVersion newest = newest(kind, id);
        return newest == null || newest.getDeleted() ? null : newest;
    }

    private Set<String> everyId(Kind kind) {
        Set<String> ids = new TreeSet<>();
        versions.stream().filter(v -> v.getKind().equals(kind.kindName())).forEach(v -> ids.add(v.getId()));
        return ids;
    }

    List<DirectoryVersion> listed(Kind kind, Predicate<DirectoryVersion> which) {
        return everyId(kind).stream()
                .map(id -> live(kind, id))
                .filter(Objects::nonNull)
                .filter(which)
                .sorted(Comparator.comparingLong(DirectoryVersion::getCreatedAt).thenComparing(DirectoryVersion::getId))
                .toList();
    }

    List<DirectoryVersion> members(String groupId) {
        return live(Kind.GROUP, groupId) == null
                ? List.of()
                : listed(
                        Kind.MEMBERSHIP,
                        v -> v.getMembership().getGroupId().equals(groupId)
                                && live(Kind.USER, v.getMembership().getUserId()) != null);
    }

    List<DirectoryVersion> groupsOf(String userId) {
        return live(Kind.USER, userId) == null
                ? List.of()
                : listed(Kind.GROUP, v -> live(Kind.MEMBERSHIP, Versions.membershipId(v.getId(), userId)) != null);
    }

    private boolean deletedAt(String userId, long micros) {
        return all(Kind.USER, userId).stream().anyMatch(v -> v.getDeleted() && v.getRecordedAt() <= micros);
    }

    /** Of groups deleted and made again under one id, which ids are not for, only the newest version is asked. */
    List<String> groupsAt(String userId, long micros) {
        return everyId(Kind.MEMBERSHIP).stream()
                .filter(id -> id.endsWith("|" + userId) && !deletedAt(userId, micros))
                .filter(id -> all(Kind.MEMBERSHIP, id).stream()
                        .filter(v -> v.getEffectiveAt() <= micros)
                        .max(Comparator.comparingLong(DirectoryVersion::getEffectiveAt)
                                .thenComparingLong(DirectoryVersion::getVersion))
                        .filter(v -> !v.getDeleted())
                        .isPresent())
                .map(id -> id.substring(0, id.indexOf('|')))
                .filter(group -> {
                    DirectoryVersion newest = newest(Kind.GROUP, group);
                    return newest == null || !newest.getDeleted() || newest.getRecordedAt() > micros;
                })
                .toList();
    }

    @Nullable
    String labelledAt(String label, long micros) {
        NaiveDirectory until = new NaiveDirectory(
                versions.stream().filter(v -> v.getRecordedAt() <= micros).toList());
        return until.holder(label);
    }

    @Nullable
    DirectoryVersion labelled(String label) {
        String holder = holder(label);
        return holder == null ? null : live(Kind.USER, holder);
    }

    private @Nullable String holder(String label) {
        String holder = null;
        long since = Long.MIN_VALUE;
        for (String id : everyId(Kind.USER)) { // ascending: of equal times the greater id stays
            boolean had = false;
            long claimed = Long.MIN_VALUE;
            for (DirectoryVersion version : all(Kind.USER, id)) {
                boolean has =
                        !version.getDeleted() && Labels.of(version.getUser()).contains(label);
                claimed = has && !had ? version.getRecordedAt() : claimed;
                had = has;
            }
            if (claimed != Long.MIN_VALUE && claimed >= since) {
                holder = id;
                since = claimed;
            }
        }
        return holder;
    }

    private static @Nullable String tier(DirectoryVersion version) {
        DirectoryUser user = version.getUser();
        return version.getDeleted() || !user.getActive() ? null : user.getSeatTier();
    }

    List<Asking> asking(String tier) {
        List<Asking> asking = new ArrayList<>();
        for (String id : everyId(Kind.USER)) {
            Long since = null;
            for (DirectoryVersion version : all(Kind.USER, id)) {
                boolean asks = tier.equals(tier(version));
                since = !asks ? null : since == null ? Long.valueOf(version.getRecordedAt()) : since;
            }
            if (since != null) {
                asking.add(new Asking(id, tier, since));
            }
        }
        asking.sort(Comparator.comparingLong(Asking::since).thenComparing(Asking::userId));
        return asking;
    }

    long askedAt(String tier, long micros) {
        return everyId(Kind.USER).stream()
                .filter(id -> {
                    String asked = null;
                    for (DirectoryVersion version : all(Kind.USER, id)) {
                        asked = version.getRecordedAt() <= micros ? tier(version) : asked;
                    }
                    return tier.equals(asked);
                })
                .count();
    }

    /** What a user may do, as lines "what name group role". */
    Set<String> access(String userId) {
        Set<String> lines = new TreeSet<>();
        DirectoryVersion user = live(Kind.USER, userId);
        if (user == null || !user.getUser().getActive()) {
            return lines;
        }
        for (DirectoryVersion group : groupsOf(userId)) {
            group.getGroup().getRoleIds().forEach(role -> grant(lines, group.getId(), role));
        }
        DirectoryVersion organization = live(Kind.ORGANIZATION, Edits.ORG);
        if (lines.isEmpty() && organization != null) {
            organization.getOrganization().getDefaultRoleIds().forEach(role -> grant(lines, "default", role));
        }
        for (String lower : List.of("none", "read")) {
            if (lines.stream().anyMatch(line -> line.startsWith("file write"))
                    || (lower.equals("none") && lines.stream().anyMatch(line -> line.startsWith("file read")))) {
                lines.removeIf(line -> line.startsWith("file " + lower));
            }
        }
        return lines;
    }

    private void grant(Set<String> lines, String group, String roleId) {
        DirectoryVersion role = live(Kind.ROLE, roleId);
        if (role != null) {
            String from = " " + group + " " + roleId;
            role.getRole().getProducts().forEach(name -> lines.add("product " + name + from));
            role.getRole().getTools().forEach(name -> lines.add("tool " + name + from));
            lines.add("file " + role.getRole().getFileAccess() + from);
        }
    }
}
