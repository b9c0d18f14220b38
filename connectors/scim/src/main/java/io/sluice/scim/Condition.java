package io.sluice.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A compiled filter. The scope is a resource, or within brackets one element of an attribute. */
sealed interface Condition {
    boolean test(ObjectNode scope);

    /** Where a leaf finds its values. {@code name} is canonical and complete, also within brackets. */
    record Place(
            String name,
            @Nullable String extension,
            ScimAttribute attribute,
            @Nullable ScimAttribute sub) {

        /** What decides how values are compared. */
        ScimAttribute leaf() {
            return sub == null ? attribute : sub;
        }

        /** The values that are there: none, one, or for multi-valued attributes several. Never null or empty ones. */
        List<JsonNode> values(ObjectNode scope) {
            JsonNode container = extension == null ? scope : scope.get(extension);
            JsonNode node = container == null ? null : container.get(attribute.name());
            List<JsonNode> values = new ArrayList<>();
            if (node instanceof ArrayNode list) {
                list.forEach(element -> add(values, element));
            } else if (node != null) {
                add(values, node);
            }
            return values;
        }

        private void add(List<JsonNode> values, JsonNode element) {
            JsonNode value = sub == null ? element : element.get(sub.name());
            if (value != null && !value.isNull() && !(value.isContainerNode() && value.isEmpty())) {
                values.add(value);
            }
        }
    }

    record And(List<Condition> all) implements Condition {
        @Override
        public boolean test(ObjectNode scope) {
            return all.stream().allMatch(condition -> condition.test(scope));
        }
    }

    record Or(List<Condition> any) implements Condition {
        @Override
        public boolean test(ObjectNode scope) {
            return any.stream().anyMatch(condition -> condition.test(scope));
        }
    }

    record Not(Condition inner) implements Condition {
        @Override
        public boolean test(ObjectNode scope) {
            return !inner.test(scope);
        }
    }

    record Present(Place place) implements Condition {
        @Override
        public boolean test(ObjectNode scope) {
            return !place.values(scope).isEmpty();
        }
    }

    /** Some one element of the attribute has to fulfil all of the inner condition. */
    record Element(Place place, Condition inner) implements Condition {
        @Override
        public boolean test(ObjectNode scope) {
            return place.values(scope).stream()
                    .anyMatch(element -> element instanceof ObjectNode object && inner.test(object));
        }
    }

    record IsTrue(Place place, boolean expected) implements Condition {
        @Override
        public boolean test(ObjectNode scope) {
            return place.values(scope).stream()
                    .anyMatch(value -> value.isBoolean() && value.booleanValue() == expected);
        }
    }

    /** Comparison of text. Folded on both sides unless the attribute is case-exact. */
    record Text(Place place, Operator operator, String operand) implements Condition {
        @Override
        public boolean test(ObjectNode scope) {
            boolean exact = place.leaf().caseExact();
            String right = exact ? operand : ScimJson.fold(operand);
            return place.values(scope).stream()
                    .anyMatch(value -> value.isTextual()
                            && operator.holds(exact ? value.textValue() : ScimJson.fold(value.textValue()), right));
        }
    }

    record Time(Place place, Operator operator, Instant operand) implements Condition {
        @Override
        public boolean test(ObjectNode scope) {
            return place.values(scope).stream().anyMatch(value -> {
                Instant left = value.isTextual() ? instant(value.textValue()) : null;
                return left != null && operator.holds(left.compareTo(operand));
            });
        }

        /** Null if it is not a date and time with an offset. */
        static @Nullable Instant instant(String text) {
            try {
                return OffsetDateTime.parse(text).toInstant();
            } catch (DateTimeException e) {
                return null;
            }
        }
    }

    /** {@code ne} is {@code not (eq)}, so that it holds also where there is no value. */
    enum Operator {
        EQ,
        CO,
        SW,
        EW,
        GT,
        GE,
        LT,
        LE;

        boolean holds(String left, String right) {
            return switch (this) {
                case CO -> left.contains(right);
                case SW -> left.startsWith(right);
                case EW -> left.endsWith(right);
                case EQ, GT, GE, LT, LE -> holds(left.compareTo(right));
            };
        }

        boolean holds(int comparison) {
            return switch (this) {
                case EQ -> comparison == 0;
                case GT -> comparison > 0;
                case GE -> comparison >= 0;
                case LT -> comparison < 0;
                case LE -> comparison <= 0;
                case CO, SW, EW -> throw new IllegalStateException(this + " does not order");
            };
        }

        boolean ordersOrEquals() {
            return switch (this) {
                case EQ, GT, GE, LT, LE -> true;
                case CO, SW, EW -> false;
            };
        }
    }
}
