package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.RequestHeadersBuilder;
import io.sluice.schema.Token;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTest {
    private static final String UUID = "0a1b2c3d-0000-4000-8000-00000000abcd";

    private final TokenRegistry tokens = new TokenRegistry();
    private final Access access = new Access(tokens, "default");

    private String token(String organization, String... scopes) {
        String secret = Secret.create();
        tokens.put(version(secret, organization, scopes));
        return secret;
    }

    private static Token version(String secret, String organization, String... scopes) {
        return Token.newBuilder()
                .setId("tok_" + organization)
                .setOrgId(organization)
                .setName("test")
                .setSha256(Secret.sha256(secret))
                .setScopes(List.of(scopes))
                .setCreatedAt(0)
                .build();
    }

    private static RequestHeadersBuilder headers(String authority) {
        return RequestHeaders.builder(HttpMethod.GET, "/").authority(authority);
    }

    private Caller ask(RequestHeadersBuilder headers, String remote, Scope scope, Access.Anonymous anonymous)
            throws UnknownHostException {
        return access.caller(headers.build(), InetAddress.getByName(remote), scope, anonymous);
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
                    .isEqualTo(new Caller("default", Set.of(Scope.INGEST), Set.of(), true));
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
        String secret = token("acme", "ingest", "a-scope-of-the-future");
        Caller caller = ask(
                headers("127.0.0.1").set("authorization", "bearer  " + secret),
                "192.0.2.7",
                Scope.INGEST,
                Access.Anonymous.REFUSED);
        assertThat(caller).isEqualTo(new Caller("acme", Set.of(Scope.INGEST), Set.of(), false));
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
        String credentials = "anyone:" + token("default", "admin");
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
        assertThat(access.isOperator(new Caller("acme", Set.of(Scope.ADMIN), Set.of(), false)))
                .isFalse();
    }

    @Test
    void anOrganizationThatIsAUuidMayOnlyClaimItself() throws Exception {
        tokens.markReady();
        String secret = token(UUID, "ingest");
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
        String secret = token("acme", "ingest");
        assertThatThrownBy(() -> ask(
                        headers("127.0.0.1").set("authorization", "Bearer " + secret),
                        "127.0.0.1",
                        Scope.INGEST,
                        Access.Anonymous.LOOPBACK))
                .extracting("kind")
                .isEqualTo(Refusal.Kind.UNAVAILABLE);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20260301})
    void revokedStaysRevokedInAnyOrder(long seed) {
        String secret = Secret.create();
        Token created = version(secret, "acme", "ingest");
        Token revoked = Token.newBuilder(created).setRevokedAt(1_000_000L).build();
        List<Token> versions = new ArrayList<>(List.of(created, revoked, created));
        Collections.shuffle(versions, new Random(seed));
        versions.forEach(tokens::put);
        assertThat(tokens.find(secret)).as("seed %d", seed).contains(revoked);
    }
}
