package io.sluice.e2e;

import static io.sluice.e2e.RunningStack.until;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.core.caps.CapPeriod;
import io.sluice.core.caps.CapScope;
import io.sluice.core.caps.Caps;
import io.sluice.e2e.Client.Usage;
import io.sluice.schema.Cap;
import io.sluice.schema.CapVersion;
import io.sluice.schema.Micros;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What happens in an organization of its own: spend and edits, one after the other by their time. In which order the spend is
 * sent is another matter.
 *
 * <p>An alert is written as who (- for all together), scope, version of the limit, threshold, cause; then the occurrence if
 * it is not the first, {@code late}, and of a daily limit the day.
 */
final class CapStory {
    enum Order {
        AS_IT_HAPPENS,
        /** First the edits, then what was spent between them, the last first. */
        REVERSED,
        TWICE
    }

    static final String EVERYBODY = "{'type': 'organization'}";
    static final String TOTAL = "{'type': 'organization_total'}";
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final Duration DAY = Duration.ofDays(1);
    private static final String MARKER = "marker";
    /** The fields that say what an alert is about, whichever occurrence it is. */
    private static final List<String> SAME =
            List.of("/user", "/scope", "/period", "/period_start", "/cap_version", "/threshold");

    private final RunningStack stack;
    private final Client client;
    private final Order order;
    /** Of all limits but daily ones: one that does not end soon. */
    private final CapPeriod period;

    private final Instant began = Instant.now();
    private final List<Usage> held = new ArrayList<>();
    private final Map<String, Usage> counted = new HashMap<>();
    private final Map<String, String> groupNames = new HashMap<>();
    private final Set<String> fired = new TreeSet<>();
    private long last;
    private int requests;
    private int edits;

    CapStory(RunningStack stack, Client client, Order order) {
        this.stack = stack;
        this.client = client;
        this.order = order;
        long soon = Micros.of(began.plus(Duration.ofMinutes(30)));
        long now = Micros.of(began);
        period = CapPeriod.MONTHLY.start(now) == CapPeriod.MONTHLY.start(soon) ? CapPeriod.MONTHLY : CapPeriod.WEEKLY;
    }

    static String of(String user) {
        return "{'type': 'user', 'user_id': '" + label(user) + "'}";
    }

    static String ofGroup(String id) {
        return "{'type': 'rbac_group', 'rbac_group_id': '" + id + "'}";
    }

    static String pool(String id) {
        return "{'type': 'rbac_group_pool', 'rbac_group_id': '" + id + "'}";
    }

    private static String label(String user) {
        return user + "@example.com";
    }

    private static long micros(double dollars) {
        return Math.round(dollars * 1e6);
    }

    @FunctionalInterface
    private interface Edit {
        void make() throws Exception;
    }

    /** It begins after all that was, and ends before all that will be. */
    private void edit(Edit edit) throws Exception {
        while (Micros.of(Instant.now()) <= last) {
            Thread.onSpinWait();
        }
        edit.make();
        edits++;
        last = Micros.of(Instant.now());
    }

    /** The next whole millisecond, in microseconds, once it has come. */
    private long tick() {
        long next = (last / 1_000 + 1) * 1_000;
        while (Micros.of(Instant.now()) < next) {
            Thread.onSpinWait();
        }
        last = Micros.of(Instant.now()) / 1_000 * 1_000;
        return last;
    }

    void limit(String scope, double dollars) throws Exception {
        limit(scope, dollars, "");
    }

    void limit(String scope, double dollars, String rest) throws Exception {
        limit(scope, "'amount_micros': " + micros(dollars) + rest);
    }

    /** @param what members of the body */
    void limit(String scope, String what) throws Exception {
        edit(() -> client.ok(
                "POST",
                Client.LIMITS,
                "{'scope': " + scope + ", 'period': '" + period.periodName() + "', " + what + "}"));
    }

    /** @param id without its period */
    void remove(String id) throws Exception {
        edit(() -> client.ok("DELETE", Client.LIMITS + "/spl_" + id + ":" + period.periodName(), ""));
    }

