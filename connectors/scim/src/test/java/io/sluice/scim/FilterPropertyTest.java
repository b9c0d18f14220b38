package io.sluice.scim;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random filters on random users, against an evaluator that is written down straight from the RFC's words. */
class FilterPropertyTest {
    private static final List<String> WORDS = List.of("a", "A", "ab", "B", "b a", "", "ä", "x\"y", "z]");
    private static final List<String> TIMES = List.of(
            "2026-09-01T08:00:00Z", "2026-09-01T10:00:00+02:00", "2026-09-01T08:00:00.5Z", "2025-01-01T00:00:00Z");
    private static final String ENTERPRISE = ScimSchemas.ENTERPRISE_USER + ":";

    /** A filter as text, and what it means. */
    private record Both(String text, Predicate<JsonNode> meaning) {}

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261125})
    void meansWhatTheRfcSays(long seed) {
        Random random = new Random(seed);
        int held = 0;
        for (int i = 0; i < 3_000; i++) {
            Both both = filter(random, 4);
            ScimFilter filter = ScimFilter.parse(ScimResourceType.USER, both.text());
            for (int j = 0; j < 5; j++) {
                ObjectNode user = user(random);
                boolean expected = both.meaning().test(user);
                assertThat(filter.matches(user))
                        .as("seed %d, filter %s, user %s", seed, both.text(), user)
                        .isEqualTo(expected);
                held += expected ? 1 : 0;
                if (expected) {
                    assertEqualitiesHold(filter, user, seed);
                }
            }
        }
        assertThat(held).as("seed %d: both outcomes are frequent", seed).isBetween(3_000, 12_000);
    }

    private static void assertEqualitiesHold(ScimFilter filter, ObjectNode user, long seed) {
        for (ScimFilter.Equality pair : filter.equalities()) {
            assertThat(at(user, pair.attribute()))
                    .as("seed %d, %s in %s", seed, pair, user)
                    .anyMatch(value -> pair.caseExact()
                            ? value.asText().equals(pair.value())
                            : value.asText().equalsIgnoreCase(pair.value()));
        }
    }

    private static Both filter(Random random, int depth) {
        return switch (depth == 0 ? 0 : random.nextInt(7)) {
            case 1 -> {
                Both left = filter(random, depth - 1);
                Both right = filter(random, depth - 1);
                yield new Both(
                        "(" + left.text() + ") " + odd(random, "and") + " (" + right.text() + ")",
                        left.meaning().and(right.meaning()));
            }
            case 2 -> {
                Both a = leaf(random);
                Both b = leaf(random);
                Both c = leaf(random);
                yield new Both(
                        a.text() + " or " + b.text() + " and " + c.text(),
                        a.meaning().or(b.meaning().and(c.meaning())));
            }
            case 3 -> {
                Both inner = filter(random, depth - 1);
                yield new Both(
                        odd(random, "not") + " (" + inner.text() + ")",
                        inner.meaning().negate());
            }
            case 4 -> {
                Both type = text(random, "", "type", false);
                Both value = text(random, "", "value", false);
                boolean dotted = random.nextBoolean();
                String text = dotted
                        ? "emails[" + type.text() + "]." + value.text()
                        : "emails[" + type.text() + " and " + value.text() + "]";
                yield new Both(text, user -> {
                    boolean any = false;
                    for (JsonNode email : user.path("emails")) {
                        any |= type.meaning().and(value.meaning()).test(email);
                    }
                    return any;
                });
            }
            default -> leaf(random);
        };
    }

    private static Both leaf(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> text(random, "", "externalId", true);
            case 1 -> text(random, "name.", "givenName", false);
            case 2 -> text(random, "emails.", "value", false);
            case 3 -> text(random, ENTERPRISE, "department", false);
            case 4 -> {
                boolean expected = random.nextBoolean();
                yield new Both(
                        odd(random, "active") + " eq " + (random.nextBoolean() ? expected : "\"" + expected + "\""),
                        user -> user.has("active") && user.get("active").asBoolean() == expected);
            }
            case 5 -> {
                String time = pick(random, TIMES);
                OffsetDateTime right = OffsetDateTime.parse(time);
                yield new Both(
                        "meta.lastModified ge \"" + time + "\"",
                        user -> user.has("meta")
                                && !OffsetDateTime.parse(user.get("meta")
                                                .get("lastModified")
                                                .asText())
                                        .isBefore(right));
            }
            case 6 -> new Both("emails " + odd(random, "pr"), user -> user.has("emails"));
            default -> text(random, "", "userName", false);
        };
    }

    private static Both text(Random random, String prefix, String name, boolean exact) {
        String operator = pick(random, List.of("eq", "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"));
        String word = pick(random, WORDS);
        String path = prefix.startsWith("urn:") ? prefix + odd(random, name) : odd(random, prefix + name);
        String attribute = prefix + name;
        if (operator.equals("pr")) {
            return new Both(path + " pr", user -> !at(user, attribute).isEmpty());
        }
        String right = exact ? word : word.toLowerCase(Locale.ROOT);
        Predicate<JsonNode> any = user -> at(user, attribute).stream()
                .map(value -> exact ? value.asText() : value.asText().toLowerCase(Locale.ROOT))
                .anyMatch(left -> switch (operator) {
                    case "eq", "ne" -> left.equals(right);
                    case "co" -> left.indexOf(right) >= 0;
                    case "sw" ->
                        left.length() >= right.length()
                                && left.substring(0, right.length()).equals(right);
                    case "ew" ->
                        left.length() >= right.length()
                                && left.substring(left.length() - right.length())
                                        .equals(right);
                    case "gt" -> left.compareTo(right) > 0;
                    case "ge" -> left.compareTo(right) >= 0;
                    case "lt" -> left.compareTo(right) < 0;
                    default -> left.compareTo(right) <= 0;
                });
        String quoted = Cases.MAPPER.valueToTree(word).toString();
        return new Both(path + " " + odd(random, operator) + " " + quoted, operator.equals("ne") ? any.negate() : any);
    }

    private static List<JsonNode> at(JsonNode user, String attribute) {
        JsonNode from = user;
        String local = attribute;
        if (attribute.startsWith(ENTERPRISE)) {
            from = user.path(ScimSchemas.ENTERPRISE_USER);
            local = attribute.substring(ENTERPRISE.length());
        }
        int dot = local.indexOf('.');
        JsonNode node = from.path(dot < 0 ? local : local.substring(0, dot));
        List<JsonNode> values = new ArrayList<>();
        for (JsonNode element : node.isArray() ? node : List.of(node)) {
            JsonNode value = dot < 0 ? element : element.path(local.substring(dot + 1));
            if (value.isValueNode() && !value.isNull()) {
                values.add(value);
            }
        }
        return values;
    }

    private static ObjectNode user(Random random) {
        ObjectNode user = ScimJson.object();
        maybe(random, user, "userName");
        maybe(random, user, "externalId");
        if (random.nextBoolean()) {
            user.put("active", random.nextBoolean());
        }
        if (random.nextBoolean()) {
            maybe(random, user.putObject("name"), "givenName");
        }
        if (random.nextBoolean()) {
            ArrayNode emails = user.putArray("emails");
            for (int i = random.nextInt(3); i >= 0; i--) {
                ObjectNode email = emails.addObject().put("value", pick(random, WORDS));
                maybe(random, email, "type");
            }
        }
        if (random.nextBoolean()) {
            maybe(random, user.putObject(ScimSchemas.ENTERPRISE_USER), "department");
        }
        if (random.nextBoolean()) {
            user.putObject("meta").put("lastModified", pick(random, TIMES));
        }
        return user;
    }

    private static void maybe(Random random, ObjectNode node, String name) {
        if (random.nextInt(4) > 0) {
            node.put(name, pick(random, WORDS));
        }
    }

    private static String odd(Random random, String word) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            out.append(random.nextInt(5) == 0 ? Character.toUpperCase(c) : c);
        }
        return out.toString();
    }

    private static String pick(Random random, List<String> from) {
        return from.get(random.nextInt(from.size()));
    }
}
