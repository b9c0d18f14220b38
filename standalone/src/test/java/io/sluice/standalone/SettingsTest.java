package io.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
    @TempDir
    private Path data;

    private Settings read(Map<String, String> environment) {
        return Settings.read(data, environment, Path.of("/home/somebody"));
    }

    /** Valid, and not the default. */
    private static String another(Setting setting) {
        return switch (setting.kind()) {
            case PORT -> Integer.toString(Integer.parseInt(setting.defaultValue()) + 20_000);
            case PORT_RANGE -> "9250-9251";
            case COUNT, MEGABYTES -> Integer.toString(Integer.parseInt(setting.defaultValue()) + 1);
            case FOLDER, SERVER, JOB -> "/another";
            case PLAN -> "console";
        };
    }

    @Test
    void defaults() {
        Settings settings = Settings.read(null, Map.of(), Path.of("/home/somebody"));

        assertThat(settings.data()).isEqualTo(Path.of("/home/somebody/.sluice"));
        for (Setting setting : Setting.values()) {
            assertThat(settings.text(setting)).as(setting.name()).isEqualTo(setting.defaultValue());
        }
        assertThat(settings.restUrl()).isEqualTo(URI.create("http://127.0.0.1:8080"));
        assertThat(settings.otlpUrl()).isEqualTo(URI.create("http://127.0.0.1:4318"));
        assertThat(settings.flinkUrl()).isEqualTo(URI.create("http://127.0.0.1:8081"));
        assertThat(settings.elasticsearchUrl()).isEqualTo(URI.create("http://127.0.0.1:9200"));
        assertThat(settings.kafkaServers()).isEqualTo("127.0.0.1:9092");
    }

    @ParameterizedTest
    @EnumSource
    void theEnvironmentSetsEverySetting(Setting setting) {
        Settings settings = read(Map.of(setting.variable(), another(setting)));

        assertThat(settings.text(setting)).isEqualTo(another(setting)).isNotEqualTo(setting.defaultValue());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "DATA_DIR")
    void theFileSetsEverySettingAndTheEnvironmentWins(Setting setting) throws IOException {
        Files.writeString(data.resolve("sluice.yaml"), setting.key() + ": " + another(setting) + "\n");

        assertThat(read(Map.of()).text(setting)).isEqualTo(another(setting));
        if (!setting.defaultValue().isEmpty()) {
            assertThat(read(Map.of(setting.variable(), setting.defaultValue())).text(setting))
                    .isEqualTo(setting.defaultValue());
        }
    }

    @Test
    void theOptionWinsOverTheVariableForTheDataFolder() {
        Map<String, String> environment = Map.of("SLUICE_DATA_DIR", "/from/variable");

        assertThat(Settings.read(null, environment, Path.of("/home/x")).data()).isEqualTo(Path.of("/from/variable"));
        assertThat(Settings.read(data, environment, Path.of("/home/x")).data()).isEqualTo(data.toAbsolutePath());
    }

    @Test
    void everyProblemIsNamedAtOnce() throws IOException {
        Files.writeString(data.resolve("sluice.yaml"), "rest-port: many\nrest-prt: 1\nkafka-port: [1]\n");

        assertThatThrownBy(() -> read(Map.of("SLUICE_FLINK_PORT", "65536", "SLUICE_KAFKA_HEAP_MB", "1")))
                .isInstanceOf(CommandException.class)
                .hasMessageContaining(
                        "rest-port in " + data.resolve("sluice.yaml") + ": many (expected: a port, 1 to 65535)")
                .hasMessageContaining("rest-prt in " + data.resolve("sluice.yaml") + ": unknown")
                .hasMessageContaining("kafka-port in " + data.resolve("sluice.yaml") + ": not a single value")
                .hasMessageContaining("SLUICE_FLINK_PORT: 65536 (expected: a port, 1 to 65535)")
                .hasMessageContaining("SLUICE_KAFKA_HEAP_MB: 1 (expected: megabytes, 32 or more)");
    }

    @Test
    void aFileThatIsNotYamlIsAProblemAndAnEmptyOneIsNot() throws IOException {
        Files.writeString(data.resolve("sluice.yaml"), "");
        assertThat(read(Map.of()).number(Setting.REST_PORT)).isEqualTo(8080);

        Files.writeString(data.resolve("sluice.yaml"), "rest-port: 'open\n");
        assertThatThrownBy(() -> read(Map.of()))
                .isInstanceOf(CommandException.class)
                .hasMessageContaining("not YAML");
    }

    @Test
    void twoPortsMayNotBeTheSame() {
        assertThatThrownBy(() -> read(Map.of("SLUICE_KAFKA_PORT", "8080")))
                .isInstanceOf(CommandException.class)
                .hasMessage("SLUICE_KAFKA_PORT: 8080 (expected: another port than SLUICE_REST_PORT)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"9250", "9251-9250", "9250-9250", "9250-", "-1", "a-b", "65535-65536"})
    void aRangeOfPortsHasTwo(String range) {
        assertThatThrownBy(() -> read(Map.of("SLUICE_FLINK_METRICS_PORTS", range)))
                .hasMessage(
                        "SLUICE_FLINK_METRICS_PORTS: " + range + " (expected: two ports or more, such as 9250-9251)");
    }

    @Test
    void urlsFollowAddressAndTls() {
        Map<String, String> environment = new HashMap<>();
        environment.put("SLUICE_BIND_ADDRESS", "::1");
        environment.put("SLUICE_TLS_CERTIFICATE_FILE", "/cert.pem");
        assertThat(read(environment).restUrl()).isEqualTo(URI.create("https://[::1]:8080"));

        environment.put("SLUICE_BIND_ADDRESS", "0.0.0.0");
        assertThat(read(environment).otlpUrl()).isEqualTo(URI.create("https://127.0.0.1:4318"));
    }

    @ParameterizedTest
    @EnumSource
    void theReadmeHasEverySetting(Setting setting) throws IOException {
        String defaultValue = setting.defaultValue().isEmpty() ? "none" : '`' + setting.defaultValue() + '`';

        assertThat(Files.readAllLines(Path.of("README.md")))
                .contains("| `" + setting.variable() + "` | `" + setting.key() + "` | " + defaultValue + " | "
                        + setting.description() + " |");
    }
}
