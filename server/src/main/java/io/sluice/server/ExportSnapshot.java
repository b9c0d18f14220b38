package io.sluice.server;

import io.opentelemetry.api.common.Attributes;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an organization's metrics are at one moment. Not changed once it is told.
 *
 * @param readAt when it was read; null: never yet, and then there are no figures
 * @param figures by instrument and series; of {@link ExportInstrument.Kind#MICROS} in millionths
 */
record ExportSnapshot(@Nullable Instant readAt, Map<ExportInstrument, Map<Attributes, Double>> figures) {
    static final ExportSnapshot NONE = new ExportSnapshot(null, Map.of());

    /** Adds up a snapshot. */
    static final class Builder {
        private final Map<ExportInstrument, Map<Attributes, Double>> figures = new EnumMap<>(ExportInstrument.class);

        void add(ExportInstrument instrument, double value, String... labels) {
            figures.computeIfAbsent(instrument, key -> new HashMap<>())
                    .merge(instrument.attributes(labels), value, Double::sum);
        }

        /**
         * @param before the snapshot before of the same month. Its counters are the least: a correction may lower a sum, and
         *     whoever reads a counter would take that for a new start
         */
        ExportSnapshot build(Instant readAt, ExportSnapshot before) {
            before.figures.forEach((instrument, series) -> {
                if (instrument.kind().counts()) {
                    Map<Attributes, Double> now = figures.computeIfAbsent(instrument, key -> new HashMap<>());
                    series.forEach((attributes, value) -> now.merge(attributes, value, Math::max));
                }
            });
            return new ExportSnapshot(readAt, figures);
        }
    }
}
