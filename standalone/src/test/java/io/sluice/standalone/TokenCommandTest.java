package io.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class TokenCommandTest {
    @TempDir
    private Path data;

    /** Standard output of a command that has to succeed. */
    private String run(FakeHttp server, String... arguments) throws IOException {
        Files.writeString(data.resolve("admin.token"), "secret");
        Files.writeString(data.resolve("sluice.yaml"), "rest-port: " + server.port() + "\n");
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--data", data.toString()));
        StringWriter out = new StringWriter();
        int code = new CommandLine(new TokenCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(new StringWriter()))
                .execute(all.toArray(String[]::new));
        assertThat(code).isZero();
        return out.toString();
    }

    @Test
    void createSendsWhatWasSaid() throws IOException {
        try (FakeHttp server =
                new FakeHttp(call -> new FakeHttp.Answer(201, "{\"id\":\"tok_1\",\"token\":\"sluice_x\"}"))) {
            String out = run(
                    server,
                    "create",
                    "laptops",
                    "--scope",
                    "ingest,budget:self",
                    "--expires-in-days",
                    "30",
                    "--linked-organization",
                    "beta,gamma",
                    "--user",
                    "usr_1");
            assertThat(out.strip()).isEqualTo("sluice_x");
            assertThat(server.calls()).singleElement().satisfies(call -> {
                assertThat(call.method() + " " + call.path()).isEqualTo("POST /v1/tokens");
                assertThat(call.body())
                        .isEqualTo("{\"name\":\"laptops\",\"scopes\":[\"ingest\",\"budget:self\"],"
                                + "\"linked_organizations\":[\"beta\",\"gamma\"],\"expires_in_days\":30,"
                                + "\"user_id\":\"usr_1\"}");
            });
        }
    }

    @Test
    void rotateShowsTheNewSecret() throws IOException {
        try (FakeHttp server = new FakeHttp(call -> new FakeHttp.Answer(
                201, "{\"id\":\"tok_2\",\"token\":\"sluice_y\",\"replaces_until\":\"2026-11-26T12:00:00Z\"}"))) {
            assertThat(run(server, "rotate", "tok_1", "--grace-hours", "0").strip())
                    .isEqualTo("sluice_y");
            run(server, "rotate", "tok_1");
            assertThat(server.calls())
                    .extracting(call -> call.method() + " " + call.path() + " " + call.body())
                    .containsExactly(
                            "POST /v1/tokens/tok_1/rotate {\"grace_hours\":0}", "POST /v1/tokens/tok_1/rotate {}");
        }
    }

    @Test
    void listShowsExpiryAndLastUse() throws IOException {
        try (FakeHttp server = new FakeHttp(call -> new FakeHttp.Answer(
                200,
                "{\"data\":[{\"id\":\"tok_1\",\"name\":\"a\",\"organization\":\"acme\",\"scopes\":[\"ingest\"],"
                        + "\"created_at\":\"2026-11-01T00:00:00Z\",\"expires_at\":\"2026-12-01T00:00:00Z\","
                        + "\"last_used_at\":\"2026-11-25T12:00:00Z\",\"revoked_at\":null}]}"))) {
            assertThat(run(server, "list"))
                    .contains("expires", "last used", "2026-12-01T00:00:00Z", "2026-11-25T12:00:00Z");
        }
    }

    @Test
    void helpNamesTheScopesAndWhatTheyAreFor() {
        StringWriter out = new StringWriter();
        int code = new CommandLine(new TokenCommand.Create())
                .setOut(new PrintWriter(out))
                .execute("--help");
        assertThat(code).isZero();
        assertThat(out.toString())
                .contains("--expires-in-days", "--linked-organization", "--user")
                .contains("ingest:", "read:analytics:", "scim:", "budget:self:", "admin:", "read:compliance_org_data:");
    }
}
