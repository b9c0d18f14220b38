package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackdatingTest {
    @ParameterizedTest(name = "{0} at {1}: {2}")
    @CsvSource({
        "2026-11-25T13:00:00Z, 2026-11-25T13:41:07Z,",
        "2026-11-25T13:41:07Z, 2026-11-25T13:41:07Z,",
        "2026-11-25T13:45:30Z, 2026-11-25T13:41:07Z,",
        "2026-11-25T13:51:07Z, 2026-11-25T13:41:07Z,",
        "2026-11-25T13:51:07.001Z, 2026-11-25T13:41:07Z, at most 10 minutes after now",
        "+1000000000-12-31T23:59:59.999999999Z, 2026-11-25T13:41:07Z, at most 10 minutes after now",
        "2026-11-25T13:41:06Z, 2026-11-25T13:41:07Z, a full hour in UTC",
        "2026-11-25T12:30:00Z, 2026-11-25T13:41:07Z, a full hour in UTC",
        "2026-10-01T00:00:00Z, 2026-11-25T13:41:07Z,",
        "2026-09-30T23:00:00Z, 2026-11-25T13:41:07Z, not before 2026-10-01T00:00:00Z",
        "-1000000000-01-01T00:00:00Z, 2026-11-25T13:41:07Z, not before 2026-10-01T00:00:00Z",
        "2026-09-30T23:00:00Z, 2026-11-04T23:59:59Z,",
        "2026-09-30T23:00:00Z, 2026-11-05T00:00:00Z, not before 2026-10-01T00:00:00Z",
    })
    void fromNowOnOrFromAFullHourOfAnOpenMonth(Instant effectiveAt, Instant now, @Nullable String problem) {
        String found = Backdating.problem("effective_at", effectiveAt, now).orElse(null);
        if (problem == null) {
            assertThat(found).isNull();
        } else {
            assertThat(found).startsWith("effective_at: " + effectiveAt).contains(problem);
        }
    }

    /** The month before this one is always open, and sometimes the one before that. */
    @ParameterizedTest
    @CsvSource({
        "2026-11-25T13:41:07Z, 2026-10-01T00:00:00Z",
        "2026-11-04T23:59:59.999Z, 2026-09-01T00:00:00Z",
        "2026-11-05T00:00:00Z, 2026-10-01T00:00:00Z",
        "2027-01-02T00:00:00Z, 2026-11-01T00:00:00Z",
        "2027-03-01T00:00:00Z, 2027-01-01T00:00:00Z",
        "2024-02-29T12:00:00Z, 2024-01-01T00:00:00Z",
    })
    void oldestOpenMonth(Instant now, Instant since) {
        assertThat(Backdating.openSince(now)).isEqualTo(since);
    }
}
