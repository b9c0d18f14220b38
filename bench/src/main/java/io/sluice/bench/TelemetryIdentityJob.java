package io.sluice.bench;

import io.sluice.runtime.KafkaEdges;
import io.sluice.runtime.StrictEnvironment;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Codec;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.Topic;
import io.sluice.schema.UsageEvent;
import java.io.IOException;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;

/** The least that a job on the topics of telemetry does: the same sources, full decode, discard. */
final class TelemetryIdentityJob {
    /** In the names of the operators that decode. */
    static final String DECODE = "decode-";

    private TelemetryIdentityJob() {}

    static void main(String kafka) throws Exception {
        StreamExecutionEnvironment env = StrictEnvironment.create();
        KafkaEdges edges = new KafkaEdges(kafka, "sluice-bench-telemetry-identity");
        read(env, edges, Topic.ACTIVITY, ActivityEvent.class);
        read(env, edges, Topic.COUNTERS, CounterPoint.class);
        read(env, edges, Topic.USAGE, UsageEvent.class);
        env.execute("sluice-bench-telemetry-identity");
    }

    private static <R extends SpecificRecordBase> void read(
            StreamExecutionEnvironment env, KafkaEdges edges, Topic topic, Class<R> type) {
        edges.source(env, topic)
                .flatMap(new Decode<>(type))
                .returns(Types.BOOLEAN)
                .name(DECODE + topic.topicName())
                .uid(DECODE + topic.topicName())
                .sinkTo(new DiscardingSink<>())
                .name("discard-" + topic.topicName())
                .uid("discard-" + topic.topicName());
    }

    /** @param type read as the job itself does */
    private record Decode<R extends SpecificRecordBase>(Class<R> type) implements FlatMapFunction<byte[], Boolean> {
        @Override
        public void flatMap(byte[] value, Collector<Boolean> out) throws IOException {
            if (Codec.of(type).decode(value).getSchema() == null) {
                out.collect(false); // cannot be; so the record is not for nothing
            }
        }
    }
}
