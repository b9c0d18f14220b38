package io.sluice.standalone;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The settings of one stack, checked. */
final class Settings {
    /** Of {@link Setting#REPORTED_PLAN}. */
    static final String CONSOLE = "console";

    /** Less than this and a JVM does not start. */
    private static final int LEAST_MEGABYTES = 32;

    private final Path data;
    private final Map<Setting, String> values;

    private Settings(Path data, Map<Setting, String> values) {
        this.data = data;
        this.values = values;
    }

    /**
     * Reads the environment and {@code sluice.yaml}.
     *
     * @param dataOption of the command line; null: not given
     * @param userHome where the data folder is by default
     * @throws CommandException naming every problem, one a line
     */
    static Settings read(@Nullable Path dataOption, Map<String, String> environment, Path userHome) {
        Path data = dataOption;
        if (data == null) {
            String given =
                    environment.getOrDefault(Setting.DATA_DIR.variable(), "").strip();
            data = given.isEmpty() ? userHome.resolve(".sluice") : Path.of(given);
        }
        data = data.toAbsolutePath().normalize();
        List<String> problems = new ArrayList<>();
        Map<Setting, String> values = new EnumMap<>(Setting.class);
        Map<Setting, String> names = new EnumMap<>(Setting.class);
        Path file = data.resolve("sluice.yaml");
        fromFile(file, problems).forEach((setting, value) -> {
            values.put(setting, value);
            names.put(setting, setting.key() + " in " + file);
        });
        for (Setting setting : Setting.values()) {
            String value = environment.get(setting.variable());
            if (value != null && !value.isBlank()) {
                values.put(setting, value.strip());
                names.put(setting, setting.variable());
            }
        }
        values.forEach((setting, value) -> {
            String expected = expected(setting.kind(), value);
            if (expected != null) {
                problems.add(names.get(setting) + ": " + value + " (expected: " + expected + ")");
            }
        });
        if (!problems.isEmpty()) {
            throw new CommandException(String.join(System.lineSeparator(), problems));
        }
        Settings settings = new Settings(data, values);
        settings.requireDistinctPorts();
        return settings;
    }

    private static Map<Setting, String> fromFile(Path file, List<String> problems) {
        Map<Setting, String> values = new EnumMap<>(Setting.class);
        if (!Files.exists(file)) {
            return values;
        }
        JsonNode document;
        try {
            document = new YAMLMapper().readTree(file.toFile());
        } catch (JsonProcessingException e) {
            problems.add(
                    file + ": not YAML at line " + e.getLocation().getLineNr() + " (expected: lines 'setting: value')");
            return values;
        } catch (IOException e) {
            problems.add(file + ": " + e + " (expected: a readable file)");
            return values;
        }
        if (document.isMissingNode() || document.isNull()) {
            return values;
        }
        if (!document.isObject()) {
            problems.add(file + ": no settings in it (expected: lines 'setting: value')");
            return values;
        }
        Map<String, Setting> known = new HashMap<>();
        Arrays.stream(Setting.values())
                .filter(setting -> setting != Setting.DATA_DIR)
                .forEach(setting -> known.put(setting.key(), setting));
        document.properties().forEach(field -> {
            Setting setting = known.get(field.getKey());
            if (setting == null) {
                problems.add(field.getKey() + " in " + file + ": unknown (expected: one of "
                        + String.join(", ", known.keySet().stream().sorted().toList()) + ")");
            } else if (!field.getValue().isValueNode()) {
                problems.add(field.getKey() + " in " + file + ": not a single value (expected: one value)");
            } else if (!field.getValue().asText().isBlank()) {
                values.put(setting, field.getValue().asText().strip());
            }
        });
        return values;
    }

    /** Null: the value is fine. */
    private static @Nullable String expected(Setting.Kind kind, String value) {
        return switch (kind) {
            case FOLDER, SERVER, JOB -> null;
            case PLAN -> value.equals(CONSOLE) || value.equals("enterprise") ? null : "console or enterprise";
            case PORT -> isNumber(value, 1, 65_535) ? null : "a port, 1 to 65535";
            case PORT_RANGE -> isRange(value) ? null : "two ports or more, such as 9250-9251";
            case COUNT -> isNumber(value, 1, 10_000) ? null : "a whole number, 1 to 10000";
            case MEGABYTES ->
                isNumber(value, LEAST_MEGABYTES, 1_000_000) ? null : "megabytes, " + LEAST_MEGABYTES + " or more";
        };
    }

    private static boolean isRange(String value) {
        int dash = value.indexOf('-');
        return dash > 0
                && isNumber(value.substring(0, dash), 1, 65_534)
                && isNumber(value.substring(dash + 1), Integer.parseInt(value.substring(0, dash)) + 1, 65_535);
    }

    private static boolean isNumber(String value, int least, int most) {
        try {
            int number = Integer.parseInt(value);
            return number >= least && number <= most;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private void requireDistinctPorts() {
        Map<Integer, Setting> ports = new HashMap<>();
        for (Setting setting : ports()) {
            Setting other = ports.put(number(setting), setting);
            if (other != null) {
                throw new CommandException(setting.variable() + ": " + number(setting)
                        + " (expected: another port than " + other.variable() + ")");
            }
        }
    }

    static List<Setting> ports() {
        return Arrays.stream(Setting.values())
                .filter(setting -> setting.kind() == Setting.Kind.PORT)
                .toList();
    }

    /** Absolute. */
    Path data() {
        return data;
    }

    /** Empty: not set, and no default. */
    String text(Setting setting) {
        return values.getOrDefault(setting, setting.defaultValue());
    }

    int number(Setting setting) {
        return Integer.parseInt(text(setting));
    }

    String organization() {
        return text(Setting.DEFAULT_ORGANIZATION);
    }

    boolean tls() {
        return !text(Setting.TLS_CERTIFICATE_FILE).isEmpty();
    }

    /** What this machine's commands call the server. */
    URI restUrl() {
        return serverUrl(Setting.REST_PORT);
    }

    URI otlpUrl() {
        return serverUrl(Setting.OTLP_HTTP_PORT);
    }

    private URI serverUrl(Setting port) {
        String address = text(Setting.BIND_ADDRESS);
        boolean everywhere = address.equals("0.0.0.0") || address.equals("::") || address.equals("[::]");
        String host = everywhere ? "127.0.0.1" : address;
        return URI.create((tls() ? "https://" : "http://")
                + (host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host) + ":" + number(port));
    }

    URI elasticsearchUrl() {
        return URI.create("http://127.0.0.1:" + number(Setting.ELASTICSEARCH_PORT));
    }

    URI flinkUrl() {
        return URI.create("http://127.0.0.1:" + number(Setting.FLINK_PORT));
    }

    /** {@code host:port}. */
    String kafkaServers() {
        return "127.0.0.1:" + number(Setting.KAFKA_PORT);
    }
}
