package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonFieldsTest {
    private static JsonFields fields(String json) throws Exception {
        return new JsonFields(RunningServer.JSON.readTree(json.replace('\'', '"')), Set.of("text", "list", "flag"));
    }

    @Test
    void reads() throws Exception {
        JsonFields fields = fields("{'text': 'Kim', 'list': ['a', 'b'], 'flag': false}");
        assertThat(fields.text("text", 3)).isEqualTo("Kim");
        assertThat(fields.anyText("text", "")).isEqualTo("Kim");
        assertThat(fields.ids("list", 0, 2)).containsExactly("a", "b");
        assertThat(fields.flag("flag")).isFalse();
        JsonFields nothing = fields("{'text': null}");
        assertThat(nothing.has("text")).isTrue();
        assertThat(nothing.has("list")).isFalse();
        assertThat(nothing.textOrNull("text", 3)).isNull();
        assertThat(nothing.texts("list")).isEmpty();
        assertThat(nothing.anyText("text", "absent")).isEqualTo("absent");
    }

    /** The field, the shape of the value, what was expected; never the value, which may be a secret in the wrong place. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "['secret']; body: a list of 1 (expected: an object with flag, list, text)",
                "{'other': 'secret'}; other: unknown field (expected: flag, list, text)",
                "{'text': 'secret'}; text: a text of 6 characters (expected: 1 to 5 characters",
                "{'text': '  '}; text: a text of 2 characters",
                "{'text': 'a\\u0000'}; text: a text of 2 characters",
                "{'text': 7}; text: a number",
                "{}; text: missing",
            })
    void refusesTexts(String json, String message) {
        refuses(json, message, fields -> fields.text("text", 5));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "{}; list: missing (expected: a list of 1 to 2 ids)",
                "{'list': []}; list: a list of 0 (expected: a list of 1 to 2 ids)",
                "{'list': ['a', 'b', 'secret']}; list: a list of 3",
                "{'list': ['a', 7]}; list[1]: a number",
                "{'list': ['secret', 'secret']}; list[1]: the same as an earlier one",
                "{'list': 'secret'}; list: a text of 6 characters",
            })
    void refusesLists(String json, String message) {
        refuses(json, message, fields -> fields.ids("list", 1, 2));
    }

    @Test
    void refusesOtherKinds() {
        refuses("{'flag': 'true'}", "flag: a text of 4 characters (expected: true or false)", f -> f.flag("flag"));
        refuses("{'list': [[]]}", "list[0]: a list of 0 (expected: a text)", f -> f.texts("list"));
        refuses("{'text': {}}", "text: an object (expected: a text)", f -> f.anyText("text", ""));
        refuses(
                "{'text': 'secret'}",
                "text: a text of 6 characters (expected: digits)",
                f -> f.matchingOrNull("text", Pattern.compile("\\d+"), "digits"));
    }

    private static void refuses(String json, String message, Consumer<JsonFields> read) {
        String field = message.substring(0, message.indexOf(':'));
        assertThatThrownBy(() -> read.accept(fields(json)))
                .isInstanceOfSatisfying(Refusal.class, refusal -> {
                    assertThat(refusal.kind()).isEqualTo(Refusal.Kind.INVALID);
                    assertThat(refusal.field()).isEqualTo(field.equals("body") ? null : field);
                })
                .hasMessageStartingWith(message)
                .hasMessageNotContaining("secret");
    }
}
