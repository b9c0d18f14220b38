package io.sluice.scim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScimVersionTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "W/\"7\" | true",
                "\"7\" | true",
                "* | true",
                "W/\"6\", W/\"7\" | true",
                "\"6\" , \"7\" | true",
                "W/\"6\" | false",
                "W/\"77\" | false",
                "7 | false",
                "\"7 | false",
                "w/\"7\" | false",
                "W/\"7\" x | false",
                "` ` | false"
            })
    void comparesWeakly(String header, boolean same) {
        assertThat(ScimVersion.isNotModified(header, 7)).isEqualTo(same);
        if (same) {
            assertThatCode(() -> ScimVersion.requireMatch(header, 7)).doesNotThrowAnyException();
        } else {
            Cases.assertRefused(
                    Cases.json("{'status':'412','detail':'version'}"), () -> ScimVersion.requireMatch(header, 7));
        }
    }

    @ParameterizedTest
    @org.junit.jupiter.params.provider.NullSource
    void asksForNothingWithoutAHeader(@Nullable String header) {
        assertThat(ScimVersion.isNotModified(header, 7)).isFalse();
        assertThatCode(() -> ScimVersion.requireMatch(header, 7)).doesNotThrowAnyException();
        assertThat(ScimVersion.format(7)).isEqualTo("W/\"7\"");
    }
}
