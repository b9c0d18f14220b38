package io.sluice.format;

import io.sluice.schema.Codec;
import java.io.IOException;
import java.util.Objects;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Values of a topic as rows. */
final class SingleObjectRows<T extends SpecificRecordBase> implements DeserializationSchema<RowData> {
    private static final long serialVersionUID = 1L;

    /** Metric: values that were passed over since they are no such record. */
    static final String SKIPPED = "skipped-values";

    private static final Logger LOG = LoggerFactory.getLogger(SingleObjectRows.class);

    private final Class<T> type;
    private final RowConverter converter;
    private final TypeInformation<RowData> produced;
    private final boolean skipping;
    private final SingleObjectOptions.NullValues nullValues;
    private final String where;
    private transient @Nullable Codec<T> codec;
    private transient Counter skipped = new SimpleCounter();

    /** @param where table, topic and format, for errors */
    SingleObjectRows(
            Class<T> type,
            RowConverter converter,
            TypeInformation<RowData> produced,
            boolean skipping,
            SingleObjectOptions.NullValues nullValues,
            String where) {
        this.type = type;
        this.converter = converter;
        this.produced = produced;
        this.skipping = skipping;
        this.nullValues = nullValues;
        this.where = where;
    }

    @Override
    public void open(InitializationContext context) {
        codec = Codec.of(type);
        skipped = context.getMetricGroup().counter(SKIPPED);
    }

    @Override
    public @Nullable RowData deserialize(byte @Nullable [] value) throws IOException {
        if (value == null) {
            return switch (nullValues) {
                case SKIP -> null;
                case EMPTY_ROW -> new GenericRowData(converter.columns());
            };
        }
        T message;
        try {
            message = Objects.requireNonNull(codec, "not opened").decode(value);
        } catch (IOException e) {
            if (!skipping) {
                throw new IOException(where + ": " + e.getMessage(), e);
            }
            if (skipped.getCount() == 0) {
                LOG.warn("{}: {}; passed over, as are others that follow", where, e.getMessage());
            }
            skipped.inc();
            return null;
        }
        return converter.convert(message);
    }

    @Override
    public boolean isEndOfStream(RowData row) {
        return false;
    }

    @Override
    public TypeInformation<RowData> getProducedType() {
        return produced;
    }
}
