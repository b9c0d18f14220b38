package io.sluice.compliance.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.audit.AuditJson;
import io.sluice.core.audit.AuditVerifier;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.schema.Alert;
import io.sluice.schema.AuditEntry;
import io.sluice.schema.AuditRecord;
import io.sluice.schema.Codec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.types.PojoTestUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuditChainFunctionTest {
    private static final long ENTRIES = 5;
    private static final Duration INTERVAL = Duration.ofHours(1);

    @SuppressWarnings("NullAway.Init")
    private KeyedOneInputStreamOperatorTestHarness<String, SaidRecord, byte[]> harness;

    private final List<AuditEntry> chained = new ArrayList<>();
    private final List<String> told = new ArrayList<>();

    @BeforeEach
    void open() throws Exception {
        harness = harness();
        harness.open();
    }

    @AfterEach
    void close() throws Exception {
        harness.close();
    }

    private static KeyedOneInputStreamOperatorTestHarness<String, SaidRecord, byte[]> harness() throws Exception {
        return new KeyedOneInputStreamOperatorTestHarness<>(
                new KeyedProcessOperator<>(new AuditChainFunction(ENTRIES, INTERVAL)), SaidRecord::orgId, Types.STRING);
    }

    private void restore() throws Exception {
        OperatorSubtaskState state = harness.snapshot(1, 1);
        long now = harness.getProcessingTime();
        harness.close();
        harness = harness();
        harness.initializeState(state);
        harness.open();
        harness.setProcessingTime(now);
    }

    static AuditRecord record(String org, String event) {
        return AuditRecord.newBuilder()
                .setOrgId(org)
                .setEventId(event)
                .setOccurredAt(1_795_600_000_000_000L)
                .setActor("tok_1")
                .setAction("POST /v1/tokens")
                .setOutcome("done")
                .setDetails(Map.of("scopes", "ingest"))
                .build();
    }

    private void said(String org, String event) throws Exception {
        harness.processElement(new StreamRecord<>(new SaidRecord(org, Codec.encode(record(org, event)))));
        taken();
    }

    private void time(Duration since) throws Exception {
        harness.setProcessingTime(since.toMillis());
        taken();
    }

    private void taken() throws Exception {
        for (byte[] value : harness.extractOutputValues()) {
            chained.add(Codec.of(AuditEntry.class).decode(value));
        }
        var alerts = harness.getSideOutput(AuditChainFunction.CHECKPOINTS);
        while (alerts != null && !alerts.isEmpty()) {
            Alert alert = Codec.of(Alert.class).decode(alerts.remove().getValue());
            String number = alert.getDetails().get("number");
            assertThat(alert.getDetails())
                    .containsEntry(
                            "hash",
                            chained.stream()
                                    .filter(entry -> entry.getOrgId().equals(alert.getOrgId())
                                            && Long.toString(entry.getNumber()).equals(number))
                                    .findFirst()
                                    .orElseThrow()
                                    .getHash());
            told.add(alert.getOrgId() + ' ' + alert.getStatus() + ' ' + number);
        }
        harness.getOutput().clear();
    }

    @ParameterizedTest(name = "restored in between: {0}")
    @ValueSource(booleans = {false, true})
    void eachOrganizationHasOneChain(boolean restored) throws Exception {
        for (int i = 1; i <= 9; i++) {
            said("acme", "e" + i);
            if (i % 3 == 0) {
                said("beta", "e" + i);
            }
            if (restored && i % 2 == 0) {
                restore();
            }
        }
        for (String org : List.of("acme", "beta")) {
            AuditVerifier verifier = new AuditVerifier(org, List.of());
            chained.stream()
                    .filter(entry -> entry.getOrgId().equals(org))
                    .forEach(entry -> verifier.add(AuditJson.of(entry)));
            assertThat(verifier.end()).isEmpty();
            assertThat(verifier.number()).isEqualTo(org.equals("acme") ? 9 : 3);
        }
    }

    @ParameterizedTest(name = "restored in between: {0}")
    @ValueSource(booleans = {false, true})
    void aRecordThatIsDeliveredTwiceStandsOnce(boolean restored) throws Exception {
        said("acme", "e1");
        said("acme", "e2");
        if (restored) {
            restore();
        }
        said("acme", "e1");
        said("acme", "e3");
        assertThat(chained).extracting(AuditEntry::getNumber).containsExactly(1L, 2L, 3L);
    }

    @ParameterizedTest(name = "restored in between: {0}")
    @ValueSource(booleans = {false, true})
    void theNewestEntryIsToldOfAfterSoManyAndAfterSoLong(boolean restored) throws Exception {
        for (int i = 1; i <= 7; i++) {
            said("acme", "e" + i);
        }
        assertThat(told).containsExactly("acme resolved 5");
        if (restored) {
            restore();
        }
        time(INTERVAL.minusMillis(1));
        assertThat(told).hasSize(1);
        time(INTERVAL);
        assertThat(told).containsExactly("acme resolved 5", "acme resolved 7");
        time(INTERVAL.multipliedBy(5));
        assertThat(told).hasSize(2);
        assertThat(harness.numProcessingTimeTimers()).isZero();
        said("acme", "e8");
        time(INTERVAL.multipliedBy(6));
        assertThat(told).containsExactly("acme resolved 5", "acme resolved 7", "acme resolved 8");
    }

    @Test
    void aDocumentIsWrittenOnce() throws Exception {
        said("acme", "e1");
        DocumentWrite first = AuditJobPart.entryDocument(Codec.encode(chained.get(0)));
        assertThat(first.version()).isEqualTo(1);
        assertThat(first.id()).endsWith("-1").hasSize(34);
        assertThat(AuditJobPart.entryDocument(Codec.encode(chained.get(0)))).isEqualTo(first);
    }

    @Test
    void settingsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> new AuditChainFunction(0, INTERVAL))
                .hasMessage("audit.checkpoint-entries: 0 (expected: 1 or more)");
        assertThatThrownBy(() -> new AuditChainFunction(1, Duration.ZERO))
                .hasMessage("audit.checkpoint-interval: PT0S (expected: 1 ms or more)");
    }

    @Test
    void whatIsSentAndKeptNeedsNoKryo() {
        PojoTestUtils.assertSerializedAsPojoWithoutKryo(SaidRecord.class);
        PojoTestUtils.assertSerializedAsPojoWithoutKryo(AuditChainFunction.State.class);
    }
}
