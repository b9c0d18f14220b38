package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.compliance.Item;
import io.sluice.core.compliance.Register;
import io.sluice.core.directory.AsOf;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.schema.ContentTarget;
import io.sluice.schema.SavedSearch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What holds and erasures are about, from requests and into answers. */
final class ContentTargets {
    /** Frozen by one search; the register takes entries of up to 256 KiB. */
    static final int MOST_DOCUMENTS = 5000;

    static final int LONGEST_ID = 512;

    /** Whom a label means by all that is known, whatever the clocks of servers say. */
    private static final long NOW = Long.MAX_VALUE;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> OF_ERASURES =
            Set.of("conversation_id", "user", "project_id", "search_id", "search");

    private final DirectoryStore directory;
    private final ComplianceRegister register;
    private final FrozenSearch search;

    ContentTargets(DirectoryStore directory, ComplianceRegister register, FrozenSearch search) {
        this.directory = directory;
        this.register = register;
        this.search = search;
    }

    /**
     * The target of an erasure: one thing.
     *
     * @param until of what covers content up to a time
     */
    ContentTarget ofErasure(String orgId, JsonNode json, long until) {
        JsonFields fields = within("target", () -> new JsonFields(json, OF_ERASURES));
        List<String> given = OF_ERASURES.stream().filter(fields::has).sorted().toList();
        if (given.size() != 1) {
            throw new Refusal(
                    Refusal.Kind.INVALID,
                    "target",
                    "target: " + (given.isEmpty() ? "empty" : String.join(" and ", given))
                            + " (expected: one of conversation_id, user, project_id, search_id, search)");
        }
        String field = "target." + given.get(0);
        JsonNode value = json.path(given.get(0));
        return switch (given.get(0)) {
            case "conversation_id" -> conversations(List.of(id(field, value)));
            case "user" -> users(orgId, List.of(id(field, value)), false, until);
            case "project_id" ->
                target("project")
                        .setProjectIds(List.of(id(field, value)))
                        .setUntil(until)
                        .build();
            case "search_id" -> saved(orgId, field, id(field, value), until);
            default -> found(orgId, field, value, null, until);
        };
    }

    /** Conversations by id. */
    static ContentTarget conversations(List<String> ids) {
        return target("conversation").setConversationIds(ids).build();
    }

    static ContentTarget projects(List<String> ids) {
        return target("project").setProjectIds(ids).build();
    }

    /**
     * People, by all labels that they have.
     *
     * @param idsOrLabels of users of the directory; else labels of people who are not there
     * @param everHad also labels that others have by now: a hold keeps rather too much
     * @param until null: also what comes
     */
    ContentTarget users(String orgId, List<String> idsOrLabels, boolean everHad, @Nullable Long until) {
        Directory of = directory.of(orgId);
        Set<String> labels = new TreeSet<>();
        Set<String> userIds = new TreeSet<>();
        for (String given : idsOrLabels) {
            of.consistently(() -> {
                Optional<String> userId = userId(of, given);
                userId.ifPresent(userIds::add);
                userId.ifPresent(id -> labels.addAll(labels(of, id, everHad)));
                if (userId.filter(given::equals).isEmpty()) {
                    labels.add(given);
                }
                return true;
            });
        }
        return target("user")
                .setLabels(List.copyOf(Item.labels(labels)))
                .setUserIds(List.copyOf(userIds))
                .setUntil(until)
                .build();
    }

    /** Also of somebody who was deleted. */
    private Optional<String> userId(Directory of, String given) {
        if (of.user(given).isPresent() || !AsOf.labelsOf(of, given).isEmpty()) {
            return Optional.of(given);
        }
        return of.userByUserName(given).map(Document::id).or(() -> AsOf.userOf(of, given, NOW));
    }

    /** All that a user ever had, and a user name that is an address: telemetry may show it as well. */
    static Set<String> labelsOf(Directory of, String userId) {
        Set<String> labels = new TreeSet<>(AsOf.labelsOf(of, userId));
        of.user(userId)
                .map(user -> user.content().getUserName())
                .filter(name -> name.indexOf('@') >= 0)
                .ifPresent(labels::add);
        return labels;
    }

