package io.sluice.format;

import java.util.Set;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DeserializationFormatFactory;
import org.apache.flink.table.factories.DynamicTableFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;

/**
 * Format {@code avro-single-object}: reads what {@link io.sluice.schema.Codec} has written, by this version's schemas or
 * an earlier one's. A table declares the columns that it wants, by the names of the record's fields.
 *
 * <p>It does not write: what is on the topics comes from the server and the jobs.
 */
public final class SingleObjectFormatFactory implements DeserializationFormatFactory {
    public static final String IDENTIFIER = "avro-single-object";

    @Override
    public DecodingFormat<DeserializationSchema<RowData>> createDecodingFormat(
            DynamicTableFactory.Context context, ReadableConfig options) {
        FactoryUtil.validateFactoryOptions(this, options);
        Class<? extends SpecificRecordBase> type = record(options.get(SingleObjectOptions.RECORD));
        String topic = context.getCatalogTable().getOptions().getOrDefault("topic", "");
        String where = "table " + context.getObjectIdentifier().getObjectName()
                + (topic.isEmpty() ? "" : ", topic " + topic) + ", format " + IDENTIFIER;
        boolean skipping = options.get(SingleObjectOptions.IGNORE_PARSE_ERRORS);
        SingleObjectOptions.NullValues nullValues = options.get(SingleObjectOptions.NULL_VALUES);
        return new DecodingFormat<>() {
            @Override
            public DeserializationSchema<RowData> createRuntimeDecoder(
                    DynamicTableSource.Context source, DataType columns) {
                RowConverter converter;
                try {
                    converter = RowConverter.of(type, (RowType) columns.getLogicalType());
                } catch (ValidationException e) {
                    throw new ValidationException(where + ": " + e.getMessage(), e);
                }
                return new SingleObjectRows<>(
                        type, converter, source.createTypeInformation(columns), skipping, nullValues, where);
            }

            @Override
            public ChangelogMode getChangelogMode() {
                return ChangelogMode.insertOnly();
            }
        };
    }

    private static Class<? extends SpecificRecordBase> record(String name) {
        // Only a name, so that a table cannot have any class of this process loaded.
        if (name.matches("[A-Za-z]\\w*")) {
            try {
                Class<?> type = Class.forName("io.sluice.schema." + name);
                if (SpecificRecordBase.class.isAssignableFrom(type)) {
                    return type.asSubclass(SpecificRecordBase.class);
                }
            } catch (ClassNotFoundException e) {
                // Said below.
            }
        }
        throw new ValidationException(IDENTIFIER + "." + SingleObjectOptions.RECORD.key() + ": " + name
                + " (expected: a record of the topics, for example UsageEvent)");
    }

    @Override
    public String factoryIdentifier() {
        return IDENTIFIER;
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of(SingleObjectOptions.RECORD);
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of(SingleObjectOptions.IGNORE_PARSE_ERRORS, SingleObjectOptions.NULL_VALUES);
    }
}
