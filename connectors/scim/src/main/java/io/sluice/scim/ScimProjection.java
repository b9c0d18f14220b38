package io.sluice.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which attributes an answer has (RFC 7644, 3.9): {@code attributes} or {@code excludedAttributes}, not both. {@code id}
 * and {@code schemas} are always there, {@code password} never. Names that are not in the schema are let pass.
 */
public final class ScimProjection {
    private static final int MOST_NAMES = 200;

    private final ScimResourceType type;
    private final List<Target> targets;
    private final boolean excludes;

    private ScimProjection(ScimResourceType type, List<Target> targets, boolean excludes) {
        this.type = type;
        this.targets = List.copyOf(targets);
        this.excludes = excludes;
    }

    /** Everything. */
    public static ScimProjection all(ScimResourceType type) {
        return new ScimProjection(type, List.of(), true);
    }

    /**
     * From the query.
     *
     * @param attributes names with commas between them; null or blank if not given
     * @param excludedAttributes likewise
     * @throws ScimException 400 {@code invalidValue} if both are given
     */
    public static ScimProjection of(
            ScimResourceType type, @Nullable String attributes, @Nullable String excludedAttributes) {
        return of(type, split(attributes), split(excludedAttributes));
    }

    static ScimProjection of(ScimResourceType type, List<String> attributes, List<String> excluded) {
        if (!attributes.isEmpty() && !excluded.isEmpty()) {
            throw ScimException.badRequest(
                    ScimErrorType.INVALID_VALUE,
                    "excludedAttributes: given together with attributes (expected: one of them)");
        }
        List<String> names = attributes.isEmpty() ? excluded : attributes;
        if (names.size() > MOST_NAMES) {
            throw ScimException.badRequest(
                    ScimErrorType.INVALID_VALUE,
                    "attributes: " + names.size() + " names (expected: at most " + MOST_NAMES + ")");
        }
        List<Target> targets = new ArrayList<>();
        for (String name : names) {
            Target target = type.resolve(name.trim());
            if (target != null) {
                targets.add(target);
            }
        }
        return new ScimProjection(type, targets, attributes.isEmpty());
    }

    private static List<String> split(@Nullable String names) {
        List<String> split = new ArrayList<>();
        if (names != null) {
            for (String name : names.split(",", -1)) {
                if (!name.isBlank()) {
                    split.add(name.trim());
                }
            }
        }
        return split;
    }

    /** Whether any part of that core attribute is in the answer, so that it has to be read: {@code members}. */
    public boolean wants(String attribute) {
        boolean named = false;
        boolean whole = false;
        for (Target target : targets) {
            boolean all = target.core() && target.attribute() == null;
            if (all || (target.core() && isNamed(target, attribute))) {
                named = true;
                whole |= target.sub() == null;
            }
        }
        return excludes ? !whole : named;
    }

    private static boolean isNamed(Target target, String attribute) {
        return target.attribute() != null && target.attribute().name().equals(attribute);
    }

    /** The answer for a resource; a new tree, which shares no container with the given one. */
    public ObjectNode apply(ObjectNode resource) {
        ObjectNode out = excludes ? resource.deepCopy() : ScimJson.object();
        if (excludes) {
            targets.forEach(target -> exclude(target, out));
        } else {
            ScimSchemas.COMMON.stream()
                    .filter(ScimProjection::always)
                    .forEach(attribute -> include(new Target(type.schema(), true, attribute, null), resource, out));
            targets.forEach(target -> include(target, resource, out));
        }
        out.remove("password");
        return out;
    }

    private static boolean always(ScimAttribute attribute) {
        return attribute.returned() == ScimAttribute.Returned.ALWAYS;
    }

    private void exclude(Target target, ObjectNode out) {
        ObjectNode container = target.container(out);
        ScimAttribute attribute = target.attribute();
        if (container == null) {
            return;
        }
        if (attribute == null) {
            if (target.core()) {
                type.schema().attributes().forEach(each -> out.remove(each.name()));
            } else {
                out.remove(target.schema().urn());
            }
        } else if (target.sub() == null) {
            if (!always(attribute)) {
                container.remove(attribute.name());
            }
        } else {
            excludeSub(container, attribute.name(), target.sub().name());
        }
        if (!target.core() && container.isEmpty()) {
            out.remove(target.schema().urn());
        }
    }

    private static void excludeSub(ObjectNode container, String name, String sub) {
        JsonNode node = container.get(name);
        if (node instanceof ObjectNode object) {
            object.remove(sub);
        } else if (node instanceof ArrayNode list) {
            list.forEach(element -> ((ObjectNode) element).remove(sub));
        }
    }

    private void include(Target target, ObjectNode resource, ObjectNode out) {
        ObjectNode from = target.container(resource);
        if (from == null) {
            return;
        }
        if (target.attribute() == null) {
            if (target.core()) {
                type.schema().attributes().forEach(each -> copy(resource, each.name(), out));
            } else {
                out.set(target.schema().urn(), from.deepCopy());
            }
            return;
        }
        String name = target.attribute().name();
        JsonNode node = from.get(name);
        if (node == null) {
            return;
        }
        ObjectNode to = target.containerForWriting(out);
        if (target.sub() == null) {
            to.set(name, node.deepCopy());
        } else {
            includeSub(node, to, name, target.sub().name());
        }
    }

    private static void includeSub(JsonNode node, ObjectNode to, String name, String sub) {
        if (node instanceof ObjectNode object) {
            copy(object, sub, Target.child(to, name));
        } else if (node instanceof ArrayNode list) {
            ArrayNode copies = to.get(name) instanceof ArrayNode present ? present : to.putArray(name);
            for (int i = 0; i < list.size(); i++) {
                ObjectNode element = i < copies.size() ? (ObjectNode) copies.get(i) : copies.addObject();
                copy((ObjectNode) list.get(i), sub, element);
            }
        }
    }

    private static void copy(ObjectNode from, String name, ObjectNode to) {
        JsonNode node = from.get(name);
        if (node != null) {
            to.set(name, node.deepCopy());
        }
    }
}
