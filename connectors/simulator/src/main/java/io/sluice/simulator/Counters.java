package io.sluice.simulator;

import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.Sum;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The counters of one client process, as the client's SDK keeps and exports them. A series begins when it is first
 * added to. Delta: an export has the series that changed, each from the collection before, or from its beginning.
 * Cumulative: an export has every series, from its beginning.
 */
final class Counters {
    private static final class Series {
        private final long begin;
        private double sum;
        private boolean changed;

        private Series(long begin) {
            this.begin = begin;
        }
    }

    private final boolean cumulative;
    private final Map<Instrument, Map<List<KeyValue>, Series>> series = new EnumMap<>(Instrument.class);
    private long collectedAt = Long.MIN_VALUE;

    Counters(boolean cumulative) {
        this.cumulative = cumulative;
    }

    /**
     * @param attributes all of the point's
     */
    void add(Instrument instrument, List<KeyValue> attributes, double value, long atMillis) {
        Series added = series.computeIfAbsent(instrument, key -> new LinkedHashMap<>())
                .computeIfAbsent(attributes, key -> new Series(atMillis));
        added.sum += value;
        added.changed = true;
    }

    /** Empty: nothing to export, or collected at that time already. */
    List<Metric> collect(long atMillis) {
        List<Metric> metrics = new ArrayList<>();
        if (atMillis <= collectedAt) {
            return metrics;
        }
        series.forEach((instrument, all) -> {
            Sum.Builder sum = Sum.newBuilder()
                    .setIsMonotonic(true)
                    .setAggregationTemporality(
                            cumulative
                                    ? AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
                                    : AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA);
            all.forEach((attributes, one) -> {
                if (cumulative || one.changed) {
                    sum.addDataPoints(NumberDataPoint.newBuilder()
                            .setStartTimeUnixNano(Otlp.nanos(cumulative ? one.begin : Math.max(one.begin, collectedAt)))
                            .setTimeUnixNano(Otlp.nanos(atMillis))
                            .setAsDouble(one.sum)
                            .addAllAttributes(attributes));
                    one.changed = false;
                    if (!cumulative) {
                        one.sum = 0;
                    }
                }
            });
            if (sum.getDataPointsCount() > 0) {
                metrics.add(Metric.newBuilder()
                        .setName(instrument.metric())
                        .setDescription(instrument.description())
                        .setUnit(instrument.unit())
                        .setSum(sum)
                        .build());
            }
        });
        collectedAt = atMillis;
        return metrics;
    }
}
