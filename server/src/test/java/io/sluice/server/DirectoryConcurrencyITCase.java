package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.schema.DirectoryGroup;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.DirectoryVersion;
import io.sluice.server.DirectoryStack.Answer;
import io.sluice.server.DirectoryStack.Client;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Many threads at two servers on one Kafka and one Elasticsearch, whose clocks are minutes apart. Each test has an
 * organization of its own, and at its end the directory has to be what the topic says.
 */
class DirectoryConcurrencyITCase {
    private static final int THREADS = 20;
    private static final String DEPARTMENT = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

    @TempDir
    static Path folder;

    private static final MovableClock AHEAD = new MovableClock();
    private static final MovableClock BEHIND = new MovableClock();

    @SuppressWarnings("NullAway.Init")
    private static DirectoryStack stack;

    @SuppressWarnings("NullAway.Init")
    private static List<RunningServer> servers;

    @BeforeAll
    static void start() throws Exception {
        stack = new DirectoryStack(folder);
        AHEAD.advance(Duration.ofMinutes(5));
        servers = List.of(stack.server(AHEAD), stack.server(BEHIND));
    }

    @AfterAll
    static void stop() throws Exception {
        servers.forEach(RunningServer::close);
        stack.close();
    }

    private static List<Client> administrators(String organization) throws Exception {
        return List.of(Client.of(servers.get(0), organization), Client.of(servers.get(1), organization));
    }

    private static List<Client> providers(String organization) throws Exception {
        return List.of(Client.scim(servers.get(0), organization), Client.scim(servers.get(1), organization));
    }

    private static List<Integer> statuses(List<Answer> answers) {
        return answers.stream().map(Answer::status).sorted().toList();
    }

    private static List<Integer> oneAnd(int first, int others) {
        return IntStream.range(0, THREADS)
                .mapToObj(i -> i == 0 ? first : others)
                .toList();
    }

    private static String user(String name) {
        return "{'user_name': '" + name + "'}";
    }

    private static String scimUser(String name, String department) {
        return "{'userName': '" + name + "', 'active': true, '" + DEPARTMENT + "': {'department': '" + department
                + "'}}";
    }

    /** All that is known of an organization, to be compared. */
    private static List<Object> snapshot(Directory directory) {
        List<Object> all = new ArrayList<>();
        List<Document<DirectoryUser>> users = directory.users().from(0, Integer.MAX_VALUE);
        List<Document<DirectoryGroup>> groups = directory.groups().from(0, Integer.MAX_VALUE);
        all.add(users);
        all.add(groups);
        users.forEach(user -> all.addAll(List.of(
                directory.history(user.id()),
                directory.teamVersions(user.id()),
                directory.membershipsOf(user.id()),
                directory.userByUserName(user.content().getUserName()))));
        groups.forEach(group -> all.add(directory.members(group.id()).from(0, Integer.MAX_VALUE)));
        groups.forEach(group -> all.add(directory.membersChangedAt(group.id())));
        all.add(directory.roles().from(0, Integer.MAX_VALUE));
        all.add(directory.organization());
        return all;
    }

    /** No number is missing, none says two things, time does not go back; and every view is that of the topic. */
    private static void assertRight(String organization) throws Exception {
        var versions = DirectoryStack.versions(servers.get(0), organization);
        assertThat(versions).isNotEmpty();
        versions.forEach((document, published) -> {
            List<DirectoryVersion> once = published.stream().distinct().toList();
            assertThat(once)
                    .as(document)
                    .extracting(DirectoryVersion::getVersion)
                    .containsExactlyElementsOf(
                            LongStream.rangeClosed(1, once.size()).boxed().toList());
            for (int i = 1; i < once.size(); i++) {
                assertThat(once.get(i).getRecordedAt())
                        .as("%s version %s", document, i + 1)
                        .isGreaterThan(once.get(i - 1).getRecordedAt());
            }
        });
        List<DirectoryVersion> all =
                versions.values().stream().flatMap(List::stream).toList();
        for (long seed : new long[] {1, 2, 20261125}) {
            List<DirectoryVersion> shuffled = new ArrayList<>(all);
            Collections.shuffle(shuffled, new Random(seed));
            Directory rebuilt = new Directory(organization);
            shuffled.forEach(rebuilt::apply);
            List<Object> expected = snapshot(rebuilt);
            for (RunningServer server : servers) {
                DirectoryStack.await(() ->
                        snapshot(server.server.directory().of(organization)).equals(expected));
            }
        }
    }

