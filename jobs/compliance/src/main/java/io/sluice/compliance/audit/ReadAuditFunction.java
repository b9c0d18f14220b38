package io.sluice.compliance.audit;

import io.sluice.runtime.KeyedValue;
import io.sluice.schema.AuditRecord;
import io.sluice.schema.Codec;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Reads whose a record is; what is none leaves as a dead letter, and is in no chain. */
final class ReadAuditFunction extends ProcessFunction<byte[], SaidRecord> {
    private static final long serialVersionUID = 1L;

    static final OutputTag<KeyedValue> UNDECODABLE = new OutputTag<>("undecodable-audit") {};

    private static final String NOBODY = "unknown";
    private static final int ID_DIGITS = 32;

    @Override
    public void processElement(byte[] value, Context ctx, Collector<SaidRecord> out) {
        AuditRecord record;
        try {
            record = Codec.of(AuditRecord.class).decode(value);
        } catch (RuntimeException | IOException e) {
            Long at = ctx.timestamp();
            DeadLetter letter = DeadLetter.newBuilder()
                    .setOrgId(NOBODY)
                    .setEventId(Topic.AUDIT.topicName() + '-' + digest(value))
                    .setReceivedAt(at == null || at < 0 ? 0 : at * 1000)
                    .setSource("kafka-" + Topic.AUDIT.topicName())
                    .setReason("undecodable")
                    .setMessage("value: " + value.length
                            + " bytes (expected: Avro single-object encoding of a record of audit)")
                    .build();
            ctx.output(UNDECODABLE, new KeyedValue(NOBODY.getBytes(StandardCharsets.UTF_8), Codec.encode(letter)));
            return;
        }
        out.collect(new SaidRecord(record.getOrgId(), value));
    }

    private static String digest(byte[] value) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(value);
            return HexFormat.of().formatHex(digest).substring(0, ID_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
