package io.sluice.server;

import io.opentelemetry.exporter.otlp.http.metrics.OtlpHttpMetricExporter;
import io.opentelemetry.exporter.otlp.http.metrics.OtlpHttpMetricExporterBuilder;
import io.opentelemetry.sdk.metrics.export.AggregationTemporalitySelector;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import io.opentelemetry.sdk.metrics.export.PeriodicMetricReader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Pushes one organization's metrics by OTLP over HTTP: one reader for each receiver. */
final class OtlpPush {
    private final Settings.@Nullable OtlpPush settings;

    /** @param settings null: nothing is pushed */
    OtlpPush(Settings.@Nullable OtlpPush settings) {
        this.settings = settings;
    }

    /** Whose metrics are pushed; null: nobody's. */
    @Nullable
    String organization() {
        return settings == null ? null : settings.orgId();
    }

    /** @param first since the start of the server: deltas go on from what was perhaps sent before */
    List<MetricReader> readers(boolean first) {
        List<MetricReader> readers = new ArrayList<>();
        if (settings != null) {
            for (Settings.OtlpReceiver receiver : settings.receivers()) {
                readers.add(PeriodicMetricReader.builder(exporter(receiver, first))
                        .setInterval(settings.interval())
                        .build());
            }
        }
        return readers;
    }

    private static PushExporter exporter(Settings.OtlpReceiver receiver, boolean first) {
        OtlpHttpMetricExporterBuilder builder = OtlpHttpMetricExporter.builder()
                .setEndpoint(receiver.url().toString())
                .setCompression("gzip")
                .setAggregationTemporalitySelector(
                        receiver.delta()
                                ? AggregationTemporalitySelector.deltaPreferred()
                                : AggregationTemporalitySelector.alwaysCumulative());
        receiver.headers().forEach(builder::addHeader);
        return receiver.delta()
                ? PushExporter.delta(builder.build(), receiver.url(), receiver.allowPrivate(), !first)
                : PushExporter.cumulative(builder.build(), receiver.url(), receiver.allowPrivate());
    }
}