    @Test
    void everybodyAddsThemselvesToOneRole() throws Exception {
        List<Client> clients = administrators("role");
        String path = "/v1/roles/"
                + clients.get(0).post("/v1/roles", "{'name': 'tools'}").id();
        List<Integer> refused = DirectoryStack.atOnce(THREADS, thread -> () -> {
            Client client = clients.get(thread % 2);
            for (int again = 0; ; again++) {
                // The other server may not have read the new role yet.
                Answer read = client.send("GET", path, "");
                if (read.status() == 404) {
                    continue;
                }
                ObjectNode role = RunningServer.JSON.createObjectNode().put("name", "tools");
                ArrayNode tools = role.putArray("tools");
                read.is(200).body().path("tools").forEach(tools::add);
                tools.add("tool-" + thread);
                Answer replaced = client.send("PUT", path, role.toString(), "if-match", read.etag());
                if (replaced.status() == 200) {
                    return again;
                }
                replaced.is(412);
                assertThat(replaced.message()).matches("If-Match: not the current version \\(expected: W/\"\\d+\".*");
            }
        });
        assertThat(refused).as("the threads met each other").anyMatch(times -> times > 0);
        assertRight("role");
        Answer role = clients.get(1).get(path);
        assertThat(role.body().path("tools")).hasSize(THREADS);
        assertThat(role.etag()).isEqualTo("W/\"" + (THREADS + 1) + "\"");
    }

    @Test
    void fieldsOfTheOrganizationDoNotOverwriteEachOther() throws Exception {
        List<Client> clients = administrators("fields");
        DirectoryStack.atOnce(2, thread -> () -> {
            for (int i = 1; i <= 40; i++) {
                clients.get(thread)
                        .send(
                                "PATCH",
                                "/v1/organization",
                                thread == 0 ? "{'name': 'name " + i + "'}" : "{'default_seat_tier': 'tier-" + i + "'}")
                        .is(200);
            }
            return true;
        });
        assertRight("fields");
        JsonNode organization = clients.get(0).get("/v1/organization").body();
        assertThat(organization.path("name").asText()).isEqualTo("name 40");
        assertThat(organization.path("default_seat_tier").asText()).isEqualTo("tier-40");
    }

    @Test
    void oneUserIsRenamedByAll() throws Exception {
        List<Client> clients = administrators("rename");
        String path =
                "/v1/users/" + clients.get(0).post("/v1/users", user("first")).id();
        DirectoryStack.atOnce(
                THREADS,
                thread -> () -> clients.get(thread % 2)
                        .send("PATCH", path, user("name-" + thread))
                        .is(200));
        assertRight("rename");
        Answer renamed = clients.get(1).get(path);
        assertThat(renamed.etag()).isEqualTo("W/\"" + (THREADS + 1) + "\"");
        String last = renamed.body().path("user_name").asText();
        clients.get(0).send("POST", "/v1/users", user(last)).is(409);
        clients.get(0).post("/v1/users", user("FIRST"));
        for (int i = 0; i < THREADS; i++) {
            if (!last.equals("name-" + i)) {
                clients.get(i % 2).post("/v1/users", user("Name-" + i));
            }
        }
    }