    /** A daily limit of one user that began days ago. By a first percent, spent today, it is seen that the job knows it. */
    void dailySinceLongAgo(String user, double dollars) throws Exception {
        long at = CapPeriod.DAILY.start(Micros.of(began.minus(DAY.multipliedBy(3))));
        stack.publish(CapVersion.newBuilder()
                .setOrgId(client.organization())
                .setKind(Caps.CAP)
                .setId(Caps.id(CapScope.USER, label(user), CapPeriod.DAILY))
                .setVersion(1)
                .setEffectiveAt(at)
                .setRecordedAt(at)
                .setCreatedAt(at)
                .setCap(Cap.newBuilder()
                        .setScopeType(CapScope.USER.scopeName())
                        .setScopeId(label(user))
                        .setPeriod(CapPeriod.DAILY.periodName())
                        .setAmountMicros(micros(dollars))
                        .setThresholds(List.of(1, 50, 75, 90, 100))
                        .build())
                .build());
        spends(user, dollars / 100);
        sendHeld();
        awaitFiring(Set.of(user + " user 1 1 spend today"));
    }

    String user(String name) throws Exception {
        return client.user(label(name));
    }

    String group(String name, String... userIds) throws Exception {
        String id = client.group(name);
        groupNames.put(id, name);
        for (String userId : userIds) {
            join(id, userId);
        }
        return id;
    }

    void join(String groupId, String userId) throws Exception {
        edit(() -> client.join(groupId, userId));
    }

    void leave(String groupId, String userId) throws Exception {
        edit(() -> client.ok("DELETE", "/v1/groups/" + groupId + "/members/" + userId, ""));
    }

    void spends(String user, double dollars) throws Exception {
        spendsMicros(user, micros(dollars));
    }

    void spendsMicros(String user, long micros) throws Exception {
        report(new Usage(label(user), tick(), micros, "req_" + ++requests, true));
    }

    /** At this time of the day before. */
    void spendsYesterday(String user, double dollars) throws Exception {
        report(new Usage(
                label(user), tick() - Micros.of(Instant.EPOCH.plus(DAY)), micros(dollars), "req_" + ++requests, true));
    }

    /** A request whose cost is said as a fraction. */
    Usage roughly(String user, double dollars) throws Exception {
        Usage usage = new Usage(label(user), tick(), micros(dollars), "req_" + ++requests, false);
        report(usage);
        return usage;
    }

    /** The same request, with what it really cost. */
    void corrects(Usage rough, double dollars) throws Exception {
        report(new Usage(rough.user(), rough.at(), micros(dollars), rough.request(), true));
    }

    private void report(Usage usage) throws Exception {
        counted.merge(usage.request(), usage, (a, b) -> b.exact() ? b : a);
        if (order == Order.REVERSED) {
            held.add(usage);
        } else {
            client.report(List.of(usage), order == Order.TWICE ? 2 : 1);
        }
    }

    /** So far exactly these fire; whoever sends in reverse does not know yet. */
    void now(String... alerts) throws Exception {
        if (order == Order.REVERSED) {
            return;
        }
        awaitCounted();
        awaitFiring(Set.of(alerts));
        fired.addAll(List.of(alerts));
    }

    private void awaitCounted() throws Exception {
        Map<String, Long> byUser = counted.values().stream()
                .collect(Collectors.groupingBy(Usage::user, Collectors.summingLong(Usage::micros)));
        for (Map.Entry<String, Long> each : byUser.entrySet()) {
            until(() -> each + " is counted", PATIENCE, () -> {
                Client.Answer budget =
                        client.send("GET", "/v1/budgets/" + each.getKey() + "?period=" + period.periodName(), "");
                return budget.status() == 200
                        && budget.body().path("spent_micros").asLong() == each.getValue();
            });
        }
    }

    private void awaitFiring(Set<String> expected) throws Exception {
        Set<String> wanted = new TreeSet<>(expected);
        List<String> firing = new ArrayList<>();
        until(() -> client.organization() + ": " + firing + " are " + wanted, PATIENCE, () -> {
            firing.clear();
            firing.addAll(texts(client.alerts("firing")));
            return firing.size() == wanted.size() && wanted.containsAll(firing);
        });
    }

