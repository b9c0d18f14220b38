package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.QueryParams;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PageTokenTest {
    private static final PageCipher CIPHER = new PageCipher("a secret of tests");
    private static final ObjectNode POSITION =
            JsonNodeFactory.instance.objectNode().put("after", "alice@example.com");
    private static final String QUESTION = "group_by[]=user&group_by[]=team&user=a&limit=7";

    private static PageToken token(String orgId, String path, String query) {
        return new PageToken(CIPHER, orgId, PageToken.ANYBODY, path, QueryParams.fromQueryString(query));
    }

    private static String next() {
        return token("acme", "/v1/spend", QUESTION).next(POSITION);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                QUESTION,
                "group_by[]=user&group_by[]=team&user=a&limit=8",
                "group_by[]=user&group_by[]=team&user=a",
                "user=a&group_by[]=user&group_by[]=team"
            })
    void goesOnWithTheSameQuestionAndAnotherLimit(String query) {
        assertThat(token("acme", "/v1/spend", query + "&page=" + next()).position())
                .isEqualTo(POSITION);
    }

    @ParameterizedTest
    @CsvSource({
        "other, /v1/spend, group_by[]=user&group_by[]=team&user=a",
        "acme, /v1/spend/events, group_by[]=user&group_by[]=team&user=a",
        "acme, /v1/spend, group_by[]=team&group_by[]=user&user=a",
        "acme, /v1/spend, group_by[]=user&group_by[]=team&user=b",
        "acme, /v1/spend, group_by[]=user&group_by[]=team&user=a&user=a",
        "acme, /v1/spend, group_by[]=user&group_by[]=team&user=",
        "acme, /v1/spend, group_by[]=user&group_by[]=team",
        "acme, /v1/spend, group_by[]=user&group_by[]=team&user=a&starting_at=2026-11-01",
        "acme, /v1/spend, group_by[]=user&group_by=team&user=a",
    })
    void isOfNoOtherQuestion(String orgId, String path, String query) {
        assertRefused(orgId, path, query, next());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "not base64!", "eyJhZnRlciI6WzEsImEiXX0", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
    void whatNobodyGaveIsRefused(String given) {
        assertRefused("acme", "/v1/spend", QUESTION, given);
    }

    private static void assertRefused(String orgId, String path, String query, String page) {
        assertThatThrownBy(() -> token(orgId, path, query + "&page=" + page))
                .hasMessageContaining("expected: next_page of the answer before, with the same other parameters")
                .hasFieldOrPropertyWithValue("field", "page")
                .extracting("kind")
                .isEqualTo(Refusal.Kind.INVALID);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261126})
    void oneChangedBitIsRefused(long seed) {
        byte[] bytes = Base64.getUrlDecoder().decode(next());
        int bit = new Random(seed).nextInt(bytes.length * 8);
        bytes[bit / 8] ^= (byte) (1 << bit % 8);
        assertRefused(
                "acme",
                "/v1/spend",
                QUESTION,
                Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    @Test
    void anotherInstallationsPagesAreRefused() {
        String other = new PageToken(
                        new PageCipher("another secret"),
                        "acme",
                        PageToken.ANYBODY,
                        "/v1/spend",
                        QueryParams.fromQueryString(QUESTION))
                .next(POSITION);
        assertRefused("acme", "/v1/spend", QUESTION, other);
    }

    @Test
    void neitherTheLabelNorItsLengthShows() {
        String next = next();
        assertThat(new String(Base64.getUrlDecoder().decode(next), StandardCharsets.ISO_8859_1))
                .doesNotContain("alice")
                .doesNotContain("after");
        assertThat(next).as("with a nonce of its own").isNotEqualTo(next());
        ObjectNode shorter = JsonNodeFactory.instance.objectNode().put("after", "a");
        assertThat(token("acme", "/v1/spend", QUESTION).next(shorter)).hasSameSizeAs(next);
    }

    @Test
    void theFirstPageHasNoPosition() {
        assertThat(Objects.isNull(token("acme", "/v1/spend", QUESTION).position()))
                .isTrue();
    }
}
