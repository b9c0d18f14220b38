package io.sluice.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A PATCH (RFC 7644, 3.5.2) in any of the forms in which Entra and Okta write it, read once and applicable to any number
 * of resources. For groups with many members see {@link GroupChange}, which does not need the members.
 */
public final class ScimPatch {
    private final ScimResourceType type;
    private final List<PatchStep> steps;
    private final List<String> ignored;

    /**
     * What became of a resource.
     *
     * @param resource canonical; a new tree, the given one is left as it was
     * @param changed false if every value was as asked for already: then there is no new version
     */
    public record Patched(ObjectNode resource, boolean changed) {}

    private ScimPatch(ScimResourceType type, List<PatchStep> steps, List<String> ignored) {
        this.type = type;
        this.steps = steps;
        this.ignored = ignored;
    }

    /**
     * Reads a PATCH.
     *
     * @throws ScimException 400: {@code invalidSyntax} (not a PATCH), {@code invalidPath} (a path that is none, or to
     *     nothing in the schema), {@code invalidFilter}, {@code noTarget} (remove without path), {@code mutability}
     *     (read-only), {@code invalidValue}
     */
    public static ScimPatch parse(ScimResourceType type, ObjectNode body) {
        PatchStep.Steps steps = PatchStep.parse(type, body);
        return new ScimPatch(type, List.copyOf(steps.steps()), List.copyOf(steps.ignored()));
    }

    /** Names in the request that are not kept, fit for a log. Never {@code password}. */
    public List<String> ignored() {
        return ignored;
    }

    /**
     * Applies all operations in their order, or none.
     *
     * @param resource canonical, as {@link ScimNormalizer} makes it, with {@code id} and {@code meta} or without
     * @throws ScimException 400: {@code noTarget} (replace with a filter that no element fits and that does not say what
     *     to create), {@code mutability} (a required attribute would go), {@code invalidValue}
     */
    public Patched apply(ObjectNode resource) {
        ObjectNode out = resource.deepCopy();
        for (PatchStep step : steps) {
            apply(step, out);
        }
        mergeEqualElements(out);
        ScimNormalizer.requireRequired(type, out, ScimErrorType.MUTABILITY);
        ObjectNode complete = ScimNormalizer.complete(type, out);
        ObjectNode before = ScimNormalizer.complete(type, resource.deepCopy());
        return new Patched(complete, !complete.equals(before));
    }

    /** Elements that became the same in value and type are one. */
    private void mergeEqualElements(ObjectNode resource) {
        for (ScimAttribute attribute : type.schema().attributes()) {
            if (!attribute.readOnly() && resource.get(attribute.name()) instanceof ArrayNode list) {
                ArrayNode merged = ScimJson.array();
                list.forEach(element -> Values.append(merged, attribute, element));
                resource.set(attribute.name(), merged);
            }
        }
    }

    private void apply(PatchStep step, ObjectNode resource) {
        Target target = step.path().target();
        ScimAttribute attribute = target.attribute();
        if (attribute == null) {
            resource.remove(target.schema().urn());
        } else if (step.kind() == PatchStep.Kind.REMOVE) {
            remove(step, target, attribute, resource);
        } else {
            JsonNode canonical = canonical(step, target, attribute);
            if (canonical != null) {
                write(step, target, attribute, canonical, resource);
            } else if (step.kind() == PatchStep.Kind.REPLACE) {
                remove(new PatchStep(PatchStep.Kind.REMOVE, step.path(), null), target, attribute, resource);
            }
        }
    }

    private static @Nullable JsonNode canonical(PatchStep step, Target target, ScimAttribute attribute) {
        JsonNode value = step.value();
        if (value == null) {
            return null;
        }
        ScimAttribute sub = target.sub();
        if (sub != null && !(sub.name().equals("value") && Values.isPacked(attribute, value))) {
            return Values.of(sub, target.name(), value);
        }
        if (step.path().filter() == null && sub == null) {
            return Values.of(attribute, target.name(), value);
        }
        JsonNode one = value instanceof ArrayNode list && list.size() == 1 ? list.get(0) : value;
        if (one.isNull()) {
            return null;
        }
        ObjectNode part = Values.object(attribute, target.name(), one);
        return part.isEmpty() ? null : part;
    }

    private static void write(
            PatchStep step, Target target, ScimAttribute attribute, JsonNode canonical, ObjectNode resource) {
        ObjectNode container = target.containerForWriting(resource);
        if (!attribute.multiValued()) {
            JsonNode whole = canonical;
            if (target.sub() != null) {
                ObjectNode parent = ScimJson.object();
                parent.set(target.sub().name(), canonical);
                whole = parent;
            }
            ScimNormalizer.merge(container, attribute, whole);
            return;
        }
        ArrayNode list = container.get(attribute.name()) instanceof ArrayNode present
                ? present
                : container.putArray(attribute.name());
        JsonNode preferred = null;
        if (step.path().filter() == null && target.sub() == null) {
            if (step.kind() == PatchStep.Kind.REPLACE) {
                list.removeAll();
            }
            for (JsonNode element : canonical) {
                JsonNode added = Values.append(list, attribute, element);
                preferred = element.path("primary").asBoolean() ? added : preferred;
            }
            if (list.size() > Values.MOST_ELEMENTS) {
                throw ScimException.invalid(
                        ScimErrorType.INVALID_VALUE, target.name(), list, "a list of at most " + Values.MOST_ELEMENTS);
            }
        } else {
            preferred = writeElements(step, target, canonical, list);
        }
        Values.keepOnePrimary(list, preferred);
        tidy(container, attribute, list);
    }

