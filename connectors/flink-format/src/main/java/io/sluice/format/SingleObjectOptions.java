package io.sluice.format;

import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/** Options of the format, each after {@code avro-single-object.} in a table's options. */
public final class SingleObjectOptions {
    public static final ConfigOption<String> RECORD = ConfigOptions.key("record")
            .stringType()
            .noDefaultValue()
            .withDescription("Name of the record on the topic, for example UsageEvent.");

    public static final ConfigOption<Boolean> IGNORE_PARSE_ERRORS = ConfigOptions.key("ignore-parse-errors")
            .booleanType()
            .defaultValue(false)
            .withDescription("Passes over values that are no such record, counts them in the metric "
                    + SingleObjectRows.SKIPPED + " and logs the first one. Else the query fails.");

    public static final ConfigOption<NullValues> NULL_VALUES = ConfigOptions.key("null-values")
            .enumType(NullValues.class)
            .defaultValue(NullValues.SKIP)
            .withDescription("What becomes of a null value, which says that its key was deleted: skip passes over it, "
                    + "empty-row makes a row of nulls, so that a view can tell by the key what is gone.");

    /** What becomes of a null value. */
    public enum NullValues {
        SKIP("skip"),
        EMPTY_ROW("empty-row");

        private final String text;

        NullValues(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    private SingleObjectOptions() {}
}
