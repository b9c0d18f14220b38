package io.sluice.elasticsearch;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.common.operators.ProcessingTimeService;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.base.sink.AsyncSinkBase;
import org.apache.flink.connector.base.sink.AsyncSinkBaseBuilder;
import org.apache.flink.connector.base.sink.writer.BufferedRequestState;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores {@link DocumentWrite}s in Elasticsearch: at least once, and since versions decide, with the effect of exactly
 * once.
 *
 * <p>While Elasticsearch cannot be reached the sink tries again without end and holds the job back once its buffer is
 * full. A document that Elasticsearch answers for and refuses for now is tried a bounded number of times, then the job
 * fails. A document that it will never accept is reported and left out. {@link BulkOutcome} says which is which.
 */
public final class ElasticsearchSink extends AsyncSinkBase<DocumentWrite, BulkItem> {
    private static final Logger LOG = LoggerFactory.getLogger(ElasticsearchSink.class);

    private final ElasticsearchConnection connection;
    private final Backoff backoff;
    private final int maxRejections;
    private final RejectedDocumentHandler onRejected;
    private final boolean drainBeforeCheckpoint;

    private ElasticsearchSink(Builder builder) {
        super(
                (write, context) -> BulkItem.of(write),
                builder.maxBatchSize(),
                builder.maxInFlightRequests(),
                builder.maxBufferedRequests(),
                builder.maxBatchSizeInBytes(),
                builder.maxTimeInBufferMillis(),
                builder.maxRecordSizeInBytes());
        this.connection = builder.connection;
        this.backoff = builder.backoff;
        this.maxRejections = builder.maxRejections;
        this.onRejected = builder.onRejected;
        this.drainBeforeCheckpoint = builder.drainBeforeCheckpoint;
    }

    public static Builder builder(ElasticsearchConnection connection) {
        return new Builder(connection);
    }

    @Override
    public StatefulSinkWriter<DocumentWrite, BufferedRequestState<BulkItem>> createWriter(WriterInitContext context)
            throws IOException {
        return restoreWriter(context, List.of());
    }

    @Override
    public StatefulSinkWriter<DocumentWrite, BufferedRequestState<BulkItem>> restoreWriter(
            WriterInitContext context, Collection<BufferedRequestState<BulkItem>> state) throws IOException {
        ProcessingTimeService timers = context.getProcessingTimeService();
        RetryGate gate = new RetryGate(getMaxInFlightRequests(), backoff, Math::random, (delay, task) -> {
            var unused = timers.registerTimer(timers.getCurrentProcessingTime() + delay, now -> task.run());
        });
        ElasticsearchSinkWriter.Limits limits = new ElasticsearchSinkWriter.Limits(
                getMaxBatchSize(),
                getMaxBatchSizeInBytes(),
                getMaxRecordSizeInBytes(),
                getMaxBufferedRequests(),
                getMaxTimeInBufferMS(),
                drainBeforeCheckpoint);
        return new ElasticsearchSinkWriter(
                limits, new BulkClient(connection, maxRejections), gate, onRejected, context, state);
    }

    @Override
    public SimpleVersionedSerializer<BufferedRequestState<BulkItem>> getWriterStateSerializer() {
        return new BulkItemSerializer();
    }

    /**
     * Settings of a sink; those of {@link AsyncSinkBaseBuilder} have these defaults:
     *
     * <ul>
     *   <li>{@code maxBatchSize} 1000 documents, {@code maxBatchSizeInBytes} 5 MiB per request
     *   <li>{@code maxInFlightRequests} 2
     *   <li>{@code maxBufferedRequests} 10,000 documents, waiting or in flight; the job is held back above
     *   <li>{@code maxTimeInBufferMS} 500 until an incomplete batch is sent
     *   <li>{@code maxRecordSizeInBytes} as {@code maxBatchSizeInBytes}; a larger document is rejected
     * </ul>
     */
    public static final class Builder extends AsyncSinkBaseBuilder<DocumentWrite, BulkItem, Builder> {
        private final ElasticsearchConnection connection;
        private Backoff backoff = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(10));
        private int maxRejections = 30;
        private RejectedDocumentHandler onRejected = rejected -> LOG.warn("Left out: {}", rejected);
        private boolean drainBeforeCheckpoint;

        private Builder(ElasticsearchConnection connection) {
            this.connection = connection;
        }

        /** Delay before documents are sent again: doubles from the first to the longest. Default 200 ms to 10 s. */
        public Builder setBackoff(Duration first, Duration longest) {
            backoff = new Backoff(first, longest);
            return this;
        }

        /**
         * How often Elasticsearch may answer for one document that it cannot take it now; at one more the job fails.
         * Default 30, about 5 minutes. Not counted: requests that got no answer, or were refused as a whole.
         */
        public Builder setMaxRejections(int maxRejections) {
            require("maxRejections", maxRejections, 0, Integer.MAX_VALUE);
            this.maxRejections = maxRejections;
            return this;
        }

        /** Default: a warning in the log. */
        public Builder setOnRejected(RejectedDocumentHandler onRejected) {
            this.onRejected = onRejected;
            return this;
        }

        /**
         * Whether a checkpoint waits until all documents before it are stored, so that it holds none of them. While
         * Elasticsearch is away there is no checkpoint then. Default: false, it holds what is not stored yet.
         */
        public Builder setDrainBeforeCheckpoint(boolean drainBeforeCheckpoint) {
            this.drainBeforeCheckpoint = drainBeforeCheckpoint;
            return this;
        }

        /** @throws IllegalArgumentException if the settings do not fit together */
        @Override
        public ElasticsearchSink build() {
            require("maxBatchSize", maxBatchSize(), 1, maxBufferedRequests());
            require("maxInFlightRequests", maxInFlightRequests(), 1, Integer.MAX_VALUE);
            require("maxRecordSizeInBytes", maxRecordSizeInBytes(), 1, maxBatchSizeInBytes());
            require("maxTimeInBufferMS", maxTimeInBufferMillis(), 1, Long.MAX_VALUE);
            return new ElasticsearchSink(this);
        }

        private static void require(String name, long value, long least, long most) {
            if (value < least || value > most) {
                throw new IllegalArgumentException(name + ": " + value + " (expected: " + least + " to " + most + ")");
            }
        }

        private int maxBatchSize() {
            return orDefault(getMaxBatchSize(), 1_000);
        }

        private int maxInFlightRequests() {
            return orDefault(getMaxInFlightRequests(), 2);
        }

        private int maxBufferedRequests() {
            return orDefault(getMaxBufferedRequests(), 10_000);
        }

        private long maxBatchSizeInBytes() {
            return orDefault(getMaxBatchSizeInBytes(), 5L << 20);
        }

        private long maxTimeInBufferMillis() {
            return orDefault(getMaxTimeInBufferMS(), 500L);
        }

        private long maxRecordSizeInBytes() {
            return orDefault(getMaxRecordSizeInBytes(), maxBatchSizeInBytes());
        }

        private static <T> T orDefault(@Nullable T value, T otherwise) {
            return value == null ? otherwise : value;
        }
    }
}
