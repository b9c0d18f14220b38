package io.sluice.e2e;

import static io.sluice.e2e.RunningStack.until;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.core.caps.CapPeriod;
import io.sluice.e2e.CapModel.Edit;
import io.sluice.e2e.CapModel.Member;
import io.sluice.e2e.Client.Usage;
import io.sluice.schema.Alert;
import io.sluice.schema.Micros;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * An organization spends while its limits are edited and processes are killed. In the end the alerts that are not resolved
 * are those of a walk through time, and what-if says the same.
 */
class CapKillsE2ECase {
    private static final long SEED = Long.getLong("sluice.seed", 20261125L);
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    /** How far from now events and edits are dated. */
    private static final long MINUTES_MICROS = Duration.ofMinutes(3).toSeconds() * 1_000_000;

    private static final List<List<Integer>> THRESHOLDS =
            List.of(List.of(50, 75, 90, 100), List.of(100), List.of(10, 80, 150), List.of(50, 100));
    private static final String MARKER = "marker@example.com";
    private static final long CENT = 10_000;
    private static final long DOLLAR = 1_000_000;

    private final Random random = new Random(SEED);
    private final List<Usage> events = new ArrayList<>();
    private final List<Member> members = new ArrayList<>();
    /** Ids of all that was ever tried. */
    private final Set<String> limits = new TreeSet<>();

    @SuppressWarnings("NullAway.Init")
    private RunningStack stack;

    @SuppressWarnings("NullAway.Init")
    private Client client;

    /** Nothing happens before: memberships have begun. */
    private long since;

    @BeforeEach
    void start() throws Exception {
        stack = RunningStack.start();
    }

    @AfterEach
    void stop() throws Exception {
        stack.close();
    }

    @Test
    void aFewKillsChangeNoAlert() throws Exception {
        killsChangeNoAlert(3, 400, 40, Duration.ofMinutes(10));
    }

    @Test
    @Tag("chaos")
    void manyKillsChangeNoAlert() throws Exception {
        killsChangeNoAlert(50, 900, 120, Duration.ofMinutes(20));
    }

    private void killsChangeNoAlert(int kills, int usages, int edits, Duration atMost) throws Exception {
        long deadline = System.nanoTime() + atMost.toNanos();
        client = stack.organization("acme");
        staff();
        Kills killing = new Kills(stack, random);
        List<Runner> steps = new ArrayList<>();
        steps.addAll(Collections.nCopies(usages / 3, this::spend));
        steps.addAll(Collections.nCopies(edits, this::edit));
        steps.addAll(Collections.nCopies(kills, killing::next));
        Collections.shuffle(steps, random);
        for (int i = 0; i < 15; i++) {
            edit();
        }
        for (Runner step : steps) {
            step.run();
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
        }
        killing.awaitAllBack();
        check();

        // Somebody with a limit of one cent spends it: what came before has had its effect.
        limit("{'type': 'user', 'user_id': '" + MARKER + "'}", CapPeriod.MONTHLY, "'amount': '1', 'thresholds': [100]");
        members.add(new Member(MARKER, null, List.of()));
        report(List.of(new Usage(MARKER, now(), CENT, "req_marker", true)));
        Set<String> alerts = check();
        assertThat(alerts).as("seed %d", SEED).hasSizeGreaterThan(20).anyMatch(each -> each.startsWith(MARKER));

        checkTopic(alerts);
        Set<String> replayed = new TreeSet<>();
        until(() -> "seed " + SEED + ", what-if: " + difference(replayed, alerts), PATIENCE, () -> {
            replayed.clear();
            client.whatIf().forEach(each -> replayed.add(text(each)));
            return replayed.equals(alerts);
        });
    }

    @FunctionalInterface
    private interface Runner {
        void run() throws Exception;
    }

    private static long now() {
        return Micros.of(Instant.now()) / 1_000 * 1_000;
    }

