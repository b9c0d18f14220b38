package io.sluice.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MicrosTest {
    @ParameterizedTest
    @CsvSource({
        "2026-11-23T18:52:24.353Z, 2026-11-23T18:52:24.353Z",
        "2024-02-29T23:59:59.999Z, 2024-02-29T23:59:59.999Z",
        "1969-12-31T23:59:59.999Z, 1969-12-31T23:59:59.999Z",
        "2026-11-23T18:52:24Z, 2026-11-23T18:52:24Z",
        "2026-11-23T18:52:24.353+02:00, 2026-11-23T16:52:24.353Z",
        "2026-11-23T18:52:24.123456789Z, 2026-11-23T18:52:24.123456Z",
    })
    void textsAreReadToTheMicrosecond(String text, Instant expected) {
        assertThat(Micros.toInstant(Micros.parse(text))).isEqualTo(expected);
        assertThat(Micros.parse(text)).isEqualTo(Micros.of(expected));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "2026-02-29T00:00:00.000Z",
                "2026-13-01T00:00:00.000Z",
                "2026-01-01T24:00:00.000Z",
                "2026-01-01T00:60:00.000Z",
                "2026-01-01T00:00:60.000Z",
                "2026-01-01T00:00:00.000",
                "2026-01-01",
                "yesterday",
                "20260101T000000.0000000Z",
                "+1000000000-01-01T00:00:00Z"
            })
    void noTimes(String text) {
        assertThat(Micros.parse(text)).isEqualTo(Micros.NONE);
    }

    @Test
    void nanosecondsAreRoundedDownAlsoBeforeTheEpoch() {
        assertThat(Micros.of(Instant.ofEpochSecond(-1, 999_999_999))).isEqualTo(-1);
        assertThat(Micros.toInstant(-1)).isEqualTo(Instant.ofEpochSecond(-1, 999_999_000));
    }

    @Test
    void timesBeyondTheRangeAreRefused() {
        assertThatThrownBy(() -> Micros.of(Instant.MAX)).isInstanceOf(ArithmeticException.class);
    }
}
