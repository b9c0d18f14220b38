package io.sluice.spend;

import io.sluice.schema.Codec;
import io.sluice.schema.Topic;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.util.Collector;

/** Lets all versions of a control topic through that can be decoded. */
final class ReadControl<R extends SpecificRecordBase> extends ReadFunction<R, Control> {
    private static final long serialVersionUID = 1L;

    private final String topic;

    ReadControl(Topic topic, Class<R> type) {
        super(topic, type);
        this.topic = topic.topicName();
    }

    @Override
    void read(R version, Context ctx, Collector<Control> out) {
        out.collect(new Control(topic, Codec.encode(version)));
    }
}
