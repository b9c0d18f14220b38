package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.linecorp.armeria.common.HttpMethod;
import io.sluice.core.codemetrics.Metric;
import io.sluice.schema.Index;
import io.sluice.server.DirectoryStack.Client;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What analytics tell about persons, at real servers, to somebody who wants to know. Each test has an organization of its own. */
class AnalyticsPrivacyITCase {
    private static final String METRICS = "/v1/code-metrics";
    private static final Pattern ENCODED = Pattern.compile("[A-Za-z0-9_+/-]{8,}");

    /** In whatever says who somebody is. */
    private static final String MARKER = "zqmarker";

    @TempDir
    static Path folder;

    /** A Wednesday, November 25, 2026: days before November 23 have settled. */
    private static final MovableClock CLOCK = new MovableClock();

    private static final AtomicInteger IDS = new AtomicInteger();

    @SuppressWarnings("NullAway.Init")
    private static DirectoryStack stack;

    @SuppressWarnings("NullAway.Init")
    private static RunningServer running;

    @BeforeAll
    static void start() throws Exception {
        stack = DirectoryStack.shared(folder);
        running = stack.server(CLOCK);
    }

    @AfterAll
    static void stop() throws Exception {
        running.close();
    }

    /** ' stands for ". */
    private static void write(Index index, String id, String document) throws Exception {
        TestElastic.send(
                stack.elasticsearch,
                "PUT",
                "/" + index.indexName() + "/_doc/" + id + "?refresh=true",
                document.replace('\'', '"'));
    }

    /** @return the id of the document */
    private static String row(String organization, String day, String user, String team, String fields)
            throws Exception {
        String id = "privacy-" + IDS.incrementAndGet();
        row(id, organization, day, user, team, fields);
        return id;
    }

    private static void row(String id, String organization, String day, String user, String team, String fields)
            throws Exception {
        write(
                Index.CODE_METRICS,
                id,
                "{'org_id': '" + organization + "', 'empty': false, 'starting_at': '" + day
                        + "T09:00:00Z', 'session_id': 's-" + user + "', 'user': '" + user + "', 'team': '" + team
                        + "', 'team_source': 'directory', 'product': 'claude-code', 'remote': false,"
                        + " 'app_version': '2.1.300', 'channels': ['events'], 'session_days': 1, 'last_at': '" + day
                        + "T09:30:00Z', " + fields + "}");
    }

    private static void cell(String organization, String day, String user, String team, String fields)
            throws Exception {
        write(
                Index.SPEND_CELLS,
                "privacy-" + IDS.incrementAndGet(),
                "{'org_id': '" + organization + "', 'empty': false, 'starting_at': '" + day + "T09:00:00Z', 'user': '"
                        + user + "', 'team': '" + team + "', 'model': 'opus', 'product': 'claude-code',"
                        + " 'basis': 'events', 'requests': 1, " + fields + "}");
    }

    private static void event(String organization, String day, String user) throws Exception {
        String id = "event-" + user;
        write(
                Index.SPEND_EVENTS,
                organization + id,
                "{'org_id': '" + organization + "', 'event_id': '" + id + "', 'request_id': 'request-" + user
                        + "', 'sidechain': false, 'occurred_at': '" + day + "T09:00:00Z', 'received_at': '" + day
                        + "T09:00:01Z', 'source': 'otlp-logs', 'session_id': 's-" + user + "', 'user': '" + user
                        + "', 'model': 'opus', 'product': 'claude-code', 'cost_basis': 'reported-micros',"
                        + " 'reported_micros': 1, 'priced_micros': 1, 'unknown_model': false, 'spend_micros': 1,"
                        + " 'input_tokens': 1, 'output_tokens': 1, 'cache_read_tokens': 1,"
                        + " 'cache_creation_tokens': 1}");
    }

    private static void person(String organization, String user) throws Exception {
        row(organization, "2026-11-17", user, "platform", "'prompts': 1, 'sessions_started': 1");
        cell(organization, "2026-11-17", user, "platform", "'spend_micros': 5");
        event(organization, "2026-11-17", user);
    }

    private static Client hiding(String organization, String settings) throws Exception {
        Client admin = Client.of(running, organization);
        admin.send("PATCH", "/v1/organization", "{" + settings + "}").is(200);
        return admin;
    }

    private static void directory(Client admin, Stream<String> users) throws Exception {
        for (String user : users.toList()) {
            admin.post("/v1/users", "{'user_name': '" + user + "', 'email': '" + user + "'}");
        }
    }

    private static Stream<String> numbered(String name, int people) {
        return IntStream.range(0, people).mapToObj(person -> name + person + "@example.com");
    }