    /**
     * Writes to the elements that fit, or to a new one if none does; what the value does not name stays, for replace too.
     * Returns the one that is primary now, if any.
     */
    private static @Nullable JsonNode writeElements(PatchStep step, Target target, JsonNode canonical, ArrayNode list) {
        List<ObjectNode> elements = fitting(list, step.path().filter());
        if (elements.isEmpty()) {
            elements.add(list.addObject());
            elements.get(0).setAll(created(step));
        }
        JsonNode preferred = null;
        for (ObjectNode element : elements) {
            if (canonical instanceof ObjectNode object) {
                element.setAll(object.deepCopy());
            } else if (target.sub() != null) {
                element.set(target.sub().name(), canonical);
            }
            preferred = element.path("primary").asBoolean() ? element : preferred;
        }
        return preferred;
    }

    /**
     * What an element has to have so that the filter fits it. Entra adds and replaces {@code emails[type eq
     * "work"].value} where there is no such element, and expects it to be made.
     */
    private static ObjectNode created(PatchStep step) {
        ScimFilter filter = step.path().filter();
        ObjectNode element = ScimJson.object();
        boolean describes = filter == null || describe(filter.condition(), element);
        if (!describes || (step.kind() == PatchStep.Kind.REPLACE && element.has("value"))) {
            throw ScimException.badRequest(
                    ScimErrorType.NO_TARGET,
                    "path: no element of " + step.path().target().name() + " fits (expected: one that does)");
        }
        return element;
    }

    /** Whether the condition consists of equalities only; these are set. */
    private static boolean describe(Condition condition, ObjectNode element) {
        if (condition instanceof Condition.And and) {
            return and.all().stream().allMatch(part -> describe(part, element));
        }
        if (condition instanceof Condition.Text text && text.operator() == Condition.Operator.EQ) {
            return set(element, text.place(), TextNode.valueOf(text.operand()));
        }
        return condition instanceof Condition.IsTrue isTrue
                && set(element, isTrue.place(), BooleanNode.valueOf(isTrue.expected()));
    }

    private static boolean set(ObjectNode element, Condition.Place place, JsonNode value) {
        element.set(place.leaf().name(), value);
        return true;
    }

    private static List<ObjectNode> fitting(ArrayNode list, @Nullable ScimFilter filter) {
        List<ObjectNode> fitting = new ArrayList<>();
        for (JsonNode element : list) {
            if (element instanceof ObjectNode object && (filter == null || filter.matches(object))) {
                fitting.add(object);
            }
        }
        return fitting;
    }

    private static void remove(PatchStep step, Target target, ScimAttribute attribute, ObjectNode resource) {
        ObjectNode container = target.container(resource);
        if (container == null) {
            return;
        }
        JsonNode present = container.get(attribute.name());
        if (present instanceof ArrayNode list) {
            removeFrom(step, target, attribute, list);
            tidy(container, attribute, list);
        } else if (target.sub() != null && present instanceof ObjectNode object) {
            object.remove(target.sub().name());
            if (object.isEmpty()) {
                container.remove(attribute.name());
            }
        } else if (target.sub() == null) {
            container.remove(attribute.name());
        }
    }

    private static void removeFrom(PatchStep step, Target target, ScimAttribute attribute, ArrayNode list) {
        ScimFilter filter = step.path().filter();
        if (target.sub() != null) {
            String name = target.sub().name();
            fitting(list, filter).forEach(element -> element.remove(name));
            return;
        }
        Set<String> values = filter == null ? listed(target, attribute, step.value()) : null;
        for (Iterator<JsonNode> elements = list.iterator(); elements.hasNext(); ) {
            JsonNode element = elements.next();
            boolean goes = values != null
                    ? values.contains(
                            comparable(attribute, element.path("value").asText("")))
                    : filter == null || (element instanceof ObjectNode object && filter.matches(object));
            if (goes) {
                elements.remove();
            }
        }
    }

    /** The values in the list that Entra sends with a remove; null if there is no list, which means all. */
    private static @Nullable Set<String> listed(Target target, ScimAttribute attribute, @Nullable JsonNode value) {
        if (value == null || value.isNull()) {
            return null;
        }
        Set<String> values = new HashSet<>();
        JsonNode list = Values.of(attribute, target.name(), value);
        if (list != null) {
            list.forEach(element ->
                    values.add(comparable(attribute, element.path("value").asText(""))));
        }
        return values;
    }

    private static String comparable(ScimAttribute attribute, String value) {
        ScimAttribute sub = attribute.sub("value");
        return sub != null && sub.caseExact() ? value : ScimJson.fold(value);
    }

    private static void tidy(ObjectNode container, ScimAttribute attribute, ArrayNode list) {
        for (Iterator<JsonNode> elements = list.iterator(); elements.hasNext(); ) {
            if (!(elements.next() instanceof ObjectNode object) || !Values.holdsSomething(attribute, object)) {
                elements.remove();
            }
        }
        if (list.isEmpty()) {
            container.remove(attribute.name());
        }
    }
}
