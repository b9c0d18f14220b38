package io.sluice.server;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends to a receiver whose address is checked before each sending.
 *
 * <p>Deltas have no start that a receiver could compare: the first sums of a reader are all of the month, most of which was
 * perhaps sent before this server started, or was not to be told. They are where deltas begin, and are not sent.
 */
final class PushExporter implements MetricExporter {
    private static final Logger LOG = LoggerFactory.getLogger(PushExporter.class);

    private final MetricExporter receiver;
    private final URI url;
    private final boolean allowPrivate;
    private final @Nullable Deltas deltas;
    private boolean refused;

    private static final class Deltas {
        /** Is there whenever sums are told, also while there are none. */
        private static final String SIGN = ExportInstrument.ACTIVE_USERS.metric();

        private boolean begun;

        Deltas(boolean begun) {
            this.begun = begun;
        }

        List<MetricData> sent(List<MetricData> metrics) {
            boolean before = begun;
            begun = metrics.stream().anyMatch(metric -> metric.getName().equals(SIGN));
            return before || !begun
                    ? metrics
                    : metrics.stream().filter(metric -> !isSum(metric)).toList();
        }
    }

    private PushExporter(MetricExporter receiver, URI url, boolean allowPrivate, @Nullable Deltas deltas) {
        this.receiver = receiver;
        this.url = url;
        this.allowPrivate = allowPrivate;
        this.deltas = deltas;
    }

    static PushExporter cumulative(MetricExporter receiver, URI url, boolean allowPrivate) {
        return new PushExporter(receiver, url, allowPrivate, null);
    }

    /** @param begun whether the first sums are told, since they are from zero */
    static PushExporter delta(MetricExporter receiver, URI url, boolean allowPrivate, boolean begun) {
        return new PushExporter(receiver, url, allowPrivate, new Deltas(begun));
    }

    @Override
    public synchronized CompletableResultCode export(Collection<MetricData> metrics) {
        List<MetricData> all = List.copyOf(metrics);
        List<MetricData> sent = deltas == null ? all : deltas.sent(all);
        return mayBeReached() ? receiver.export(sent) : CompletableResultCode.ofFailure();
    }

    private static boolean isSum(MetricData metric) {
        return metric.getType() == MetricDataType.LONG_SUM || metric.getType() == MetricDataType.DOUBLE_SUM;
    }

    private boolean mayBeReached() {
        if (allowPrivate) {
            return true;
        }
        try {
            OutgoingAddress.resolve(OutgoingAddress.host(url), true);
            refused = false;
            return true;
        } catch (UnknownHostException e) {
            if (!refused) {
                LOG.warn("Metrics are not pushed: the receiver's address cannot be used");
                refused = true;
            }
            return false;
        }
    }

    @Override
    public CompletableResultCode flush() {
        return receiver.flush();
    }

    @Override
    public CompletableResultCode shutdown() {
        return receiver.shutdown();
    }

    @Override
    public AggregationTemporality getAggregationTemporality(InstrumentType instrumentType) {
        return receiver.getAggregationTemporality(instrumentType);
    }
}