    private static JsonNode get(Client client, String path) throws Exception {
        return client.get(path).body();
    }

    private static String page(String path, JsonNode answer) {
        return path + (path.contains("?") ? "&" : "?") + "page="
                + URLEncoder.encode(answer.path("next_page").asText(), StandardCharsets.UTF_8);
    }

    static Stream<String> modes() {
        return Stream.of("pseudonymous", "team-only");
    }

    /** Every route of analytics, whatever it answers: bodies, headers, cursors. */
    @ParameterizedTest
    @MethodSource("modes")
    void nothingTellsWhoSomebodyIs(String mode) throws Exception {
        String organization = "marked-" + mode;
        Client admin = Client.of(running, organization);
        admin.post(
                "/v1/users",
                "{'user_name': '" + MARKER + "1@example.com', 'email': '" + MARKER + "1@example.com', 'display_name': '"
                        + MARKER + "', 'account_id': '" + MARKER + "-account'}");
        for (int i = 0; i < 4; i++) {
            person(organization, MARKER + i + "@example.com");
        }
        person(organization, MARKER + "-account");
        for (int i = 0; i < 3; i++) {
            write(
                    Index.DEAD_LETTERS,
                    organization + i,
                    "{'org_id': '" + organization + "', 'event_id': '" + MARKER + i
                            + "', 'received_at': '2026-11-17T09:00:00Z', 'source': 'otlp-logs', 'reason':"
                            + " 'number-out-of-range', 'field': 'cost', 'message': '" + MARKER + "', 'session_id': '"
                            + MARKER + "', 'name': '" + MARKER + "'}");
        }
        hiding(organization, "'analytics_privacy': '" + mode + "'");
        String token = running.token(organization, "read:analytics");
        List<String> paths = new ArrayList<>();
        OpenApiTest.withRoutes(routes -> routes.stream()
                .filter(route -> route.scope() == Scope.READ_ANALYTICS && route.method() == HttpMethod.GET)
                .forEach(route -> paths.addAll(questions(route))));
        paths.add(METRICS + "/spend/explain?limit=1"); // with events
        assertThat(paths).hasSizeGreaterThan(25);
        Map<Integer, Integer> statuses = new TreeMap<>();
        for (String path : paths) {
            HttpResponse<String> answer = running.get(path, token);
            statuses.merge(answer.statusCode(), 1, Integer::sum);
            assertHidden(path, answer);
            String next = answer.headers().firstValue("sluice-next-page").orElse("");
            if (answer.statusCode() == 200 && answer.body().startsWith("{")) {
                next = RunningServer.JSON
                        .readTree(answer.body())
                        .path("next_page")
                        .asText("");
            }
            if (!next.isEmpty() && !next.equals("null")) {
                HttpResponse<String> second = running.get(path + "&page=" + next, token);
                assertThat(second.statusCode()).as("%s %s", path, second.body()).isEqualTo(200);
                assertHidden(path + " (second page)", second);
                statuses.merge(-200, 1, Integer::sum);
            }
        }
        if (mode.equals("pseudonymous")) {
            assertThat(statuses).as("second pages: -200").containsOnlyKeys(200, -200);
            assertThat(statuses.get(-200)).isGreaterThan(10);
        } else {
            assertThat(statuses).containsOnlyKeys(200, 403);
        }
    }

    private static List<String> questions(Route route) {
        String path = route.path().replace("{metric}", "prompts").replace("{index}", "spend");
        String needed = switch (path) {
            case "/v1/organizations/usage_report/claude_code" -> "starting_at=2026-11-17";
            case "/v1/organizations/analytics/users", "/v1/organizations/analytics/summaries" -> "date=2026-11-17";
            case "/v1/reconciliation" -> "starting_date=2026-11-17&ending_date=2026-11-18";
            default -> "";
        };
        List<String> questions = new ArrayList<>(List.of(needed));
        if (route.parameters().contains("limit")) {
            questions.add(needed + "&limit=1");
        }
        if (route.parameters().contains("by")) {
            Stream.of("user", "session", "channel").forEach(by -> questions.add("by=" + by + "&limit=1"));
        }
        if (path.equals("/v1/organizations/analytics/users")) {
            questions.add(needed + "&limit=1&group_by[]=rbac_group_id");
        } else if (route.parameters().contains("group_by[]")) {
            for (String group : List.of("user", "team", "user&group_by[]=team", "team&group_by[]=user")) {
                questions.add("limit=1&group_by[]=" + group);
                if (route.parameters().contains("format")) {
                    questions.add("format=csv&limit=1&group_by[]=" + group);
                }
            }
        }
        if (route.parameters().contains("period")) {
            Stream.of("hour", "day", "week", "month").forEach(period -> questions.add("period=" + period));
        }
        return questions.stream()
                .map(question -> question.startsWith("&") ? question.substring(1) : question)
                .map(question -> question.isEmpty() ? path : path + "?" + question)
                .toList();
    }

