package io.sluice.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a request does to a group, without the group: a store that keeps members apart applies it to one of 20,000 without
 * reading the others. Ids of members are as the client sent them; whether they exist is the store's to find out.
 *
 * @param displayName the new name, or null if it stays
 * @param externalId what becomes of it, or null if it stays
 * @param members in the order in which they apply; empty if the members stay
 * @param displayed ids of those whose {@code display} the client gives, and so expects in answers
 * @param ignored names in the request that are not kept, fit for a log
 */
public record GroupChange(
        @Nullable String displayName,
        @Nullable ExternalId externalId,
        List<MemberChange> members,
        Set<String> displayed,
        List<String> ignored) {
    /** In one request. A body of 1 MiB with one object per member holds about 20,000. */
    public static final int MOST_MEMBERS = 100_000;

    /**
     * What becomes of the external id.
     *
     * @param value the new one, or null if there is none from now on
     */
    public record ExternalId(@Nullable String value) {}

    /** One step. Ids are without repetition, in the order of the request. */
    public sealed interface MemberChange {
        /** Those that are members already stay so. */
        record Add(List<String> ids) implements MemberChange {}

        /** Those that are no members are let pass. */
        record Remove(List<String> ids) implements MemberChange {}

        record RemoveAll() implements MemberChange {}

        /** From now on these and no others. */
        record ReplaceAll(List<String> ids) implements MemberChange {}
    }

    public GroupChange {
        members = List.copyOf(members);
        displayed = Set.copyOf(displayed);
        ignored = List.copyOf(ignored);
    }

    /**
     * The body of a create or a PUT: all of the group, so {@code displayName} and {@code externalId} are given, and
     * members that are not named are none.
     *
     * @throws ScimException 400 {@code invalidValue}, {@code invalidSyntax}
     */
    public static GroupChange ofBody(ObjectNode body) {
        ObjectNode rest = ScimJson.object();
        List<String> ids = List.of();
        Set<String> displayed = new HashSet<>();
        for (var entry : body.properties()) {
            Target target = ScimResourceType.GROUP.resolve(entry.getKey());
            if (isMembers(target)) {
                ids = ids(entry.getValue(), displayed);
            } else {
                rest.set(entry.getKey(), entry.getValue());
            }
        }
        ScimNormalizer.Normalized group = ScimNormalizer.group(rest);
        JsonNode externalId = group.resource().get("externalId");
        return new GroupChange(
                ScimNormalizer.requireText(
                        "displayName", group.resource().get("displayName"), ScimErrorType.INVALID_VALUE),
                new ExternalId(externalId == null ? null : externalId.textValue()),
                List.of(ids.isEmpty() ? new MemberChange.RemoveAll() : new MemberChange.ReplaceAll(ids)),
                displayed,
                group.ignored());
    }

    /**
     * Whether the operations of a PATCH are spelled {@code Add}, {@code Replace}, {@code Remove}, as only Entra does.
     *
     * @param body that {@link #ofPatch} takes
     */
    public static boolean isSpelledAsEntraDoes(ObjectNode body) {
        JsonNode operations = ScimJson.field(body, "Operations");
        for (JsonNode operation : operations == null ? ScimJson.object() : operations) {
            JsonNode op = operation instanceof ObjectNode object ? ScimJson.field(object, "op") : null;
            String word = op == null ? "" : op.asText();
            if (!word.isEmpty() && Character.isUpperCase(word.charAt(0))) {
                return true;
            }
        }
        return false;
    }

    /**
     * The body of a PATCH. Members are added, removed by a list or by {@code members[value eq "..."]} (several with
     * {@code or}), replaced, or removed altogether.
     *
     * @throws ScimException 400 as {@link ScimPatch#parse}; {@code mutability} for a change within a member, since
     *     members are replaced whole (RFC 7643, 4.2), and for a name that would go
     */
    public static GroupChange ofPatch(ObjectNode body) {
        PatchStep.Steps steps = PatchStep.parse(ScimResourceType.GROUP, body);
        String displayName = null;
        ExternalId externalId = null;
        List<MemberChange> members = new ArrayList<>();
        Set<String> displayed = new HashSet<>();
        for (PatchStep step : steps.steps()) {
            Target target = step.path().target();
            if (isMembers(target)) {
                members(step, members, displayed);
            } else if (target.name().equals("displayName")) {
                displayName = ScimNormalizer.requireText("displayName", text(step, target), ScimErrorType.MUTABILITY);
            } else if (target.name().equals("externalId")) {
                JsonNode value = text(step, target);
                if (value != null || step.kind() != PatchStep.Kind.ADD) {
                    externalId = new ExternalId(value == null ? null : value.textValue());
                }
            } else {
                throw PatchPath.refused(target.name(), "displayName, externalId or members");
            }
        }
        return new GroupChange(displayName, externalId, members, displayed, List.copyOf(steps.ignored()));
    }

    /** Whether it changes nothing whatever the group is. */
    public boolean isEmpty() {
        return displayName == null && externalId == null && members.isEmpty();
    }

    private static boolean isMembers(@Nullable Target target) {
        return target != null
                && target.attribute() != null
                && target.attribute().name().equals("members");
    }

    private static @Nullable JsonNode text(PatchStep step, Target target) {
        ScimAttribute attribute = target.attribute();
        JsonNode value = step.kind() == PatchStep.Kind.REMOVE ? null : step.value();
        return attribute == null || value == null ? null : Values.of(attribute, target.name(), value);
    }

    private static void members(PatchStep step, List<MemberChange> out, Set<String> displayed) {
        ScimFilter filter = step.path().filter();
        JsonNode value = step.value();
        if (step.path().target().sub() != null || (filter != null && step.kind() != PatchStep.Kind.REMOVE)) {
            throw ScimException.badRequest(
                    ScimErrorType.MUTABILITY,
                    "path: within a member (expected: members as a whole, since a member never changes)");
        }
        switch (step.kind()) {
            case ADD -> {
                List<String> ids = ids(value, displayed);
                if (!ids.isEmpty()) {
                    out.add(new MemberChange.Add(ids));
                }
            }
            case REPLACE -> {
                List<String> ids = ids(value, displayed);
                out.add(ids.isEmpty() ? new MemberChange.RemoveAll() : new MemberChange.ReplaceAll(ids));
            }
            case REMOVE -> {
                if (filter != null) {
                    Set<String> ids = new LinkedHashSet<>();
                    idsOf(filter.condition(), ids);
                    out.add(new MemberChange.Remove(List.copyOf(ids)));
                } else if (value == null || value.isNull()) {
                    out.add(new MemberChange.RemoveAll());
                } else {
                    List<String> ids = ids(value, new HashSet<>());
                    if (!ids.isEmpty()) {
                        out.add(new MemberChange.Remove(ids));
                    }
                }
            }
        }
    }

    private static void idsOf(Condition condition, Set<String> ids) {
        if (condition instanceof Condition.Or or) {
            or.any().forEach(part -> idsOf(part, ids));
        } else if (condition instanceof Condition.Text text
                && text.operator() == Condition.Operator.EQ
                && text.place().name().equals("members.value")) {
            ids.add(text.operand());
        } else {
            throw ScimException.badRequest(
                    ScimErrorType.INVALID_FILTER,
                    "path: members with another filter (expected: value eq \"...\", or several joined by or)");
        }
    }

    /** Objects with {@code value}, texts, or one of them alone. {@code $ref} is let pass, {@code display} noted. */
    private static List<String> ids(@Nullable JsonNode value, Set<String> displayed) {
        Set<String> ids = new LinkedHashSet<>();
        if (value instanceof ArrayNode list) {
            if (list.size() > MOST_MEMBERS) {
                throw ScimException.invalid(
                        ScimErrorType.INVALID_VALUE, "members", value, "a list of at most " + MOST_MEMBERS);
            }
            list.forEach(element -> addId(ids, displayed, element));
        } else if (value != null) {
            addId(ids, displayed, value);
        }
        return List.copyOf(ids);
    }

    private static void addId(Set<String> ids, Set<String> displayed, JsonNode element) {
        if (element.isNull() || (element.isObject() && element.isEmpty())) {
            return;
        }
        JsonNode id = element instanceof ObjectNode object ? ScimJson.field(object, "value") : element;
        if (id == null
                || !id.isTextual()
                || id.textValue().isBlank()
                || id.textValue().length() > Values.LONGEST_TEXT
                || !Text.isClean(id.textValue())) {
            throw ScimException.invalid(
                    ScimErrorType.INVALID_VALUE, "members.value", id == null ? element : id, "the id of a member");
        }
        ids.add(id.textValue());
        if (element instanceof ObjectNode object && ScimJson.field(object, "display") != null) {
            displayed.add(id.textValue());
        }
    }
}
