package io.sluice.scim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.unboundid.scim2.common.filters.Filter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A filter (RFC 7644, 3.4.2.2), compiled for one resource type. Thread-safe.
 *
 * <p>Names and operators are read in any case; text is compared as the attribute's {@code caseExact} says; dates and
 * times are compared in time. On a multi-valued attribute it is enough if one value fits; an attribute without
 * sub-attribute stands for its {@code value}. {@code ne} is the opposite of {@code eq} and {@code eq null} that of
 * {@code pr}: both hold also where nothing is assigned.
 */
public final class ScimFilter {
    private final Condition condition;
    private final List<Equality> equalities;
    private final Set<String> attributes;

    /**
     * A pair that must hold in every match.
     *
     * @param attribute canonical name with its sub-attribute: {@code userName}, {@code emails.value}
     * @param value as the client wrote it; compare folded ({@link ScimJson#fold}) unless {@code caseExact}
     */
    public record Equality(String attribute, String value, boolean caseExact) {}

    private ScimFilter(Condition condition) {
        this.condition = condition;
        List<Equality> pairs = new ArrayList<>();
        collectEqualities(condition, pairs);
        this.equalities = List.copyOf(pairs);
        Set<String> names = new HashSet<>();
        collectAttributes(condition, names);
        this.attributes = Set.copyOf(names);
    }

    /**
     * Reads a filter.
     *
     * @throws ScimException 400 {@code invalidFilter}: outside the grammar, over a limit (8,192 characters, 32 deep, 200
     *     comparisons), an attribute that is not in the schema, or an operator or value that does not go with its type
     */
    public static ScimFilter parse(ScimResourceType type, String text) {
        Filter filter = FilterText.parse(text);
        return new ScimFilter(new FilterCompiler(type, text).compile(filter, null));
    }

    /** The filter between brackets in a PATCH path; it {@link #matches} elements. */
    static ScimFilter ofElements(String name, ScimAttribute attribute, String text) {
        Filter filter = FilterText.parse(text);
        Condition.Place within = new Condition.Place(name, null, attribute, null);
        return new ScimFilter(new FilterCompiler(null, text).compile(filter, within));
    }

    /**
     * Whether the filter holds for a resource.
     *
     * @param resource canonical, as {@link ScimNormalizer} makes it, with {@code id} and {@code meta} if the filter may ask
     *     for them
     */
    public boolean matches(ObjectNode resource) {
        return condition.test(resource);
    }

    /**
     * Comparisons with text that hold in every match: those joined by {@code and} at the top, also within brackets. A
     * store can look candidates up by any one of them, and ask {@link #matches} for the rest. Empty if there is none.
     */
    public List<Equality> equalities() {
        return equalities;
    }

    /** Whether it looks at that attribute, given by its canonical name without sub-attribute: {@code members}. */
    public boolean reads(String attribute) {
        return attributes.contains(attribute);
    }

    Condition condition() {
        return condition;
    }

    private static void collectEqualities(Condition condition, List<Equality> pairs) {
        if (condition instanceof Condition.And and) {
            and.all().forEach(part -> collectEqualities(part, pairs));
        } else if (condition instanceof Condition.Element element) {
            collectEqualities(element.inner(), pairs);
        } else if (condition instanceof Condition.Text text && text.operator() == Condition.Operator.EQ) {
            pairs.add(new Equality(
                    text.place().name(), text.operand(), text.place().leaf().caseExact()));
        }
    }

    private static void collectAttributes(Condition condition, Set<String> names) {
        if (condition instanceof Condition.And and) {
            and.all().forEach(part -> collectAttributes(part, names));
        } else if (condition instanceof Condition.Or or) {
            or.any().forEach(part -> collectAttributes(part, names));
        } else if (condition instanceof Condition.Not not) {
            collectAttributes(not.inner(), names);
        } else if (condition instanceof Condition.Element element) {
            names.add(topOf(element.place()));
        } else if (condition instanceof Condition.Present present) {
            names.add(topOf(present.place()));
        } else if (condition instanceof Condition.IsTrue isTrue) {
            names.add(topOf(isTrue.place()));
        } else if (condition instanceof Condition.Text text) {
            names.add(topOf(text.place()));
        } else if (condition instanceof Condition.Time time) {
            names.add(topOf(time.place()));
        }
    }

    private static String topOf(Condition.Place place) {
        return place.sub() == null
                ? place.name()
                : place.name().substring(0, place.name().lastIndexOf('.'));
    }
}
