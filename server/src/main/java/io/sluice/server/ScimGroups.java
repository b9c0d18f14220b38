package io.sluice.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.Editing;
import io.sluice.core.directory.Source;
import io.sluice.schema.DirectoryGroup;
import io.sluice.schema.Micros;
import io.sluice.scim.GroupChange;
import io.sluice.scim.GroupChange.MemberChange;
import io.sluice.scim.ScimException;
import io.sluice.scim.ScimFilter;
import io.sluice.scim.ScimProjection;
import io.sluice.scim.ScimResourceType;
import io.sluice.scim.ScimResources;
import io.sluice.scim.ScimVersion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Groups as SCIM has them. Members are documents of their own, so a change of one does not read the others. Members that
 * are no user of the directory are passed over and counted, as identity providers expect it. Blocking.
 */
final class ScimGroups implements ScimResourcesOfType {
    static final String MEMBERS = "members";

    /** In one request to Elasticsearch and Kafka. */
    private static final int MEMBERS_AT_ONCE = 2_000;

    /** With more, a group that was patched is not worth the answer. */
    private static final int MOST_MEMBERS_ANSWERED = 100;

    private final DirectoryStore store;

    ScimGroups(DirectoryStore store) {
        this.store = store;
    }

    @Override
    public ScimResourceType type() {
        return ScimResourceType.GROUP;
    }

    @Override
    public Written create(ScimCaller caller, ObjectNode body) {
        GroupChange change = GroupChange.ofBody(body);
        String id = DirectoryIds.group();
        return store.change(() -> {
            requireFree(caller, String.valueOf(change.displayName()), id);
            DirectoryGroup group = DirectoryGroup.newBuilder()
                    .setDisplayName(String.valueOf(change.displayName()))
                    .setExternalId(externalId(change, null))
                    .build();
            change(caller).group(id, group).accept();
            int unknown = applyMembers(caller, id, change);
            return new Written(complete(caller, require(caller, id), false), ignored(change, unknown));
        });
    }

    @Override
    public Written replace(ScimCaller caller, String id, @Nullable String ifMatch, ObjectNode body) {
        return edit(caller, id, ifMatch, GroupChange.ofBody(body));
    }

    @Override
    public Written patch(ScimCaller caller, String id, @Nullable String ifMatch, ObjectNode body) {
        return edit(caller, id, ifMatch, GroupChange.ofPatch(body));
    }

    /** Entra asks for 204; others expect what RFC 7644, 3.5.2 has first, the whole group. */
    @Override
    public boolean answersPatch(ScimCaller caller, String id, ObjectNode body) {
        return !GroupChange.isSpelledAsEntraDoes(body)
                && store.of(caller.orgId()).members(id).size() <= MOST_MEMBERS_ANSWERED;
    }

    private Written edit(ScimCaller caller, String id, @Nullable String ifMatch, GroupChange change) {
        return store.change(() -> {
            Document<DirectoryGroup> before = require(caller, id);
            ScimVersion.requireMatch(ifMatch, version(caller, before));
            String displayName = change.displayName();
            if (displayName != null
                    && !displayName.equalsIgnoreCase(before.content().getDisplayName())) {
                requireFree(caller, displayName, id);
            }
            DirectoryGroup after = DirectoryGroup.newBuilder(before.content())
                    .setDisplayName(displayName == null ? before.content().getDisplayName() : displayName)
                    .setExternalId(externalId(change, before.content().getExternalId()))
                    .build();
            if (!after.equals(before.content())) {
                change(caller).group(before, after).accept();
            }
            int unknown = applyMembers(caller, id, change);
            return new Written(complete(caller, require(caller, id), false), ignored(change, unknown));
        });
    }

    @Override
    public void delete(ScimCaller caller, String id, @Nullable String ifMatch) {
        store.change(() -> {
            Document<DirectoryGroup> before = require(caller, id);
            ScimVersion.requireMatch(ifMatch, version(caller, before));
            change(caller).deleteGroup(before).accept();
            return true;
        });
    }

    private DirectoryChange change(ScimCaller caller) {
        return new DirectoryChange(store, caller.orgId(), Source.SCIM, caller.tokenId());
    }

    /** Entra finds a group again by its name, so two groups of SCIM do not share one. */
    private void requireFree(ScimCaller caller, String displayName, String id) {
        boolean taken = store.of(caller.orgId()).groupsByDisplayName(displayName).stream()
                .anyMatch(group -> !group.id().equals(id) && isScims(group));
        if (taken) {
            throw ScimException.taken("displayName");
        }
    }

    private static @Nullable String externalId(GroupChange change, @Nullable String before) {
        GroupChange.ExternalId given = change.externalId();
        return given == null ? before : given.value();
    }

    private static List<String> ignored(GroupChange change, int unknownMembers) {
        List<String> ignored = new ArrayList<>(change.ignored());
        if (unknownMembers > 0) {
            ignored.add("members: " + unknownMembers + " unknown");
        }
        return ignored;
    }

