package io.sluice.spend;

import io.sluice.core.spend.Count;
import io.sluice.core.spend.LedgerChange;
import io.sluice.core.spend.Periods;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/** Decodes the records of one topic; what cannot be decoded goes to {@link Tags#UNDECODABLE}. */
abstract class ReadFunction<R, O> extends ProcessFunction<byte[], O> {
    private static final long serialVersionUID = 1L;

    abstract BinaryMessageDecoder<R> decoder();

    abstract void read(R record, Context ctx, Collector<O> out) throws Exception;

    @Override
    public void processElement(byte[] value, Context ctx, Collector<O> out) throws Exception {
        R record;
        try {
            record = decoder().decode(value);
        } catch (AvroRuntimeException | IOException e) {
            ctx.output(Tags.UNDECODABLE, value);
            return;
        }
        read(record, ctx, out);
    }

    static void count(ProcessFunction<?, ?>.Context ctx, String orgId, String source, long hour, Count count, long by) {
        if (by != 0) {
            ctx.output(Tags.LEDGER, new LedgerChange(orgId, source, hour, count, by));
        }
    }

    static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    static long hour(Instant instant) {
        return Periods.hour(micros(instant));
    }
}
