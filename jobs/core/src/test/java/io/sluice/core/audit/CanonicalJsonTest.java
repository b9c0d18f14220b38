package io.sluice.core.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CanonicalJsonTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            delimiter = '|',
            value = {
                "{ \"b\" : 1, \"a\" : [ true , false, null ] } | {\"a\":[true,false,null],\"b\":1}",
                "{\"\\u20ac\":1,\"\\r\":2,\"1\":3,\"\\ud83d\\ude00\":4,\"\\ufb33\":5,\"\\u0080\":6}"
                        + " | {\"\\r\":2,\"1\":3,\"\u0080\":6,\"€\":1,\"😀\":4,\"\ufb33\":5}",
                "\"\\u0000\\u001F\\/\\b\\t\\n\\f\\r\\\"\\\\\\u007f\" | \"\\u0000\\u001f/\\b\\t\\n\\f\\r\\\"\\\\\u007f\"",
                "\"\\uD83D\" | \"\\ud83d\"",
                "\"a\\ude00\\ud83db\" | \"a\\ude00\\ud83db\"",
                "-0 | 0",
                "9007199254740992 | 9007199254740992",
                "{} | {}",
                "[] | []"
            })
    void everyValueHasOneSpelling(String json, String canonical) throws JsonProcessingException {
        assertThat(CanonicalJson.of(JSON.readTree(json))).isEqualTo(canonical);
        assertThat(CanonicalJson.of(JSON.readTree(canonical))).isEqualTo(canonical);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"1.5", "1e2", "9007199254740993", "-9007199254740993", "99999999999999999999", "[{\"a\":0.1}]"})
    void otherNumbersHaveNone(String json) {
        assertThatThrownBy(() -> CanonicalJson.of(JSON.readTree(json)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(expected: a whole number up to 2^53)");
    }

    @Test
    void loneSurrogatesAreNotWhatUtf8MakesOfThem() {
        assertThat(CanonicalJson.of(JsonNodeFactory.instance.textNode("\ud83d")))
                .isNotEqualTo(CanonicalJson.of(JsonNodeFactory.instance.textNode("?")));
    }
}
