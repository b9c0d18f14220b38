package io.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.otlp.OtlpContext;
import io.sluice.otlp.OtlpDecoder;
import io.sluice.otlp.OtlpJson;
import io.sluice.schema.UsageEvent;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;

class UsageLoadTest {
    private static final UsageLoad.Options OPTIONS = new UsageLoad.Options(42, 60_000, 100, 0);
    private static final long CLOSED_BEFORE =
            Instant.parse("2026-08-01T00:00:00Z").toEpochMilli() * 1000;

    private record Sent(String key, byte[] value, long receivedAtMillis) {}

    private static UsageEvent decode(Sent sent) throws IOException {
        return UsageEvent.getDecoder().decode(sent.value());
    }

    private static Truth send(UsageLoad.Options options, List<Sent> into) {
        return new UsageLoad(options).send((key, value, at) -> into.add(new Sent(key, value, at)));
    }

    @Test
    void truthIsWhatCountingTheRecordsGives() throws IOException {
        List<Sent> sent = new ArrayList<>();
        Truth truth = send(OPTIONS, sent);

        Set<String> seen = new HashSet<>();
        Map<Long, Long> receivedByHour = new HashMap<>();
        Sums sums = new Sums();
        long late = 0;
        long duplicates = 0;
        long micros = 0;
        for (Sent one : sent) {
            UsageEvent event = decode(one);
            receivedByHour.merge(one.receivedAtMillis() / 3_600_000, 1L, Long::sum);
            micros += event.getReportedCostMicros();
            if (event.getOccurredAt() < CLOSED_BEFORE) {
                late++;
            } else if (seen.add(event.getRequestId())) {
                sums.add(event);
            } else {
                duplicates++;
            }
        }
        assertThat(truth.received()).isEqualTo(OPTIONS.events()).isEqualTo(sent.size());
        assertThat(truth.late()).isEqualTo(late).isPositive();
        assertThat(truth.duplicates()).isEqualTo(duplicates).isBetween(400L, 800L);
        assertThat(truth.accepted()).isEqualTo(seen.size());
        assertThat(truth.rawMicros()).isEqualTo(micros);
        assertThat(truth.receivedByHour()).isEqualTo(receivedByHour);
        assertThat(truth.cells().differenceFrom(sums)).isNull();
    }

    @Test
    void recordsComeInTheOrderOfReceiptAndSomeAfterHours() throws IOException {
        List<Sent> sent = new ArrayList<>();
        send(OPTIONS, sent);

        assertThat(sent).extracting(Sent::receivedAtMillis).isSorted();
        int delayed = 0;
        for (Sent one : sent) {
            UsageEvent event = decode(one);
            assertThat(event.getReceivedAt() / 1000).isEqualTo(one.receivedAtMillis());
            assertThat(event.getOccurredAt()).isLessThan(event.getReceivedAt());
            assertThat(one.key()).isEqualTo("default|" + event.getSessionId());
            long hours = (event.getReceivedAt() - event.getOccurredAt()) / 3_600_000_000L;
            if (hours >= 1 && event.getOccurredAt() > CLOSED_BEFORE) {
                assertThat(hours).isLessThanOrEqualTo(6);
                delayed++;
            }
        }
        assertThat(delayed).isBetween(400, 900);
    }

    @Test
    void theSameSeedGivesTheSameBytes() {
        assertThat(bytes(1)).hasSize(500).isEqualTo(bytes(1)).isNotEqualTo(bytes(2));
    }

    private static List<List<Object>> bytes(long seed) {
        List<Sent> sent = new ArrayList<>();
        send(new UsageLoad.Options(seed, 500, 20, 1), sent);
        return sent.stream()
                .map(one -> List.<Object>of(one.key(), ByteBuffer.wrap(one.value()), one.receivedAtMillis()))
                .toList();
    }

    @Test
    void sessionsAreOfAboutSixtyRequests() throws IOException {
        List<Sent> sent = new ArrayList<>();
        send(OPTIONS, sent);

        Set<String> sessions = new HashSet<>();
        for (Sent one : sent) {
            sessions.add(decode(one).getSessionId());
        }
        assertThat(sent.size() / sessions.size()).isBetween(45, 75);
    }

    /** Compared with a record that the real client sent, and the real decoder decoded. */
    @Test
    void recordsHaveTheFieldsThatTheDecoderGives() throws IOException {
        UsageEvent real;
        try (InputStream in = UsageLoadTest.class.getResourceAsStream("/claude-code/accept-logs.json")) {
            real = OtlpDecoder.decode(
                            OtlpJson.logs(Objects.requireNonNull(in).readAllBytes()),
                            new OtlpContext("default", Set.of(), Instant.parse("2026-11-24T00:00:00Z"), false))
                    .usage()
                    .get(0);
        }
        List<Sent> sent = new ArrayList<>();
        send(new UsageLoad.Options(1, 1, 1, 0), sent);
        UsageEvent made = decode(sent.get(0));

        Set<String> expected = fields(real);
        // Sent by newer clients to the first-party API only, which the capture is not of.
        expected.add("client_request_id");
        Set<String> optional = Set.of("mcp_server", "skill");
        assertThat(fields(made).stream().filter(name -> !optional.contains(name)))
                .containsExactlyInAnyOrderElementsOf(expected);
        assertThat(made.getAttributes()).containsOnlyKeys(real.getAttributes().keySet());
        assertThat(made.getEventId()).hasSameSizeAs(real.getEventId());
        assertThat(made.getActor().getAccountId()).hasSameSizeAs(real.getActor().getAccountId());
        assertThat(made.getActor().getInstallationId())
                .hasSameSizeAs(real.getActor().getInstallationId());
        assertThat(made.getSessionId()).hasSameSizeAs(real.getSessionId());
        assertThat(made.getPromptId()).hasSameSizeAs(real.getPromptId());
    }

    private static Set<String> fields(UsageEvent event) {
        return event.getSchema().getFields().stream()
                .filter(field -> event.get(field.pos()) != null)
                .map(Schema.Field::name)
                .collect(Collectors.toCollection(HashSet::new));
    }
}