    private static void assertHidden(String path, HttpResponse<String> answer) {
        String all = answer.headers().map() + "\n" + answer.body();
        assertThat(all.toLowerCase(Locale.ROOT)).as(path).doesNotContain(MARKER);
        Matcher encoded = ENCODED.matcher(all);
        while (encoded.find()) {
            String text = encoded.group().replace('+', '-').replace('/', '_');
            for (int from = 0; from < 4; from++) {
                int length = (text.length() - from) / 4 * 4;
                if (length > 0) {
                    byte[] decoded = Base64.getUrlDecoder().decode(text.substring(from, from + length));
                    assertThat(new String(decoded, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT))
                            .as(path)
                            .doesNotContain(MARKER);
                }
            }
        }
    }

    private static final Map<String, String> LISTS = Map.of(
            METRICS + "?group_by[]=user&metric[]=prompts,spend&starting_at=2026-11-17&ending_at=2026-11-18",
            "/group/user",
            "/v1/spend?group_by[]=user",
            "/group/user",
            "/v1/telemetry-health?by=user",
            "/user",
            "/v1/telemetry-health?by=session",
            "/user",
            "/v1/organizations/usage_report/claude_code?starting_at=2026-11-17",
            "/actor/email_address",
            "/v1/organizations/analytics/users?date=2026-11-17",
            "/user/email_address");

    @Test
    void rowsComeInTheOrderOfPseudonymsAndAreAllThere() throws Exception {
        String organization = "ordered";
        int people = 12;
        for (int i = 0; i < people; i++) {
            person(organization, (char) ('a' + i) + "@example.com");
        }
        Client admin = Client.of(running, organization);
        for (boolean hidden : List.of(false, true)) {
            TreeSet<String> names = new TreeSet<>();
            for (Map.Entry<String, String> list : LISTS.entrySet()) {
                List<String> found = new ArrayList<>();
                String first = list.getKey() + "&limit=5";
                JsonNode page = get(admin, first);
                found.addAll(DirectoryStack.texts(page, list.getValue()));
                while (page.path("has_more").asBoolean()) {
                    page = get(admin, page(first, page));
                    found.addAll(DirectoryStack.texts(page, list.getValue()));
                }
                assertThat(found).as(list.getKey()).hasSize(people).doesNotHaveDuplicates();
                assertThat(found).as(list.getKey()).isSorted();
                names.addAll(found);
            }
            assertThat(names).as("the same names in all lists").hasSize(people);
            assertThat(names).allMatch(name -> name.startsWith("person-") == hidden);
            hiding(organization, "'analytics_privacy': 'pseudonymous'");
        }
        String name = DirectoryStack.texts(get(admin, "/v1/spend?group_by[]=user"), "/group/user")
                .get(0);
        assertThat(get(admin, METRICS + "?metric[]=prompts&user=" + name).path("data"))
                .hasSize(1);
        assertThat(get(admin, METRICS + "?metric[]=prompts&user=a@example.com").path("data"))
                .as("names are not to be guessed")
                .isEmpty();
    }

    @Test
    void somebodyHasOnePseudonymInAllLists() throws Exception {
        String organization = "one-name";
        person(organization, "user_01ERIN"); // who has an address in the directory only
        Client admin = hiding(organization, "'analytics_privacy': 'pseudonymous'");
        admin.post("/v1/users", "{'user_name': 'erin', 'email': 'erin@example.com', 'account_id': 'user_01ERIN'}");
        TreeSet<String> names = new TreeSet<>();
        Map<String, String> lists = new LinkedHashMap<>(LISTS);
        lists.put("/v1/organizations/analytics/users?date=2026-11-17&limit=1", "/user/id");
        for (Map.Entry<String, String> list : lists.entrySet()) {
            List<String> found = DirectoryStack.texts(get(admin, list.getKey()), list.getValue());
            assertThat(found).as(list.getKey()).hasSize(1);
            names.addAll(found);
        }
        assertThat(names).hasSize(1).allMatch(name -> name.startsWith("person-"));
        assertThat(get(admin, METRICS + "?metric[]=prompts&user=" + names.first())
                        .path("data"))
                .hasSize(1);
    }

