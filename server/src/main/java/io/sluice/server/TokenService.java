package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.Micros;
import io.sluice.schema.Token;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Makes, lists and revokes tokens. An administrator of the default organization, the operator's, does so for every
 * organization; any other only for its own.
 */
final class TokenService {
    private static final Set<String> FIELDS = Set.of("name", "organization", "scopes", "organization_ids");
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}\\p{P}\\p{Zs}]{1,100}");
    /** Scopes, and whatever ids organizations have. */
    private static final Pattern WORD = Pattern.compile("[\\x21-\\x7e]{1,100}");

    private static final int MOST_ORGANIZATION_IDS = 100;

    private final Access access;
    private final TokenRegistry registry;
    private final Function<Token, CompletableFuture<Void>> publish;
    private final Clock clock;

    /** @param publish completes when Kafka has the token and the registry knows it */
    TokenService(Access access, TokenRegistry registry, Function<Token, CompletableFuture<Void>> publish, Clock clock) {
        this.access = access;
        this.registry = registry;
        this.publish = publish;
        this.clock = clock;
    }

    /** {@code POST /v1/tokens}: the one answer that holds the secret. */
    CompletableFuture<ObjectNode> create(Caller caller, JsonNode body) {
        if (!body.isObject()) {
            throw new Refusal(Refusal.Kind.INVALID, "body: not an object (expected: {\"name\": …, \"scopes\": […]})");
        }
        body.fieldNames().forEachRemaining(name -> {
            if (!FIELDS.contains(name)) {
                throw new Refusal(
                        Refusal.Kind.INVALID,
                        name,
                        name + ": unknown field (expected: "
                                + String.join(", ", FIELDS.stream().sorted().toList()) + ")");
            }
        });
        String name = matching(body, "name", "", NAME, "1 to 100 printable characters");
        String organization =
                matching(body, "organization", caller.orgId(), Settings.ORGANIZATION, Settings.ORGANIZATION_EXPECTED);
        if (!organization.equals(caller.orgId()) && !access.isOperator(caller)) {
            throw new Refusal(
                    Refusal.Kind.FORBIDDEN,
                    "organization",
                    "organization: " + organization + " (expected: " + caller.orgId() + ", the token's own)");
        }
        List<String> scopes = texts(body, "scopes");
        if (scopes.isEmpty() || !scopes.stream().allMatch(s -> Scope.named(s).isPresent())) {
            throw Refusal.invalid("scopes", String.join(", ", scopes), "one or more of " + Scope.allNames());
        }
        String secret = Secret.create();
        Token token = Token.newBuilder()
                .setId("tok_" + UUID.randomUUID())
                .setOrgId(organization)
                .setName(name)
                .setSha256(Secret.sha256(secret))
                .setScopes(scopes)
                .setOrganizationIds(texts(body, "organization_ids"))
                .setCreatedAt(now())
                .build();
        return publish.apply(token).thenApply(done -> json(token).put("token", secret));
    }

    /** {@code GET /v1/tokens}, oldest first, the revoked ones too. */
    ObjectNode list(Caller caller) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode data = answer.putArray("data");
        registry.all().stream().filter(token -> mayManage(caller, token)).forEach(token -> data.add(json(token)));
        return answer;
    }

    /** {@code DELETE /v1/tokens/{id}}. Revoking twice is harmless. */
    CompletableFuture<ObjectNode> revoke(Caller caller, String id) {
        Token token = registry.byId(id)
                .filter(known -> mayManage(caller, known))
                .orElseThrow(() -> new Refusal(Refusal.Kind.NOT_FOUND, "id", "id: no such token"));
        if (token.getRevokedAt() != null) {
            return CompletableFuture.completedFuture(json(token));
        }
        Token revoked = Token.newBuilder(token).setRevokedAt(now()).build();
        return publish.apply(revoked).thenApply(done -> json(revoked));
    }

    private boolean mayManage(Caller caller, Token token) {
        return token.getOrgId().equals(caller.orgId()) || access.isOperator(caller);
    }

    private long now() {
        return Micros.of(clock.instant());
    }

    private static ObjectNode json(Token token) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("id", token.getId()).put("name", token.getName()).put("organization", token.getOrgId());
        ArrayNode scopes = json.putArray("scopes");
        token.getScopes().forEach(scopes::add);
        ArrayNode organizationIds = json.putArray("organization_ids");
        token.getOrganizationIds().forEach(organizationIds::add);
        json.put("created_at", Micros.toInstant(token.getCreatedAt()).toString());
        json.put(
                "revoked_at",
                token.getRevokedAt() == null
                        ? null
                        : Micros.toInstant(token.getRevokedAt()).toString());
        return json;
    }

    private static String matching(JsonNode body, String field, String absent, Pattern pattern, String expected) {
        JsonNode value = body.path(field);
        String text = value.isMissingNode() || value.isNull() ? absent : value.asText();
        boolean absentOrText = value.isMissingNode() || value.isNull() || value.isTextual();
        if (!absentOrText || !pattern.matcher(text).matches()) {
            throw new Refusal(
                    Refusal.Kind.INVALID, field, field + ": " + shape(value) + " (expected: " + expected + ")");
        }
        return text;
    }

    private static List<String> texts(JsonNode body, String field) {
        JsonNode values = body.path(field);
        if (values.isMissingNode() || values.isNull()) {
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode value : values) {
            if (value.isTextual() && WORD.matcher(value.asText()).matches()) {
                texts.add(value.asText());
            }
        }
        if (!values.isArray() || texts.size() != values.size() || texts.size() > MOST_ORGANIZATION_IDS) {
            throw new Refusal(
                    Refusal.Kind.INVALID,
                    field,
                    field + ": " + shape(values) + " (expected: a list of at most " + MOST_ORGANIZATION_IDS
                            + " texts without spaces)");
        }
        return List.copyOf(texts);
    }

    private static String shape(JsonNode value) {
        return switch (value.getNodeType()) {
            case STRING -> "text of " + value.asText().length() + " characters";
            case ARRAY -> "a list of " + value.size();
            case OBJECT -> "an object";
            case NUMBER -> "a number";
            case BOOLEAN -> "true or false";
            case MISSING, NULL -> "missing";
            case BINARY, POJO -> "a value";
        };
    }
}