    @Test
    void membersComeAndGo() throws Exception {
        List<Client> clients = administrators("members");
        List<Client> providers = providers("members");
        String byHand = clients.get(0).post("/v1/groups", "{'name': 'all'}").id();
        String scims = providers
                .get(0)
                .post("/scim/v2/Groups", "{'displayName': 'all'}")
                .id();
        List<String> users = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            users.add(clients.get(i % 2).post("/v1/users", user("u" + i)).id());
        }
        // Also who came at the other server is known to a change.
        DirectoryStack.atOnce(THREADS, thread -> () -> {
            String user = users.get(thread);
            Client client = clients.get((thread + 1) % 2);
            client.send("POST", "/v1/groups/" + byHand + "/members", "{'user_ids': ['" + user + "']}")
                    .is(200);
            if (thread % 3 == 0) {
                client.send("DELETE", "/v1/groups/" + byHand + "/members/" + user, "")
                        .is(200);
            }
            return providers
                    .get(thread % 2)
                    .send(
                            "PATCH",
                            "/scim/v2/Groups/" + scims,
                            "{'schemas': ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], 'Operations': [{'op':"
                                    + " 'add', 'path': 'members', 'value': [{'value': '" + user + "'}]}]}")
                    .is(200);
        });
        assertRight("members");
        List<String> stayed = IntStream.range(0, THREADS)
                .filter(i -> i % 3 != 0)
                .mapToObj(users::get)
                .toList();
        for (Client client : clients) {
            assertThat(StreamSupport.stream(
                                    client.get("/v1/groups/" + byHand + "/members")
                                            .body()
                                            .path("data")
                                            .spliterator(),
                                    false)
                            .map(member -> member.path("user_id").asText()))
                    .containsExactlyInAnyOrderElementsOf(stayed);
            assertThat(client.get("/v1/groups/" + scims)
                            .body()
                            .path("member_count")
                            .asInt())
                    .isEqualTo(THREADS);
        }
    }

    @Test
    void aTeamIsMovedByAll() throws Exception {
        List<Client> clients = administrators("teams");
        String id = clients.get(0).post("/v1/users", user("kim")).id();
        List<Answer> moved = DirectoryStack.atOnce(
                THREADS,
                thread -> () ->
                        clients.get(thread % 2).post("/v1/users/" + id + "/team", "{'team': 'team-" + thread + "'}"));
        assertRight("teams");
        assertThat(moved)
                .extracting(answer -> answer.body().path("version").asLong())
                .containsExactlyInAnyOrderElementsOf(
                        LongStream.rangeClosed(1, THREADS).boxed().toList());
        String last = moved.stream()
                .max(Comparator.comparingLong(
                        answer -> answer.body().path("version").asLong()))
                .orElseThrow()
                .body()
                .path("team")
                .asText();
        for (Client client : clients) {
            assertThat(client.get("/v1/users/" + id).body().path("team").asText())
                    .isEqualTo(last);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rest", "scim", "mixed"})
    void oneOfManyGetsAName(String how) throws Exception {
        String organization = "names-" + how;
        List<Client> admins = administrators(organization);
        List<Client> providers = providers(organization);
        List<Answer> byHand = new ArrayList<>();
        List<Answer> byScim = new ArrayList<>();
        List<Answer> answers = DirectoryStack.atOnce(THREADS, thread -> () -> {
            String name = thread % 3 == 0 ? "Kim@Example.com" : thread % 3 == 1 ? "kim@example.com" : "KIM@EXAMPLE.COM";
            boolean scim = how.equals("scim") || (how.equals("mixed") && thread % 4 < 2);
            Answer answer = scim
                    ? providers.get(thread % 2).send("POST", "/scim/v2/Users", scimUser(name, "sales"))
                    : admins.get(thread % 2).send("POST", "/v1/users", user(name));
            synchronized (byHand) {
                (scim ? byScim : byHand).add(answer);
            }
            return answer;
        });
        if (how.equals("mixed")) {
            // Who was made by hand first is taken over by SCIM: once, and with the same id.
            for (List<Answer> each : List.of(byHand, byScim)) {
                assertThat(each.stream().filter(answer -> answer.status() == 201))
                        .hasSizeLessThanOrEqualTo(1);
            }
        } else {
            assertThat(statuses(answers)).isEqualTo(oneAnd(201, 409));
        }
        assertThat(answers.stream()
                        .filter(answer -> answer.status() == 201)
                        .map(Answer::id)
                        .distinct())
                .hasSize(1);
        assertThat(byHand.stream().filter(answer -> answer.status() != 201))
                .allSatisfy(answer -> assertThat(answer.is(409).message())
                        .isEqualTo("user_name: another user has it (expected: a name of its own)"));
        assertThat(byScim.stream().filter(answer -> answer.status() != 201))
                .allSatisfy(answer -> assertThat(
                                answer.is(409).body().path("scimType").asText())
                        .isEqualTo("uniqueness"));
        assertRight(organization);
        assertThat(admins.get(1).get("/v1/users").body().path("data")).hasSize(1);
    }

    @Test
    void aNameIsFreeAtOnceAtTheOtherServer() throws Exception {
        List<Client> admins = administrators("free");
        List<Client> providers = providers("free");
        for (int i = 0; i < 10; i++) {
            String id = admins.get(0).post("/v1/users", user("kim")).id();
            admins.get(0).send("PATCH", "/v1/users/" + id, user("lee")).is(200);
            String other = admins.get(1).post("/v1/users", user("KIM")).id();
            admins.get(1).send("DELETE", "/v1/users/" + other, "").is(200);
            admins.get(0).send("PATCH", "/v1/users/" + id, user("Kim")).is(200);
            admins.get(1).send("POST", "/v1/users", user("kim")).is(409);
            admins.get(0).send("DELETE", "/v1/users/" + id, "").is(200);
            String scims = providers
                    .get(1)
                    .post("/scim/v2/Users", scimUser("kim", "sales"))
                    .id();
            providers.get(1).send("DELETE", "/scim/v2/Users/" + scims, "").is(204);
        }
        assertRight("free");
    }

    @Test
    void aNameOfWhomACrashPreventedIsFreeAfterAMinute() throws Exception {
        List<Client> admins = administrators("crashed-claim");
        assertThat(servers.get(1).server.directory().claimUserName("crashed-claim", "kim", "user_never_made"))
                .isTrue();
        for (Client each : admins) {
            each.send("POST", "/v1/users", user("Kim")).is(409);
        }
        AHEAD.advance(Duration.ofSeconds(59));
        BEHIND.advance(Duration.ofSeconds(59));
        for (Client each : admins) {
            each.send("POST", "/v1/users", user("Kim")).is(409);
        }
        AHEAD.advance(Duration.ofSeconds(2));
        BEHIND.advance(Duration.ofSeconds(2));
        assertThat(statuses(DirectoryStack.atOnce(
                        THREADS, thread -> () -> admins.get(thread % 2).send("POST", "/v1/users", user("kim")))))
                .isEqualTo(oneAnd(201, 409));
        assertRight("crashed-claim");
    }

    @Test
    void oneOfManyGroupsOfScimGetsAName() throws Exception {
        List<Client> providers = providers("group-names");
        // One made by hand is none of SCIM's business.
        Client.of(servers.get(0), "group-names").post("/v1/groups", "{'name': 'sales'}");
        List<Answer> answers = DirectoryStack.atOnce(
                THREADS,
                thread -> () -> providers
                        .get(thread % 2)
                        .send(
                                "POST",
                                "/scim/v2/Groups",
                                "{'displayName': '" + (thread % 2 == 0 ? "Sales" : "SALES") + "'}"));
        assertThat(statuses(answers)).isEqualTo(oneAnd(201, 409));
        assertThat(answers.stream().filter(answer -> answer.status() == 409))
                .allSatisfy(answer ->
                        assertThat(answer.body().path("scimType").asText()).isEqualTo("uniqueness"));
        String id = answers.stream()
                .filter(answer -> answer.status() == 201)
                .findFirst()
                .orElseThrow()
                .id();
        providers
                .get(1)
                .send("PUT", "/scim/v2/Groups/" + id, "{'displayName': 'Marketing'}")
                .is(200);
        String next = providers
                .get(0)
                .post("/scim/v2/Groups", "{'displayName': 'sales'}")
                .id();
        providers.get(0).send("DELETE", "/scim/v2/Groups/" + next, "").is(204);
        providers.get(1).post("/scim/v2/Groups", "{'displayName': 'sales'}");
        assertRight("group-names");
    }

    @ParameterizedTest
    @ValueSource(strings = {"users", "groups", "group-roles", "roles", "organization", "operator"})
    void oneOfManyWhoDecidedOnTheSameVersion(String what) throws Exception {
        String organization = "match-" + what;
        List<Client> clients = administrators(organization);
        Client first = clients.get(0);
        List<Client> operators = administrators("default");
        String path = switch (what) {
            case "users" -> "/v1/users/" + first.post("/v1/users", user("kim")).id();
            case "groups", "group-roles" ->
                "/v1/groups/" + first.post("/v1/groups", "{'name': 'g'}").id();
            case "roles" ->
                "/v1/roles/" + first.post("/v1/roles", "{'name': 'r'}").id();
            default -> "/v1/organization";
        };
        if (what.equals("operator")) {
            first.send("PATCH", path, "{'name': 'o'}").is(200);
        }
        String role = first.post("/v1/roles", "{'name': 'other'}").id();
        String tag = first.get(path).etag();
        assertThat(tag).isEqualTo(what.equals("organization") ? "W/\"0\"" : "W/\"1\"");
        List<Answer> answers = DirectoryStack.atOnce(THREADS, thread -> () -> {
            Client client = clients.get(thread % 2);
            return switch (what) {
                case "users" -> client.send("PATCH", path, "{'display_name': 'n" + thread + "'}", "if-match", tag);
                case "groups" -> client.send("PATCH", path, "{'name': 'n" + thread + "'}", "if-match", tag);
                case "group-roles" ->
                    client.send("PUT", path + "/roles", "{'role_ids': ['" + role + "']}", "if-match", tag);
                case "roles" -> client.send("PUT", path, "{'name': 'n" + thread + "'}", "if-match", tag);
                case "organization" -> client.send("PATCH", path, "{'name': 'n" + thread + "'}", "if-match", tag);
                default ->
                    operators
                            .get(thread % 2)
                            .send(
                                    "PUT",
                                    "/v1/organizations/" + organization,
                                    "{'plan': 'enterprise', 'name': 'n" + thread + "'}",
                                    "if-match",
                                    tag);
            };
        });
        assertThat(statuses(answers)).isEqualTo(oneAnd(200, 412));
        String now = what.equals("organization") ? "W/\"1\"" : "W/\"2\"";
        assertThat(answers.stream().filter(answer -> answer.status() == 412)).allSatisfy(answer -> {
            assertThat(answer.message())
                    .isEqualTo("If-Match: not the current version (expected: " + now
                            + "; read it again, and decide again)");
            assertThat(answer.body().path("error").path("field").asText()).isEqualTo("If-Match");
        });
        assertThat(answers.stream().filter(answer -> answer.status() == 200).map(Answer::etag))
                .containsExactly(now);
        assertRight(organization);
        assertThat(clients.get(1).get(path).etag()).isEqualTo(now);
        if (path.contains("/users/") || path.contains("/groups/") || path.contains("/roles/")) {
            first.send("DELETE", path, "", "if-match", "\"1\"").is(412);
            first.send("DELETE", path, "", "if-match", "no tag").is(412);
            clients.get(1).send("DELETE", path, "", "if-match", "\"7\", " + now).is(200);
            first.send("DELETE", path, "", "if-match", "*").is(404);
        }
    }

    /** Whoever is refused has changed nothing, not even a part. */
    @Test
    void aDeletionThatIsRefusedLeavesMembershipsAndTeam() throws Exception {
        List<Client> clients = administrators("half-deleted");
        String group = clients.get(0).post("/v1/groups", "{'name': 'all'}").id();
        TreeSet<Integer> winners = new TreeSet<>();
        for (int i = 0; i < 15; i++) {
            Answer created = clients.get(0).post("/v1/users", "{'user_name': 'u" + i + "', 'team': 'legal'}");
            String path = "/v1/users/" + created.id();
            clients.get(0)
                    .send("POST", "/v1/groups/" + group + "/members", "{'user_ids': ['" + created.id() + "']}")
                    .is(200);
            List<Answer> answers = DirectoryStack.atOnce(
                    2,
                    thread -> () -> thread == 0
                            ? clients.get(0).send("PATCH", path, "{'display_name': 'Kim'}", "if-match", created.etag())
                            : clients.get(1).send("DELETE", path, "", "if-match", created.etag()));
            int winner = answers.get(0).status() == 200 ? 0 : 1;
            winners.add(winner);
            assertThat(answers.get(1 - winner).status()).isIn(404, 412);
            answers.get(winner).is(200);
            Answer read = clients.get(winner).send("GET", path, "");
            if (winner == 0) {
                assertThat(read.is(200).body().path("team").asText()).isEqualTo("legal");
                assertThat(read.body().path("groups")).hasSize(1);
            } else {
                read.is(404);
                assertThat(DirectoryStack.versions(servers.get(0), "half-deleted").entrySet().stream()
                                .filter(each -> each.getKey().contains(created.id()))
                                .map(each -> each.getValue().get(each.getValue().size() - 1)))
                        .as("user, team, membership")
                        .hasSize(3)
                        .allMatch(DirectoryVersion::getDeleted);
            }
        }
        assertThat(winners).isNotEmpty();
        assertRight("half-deleted");
    }

    /** The later change is in force, whichever server made it and wherever its clock stands. */
    @Test
    void timeDoesNotGoBack() throws Exception {
        List<Client> admins = administrators("time");
        List<Client> providers = providers("time");
        String id = providers
                .get(0)
                .post("/scim/v2/Users", scimUser("kim@example.com", "legal"))
                .id();
        String path = "/v1/users/" + id;
        List<Instant> updated = new ArrayList<>();
        for (String team : List.of("sales", "research", "sales", "support")) {
            int at = updated.size() % 2 == 0 ? 1 : 0;
            Answer replaced = providers
                    .get(at)
                    .send("PUT", "/scim/v2/Users/" + id, scimUser("kim@example.com", team))
                    .is(200);
            updated.add(Instant.parse(
                    replaced.body().path("meta").path("lastModified").asText()));
            assertThat(admins.get(at).get(path).body().path("team").asText()).isEqualTo(team);
        }
        assertThat(updated).isSorted().doesNotHaveDuplicates();

        // An hour back, at one server alone; a team set by hand that begins soon does not outlast a later one.
        BEHIND.advance(Duration.ofHours(-1));
        try {
            String soon = AHEAD.instant().plusSeconds(300).toString();
            admins.get(0).post(path + "/team", "{'team': 'soon', 'effective_at': '" + soon + "'}");
            admins.get(1).post(path + "/team", "{'team': 'last'}");
            providers
                    .get(1)
                    .send("PUT", "/scim/v2/Users/" + id, scimUser("kim@example.com", "truly last"))
                    .is(200);
        } finally {
            BEHIND.advance(Duration.ofHours(1));
        }
        assertRight("time");
        JsonNode history = admins.get(0).get(path + "/team").body().path("data");
        List<Instant> begins = new ArrayList<>();
        history.forEach(version ->
                begins.add(0, Instant.parse(version.path("effective_at").asText())));
        assertThat(begins).isSorted();
        AHEAD.advance(Duration.ofMinutes(6));
        assertThat(admins.get(0).get(path).body().path("team").asText()).isEqualTo("truly last");
        BEHIND.advance(Duration.ofMinutes(6));
    }

    @Test
    void healthKnowsTheDirectoryAndNoOrganization() throws Exception {
        administrators("secret-organization").get(0).post("/v1/users", user("kim"));
        var health = servers.get(0)
                .send(HttpRequest.newBuilder(URI.create(servers.get(0).rest("/health"))));
        assertThat(RunningServer.JSON
                        .readTree(health.body())
                        .path("components")
                        .path("directory")
                        .toString())
                .isEqualTo("{\"status\":\"up\"}");
        assertThat(health.body().toLowerCase(Locale.ROOT)).doesNotContain("secret", "kim", "user_");
    }

    @Test
    void nobodyLeavesATierThatIsNotThere() throws Exception {
        Client admin = administrators("tiers").get(0);
        String id = admin.post("/v1/users", user("kim")).id();
        assertThat(admin.send("DELETE", "/v1/seats/premum/assignments/" + id, "")
                        .is(404)
                        .message())
                .isEqualTo("tier: premum was never bought (expected: one that was; there is none yet)");
        admin.send("PATCH", "/v1/users/" + id, "{'seat_tier': 'premium'}").is(200);
        admin.send("DELETE", "/v1/seats/premium/assignments/" + id, "").is(200);
    }
}
