package io.sluice.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A {@link SearchBody} as a query of Elasticsearch, of messages. The organization is added by {@link ContentQueries}. */
final class SearchClauses {
    private final ContentPeople people;

    SearchClauses(ContentPeople people) {
        this.people = people;
    }

    /**
     * What the search asks for, with the people of now.
     *
     * @throws Refusal as {@link ContentPeople}
     */
    ObjectNode of(String orgId, SearchBody search) {
        ObjectNode query = JsonNodeFactory.instance.objectNode();
        ObjectNode bool = query.putObject("bool");
        ArrayNode filter = bool.putArray("filter");
        search.lists().forEach((each, values) -> filter.add(clause(orgId, search, each, values)));
        if (search.from() != null || search.to() != null) {
            filter.add(Elastic.between("occurred_at", search.from(), search.to()));
        }
        List<ObjectNode> flags = new ArrayList<>();
        flag(flags, "flagged", search.flagged());
        flag(flags, "has_files", search.hasFiles());
        flags.forEach(filter::add);
        bool.putArray("must_not").add(withoutName());
        SearchText text = search.text();
        if (text != null) {
            bool.putArray("must").add(TextQuery.of(text));
        }
        return query;
    }

    /** What is told of a conversation, and is no name of it: that its user has deleted it. Nobody has said that. */
    private static ObjectNode withoutName() {
        ObjectNode query = JsonNodeFactory.instance.objectNode();
        ObjectNode bool = query.putObject("bool");
        bool.putArray("filter").add(Elastic.term("role", Conversations.NAME));
        bool.putArray("must_not").addObject().putObject("exists").put("field", TextQuery.FOLDED);
        return query;
    }

    private ObjectNode clause(String orgId, SearchBody search, SearchFilter filter, List<String> values) {
        String field = filter.field();
        if (field != null) {
            return Elastic.anyOf(field, values);
        }
        return ofLabels(
                filter == SearchFilter.USER
                        ? people.labels(orgId, values)
                        : people.labelsOfGroups(orgId, values, search.groupAt()));
    }

    /** What these people have said or been told; none: nothing. */
    static ObjectNode ofLabels(List<String> labels) {
        ObjectNode query = JsonNodeFactory.instance.objectNode();
        query.putObject("bool")
                .put("minimum_should_match", 1)
                .putArray("should")
                .add(Elastic.anyOf("labels", labels))
                .add(Elastic.anyOf("user", labels));
        return query;
    }

    static ObjectNode ofConversations(List<String> ids) {
        return Elastic.anyOf("conversation_id", ids);
    }

    static ObjectNode ofProjects(List<String> ids) {
        return Elastic.anyOf("project_id", ids);
    }

    /** A document may lack the field, and is not so then. */
    static void flag(List<ObjectNode> filters, String field, @Nullable Boolean wanted) {
        if (wanted == null) {
            return;
        }
        ObjectNode is = JsonNodeFactory.instance.objectNode();
        is.putObject("term").put(field, true);
        if (wanted) {
            filters.add(is);
        } else {
            ObjectNode not = JsonNodeFactory.instance.objectNode();
            not.putObject("bool").putArray("must_not").add(is);
            filters.add(not);
        }
    }
}
