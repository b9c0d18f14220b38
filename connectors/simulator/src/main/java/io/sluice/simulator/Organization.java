package io.sluice.simulator;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Who works where. Users are computed when asked for, so that a million of them cost nothing. */
final class Organization {
    private static final List<String> FIRST_NAMES = List.of(
            "ada", "ben", "chloe", "dan", "eva", "farid", "grace", "hugo", "ines", "jonas", "kim", "lena", "mei",
            "noor", "omar", "paula", "quinn", "ravi", "sofia", "tom", "uma", "vera", "wei", "yuki");
    private static final List<String> LAST_NAMES = List.of(
            "adams", "baker", "chen", "diaz", "evans", "fischer", "garcia", "haas", "ito", "jensen", "khan", "lopez",
            "meyer", "novak", "okafor", "patel", "rossi", "sato", "tanaka", "urban", "vogel", "weber", "young",
            "zhang");
    private static final List<String> TEAM_NAMES = List.of(
            "platform",
            "payments",
            "mobile",
            "data",
            "search",
            "growth",
            "security",
            "infrastructure",
            "billing",
            "identity");
    private static final List<String> DEPARTMENTS = List.of("engineering", "research", "operations");
    private static final List<String> REPOSITORY_NAMES = List.of(
            "billing",
            "checkout",
            "web",
            "ios",
            "android",
            "search",
            "pipelines",
            "gateway",
            "docs",
            "terraform",
            "ledger",
            "notifications");
    private static final List<List<String>> LANGUAGES = List.of(
            List.of("Python", "py"),
            List.of("TypeScript", "ts"),
            List.of("Java", "java"),
            List.of("Go", "go"),
            List.of("Rust", "rs"));
    private static final List<String> ZONES = List.of(
            "Europe/Berlin",
            "America/New_York",
            "America/Los_Angeles",
            "Asia/Kolkata",
            "Asia/Tokyo",
            "Australia/Sydney",
            "UTC");
    private static final List<String> TERMINALS = List.of("xterm", "iTerm.app", "vscode", "tmux", "cursor");
    private static final List<McpServer> MCP_SERVERS = List.of(
            new McpServer("ledger", "stdio", List.of("lookup_invoice", "export_all")),
            new McpServer("tickets", "http", List.of("search", "create_issue", "comment")),
            new McpServer("observability", "sse", List.of("query_metrics", "tail_logs")),
            new McpServer("design-docs", "http", List.of("find", "read")));

    private final SimulationOptions options;
    private final List<String> teams;
    private final List<Repository> repositories;
    private final double reportingOffset;
    private final double temporalityOffset;

    Organization(SimulationOptions options) {
        this.options = options;
        Random random = Randoms.of(options.seed());
        teams = named(TEAM_NAMES, options.teams());
        repositories = new ArrayList<>();
        for (String name : named(REPOSITORY_NAMES, options.repositories())) {
            List<String> language = Randoms.pick(random, LANGUAGES);
            repositories.add(new Repository("acme", name, language.get(0), language.get(1)));
        }
        reportingOffset = random.nextDouble();
        temporalityOffset = random.nextDouble();
    }

    /**
     * @param index from 0
     */
    User user(int index) {
        Random random = Randoms.of(options.seed(), index);
        double counters = options.share(Share.COUNTERS_ONLY);
        double events = options.share(Share.EVENTS_ONLY);
        double reporting = Randoms.spread(index, 0.6180339887498949, reportingOffset);
        double temporality = Randoms.spread(index, 0.41421356237309515, temporalityOffset);
        boolean unassigned = Randoms.happens(random, options.share(Share.UNASSIGNED));
        String team = teams.get(index % teams.size());
        boolean mac = random.nextBoolean();
        return new User(
                email(index),
                Randoms.uuid(random),
                "user_01" + Randoms.base58(random, 22),
                Randoms.hex(random, 64),
                Randoms.hex(random, 64),
                unassigned ? null : team,
                DEPARTMENTS.get(Math.floorMod(team.hashCode(), DEPARTMENTS.size())),
                ZoneId.of(Randoms.pick(random, ZONES)),
                7 * 60 + random.nextInt(3 * 60),
                7 * 60 + random.nextInt(2 * 60),
                reporting >= counters,
                reporting < counters || reporting >= counters + events,
                temporality < options.share(Share.CUMULATIVE),
                Randoms.happens(random, options.share(Share.TRACES)),
                Randoms.pick(random, TERMINALS),
                mac ? "darwin" : "linux",
                mac ? "arm64" : "amd64",
                Randoms.pick(random, List.of(Model.values())),
                some(random, repositories, 3),
                options.share(Share.MCP) > 0 ? some(random, MCP_SERVERS, 2) : List.of());
    }

    private static String email(int index) {
        int names = FIRST_NAMES.size() * LAST_NAMES.size();
        String first = FIRST_NAMES.get(index % FIRST_NAMES.size());
        String last = LAST_NAMES.get(index / FIRST_NAMES.size() % LAST_NAMES.size());
        String number = index < names ? "" : String.valueOf(index / names + 1);
        return first + '.' + last + number + "@example.com";
    }

    private static List<String> named(List<String> names, int count) {
        List<String> all = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String name = names.get(i % names.size());
            all.add(i < names.size() ? name : name + '-' + (i / names.size() + 1));
        }
        return all;
    }

    /** From one to {@code most} different ones. */
    private static <T> List<T> some(Random random, List<T> from, int most) {
        int first = random.nextInt(from.size());
        int count = Math.min(1 + random.nextInt(most), from.size());
        List<T> chosen = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            chosen.add(from.get((first + i) % from.size()));
        }
        return chosen;
    }
}
