package io.sluice.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.specific.SpecificRecordBase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CodecTest {
    private static final Codec<UsageEvent> USAGE = Codec.of(UsageEvent.class);

    static List<SpecificRecordBase> samples() {
        return Samples.all();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void bytesAreThoseOfAvrosOwnEncoder(SpecificRecordBase sample) throws IOException {
        ByteBuffer expected =
                new BinaryMessageEncoder<SpecificRecordBase>(new GenericData(), sample.getSchema()).encode(sample);
        assertThat(ByteBuffer.wrap(Codec.encode(sample))).isEqualTo(expected);
    }

    @Test
    void recordsWithoutOptionalFieldsAreReadAsTheyWereWritten() throws IOException {
        UsageEvent event = UsageEvent.newBuilder()
                .setOrgId("acme")
                .setEventId("e")
                .setOccurredAt(Long.MIN_VALUE)
                .setReceivedAt(Long.MAX_VALUE)
                .setSource("")
                .setActor(new Actor())
                .setModel("x".repeat(100_000))
                .setProduct("é".repeat(5_000))
                .build();
        assertThat(USAGE.decode(Codec.encode(event))).isEqualTo(event);
    }

    @Test
    void recordsOfAnEarlierSchemaGetTheDefaultsOfWhatTheyLack() throws IOException {
        Schema schema = UsageEvent.getClassSchema();
        List<Schema.Field> fields = new ArrayList<>();
        for (Schema.Field field : schema.getFields()) {
            if (!field.name().equals("agent") && !field.name().equals("web_search_requests")) {
                fields.add(new Schema.Field(field, field.schema()));
            }
        }
        Schema earlier = Schema.createRecord(schema.getName(), null, schema.getNamespace(), false, fields);
        UsageEvent sample = Samples.usageEvent();
        GenericRecord old = new GenericData.Record(earlier);
        for (Schema.Field field : earlier.getFields()) {
            old.put(field.name(), sample.get(field.name()));
        }
        byte[] bytes = bytes(new BinaryMessageEncoder<GenericRecord>(new GenericData(), earlier).encode(old));
        assertThatThrownBy(() -> USAGE.decode(bytes)).isInstanceOf(IOException.class);
        sample.setAgent(null);
        sample.setWebSearchRequests(0);
        Codec<UsageEvent> reader = new Codec<>(UsageEvent.class, List.of(Actor.getClassSchema(), earlier));
        assertThat(reader.decode(bytes)).isEqualTo(sample);
        assertThat(reader.decode(Codec.encode(sample))).isEqualTo(sample);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    @Test
    void anotherKindOfRecordIsRefused() {
        assertThatThrownBy(() -> USAGE.decode(Codec.encode(new Actor())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("io.sluice.schema.UsageEvent");
        assertThatThrownBy(() -> USAGE.decode(new byte[0])).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> USAGE.decode(new byte[20])).isInstanceOf(IOException.class);
    }

    @Test
    void bytesAfterTheRecordAreRefused() {
        byte[] whole = Codec.encode(Samples.usageEvent());
        assertThatThrownBy(() -> USAGE.decode(Arrays.copyOf(whole, whole.length + 1)))
                .isInstanceOf(IOException.class);
    }

    /** A damaged length must not become an allocation of that size. */
    @Test
    void lengthsBeyondAnyRecordAreRefusedBeforeTheyAreAllocated() throws IOException {
        byte[] header = Arrays.copyOf(Codec.encode(Samples.usageEvent()), 10);
        for (long length : new long[] {17L << 20, Integer.MAX_VALUE - 16, Integer.MAX_VALUE, Long.MAX_VALUE, -5}) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.writeBytes(header);
            BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
            encoder.writeLong(length);
            assertThatThrownBy(() -> USAGE.decode(out.toByteArray()))
                    .as("string of %d bytes", length)
                    .isInstanceOf(IOException.class);
        }
        byte[] noAttributes = Codec.encode(UsageEvent.newBuilder(Samples.usageEvent())
                .setAttributes(java.util.Map.of())
                .build());
        for (long items : new long[] {100_001, Integer.MAX_VALUE - 16, Integer.MAX_VALUE, Long.MAX_VALUE}) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.write(noAttributes, 0, noAttributes.length - 1);
            BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
            encoder.writeLong(items);
            assertThatThrownBy(() -> USAGE.decode(out.toByteArray()))
                    .as("map of %d items", items)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("damaged");
        }
    }

    @Test
    void damagedBytesEndInAnIoExceptionAndHarmNoOtherRecord() throws IOException {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        UsageEvent sample = Samples.usageEvent();
        byte[] whole = Codec.encode(sample);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = Arrays.copyOf(whole, random.nextInt(4) == 0 ? random.nextInt(whole.length) : whole.length);
            for (int n = random.nextInt(4); n >= 0 && damaged.length > 0; n--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            try {
                USAGE.decode(damaged);
            } catch (IOException e) {
                refused++;
            }
            if (i % 100 == 0) {
                assertThat(USAGE.decode(whole)).as("seed %d", seed).isEqualTo(sample);
            }
        }
        assertThat(refused).as("seed %d", seed).isPositive();
    }
}
