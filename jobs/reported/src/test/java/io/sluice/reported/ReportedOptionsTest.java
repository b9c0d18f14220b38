package io.sluice.reported;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.claudeapi.ApiAccount;
import io.sluice.claudeapi.ApiAccount.Plan;
import io.sluice.claudeapi.ApiKey;
import io.sluice.claudeapi.Report;
import io.sluice.runtime.EdgeOptions;
import java.net.URI;
import java.time.Duration;
import java.time.LocalDate;
import java.util.EnumSet;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.util.ParameterTool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportedOptionsTest {
    private static final LocalDate TODAY = LocalDate.of(2026, 11, 26);

    private static Configuration options(String... args) {
        return ParameterTool.fromArgs(args).getConfiguration();
    }

    @Test
    void defaults() {
        assertThat(ReportedOptions.reading(options(), TODAY))
                .isEqualTo(new ReportedOptions.Reading(
                        new ApiAccount(
                                "default",
                                URI.create("https://api.anthropic.com"),
                                Plan.ENTERPRISE,
                                ApiKey.environment("ANTHROPIC_ADMIN_KEY"),
                                Duration.ofSeconds(30)),
                        EnumSet.of(Report.USAGE, Report.COST),
                        LocalDate.of(2026, 10, 27)));
        assertThat(options().get(EdgeOptions.KAFKA)).isEqualTo("127.0.0.1:9092");
        assertThat(options().get(EdgeOptions.ELASTICSEARCH)).isEqualTo("http://127.0.0.1:9200");
        assertThat(options().get(EdgeOptions.ELASTICSEARCH_USER)).isEqualTo("elastic");
        assertThat(options().getOptional(EdgeOptions.ELASTICSEARCH_PASSWORD_FILE))
                .isEmpty();
    }

    @Test
    void everyOptionCounts() {
        Configuration options = options(
                "--kafka.bootstrap-servers", "kafka:1",
                "--elasticsearch.url", "none",
                "--elasticsearch.user", "sluice",
                "--elasticsearch.password-file", "password",
                "--reported.organization", "acme",
                "--reported.url", "http://127.0.0.1:5",
                "--reported.plan", "console",
                "--reported.key-file", "key",
                "--reported.reports", "claude_code;cost",
                "--reported.from", "2026-03-01",
                "--reported.patience", "5 s");
        assertThat(ReportedOptions.reading(options, TODAY))
                .isEqualTo(new ReportedOptions.Reading(
                        new ApiAccount(
                                "acme",
                                URI.create("http://127.0.0.1:5"),
                                Plan.CONSOLE,
                                new ApiKey(true, "key"),
                                Duration.ofSeconds(5)),
                        EnumSet.of(Report.CLAUDE_CODE, Report.COST),
                        LocalDate.of(2026, 3, 1)));
        assertThat(options.get(EdgeOptions.KAFKA)).isEqualTo("kafka:1");
        assertThat(options.get(EdgeOptions.ELASTICSEARCH)).isEqualTo("none");
        assertThat(options.get(EdgeOptions.ELASTICSEARCH_USER)).isEqualTo("sluice");
        assertThat(options.get(EdgeOptions.ELASTICSEARCH_PASSWORD_FILE)).isEqualTo("password");
        assertThat(ReportedOptions.reading(options("--reported.key-variable", "OTHER"), TODAY)
                        .account()
                        .key())
                .isEqualTo(ApiKey.environment("OTHER"));
    }

    @Test
    void allProblemsAreToldAtOnce() {
        assertThatThrownBy(() -> ReportedOptions.reading(
                        options(
                                "--reported.plan", "team",
                                "--reported.reports", "cost;claude_code;weather",
                                "--reported.from", "2026-11-27",
                                "--reported.url", "not an address"),
                        TODAY))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("reported.plan: team (expected: console or enterprise);"
                        + " reported.reports: claude_code (expected: reports that the plan has);"
                        + " reported.reports: weather (expected: reports that the plan has);"
                        + " reported.from: 2026-11-27 (expected: no day in the future);"
                        + " reported.url: no address (expected: https://…)");
        assertThatThrownBy(() -> ReportedOptions.reading(options("--reported.from", "soon"), TODAY))
                .hasMessage("reported.from: soon (expected: YYYY-MM-DD)");
    }

    /** So that a job which starts today starts on every later day. */
    @ParameterizedTest
    @CsvSource({
        "2025-01-01, 2025-11-27",
        "2025-11-26, 2025-11-27",
        "2025-11-27, 2025-11-27",
        "2025-11-28, 2025-11-28",
        "2026-11-26, 2026-11-26"
    })
    void aDayThatUpstreamNoLongerHasIsTheOldestThatItHas(String from, LocalDate read) {
        assertThat(ReportedOptions.reading(options("--reported.from", from), TODAY)
                        .from())
                .isEqualTo(read);
    }
}
