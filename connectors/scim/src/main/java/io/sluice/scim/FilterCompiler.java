package io.sluice.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.unboundid.scim2.common.filters.Filter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The library's filter tree to a {@link Condition}, checked against the schema. */
final class FilterCompiler {
    static final int MOST_COMPARISONS = 200;

    private final @Nullable ScimResourceType type;
    private final String text;
    private int comparisons;

    /** @param type null for a filter within brackets only */
    FilterCompiler(@Nullable ScimResourceType type, String text) {
        this.type = type;
        this.text = text;
    }

    /**
     * @param within the attribute whose elements are the scope, or null for the whole resource
     * @throws ScimException 400 {@code invalidFilter}
     */
    Condition compile(Filter filter, Condition.@Nullable Place within) {
        return switch (filter.getFilterType()) {
            case AND -> new Condition.And(all(filter, within));
            case OR -> new Condition.Or(all(filter, within));
            case NOT -> new Condition.Not(compile(filter.getInvertedFilter(), within));
            case COMPLEX_VALUE -> element(filter, within);
            case PRESENT -> new Condition.Present(count(place(filter, within)));
            case NOT_EQUAL -> new Condition.Not(compare(Condition.Operator.EQ, filter, within));
            case EQUAL -> compare(Condition.Operator.EQ, filter, within);
            case CONTAINS -> compare(Condition.Operator.CO, filter, within);
            case STARTS_WITH -> compare(Condition.Operator.SW, filter, within);
            case ENDS_WITH -> compare(Condition.Operator.EW, filter, within);
            case GREATER_THAN -> compare(Condition.Operator.GT, filter, within);
            case GREATER_OR_EQUAL -> compare(Condition.Operator.GE, filter, within);
            case LESS_THAN -> compare(Condition.Operator.LT, filter, within);
            case LESS_OR_EQUAL -> compare(Condition.Operator.LE, filter, within);
        };
    }

    private List<Condition> all(Filter filter, Condition.@Nullable Place within) {
        List<Condition> all = new ArrayList<>();
        for (Filter part : filter.getCombinedFilters()) {
            all.add(compile(part, within));
        }
        return List.copyOf(all);
    }

    private Condition element(Filter filter, Condition.@Nullable Place within) {
        Condition.Place place = place(filter, within);
        if (within != null || !place.leaf().complex()) {
            throw refused(place.name(), "brackets behind a complex attribute only");
        }
        return new Condition.Element(place, compile(filter.getValueFilter(), place));
    }

    private Condition compare(Condition.Operator operator, Filter filter, Condition.@Nullable Place within) {
        Condition.Place place = count(place(filter, within));
        JsonNode operand = filter.getComparisonValue();
        if (operand.isNull() && operator == Condition.Operator.EQ) {
            return new Condition.Not(new Condition.Present(place));
        }
        if (place.leaf().complex()) {
            place = valueOf(place);
        }
        String name = place.name();
        return switch (place.leaf().type()) {
            case STRING, REFERENCE -> new Condition.Text(place, operator, text(name, operand));
            case BOOLEAN -> {
                if (operator != Condition.Operator.EQ) {
                    throw refused(name, "eq, ne or pr, since it is a boolean");
                }
                yield new Condition.IsTrue(place, bool(name, operand));
            }
            case DATE_TIME -> {
                Instant instant = Condition.Time.instant(text(name, operand));
                if (instant == null || !operator.ordersOrEquals()) {
                    throw refused(name, "eq, ne, gt, ge, lt or le with a date and time such as 2026-09-21T14:13:20Z");
                }
                yield new Condition.Time(place, operator, instant);
            }
            case INTEGER -> throw refused(name, "no number, since no resource has one");
            case COMPLEX -> throw refused(name, "a sub-attribute of it");
        };
    }

    /** A complex attribute in a comparison stands for its {@code value} (RFC 7644, 3.4.2.2). */
    private Condition.Place valueOf(Condition.Place place) {
        ScimAttribute value = place.attribute().sub("value");
        if (place.sub() != null || value == null) {
            throw refused(place.name(), "a sub-attribute of it");
        }
        return new Condition.Place(place.name() + ".value", place.extension(), place.attribute(), value);
    }

    private String text(String name, JsonNode operand) {
        if (!operand.isTextual() || !Text.isClean(operand.textValue())) {
            throw refused(name, "a comparison with text without NUL and lone surrogates, not " + Shape.of(operand));
        }
        return operand.textValue();
    }

    private boolean bool(String name, JsonNode operand) {
        Boolean value = Text.bool(operand);
        if (value == null) {
            throw refused(name, "true or false");
        }
        return value;
    }

    private Condition.Place count(Condition.Place place) {
        if (++comparisons > MOST_COMPARISONS) {
            throw FilterText.refused(text, "at most " + MOST_COMPARISONS + " comparisons");
        }
        return place;
    }

    private Condition.Place place(Filter filter, Condition.@Nullable Place within) {
        String name = filter.getAttributePath().toString();
        if (within != null) {
            ScimAttribute sub = within.attribute().sub(name);
            if (sub == null) {
                throw refused(Shape.name(name), "a sub-attribute of " + within.name());
            }
            return new Condition.Place(within.name() + "." + sub.name(), null, sub, null);
        }
        Target target = type == null ? null : type.resolve(name);
        if (target == null || target.attribute() == null) {
            throw refused(Shape.name(name), "an attribute that is listed in /Schemas");
        }
        return new Condition.Place(
                target.name(), target.core() ? null : target.schema().urn(), target.attribute(), target.sub());
    }

    private static ScimException refused(String name, String expected) {
        return ScimException.badRequest(
                ScimErrorType.INVALID_FILTER, "filter: " + name + " (expected: " + expected + ")");
    }
}
