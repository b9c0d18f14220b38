package io.sluice.claudeapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sluice.claudeapi.SpendLimitsException.Kind;
import io.sluice.testing.SpendLimitsServer;
import io.sluice.testing.SpendLimitsServer.Mischief;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpendLimitsClientTest {
    private static final String KEY = "sk-ant-admin01-test";

    @SuppressWarnings("NullAway.Init")
    private SpendLimitsServer server;

    @SuppressWarnings("NullAway.Init")
    private SpendLimitsClient client;

    @BeforeEach
    void start() throws IOException {
        server = SpendLimitsServer.start(KEY, Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));
        client = client(KEY, Duration.ofSeconds(30));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private SpendLimitsClient client(String key, Duration patience) {
        return new SpendLimitsClient(server.url(), key, patience);
    }

    private SpendLimitsException refused(SpendLimitsClient asked) {
        SpendLimitsException refused =
                catchThrowableOfType(SpendLimitsException.class, () -> asked.put("user_1", "monthly", 500L));
        assertThat(refused).isNotNull();
        assertThat(refused.toString())
                .doesNotContain(KEY)
                .doesNotContain(server.url().toString());
        return refused;
    }

    @Test
    void setsFindsAndRemovesAnOverride() {
        client.put("user_1", "monthly", 500L);
        client.put("user_1", "daily", null);
        client.put("user_1", "monthly", 0L);
        assertThat(server.limits()).isEqualTo(Map.of("user_1 monthly", "0", "user_1 daily", "null"));
        String id = client.overrideOf("user_1", "daily").orElseThrow();
        assertThat(client.overrideOf("user_1", "weekly"))
                .as("the organization's holds")
                .isEmpty();
        client.delete(id);
        client.delete(id);
        assertThat(server.limits()).isEqualTo(Map.of("user_1 monthly", "0"));
        assertThat(client.overrideOf("user_1", "daily")).isEmpty();
    }

    @Test
    void ofAUserWhoseIdIsNoPlainText() {
        client.put("user 1/ä&x=y", "monthly", 500L);
        String id = client.overrideOf("user 1/ä&x=y", "monthly").orElseThrow();
        client.delete(id);
        assertThat(server.limits()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "RATE_LIMITED, RATE_LIMITED, 'answered 429, rate_limit_error: too many requests', false",
        "ERROR, UNAVAILABLE, 'answered 500, api_error: something went wrong', false",
        "OVERLOADED, UNAVAILABLE, answered 529, false",
        "RESET, UNANSWERED, 'no answer, IOException', false",
        "DONE_AND_RESET, UNANSWERED, 'no answer, IOException', true"
    })
    void mischief(Mischief how, Kind kind, String message, boolean done) {
        server.misbehave(how);
        SpendLimitsException refused = refused(client);
        assertThat(refused.kind()).isEqualTo(kind);
        assertThat(refused).hasMessage(message);
        assertThat(refused.retryAfter().isPresent()).isEqualTo(how == Mischief.RATE_LIMITED);
        assertThat(server.limits().isEmpty()).isEqualTo(!done);
        client.put("user_1", "monthly", 600L);
        assertThat(server.limits()).isEqualTo(Map.of("user_1 monthly", "600"));
    }

    @Test
    void anAnswerThatDoesNotComeIsNotAwaitedForEver() {
        server.misbehave(Mischief.SLOW);
        SpendLimitsException refused = refused(client(KEY, Duration.ofMillis(200)));
        assertThat(refused.kind()).isEqualTo(Kind.UNANSWERED);
        assertThat(refused).hasMessage("no answer, HttpTimeoutException");
    }

    /** By the JDK, on a connection that was open before; it changes nothing. */
    @Test
    void aLookUpThatIsCutShortIsSentOnceMore() {
        client.put("user_1", "monthly", 500L);
        server.misbehave(Mischief.RESET);
        assertThat(client.overrideOf("user_1", "monthly")).isPresent();
        assertThat(server.requests())
                .containsExactly(
                        "POST user_1 monthly 500 → 200", "GET user_1 monthly → cut", "GET user_1 monthly → 200");
    }

    @Test
    void nobodyListens() {
        assertThat(refused(new SpendLimitsClient(URI.create("http://127.0.0.1:1"), KEY, Duration.ofSeconds(5)))
                        .kind())
                .isEqualTo(Kind.UNANSWERED);
    }

    @Test
    void whatIsRefusedSaysWhy() {
        SpendLimitsException wrongKey = refused(client("other", Duration.ofSeconds(30)));
        assertThat(wrongKey.kind()).isEqualTo(Kind.REFUSED);
        assertThat(wrongKey).hasMessage("answered 401, authentication_error: invalid x-api-key");
        server.forget("user_1");
        assertThat(refused(client)).hasMessage("answered 404, not_found_error: no such user");
    }

    @Test
    void theSixtyFirstWithinAMinuteWaits() {
        for (int i = 0; i < 60; i++) {
            client.put("user_1", "monthly", 500L);
        }
        SpendLimitsException refused = refused(client);
        assertThat(refused.kind()).isEqualTo(Kind.RATE_LIMITED);
        assertThat(refused.retryAfter()).contains(Duration.ofSeconds(61));
    }
}
