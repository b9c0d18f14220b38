package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.RequestHeadersBuilder;
import io.sluice.schema.AuditRecord;
import io.sluice.schema.Micros;
import io.sluice.schema.Token;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTest {
    private static final String UUID = "0a1b2c3d-0000-4000-8000-00000000abcd";

    private final AccessFixture fixture = new AccessFixture();
    private final TokenRegistry tokens = fixture.tokens;
    private final Access access = fixture.access;

    private static RequestHeadersBuilder headers(String authority) {
        return RequestHeaders.builder(HttpMethod.GET, "/").authority(authority);
    }

    private Caller ask(RequestHeadersBuilder headers, String remote, Scope scope, Access.Anonymous anonymous)
            throws UnknownHostException {
        Caller caller = access.authenticate(headers.build(), InetAddress.getByName(remote), scope, anonymous);
        access.require(caller, scope);
        return caller;
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:4318, 127.0.0.1, true",
        "localhost:4318, 127.0.0.1, true",
        "[::1]:4318, ::1, true",
        "LOCALHOST, 127.0.0.1, true",
        // A web page whose name was made to point here.
        "attacker.example.com:4318, 127.0.0.1, false",
        "127.0.0.1.example.com, 127.0.0.1, false",
        "127.0.0.1:4318, 192.0.2.7, false",
    })
    void withoutATokenOnlyOverLoopback(String authority, String remote, boolean accepted) throws Exception {
        tokens.markReady();
        if (accepted) {
            assertThat(ask(headers(authority), remote, Scope.INGEST, Access.Anonymous.LOOPBACK))
                    .isEqualTo(Caller.anonymous("default", Scope.INGEST));
        } else {
            assertThatThrownBy(() -> ask(headers(authority), remote, Scope.INGEST, Access.Anonymous.LOOPBACK))
                    .extracting("kind")
                    .isEqualTo(Refusal.Kind.UNAUTHENTICATED);
        }
    }

    @Test
    void aProxyOnTheSameMachineIsNotLoopback() {
        assertThatThrownBy(() -> ask(
                        headers("127.0.0.1").set("x-forwarded-for", "192.0.2.7"),
                        "127.0.0.1",
                        Scope.INGEST,
                        Access.Anonymous.LOOPBACK))
                .extracting("kind")
                .isEqualTo(Refusal.Kind.UNAUTHENTICATED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Bearer sluice_wrong", "Bearer", "Bearer ", "Token x", "", "Basic !!!", "Basic dTp3cm9uZw=="})
    void aWrongTokenIsNeverTheDefaultOrganization(String authorization) {
        tokens.markReady();
        assertThatThrownBy(() -> ask(
                        headers("127.0.0.1").set("authorization", authorization),
                        "127.0.0.1",
                        Scope.INGEST,
                        Access.Anonymous.LOOPBACK))
                .extracting("kind")
                .isEqualTo(Refusal.Kind.UNAUTHENTICATED);
    }

    @Test
    void aTokenDecidesTheOrganization() throws Exception {
        tokens.markReady();
        String secret = fixture.token("acme", "ingest", "a-scope-of-the-future");
        Caller caller = ask(
                headers("127.0.0.1").set("authorization", "bearer  " + secret),
                "192.0.2.7",
                Scope.INGEST,
                Access.Anonymous.REFUSED);
        assertThat(caller)
                .isEqualTo(new Caller(
                        "tok_acme-ingest-a-scope-of-the-future",
                        "acme",
                        "acme",
                        Set.of(Scope.INGEST),
                        Set.of(),
                        Set.of(),
                        null));
        assertThat(caller.mayImportHistory()).isFalse();
        assertThatThrownBy(() -> ask(
                        headers("127.0.0.1").set("authorization", "Bearer " + secret),
                        "127.0.0.1",
                        Scope.READ_ANALYTICS,
                        Access.Anonymous.LOOPBACK))
                .hasMessageContaining("expected: read:analytics")
                .extracting("kind")
                .isEqualTo(Refusal.Kind.FORBIDDEN);
    }

    @Test
    void adminImpliesAllAndIsTheOperatorsInTheDefaultOrganization() throws Exception {
        tokens.markReady();
        String credentials = "anyone:" + fixture.token("default", "admin");
        Caller caller = ask(
                headers("127.0.0.1")
                        .set(
                                "authorization",
                                "Basic "
                                        + Base64.getEncoder()
                                                .encodeToString(credentials.getBytes(StandardCharsets.UTF_8))),
                "192.0.2.7",
                Scope.READ_ANALYTICS,
                Access.Anonymous.REFUSED);
        assertThat(caller.may(Scope.INGEST)).isTrue();
        assertThat(caller.mayImportHistory()).isTrue();
        assertThat(access.isOperator(caller)).isTrue();
        assertThat(access.isOperator(fixture.caller("acme", Scope.ADMIN))).isFalse();
    }

    @Test
    void anOrganizationThatIsAUuidMayOnlyClaimItself() throws Exception {
        tokens.markReady();
        String secret = fixture.token(UUID, "ingest");
        assertThat(ask(
                                headers("127.0.0.1").set("authorization", "Bearer " + secret),
                                "127.0.0.1",
                                Scope.INGEST,
                                Access.Anonymous.REFUSED)
                        .organizationIds())
                .containsExactly(UUID);
    }

    @Test
    void beforeTheTokensAreKnownNobodyIsTurnedAwayForGood() {
        String secret = fixture.token("acme", "ingest");
        assertThatThrownBy(() -> ask(
                        headers("127.0.0.1").set("authorization", "Bearer " + secret),
                        "127.0.0.1",
                        Scope.INGEST,
                        Access.Anonymous.LOOPBACK))
                .extracting("kind")
                .isEqualTo(Refusal.Kind.UNAVAILABLE);
    }

    @ParameterizedTest
    @EnumSource
    void aScopeIsEnoughForItselfAdminForAllAndScimForNothingElse(Scope needed) {
        for (Scope has : Scope.values()) {
            assertThat(fixture.caller("acme", has).may(needed))
                    .as("%s for %s", has, needed)
                    .isEqualTo(has == needed || has == Scope.ADMIN);
        }
        // Such a token cannot be made; if it were, it would be an identity provider's.
        assertThat(fixture.caller("acme", Scope.SCIM, Scope.ADMIN).may(needed)).isEqualTo(needed == Scope.SCIM);
    }

    @Test
    void anExpiredTokenIsAWrongOne() throws Exception {
        tokens.markReady();
        String secret = fixture.token(
                Token.newBuilder()
                        .setExpiresAt(Micros.of(fixture.clock.instant().plusSeconds(60))),
                "acme",
                "ingest");
        RequestHeadersBuilder headers = headers("127.0.0.1").set("authorization", "Bearer " + secret);
        fixture.clock.advance(Duration.ofMillis(59_999));
        assertThat(ask(headers, "192.0.2.7", Scope.INGEST, Access.Anonymous.REFUSED)
                        .orgId())
                .isEqualTo("acme");
        fixture.clock.advance(Duration.ofMillis(1));
        assertThatThrownBy(() -> ask(headers, "192.0.2.7", Scope.INGEST, Access.Anonymous.REFUSED))
                .hasMessageContaining("unknown, revoked or expired")
                .extracting("kind")
                .isEqualTo(Refusal.Kind.UNAUTHENTICATED);
    }

    @Test
    void afterTenWrongTokensNotEvenTheRightOneIsLookedAt() throws Exception {
        tokens.markReady();
        RequestHeadersBuilder right =
                headers("127.0.0.1").set("authorization", "Bearer " + fixture.token("acme", "ingest"));
        for (int i = 0; i < GuessGuard.MOST_FAILURES; i++) {
            RequestHeadersBuilder wrong = headers("127.0.0.1").set("authorization", "Bearer wrong-" + i);
            assertThatThrownBy(() -> ask(wrong, "192.0.2.7", Scope.INGEST, Access.Anonymous.REFUSED))
                    .extracting("kind")
                    .isEqualTo(Refusal.Kind.UNAUTHENTICATED);
        }
        assertThatThrownBy(() -> ask(right, "192.0.2.7", Scope.INGEST, Access.Anonymous.REFUSED))
                .hasFieldOrPropertyWithValue("kind", Refusal.Kind.RATE_LIMITED)
                .extracting("retryAfterSeconds")
                .isEqualTo(60L);
        assertThat(ask(right, "192.0.2.8", Scope.INGEST, Access.Anonymous.REFUSED)
                        .orgId())
                .isEqualTo("acme");
        fixture.clock.advance(Duration.ofMinutes(1));
        assertThat(ask(right, "192.0.2.7", Scope.INGEST, Access.Anonymous.REFUSED)
                        .orgId())
                .isEqualTo("acme");
        fixture.audit.publishCounts().join();
        assertThat(fixture.audited)
                .extracting(
                        AuditRecord::getOrgId,
                        AuditRecord::getRemote,
                        AuditRecord::getOutcome,
                        record -> record.getDetails().get("count"))
                .containsExactlyInAnyOrder(
                        tuple("default", "192.0.2.7", "authentication_error", "10"),
                        tuple("default", "192.0.2.7", "rate_limit_error", "1"));
    }

    @Test
    void noTokenIsNoGuessButIsAudited() throws Exception {
        tokens.markReady();
        for (int i = 0; i <= GuessGuard.MOST_FAILURES; i++) {
            assertThatThrownBy(() -> ask(headers("127.0.0.1"), "127.0.0.1", Scope.ADMIN, Access.Anonymous.REFUSED))
                    .extracting("kind")
                    .isEqualTo(Refusal.Kind.UNAUTHENTICATED);
        }
        assertThat(fixture.guesses.size()).isZero();
        fixture.audit.publishCounts().join();
        assertThat(fixture.audited)
                .extracting(
                        AuditRecord::getOutcome, record -> record.getDetails().get("count"))
                .containsExactly(tuple("authentication_error", "11"));
    }

    @Test
    void aTokenHasABucketForRestAndOneForIngestion() throws Exception {
        tokens.markReady();
        RequestHeadersBuilder headers =
                headers("127.0.0.1").set("authorization", "Bearer " + fixture.token("acme", "admin"));
        for (int i = 0; i < AccessFixture.REST_PER_MINUTE; i++) {
            ask(headers, "192.0.2.7", Scope.READ_ANALYTICS, Access.Anonymous.REFUSED);
        }
        assertThatThrownBy(() -> ask(headers, "192.0.2.7", Scope.READ_DIRECTORY, Access.Anonymous.REFUSED))
                .hasFieldOrPropertyWithValue("kind", Refusal.Kind.RATE_LIMITED);
        for (int i = 0; i < AccessFixture.BULK_PER_MINUTE; i++) {
            ask(headers, "192.0.2.7", i % 2 == 0 ? Scope.INGEST : Scope.SCIM, Access.Anonymous.REFUSED);
        }
        assertThatThrownBy(() -> ask(headers, "192.0.2.7", Scope.SCIM, Access.Anonymous.REFUSED))
                .hasFieldOrPropertyWithValue("kind", Refusal.Kind.RATE_LIMITED);
        // Whoever needs no token has no bucket either.
        for (int i = 0; i <= AccessFixture.BULK_PER_MINUTE; i++) {
            ask(headers("127.0.0.1"), "127.0.0.1", Scope.INGEST, Access.Anonymous.LOOPBACK);
        }
    }

    /** What a request costs is hashing and looking up: however many there are, Kafka hears of them once a minute. */
    @Test
    void aRequestWritesNothing() throws Exception {
        tokens.markReady();
        RequestHeadersBuilder headers =
                headers("127.0.0.1").set("authorization", "Bearer " + fixture.token("acme", "ingest"));
        for (int i = 0; i < 1000; i++) {
            ask(headers, "192.0.2.7", Scope.INGEST, Access.Anonymous.REFUSED);
            fixture.clock.advance(Duration.ofMillis(50));
        }
        assertThat(fixture.published).isEmpty();
        assertThat(fixture.audited).isEmpty();
        fixture.use.publish().join();
        fixture.use.publish().join();
        assertThat(fixture.published).extracting(Map.Entry::getKey).containsExactly("acme|tok_acme-ingest|used");
    }

    @Test
    void anotherOrganizationIsReadOnlyWithItsGrant() {
        Caller caller =
                new Caller("tok_1", "acme", "acme", Set.of(Scope.READ_ANALYTICS), Set.of(), Set.of("beta"), null);
        assertThat(caller.reading("beta").orgId()).isEqualTo("beta");
        assertThat(caller.reading("acme")).isEqualTo(caller);
        assertThat(caller.reading("beta").reading("acme")).isEqualTo(caller);
        assertThatThrownBy(() -> caller.reading("gamma"))
                .hasMessage("organization: no such organization")
                .extracting("kind")
                .isEqualTo(Refusal.Kind.NOT_FOUND);
    }

    /** Reading an organization is not being of it. */
    @Test
    void whoReadsTheOperatorsOrganizationIsNotTheOperator() {
        Caller caller = new Caller("tok_1", "acme", "acme", Set.of(Scope.ADMIN), Set.of(), Set.of("default"), null);
        assertThat(access.isOperator(caller.reading("default"))).isFalse();
        assertThat(access.isOperator(fixture.caller("default", Scope.ADMIN))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20260301})
    void theOutcomeOfVersionsDoesNotDependOnTheirOrder(long seed) {
        String secret = fixture.token("acme", "ingest");
        Token created = tokens.find(secret).orElseThrow();
        TokenRegistry registry = new TokenRegistry();
        List<Token> versions = new ArrayList<>(List.of(
                created,
                Token.newBuilder(created).setRevokedAt(1_000_000L).build(),
                Token.newBuilder(created).setRevokedAt(2_000_000L).build(),
                Token.newBuilder(created).setExpiresAt(5_000_000L).build(),
                Token.newBuilder(created).setExpiresAt(4_000_000L).build(),
                Token.newBuilder(created).setLastUsedAt(7L).build(),
                Token.newBuilder(created).setLastUsedAt(8L).build(),
                created));
        Collections.shuffle(versions, new Random(seed));
        versions.forEach(registry::put);
        assertThat(registry.find(secret))
                .as("seed %d", seed)
                .contains(Token.newBuilder(created)
                        .setRevokedAt(1_000_000L)
                        .setExpiresAt(4_000_000L)
                        .setLastUsedAt(8L)
                        .build());
        assertThat(registry.byId(created.getId())).isEqualTo(registry.find(secret));
    }
}