    private static void reported(String organization, String actor) throws Exception {
        String id = "privacy-" + IDS.incrementAndGet();
        write(
                Index.REPORTED,
                id,
                "{'org_id': '" + organization + "', 'row_id': '" + id + "', 'report': 'claude_code', 'adapter':"
                        + " 'claude_code', 'starting_at': '2026-11-17T00:00:00Z', 'ending_at': '2026-11-18T00:00:00Z',"
                        + " 'fetched_at': '2026-11-25T06:00:00Z', 'gone': false, 'actor': '" + actor
                        + "', 'sessions': 2}");
    }

    @Test
    void whomOnlyReportsOrTheDirectoryNameCanBeAskedFor() throws Exception {
        String organization = "reported-only";
        Client admin = hiding(organization, "'analytics_privacy': 'pseudonymous'");
        reported(organization, "a@example.com");
        reported(organization, "b@example.com");
        List<String> silent = DirectoryStack.texts(get(admin, "/v1/telemetry-health"), "/user");
        assertThat(silent).hasSize(2).allMatch(name -> name.startsWith("person-"));
        assertThat(DirectoryStack.texts(get(admin, "/v1/telemetry-health?user=" + silent.get(1)), "/user"))
                .containsExactly(silent.get(1));

        admin.post("/v1/users", "{'user_name': 'frank', 'email': 'frank@example.com', 'account_id': 'user_01FRANK'}");
        List<String> notSeen = DirectoryStack.texts(get(admin, "/v1/telemetry-health/not-seen"), "/user");
        assertThat(notSeen).hasSize(1);
        reported(organization, "user_01FRANK");
        assertThat(get(admin, "/v1/telemetry-health?user=" + notSeen.get(0)).path("data"))
                .as("by the address, of whom the report tells by the id")
                .hasSize(1);
    }

    @Test
    void idsAreOfTheMonthAndFindTheirSession() throws Exception {
        String organization = "ids";
        person(organization, "a@example.com");
        person(organization, "b@example.com");
        hiding(organization, "'analytics_privacy': 'pseudonymous'");
        MovableClock clock = new MovableClock();
        try (RunningServer own = stack.server(clock)) {
            Client client = Client.of(own, organization);
            String explain = METRICS + "/prompts/explain?starting_at=2026-11-01&ending_at=2026-12-01";
            JsonNode row = get(client, explain).path("behind").path(0);
            String session = row.path("session_id").asText();
            assertThat(session).startsWith("id-");
            assertThat(row.path("row_id").asText()).startsWith("id-");
            JsonNode events = get(client, "/v1/spend/events?session=" + session).path("data");
            assertThat(events).hasSize(1);
            assertThat(events.path(0).path("user")).isEqualTo(row.path("user"));
            assertThat(events.path(0).path("session_id").asText()).isEqualTo(session);
            assertThat(events.path(0).path("event_id").asText()).startsWith("id-");
            assertThat(get(client, "/v1/spend/events?session=s-a@example.com").path("data"))
                    .isEmpty();
            String list = "/v1/telemetry-health?by=session&limit=1";
            String second = page(list, get(client, list));
            get(client, second);
            clock.advance(Duration.ofDays(10));
            assertThat(client.send("GET", second, "").is(400).message())
                    .as("nobody stands where they stood")
                    .contains("page");
            assertThat(get(client, explain).path("behind").toString()).doesNotContain(session);
            assertThat(get(client, "/v1/spend/events?session=" + session).path("data"))
                    .isEmpty();
        }
    }

    @Test
    void aPageIsOfItsOwnQuestion() throws Exception {
        String organization = "cursors";
        for (String user : List.of("a@example.com", "b@example.com", "c@example.com")) {
            person(organization, user);
        }
        Client admin = Client.of(running, organization);
        List<String> questions = List.of(
                "/v1/spend?group_by[]=user&limit=1",
                "/v1/spend?group_by[]=user&limit=1&user=a@example.com&user=b@example.com",
                "/v1/spend/events?limit=1",
                "/v1/spend/events?limit=1&starting_at=2026-11-01",
                "/v1/telemetry-health?by=user&limit=1",
                "/v1/telemetry-health?by=session&limit=1",
                "/v1/organizations/usage_report/claude_code?starting_at=2026-11-17&limit=1",
                "/v1/organizations/analytics/users?date=2026-11-17&limit=1",
                METRICS + "?group_by[]=user&metric[]=prompts&limit=1",
                METRICS + "?group_by[]=user&metric[]=commits,prompts&limit=1");
        for (String question : questions) {
            JsonNode first = get(admin, question);
            String second = page(question, first);
            assertThat(get(admin, second.replace("limit=1", "limit=2")).path("data"))
                    .as(question)
                    .isNotEmpty();
            List<String> others = new ArrayList<>(
                    List.of(second.replace("page=", "page=A"), second + "&organization=" + organization));
            questions.stream()
                    .filter(other -> !other.equals(question))
                    .forEach(other -> others.add(page(other, first)));
            for (String other : others) {
                assertThat(admin.send("GET", other, "")
                                .is(400)
                                .body()
                                .path("error")
                                .path("field")
                                .asText())
                        .as(other)
                        .isEqualTo("page");
            }
        }
    }

