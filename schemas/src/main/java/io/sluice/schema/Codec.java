package io.sluice.schema;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.SchemaParser;
import org.apache.avro.SystemLimitException;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecordBase;

/**
 * Values on Kafka: Avro single-object encoding, that is C3 01, the schema's CRC-64-AVRO fingerprint in little-endian
 * order, and the fields. The bytes are those of {@code UsageEvent.getEncoder()} and the like, at a third of their cost:
 * fields are written by generated code instead of by walking the schema, into buffers that a thread keeps.
 *
 * <p>A reader knows the schema of its record and the earlier ones of {@code earlier-schemas.jsonl}. Thread-safe.
 */
public final class Codec<T extends SpecificRecordBase> {
    /** A Kafka message is 1 MiB by default. What claims to be longer is damaged, and must not be allocated. */
    private static final int MOST_STRING_BYTES = 16 << 20;

    /** Of a map or list. The most that is ever written is the attributes of a record, about a thousand. */
    private static final int MOST_ITEMS = 100_000;

    private static final int HEADER_BYTES = 10;
    private static final String EARLIER = "earlier-schemas.jsonl";

    private static final ThreadLocal<RecordEncoder> OUTPUT = ThreadLocal.withInitial(RecordEncoder::new);
    private static final ThreadLocal<BinaryDecoder> INPUT =
            ThreadLocal.withInitial(() -> DecoderFactory.get().binaryDecoder(new byte[0], null));

    private static final ClassValue<Codec<?>> CODECS = new ClassValue<>() {
        @Override
        protected Codec<?> computeValue(Class<?> type) {
            return new Codec<>(type.asSubclass(SpecificRecordBase.class), earlier());
        }
    };

    static {
        limit(SystemLimitException.MAX_STRING_LENGTH_PROPERTY, MOST_STRING_BYTES);
        limit(SystemLimitException.MAX_BYTES_LENGTH_PROPERTY, MOST_STRING_BYTES);
        limit(SystemLimitException.MAX_COLLECTION_LENGTH_PROPERTY, MOST_ITEMS);
    }

    private final String name;
    private final byte[] header;
    /** By fingerprint: how a record of that schema becomes one of ours. */
    private final Map<Long, DatumReader<T>> readers = new HashMap<>();

    Codec(Class<T> type, List<Schema> earlier) {
        SpecificData model = SpecificData.getForClass(type);
        model.setCustomCoders(true);
        // Avro's reader that is faster than walking the schema is still slower than generated code.
        model.setFastReaderEnabled(false);
        Schema schema = model.getSchema(type);
        for (Schema written : earlier) {
            if (written.getFullName().equals(schema.getFullName())) {
                addReader(model, written, schema);
            }
        }
        addReader(model, schema, schema);
        name = schema.getFullName();
        header = ByteBuffer.allocate(HEADER_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 0xC3)
                .put((byte) 0x01)
                .putLong(SchemaNormalization.parsingFingerprint64(schema))
                .array();
    }

    @SuppressWarnings("unchecked") // The model makes no other objects for the schema.
    private void addReader(SpecificData model, Schema written, Schema schema) {
        readers.put(SchemaNormalization.parsingFingerprint64(written), (DatumReader<T>)
                model.createDatumReader(written, schema));
    }

    /** Avro has these limits only as properties of the process, read when it decodes for the first time. */
    private static void limit(String property, int most) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, Integer.toString(most));
        }
    }

    @SuppressWarnings("unchecked") // The value of a class is its codec.
    public static <T extends SpecificRecordBase> Codec<T> of(Class<T> type) {
        return (Codec<T>) CODECS.get(type);
    }

    /** One record, whatever its kind. */
    @SuppressWarnings("unchecked") // The codec of its own class.
    public static <T extends SpecificRecordBase> byte[] encode(T message) {
        return ((Codec<T>) CODECS.get(message.getClass())).bytes(message);
    }

    private byte[] bytes(T message) {
        RecordEncoder encoder = OUTPUT.get();
        encoder.start();
        try {
            encoder.writeFixed(header, 0, HEADER_BYTES);
            message.customEncode(encoder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return encoder.toByteArray();
    }

    /**
     * Decodes.
     *
     * @throws IOException when the value is no such record: damaged, cut off, of another kind, or of a schema that is
     *     newer than this reader
     */
    public T decode(byte[] value) throws IOException {
        if (value.length < HEADER_BYTES || value[0] != header[0] || value[1] != header[1]) {
            throw new IOException("value: " + value.length + " bytes, no record (expected: C3 01 and a record)");
        }
        long fingerprint = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getLong(2);
        DatumReader<T> reader = readers.get(fingerprint);
        if (reader == null) {
            throw new IOException(
                    "value: schema " + Long.toHexString(fingerprint) + " (expected: one of " + name + ")");
        }
        BinaryDecoder input =
                DecoderFactory.get().binaryDecoder(value, HEADER_BYTES, value.length - HEADER_BYTES, INPUT.get());
        try {
            T message = reader.read(null, input);
            if (!input.isEnd()) {
                throw new IOException("value: damaged, longer than its record");
            }
            return message;
        } catch (AvroRuntimeException | IndexOutOfBoundsException | UnsupportedOperationException e) {
            throw new IOException("value: damaged, " + e.getMessage(), e);
        }
    }

    private static List<Schema> earlier() {
        InputStream in = Codec.class.getResourceAsStream(EARLIER);
        if (in == null) {
            return List.of();
        }
        // A parser of its own for each line: several versions have one name.
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return lines.lines()
                    .map(line -> new SchemaParser().parse(line).mainSchema())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(EARLIER + ": not readable", e);
        }
    }
}