    /** Returns how many ids were passed over. */
    private int applyMembers(ScimCaller caller, String groupId, GroupChange change) {
        Directory directory = store.of(caller.orgId());
        Map<String, Boolean> wanted = new LinkedHashMap<>();
        int unknown = 0;
        for (MemberChange step : change.members()) {
            if (step instanceof MemberChange.Add add) {
                unknown += want(directory, wanted, add.ids());
            } else if (step instanceof MemberChange.Remove remove) {
                remove.ids().forEach(id -> wanted.put(id, false));
            } else {
                wanted.replaceAll((id, member) -> false);
                directory
                        .members(groupId)
                        .from(0, Integer.MAX_VALUE)
                        .forEach(member -> wanted.put(member.content().getUserId(), false));
                if (step instanceof MemberChange.ReplaceAll all) {
                    unknown += want(directory, wanted, all.ids());
                }
            }
        }
        List<Map.Entry<String, Boolean>> differences = wanted.entrySet().stream()
                .filter(entry -> directory.isMember(groupId, entry.getKey()) != entry.getValue())
                .toList();
        for (int from = 0; from < differences.size(); from += MEMBERS_AT_ONCE) {
            DirectoryChange part = change(caller);
            for (var entry : differences.subList(from, Math.min(differences.size(), from + MEMBERS_AT_ONCE))) {
                if (entry.getValue()) {
                    part.join(groupId, entry.getKey(), change.displayed().contains(entry.getKey()));
                } else {
                    part.leave(groupId, entry.getKey());
                }
            }
            part.accept();
        }
        return unknown;
    }

    private static int want(Directory directory, Map<String, Boolean> wanted, List<String> ids) {
        int unknown = 0;
        for (String id : ids) {
            if (directory.user(id).isPresent()) {
                wanted.put(id, true);
            } else {
                unknown++;
            }
        }
        return unknown;
    }

    @Override
    public Found get(ScimCaller caller, String id, ScimProjection projection) {
        Document<DirectoryGroup> group = require(caller, id);
        return new Found(complete(caller, group, projection.wants(MEMBERS)), version(caller, group));
    }

    @Override
    public Stream<ObjectNode> find(ScimCaller caller, @Nullable ScimFilter filter, ScimProjection projection) {
        boolean filtered = filter != null && filter.reads(MEMBERS); // perhaps by display, so all have one
        boolean members = projection.wants(MEMBERS) || filtered;
        return candidates(store.of(caller.orgId()), filter).stream()
                .filter(ScimGroups::isScims)
                .map(group -> complete(caller, group, members, filtered))
                .filter(resource -> filter == null || filter.matches(resource));
    }

    @Override
    public long size(ScimCaller caller) {
        return candidates(store.of(caller.orgId()), null).stream()
                .filter(ScimGroups::isScims)
                .count();
    }

    @Override
    public Stream<ObjectNode> page(ScimCaller caller, int from, int count, ScimProjection projection) {
        boolean members = projection.wants(MEMBERS);
        return candidates(store.of(caller.orgId()), null).stream()
                .filter(ScimGroups::isScims)
                .skip(from)
                .limit(count)
                .map(group -> complete(caller, group, members));
    }

    private static List<Document<DirectoryGroup>> candidates(Directory directory, @Nullable ScimFilter filter) {
        for (ScimFilter.Equality each : filter == null ? List.<ScimFilter.Equality>of() : filter.equalities()) {
            switch (each.attribute()) {
                case "id" -> {
                    return directory.group(each.value()).stream().toList();
                }
                case "displayName" -> {
                    return directory.groupsByDisplayName(each.value());
                }
                case "externalId" -> {
                    return directory.groupsByExternalId(each.value());
                }
                case "members.value" -> {
                    return directory.groupsOf(each.value());
                }
                default -> {
                    // the next one may have an index
                }
            }
        }
        return directory.groups().from(0, Integer.MAX_VALUE);
    }

    /** Groups made by hand are none of the identity provider's business: it would adopt one of the same name. */
    private static boolean isScims(Document<DirectoryGroup> group) {
        return Editing.groupIsScims(group.tip());
    }

    private Document<DirectoryGroup> require(ScimCaller caller, String id) {
        return store.of(caller.orgId())
                .group(id)
                .filter(ScimGroups::isScims)
                .orElseThrow(() -> ScimException.notFound("group"));
    }

    /** Grows with every change of the group or its members. */
    private long version(ScimCaller caller, Document<DirectoryGroup> group) {
        return Math.max(group.changedAt(), store.of(caller.orgId()).membersChangedAt(group.id()));
    }

    private ObjectNode complete(ScimCaller caller, Document<DirectoryGroup> group, boolean withMembers) {
        return complete(caller, group, withMembers, false);
    }

    private ObjectNode complete(
            ScimCaller caller, Document<DirectoryGroup> group, boolean withMembers, boolean withDisplay) {
        ObjectNode resource = JsonNodeFactory.instance.objectNode();
        resource.put("displayName", group.content().getDisplayName());
        if (group.content().getExternalId() != null) {
            resource.put("externalId", group.content().getExternalId());
        }
        long version = version(caller, group);
        ObjectNode complete = ScimResources.complete(
                ScimResourceType.GROUP,
                resource,
                group.id(),
                Micros.toInstant(group.createdAt()),
                Micros.toInstant(version),
                version,
                caller.baseUrl());
        if (withMembers) {
            Directory directory = store.of(caller.orgId());
            ArrayNode members = complete.putArray(MEMBERS);
            directory.members(group.id()).from(0, Integer.MAX_VALUE).forEach(member -> {
                String userId = member.content().getUserId();
                ObjectNode element = members.addObject()
                        .put("value", userId)
                        .put("$ref", ScimResources.location(ScimResourceType.USER, userId, caller.baseUrl()))
                        .put("type", "User");
                if (withDisplay || member.content().getWithDisplay()) {
                    directory
                            .user(userId)
                            .ifPresent(user ->
                                    element.put("display", user.content().getUserName()));
                }
            });
        }
        return complete;
    }
}
