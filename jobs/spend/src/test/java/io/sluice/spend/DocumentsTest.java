package io.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.caps.Alerts;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.schema.Alert;
import io.sluice.schema.Codec;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class DocumentsTest {
    private static final long AT = 1_764_100_000_000_000L;

    /** Elasticsearch keeps the document with the greatest version, and refuses an equal one. */
    @Test
    void anAlertThatIsResolvedInTheMillisecondInWhichItFiredStaysResolved() throws IOException {
        DocumentWrite firing = alert(Alerts.FIRING, AT);
        DocumentWrite resolved = alert(Alerts.RESOLVED, AT);
        DocumentWrite toldAgain = alert(Alerts.FIRING, AT + 1_000);
        assertThat(resolved.id()).isEqualTo(firing.id());
        assertThat(resolved.json()).contains("\"status\":\"resolved\"");
        assertThat(resolved.version()).isGreaterThan(firing.version());
        assertThat(toldAgain.version()).isGreaterThan(resolved.version());
    }

    private static DocumentWrite alert(String status, long at) throws IOException {
        return Documents.alert(Codec.encode(Alert.newBuilder()
                .setOrgId("acme")
                .setId("a1")
                .setKind(Alerts.SPEND_THRESHOLD)
                .setStatus(status)
                .setUser("kim@example.com")
                .setScopeType("organization")
                .setCapId("organization||daily")
                .setCapVersion(1)
                .setPeriod("daily")
                .setPeriodStart(AT)
                .setAmountMicros(1)
                .setThreshold(75)
                .setOccurrence(1)
                .setCause("spend")
                .setSpendBeforeMicros(0)
                .setSpendAfterMicros(1)
                .setAt(at)
                .build()));
    }
}
