package io.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.testing.FreePort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequirementsTest {
    @TempDir
    private Path data;

    static Map<String, String> freePorts() throws IOException {
        Map<String, String> environment = new HashMap<>();
        for (Setting setting : Settings.ports()) {
            String port;
            do {
                port = Integer.toString(FreePort.next());
            } while (environment.containsValue(port));
            environment.put(setting.variable(), port);
        }
        return environment;
    }

    @Test
    void aTakenPortIsNamedWithItsSetting() throws IOException {
        Map<String, String> environment = freePorts();
        Settings settings = Settings.read(data, environment, data);
        assertThatCode(() -> Requirements.requireFreePorts(settings)).doesNotThrowAnyException();

        int kafka = settings.number(Setting.KAFKA_PORT);
        int rest = settings.number(Setting.REST_PORT);
        try (ServerSocket one = new ServerSocket(kafka, 1, InetAddress.getLoopbackAddress());
                ServerSocket two = new ServerSocket(rest)) {
            assertThatThrownBy(() -> Requirements.requireFreePorts(settings))
                    .isInstanceOf(CommandException.class)
                    .hasMessageMatching("(?s)SLUICE_REST_PORT: " + two.getLocalPort()
                            + " cannot be used, .*\\(expected: a free port; set another, for example"
                            + " SLUICE_REST_PORT=\\d+\\)\\R.*SLUICE_KAFKA_PORT: " + one.getLocalPort() + " .*");
        }
    }

    @Test
    void tooLittleSpaceIsSaidWithItsFolder() {
        Path folder = data.resolve("not/yet/there");

        assertThatCode(() -> Requirements.requireSpace(folder, 1)).doesNotThrowAnyException();
        assertThatThrownBy(() -> Requirements.requireSpace(folder, Long.MAX_VALUE))
                .isInstanceOf(CommandException.class)
                .hasMessageStartingWith("disk of " + folder + ": ")
                .hasMessageContaining("MB free (expected: ");
    }

    @Test
    void aKeyThatCannotBeReadIsNamedWithItsSetting() throws IOException {
        Path file = data.resolve("anthropic.key");
        Settings settings = Settings.read(data, Map.of("SLUICE_REPORTED_KEY_FILE", file.toString()), data);

        assertThatThrownBy(() -> Requirements.requireReports(settings))
                .isInstanceOf(CommandException.class)
                .hasMessageStartingWith("SLUICE_REPORTED_KEY_FILE: " + file + " cannot be read (expected: ");
        Files.writeString(file, "sk-ant");
        assertThatCode(() -> Requirements.requireReports(settings)).doesNotThrowAnyException();
        assertThatCode(() -> Requirements.requireReports(Settings.read(data, Map.of(), data)))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "'', '', none",
                "https://api.example.com, 2024-02-29, none",
                "http://127.0.0.1:5, '', none",
                "http://[::1]:5/below, '', none",
                "http://api.example.com, '', SLUICE_REPORTED_URL: 22 characters (expected: https://…; http only of this machine)",
                "http://127.0.0.1.example.com, '', SLUICE_REPORTED_URL: 28 characters (expected: https://…; http only of this machine)",
                "api.example.com, 1.2.2026, 'SLUICE_REPORTED_URL: 15 characters (expected: https://…; http only of this machine)"
                        + "|SLUICE_REPORTED_FROM: 1.2.2026 (expected: a day, YYYY-MM-DD, that has begun)'",
                "'', 2026-02-30, 'SLUICE_REPORTED_FROM: 2026-02-30 (expected: a day, YYYY-MM-DD, that has begun)'",
                "'', 9999-01-01, 'SLUICE_REPORTED_FROM: 9999-01-01 (expected: a day, YYYY-MM-DD, that has begun)'"
            })
    void whatTheJobOfReportsWouldRefuseIsRefusedAtStart(String url, String from, @Nullable String problems)
            throws IOException {
        Path file = Files.writeString(data.resolve("anthropic.key"), "sk-ant");
        Map<String, String> environment =
                new HashMap<>(Map.of("SLUICE_REPORTED_URL", url, "SLUICE_REPORTED_FROM", from));
        assertThatCode(() -> Requirements.requireReports(Settings.read(data, environment, data)))
                .as("nothing is read without a key")
                .doesNotThrowAnyException();
        environment.put("SLUICE_REPORTED_KEY_FILE", file.toString());
        Settings settings = Settings.read(data, environment, data);
        if (problems == null) {
            assertThatCode(() -> Requirements.requireReports(settings)).doesNotThrowAnyException();
        } else {
            assertThatThrownBy(() -> Requirements.requireReports(settings))
                    .isInstanceOf(CommandException.class)
                    .hasMessage(problems.replace("|", System.lineSeparator()));
        }
    }

    /** Reports are read by one task, of what the plan has; without a key there is no such job. */
    @Test
    void theJobOfReportsRunsWhereThereIsAKey() {
        assertThat(Job.of(Settings.read(data, Map.of(), data)))
                .containsExactly(Job.SPEND, Job.CODE_METRICS, Job.COMPLIANCE);
        Settings settings = Settings.read(
                data,
                Map.of(
                        "SLUICE_REPORTED_KEY_FILE",
                        "/run/secrets/key",
                        "SLUICE_REPORTED_PLAN",
                        "console",
                        "SLUICE_PARALLELISM",
                        "3"),
                data);
        assertThat(Job.of(settings)).contains(Job.REPORTED);
        assertThat(Job.REPORTED.parallelism(settings)).isEqualTo(1);
        assertThat(Job.SPEND.parallelism(settings)).isEqualTo(3);
        assertThat(String.join(" ", Job.REPORTED.arguments(settings, new DataFolder(data))))
                .contains("--reported.key-file /run/secrets/key --reported.plan console"
                        + " --reported.reports usage;cost;claude_code --reported.organization default")
                .doesNotContain("--reported.url");
        assertThat(Job.REPORTED.jarName()).isEqualTo("sluice-reported");
        assertThat(Job.REPORTED.mainClass()).isNull();
    }

    @Test
    void theJobOfConversationsRunsWhereThereIsAKey() {
        Map<String, String> environment = new HashMap<>(Map.of(
                "SLUICE_COMPLIANCE_KEY_FILE",
                "/run/secrets/key",
                "SLUICE_COMPLIANCE_ORGANIZATION",
                "acme",
                "SLUICE_PARALLELISM",
                "3"));
        Settings settings = Settings.read(data, environment, data);
        assertThat(Job.of(settings)).containsExactly(Job.SPEND, Job.CODE_METRICS, Job.COMPLIANCE, Job.COMPLIANCE_FEED);
        assertThat(Job.COMPLIANCE_FEED.parallelism(settings)).isEqualTo(1);
        assertThat(Job.COMPLIANCE_FEED.isNeeded()).isFalse();
        assertThat(Job.COMPLIANCE_FEED.jarName()).isEqualTo("sluice-reported");
        assertThat(Job.COMPLIANCE_FEED.mainClass()).isEqualTo("io.sluice.reported.ComplianceFeedJob");
        assertThat(String.join(" ", Job.COMPLIANCE_FEED.arguments(settings, new DataFolder(data))))
                .contains("--compliance.key-file /run/secrets/key --compliance.organization acme"
                        + " --compliance.requests-per-minute 300 --compliance.reserve 60")
                .doesNotContain("--compliance.url")
                .doesNotContain("--reported");
        assertThatThrownBy(() -> Requirements.requireCompliance(settings))
                .hasMessage("SLUICE_COMPLIANCE_KEY_FILE: /run/secrets/key cannot be read"
                        + " (expected: a file with a key of the organization at Anthropic)");
    }

    @ParameterizedTest
    @CsvSource({
        "601, 60, 'SLUICE_COMPLIANCE_REQUESTS_PER_MINUTE: 601 (expected: 1 to 600)'",
        "60, 60, 'SLUICE_COMPLIANCE_RESERVE: 60 (expected: less than SLUICE_COMPLIANCE_REQUESTS_PER_MINUTE, 60)'"
    })
    void aRateThatUpstreamDoesNotHaveIsRefusedAtStart(String perMinute, String reserve, String problem)
            throws IOException {
        Path file = Files.writeString(data.resolve("compliance.key"), "sk-ant");
        Map<String, String> environment = Map.of(
                "SLUICE_COMPLIANCE_KEY_FILE",
                file.toString(),
                "SLUICE_COMPLIANCE_REQUESTS_PER_MINUTE",
                perMinute,
                "SLUICE_COMPLIANCE_RESERVE",
                reserve);
        assertThatThrownBy(() -> Requirements.requireCompliance(Settings.read(data, environment, data)))
                .isInstanceOf(CommandException.class)
                .hasMessage(problem);
    }
}
