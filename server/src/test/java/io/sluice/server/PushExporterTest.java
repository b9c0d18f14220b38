package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricExporter;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PushExporterTest {
    private static final Instant MONTH = Instant.parse("2026-11-01T00:00:00Z");
    private static final URI URL = URI.create("http://127.0.0.1:9/v1/metrics");

    private final InMemoryMetricExporter sent = InMemoryMetricExporter.create(AggregationTemporality.DELTA);
    private final InMemoryMetricReader reader = InMemoryMetricReader.createDelta();
    private final MonthTotals totals = new MonthTotals(MONTH);
    private boolean tellsUse = true;
    private final OrganizationMeters meters = new OrganizationMeters(
            "acme",
            MONTH,
            new MovableClock(),
            () -> new OrganizationMeters.Reading(totals.newest(), 0),
            () -> tellsUse,
            List.of(reader));

    @AfterEach
    void close() {
        meters.close();
    }

    /** The sum in one push of what has happened so far; empty: the metric is not in it. */
    private List<Long> pushed(PushExporter exporter, int promptsSoFar, String metric) {
        totals.update(
                new ExportFigures()
                        .row(null, "prompts", promptsSoFar)
                        .records("otlp-logs", "received", promptsSoFar)
                        .answers(),
                MONTH);
        sent.reset();
        exporter.export(reader.collectAllMetrics());
        return sent.getFinishedMetricItems().stream()
                .filter(each -> each.getName().equals(metric))
                .map(PushExporterTest::sum)
                .toList();
    }

    private static long sum(MetricData metric) {
        return metric.getLongSumData().getPoints().stream()
                .mapToLong(point -> point.getValue())
                .sum();
    }

    @Test
    void afterAStartDeltasGoOnFromWhatThereWas() {
        PushExporter exporter = PushExporter.delta(sent, URL, false, false);
        exporter.export(reader.collectAllMetrics());
        assertThat(pushed(exporter, 100, "claude.code.prompts")).isEmpty();
        assertThat(pushed(exporter, 103, "claude.code.prompts")).containsExactly(3L);
        assertThat(pushed(exporter, 110, "sluice.records.received")).containsExactly(7L);
    }

    @Test
    void ofANewMonthDeltasAreFromZero() {
        PushExporter exporter = PushExporter.delta(sent, URL, false, true);
        assertThat(pushed(exporter, 5, "claude.code.prompts")).containsExactly(5L);
        assertThat(pushed(exporter, 6, "claude.code.prompts")).containsExactly(1L);
    }

    @Test
    void whatWasNotToBeToldIsNotToldLaterEither() {
        PushExporter exporter = PushExporter.delta(sent, URL, false, true);
        tellsUse = false;
        assertThat(pushed(exporter, 5, "claude.code.prompts")).isEmpty();
        assertThat(pushed(exporter, 8, "sluice.records.received")).isEmpty();
        tellsUse = true;
        assertThat(pushed(exporter, 9, "claude.code.prompts")).isEmpty();
        assertThat(pushed(exporter, 11, "claude.code.prompts")).containsExactly(2L);
    }

    @Test
    void nothingGoesToAnAddressThatIsNotPublic() {
        for (String url :
                List.of("https://10.0.0.1/v1/metrics", "https://169.254.169.254/", "https://[::ffff:10.0.0.1]/")) {
            sent.reset();
            PushExporter exporter = PushExporter.cumulative(sent, URI.create(url), false);
            assertThat(exporter.export(reader.collectAllMetrics()).isSuccess())
                    .as(url)
                    .isFalse();
            assertThat(sent.getFinishedMetricItems()).isEmpty();
        }
    }
}
