package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.common.QueryParams;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RestParametersTest {
    private static final PageToken PAGE = new PageToken(
            new PageCipher("a secret of tests"), "default", PageToken.ANYBODY, "/v1/spend", QueryParams.of());

    private static SpendReport.Query spend(String query) {
        QueryParams parameters = QueryParams.fromQueryString(query);
        return SpendReport.Query.of(new Parameters(parameters, SpendReport.PARAMETERS, false, PAGE));
    }

    @Test
    void defaults() {
        assertThat(spend(""))
                .isEqualTo(new SpendReport.Query(Period.MONTH, null, null, List.of(), List.of(), 100, PAGE));
    }

    @Test
    void everythingGiven() {
        assertThat(spend("period=day&starting_at=2026-11-01T10:30:00%2B01:00&ending_at=2026-11-02&group_by[]=user"
                        + "&group_by[]=model&group_by=mcp_server,user&user=a@example.com&user=b@example.com&limit=7"))
                .isEqualTo(new SpendReport.Query(
                        Period.DAY,
                        Instant.parse("2026-11-01T09:00:00Z"),
                        Instant.parse("2026-11-02T00:00:00Z"),
                        List.of(Dimension.USER, Dimension.MODEL, Dimension.MCP_SERVER),
                        List.of("a@example.com", "b@example.com"),
                        7,
                        PAGE));
    }

    @Test
    void theEndIsRoundedUpToTheHour() {
        assertThat(spend("ending_at=2026-11-02T09:00:00.001Z").endingAt())
                .isEqualTo(Instant.parse("2026-11-02T10:00:00Z"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "period=year; period; period: year (expected: one of hour, day, week, month)",
                "group_by[]=users; group_by[]; group_by[]: users (expected: one of user, team, organization, model,"
                        + " repository, product, mcp_server, skill, terminal)",
                "limit=0; limit; limit: 0 (expected: a whole number, 1 to 1000)",
                "limit=ten; limit; limit: ten (expected: a whole number, 1 to 1000)",
                "starting_at=yesterday; starting_at; starting_at: yesterday (expected: RFC 3339 such as"
                        + " 2026-11-01T00:00:00Z, or a date such as 2026-11-01)",
                "starting_at=2026-11-02&ending_at=2026-11-02; ending_at; ending_at: 2026-11-02T00:00:00Z (expected:"
                        + " later than starting_at 2026-11-02T00:00:00Z)",
                "groupby=user; groupby; groupby: unknown parameter (expected: ending_at, group_by, group_by[], limit,"
                        + " organization, page, period, starting_at, user)",
            })
    void saysWhatIsWrongAndWhatWasExpected(String query, String field, String message) {
        assertThatThrownBy(() -> spend(query))
                .hasMessage(message)
                .hasFieldOrPropertyWithValue("field", field)
                .extracting("kind")
                .isEqualTo(Refusal.Kind.INVALID);
    }

    @ParameterizedTest
    @CsvSource({
        "HOUR, 2026-03-29T01:00:00Z, 2026-03-29T02:00:00Z",
        "DAY, 2026-03-29T00:00:00Z, 2026-03-30T00:00:00Z",
        "WEEK, 2026-12-28T00:00:00Z, 2027-01-04T00:00:00Z",
        "MONTH, 2028-02-01T00:00:00Z, 2028-03-01T00:00:00Z",
    })
    void periodsEndInUtc(Period period, Instant start, Instant end) {
        assertThat(period.end(start)).isEqualTo(end);
    }

    @Test
    void theMonthOfATime() {
        assertThat(Period.monthOf(Instant.parse("2026-11-30T23:59:59Z")))
                .isEqualTo(Instant.parse("2026-11-01T00:00:00Z"));
    }
}
