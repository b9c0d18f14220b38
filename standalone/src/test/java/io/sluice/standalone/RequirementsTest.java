package io.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.testing.FreePort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
}
