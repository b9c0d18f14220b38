package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.schema.DirectoryVersion;
import io.sluice.server.DirectoryStack.Answer;
import io.sluice.server.DirectoryStack.Client;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kafka is gone between Elasticsearch and the topic: what was accepted is published later, once and as it was. */
class DirectoryOutageITCase {
    @TempDir
    static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static DirectoryStack stack;

    @BeforeAll
    static void start() throws Exception {
        stack = new DirectoryStack(folder);
    }

    @AfterAll
    static void stop() throws Exception {
        stack.close();
    }

    /** The number of an organization's documents in Elasticsearch, of one kind and newest version. */
    private static int accepted(String organization, String kind, long version) throws Exception {
        TestElastic.send(stack.elasticsearch, "POST", "/sluice-directory/_refresh", "");
        JsonNode found = RunningServer.JSON.readTree(TestElastic.send(
                stack.elasticsearch,
                "POST",
                "/sluice-directory/_count",
                "{\"query\":{\"bool\":{\"filter\":[{\"term\":{\"org_id\":\"" + organization
                        + "\"}},{\"term\":{\"kind\":\"" + kind + "\"}},{\"term\":{\"version\":" + version + "}}]}}}"));
        return found.path("count").asInt();
    }

    /** The versions of one document on the topic, without repetitions. */
    private static List<DirectoryVersion> published(RunningServer running, String organization, String document) {
        return DirectoryStack.versions(running, organization).getOrDefault(document, List.of()).stream()
                .distinct()
                .toList();
    }

    private static void assertNumbers(List<DirectoryVersion> versions, Long... numbers) {
        assertThat(versions).extracting(DirectoryVersion::getVersion).containsExactly(numbers);
    }

    private record Change(String method, String path, String body) {}

