package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.Token;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenServiceTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final AccessFixture fixture = new AccessFixture();
    private final TokenService service = fixture.service;
    private final Caller operator = fixture.caller("default", Scope.ADMIN);
    private final Caller acme = fixture.caller("acme", Scope.ADMIN);

    private static JsonNode json(String text) throws IOException {
        return JSON.readTree(text.replace('\'', '"'));
    }

    private ObjectNode create(Caller caller, String more) throws IOException {
        return service.create(caller, json("{'name':'test','scopes':['ingest']" + more + "}"))
                .join();
    }

    private Token stored(JsonNode answer) {
        return fixture.tokens.byId(answer.path("id").asText()).orElseThrow();
    }

    private boolean valid(JsonNode answer) {
        return fixture.access.isValid(
                fixture.tokens.find(answer.path("token").asText()).orElseThrow());
    }

    @Test
    void aTokenEndsAfterItsDays() throws Exception {
        ObjectNode token = create(acme, ",'expires_in_days':7");
        assertThat(token.path("expires_at").asText()).isEqualTo("2026-12-02T12:00:00Z");
        fixture.clock.advance(Duration.ofDays(7).minusMillis(1));
        assertThat(valid(token)).isTrue();
        fixture.clock.advance(Duration.ofMillis(1));
        assertThat(valid(token)).isFalse();
        assertThat(create(acme, "").path("expires_at").isNull()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                ",'expires_in_days':0; expires_in_days; expires_in_days: 0 (expected: a whole number, 1 to 3650)",
                ",'expires_in_days':3651; expires_in_days; expires_in_days: 3651 (expected: a whole number, 1 to 3650)",
                ",'expires_in_days':1.5; expires_in_days; expires_in_days: 1.5 (expected: a whole number, 1 to 3650)",
                ",'expires_in_days':'7'; expires_in_days; expires_in_days: text of 1 characters (expected: a whole"
                        + " number, 1 to 3650)",
                ",'linked_organizations':['a|b']; linked_organizations; linked_organizations: a|b (expected: 1 to 64"
                        + " letters, digits, '_', '.', '-', the first a letter or digit)",
                ",'linked_organizations':'a'; linked_organizations; linked_organizations: text of 1 characters (expected:"
                        + " a list of at most 100 texts without spaces)",
                ",'user_id':'user_gone'; user_id; user_id: user_gone (expected: an active user of the organization)",
                ",'user_id':'a b'; user_id; user_id: text of 3 characters (expected: 1 to 100 characters without spaces)",
                ",'user':'a b'; user; user: text of 3 characters (expected: an id or a label, 1 to 200 characters without"
                        + " spaces)",
                ",'user':'a@example.com','user_id':'usr_1'; user; user: given with user_id (expected: one of the two)",
                ",'user':'user_gone'; user; user: user_gone (expected: an active user, or a label of somebody who is not"
                        + " in the directory yet)",
                ",'scopes':['scim','ingest']; scopes; scopes: scim, ingest (expected: scim alone: an identity provider's"
                        + " token can do nothing else)",
            })
    void saysWhatCannotBe(String more, String field, String message) {
        // The last of two fields of one name counts.
        assertThatThrownBy(() -> create(operator, more))
                .hasMessage(message)
                .hasFieldOrPropertyWithValue("field", field)
                .extracting("kind")
                .isEqualTo(Refusal.Kind.INVALID);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                // by, parent of beta, granted
                "default, none, true",
                "default, somebody, true",
                "acme, acme, true",
                "acme, somebody, false",
                "acme, none, false",
            })
    void onlyTheOperatorOrTheParentGrants(String by, @Nullable String parent, boolean granted) throws Exception {
        if (parent != null) {
            fixture.parents.put("beta", parent);
        }
        Caller caller = fixture.caller(by, Scope.ADMIN);
        if (granted) {
            assertThat(stored(create(caller, ",'linked_organizations':['beta']"))
                            .getLinkedOrganizations())
                    .containsExactly("beta");
        } else {
            assertThatThrownBy(() -> create(caller, ",'linked_organizations':['beta']"))
                    .hasMessage("linked_organizations: beta (expected: organizations whose parent is acme)")
                    .extracting("kind")
                    .isEqualTo(Refusal.Kind.FORBIDDEN);
            assertThat(fixture.published).isEmpty();
        }
    }

    @Test
    void rotationMakesATokenThatMayDoTheSameAndLetsTheOldOneGoOnForADay() throws Exception {
        ObjectNode old = create(
                operator,
                ",'organization':'acme','linked_organizations':['beta'],'organization_ids':['o'],'user_id':'usr_1'");
        ObjectNode rotated =
                service.rotate(operator, old.path("id").asText(), json("{}")).join();
        assertThat(rotated.path("id")).isNotEqualTo(old.path("id"));
        assertThat(rotated.path("token")).isNotEqualTo(old.path("token"));
        assertThat(rotated.path("replaces")).isEqualTo(old.path("id"));
        assertThat(rotated.path("replaces_until").asText()).isEqualTo("2026-11-26T12:00:00Z");
        Token successor = stored(rotated);
        Token before = stored(old);
        assertThat(Token.newBuilder(successor)
                        .setId(before.getId())
                        .setSha256(before.getSha256())
                        .setExpiresAt(before.getExpiresAt())
                        .setReplaces(null)
                        .build())
                .isEqualTo(before);
        assertThat(valid(old)).isTrue();
        fixture.clock.advance(Duration.ofHours(24));
        assertThat(valid(old)).isFalse();
        assertThat(valid(rotated)).isTrue();
        // Versions have keys of their own: compaction removes none.
        assertThat(fixture.published)
                .extracting(Map.Entry::getKey)
                .containsExactly(
                        "acme|" + old.path("id").asText() + "|1",
                        "acme|" + rotated.path("id").asText() + "|1",
                        "acme|" + old.path("id").asText() + "|3");
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "720, 168"})
    void theGraceIsAsLongAsAskedButNeverLongerThanTheToken(int graceHours, int then) throws Exception {
        ObjectNode old = create(acme, ",'expires_in_days':7");
        ObjectNode rotated = service.rotate(acme, old.path("id").asText(), json("{'grace_hours':" + graceHours + "}"))
                .join();
        assertThat(Instant.parse(rotated.path("replaces_until").asText()))
                .isEqualTo(fixture.clock.instant().plus(Duration.ofHours(then)));
        if (then == 0) {
            assertThat(valid(old)).isFalse();
        }
        // The new one has the whole time that the old one had.
        assertThat(rotated.path("expires_at").asText()).isEqualTo("2026-12-02T12:00:00Z");
    }

    @Test
    void whatHasEndedIsNotRotated() throws Exception {
        ObjectNode old = create(acme, "");
        service.revoke(acme, old.path("id").asText()).join();
        assertThatThrownBy(() -> service.rotate(acme, old.path("id").asText(), json("{}")))
                .extracting("kind")
                .isEqualTo(Refusal.Kind.CONFLICT);
    }

    /** Else an administrator could take over what only the operator could grant. */
    @Test
    void whoCouldNotGrantDoesNotRotate() throws Exception {
        ObjectNode token = create(operator, ",'organization':'acme','linked_organizations':['beta']");
        assertThatThrownBy(() -> service.rotate(acme, token.path("id").asText(), json("{}")))
                .extracting("kind")
                .isEqualTo(Refusal.Kind.FORBIDDEN);
        fixture.parents.put("beta", "acme");
        assertThatCode(() -> service.rotate(acme, token.path("id").asText(), json("{}")))
                .doesNotThrowAnyException();
    }

    @Test
    void nobodyManagesAnotherOrganizationsTokens() throws Exception {
        ObjectNode token = create(operator, ",'organization':'beta'");
        String id = token.path("id").asText();
        assertThatThrownBy(() -> service.rotate(acme, id, json("{}"))).hasMessage("id: no such token");
        assertThatThrownBy(() -> service.revoke(acme, id)).hasMessage("id: no such token");
        assertThatThrownBy(() -> service.revoke(acme, "tok_of-nobody")).hasMessage("id: no such token");
        assertThat(service.list(acme).toString()).doesNotContain(id);
    }

    @Test
    void aPersonsTokensEndWithThePerson() throws Exception {
        ObjectNode first = create(acme, ",'user_id':'usr_1'");
        ObjectNode second = create(acme, ",'user_id':'usr_1'");
        ObjectNode others = create(acme, ",'user_id':'usr_2'");
        ObjectNode nobodys = create(acme, "");
        ObjectNode elsewhere = create(operator, ",'organization':'beta','user_id':'usr_1'");
        assertThat(service.revokeAllOf("acme", "usr_1").join()).isEqualTo(2);
        assertThat(List.of(valid(first), valid(second), valid(others), valid(nobodys), valid(elsewhere)))
                .containsExactly(false, false, true, true, true);
        assertThat(service.revokeAllOf("acme", "usr_1").join()).isZero();
    }

    /** As a refusal, so that in a bulk request of SCIM only the one operation fails. */
    @Test
    void whoseTokensCannotBeRevokedStays() throws Exception {
        create(acme, ",'user_id':'usr_1'");
        TokenService unstored = new TokenService(
                fixture.access,
                fixture.tokens,
                (token, version) -> CompletableFuture.failedFuture(new KafkaException("not stored")),
                fixture.use,
                fixture.organizations,
                fixture.clock);
        Leavers leavers = Leavers.revoking(unstored);
        assertThatThrownBy(() -> leavers.leaves("acme", "usr_1"))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.UNAVAILABLE));
        assertThatCode(() -> leavers.leaves("acme", "usr_2")).doesNotThrowAnyException();
    }

    @Test
    void theListSaysWhenATokenWasLastUsed() throws Exception {
        ObjectNode token = create(acme, "");
        assertThat(service.list(acme).at("/data/0/last_used_at").isNull()).isTrue();
        fixture.use.used(stored(token));
        fixture.clock.advance(Duration.ofHours(1));
        assertThat(service.list(acme).at("/data/0/last_used_at").asText()).isEqualTo("2026-11-25T12:00:00Z");
        fixture.use.publish().join();
        assertThat(stored(token).getLastUsedAt()).isNotNull();
        assertThat(new TokenUse(fixture.tokens, (version, kind) -> new CompletableFuture<>(), fixture.clock)
                        .lastUsed(stored(token)))
                .isEqualTo("2026-11-25T12:00:00Z");
    }
}