    /** In the end exactly these fire, all that fired before is resolved, and nothing more comes. */
    void ends(String... alerts) throws Exception {
        Set<String> expected = Stream.of(alerts)
                .map(text -> order == Order.REVERSED ? text.replaceAll(" #\\d+", "") : text)
                .collect(Collectors.toCollection(TreeSet::new));
        sendHeld();
        awaitFiring(expected);
        awaitLedger();

        // One cent of somebody else, who has a limit of one cent.
        limit(of(MARKER), 0.01, ", 'thresholds': [100]");
        report(new Usage(label(MARKER), tick(), 10_000, "req_marker", true));
        sendHeld();
        expected.add("marker user 1 100 spend");
        awaitFiring(expected);
        awaitLedger();
        if (order != Order.REVERSED) {
            fired.removeAll(expected);
            // Their cause is why. There may be more: what fired because spend was heard before an edit.
            assertThat(texts(client.alerts("resolved")).stream().map(CapStory::withoutCause))
                    .as("resolved")
                    .containsAll(fired.stream().map(CapStory::withoutCause).toList());
        }
        Set<String> replayed = expected.stream()
                .map(text -> text.replaceAll(" #\\d+| late", ""))
                .collect(Collectors.toCollection(TreeSet::new));
        List<String> answer = new ArrayList<>();
        until(() -> "what-if: " + answer + " are " + replayed, PATIENCE, () -> {
            answer.clear();
            answer.addAll(texts(client.whatIf()));
            return answer.size() == replayed.size() && replayed.containsAll(answer);
        });
    }

    private static String withoutCause(String text) {
        return text.replaceAll(" (spend|cap-edited|corrected)", "");
    }

    private void sendHeld() throws Exception {
        Collections.reverse(held);
        for (Usage usage : held) {
            client.report(List.of(usage), 1);
        }
        held.clear();
    }

    private void awaitLedger() throws Exception {
        long all = counted.values().stream().mapToLong(Usage::micros).sum();
        until(() -> all + " are in the ledger", PATIENCE, () -> client.spent(began.minus(DAY.multipliedBy(2))) == all);
    }

    /** Sorted, each as often as it is there. */
    private List<String> texts(List<JsonNode> alerts) throws Exception {
        List<JsonNode> superseded = client.alerts("resolved").stream()
                .filter(alert -> alert.path("cause").asText().equals("superseded"))
                .toList();
        return alerts.stream().map(alert -> text(alert, superseded)).sorted().toList();
    }

    /**
     * Spend may be heard before an edit that came first: then one alert more is told, and taken back as superseded. Not more
     * than that: there are not more of them than edits.
     */
    private int occurrence(JsonNode alert, List<JsonNode> superseded) {
        int number = alert.path("occurrence").asInt(1);
        long tooMany = superseded.stream()
                .filter(other -> other.path("occurrence").asInt(1) < number)
                .filter(other -> SAME.stream().allMatch(field -> other.at(field).equals(alert.at(field))))
                .count();
        return number - (int) Math.min(tooMany, edits);
    }

    private String text(JsonNode alert, List<JsonNode> superseded) {
        String user = alert.path("user").asText("-");
        StringBuilder text = new StringBuilder(user.equals("null") ? "-" : user.replace("@example.com", ""))
                .append(' ')
                .append(alert.at("/scope/type").asText());
        JsonNode group = alert.at("/scope/rbac_group_id");
        if (group.isTextual()) {
            text.append(':').append(groupNames.get(group.asText()));
        }
        text.append(' ').append(alert.path("cap_version").asLong());
        text.append(' ').append(alert.path("threshold").asInt());
        text.append(' ').append(alert.path("cause").asText());
        int occurrence = occurrence(alert, superseded);
        if (order != Order.REVERSED && occurrence > 1) {
            text.append(" #").append(occurrence);
        }
        if (alert.path("late").asBoolean()) {
            text.append(" late");
        }
        Instant start = Instant.parse(alert.path("period_start").asText());
        long now = Micros.of(began);
        if (alert.path("period").asText().equals(CapPeriod.DAILY.periodName())) {
            long today = CapPeriod.DAILY.start(now);
            text.append(Micros.of(start) == today ? " today" : " yesterday");
            assertThat(start)
                    .isIn(Micros.toInstant(today), Micros.toInstant(today).minus(DAY));
        } else {
            assertThat(Micros.of(start)).as("%s", alert).isEqualTo(period.start(now));
            assertThat(alert.path("period").asText()).isEqualTo(period.periodName());
        }
        return text.toString();
    }
}