    /** Twenty people, four of whom the directory does not know; three groups that overlap. */
    private void staff() throws Exception {
        List<String> groups = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            groups.add(client.group("group " + i));
        }
        for (int i = 0; i < 20; i++) {
            String label = "user" + i + "@example.com";
            String id = i % 5 == 4 ? null : client.user(label);
            List<String> joined = new ArrayList<>();
            for (String group : groups) {
                if (id != null && random.nextInt(5) < 2) {
                    client.join(group, id);
                    joined.add(group);
                }
            }
            members.add(new Member(label, id, List.copyOf(joined)));
        }
        since = now() + 1_000;
    }

    /** Three requests, some minutes before or after now. */
    private void spend() throws Exception {
        List<Usage> batch = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            long at = Math.max(since, now() + random.nextLong(-MINUTES_MICROS, MINUTES_MICROS) / 1_000 * 1_000);
            String user = members.get(random.nextInt(members.size())).label();
            int number = events.size() + i;
            batch.add(new Usage(user, at, random.nextLong(2 * DOLLAR), "req_" + number, random.nextInt(4) > 0));
        }
        report(batch);
    }

    private void report(List<Usage> batch) throws Exception {
        events.addAll(batch);
        client.report(batch, 1);
    }

    private void edit() throws Exception {
        Member member = members.get(random.nextInt(members.size()));
        String user = member.id() == null || random.nextBoolean() ? member.label() : member.id();
        List<String> groups = members.stream()
                .flatMap(each -> each.groupIds().stream())
                .distinct()
                .sorted()
                .toList();
        String group = groups.get(random.nextInt(groups.size()));
        CapPeriod period = CapPeriod.values()[random.nextInt(CapPeriod.values().length)];
        switch (random.nextInt(6)) {
            case 0 -> edit("{'type': 'user', 'user_id': '" + user + "'}", period, 30);
            case 1 -> edit("{'type': 'rbac_group', 'rbac_group_id': '" + group + "'}", period, 40);
            case 2 -> edit("{'type': 'rbac_group_pool', 'rbac_group_id': '" + group + "'}", period, 200);
            case 3, 4 -> edit("{'type': 'organization'}", period, 40);
            default -> edit("{'type': 'organization_total'}", period, 600);
        }
    }

    private void edit(String scope, CapPeriod period, int dollars) throws Exception {
        int what = random.nextInt(12);
        if (what == 0 && !limits.isEmpty()) {
            String id = List.copyOf(limits).get(random.nextInt(limits.size()));
            // Gone already, perhaps by the first try of the same.
            assertThat(client.send("DELETE", Client.LIMITS + "/" + id, "").status())
                    .isIn(200, 404);
            return;
        }
        String amount = what == 1 ? "null" : Long.toString(what == 2 ? 0 : (1 + random.nextInt(dollars)) * DOLLAR);
        String rest =
                random.nextInt(3) == 0 ? ", 'thresholds': " + THRESHOLDS.get(random.nextInt(THRESHOLDS.size())) : "";
        String enabled = ", 'is_enabled': " + (random.nextInt(6) > 0);
        long back = random.nextLong(2 * MINUTES_MICROS) - MINUTES_MICROS;
        String at = back <= 0 ? "" : ", 'effective_at': '" + Micros.toInstant(Math.max(since, now() - back)) + "'";
        limit(scope, period, "'amount_micros': " + amount + rest + enabled + at);
    }

    private void limit(String scope, CapPeriod period, String what) throws Exception {
        JsonNode made = client.ok(
                "POST",
                Client.LIMITS,
                "{'scope': " + scope + ", 'period': '" + period.periodName() + "', " + what + "}");
        limits.add(made.path("id").asText());
    }

    /** The alerts that are not resolved, once they are those of the model, and all spend is counted. */
    private Set<String> check() throws Exception {
        long all = events.stream().mapToLong(Usage::micros).sum();
        until(
                () -> "seed " + SEED + ": " + all + " are in the ledger",
                PATIENCE,
                () -> client.spent(Micros.toInstant(since).minus(Duration.ofDays(1))) == all);
        Set<String> expected = new CapModel(members, history(), events).alerts();
        List<String> firing = new ArrayList<>();
        until(() -> "seed " + SEED + ": " + difference(firing, expected), PATIENCE, () -> {
            firing.clear();
            client.alerts("firing").forEach(each -> firing.add(text(each)));
            return firing.size() == expected.size() && expected.containsAll(firing);
        });
        return expected;
    }

    /** A crash may have left an edit accepted and not answered: what there is is what counts. */
    private List<Edit> history() throws Exception {
        List<Edit> edits = new ArrayList<>();
        for (String id : limits) {
            for (JsonNode version :
                    client.get(Client.LIMITS + "/" + id + "/history").path("data")) {
                edits.add(edit(version));
            }
        }
        return edits;
    }

    private static Edit edit(JsonNode version) {
        JsonNode scope = version.path("scope");
        JsonNode amount = version.path("amount_micros");
        List<Integer> thresholds = new ArrayList<>();
        version.path("thresholds").forEach(each -> thresholds.add(each.asInt()));
        return new Edit(
                version.path("id").asText(),
                scope.path("type").asText(),
                scope.path("user_id").asText(scope.path("rbac_group_id").asText("")),
                CapPeriod.named(version.path("period").asText()).orElseThrow(),
                version.path("version").asLong(),
                Micros.of(Instant.parse(version.path("effective_at").asText())),
                version.path("deleted").asBoolean(),
                version.path("is_enabled").asBoolean(),
                amount.isNull() ? null : amount.asLong(),
                thresholds);
    }

    private static String text(JsonNode alert) {
        return CapModel.text(
                alert.path("user").isNull() ? "-" : alert.path("user").asText(),
                alert.path("spend_limit_id").asText(),
                alert.path("cap_version").asLong(),
                Micros.of(Instant.parse(alert.path("period_start").asText())),
                alert.path("threshold").asInt());
    }

    private static String difference(Iterable<String> actual, Set<String> expected) {
        Set<String> missing = new TreeSet<>(expected);
        List<String> more = new ArrayList<>();
        for (String each : actual) {
            if (!missing.remove(each)) {
                more.add(each);
            }
        }
        return "of " + expected.size() + " alerts are missing " + missing + ", too many are " + more;
    }

    /** Nothing was told twice under one id with other content, and what was told last of each is what there is. */
    private void checkTopic(Set<String> alerts) throws Exception {
        Map<String, Set<String>> contents = new HashMap<>();
        Map<String, Alert> last = new HashMap<>();
        for (Alert alert : stack.alertsOnTopic()) {
            contents.computeIfAbsent(alert.getId() + ' ' + alert.getStatus(), id -> new TreeSet<>())
                    .add(String.join(
                            " ",
                            alert.getOrgId(),
                            alert.getUser(),
                            alert.getScopeType(),
                            alert.getScopeId(),
                            alert.getCapId(),
                            Long.toString(alert.getCapVersion()),
                            alert.getPeriod(),
                            Long.toString(alert.getPeriodStart()),
                            Integer.toString(alert.getThreshold()),
                            Integer.toString(alert.getOccurrence()),
                            Long.toString(alert.getAmountMicros())));
            last.put(alert.getId(), alert);
        }
        assertThat(contents)
                .as("seed %d", SEED)
                .isNotEmpty()
                .allSatisfy((id, told) -> assertThat(told).as(id).hasSize(1));
        Set<String> firing = new TreeSet<>();
        last.values().stream()
                .filter(alert -> alert.getStatus().equals("firing"))
                .forEach(alert -> firing.add(text(alert)));
        assertThat(firing).as("seed %d: told last", SEED).isEqualTo(alerts);
    }

    private static String text(Alert alert) {
        return CapModel.text(
                alert.getUser() == null ? "-" : alert.getUser(),
                "spl_" + alert.getCapId().replace('|', ':'),
                alert.getCapVersion(),
                alert.getPeriodStart(),
                alert.getThreshold());
    }
}
