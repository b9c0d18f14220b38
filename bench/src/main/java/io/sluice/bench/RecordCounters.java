package io.sluice.bench;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/**
 * Shows the counters of jobs that run in this JVM while they run. Registered with Flink as a reporter; reading a counter
 * costs the job nothing.
 */
public final class RecordCounters implements MetricReporter, MetricReporterFactory {
    private static final String OPERATOR = "<operator_name>";

    /** Of all jobs of this JVM, those that ended left out. Value: name of the operator. */
    private static final Map<Counter, String> COUNTERS = new ConcurrentHashMap<>();

    /** @param operator part of the operator's name */
    static long received(String operator) {
        long sum = 0;
        for (Map.Entry<Counter, String> counter : COUNTERS.entrySet()) {
            if (counter.getValue().contains(operator)) {
                sum += counter.getKey().getCount();
            }
        }
        return sum;
    }

    @Override
    public MetricReporter createMetricReporter(java.util.Properties properties) {
        return this;
    }

    @Override
    public void open(MetricConfig config) {}

    @Override
    public void close() {}

    @Override
    public void notifyOfAddedMetric(Metric metric, String metricName, MetricGroup group) {
        String operator = group.getAllVariables().get(OPERATOR);
        if (operator != null && metricName.equals("numRecordsIn") && metric instanceof Counter counter) {
            COUNTERS.put(counter, operator);
        }
    }

    @Override
    public void notifyOfRemovedMetric(Metric metric, String metricName, MetricGroup group) {
        if (metric instanceof Counter counter) {
            COUNTERS.remove(counter);
        }
    }
}
