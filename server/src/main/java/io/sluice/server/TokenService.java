package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.directory.Labels;
import io.sluice.schema.Micros;
import io.sluice.schema.Token;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes, lists, rotates and revokes tokens. An administrator of the default organization, the operator's, does so for every
 * organization; any other only for its own.
 */
final class TokenService {
    private static final Set<String> FIELDS = Set.of(
            "name",
            "organization",
            "scopes",
            "organization_ids",
            "linked_organizations",
            "expires_in_days",
            "user_id",
            "user");
    private static final Set<String> ROTATE_FIELDS = Set.of("grace_hours");
    private static final String LINKED = "linked_organizations";
    private static final int MOST_DAYS = 3650;
    private static final int DEFAULT_GRACE_HOURS = 24;
    private static final int MOST_GRACE_HOURS = 720;
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}\\p{P}\\p{Zs}]{1,100}");
    /** Scopes, and whatever ids organizations have. */
    private static final Pattern WORD = Pattern.compile("[\\x21-\\x7e]{1,100}");

    /** As telemetry shows people. */
    private static final Pattern LABEL = Pattern.compile("[^\\s\\p{Cntrl}]{1,200}");

    private static final int MOST_TEXTS = 100;

    private final Access access;
    private final TokenRegistry registry;
    private final TokenStore store;
    private final TokenUse use;
    private final Organizations organizations;
    private final Clock clock;

    TokenService(
            Access access,
            TokenRegistry registry,
            TokenStore store,
            TokenUse use,
            Organizations organizations,
            Clock clock) {
        this.access = access;
        this.registry = registry;
        this.store = store;
        this.use = use;
        this.organizations = organizations;
        this.clock = clock;
    }

    /** {@code POST /v1/tokens}: with {@link #rotate} the only answers that hold a secret. */
    CompletableFuture<ObjectNode> create(Caller caller, JsonNode body) {
        requireFields(body, FIELDS, "{\"name\": …, \"scopes\": […]}");
        String name = matching(body, "name", "", NAME, "1 to 100 printable characters");
        String organization =
                matching(body, "organization", caller.home(), Settings.ORGANIZATION, Settings.ORGANIZATION_EXPECTED);
        if (!organization.equals(caller.home()) && !access.isOperator(caller)) {
            throw new Refusal(
                    Refusal.Kind.FORBIDDEN,
                    "organization",
                    "organization: " + organization + " (expected: " + caller.home() + ", the token's own)");
        }
        List<String> scopes = texts(body, "scopes");
        if (scopes.isEmpty() || !scopes.stream().allMatch(s -> Scope.named(s).isPresent())) {
            throw Refusal.invalid("scopes", String.join(", ", scopes), "one or more of " + Scope.allNames());
        }
        if (scopes.contains(Scope.SCIM.scopeName()) && scopes.size() > 1) {
            throw Refusal.invalid(
                    "scopes",
                    String.join(", ", scopes),
                    "scim alone: an identity provider's token can do nothing else");
        }
        List<String> linked = linked(body, caller);
        Instant now = clock.instant();
        Owner owner = owner(body, organization, Micros.of(now));
        Integer days = number(body, "expires_in_days", 1, MOST_DAYS);
        String secret = Secret.create();
        Token token = Token.newBuilder()
                .setId("tok_" + UUID.randomUUID())
                .setOrgId(organization)
                .setName(name)
                .setSha256(Secret.sha256(secret))
                .setScopes(scopes)
                .setOrganizationIds(texts(body, "organization_ids"))
                .setLinkedOrganizations(linked)
                .setUserId(owner.userId)
                .setUserLabel(owner.label)
                .setCreatedAt(Micros.of(now))
                .setExpiresAt(days == null ? null : Micros.of(now.plus(Duration.ofDays(days))))
                .build();
        return store.publish(token, TokenVersion.CREATED)
                .thenApply(done -> json(token).put("token", secret));
    }

    /**
     * {@code POST /v1/tokens/{id}/rotate}: a token that may do the same, under an id and a secret of its own. The old one
     * goes on for the grace period, so that clients can be changed one after the other. If it had an end, the new one
     * lasts as long as it did.
     */
    CompletableFuture<ObjectNode> rotate(Caller caller, String id, JsonNode body) {
        requireFields(body, ROTATE_FIELDS, "{\"grace_hours\": 24}");
        Integer given = number(body, "grace_hours", 0, MOST_GRACE_HOURS);
        Token old = managed(caller, id);
        if (!access.isValid(old)) {
            throw new Refusal(
                    Refusal.Kind.CONFLICT, "id", "id: revoked or expired (expected: a token that is still valid)");
        }
        // Whoever gets the secret can do all of it: so nobody who could not have granted it.
        requireGrants(caller, old.getLinkedOrganizations());
        Instant now = clock.instant();
        long graceEnd = Micros.of(now.plus(Duration.ofHours(given == null ? DEFAULT_GRACE_HOURS : given)));
        Long oldEnd = old.getExpiresAt();
        String secret = Secret.create();
        Token successor = Token.newBuilder(old)
                .setId("tok_" + UUID.randomUUID())
                .setSha256(Secret.sha256(secret))
                .setCreatedAt(Micros.of(now))
                .setExpiresAt(oldEnd == null ? null : (Long) (Micros.of(now) + oldEnd - old.getCreatedAt()))
                .setReplaces(old.getId())
                .setLastUsedAt(null)
                .build();
        Token ending = Token.newBuilder(old)
                .setExpiresAt(oldEnd == null ? graceEnd : Math.min(oldEnd, graceEnd))
                .build();
        // The new one first: a failure in between leaves a token that nobody has, and not nobody with a token.
        return store.publish(successor, TokenVersion.CREATED)
                .thenCompose(done -> store.publish(ending, TokenVersion.ROTATED))
                .thenApply(done -> json(successor)
                        .put("token", secret)
                        .put(
                                "replaces_until",
                                Micros.toInstant(ending.getExpiresAt()).toString()));
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
        return revoke(managed(caller, id)).thenApply(this::json);
    }

    /**
     * Revokes every token that was made for a person.
     *
     * @return how many that were
     */
    CompletableFuture<Integer> revokeAllOf(String orgId, String userId) {
        List<CompletableFuture<Token>> revoked = registry.all().stream()
                .filter(token -> token.getOrgId().equals(orgId) && userId.equals(token.getUserId()))
                .filter(token -> token.getRevokedAt() == null)
                .map(this::revoke)
                .toList();
        return CompletableFuture.allOf(revoked.toArray(CompletableFuture[]::new))
                .thenApply(done -> revoked.size());
    }

    private CompletableFuture<Token> revoke(Token token) {
        if (token.getRevokedAt() != null) {
            return CompletableFuture.completedFuture(token);
        }
        Token revoked =
                Token.newBuilder(token).setRevokedAt(Micros.of(clock.instant())).build();
        return store.publish(revoked, TokenVersion.REVOKED).thenApply(done -> revoked);
    }

    /** @throws Refusal NOT_FOUND, also when it belongs to an organization that the caller does not administer */
    private Token managed(Caller caller, String id) {
        return registry.byId(id)
                .filter(known -> mayManage(caller, known))
                .orElseThrow(() -> new Refusal(Refusal.Kind.NOT_FOUND, "id", "id: no such token"));
    }

    private boolean mayManage(Caller caller, Token token) {
        return token.getOrgId().equals(caller.home()) || access.isOperator(caller);
    }

    /** Whose a token is; of the two at most one is not null. */
    private record Owner(@Nullable String userId, @Nullable String label) {}

    /** Of somebody in the directory it is the id, so that the token ends with the person. */
    private Owner owner(JsonNode body, String organization, long now) {
        String id = textOrNull(body, "user_id", WORD, "1 to 100 characters without spaces");
        String user = textOrNull(body, "user", LABEL, "an id or a label, 1 to 200 characters without spaces");
        if (user == null) {
            if (id != null && !organizations.isActive(organization, id)) {
                throw Refusal.invalid("user_id", id, "an active user of the organization");
            }
            return new Owner(id, null);
        }
        if (id != null) {
            throw new Refusal(Refusal.Kind.INVALID, "user", "user: given with user_id (expected: one of the two)");
        }
        String known = organizations.userOf(organization, user, now);
        if (known != null && !organizations.isActive(organization, known)) {
            throw Refusal.invalid(
                    "user", user, "an active user, or a label of somebody who is not in the directory yet");
        }
        return known == null ? new Owner(null, Labels.normalized(user)) : new Owner(known, null);
    }

    private List<String> linked(JsonNode body, Caller caller) {
        List<String> linked = texts(body, LINKED);
        for (String organization : linked) {
            if (!Settings.ORGANIZATION.matcher(organization).matches()) {
                throw Refusal.invalid(LINKED, organization, Settings.ORGANIZATION_EXPECTED);
            }
        }
        requireGrants(caller, linked);
        return linked;
    }

    /** The operator may grant any; an administrator those whose own document names its organization as parent. */
    private void requireGrants(Caller caller, List<String> linked) {
        if (access.isOperator(caller)) {
            return;
        }
        for (String organization : linked) {
            // The same for one that does not exist.
            if (!caller.home().equals(organizations.parentOf(organization))) {
                throw new Refusal(
                        Refusal.Kind.FORBIDDEN,
                        LINKED,
                        LINKED + ": " + organization + " (expected: organizations whose parent is " + caller.home()
                                + ")");
            }
        }
    }

    private ObjectNode json(Token token) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("id", token.getId()).put("name", token.getName()).put("organization", token.getOrgId());
        ArrayNode scopes = json.putArray("scopes");
        token.getScopes().forEach(scopes::add);
        ArrayNode organizationIds = json.putArray("organization_ids");
        token.getOrganizationIds().forEach(organizationIds::add);
        ArrayNode linked = json.putArray(LINKED);
        token.getLinkedOrganizations().forEach(linked::add);
        json.put("user_id", token.getUserId());
        json.put("user_label", token.getUserLabel());
        json.put("replaces", token.getReplaces());
        json.put("created_at", Micros.toInstant(token.getCreatedAt()).toString());
        json.put("expires_at", text(token.getExpiresAt()));
        json.put("revoked_at", text(token.getRevokedAt()));
        Instant lastUsed = use.lastUsed(token);
        json.put(
                "last_used_at",
                lastUsed == null
                        ? null
                        : lastUsed.truncatedTo(ChronoUnit.SECONDS).toString());
        return json;
    }

    private static @Nullable String text(@Nullable Long micros) {
        return micros == null ? null : Micros.toInstant(micros).toString();
    }

    private static void requireFields(JsonNode body, Set<String> fields, String example) {
        if (!body.isObject()) {
            throw new Refusal(Refusal.Kind.INVALID, "body: not an object (expected: " + example + ")");
        }
        body.fieldNames().forEachRemaining(name -> {
            if (!fields.contains(name)) {
                throw new Refusal(
                        Refusal.Kind.INVALID,
                        name,
                        name + ": unknown field (expected: "
                                + String.join(", ", fields.stream().sorted().toList()) + ")");
            }
        });
    }

    /** Null: not given. */
    private static @Nullable Integer number(JsonNode body, String field, int least, int most) {
        JsonNode value = body.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.asInt() < least || value.asInt() > most) {
            throw new Refusal(
                    Refusal.Kind.INVALID,
                    field,
                    field + ": " + (value.isNumber() ? value.asText() : shape(value)) + " (expected: a whole number, "
                            + least + " to " + most + ")");
        }
        return value.asInt();
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

    /** Null: not given. */
    private static @Nullable String textOrNull(JsonNode body, String field, Pattern pattern, String expected) {
        JsonNode value = body.path(field);
        return value.isNull() || value.isMissingNode() ? null : matching(body, field, "", pattern, expected);
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
        if (!values.isArray() || texts.size() != values.size() || texts.size() > MOST_TEXTS) {
            throw new Refusal(
                    Refusal.Kind.INVALID,
                    field,
                    field + ": " + shape(values) + " (expected: a list of at most " + MOST_TEXTS
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
