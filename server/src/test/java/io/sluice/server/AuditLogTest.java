package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.sluice.schema.AuditRecord;
import io.sluice.schema.Micros;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AuditLogTest {
    private static final AuditLog.Entry ENTRY = new AuditLog.Entry(
            "acme", "tok_1", "POST /v1/things", "thing-1", AuditLog.DONE, "192.0.2.7", Map.of("a", "b"));

    private final AccessFixture fixture = new AccessFixture();

    @Test
    void aRecordSaysWhoDidWhatWhenFromWhere() {
        fixture.audit.record(ENTRY).join();
        assertThat(fixture.audited).singleElement().satisfies(record -> {
            assertThat(record.getEventId()).matches("aud_[0-9a-f-]{36}");
            assertThat(AuditRecord.newBuilder(record).setEventId("x").build())
                    .isEqualTo(AuditRecord.newBuilder()
                            .setOrgId("acme")
                            .setEventId("x")
                            .setOccurredAt(Micros.of(fixture.clock.instant()))
                            .setActor("tok_1")
                            .setAction("POST /v1/things")
                            .setTarget("thing-1")
                            .setOutcome("done")
                            .setRemote("192.0.2.7")
                            .setDetails(Map.of("a", "b"))
                            .build());
        });
    }

    @Test
    void beforeTheTopicIsThereNothingIsSent() {
        AtomicInteger sent = new AtomicInteger();
        AuditLog audit = new AuditLog(
                records -> {
                    sent.incrementAndGet();
                    return CompletableFuture.completedFuture(null);
                },
                () -> false,
                fixture.clock);
        assertThatThrownBy(() -> audit.record(ENTRY).join())
                .rootCause()
                .extracting("kind")
                .isEqualTo(Refusal.Kind.UNAVAILABLE);
        assertThat(sent).hasValue(0);
    }

    @Test
    void whatCouldNotBeStoredIsCountedOn() {
        fixture.auditable = false;
        count("192.0.2.7");
        count("192.0.2.7");
        fixture.audit.publishCounts().join();
        assertThat(fixture.audited).isEmpty();
        String first = fixture.clock.instant().toString();
        fixture.clock.advance(Duration.ofMinutes(1));
        count("192.0.2.7");
        fixture.auditable = true;
        fixture.audit.publishCounts().join();
        fixture.audit.publishCounts().join();
        assertThat(fixture.audited)
                .extracting(AuditRecord::getRemote, AuditRecord::getDetails)
                .containsExactly(tuple("192.0.2.7", Map.of("count", "3", "first_at", first)));
    }

    @Test
    void countsAreBounded() {
        for (int i = 0; i < AuditLog.MOST_COUNTED + 7; i++) {
            count("address-" + i);
        }
        fixture.audit.publishCounts().join();
        assertThat(fixture.audited).hasSize(AuditLog.MOST_COUNTED + 1);
        assertThat(fixture.audited)
                .filteredOn(record -> record.getRemote().equals("several"))
                .singleElement()
                .satisfies(record -> assertThat(record.getDetails()).containsEntry("count", "7"));
    }

    private void count(String remote) {
        fixture.audit.count("default", AuditLog.UNAUTHENTICATED, "authenticate", "authentication_error", remote);
    }
}
