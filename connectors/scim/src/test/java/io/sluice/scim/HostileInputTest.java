package io.sluice.scim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever comes in, the answer is a resource or a {@link ScimException}, and no error has a secret in it. */
class HostileInputTest {
    private static final String SECRET = "s3cr3t-w0rd";
    private static final List<String> NAMES = List.of(
            "schemas",
            "userName",
            "name",
            "name.givenName",
            "emails",
            "roles",
            "active",
            "members",
            "displayName",
            "value",
            "type",
            "primary",
            "$ref",
            "op",
            "path",
            "Operations",
            "password",
            "externalId",
            "meta",
            "id",
            "groups",
            "emails[type eq \"work\"].value",
            "emails.type",
            "emails.value",
            "emails.primary",
            "manager",
            "emails[",
            "]",
            ".",
            "",
            "urn:",
            "bulkId",
            "method",
            "data",
            "failOnErrors",
            "version",
            "filter",
            "count",
            "attributes",
            "x\u0000",
            "\ud800",
            ScimSchemas.USER,
            ScimSchemas.ENTERPRISE_USER,
            ScimSchemas.ENTERPRISE_USER + ":manager",
            ScimSchemas.ENTERPRISE_USER + ":manager.value",
            ScimSchemas.CLAUDE_USER,
            ScimSchemas.GROUP);
    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "a",
            "True",
            "false",
            "add",
            "Remove",
            "replace",
            "POST",
            "DELETE",
            "/Users",
            "/Groups/1",
            "/",
            "bulkId:a",
            "bulkId:",
            "{\"value\":\"x\"}",
            "{\"value\":{}}",
            "{",
            "\u0000",
            "\ud83d",
            "\udc00\ud83d",
            "userName eq \"a\"",
            "emails[type eq \"work\"]",
            "members[value eq \"a\"]",
            "emails[type eq \"work\"].value",
            "members",
            "active",
            ScimSchemas.PATCH_OP,
            ScimSchemas.USER,
            SECRET);
    private static final List<String> TOKENS = List.of(
            "userName",
            "emails",
            "name",
            "active",
            "meta.lastModified",
            "password",
            "[",
            "]",
            "(",
            ")",
            "].",
            ".value",
            " ",
            " ",
            " ",
            "eq",
            "ne",
            "co",
            "gt",
            "pr",
            "and",
            "or",
            "not",
            "\"",
            "\\",
            "\"a\"",
            "true",
            "null",
            "1",
            "1e9",
            "-",
            "{",
            "}",
            ",",
            ":",
            "urn:ietf:params:scim:schemas:core:2.0:User:",
            "\u0000",
            "\n",
            "\ud800",
            "ä",
            "\"2026-09-01T08:00:00Z\"",
            "type",
            "value");

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261125})
    void bodies(long seed) {
        Random random = new Random(seed);
        int taken = 0;
        for (int i = 0; i < 3_000; i++) {
            ObjectNode body = object(random, 5);
            if (random.nextBoolean()) {
                body.put("userName", "a").put("displayName", "a");
            }
            ObjectNode before = body.deepCopy();
            taken += survives(seed, body, () -> ScimNormalizer.user(body));
            taken += survives(seed, body, () -> ScimNormalizer.group(body));
            taken += survives(seed, body, () -> GroupChange.ofBody(body));
            taken += survives(seed, body, () -> ScimListRequest.ofSearch(ScimResourceType.USER, body));
            assertThat(body).as("seed %d", seed).isEqualTo(before);
        }
        assertThat(taken).as("seed %d: some go through", seed).isPositive();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261125})
    void patchesAndBulk(long seed) {
        Random random = new Random(seed);
        ObjectNode user = ScimNormalizer.user(
                        Cases.json(
                                "{'userName':'a','name':{'givenName':'G'},'active':true,"
                                        + "'emails':[{'value':'1','type':'work','primary':true},{'value':'2'}],'roles':[{'value':'r'}]}"))
                .resource();
        int taken = 0;
        for (int i = 0; i < 3_000; i++) {
            ObjectNode body = ScimJson.object();
            ArrayNode operations = body.putArray("Operations");
            for (int j = random.nextInt(3); j >= 0; j--) {
                ObjectNode operation = object(random, 4);
                if (random.nextInt(8) > 0) {
                    operation.put("op", pick(random, List.of("add", "Replace", "remove")));
                }
                if (random.nextInt(3) > 0) {
                    operation.put("path", pick(random, NAMES));
                } else {
                    operation.remove("path");
                }
                operation.set("value", value(random, 3));
                operation.put("method", pick(random, List.of("POST", "PUT", "PATCH", "DELETE", "GET")));
                operation.put("path", operation.path("path").asText(pick(random, TEXTS)));
                operations.add(operation);
            }
            ObjectNode copy = user.deepCopy();
            taken += survives(seed, body, () -> {
                ScimPatch.Patched patched =
                        ScimPatch.parse(ScimResourceType.USER, body).apply(user);
                assertCanonical(patched.resource(), seed, body);
                assertThat(patched.changed()).isEqualTo(!patched.resource().equals(user));
            });
            taken += survives(seed, body, () -> GroupChange.ofPatch(body));
            taken += survives(
                    seed,
                    body,
                    () -> ScimBulk.run(body, "https://sluice.example.com", operation -> {
                        ScimNormalizer.user(operation.data());
                        return new ScimBulk.Outcome(200, "1", "https://sluice.example.com/Users/1", null);
                    }));
            assertThat(user).as("seed %d, %s", seed, body).isEqualTo(copy);
        }
        assertThat(taken).as("seed %d: some go through", seed).isPositive();
    }

    /** What a PATCH makes, a PUT of it would make too. */
    private static void assertCanonical(ObjectNode resource, long seed, ObjectNode body) {
        assertThat(ScimNormalizer.user(resource).resource())
                .as("seed %d, %s", seed, body)
                .isEqualTo(resource);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261125})
    void filtersPathsAndNames(long seed) {
        Random random = new Random(seed);
        ObjectNode user = ScimJson.object();
        for (int i = 0; i < 15_000; i++) {
            StringBuilder out = new StringBuilder();
            for (int j = random.nextInt(12); j >= 0; j--) {
                out.append(pick(random, TOKENS));
            }
            String text = out.toString();
            survives(
                    seed,
                    user,
                    () -> ScimFilter.parse(ScimResourceType.USER, text).matches(user));
            survives(seed, user, () -> PatchPath.parse(ScimResourceType.USER, text));
            survives(
                    seed,
                    user,
                    () -> ScimProjection.of(ScimResourceType.USER, text, null).apply(user));
            survives(seed, user, () -> ScimVersion.isNotModified(text, 7));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261125})
    void bytes(long seed) {
        Random random = new Random(seed);
        byte[] good = Cases.file("normalize.json").get(0).get("body").toString().getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 5_000; i++) {
            byte[] bad = good.clone();
            for (int j = random.nextInt(4); j >= 0; j--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            }
            survives(seed, ScimJson.object(), () -> ScimNormalizer.user(ScimJson.read(bad)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "7",
                "{",
                "{}}",
                "{} {}",
                "{\"a\":1,\"a\":2}",
                "\ufeff{}x",
                "{\"a\":01}",
                "{'a':1}",
                "{\"a\":NaN}",
                "{\"a\":\"\n\"}"
            })
    void refusesWhatIsNoObject(String text) {
        Cases.assertRefused(
                Cases.json("{'status':'400','scimType':'invalidSyntax','detail':'body: '}"),
                () -> ScimJson.read(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void refusesDeepAndLongBodies() {
        for (String body : List.of(
                "{\"a\":".repeat(100_000),
                "{\"a\":" + "[".repeat(33) + "]".repeat(33) + "}",
                "{\"a\":\"" + "x".repeat(100_000) + "\"}",
                "{\"a\":" + "9".repeat(1_000) + "}",
                "{\"" + "n".repeat(60_000) + "\":1}")) {
            Cases.assertRefused(
                    Cases.json("{'status':'400','scimType':'invalidSyntax','detail':'body: '}"),
                    () -> ScimJson.read(body.getBytes(StandardCharsets.UTF_8)));
        }
    }

    @Test
    void neverRepeatsAPassword() {
        for (String value : List.of("'" + SECRET + "'", "{'" + SECRET + "':1}", "['" + SECRET + "']")) {
            ScimNormalizer.Normalized user =
                    ScimNormalizer.user(Cases.json("{'userName':'a','PASSWORD':" + value + "}"));
            assertThat(user.toString()).doesNotContain(SECRET);
            assertThat(user.ignored()).isEmpty();
        }
        Cases.assertRefused(
                Cases.json("{'status':'400','scimType':'invalidFilter','detail':'filter: password'}"),
                () -> ScimFilter.parse(ScimResourceType.USER, "password eq \"" + SECRET + "\""));
    }

    private static int survives(long seed, JsonNode input, Runnable call) {
        try {
            call.run();
            return 1;
        } catch (ScimException e) {
            assertThat(e.status()).isBetween(400, 413);
            assertThat(e.detail()).contains("(expected: ").doesNotContain(SECRET);
            return 0;
        } catch (RuntimeException | StackOverflowError e) {
            return fail("seed " + seed + ", " + input, e);
        }
    }

    private static JsonNode value(Random random, int depth) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (random.nextInt(depth == 0 ? 5 : 9)) {
            case 0 -> nodes.nullNode();
            case 1 -> nodes.booleanNode(random.nextBoolean());
            case 2 -> random.nextBoolean() ? nodes.numberNode(random.nextInt()) : nodes.numberNode(1e300);
            case 3, 4 -> nodes.textNode(pick(random, TEXTS));
            case 5, 6 -> {
                ArrayNode list = nodes.arrayNode();
                for (int i = random.nextInt(4); i > 0; i--) {
                    list.add(value(random, depth - 1));
                }
                yield list;
            }
            default -> object(random, depth - 1);
        };
    }

    private static ObjectNode object(Random random, int depth) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        for (int i = random.nextInt(5); i > 0; i--) {
            object.set(pick(random, NAMES), value(random, Math.max(depth, 0)));
        }
        return object;
    }

    private static String pick(Random random, List<String> from) {
        return from.get(random.nextInt(from.size()));
    }
}
