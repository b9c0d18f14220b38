package io.sluice.elasticsearch;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.ContentTarget;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * What a hold or an erasure is about, as a query of messages. It finds what {@code Register} in {@code jobs/core} says is
 * covered: dry runs and the execution of erasures ask it, so that both mean the same. Whose a message is that names nobody, the
 * index of conversations knows: of a target about people, {@link #unnamed} has to be asked as well.
 *
 * <p>Times are compared in whole milliseconds, as the index has them; {@code until} is rounded up.
 */
public final class TargetQuery {
    private static final long MICROS_PER_MILLI = 1000;

    private TargetQuery() {}

    /** Messages of an organization that a target covers; never a stub. */
    public static ObjectNode of(String orgId, ContentTarget target) {
        return of(orgId, List.of(target));
    }

    /** Messages of an organization that any of the targets covers; never a stub. None: nothing. */
    public static ObjectNode of(String orgId, Collection<ContentTarget> targets) {
        ObjectNode query = JsonNodeFactory.instance.objectNode();
        ObjectNode bool = query.putObject("bool");
        ArrayNode filter = bool.putArray("filter");
        filter.add(term("org_id", orgId));
        filter.add(clause(targets));
        bool.putArray("must_not").addObject().putObject("term").put("empty", true);
        return query;
    }

    /** Conversations of an organization that know one of the people whom a target is about. */
    public static ObjectNode conversations(String orgId, ContentTarget target) {
        ObjectNode query = JsonNodeFactory.instance.objectNode();
        query.putObject("bool").putArray("filter").add(term("org_id", orgId)).add(labels(target));
        return query;
    }

    /**
     * Messages that name nobody, and are whose their conversations are: what a target about people covers besides {@link #of}.
     *
     * @param conversationIds of {@link #conversations}
     */
    public static ObjectNode unnamed(String orgId, ContentTarget target, Collection<String> conversationIds) {
        ObjectNode query = JsonNodeFactory.instance.objectNode();
        ObjectNode bool = query.putObject("bool");
        ArrayNode filter = bool.putArray("filter");
        filter.add(term("org_id", orgId));
        filter.add(before(target, anyOf("conversation_id", conversationIds)));
        if (target.getProduct() != null) {
            filter.add(term("product", target.getProduct()));
        }
        ArrayNode not = bool.putArray("must_not");
        not.addObject().putObject("term").put("empty", true);
        not.addObject().putObject("exists").put("field", "labels");
        return query;
    }

    private static ObjectNode clause(Collection<ContentTarget> targets) {
        ObjectNode any = JsonNodeFactory.instance.objectNode();
        if (targets.isEmpty()) {
            any.putObject("match_none");
            return any;
        }
        ObjectNode bool = any.putObject("bool");
        ArrayNode should = bool.putArray("should");
        targets.forEach(target -> should.add(clause(target)));
        bool.put("minimum_should_match", 1);
        return any;
    }

    private static ObjectNode clause(ContentTarget target) {
        return switch (target.getKind()) {
            case "conversation" -> anyOf("conversation_id", target.getConversationIds());
            case "user" -> before(target, labels(target));
            case "project" -> before(target, anyOf("project_id", target.getProjectIds()));
            case "search" -> anyOf("doc_id", target.getDocuments());
            case "retention" -> retention(target);
            default ->
                throw new IllegalArgumentException("target.kind: " + target.getKind()
                        + " (expected: conversation, user, project, search or retention)");
        };
    }

    private static ObjectNode retention(ContentTarget target) {
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        ArrayNode filter = all.putObject("bool").putArray("filter");
        if (target.getProduct() != null) {
            filter.add(term("product", target.getProduct()));
        }
        if (!target.getLabels().isEmpty()) {
            filter.add(labels(target));
        }
        if (filter.isEmpty()) {
            filter.addObject().putObject("match_all");
        }
        return before(target, all);
    }

    private static ObjectNode labels(ContentTarget target) {
        return anyOf(
                "labels",
                target.getLabels().stream()
                        .map(label -> label.toLowerCase(Locale.ROOT))
                        .toList());
    }

    private static ObjectNode before(ContentTarget target, ObjectNode clause) {
        if (target.getUntil() == null) {
            return clause;
        }
        long until = -Math.floorDiv(-target.getUntil(), MICROS_PER_MILLI);
        ObjectNode both = JsonNodeFactory.instance.objectNode();
        ArrayNode filter = both.putObject("bool").putArray("filter");
        filter.add(clause);
        filter.addObject()
                .putObject("range")
                .putObject("occurred_at")
                .put("lt", until)
                .put("format", "epoch_millis");
        return both;
    }

    private static ObjectNode term(String field, String value) {
        ObjectNode clause = JsonNodeFactory.instance.objectNode();
        clause.putObject("term").put(field, value);
        return clause;
    }

    private static ObjectNode anyOf(String field, Collection<String> values) {
        ObjectNode clause = JsonNodeFactory.instance.objectNode();
        ArrayNode terms = clause.putObject("terms").putArray(field);
        values.forEach(terms::add);
        return clause;
    }
}