    private static final List<String> DAYS = List.of("2026-11-16", "2026-11-17", "2026-11-18");

    /** All that can be asked: by question the numbers of its rows. Each is of rows and of the ledger. */
    private static Map<String, String> askEverything(Client client, List<Long> lines, List<Long> tokens)
            throws Exception {
        Map<String, String> answers = new LinkedHashMap<>();
        for (String period : List.of("day", "week", "month")) {
            for (String group : List.of("", "&group_by[]=team")) {
                for (String filter :
                        List.of("", "&team=platform", "&team=data", "&team=edge", "&team=data&team=edge")) {
                    for (int from = 0; from < DAYS.size(); from++) {
                        // Days add up in the same way to whatever is longer.
                        for (int to = period.equals("day") ? from + 1 : DAYS.size(); to <= DAYS.size(); to++) {
                            String end = to == DAYS.size() ? "2026-11-19" : DAYS.get(to);
                            String question = METRICS + "?metric[]=lines_added,input_tokens&period=" + period
                                    + "&starting_at=" + DAYS.get(from) + "&ending_at=" + end + group + filter;
                            JsonNode answer = get(client, question);
                            answer.path("data").forEach(row -> {
                                lines.add(
                                        row.path("metrics").path("lines_added").asLong());
                                tokens.add(
                                        row.path("metrics").path("input_tokens").asLong());
                            });
                            answers.put(
                                    question,
                                    answer.path("data").toString()
                                            + answer.path("coverage").toString());
                        }
                    }
                }
            }
        }
        return answers;
    }

    private static void assertNobodyAlone(List<Long> numbers, int minimum, int people) {
        List<Long> distinct = numbers.stream().distinct().toList();
        assertThat(distinct).as("something is told").hasSizeGreaterThan(5);
        for (long a : distinct) {
            for (long b : distinct) {
                // Who is in one and not in the other, of whichever day.
                long in = (a | b) ^ (a & b);
                long who = 0;
                for (long rest = in; rest != 0; rest >>>= people) {
                    who |= rest & ((1L << people) - 1);
                }
                assertThat(in == 0 || Long.bitCount(who) >= minimum)
                        .as("%s - %s is about %d", Long.toBinaryString(a), Long.toBinaryString(b), Long.bitCount(who))
                        .isTrue();
            }
        }
    }

    /**
     * Everything that may be asked, by someone who subtracts answers: before and after something comes late, somebody changes the
     * team, the minimum is changed. Each person's lines and tokens of a day are a power of two of their own, so that a number
     * tells whose are in it.
     */
    @Test
    void noDifferenceIsAboutFewerThanTheMinimum() throws Exception {
        String organization = "teams";
        int minimum = 4;
        Map<String, Integer> teams = new LinkedHashMap<>();
        teams.put("platform", 5);
        teams.put("data", 4);
        teams.put("edge", 3);
        int people = teams.values().stream().mapToInt(Integer::intValue).sum();
        Map<String, String> ids = new LinkedHashMap<>();
        Map<String, String> fields = new LinkedHashMap<>();
        int bit = 0;
        for (String day : DAYS) {
            for (Map.Entry<String, Integer> team : teams.entrySet()) {
                for (int person = 0; person < team.getValue(); person++) {
                    String user = team.getKey() + person + "@example.com";
                    long power = 1L << bit++;
                    boolean away = team.getKey().equals("data") && person == 0 && day.equals("2026-11-17");
                    if (!away) {
                        fields.put(day + user, "'lines_added': " + power);
                        ids.put(day + user, row(organization, day, user, team.getKey(), "'lines_added': " + power));
                        cell(organization, day, user, team.getKey(), "'input_tokens': " + power);
                    }
                }
            }
        }
        Client admin = hiding(organization, "'analytics_privacy': 'team-only', 'minimum_group_size': " + minimum);
        directory(admin, teams.entrySet().stream().flatMap(team -> numbered(team.getKey(), team.getValue())));
        List<Long> lines = new ArrayList<>(List.of(0L));
        List<Long> tokens = new ArrayList<>(List.of(0L));
        Map<String, String> before = askEverything(admin, lines, tokens);

        // Somebody's records come late, of one team that was told and of one that was one too few.
        String late = "2026-11-17data0@example.com";
        fields.put(late, "'lines_added': " + (1L << people + 5));
        ids.put(late, row(organization, "2026-11-17", "data0@example.com", "data", fields.get(late)));
        cell(organization, "2026-11-17", "data0@example.com", "data", "'input_tokens': " + (1L << people + 5));
        row(organization, "2026-11-18", "platform0@example.com", "platform", "'lines_added': 1");
        assertThat(askEverything(admin, lines, tokens)).isEqualTo(before);

        // Somebody changes the team for all days: to the one that was too small, then most of a team.
        for (int person = 0; person < 3; person++) {
            for (String day : DAYS) {
                String user = "platform" + person + "@example.com";
                row(
                        String.valueOf(ids.get(day + user)),
                        organization,
                        day,
                        user,
                        "edge",
                        String.valueOf(fields.get(day + user)));
            }
            assertThat(askEverything(admin, lines, tokens)).isEqualTo(before);
        }
        assertNobodyAlone(lines, minimum, people);
        assertNobodyAlone(tokens, minimum, people);

        hiding(organization, "'minimum_group_size': 5");
        Map<String, String> higher = askEverything(admin, lines, tokens);
        assertThat(higher).isNotEqualTo(before);
        assertNobodyAlone(lines, minimum, people);
        hiding(organization, "'minimum_group_size': 4");
        try (RunningServer second = stack.server(CLOCK)) {
            assertThat(askEverything(Client.of(second, organization), lines, tokens))
                    .as("another server")
                    .isEqualTo(before);
        }
        hiding(organization, "'minimum_group_size': 3");
        askEverything(admin, lines, tokens);
        assertNobodyAlone(lines, 3, people);
        assertNobodyAlone(tokens, 3, people);
    }

