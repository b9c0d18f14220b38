package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.Index;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * The directory that an organization has at Anthropic, as the Compliance API told it last; what is gone there is not in it. Not
 * the organization's directory in Sluice. Blocking.
 */
final class UpstreamDirectory {
    private static final String KIND = "kind";
    private static final String PARENT = "parent_id";
    private static final String ID = "entry_id";
    private static final String EMAIL = "email";
    private static final int PAGE = 1000;

    private final Elastic elastic;

    UpstreamDirectory(Elastic elastic) {
        this.elastic = elastic;
    }

    /** Kinds of entries. */
    enum Kind {
        ORGANIZATION,
        USER,
        ROLE,
        PERMISSION,
        GROUP,
        MEMBER
    }

    /**
     * Some entries of one kind.
     *
     * @param parentId what they are of; null: nothing
     * @param filter must hold besides; null: none
     */
    record Question(
            Kind kind, @Nullable String parentId, @Nullable ObjectNode filter) {
        static Question all(Kind kind) {
            return new Question(kind, null, null);
        }

        static Question of(Kind kind, String parentId) {
            return new Question(kind, parentId, null);
        }
    }

    /**
     * An entry that was found.
     *
     * @param email lower case; null: none is known
     * @param raw as upstream gave it
     * @param position in the order of ids
     */
    record Entry(String id, @Nullable String email, ObjectNode raw, JsonNode position) {}

    /**
     * Entries by id.
     *
     * @param after position; null: from the beginning
     * @throws Refusal UNAVAILABLE when Elasticsearch does not answer or only in part
     */
    List<Entry> list(String orgId, Question question, @Nullable JsonNode after, int limit) {
        List<ObjectNode> filters = new ArrayList<>();
        filters.add(Elastic.term(KIND, question.kind().name().toLowerCase(Locale.ROOT)));
        SearchClauses.flag(filters, "gone", false);
        if (question.parentId() != null) {
            filters.add(Elastic.term(PARENT, question.parentId()));
        }
        if (question.filter() != null) {
            filters.add(question.filter());
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", limit);
        body.putArray("_source").add(ID).add(EMAIL).add(UpstreamQuery.RAW);
        body.putArray("sort").addObject().put(ID, "asc");
        if (after != null) {
            body.set("search_after", after);
        }
        List<Entry> entries = new ArrayList<>();
        for (JsonNode hit : search(orgId, filters, body).at("/hits/hits")) {
            JsonNode source = hit.path("_source");
            entries.add(new Entry(
                    source.path(ID).asText(),
                    source.path(EMAIL).textValue(),
                    UpstreamQuery.raw(source),
                    hit.path("sort")));
        }
        return entries;
    }

    private JsonNode search(String orgId, List<ObjectNode> filters, ObjectNode body) {
        try {
            return elastic.search(orgId, Index.COMPLIANCE_DIRECTORY, filters, body)
                    .join();
        } catch (CompletionException e) {
            throw Refusals.of(e);
        }
    }

    /** @param parentId null: it is of nothing */
    Optional<Entry> find(String orgId, Kind kind, @Nullable String parentId, String id) {
        return list(orgId, new Question(kind, parentId, Elastic.term(ID, id)), null, 1).stream()
                .findFirst();
    }

    /**
     * Ids and e-mails of those who are in a group now.
     *
     * @param most of them are enough; there may be one more than that, or two
     * @return empty: there is no such group
     */
    Optional<Set<String>> labelsOfGroup(String orgId, String groupId, int most) {
        if (find(orgId, Kind.GROUP, null, groupId).isEmpty()) {
            return Optional.empty();
        }
        Set<String> labels = new TreeSet<>();
        JsonNode after = null;
        List<Entry> page;
        do {
            page = list(orgId, Question.of(Kind.MEMBER, groupId), after, PAGE);
            for (Entry member : page) {
                if (labels.size() > most) {
                    break;
                }
                labels.add(member.id());
                if (member.email() != null) {
                    labels.add(member.email());
                }
                after = member.position();
            }
        } while (page.size() == PAGE && labels.size() <= most);
        return Optional.of(labels);
    }
}
