package io.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.caps.Alerts;
import io.sluice.core.spend.Amounts;
import io.sluice.core.spend.Dimensions;
import io.sluice.core.spend.PriceBook;
import io.sluice.core.spend.Sheet;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.schema.Actor;
import io.sluice.schema.Alert;
import io.sluice.schema.Codec;
import io.sluice.schema.SpendCell;
import io.sluice.schema.UsageEvent;
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

    @Test
    void cellsAndReportsSayTheirTerminalAndWhatRanInTheCloud() throws IOException {
        Dimensions dimensions =
                new Dimensions("acme", "kim@example.com", "platform", "m", "cowork", null, null, null, "vscode", true);
        String cell = Documents.cell(update(dimensions)).json();
        assertThat(cell).contains("\"terminal\":\"vscode\",\"remote\":true");
        UsageEvent event = UsageEvent.newBuilder()
                .setOrgId("acme")
                .setEventId("e1")
                .setOccurredAt(AT)
                .setReceivedAt(AT)
                .setSource("otlp-logs")
                .setActor(new Actor())
                .setModel("m")
                .setProduct("cowork")
                .setTerminal("xterm")
                .setRemote(true)
                .build();
        assertThat(report(event)).contains("\"terminal\":\"xterm\",\"remote\":true");

        event.setTerminal(null);
        event.setRemote(false);
        assertThat(report(event)).doesNotContain("terminal", "remote");
        Dimensions untold =
                new Dimensions("acme", "kim@example.com", "platform", "m", "cowork", null, null, null, null, false);
        assertThat(Documents.cell(update(untold)).json()).doesNotContain("terminal", "remote");
    }

    private static String report(UsageEvent event) throws IOException {
        return Documents.report(Codec.encode(event), null, 1, PriceBook.bundled())
                .json();
    }

    @Test
    void cellsOnKafkaSayTheSame() {
        Dimensions dimensions =
                new Dimensions("acme", "kim@example.com", "platform", "m", "cowork", null, null, null, "vscode", true);
        SpendCell cell = ResultRecords.Cells.cell(update(dimensions));
        assertThat(cell.getTerminal()).isEqualTo("vscode");
        assertThat(cell.getRemote()).isTrue();
    }

    private static Sheet.Update update(Dimensions dimensions) {
        return new Sheet.Update(dimensions.cell(495_000, false, 0), new Amounts(1, 1, 2, 3, 4, 5), 1, null);
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