    /** Whoever may send telemetry could make four people up and subtract them. */
    @ParameterizedTest
    @CsvSource({"rows, prompts", "ledger, input_tokens"})
    void inventedPeopleAreNotCounted(String source, String metric) throws Exception {
        String organization = "invented-" + source;
        Writer writer = (user, field) -> {
            if (source.equals("rows")) {
                row(organization, "2026-11-16", user, "small", "'prompts': " + field);
            } else {
                cell(organization, "2026-11-16", user, "small", "'input_tokens': " + field);
            }
        };
        Client admin = hiding(organization, "'analytics_privacy': 'team-only', 'minimum_group_size': 3");
        String day = METRICS + "?metric[]=" + metric + "&group_by[]=team&starting_at=2026-11-16&ending_at=2026-11-17";
        writer.write("kim0@example.com", 1);
        for (String user : numbered("made-up-", 4).toList()) {
            writer.write(user, 100);
        }
        JsonNode nobody = get(admin, day);
        assertThat(nobody.path("data")).as("an empty directory knows nobody").isEmpty();
        assertThat(nobody.path("coverage").path("note").asText()).contains("directory is empty");
        directory(admin, numbered("kim", 3));
        JsonNode one = get(admin, day);
        assertThat(one.path("data")).isEmpty();
        assertThat(one.path("coverage").has("note")).isFalse();
        writer.write("kim1@example.com", 1);
        writer.write("kim2@example.com", 1);
        assertThat(get(admin, day).at("/data/0/metrics/" + metric).asLong()).isEqualTo(403);
    }

    private interface Writer {
        void write(String user, long figure) throws Exception;
    }

    /** Earlier builds counted labels where there was no directory. */
    @Test
    void aDayWhosePeopleWereCountedByLabelsIsNotTold() throws Exception {
        String organization = "earlier";
        Client admin = hiding(organization, "'analytics_privacy': 'team-only', 'minimum_group_size': 3");
        directory(admin, numbered("p", 3));
        for (String user : numbered("p", 3).toList()) {
            row(organization, "2026-11-16", user, "small", "'prompts': 1");
            row(organization, "2026-11-17", user, "small", "'prompts': 1");
        }
        write(
                Index.TEAM_DAYS,
                Secret.sha256(organization + "\n2026-11-16"),
                "{'org_id': '" + organization + "', 'starting_at': '2026-11-16T00:00:00Z', 'told_at':"
                        + " '2026-11-19T00:00:00Z', 'cells': [{'team': 'small', 'people': 5, 'rows': {'prompts':"
                        + " {'value': 500}}, 'ledger': null}]}");
        JsonNode days =
                get(admin, METRICS + "?metric[]=prompts&group_by[]=team&starting_at=2026-11-16&ending_at=2026-11-18");
        assertThat(DirectoryStack.texts(days, "/starting_at")).containsExactly("2026-11-17T00:00:00Z");
    }