    /** All at once, since each is answered only after the seconds that Kafka is given. */
    private static void assertUnavailable(Client client, Change... changes) {
        List<CompletableFuture<Answer>> answers = Stream.of(changes)
                .map(each -> CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return client.send(each.method, each.path, each.body);
                            } catch (Exception e) {
                                throw new IllegalStateException(e);
                            }
                        },
                        task -> new Thread(task, "change").start()))
                .toList();
        answers.forEach(answer -> answer.join().is(503));
    }

    /** Repeats a request until Kafka is there for all of the server. */
    private static Answer repeat(Client client, String method, String path, String body) throws Exception {
        List<Answer> last = new ArrayList<>();
        DirectoryStack.await(() -> {
            last.add(client.send(method, path, body));
            return last.get(last.size() - 1).status() != 503;
        });
        return last.get(last.size() - 1);
    }

    @Test
    void theNextWriterPublishesWhatWasAccepted() throws Exception {
        String organization = "next-writer";
        try (RunningServer running = stack.server(Clock.systemUTC())) {
            Client admin = Client.of(running, organization);
            Client provider = Client.scim(running, organization);
            String id = admin.post("/v1/users", "{'user_name': 'kim'}").id();
            String path = "/v1/users/" + id;
            String group = admin.post("/v1/groups", "{'name': 'all'}").id();
            stack.kafka.stop();
            assertUnavailable(
                    admin,
                    new Change("PATCH", path, "{'display_name': 'Kim'}"),
                    new Change("POST", "/v1/users", "{'user_name': 'lee'}"),
                    new Change("POST", "/v1/users", "{'user_name': 'ben'}"),
                    new Change("PATCH", "/v1/groups/" + group, "{'name': 'everybody'}"));
            assertThat(accepted(organization, "user", 2)).isEqualTo(1);
            assertThat(accepted(organization, "user", 1)).isEqualTo(2);
            assertThat(accepted(organization, "group", 2)).isEqualTo(1);
            assertThat(admin.get(path).body().path("display_name").isNull()).isTrue();
            stack.kafka.restart();

            // The same request is answered as if the first had been.
            Answer repeated =
                    repeat(admin, "PATCH", path, "{'display_name': 'Kim'}").is(200);
            assertThat(repeated.etag()).isEqualTo("W/\"2\"");
            assertNumbers(published(running, organization, "user " + id), 1L, 2L);
            // One that decides otherwise comes after it, and whoever meant the state before is told.
            assertThat(admin.send("PATCH", "/v1/groups/" + group, "{'name': 'some'}", "if-match", "W/\"1\"")
                            .is(412)
                            .message())
                    .contains("W/\"2\"");
            admin.send("PATCH", "/v1/groups/" + group, "{'name': 'some'}").is(200);
            List<DirectoryVersion> groups = published(running, organization, "group " + group);
            assertNumbers(groups, 1L, 2L, 3L);
            assertThat(groups)
                    .extracting(version -> version.getGroup().getDisplayName())
                    .containsExactly("all", "everybody", "some");
            // The name is taken, and whoever has it can be found at once.
            admin.send("POST", "/v1/users", "{'user_name': 'LEE'}").is(409);
            JsonNode lees = admin.get("/v1/users?user_name=lee").body().path("data");
            assertThat(lees).hasSize(1);
            assertNumbers(
                    published(
                            running,
                            organization,
                            "user " + lees.path(0).path("id").asText()),
                    1L);
            // An identity provider takes over who was made by hand.
            Answer ben = provider.post("/scim/v2/Users", "{'userName': 'ben', 'active': true}");
            assertNumbers(published(running, organization, "user " + ben.id()), 1L, 2L);
            assertThat(admin.get("/v1/users").body().path("data")).hasSize(3);
        }
    }

    @Test
    @Tag("chaos")
    void aFreshServerPublishesWhatWasAccepted() throws Exception {
        String organization = "fresh-server";
        String role;
        String user;
        String group;
        String made;
        try (RunningServer running = stack.server(Clock.systemUTC())) {
            Client admin = Client.of(running, organization);
            role = admin.post("/v1/roles", "{'name': 'r'}").id();
            user = admin.post("/v1/users", "{'user_name': 'kim', 'team': 'legal'}")
                    .id();
            group = admin.post("/v1/groups", "{'name': 'all'}").id();
            admin.send("POST", "/v1/groups/" + group + "/members", "{'user_ids': ['" + user + "']}")
                    .is(200);
            stack.kafka.stop();
            assertUnavailable(
                    admin,
                    new Change("PUT", "/v1/roles/" + role, "{'name': 'changed'}"),
                    new Change("POST", "/v1/users", "{'user_name': 'lee'}"),
                    new Change("PATCH", "/v1/groups/" + group, "{'name': 'everybody'}"));
            assertThat(accepted(organization, "role", 2)).isEqualTo(1);
            assertThat(accepted(organization, "user", 1)).isEqualTo(2);
        }
        stack.kafka.restart();
        try (RunningServer running = stack.server(Clock.systemUTC())) {
            Client admin = Client.of(running, organization);
            DirectoryStack.await(() ->
                    admin.get("/v1/roles/" + role).body().path("name").asText().equals("changed"));
            DirectoryStack.await(
                    () -> admin.get("/v1/users").body().path("data").size() == 2);
            made = admin.get("/v1/users?user_name=lee").body().at("/data/0/id").asText();
            DirectoryStack.await(() -> admin.get("/v1/groups/" + group).etag().equals("W/\"2\""));
            assertNumbers(published(running, organization, "role " + role), 1L, 2L);
            assertNumbers(published(running, organization, "user " + made), 1L);
            assertThat(repeat(admin, "PUT", "/v1/roles/" + role, "{'name': 'changed'}")
                            .is(200)
                            .etag())
                    .isEqualTo("W/\"2\"");
            repeat(admin, "POST", "/v1/users", "{'user_name': 'lee'}").is(409);
            assertThat(accepted(organization, "user", 1)).isEqualTo(2);
        }
    }

    /** Without a restart and without a writer. */
    @Test
    @Tag("chaos")
    void theReconcilerPublishesAndEndsADeletion() throws Exception {
        String organization = "reconciler";
        try (RunningServer running = stack.server(Clock.systemUTC())) {
            Client admin = Client.of(running, organization);
            String kim = admin.post("/v1/users", "{'user_name': 'kim', 'team': 'legal'}")
                    .id();
            String lee = admin.post("/v1/users", "{'user_name': 'lee'}").id();
            String group = admin.post("/v1/groups", "{'name': 'all'}").id();
            admin.send("POST", "/v1/groups/" + group + "/members", "{'user_ids': ['" + kim + "']}")
                    .is(200);
            stack.kafka.stop();
            assertUnavailable(
                    admin,
                    new Change("DELETE", "/v1/users/" + kim, ""),
                    new Change("PATCH", "/v1/users/" + lee, "{'display_name': 'Lee'}"),
                    new Change("POST", "/v1/groups/" + group + "/members", "{'user_ids': ['" + lee + "']}"));
            assertThat(accepted(organization, "user", 2)).isEqualTo(2);
            assertThat(accepted(organization, "membership", 1)).isEqualTo(2);
            stack.kafka.restart();
            DirectoryStack.await(() -> admin.get("/v1/users/" + lee)
                    .body()
                    .path("display_name")
                    .asText()
                    .equals("Lee"));
            DirectoryStack.await(() ->
                    admin.get("/v1/groups/" + group).body().path("member_count").asInt() == 1);
            assertNumbers(published(running, organization, "user " + lee), 1L, 2L);

            // What a deleted user leaves behind ends as well.
            DirectoryStack.await(() -> admin.send("GET", "/v1/users/" + kim, "").status() == 404);
            DirectoryStack.await(() -> DirectoryStack.versions(running, organization).entrySet().stream()
                    .filter(each -> each.getKey().contains(kim))
                    .allMatch(each ->
                            each.getValue().get(each.getValue().size() - 1).getDeleted()));
        }
    }
}
