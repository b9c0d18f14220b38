package io.sluice.spend;

import io.sluice.core.spend.Count;
import io.sluice.core.spend.LedgerChange;
import io.sluice.core.spend.LedgerScope;
import io.sluice.schema.Codec;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.time.DateTimeException;
import java.util.Base64;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/** Decodes the records of one topic; what cannot be decoded leaves as a dead letter by {@link Tags#UNDECODABLE}. */
abstract class ReadFunction<R extends SpecificRecordBase, O> extends ProcessFunction<byte[], O> {
    private static final long serialVersionUID = 1L;

    /** Year 9999: a producer may set any timestamp. */
    private static final long MOST_MILLIS = 253_402_300_799_999L;

    private final Topic topic;
    private final Class<R> type;

    ReadFunction(Topic topic, Class<R> type) {
        this.topic = topic;
        this.type = type;
    }

    abstract void read(R record, Context ctx, Collector<O> out) throws Exception;

    @Override
    public void processElement(byte[] value, Context ctx, Collector<O> out) throws Exception {
        R record;
        try {
            record = Codec.of(type).decode(value);
        } catch (RuntimeException | IOException e) {
            ctx.output(
                    Tags.UNDECODABLE,
                    deadLetter(topic, value, ctx.timestamp(), "undecodable", undecodable(topic, value)));
            return;
        }
        try {
            read(record, ctx, out);
        } catch (ArithmeticException | DateTimeException e) {
            // Thrown before anything is put out. Receivers refuse such numbers; a record that came another way may not
            // stop the job for everybody.
            ctx.output(
                    Tags.UNDECODABLE,
                    deadLetter(topic, value, ctx.timestamp(), "number-out-of-range", String.valueOf(e.getMessage())));
        }
    }

    /** @param kafkaTimestamp epoch milliseconds; null or below 0: none */
    static byte[] deadLetter(Topic topic, byte[] value, @Nullable Long kafkaTimestamp, String reason, String message) {
        DeadLetter letter = DeadLetter.newBuilder()
                .setOrgId("unknown")
                .setEventId(topic.topicName()
                        + '-'
                        + Documents.hash(Base64.getEncoder().encodeToString(value)))
                .setReceivedAt(
                        kafkaTimestamp == null || kafkaTimestamp < 0 || kafkaTimestamp > MOST_MILLIS
                                ? 0
                                : kafkaTimestamp * 1000)
                .setSource("kafka-" + topic.topicName())
                .setReason(reason)
                .setMessage(message)
                .build();
        return Codec.encode(letter);
    }

    static String undecodable(Topic topic, byte[] value) {
        return "value: " + value.length + " bytes (expected: Avro single-object encoding of a record of "
                + topic.topicName() + ")";
    }

    static void count(ProcessFunction<?, ?>.Context ctx, String orgId, String source, long hour, Count count, long by) {
        if (by != 0) {
            ctx.output(Tags.LEDGER, LedgerChange.of(new LedgerScope(orgId, source), hour, count, by));
        }
    }
}