    /** Two addresses of one person are not two people, also if telemetry knew the older one only. */
    @Test
    void whoeverIsRenamedIsOnePerson() throws Exception {
        String organization = "renamed";
        Client admin = hiding(organization, "'analytics_privacy': 'team-only', 'minimum_group_size': 3");
        directory(admin, numbered("p", 3));
        String id = get(admin, "/v1/users?limit=1").at("/data/0/id").asText();
        String name = get(admin, "/v1/users?limit=1").at("/data/0/email").asText();
        admin.send("PATCH", "/v1/users/" + id, "{'user_name': 'new@example.com', 'email': 'new@example.com'}")
                .is(200);
        List<String> others =
                numbered("p", 3).filter(user -> !user.equals(name)).toList();
        for (String user : List.of(name, "new@example.com", others.get(0))) {
            row(organization, "2026-11-16", user, "small", "'prompts': 1");
        }
        String day =
                METRICS + "?metric[]=prompts,active_users&group_by[]=team&starting_at=2026-11-16&ending_at=2026-11-17";
        assertThat(get(admin, day).path("data")).as("two people").isEmpty();
        row(organization, "2026-11-16", others.get(1), "small", "'prompts': 1");
        assertThat(get(admin, day).at("/data/0/metrics").toString()).isEqualTo("{\"prompts\":4,\"active_users\":3}");
    }

    /** Spend of one day is not divided by the commits of two. */
    @Test
    void sumsAndRatiosSayWhatTheyAreOf() throws Exception {
        String organization = "parts";
        Client admin = hiding(organization, "'analytics_privacy': 'team-only', 'minimum_group_size': 3");
        directory(admin, numbered("p", 3));
        for (String user : numbered("p", 3).toList()) {
            row(organization, "2026-11-16", user, "platform", "'commits': 2");
            cell(organization, "2026-11-16", user, "platform", "'spend_micros': 6000000");
            row(organization, "2026-11-17", user, "platform", "'commits': 1");
            cell(organization, "2026-11-18", user, "data", "'spend_micros': 1000000");
        }
        String week = METRICS + "?metric[]=commits,spend,cost_per_commit&period=week&starting_at=2026-11-16"
                + "&ending_at=2026-11-23";
        JsonNode told = get(admin, week);
        assertThat(told.at("/data/0/metrics").toString())
                .isEqualTo("{\"commits\":9,\"spend\":21,\"cost_per_commit\":3}");
        assertThat(told.path("coverage").toString())
                .isEqualTo("{\"team_days_told\":3,\"team_days_without_telemetry\":1,\"team_days_without_spend\":1}");
        JsonNode data = get(admin, week + "&team=data");
        assertThat(data.at("/data/0/metrics").toString())
                .isEqualTo("{\"commits\":null,\"spend\":3,\"cost_per_commit\":null}");
        assertThat(data.path("coverage").path("team_days_told").asInt()).isEqualTo(1);
        assertThat(get(admin, week + "&team=edge")
                        .path("coverage")
                        .path("team_days_told")
                        .asInt())
                .as("nothing of other teams")
                .isZero();
    }

    @Test
    void whatWasOneTooFewIsToldWholeOnceThereAreEnough() throws Exception {
        String organization = "grows";
        String week =
                METRICS + "?metric[]=prompts,active_users&group_by[]=team&starting_at=2026-11-16&ending_at=2026-11-23";
        for (int person = 0; person < 2; person++) {
            row(organization, "2026-11-16", "p" + person + "@example.com", "small", "'prompts': 1");
        }
        Client admin = hiding(organization, "'analytics_privacy': 'team-only', 'minimum_group_size': 3");
        admin.post("/v1/users", "{'user_name': 'kim@example.com', 'account_id': 'kim-account'}");
        directory(admin, numbered("p", 4));
        JsonNode few = get(admin, week);
        assertThat(few.path("data")).isEmpty();
        assertThat(few.path("coverage").path("team_days_told").asInt()).isZero();
        row(organization, "2026-11-16", "p2@example.com", "small", "'prompts': 1");
        // Not settled yet.
        IntStream.range(0, 3)
                .forEach(person -> quietly(
                        () -> row(organization, "2026-11-24", "p" + person + "@example.com", "small", "'prompts': 7")));
        JsonNode told = get(admin, week.replace("11-23", "11-26"));
        assertThat(told.path("data")).hasSize(1);
        assertThat(told.path("data").path(0).path("metrics").toString())
                .isEqualTo("{\"prompts\":3,\"active_users\":3}");
        // Two people, of whom one has two labels.
        for (String user : List.of("kim@example.com", "kim-account", "p0@example.com")) {
            row(organization, "2026-11-18", user, "small", "'prompts': 1");
        }
        assertThat(get(admin, week).path("data")).hasSize(1);
        // Enough people in rows, and one whose spend is known.
        for (int person = 0; person < 4; person++) {
            row(organization, "2026-11-19", "p" + person + "@example.com", "small", "'prompts': 1");
        }
        cell(organization, "2026-11-19", "p0@example.com", "small", "'spend_micros': 9");
        assertThat(get(admin, week).path("data")).hasSize(1);
        // Spend of which nobody knows whose it is.
        for (int person = 0; person < 3; person++) {
            row(organization, "2026-11-20", "p" + person + "@example.com", "small", "'prompts': 1");
        }
        cell(organization, "2026-11-20", "unattributed", "small", "'spend_micros': 9000000");
        assertThat(get(admin, METRICS + "?metric[]=prompts,spend&starting_at=2026-11-20&ending_at=2026-11-21")
                        .path("data")
                        .path(0)
                        .path("metrics")
                        .toString())
                .isEqualTo("{\"prompts\":3,\"spend\":null}");
    }

