package io.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.testing.FreePort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiTest {
    @TempDir
    private Path data;

    private Api api(int port) {
        return new Api(Settings.read(data, Map.of("SLUICE_REST_PORT", Integer.toString(port)), data));
    }

    @Test
    void nothingListensThere() throws IOException {
        Files.writeString(data.resolve("admin.token"), "secret");
        int port = FreePort.next();

        assertThatThrownBy(() -> api(port).get("/v1/spend", List.of()))
                .isInstanceOf(CommandException.class)
                .hasMessageStartingWith(
                        "Nothing answers at http://127.0.0.1:" + port + " (expected: Sluice is running;");
    }

    @Test
    void aMissingTokenSaysWhereItWouldBe() throws IOException {
        assertThatThrownBy(() -> api(FreePort.next()).get("/v1/spend", List.of()))
                .isInstanceOf(CommandException.class)
                .hasMessageStartingWith("token: " + data.resolve("admin.token") + " does not exist");
    }

    @Test
    void theServersOwnWordsAreShown() throws IOException {
        Files.writeString(data.resolve("admin.token"), "secret\n");
        try (FakeHttp server = new FakeHttp(call -> new FakeHttp.Answer(
                400, "{\"error\":{\"type\":\"x\",\"message\":\"period: eon (expected: hour)\"}}"))) {
            assertThatThrownBy(() -> api(server.port()).get("/v1/spend", List.of()))
                    .isInstanceOf(CommandException.class)
                    .hasMessage("period: eon (expected: hour)");
            assertThat(server.calls().get(0).authorization()).isEqualTo("Bearer secret");
        }
    }

    @Test
    void anErrorThatIsNotTheServersIsShownByItsStatus() throws IOException {
        Files.writeString(data.resolve("admin.token"), "secret");
        try (FakeHttp server = new FakeHttp(call -> new FakeHttp.Answer(502, "<html>"))) {
            assertThatThrownBy(() -> api(server.port()).get("/v1/spend", List.of()))
                    .isInstanceOf(CommandException.class)
                    .hasMessageEndingWith("/v1/spend: status 502 (expected: 2xx)");
        }
    }

    @Test
    void allPagesOfSpendAreOneAnswer() throws IOException, InterruptedException {
        Files.writeString(data.resolve("admin.token"), "secret");
        try (FakeHttp server = new FakeHttp(
                call -> new FakeHttp.Answer(
                        200,
                        call.path().contains("page=p2")
                                ? "{\"data\":[{\"spend_micros\":2}],\"has_more\":false,\"next_page\":null,\"period\":\"day\"}"
                                : "{\"data\":[{\"spend_micros\":1}],\"has_more\":true,\"next_page\":\"p2\",\"period\":\"day\"}"))) {
            JsonNode answer = SpendCommand.ask(
                    api(server.port()),
                    "day",
                    List.of("user", "model"),
                    List.of("a+b@example.com"),
                    "2026-11-01",
                    null);

            assertThat(answer.path("data").toString()).isEqualTo("[{\"spend_micros\":1},{\"spend_micros\":2}]");
            assertThat(answer.path("has_more").asBoolean()).isFalse();
            assertThat(server.calls().get(0).path())
                    .isEqualTo("/v1/spend?period=day&group_by%5B%5D=user&group_by%5B%5D=model&user=a%2Bb%40example.com"
                            + "&starting_at=2026-11-01&limit=1000");
        }
    }
}
