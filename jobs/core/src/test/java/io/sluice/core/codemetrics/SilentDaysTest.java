package io.sluice.core.codemetrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SilentDaysTest {
    private static final LocalDate DAY = LocalDate.of(2026, 11, 24);

    @ParameterizedTest(name = "seen in {0}: silent {1}")
    @CsvSource({
        "session-file, true",
        "report:claude_code, true",
        "other, true",
        "session-file report:users, true",
        "events, false",
        "counters, false",
        "counters session-file report:claude_code, false",
        "'', false"
    })
    void aDayIsSilentIfSomethingTellsOfItAndTelemetryDoesNot(String seenIn, boolean silent) {
        Set<String> sources =
                Arrays.stream(seenIn.split(" ")).filter(name -> !name.isEmpty()).collect(Collectors.toSet());
        assertThat(SilentDays.of(Map.of(DAY, sources))).isEqualTo(silent ? Map.of(DAY, sources) : Map.of());
    }
}
