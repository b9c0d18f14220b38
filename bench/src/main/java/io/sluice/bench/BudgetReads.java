package io.sluice.bench;

import io.sluice.core.caps.CapPeriod;
import io.sluice.core.caps.CapScope;
import io.sluice.schema.CapVersion;
import io.sluice.schema.Micros;
import io.sluice.schema.SpendMonth;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** {@code GET /v1/budgets/{user}} of random users at a rate, on a server that has caps of every scope and sums of all. */
final class BudgetReads {
    private static final int CONNECTIONS = 64;
    private static final long CENT = 10_000;
    private static final List<Integer> THRESHOLDS = List.of(50, 75, 90, 100);
    private static final Duration START = Duration.ofSeconds(60);

    private final int users;
    private final int groups;
    private final int perSecond;
    private final int seconds;
    private final long seed;
    private final Broker broker;
    private final Progress progress;

    BudgetReads(int users, int groups, int perSecond, int seconds, long seed, Broker broker, Progress progress) {
        this.users = users;
        this.groups = groups;
        this.perSecond = perSecond;
        this.seconds = seconds;
        this.seed = seed;
        this.broker = broker;
        this.progress = progress;
    }

    /** @return facts for the report */
    Map<String, Object> measure(Workspace workspace) throws Exception {
        progress.step("budgets: server");
        publish();
        Receiver receiver = Receiver.start(
                workspace,
                broker,
                Map.of("SLUICE_ELASTICSEARCH_URL", "http://127.0.0.1:1", "SLUICE_RATE_LIMIT_PER_MINUTE", "0"));
        try {
            String token = Files.readString(workspace.folder("server").resolve("admin.token"))
                    .strip();
            awaitLoaded(receiver, token);
            progress.done("ready");
            progress.step("budgets");
            PacedClient client = new PacedClient(receiver.restPort(), CONNECTIONS);
            client.run(perSecond, Math.max(1, perSecond * seconds / 3), new Reads(token));
            Reads reads = new Reads(token);
            double cpu = receiver.cpuSeconds();
            Map<String, Double> late;
            try (Hiccups hiccups = new Hiccups()) {
                client.run(perSecond, perSecond * seconds, reads);
                late = hiccups.millis();
            }
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("budgets_per_second", perSecond);
            Map<String, Object> figures = new LinkedHashMap<>(Percentiles.millis(reads.nanos()));
            figures.put("samples", reads.nanos().length);
            facts.put("budget_ms", figures);
            facts.put("budget_cpu_us", Math.round((receiver.cpuSeconds() - cpu) * 1e6 / reads.nanos().length));
            facts.put("budgets_machine_late_ms", late);
            progress.done(facts.toString());
            return facts;
        } finally {
            receiver.stop();
        }
    }

    private static long spent(int user) {
        return (1 + user % 997) * CENT;
    }

    private void publish() throws IOException {
        Instant now = Instant.now();
        ControlVersions versions = new ControlVersions(Micros.of(now.minus(Duration.ofDays(40))));
        List<CapVersion> caps = new ArrayList<>();
        for (CapPeriod period : CapPeriod.values()) {
            caps.add(versions.cap(CapScope.ORGANIZATION, null, period, 1000 * CENT, THRESHOLDS));
            caps.add(versions.cap(CapScope.SEAT_TIER, ControlVersions.TIER, period, 1500 * CENT, THRESHOLDS));
            caps.add(versions.cap(CapScope.ORGANIZATION_TOTAL, null, period, 1000 * CENT * users, THRESHOLDS));
            for (int group = 0; group < groups; group++) {
                String id = ControlVersions.groupId(group);
                caps.add(versions.cap(CapScope.GROUP, id, period, 1200 * CENT, THRESHOLDS));
                caps.add(versions.cap(CapScope.GROUP_POOL, id, period, 100_000 * CENT, THRESHOLDS));
            }
        }
        for (int user = 0; user < users; user++) {
            caps.add(versions.cap(
                    CapScope.USER, ControlVersions.userId(user), CapPeriod.MONTHLY, limit(user), THRESHOLDS));
        }
        LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        int month = today.getYear() * 100 + today.getMonthValue();
        List<SpendMonth> sums = new ArrayList<>();
        for (int user = 0; user < users; user++) {
            sums.add(sum(CapScope.USER, UsageLoad.email(user), month, today, spent(user)));
        }
        for (int group = 0; group < groups; group++) {
            sums.add(sum(CapScope.GROUP_POOL, ControlVersions.groupId(group), month, today, 10_000 * CENT));
        }
        sums.add(sum(CapScope.ORGANIZATION_TOTAL, UsageLoad.ORGANIZATION, month, today, 500 * CENT * users));
        ControlVersions.publish(broker, Topic.DIRECTORY, versions.directory(users, groups));
        ControlVersions.publish(broker, Topic.CAPS, caps);
        ControlVersions.publish(broker, Topic.BUDGETS, sums);
    }

    private static long limit(int user) {
        return (500 + user % 100) * CENT;
    }

    /** All spent today. */
    private static SpendMonth sum(CapScope scope, String subject, int month, LocalDate today, long micros) {
        List<Long> days = new ArrayList<>(Collections.nCopies(today.getDayOfMonth(), 0L));
        days.set(today.getDayOfMonth() - 1, micros);
        return SpendMonth.newBuilder()
                .setOrgId(UsageLoad.ORGANIZATION)
                .setSubjectType(scope.scopeName())
                .setSubject(subject)
                .setMonth(month)
                .setVersion(1)
                .setDayMicros(days)
                .build();
    }

    private void awaitLoaded(Receiver receiver, String token) throws Exception {
        HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + receiver.restPort() + path(users - 1)))
                .header("authorization", "Bearer " + token)
                .build();
        long deadline = System.nanoTime() + START.toNanos();
        while (true) {
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() == 200) {
                requireRight(users - 1, answer.body());
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new IncorrectException("budgets: status " + answer.statusCode() + " " + START.toSeconds()
                        + " s after the start (expected: 200)");
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private static String path(int user) {
        return "/v1/budgets/" + UsageLoad.email(user).replace("@", "%40");
    }

    private static void requireRight(int user, String body) throws IncorrectException {
        for (String part : List.of("\"limit_micros\":" + limit(user) + ',', "\"spent_micros\":" + spent(user) + ',')) {
            if (!body.contains(part)) {
                throw new IncorrectException(
                        "budget of " + UsageLoad.email(user) + ": " + body + " (expected: with " + part + ")");
            }
        }
    }

    private final class Reads implements PacedClient.Exchange {
        private final SplittableRandom random = new SplittableRandom(seed);
        private final String head;
        private final List<Integer> asked = new ArrayList<>();
        private final List<Long> nanos = new ArrayList<>();

        Reads(String token) {
            head = " HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer " + token + "\r\n\r\n";
        }

        @Override
        public ByteBuffer request(int index) {
            int user = random.nextInt(users);
            asked.add(user);
            return ByteBuffer.wrap(("GET " + path(user) + head).getBytes(StandardCharsets.US_ASCII));
        }

        @Override
        public void answered(int index, long due, long at, String body) throws IncorrectException {
            nanos.add(at - due);
            requireRight(asked.get(index), body);
        }

        long[] nanos() {
            return nanos.stream().mapToLong(Long::longValue).toArray();
        }
    }
}
