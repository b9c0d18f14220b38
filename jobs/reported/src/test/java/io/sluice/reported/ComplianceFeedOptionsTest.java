package io.sluice.reported;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.claudeapi.ApiKey;
import io.sluice.claudeapi.compliance.ComplianceAccount;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.util.ParameterTool;
import org.junit.jupiter.api.Test;

class ComplianceFeedOptionsTest {
    private static final LocalDate TODAY = LocalDate.of(2026, 11, 26);

    private static Configuration options(String... args) {
        return ParameterTool.fromArgs(args).getConfiguration();
    }

    @Test
    void defaults() {
        assertThat(ComplianceFeedOptions.reading(options(), TODAY))
                .isEqualTo(new ComplianceFeedOptions.Reading(
                        new ComplianceAccount(
                                "default",
                                URI.create("https://api.anthropic.com"),
                                ApiKey.environment("ANTHROPIC_COMPLIANCE_KEY"),
                                Duration.ofSeconds(30),
                                300,
                                60),
                        Instant.parse("2026-10-27T00:00:00Z"),
                        true));
    }

    @Test
    void everyOptionCounts() {
        Configuration options = options(
                "--compliance.organization", "acme",
                "--compliance.url", "http://127.0.0.1:5",
                "--compliance.key-file", "key",
                "--compliance.from", "2020-03-01",
                "--compliance.requests-per-minute", "500",
                "--compliance.reserve", "100",
                "--compliance.patience", "5 s",
                "--compliance.files", "false");
        assertThat(ComplianceFeedOptions.reading(options, TODAY))
                .isEqualTo(new ComplianceFeedOptions.Reading(
                        new ComplianceAccount(
                                "acme",
                                URI.create("http://127.0.0.1:5"),
                                new ApiKey(true, "key"),
                                Duration.ofSeconds(5),
                                500,
                                100),
                        Instant.parse("2020-03-01T00:00:00Z"),
                        false));
        assertThat(ComplianceFeedOptions.reading(options("--compliance.key-variable", "OTHER"), TODAY)
                        .account()
                        .key())
                .isEqualTo(ApiKey.environment("OTHER"));
    }

    @Test
    void allProblemsAreToldAtOnce() {
        assertThatThrownBy(() -> ComplianceFeedOptions.reading(
                        options(
                                "--compliance.from", "2026-11-27",
                                "--compliance.requests-per-minute", "601",
                                "--compliance.url", "not an address"),
                        TODAY))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("compliance.from: 2026-11-27 (expected: no day in the future);"
                        + " compliance.requests-per-minute: 601 (expected: 1 to 600);"
                        + " compliance.url: no address (expected: https://…)");
        assertThatThrownBy(() -> ComplianceFeedOptions.reading(options("--compliance.from", "soon"), TODAY))
                .hasMessage("compliance.from: soon (expected: YYYY-MM-DD)");
        assertThatThrownBy(() -> ComplianceFeedOptions.reading(
                        options("--compliance.requests-per-minute", "60", "--compliance.reserve", "60"), TODAY))
                .hasMessage("compliance.reserve: 60 (expected: 0 to 59, less than compliance.requests-per-minute)");
    }
}
