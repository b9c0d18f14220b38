package io.sluice.server;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableDoubleMeasurement;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import io.opentelemetry.api.metrics.ObservableMeasurement;
import io.opentelemetry.exporter.prometheus.PrometheusMetricReader;
import io.opentelemetry.sdk.common.Clock;
import io.opentelemetry.sdk.metrics.InstrumentSelector;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.SdkMeterProviderBuilder;
import io.opentelemetry.sdk.metrics.View;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import io.opentelemetry.sdk.resources.Resource;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * An organization's metrics of one month in OpenTelemetry's SDK: read by Prometheus when it asks, and by whatever other
 * readers there are. All numbers of a reading are of one snapshot.
 */
final class OrganizationMeters implements AutoCloseable {
    static final AttributeKey<String> ORGANIZATION = AttributeKey.stringKey("sluice.organization");

    private static final String SCOPE = "io.sluice";
    private static final long MICROS = 1_000_000;
    private static final int OVERFLOW = 2; // the SDK keeps one place for it, and one free

    /**
     * What is read.
     *
     * @param ageSeconds since the figures were read
     */
    record Reading(ExportSnapshot snapshot, double ageSeconds) {}

    /** Counters began with the month, also where the server did not. */
    private static final class MonthClock implements Clock {
        private final java.time.Clock clock;
        private final Instant month;
        private volatile boolean begun;

        MonthClock(java.time.Clock clock, Instant month) {
            this.clock = clock;
            this.month = month;
        }

        @Override
        public long now() {
            Instant now = begun ? clock.instant() : month;
            return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
        }

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }
    }

    private final Supplier<Reading> source;
    private final BooleanSupplier tellsUse;
    private final PrometheusMetricReader prometheus =
            PrometheusMetricReader.builder().setOtelScopeLabelsEnabled(false).build();
    private final Map<ExportInstrument, ObservableMeasurement> instruments = new EnumMap<>(ExportInstrument.class);
    private final SdkMeterProvider provider;

    /**
     * @param month its first moment
     * @param source what every reading reads
     * @param tellsUse whether figures may leave, also how many records came: whoever reads them as they change
     *     sees what one person adds; asked at every reading
     */
    OrganizationMeters(
            String orgId,
            Instant month,
            java.time.Clock clock,
            Supplier<Reading> source,
            BooleanSupplier tellsUse,
            List<MetricReader> readers) {
        this.source = source;
        this.tellsUse = tellsUse;
        MonthClock monthClock = new MonthClock(clock, month);
        SdkMeterProviderBuilder builder = SdkMeterProvider.builder()
                .setClock(monthClock)
                .setResource(Resource.create(
                        Attributes.of(AttributeKey.stringKey("service.name"), "sluice", ORGANIZATION, orgId)))
                .registerMetricReader(prometheus);
        for (ExportInstrument instrument : ExportInstrument.values()) {
            Set<String> keys = instrument.labels().stream()
                    .map(label -> label.key().getKey())
                    .collect(Collectors.toSet());
            builder.registerView(
                    InstrumentSelector.builder().setName(instrument.metric()).build(),
                    View.builder()
                            .setAttributeFilter(keys)
                            .setCardinalityLimit(instrument.mostSeries() + OVERFLOW)
                            .build());
        }
        readers.forEach(builder::registerMetricReader);
        provider = builder.build();
        Meter meter = provider.get(SCOPE);
        ObservableMeasurement[] all = new ObservableMeasurement[ExportInstrument.values().length];
        int next = 0;
        for (ExportInstrument instrument : ExportInstrument.values()) {
            ObservableMeasurement built = built(meter, instrument);
            instruments.put(instrument, built);
            all[next++] = built;
        }
        meter.batchCallback(this::read, all[0], Arrays.copyOfRange(all, 1, all.length));
        monthClock.begun = true;
    }

    private static ObservableMeasurement built(Meter meter, ExportInstrument instrument) {
        String name = instrument.metric();
        String unit = instrument.unit();
        String description = instrument.description();
        return switch (instrument.kind()) {
            case COUNTER ->
                meter.counterBuilder(name)
                        .setUnit(unit)
                        .setDescription(description)
                        .buildObserver();
            case MICROS ->
                meter.counterBuilder(name)
                        .ofDoubles()
                        .setUnit(unit)
                        .setDescription(description)
                        .buildObserver();
            case GAUGE ->
                meter.gaugeBuilder(name)
                        .ofLongs()
                        .setUnit(unit)
                        .setDescription(description)
                        .buildObserver();
            case RATIO ->
                meter.gaugeBuilder(name)
                        .setUnit(unit)
                        .setDescription(description)
                        .buildObserver();
        };
    }

    private void read() {
        Reading reading = source.get();
        record(ExportInstrument.SNAPSHOT_AGE, reading.ageSeconds, Attributes.empty());
        if (tellsUse.getAsBoolean()) {
            reading.snapshot
                    .figures()
                    .forEach((instrument, series) ->
                            series.forEach((attributes, value) -> record(instrument, value, attributes)));
        }
    }

    private void record(ExportInstrument instrument, double value, Attributes attributes) {
        ObservableMeasurement measurement = Objects.requireNonNull(instruments.get(instrument));
        switch (instrument.kind()) {
            case COUNTER, GAUGE -> ((ObservableLongMeasurement) measurement).record(Math.round(value), attributes);
            case MICROS -> ((ObservableDoubleMeasurement) measurement).record(value / MICROS, attributes);
            case RATIO -> ((ObservableDoubleMeasurement) measurement).record(value, attributes);
        }
    }

    /** In Prometheus' model. */
    MetricSnapshots scrape() {
        return prometheus.collect();
    }

    /** Ends the readers, which send what they have not sent yet. Waits for them, some seconds at most. */
    @Override
    public void close() {
        provider.shutdown().join(5, TimeUnit.SECONDS);
    }
}
