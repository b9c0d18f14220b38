package io.sluice.compliance;

import io.sluice.core.spend.Periods;
import io.sluice.runtime.KeyedValue;
import io.sluice.schema.Codec;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.ContentIndex;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.Sha256;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/** Addresses each message to its conversation; what cannot be read leaves as a dead letter by {@link Tags#UNDECODABLE}. */
final class ReadContent extends ProcessFunction<KeyedValue, Told> {
    private static final long serialVersionUID = 1L;

    /** Year 9999: a producer may set any timestamp. */
    private static final long MOST_MILLIS = 253_402_300_799_999L;

    @Override
    public void processElement(KeyedValue record, Context ctx, Collector<Told> out) {
        byte[] value = record.value();
        if (value == null) {
            List<String> parts = Topic.contentKeyParts(new String(record.key(), StandardCharsets.UTF_8));
            if (!parts.isEmpty()) {
                out.collect(new Told(ContentIndex.conversationKey(parts.get(0), parts.get(1)), record.key(), null));
            }
            return;
        }
        ContentEvent event;
        try {
            event = Codec.of(ContentEvent.class).decode(value);
        } catch (RuntimeException | IOException e) {
            // Not what went wrong: that could quote the value.
            String message =
                    "value: " + value.length + " bytes (expected: Avro single-object encoding of a record of content)";
            ctx.output(Tags.UNDECODABLE, deadLetter("unknown", value, ctx.timestamp(), "undecodable", message));
            return;
        }
        try {
            Periods.check("occurred_at", event.getOccurredAt());
            Periods.check("received_at", event.getReceivedAt());
        } catch (ArithmeticException e) {
            ctx.output(
                    Tags.UNDECODABLE,
                    deadLetter(
                            event.getOrgId(),
                            value,
                            ctx.timestamp(),
                            "number-out-of-range",
                            String.valueOf(e.getMessage())));
            return;
        }
        out.collect(new Told(
                ContentIndex.conversationKey(event.getOrgId(), event.getConversationId()), record.key(), value));
    }

    /** Told of by its hash: a dead letter is kept, and what it is of may have to be erased. */
    private static KeyedValue deadLetter(
            String orgId, byte[] value, @Nullable Long kafkaTimestamp, String reason, String message) {
        String id = Topic.CONTENT.topicName()
                + '-'
                + HexFormat.of().formatHex(Sha256.begin().digest(value), 0, 16);
        DeadLetter letter = DeadLetter.newBuilder()
                .setOrgId(orgId)
                .setEventId(id)
                .setReceivedAt(
                        kafkaTimestamp == null || kafkaTimestamp < 0 || kafkaTimestamp > MOST_MILLIS
                                ? 0
                                : kafkaTimestamp * 1000)
                .setSource("kafka-" + Topic.CONTENT.topicName())
                .setReason(reason)
                .setMessage(message)
                .build();
        return new KeyedValue(id.getBytes(StandardCharsets.UTF_8), Codec.encode(letter));
    }
}
