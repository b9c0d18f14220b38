package io.sluice.bench;

import io.sluice.runtime.KafkaEdges;
import io.sluice.runtime.StrictEnvironment;
import io.sluice.schema.Topic;
import io.sluice.schema.UsageEvent;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;

/** The least that a job on the topic {@code usage} does: the same source, full decode, discard. */
final class IdentityJob {
    private IdentityJob() {}

    static void main(String kafka) throws Exception {
        StreamExecutionEnvironment env = StrictEnvironment.create();
        new KafkaEdges(kafka, "sluice-bench-identity")
                .source(env, Topic.USAGE)
                .flatMap(new Decode())
                .returns(Types.BOOLEAN)
                .name("decode")
                .uid("decode")
                .sinkTo(new DiscardingSink<>())
                .name("discard")
                .uid("discard");
        Decode.SEEN.clear();
        env.execute("sluice-bench-identity");
    }

    /** What all subtasks have decoded so far. */
    static Seen seen() {
        long records = 0;
        long micros = 0;
        for (Progress progress : Decode.SEEN.values()) {
            // Written last, read first: the sum belongs to at least as many records.
            records += progress.records.getAcquire();
            micros += progress.micros;
        }
        return new Seen(records, micros);
    }

    /** @param micros reported cost of the records */
    record Seen(long records, long micros) {}

    private static final class Progress {
        private final AtomicLong records = new AtomicLong();
        private long micros;
    }

    private static final class Decode extends RichFlatMapFunction<byte[], Boolean> {
        private static final long serialVersionUID = 1L;

        /** By subtask. */
        private static final Map<Integer, Progress> SEEN = new ConcurrentHashMap<>();

        private transient Progress progress;
        private transient long records;

        @Override
        public void open(OpenContext openContext) {
            progress = new Progress();
            SEEN.put(getRuntimeContext().getTaskInfo().getIndexOfThisSubtask(), progress);
        }

        @Override
        public void flatMap(byte[] value, Collector<Boolean> out) throws Exception {
            UsageEvent event = UsageEvent.getDecoder().decode(value);
            Long micros = event.getReportedCostMicros();
            progress.micros += micros == null ? 0 : micros;
            progress.records.setRelease(++records);
        }
    }
}