    @Test
    void whoeverAsksFirstDecidesForAllServers() throws Exception {
        String organization = "races";
        for (int person = 0; person < 3; person++) {
            row(organization, "2026-11-16", "p" + person + "@example.com", "platform", "'prompts': 1");
        }
        Client admin = hiding(organization, "'analytics_privacy': 'team-only', 'minimum_group_size': 3");
        directory(admin, Stream.concat(numbered("p", 3), numbered("late", 8)));
        String question = METRICS + "?metric[]=prompts&starting_at=2026-11-16&ending_at=2026-11-17";
        try (RunningServer second = stack.server(CLOCK)) {
            List<Client> clients = List.of(Client.of(running, organization), Client.of(second, organization));
            List<String> answers = DirectoryStack.atOnce(8, asker -> () -> {
                row(organization, "2026-11-16", "late" + asker + "@example.com", "platform", "'prompts': 1");
                return get(clients.get(asker % 2), question).path("data").toString();
            });
            assertThat(answers)
                    .contains(get(clients.get(0), question).path("data").toString());
            assertThat(answers.stream().distinct()).as("%s", answers).hasSize(1);
        }
    }

    private interface Writing {
        String write() throws Exception;
    }

    private static void quietly(Writing writing) {
        try {
            assertThat(writing.write()).isNotEmpty();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                METRICS + "?group_by[]=user",
                METRICS + "?user=tiny0@example.com",
                METRICS + "?repository=mine",
                METRICS + "?group_by[]=repository",
                METRICS + "?period=hour",
                METRICS + "?starting_at=2026-11-23T09:00:00Z",
                METRICS + "?metric[]=peak_concurrent_sessions",
                METRICS + "?metric[]=tool_duration_p99",
                METRICS + "?metric[]=active_users",
                METRICS + "?metric[]=sessions_active&period=week",
                METRICS + "/active_users/explain",
                "/v1/spend",
                "/v1/spend?group_by[]=user",
                "/v1/spend/events",
                "/v1/ledger",
                "/v1/dead-letters",
                "/v1/telemetry-health",
                "/v1/telemetry-health?by=channel",
                "/v1/reconciliation?starting_date=2026-11-17&ending_date=2026-11-18",
                "/v1/organizations/usage_report/claude_code?starting_at=2026-11-23",
                "/v1/organizations/analytics/users?date=2026-11-23",
                "/v1/organizations/analytics/summaries?date=2026-11-23"
            })
    void whatCouldBeAboutOneIsRefused(String question) throws Exception {
        Client admin = hiding("refuses", "'analytics_privacy': 'team-only'");
        assertThat(admin.send("GET", question, "").is(403).message()).contains("teams");
    }

    @Test
    void whatIsAskedWithoutAnythingIsAnswered() throws Exception {
        Client admin = hiding("usual", "'analytics_privacy': 'team-only'");
        for (String question : List.of("", "?period=week", "?period=month", "?group_by[]=team")) {
            JsonNode answer = get(admin, METRICS + question);
            assertThat(answer.path("units").size()).as(question).isGreaterThan(8);
            assertThat(answer.path("starting_at").asText()).isEqualTo("2026-11-01T00:00:00Z");
        }
        assertThat(get(admin, METRICS + "/lines_added/explain").path("behind")).isEmpty();
        assertThat(running.get("/", running.token("usual", "read:analytics")).body())
                .doesNotContain("@example.com");
        String all = Arrays.stream(Metric.values())
                .filter(metric -> TeamOnlyReport.isTold(metric, Period.DAY, List.of(CodeDimension.TEAM)))
                .map(Metric::id)
                .collect(Collectors.joining(","));
        get(admin, METRICS + "?group_by[]=team&metric[]=" + all);
    }
}
