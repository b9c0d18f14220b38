package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OrganizationMetersTest {
    private static final MovableClock CLOCK = new MovableClock();
    private static final Instant MONTH = Instant.parse("2026-11-01T00:00:00Z");

    private final InMemoryMetricReader cumulative = InMemoryMetricReader.create();
    private final InMemoryMetricReader delta = InMemoryMetricReader.createDelta();
    private final MonthTotals totals = new MonthTotals(MONTH);
    private boolean tellsUse = true;
    private final OrganizationMeters meters = new OrganizationMeters(
            "acme",
            MONTH,
            CLOCK,
            () -> new OrganizationMeters.Reading(totals.newest(), 3),
            () -> tellsUse,
            List.<MetricReader>of(cumulative, delta));

    @AfterEach
    void close() {
        meters.close();
    }

    /** Something of everything, and more of it than has names. */
    private static ExportFigures everything() {
        ExportFigures figures = new ExportFigures();
        for (int i = 0; i < 100; i++) {
            for (int model = 0; model < 100; model++) {
                figures.cell("team-" + i, "model-" + model, 1);
            }
            figures.row("tool-" + i, "tool_succeeded", 1)
                    .error("status-" + i, 1)
                    .records("source-" + i, "accepted", 1);
        }
        return figures.row("Edit", "accepted_hook", 1)
                .row("Bash", "events_seen", 1)
                .row(null, "prompts", 1);
    }

    private static Map<String, MetricData> byName(Collection<MetricData> metrics) {
        return metrics.stream().collect(Collectors.toMap(MetricData::getName, metric -> metric));
    }

    private static MetricData metric(Map<String, MetricData> metrics, String name) {
        return Objects.requireNonNull(metrics.get(name), name);
    }

    private static Set<String> keys(MetricData metric) {
        Set<String> keys = new TreeSet<>();
        for (PointData point : metric.getData().getPoints()) {
            point.getAttributes().asMap().keySet().forEach(key -> keys.add(key.getKey()));
        }
        return keys;
    }

    /** What dashboards rely on. A label that is not here is a new promise, and must not be about a person. */
    @Test
    void metricsHaveTheseNamesUnitsAndLabels() {
        totals.update(everything().answers(), CLOCK.instant());
        Map<String, String> told = new TreeMap<>();
        byName(cumulative.collectAllMetrics())
                .forEach((name, metric) -> told.put(name, metric.getUnit() + " " + keys(metric)));
        Map<String, String> expected = new TreeMap<>();
        expected.put("claude.api.tokens", "{token} [claude.token.class, gen_ai.request.model]");
        expected.put("claude.code.active_time", "s [type]");
        expected.put("claude.code.active_users", "{user} [period]");
        expected.put("claude.code.api.errors", "{request} [status]");
        expected.put("claude.code.commits", "{commit} []");
        expected.put("claude.code.edit.decisions", "{decision} [decision, source]");
        expected.put("claude.code.lines", "{line} [type]");
        expected.put("claude.code.prompts", "{prompt} []");
        expected.put("claude.code.pull_requests", "{pull_request} []");
        expected.put("claude.code.sessions", "{session} []");
        expected.put("claude.code.tool.calls", "{call} [outcome, tool]");
        expected.put("claude.cost.usage", "{USD} [gen_ai.request.model, team]");
        expected.put("claude.token.usage", "{token} [gen_ai.provider.name, gen_ai.request.model, gen_ai.token.type]");
        expected.put("sluice.metrics.dropped_label_values", "{value} [label]");
        expected.put("sluice.metrics.snapshot.age", "s []");
        expected.put("sluice.records", "{record} [outcome, source]");
        expected.put("sluice.records.received", "{record} [source]");
        expected.put("sluice.telemetry.complete", "1 []");
        assertThat(told).isEqualTo(expected);
    }

    @Test
    void seriesAreBounded() {
        totals.update(everything().answers(), CLOCK.instant());
        Map<String, MetricData> metrics = byName(cumulative.collectAllMetrics());
        for (ExportInstrument instrument : ExportInstrument.values()) {
            MetricData metric = metric(metrics, instrument.metric());
            assertThat(metric.getData().getPoints())
                    .as(instrument.metric())
                    .hasSizeLessThanOrEqualTo(instrument.mostSeries())
                    .noneMatch(point ->
                            point.getAttributes().get(AttributeKey.booleanKey("otel.metric.overflow")) != null);
        }
        assertThat(metric(metrics, "claude.cost.usage").getData().getPoints()).hasSize(21 * 21);
        assertThat(metric(metrics, "claude.cost.usage").getDoubleSumData().getPoints().stream()
                        .mapToDouble(point -> point.getValue())
                        .sum())
                .isEqualTo(0.01, offset(1e-9));
    }

    @Test
    void deltasAddUpToTheCumulativeSumWhichBeganWithTheMonth() {
        long sum = 0;
        for (int prompts : List.of(3, 3, 8, 5, 20)) {
            totals.update(new ExportFigures().row(null, "prompts", prompts).answers(), CLOCK.instant());
            sum += prompts(delta).map(LongPointData::getValue).orElse(0L);
            LongPointData all = prompts(cumulative).orElseThrow();
            assertThat(sum).isEqualTo(all.getValue());
            assertThat(all.getStartEpochNanos()).isEqualTo(TimeUnit.SECONDS.toNanos(MONTH.getEpochSecond()));
        }
        assertThat(sum).isEqualTo(20);
    }

    private static Optional<LongPointData> prompts(InMemoryMetricReader reader) {
        MetricData metric = byName(reader.collectAllMetrics()).get("claude.code.prompts");
        return metric == null
                ? Optional.empty()
                : metric.getLongSumData().getPoints().stream().findFirst();
    }

    @Test
    void withoutASnapshotOnlyItsAgeIsTold() {
        assertThat(byName(cumulative.collectAllMetrics()).keySet()).containsExactly("sluice.metrics.snapshot.age");
    }

    @Test
    void teamsOnlyMeansNoFigureThatOnePersonChanges() {
        totals.update(everything().answers(), CLOCK.instant());
        assertThat(byName(cumulative.collectAllMetrics())).containsKey("sluice.records");
        tellsUse = false;
        assertThat(byName(cumulative.collectAllMetrics()).keySet()).containsExactly("sluice.metrics.snapshot.age");
        assertThat(meters.scrape().stream().map(metric -> metric.getMetadata().getPrometheusName()))
                .allMatch(name -> name.startsWith("sluice_metrics_snapshot_age") || name.startsWith("target"));
    }

    @Test
    void theOrganizationIsTheResource() {
        assertThat(cumulative.collectAllMetrics())
                .allSatisfy(metric -> assertThat(metric.getResource().getAttributes())
                        .isEqualTo(Attributes.of(
                                AttributeKey.stringKey("service.name"),
                                "sluice",
                                OrganizationMeters.ORGANIZATION,
                                "acme")));
    }
}
