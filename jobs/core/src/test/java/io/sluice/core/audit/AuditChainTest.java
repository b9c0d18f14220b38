package io.sluice.core.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.AuditEntry;
import io.sluice.schema.AuditRecord;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class AuditChainTest {
    /** Whoever verifies with other means finds the same. */
    @Test
    void theHashIsThatOfTheHashBeforeAndOfTheRest() throws Exception {
        AuditRecord record = Audits.record("e1");
        record.setTarget(null);
        AuditEntry entry = Objects.requireNonNull(AuditChain.EMPTY.next(record).entry());
        String rest = "{\"action\":\"POST /v1/tokens/{id}/rotate\",\"actor\":\"tok_1\","
                + "\"details\":{\"note\":\"naïve \\\"quotes\\\" \\u0001\",\"scopes\":\"ingest\"},\"event_id\":\"e1\","
                + "\"number\":1,\"occurred_at\":\"2026-11-25T09:46:40Z\",\"org_id\":\"acme\",\"outcome\":\"done\","
                + "\"previous_hash\":\"" + "0".repeat(64) + "\",\"remote\":\"192.0.2.1\",\"target\":null}";
        byte[] digest =
                MessageDigest.getInstance("SHA-256").digest(("0".repeat(64) + rest).getBytes(StandardCharsets.UTF_8));
        assertThat(entry.getNumber()).isEqualTo(1);
        assertThat(entry.getPreviousHash()).isEqualTo("0".repeat(64));
        assertThat(entry.getHash()).isEqualTo(HexFormat.of().formatHex(digest));
        assertThat(CanonicalJson.of(AuditJson.of(entry)))
                .isEqualTo(rest.replace(",\"number\"", ",\"hash\":\"" + entry.getHash() + "\",\"number\""));
    }

    @Test
    void everyEntryNamesTheHashOfTheOneBefore() {
        List<ObjectNode> entries = Audits.entries(5);
        for (int i = 1; i < entries.size(); i++) {
            assertThat(entries.get(i).path("number").asInt()).isEqualTo(i + 1);
            assertThat(entries.get(i).path("previous_hash"))
                    .isEqualTo(entries.get(i - 1).path("hash"));
        }
    }

    @Test
    void aRecordThatIsDeliveredTwiceStandsOnce() {
        AuditChain chain = AuditChain.EMPTY;
        List<String> events = new ArrayList<>();
        AuditRecord other = Audits.record("e1");
        other.setOutcome("forbidden");
        for (AuditRecord record :
                List.of(Audits.record("e1"), Audits.record("e2"), Audits.record("e1"), other, Audits.record("e3"))) {
            AuditChain.Step step = chain.next(record);
            chain = step.chain();
            if (step.entry() != null) {
                events.add(step.entry().getNumber() + step.entry().getRecord().getEventId());
            }
        }
        assertThat(events).containsExactly("1e1", "2e2", "3e1", "4e3");
    }

    @Test
    void whatWasDeliveredLongAgoIsForgotten() {
        AuditChain chain = AuditChain.EMPTY;
        for (int i = 0; i <= AuditChain.REMEMBERED; i++) {
            chain = chain.next(Audits.record("e" + i)).chain();
        }
        assertThat(chain.recent()).hasSize(AuditChain.REMEMBERED);
        assertThat(chain.next(Audits.record("e1")).entry()).isNull();
        assertThat(chain.next(Audits.record("e0")).entry()).isNotNull();
    }
}