    private Set<String> labels(Directory of, String userId, boolean everHad) {
        Set<String> labels = labelsOf(of, userId);
        if (!everHad) {
            labels.removeIf(label -> AsOf.userOf(of, label, NOW)
                    .filter(holder -> !holder.equals(userId))
                    .isPresent());
        }
        return labels;
    }

    /** What a saved search finds now. */
    ContentTarget saved(String orgId, String field, String searchId, @Nullable Long until) {
        SavedSearch saved = register.read(all -> all.searches(orgId).stream()
                        .filter(each -> each.getId().equals(searchId))
                        .findFirst())
                .orElseThrow(() -> DirectoryRoutes.absent(field, "saved search"));
        return found(orgId, field, json(saved.getQuery()), searchId, until);
    }

    private ContentTarget found(
            String orgId, String field, JsonNode body, @Nullable String searchId, @Nullable Long until) {
        FrozenSearch.Found found = search.find(orgId, body, MOST_DOCUMENTS);
        if (found.total() > MOST_DOCUMENTS || found.documents().size() > MOST_DOCUMENTS) {
            throw new Refusal(
                    Refusal.Kind.INVALID,
                    field,
                    field + ": finds " + found.total() + " messages (expected: at most " + MOST_DOCUMENTS
                            + "; narrow it, by time for example, and ask once for each part)");
        }
        return target("search")
                .setDocuments(found.documents())
                .setSearchId(searchId)
                .setUntil(until)
                .build();
    }

    private static ContentTarget.Builder target(String kind) {
        return ContentTarget.newBuilder().setKind(kind);
    }

    /** An id as it is: of ours, of an identity provider, of a conversation. */
    static String id(String field, JsonNode value) {
        return wellFormed(field, value, JsonFields.requireText(field, value, LONGEST_ID));
    }

    /** Half a character could not be written, and would be taken for another id. */
    static String wellFormed(String field, JsonNode value, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw JsonFields.invalid(field, value, "whole characters, no half of a surrogate pair");
            }
        }
        return text;
    }

    static List<String> ids(JsonNode body, String name, int most) {
        JsonNode values = body.path(name);
        List<String> ids = new ArrayList<>();
        if (values.isMissingNode() || values.isNull()) {
            return ids;
        }
        if (!values.isArray() || values.size() > most) {
            throw JsonFields.invalid(name, values, "a list of up to " + most + " ids");
        }
        for (JsonNode value : values) {
            String id = id(name + '[' + ids.size() + ']', value);
            if (!ids.contains(id)) {
                ids.add(id);
            }
        }
        return ids;
    }

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <T> T within(String name, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (Refusal refusal) {
            throw refusal.within(name);
        }
    }

    /** As answers show it. */
    static ObjectNode json(ContentTarget target) {
        ObjectNode json = DirectoryRoutes.object().put("type", target.getKind());
        add(json, "conversation_ids", target.getConversationIds());
        add(json, "labels", target.getLabels());
        add(json, "user_ids", target.getUserIds());
        add(json, "project_ids", target.getProjectIds());
        if (!target.getDocuments().isEmpty() || target.getKind().equals("search")) {
            json.put("documents", target.getDocuments().size());
        }
        if (target.getSearchId() != null) {
            json.put("search_id", target.getSearchId());
        }
        if (target.getProduct() != null) {
            json.put("product", target.getProduct());
        }
        if (target.getUntil() != null) {
            json.put("until", DirectoryRoutes.time(target.getUntil()));
        }
        return json;
    }

    private static void add(ObjectNode json, String name, List<String> values) {
        if (!values.isEmpty()) {
            ArrayNode list = json.putArray(name);
            values.forEach(list::add);
        }
    }

    /** Erasures of exactly this conversation that have not ended. */
    static List<String> ofConversation(Register all, String orgId, String conversationId) {
        return all.erasures(orgId).stream()
                .filter(each -> each.erasure().getTarget().getKind().equals("conversation")
                        && each.erasure().getTarget().getConversationIds().equals(List.of(conversationId)))
                .map(each -> each.erasure().getId())
                .toList();
    }
}
