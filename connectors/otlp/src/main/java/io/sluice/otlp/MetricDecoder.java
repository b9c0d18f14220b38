package io.sluice.otlp;

import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.DataPointFlags;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.Temporality;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Points of sums to counter points. Other kinds of metric are counted as ignored. */
final class MetricDecoder {
    private static final String COST = "claude_code.cost.usage";

    private final Batch batch;
    private final Attributes attributes;

    private MetricDecoder(Batch batch) {
        this.batch = batch;
        attributes = batch.attributes;
    }

    static Counts decode(ExportMetricsServiceRequest request, OtlpContext context, Records records) {
        Batch batch = new Batch(context, records, "otlp-metrics");
        MetricDecoder decoder = new MetricDecoder(batch);
        for (ResourceMetrics resource : request.getResourceMetricsList()) {
            long points = 0;
            for (ScopeMetrics scope : resource.getScopeMetricsList()) {
                for (Metric metric : scope.getMetricsList()) {
                    points += metric.getSum().getDataPointsCount();
                }
            }
            batch.startResource(resource.getResource(), points);
            for (ScopeMetrics scope : resource.getScopeMetricsList()) {
                for (Metric metric : scope.getMetricsList()) {
                    decoder.decode(metric);
                }
            }
        }
        return batch.end();
    }

    private void decode(Metric metric) {
        switch (metric.getDataCase()) {
            case SUM -> decodeSum(metric);
            case GAUGE -> ignore(metric.getGauge().getDataPointsCount());
            case HISTOGRAM -> ignore(metric.getHistogram().getDataPointsCount());
            case EXPONENTIAL_HISTOGRAM ->
                ignore(metric.getExponentialHistogram().getDataPointsCount());
            case SUMMARY -> ignore(metric.getSummary().getDataPointsCount());
            case DATA_NOT_SET -> {}
        }
    }

    private void ignore(int points) {
        batch.received += points;
        batch.ignored += points;
    }

    private void decodeSum(Metric metric) {
        List<NumberDataPoint> points = metric.getSum().getDataPointsList();
        for (int i = 0; i < points.size(); i++) {
            NumberDataPoint point = points.get(i);
            if ((point.getFlags() & DataPointFlags.DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK_VALUE) != 0) {
                ignore(1);
            } else {
                decode(metric, point);
            }
        }
    }

    private void decode(Metric metric, NumberDataPoint sent) {
        Rejection refused = batch.startRecord(sent.getAttributesList());
        Fingerprint.Sum identity = batch.attributesSum;
        identity.set(batch.resourceSum);
        batch.adder.add(sent.getAttributesList(), identity);
        String eventId = series(metric, identity)
                .add(sent.getStartTimeUnixNano())
                .add(sent.getTimeUnixNano())
                .hex();
        String sessionId = attributes.peek(Key.SESSION_ID);
        try {
            if (refused != null) {
                throw refused;
            }
            CounterPoint point = point(metric, sent);
            point.setEventId(eventId);
            point.setSeriesId(series(metric, identity).hex());
            batch.records.counter(point);
        } catch (Rejection rejection) {
            batch.reject(rejection, eventId, sessionId, metric.getName());
        }
    }

    private Fingerprint series(Metric metric, Fingerprint.Sum identity) {
        return batch.fingerprint
                .start()
                .add(batch.context.orgId())
                .add(metric.getName())
                .add(identity);
    }

    @SuppressWarnings("NullAway") // Avro's nullable fields have setters without annotations.
    private CounterPoint point(Metric metric, NumberDataPoint sent) throws Rejection {
        if (metric.getName().isEmpty()) {
            throw new Rejection(RejectReason.METRIC_NAME_MISSING, "name", "nothing", "the metric's name");
        }
        checkLength("name", metric.getName());
        checkLength("unit", metric.getUnit());
        batch.checkOrganization();
        Sum sum = metric.getSum();
        Temporality temporality = temporality(sum);
        if (sent.getTimeUnixNano() == 0) {
            throw new Rejection(RejectReason.TIMESTAMP_MISSING, "timeUnixNano", "0", "the end of the interval");
        }
        long occurredAt = Times.ofNanos(sent.getTimeUnixNano());
        Times.check("timeUnixNano", occurredAt, batch.receivedAt);
        CounterPoint point = new CounterPoint();
        point.setOrgId(batch.context.orgId());
        point.setOccurredAt(occurredAt);
        point.setReceivedAt(batch.receivedAt);
        point.setSource(batch.source);
        point.setHistorical(batch.context.historical());
        point.setActor(attributes.takeActor());
        point.setSessionId(attributes.take(Key.SESSION_ID));
        point.setMetric(metric.getName());
        point.setUnit(metric.getUnit());
        point.setTemporality(temporality);
        point.setMonotonic(sum.getIsMonotonic());
        point.setStartAt(Times.ofNanos(sent.getStartTimeUnixNano()));
        point.setValue(
                value(sent, sum.getIsMonotonic(), metric.getName().equals(COST) ? Limits.COUNTER_USD : Limits.COUNTER));
        point.setProduct(attributes.takeProduct());
        point.setModel(attributes.take(Key.MODEL));
        point.setType(attributes.take(Key.TYPE));
        point.setTeam(attributes.takeTeam());
        point.setRepository(attributes.takeRepository());
        point.setMcpServer(attributes.take(Key.MCP_SERVER_NAME));
        point.setSkill(attributes.take(Key.SKILL_NAME));
        point.setTerminal(attributes.take(Key.TERMINAL_TYPE));
        point.setRemote(attributes.has(Key.CLOUD_SESSION_ID));
        point.setAttributes(attributes.rest());
        return point;
    }

    private static void checkLength(String field, String text) throws Rejection {
        if (text.length() > Limits.FIELD_CHARS) {
            throw new Rejection(
                    RejectReason.VALUE_TOO_LONG,
                    field,
                    "text of " + text.length() + " characters",
                    "at most " + Limits.FIELD_CHARS);
        }
    }

    private static Temporality temporality(Sum sum) throws Rejection {
        @Nullable
        Temporality temporality = switch (sum.getAggregationTemporality()) {
            case AGGREGATION_TEMPORALITY_DELTA -> Temporality.DELTA;
            case AGGREGATION_TEMPORALITY_CUMULATIVE -> Temporality.CUMULATIVE;
            case AGGREGATION_TEMPORALITY_UNSPECIFIED, UNRECOGNIZED -> null;
        };
        if (temporality == null) {
            throw new Rejection(
                    RejectReason.TEMPORALITY_UNSPECIFIED,
                    "aggregationTemporality",
                    Integer.toString(sum.getAggregationTemporalityValue()),
                    AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA_VALUE
                            + " (delta) or "
                            + AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE_VALUE
                            + " (cumulative)");
        }
        return temporality;
    }

    private static double value(NumberDataPoint sent, boolean monotonic, double most) throws Rejection {
        double value = switch (sent.getValueCase()) {
            case AS_DOUBLE -> sent.getAsDouble();
            case AS_INT -> sent.getAsInt();
            case VALUE_NOT_SET ->
                throw new Rejection(RejectReason.VALUE_MISSING, "value", "nothing", "asDouble or asInt");
        };
        double least = monotonic ? 0 : -most;
        if (!(value >= least && value <= most)) {
            throw new Rejection(
                    RejectReason.NUMBER_OUT_OF_RANGE, "value", Double.toString(value), least + " to " + most);
        }
        return value;
    }
}
