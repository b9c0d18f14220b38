package io.sluice.core.privacy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.YearMonth;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PseudonymsTest {
    private static final YearMonth MONTH = YearMonth.of(2026, 11);

    private static Pseudonyms of(String secret, String orgId, YearMonth month) {
        return new Pseudonyms(secret.getBytes(StandardCharsets.UTF_8), orgId, month);
    }

    private static Pseudonyms here() {
        return of("a secret of tests", "acme", MONTH);
    }

    private static List<Pseudonyms> elsewhere() {
        return List.of(
                of("another secret of tests", "acme", MONTH),
                of("a secret of tests", "other", MONTH),
                of("a secret of tests", "acme", MONTH.plusMonths(1)));
    }

    @Test
    void aPersonHasOneNameOfAnOrganizationAndMonth() {
        assertThat(here().of("alice@example.com"))
                .startsWith(Pseudonyms.PREFIX)
                .isEqualTo(here().of("alice@example.com"))
                .isNotEqualTo(here().of("bob@example.com"));
        elsewhere()
                .forEach(other ->
                        assertThat(other.of("alice@example.com")).isNotEqualTo(here().of("alice@example.com")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "s", "6f1b2c3d-0000-4000-8000-000000000000", "id-", "søk 日本"})
    void anIdIsFoundAgainInItsMonthOnly(String id) {
        String told = here().ofId(id);
        assertThat(told).startsWith(Pseudonyms.ID_PREFIX).isEqualTo(here().ofId(id));
        assertThat(here().idOf(told)).contains(id);
        elsewhere().forEach(other -> assertThat(other.idOf(told)).isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "6f1b2c3d", "id-", "id-!", "id-AAAA", "id-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
    void whatNobodyToldIsNobodys(String given) {
        assertThat(here().idOf(given)).isEmpty();
    }
}
