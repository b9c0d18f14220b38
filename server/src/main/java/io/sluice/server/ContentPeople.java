package io.sluice.server;

import io.sluice.core.directory.AsOf;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.Labels;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.Micros;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Under which labels conversations know the people that somebody asks for. */
final class ContentPeople {
    static final int MOST_LABELS = 10_000;

    /** Later than any change, whatever the clock of whoever made it. */
    private static final long NOW = Long.MAX_VALUE;

    /** How ids of groups at Anthropic begin; some of Sluice's own do so, too. */
    private static final String UPSTREAM_GROUP = "rbac_group_";

    private final DirectoryStore store;
    private final UpstreamDirectory upstream;

    ContentPeople(DirectoryStore store, UpstreamDirectory upstream) {
        this.store = store;
        this.upstream = upstream;
    }

    /**
     * Of each all labels that the person ever had, lower case; of somebody who is not in the directory the label itself.
     *
     * @param users ids or labels
     * @throws Refusal UNAVAILABLE while the directory is not known
     */
    List<String> labels(String orgId, Collection<String> users) {
        store.requireLoaded();
        Directory directory = store.of(orgId);
        Set<String> labels = new TreeSet<>();
        directory.consistently(() -> {
            for (String user : users) {
                Set<String> ids = new TreeSet<>();
                directory.user(user).map(Document::id).ifPresent(ids::add);
                String label = Labels.normalized(user);
                for (Document<DirectoryUser> having : directory.usersWithLabel(label)) {
                    ids.add(having.id());
                }
                AsOf.userOf(directory, label, Micros.of(store.now())).ifPresent(ids::add);
                ids.add(user); // somebody who is deleted
                ids.forEach(id -> labels.addAll(AsOf.labelsOf(directory, id)));
                labels.add(user);
            }
            return labels;
        });
        return bounded("user", labels);
    }

    /**
     * Of everybody who is, or was, in one of the groups. A group that the organization's directory does not have may be one at
     * Anthropic.
     *
     * @param at null: now
     * @throws Refusal NOT_FOUND when there is no such group, INVALID for a time with one at Anthropic, UNAVAILABLE while one of
     *     the directories is not known
     */
    List<String> labelsOfGroups(String orgId, Collection<String> groupIds, @Nullable Instant at) {
        store.requireLoaded();
        Directory directory = store.of(orgId);
        long micros = at == null ? NOW : Micros.of(at);
        Set<String> labels = new TreeSet<>();
        for (String groupId : groupIds) {
            if (directory.group(groupId).isPresent()) {
                labels.addAll(AsOf.labelsInGroup(directory, groupId, micros));
            } else {
                labels.addAll(labelsOfUpstreamGroup(orgId, groupId, at));
            }
            if (labels.size() > MOST_LABELS) {
                throw tooMany("group", "more than " + MOST_LABELS);
            }
        }
        return bounded("group", labels);
    }

    private Set<String> labelsOfUpstreamGroup(String orgId, String groupId, @Nullable Instant at) {
        Set<String> labels = (groupId.startsWith(UPSTREAM_GROUP)
                        ? upstream.labelsOfGroup(orgId, groupId, MOST_LABELS)
                        : Optional.<Set<String>>empty())
                .orElseThrow(() -> DirectoryRoutes.absent("group", "group"));
        if (at != null) {
            throw Refusal.invalid(
                    "group_at",
                    at + " with a group at Anthropic",
                    "left out: it is only known who is in that group now");
        }
        return labels;
    }

    private static List<String> bounded(String name, Set<String> labels) {
        if (labels.size() > MOST_LABELS) {
            throw tooMany(name, Integer.toString(labels.size()));
        }
        Set<String> lower = new TreeSet<>();
        labels.forEach(label -> lower.add(Labels.lowerCase(label)));
        return new ArrayList<>(lower);
    }

    private static Refusal tooMany(String name, String labels) {
        return new Refusal(
                Refusal.Kind.INVALID,
                name,
                name + ": people with " + labels + " labels (expected: at most " + MOST_LABELS + ")");
    }
}
